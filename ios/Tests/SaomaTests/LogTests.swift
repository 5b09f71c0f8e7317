// What the library says in the app's log, and what it never says.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LogTests {
    @Test func theLogTellsWhatGoesOnAndNoSecret() async throws {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        #expect(try SaomaLibrary.log(from: .debug) { line.yield("\($0) \($1) \($2)") })
        #expect(try !SaomaLibrary.log(from: .debug) { _, _, _ in Issue.record("the second sink is never told") })

        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder)
        let shown = try await till.sale(try await till.chargeTea().orderNo) { $0.code != nil }
        let code = try #require(shown.code).text
        try await shop.goesAway()
        await #expect(throws: SaomaError.self) { try await till.merchantDay() }
        try await till.close()

        let secret = try #require(URLComponents(string: shop.link)?.queryItems?.first { $0.name == "s" }?.value)
        let pem = try String(contentsOf: folder.url.appendingPathComponent("device-key.pem"), encoding: .utf8)
        let key = try #require(pem.split(separator: "\n").dropFirst().first)
        var heard = ""
        for await line in lines {
            heard += line + "\n"
            if line.contains("the backend cannot be reached") { break }
        }
        #expect(!heard.contains(code) && !heard.contains(secret) && !heard.contains(key))
    }
}
