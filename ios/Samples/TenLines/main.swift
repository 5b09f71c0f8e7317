import Foundation
import Saoma

let till = try await Till.open(at: URL(fileURLWithPath: CommandLine.arguments[1]))
try await till.pair(with: CommandLine.arguments[2], as: "counter 1")
let sale = try await till.charge(NewSale(minor: 12_80, description: "Milk tea"), orderNo: till.newOrderNo())
for try await now in till.watch(sale.orderNo) {
    print("\(now.amount) \(now.title) \(now.code?.text ?? "")")
    if now.phase == .paid { break }
}
print(try await till.receipt(sale.orderNo))
