// The ten lines of the README, as they stand there, in a process of their own.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct TenLinesTests {
    @Test func theReadmeShowsTheSampleAsItIsCompiled() throws {
        let ios = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let sample = try String(contentsOf: ios.appendingPathComponent("Samples/TenLines/main.swift"), encoding: .utf8)
        let readme = try String(contentsOf: ios.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(sample)```"))
        #expect(sample.split(separator: "\n").count == 10)
    }

    @Test func tenLinesTakeAPayment() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let app = try tenLines(folder, shop.link)
        try await shop.customerPays(try await codeShown(by: app))
        _ = try await app.line { $0.hasPrefix("12.80") && !$0.contains("weixin:") }
        #expect(await app.end() == 0)

        // It did not say that anybody was told: the next start of an app on this folder tells it.
        let till = try await Till.open(at: folder.url, language: .english)
        #expect(try await till.results(count: 1)[0].minor == 12_80)
    }
}

/// The sample as an app: it opens the folder, pairs, and rings up 12.80.
func tenLines(_ folder: Folder, _ link: String) throws -> Child {
    try sample("TenLines", folder.url.path, link)
}

/// A program of this package, whose lines come as they do on a terminal.
func sample(_ name: String, _ arguments: String...) throws -> Child {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
        name)
    // A crash is told in a line, not in a minute's backtrace.
    let told = ["SWIFT_BACKTRACE=enable=no", "stdbuf", "--output=L", program.path]
    return try Child(URL(fileURLWithPath: "/usr/bin/env"), told + arguments, withItsErrors: true)
}

/// Waits until it shows its code.
func codeShown(by app: Child) async throws -> String {
    let line = try await app.line { $0.contains("weixin:") }
    return try #require(line.split(separator: " ").last.map(String.init))
}
