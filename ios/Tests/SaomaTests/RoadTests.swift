// The road of a sale, from the link to the receipt.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RoadTests {
    @Test func aSaleIsRungUpPaidToldAndAddedUp() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.open(at: folder.url, language: .english)
        #expect(try await till.pairing() == nil)
        let pairing = try await till.pair(with: shop.link, as: "counter 1")
        #expect(try await till.pairing() == pairing)

        let orderNo = till.newOrderNo()
        let rungUp = try await till.charge(
            NewSale(minor: 12_80, description: "Milk tea", note: "no ice"), orderNo: orderNo)
        #expect(rungUp.orderNo == orderNo)
        let shown = try await till.sale(orderNo) { $0.code != nil }
        #expect(shown.phase == .awaiting && shown.actions.contains(.cancel))
        let code = try #require(shown.code)
        #expect(try QrModules(of: code.text) == code.qr)

        try await shop.customerPays(code.text)
        let paid = try await till.sale(orderNo, is: .paid)
        #expect(paid.code == nil && paid.actions.contains(.receipt))

        let told = try await till.results(count: 1)[0]
        #expect((told.orderNo, told.minor, told.amount, told.kind) == (orderNo, 12_80, "12.80", .paid))
        #expect(told.spoken.contains("twelve yuan, eighty fen"))
        try await till.acknowledge(told)
        #expect(try await till.results(count: 0).isEmpty)

        let receipt = try await till.receipt(orderNo)
        let said = try ReceiptSaid(verifying: receipt, root: pairing.root, testAllowed: true)
        #expect((said.orderNo, said.minor, said.rootKnown) == (orderNo, 12_80, true))

        #expect(try await till.day().totals.sums.paid.minor == 12_80)
        #expect(try await till.merchantDay().totals.sums.paid.count == 1)
        #expect(try await till.list(ListQuery(tail: paid.tail.lowercased())).sales.map(\.orderNo) == [orderNo])
        #expect(try await till.list(ListQuery(filter: .open)).sales.isEmpty)
        let story = try await till.sale(orderNo)
        #expect(story.sale.note == "no ice" && story.history.first?.word == "rung_up")
        try await till.close()
    }

    @Test func testMoneyIsMarkedWhereverItIsSeen() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder)
        let sale = try await till.sell(at: shop)
        #expect(!sale.live)
        #expect(try await till.pairing()?.live == false)
        #expect(try await till.results(count: 1)[0].live == false)
        #expect(try await till.day().totals.live == false)
        #expect(try await till.diagnosis { $0.device != nil }.live == false)
        let receipt = try await till.receipt(sale.orderNo)
        #expect(throws: SaomaError.self) { try ReceiptSaid(verifying: receipt) }
        #expect(try ReceiptSaid(verifying: receipt, testAllowed: true).live == false)
    }

    @Test func aFreshCodeReplacesTheFirstAndACancelledSaleIsClosedWithProof() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder)
        let first = try await till.sale(try await till.chargeTea().orderNo) { $0.code != nil }
        try await till.refresh(first)
        let second = try await till.sale(first.orderNo) { $0.code != nil && $0.attempt == 2 }
        #expect(second.code?.text != first.code?.text)
        do {
            try await till.cancel(first)
            Issue.record("a cancel of the first attempt must not end the second")
        } catch {
            guard case .notNow(let fault) = error else { throw error }
            #expect(fault.code == "not_last_attempt")
        }
        try await till.cancel(second)
        try await till.sale(first.orderNo, is: .closed)
        #expect(try await till.checkNow(first.orderNo).phase == .closed)
    }

    @Test func theListIsToldOfEverySaleThatChanges() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder)
        var changes = till.changes.makeAsyncIterator()
        let rungUp = [try await till.chargeTea(minor: 100), try await till.chargeTea(minor: 200)]
        var awaiting: Set<String> = []
        while awaiting.count < 2 {
            let sale = try #require(try await changes.next())
            if sale.phase == .awaiting { awaiting.insert(sale.orderNo) }
        }
        #expect(awaiting == Set(rungUp.map(\.orderNo)))
    }

    @Test func textsChangeTheirLanguageWhileTheyAreWatched() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder)
        let sale = try await till.sale(try await till.chargeTea().orderNo, is: .awaiting)
        var watching = till.watch(sale.orderNo).makeAsyncIterator()
        #expect(try await watching.next()?.title == sale.title)
        till.setLanguage(.chinese)
        let chinese = try #require(try await watching.next())
        #expect(chinese.phase == .awaiting)
        #expect(chinese.title.unicodeScalars.contains { $0.value > 0x4E00 })
    }
}
