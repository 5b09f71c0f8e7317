// The sample without a screen, in a process of its own.

import Foundation
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LinesTests {
    @Test func aTillWithoutAScreenTakesAPayment() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let app = try sample("Lines", folder.url.path, shop.link)
        app.write("twelve")
        _ = try await app.line { $0.contains("amount") }
        app.write("12.80 + 3")
        try await shop.customerPays(try await codeShown(by: app))
        _ = try await app.line { $0.contains("fifteen yuan, eighty fen") }
        try app.closeInput()
        #expect(await app.end() == 0)
    }
}
