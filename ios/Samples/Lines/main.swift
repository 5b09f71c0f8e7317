// A till without a screen: amounts come in as lines, and what happens goes out as lines.
//
//   Lines FOLDER [LINK]

import Foundation
import Saoma

@Sendable func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

let till = try await Till.open(at: URL(fileURLWithPath: CommandLine.arguments[1]), language: .english)
if CommandLine.arguments.count > 2 {
    try await till.pair(with: CommandLine.arguments[2], as: "counter 1")
}
try await till.foreground(true)

// Results about money wait until people were told, also of sales of yesterday, or of before a crash.
let telling = Task {
    for try await results in till.results {
        for result in results {
            say(result.spoken)
            try await till.acknowledge(result)
        }
    }
}

// Reading blocks, so it has a thread of its own.
let lines = AsyncStream<String> { line in
    Thread.detachNewThread {
        while let typed = readLine() { line.yield(typed) }
        line.finish()
    }
}

// One number for each line that is asked for: whoever enters it twice has rung it up once.
var orderNo = till.newOrderNo()
for await typed in lines {
    do {
        let amount = try Amount(typed: typed)
        let sale = try await till.charge(NewSale(minor: amount.minor, description: "Goods"), orderNo: orderNo)
        orderNo = till.newOrderNo()
        Task {
            for try await now in till.watch(sale.orderNo) {
                say("\(now.amount) \(now.title). \(now.sentence) \(now.code?.text ?? "")")
            }
        }
    } catch {
        say(error.text(in: .english) ?? "")
    }
}
try await till.close()
try? await telling.value
