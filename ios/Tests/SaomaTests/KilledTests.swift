// An app that is killed loses nothing: the next one on its folder goes on where it was.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct KilledTests {
    @Test func aSaleWhoseAppWasKilledIsPaidAndTold() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let app = try tenLines(folder, shop.link)
        let code = try await codeShown(by: app)
        app.kill()
        try await shop.customerPays(code)

        let till = try await Till.open(at: folder.url, language: .english)
        let sales = try await till.list().sales
        #expect(sales.map(\.minor) == [12_80])
        try await till.sale(sales[0].orderNo, is: .paid)
        #expect(try await till.results(count: 1)[0].orderNo == sales[0].orderNo)
    }

    @Test func aResultIsToldAtEachStartUntilItIsAcknowledged() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let app = try tenLines(folder, shop.link)
        try await shop.customerPays(try await codeShown(by: app))
        _ = try await app.line { $0.hasPrefix("12.80 Paid") }
        app.kill()

        let first = try await Till.open(at: folder.url, language: .english)
        let told = try await first.results(count: 1)[0]
        try await first.close()
        let second = try await Till.open(at: folder.url, language: .english)
        #expect(try await second.results(count: 1) == [told])
        try await second.acknowledge(told)
        try await second.acknowledge(told)
        try await second.close()
        let third = try await Till.open(at: folder.url, language: .english)
        #expect(try await third.results(count: 0).isEmpty)
        #expect(try await third.day().totals.sums.paid.minor == 12_80)
    }

    @Test func twoProcessesDoNotWorkInOneFolder() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let app = try tenLines(folder, shop.link)
        _ = try await codeShown(by: app)
        let fault = try await refused(.storage) { try await Till.open(at: folder.url) }
        #expect(fault.code == "storage_in_use" && fault.english != fault.detail)
        app.kill()
        try await Till.open(at: folder.url).close()
    }
}
