// At the counter, beside the shown code: the customer's payment code, and cash.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct CounterTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test func aPaymentCodeIsChargedOnceAndThePasswordIsWaitedFor() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let ready = try await till.readyTea()
        #expect(ready.byCode && ready.code == nil && ready.lastAttempt == nil && ready.actions.contains(.scan))

        let code = try await shop.customerShowsCode(password: true)
        let charging = try await till.scan(code, for: ready)
        #expect(!charging.actions.contains(.scan), "no second scan while one is charged")
        let paying = try await till.sale(ready.orderNo, is: .paying)
        let second = try await shop.customerShowsCode()
        let fault = try await refused(.notNow) { try await till.scan(second, for: paying) }
        #expect(fault.code == "order_charging")
        try await shop.customerTypesPassword(for: code)
        let paid = try await till.sale(ready.orderNo, is: .paid)
        #expect(paid.payments.map(\.proven) == [true] && paid.payments[0].amount == "12.80")
        #expect(try await shop.paidAtWechatPay(ready.orderNo) == 1)
        #expect(try await till.day().totals.methods.map(\.name) == ["wechatpay_code"])
        try await till.close()
    }

    @Test func whatIsNoPaymentCodeIsRefusedByNameAndChargesNothing() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let ready = try await till.readyTea()
        for text in ["", "12345", "https://example.org", String(repeating: "9", count: 18)] {
            #expect(try await refused(.input) { try await till.scan(text, for: ready) }.field == "code")
        }
        try await till.network(false)
        let code = try await shop.customerShowsCode()
        let fault = try await refused(.unreachable) { try await till.scan(code, for: ready) }
        #expect(!fault.detail.contains(code) && !fault.english.contains(code) && !fault.chinese.contains(code))
        #expect(try await shop.paidAtWechatPay(ready.orderNo) == 0)
        try await till.close()
    }

    @Test func aCodeThatWeChatPayRefusesIsOverAndAnotherPaysTheSameSale() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let ready = try await till.readyTea()
        try await till.scan(try await shop.customerShowsCode(balance: 1), for: ready)
        // That charge must be over, with proof, before there is another.
        let again = try await till.sale(ready.orderNo) { $0.phase == .ready && $0.lastAttempt == 1 }
        #expect(again.actions.contains(.scan) && again.payments.isEmpty)
        #expect(again.notice?.code == "NOT_ENOUGH", "the cashier reads why")
        try await till.scan(try await shop.customerShowsCode(), for: again)
        let paid = try await till.sale(ready.orderNo, is: .paid)
        #expect(paid.payments.count == 1)
        #expect(try await shop.paidAtWechatPay(ready.orderNo) == 1)
        try await till.close()
    }

    @Test func aScannedCodeTakesThePlaceOfTheShownOneThatIsClosedFirst() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let shown = try await till.sale(try await till.chargeTea().orderNo) { $0.code != nil }
        #expect(shown.actions.contains(.scan) && shown.lastAttempt == 1)
        // It may be too early to close the shown code: then it says how long, and cash is offered.
        let code = try await shop.customerShowsCode()
        try await till.scan(code, for: shown)
        let next = try await till.sale(shown.orderNo) { $0.phase == .paid || $0.scanAgainInMs != nil }
        if next.phase != .paid {
            #expect(next.actions.contains(.takeCash))
        }
        #expect(try await shop.paidAtWechatPay(shown.orderNo) == next.payments.count)
        try await till.close()
    }

    @Test func aTillThatDiesInTheMiddleOfAChargeNeverChargesAgain() async throws {
        let shop = try await Shop.shared.value
        let network = Gate()
        let till = try await Till.paired(with: shop, as: "cashier", in: folder, transport: network)
        let ready = try await till.readyTea()
        network.loseAnswers { $0.url.hasSuffix("/charge") }
        let code = try await shop.customerShowsCode()
        try await till.scan(code, for: ready)
        await network.holds("/charge")
        try await till.close()

        let next = try await Till.open(at: folder.url, language: .english)
        let paid = try await next.sale(ready.orderNo, is: .paid)
        #expect(paid.payments.count == 1)
        #expect(try await shop.paidAtWechatPay(ready.orderNo) == 1)
        #expect(try await next.results(count: 1)[0].orderNo == ready.orderNo)
        let files = FileManager.default.enumerator(at: folder.url, includingPropertiesForKeys: nil)
        for case let file as URL in try #require(files) {
            let bytes = (try? Data(contentsOf: file)) ?? Data()
            #expect(bytes.range(of: Data(code.utf8)) == nil, "the code is in \(file.lastPathComponent)")
        }
        try await next.close()
    }

    @Test func cashIsDurableAtOnceAndIsNeverInTheWordsOfProof() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let shown = try await till.sale(try await till.chargeTea().orderNo) { $0.code != nil }
        try await till.network(false)
        let cash = try await till.takeCash(shown.orderNo)
        #expect(cash.phase == .cashUnproven && cash.code == nil && cash.cashTakenAt != nil)
        #expect(cash.payments.allSatisfy { !$0.proven } && cash.paidAt == nil)
        try await till.close()

        let next = try await Till.open(at: folder.url, language: .english)
        let settled = try await next.sale(shown.orderNo, is: .cash)
        #expect(settled.payments.map(\.channel) == ["cash"] && settled.payments.map(\.proven) == [false])
        let sums = try await next.day().totals.sums
        #expect((sums.cash.minor, sums.paid.minor) == (12_80, 0))
        let fault = try await refused(.notNow) { try await next.takeCash("01J00000000000000000000000") }
        #expect(fault.code == "not_found")
        try await next.close()
    }

    @Test func cashOnTheSpotNeedsNoNetwork() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        try await till.diagnosis { $0.features.contains("cash") }
        try await till.network(false)
        let rungUp = try await till.charge(
            NewSale(minor: 5_00, description: "Milk tea", inCash: true), orderNo: till.newOrderNo())
        #expect(rungUp.cashTakenAt != nil && rungUp.code == nil && !rungUp.actions.contains(.scan))
        #expect(try await till.day().totals.sums.cash.minor == 5_00)
        try await till.close()
    }

    @Test func whatIsPaidByTheCodeTooIsLateMoneyThatAManagerKeeps() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "manager", in: folder)
        let shown = try await till.sale(try await till.chargeTea().orderNo) { $0.code != nil }
        try await till.network(false)
        try await till.takeCash(shown.orderNo)
        try await shop.customerPays(#require(shown.code).text)
        try await till.network(true)
        let both = try await till.sale(shown.orderNo) { $0.actions.contains(.decideLateMoney) }
        let late = try #require(both.payments.first { $0.lateMoney == .ask })
        let told = try #require(try await till.results.first { $0.contains { $0.late } }?.first)
        #expect(told.orderNo == shown.orderNo && told.aloud)
        let kept = try await till.keepLateMoney(late, of: both.orderNo)
        #expect(kept.payments.contains { $0.lateMoney == .accepted } && !kept.actions.contains(.decideLateMoney))
        try await till.close()
    }
}

extension Till {
    /// A till on a folder, paired with a shop, on which people may do as much as a role.
    static func paired(
        with shop: Shop, as role: String, in folder: Folder, transport: (any HttpTransport)? = nil
    ) async throws -> Till {
        let till = try await Till.open(at: folder.url, language: .english, transport: transport)
        try await till.pair(with: try await shop.oneMoreLink(for: role), as: "counter 1")
        return till
    }

    /// Rings up a milk tea that is to be paid by the customer's payment code.
    func readyTea() async throws -> Sale {
        let tea = NewSale(minor: 12_80, description: "Milk tea", byCode: true)
        return try await sale(try await charge(tea, orderNo: newOrderNo()).orderNo, is: .ready)
    }
}
