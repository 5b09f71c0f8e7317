// Money goes back once, and counts as given back with proof alone.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct GivingBackTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test func aPartIsGivenBackOnceAndToldWithProof() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "manager", in: folder)
        let paid = try await till.sell(at: shop)
        try await till.acknowledge(try await till.results(count: 1)[0])
        let payment = paid.payments[0]
        let number = till.newRefundNo()
        func ask(_ minor: Int64, because reason: String = "Cold tea") async throws -> Sale {
            try await till.refund(payment.back(minor, because: reason), refundNo: number, of: paid.orderNo)
        }
        #expect(try await refused(.notNow) { try await ask(12_81) }.code == "refund_over_rest")
        #expect(try await refused(.input) { try await ask(0) }.field == "amount")
        #expect(try await refused(.input) { try await ask(1, because: "") }.field == "reason")
        #expect(try await till.sale(paid.orderNo).sale.refunds.isEmpty)
        let asked = try await ask(3_00)
        #expect(asked.refunds.map(\.amount) == ["3.00"] && asked.refunds[0].doneAt == nil)
        #expect(try await ask(3_00).refunds.count == 1, "a second tap is the same refund")
        #expect(try await refused(.notNow) { try await ask(3_01) }.code == "conflict")

        let done = try await till.sale(paid.orderNo) { $0.refunds[0].phase == .done }
        #expect((done.payments[0].refundedMinor, done.payments[0].leftMinor) == (3_00, 9_80))
        #expect(done.refunds[0].doneAt != nil)
        let told = try await till.results(count: 1)[0]
        #expect((told.kind, told.amount, told.orderNo) == (.refunded, "3.00", paid.orderNo))

        // The next part waits its minute, and says how long.
        try await till.refund(payment.back(1_00), refundNo: till.newRefundNo(), of: paid.orderNo)
        let waiting = try await till.sale(paid.orderNo) { $0.refunds.last?.phase == .queued }
        let wait = try #require(waiting.refunds.last?.sendsInMs)
        #expect(1...60_000 ~= wait && waiting.payments[0].leftMinor == 8_80)
        let sums = try await till.day().totals.sums
        #expect((sums.paid.minor, sums.refunded.minor) == (12_80, 3_00))
        try await till.close()
    }

    @Test func aCashiersRefundWaitsForAManagerWhoSaysNoOrYes() async throws {
        let shop = try await Shop.open()
        let till = try await Till.paired(with: shop, as: "manager", in: folder)
        let cashiersPin = try await shop.person("li", called: "Li Lei", as: "cashier")
        let managersPin = try await shop.person("wang", called: "Wang Mei", as: "manager")
        try await till.signIn("li", pin: cashiersPin)
        let paid = try await till.sell(at: shop)
        #expect(paid.staff == "li")
        func ask() async throws -> SaleRefund {
            try await till.refund(paid.payments[0].back(2_00), refundNo: till.newRefundNo(), of: paid.orderNo)
            let sale = try await till.sale(paid.orderNo) { $0.refunds.last?.phase == .requested }
            #expect(!sale.actions.contains(.decideRefund), "not the cashier's to decide")
            return try #require(sale.refunds.last)
        }
        let (first, second) = (try await ask(), try await ask())
        #expect(first.staff == "li")
        let fault = try await refused(.refused) { try await till.approve(first.refundNo, of: paid.orderNo) }
        #expect(fault.code == "forbidden")

        try await till.signIn("wang", pin: managersPin)
        try await till.sale(paid.orderNo) { $0.actions.contains(.decideRefund) }
        try await till.decline(first.refundNo, of: paid.orderNo, because: "Drunk up")
        try await till.approve(second.refundNo, of: paid.orderNo)
        try await till.approve(second.refundNo, of: paid.orderNo)
        let done = try await till.sale(paid.orderNo) { $0.refunds[1].phase == .done }
        #expect(done.refunds[0].phase == .declined && done.refunds[0].sentence.contains("Drunk up"))
        #expect(done.payments[0].refundedMinor == 2_00 && !done.actions.contains(.decideRefund))
        try await till.close()
    }

    @Test func aTillThatDiesInTheMiddleOfARefundGivesBackOnce() async throws {
        let shop = try await Shop.shared.value
        let network = Gate()
        let till = try await Till.paired(with: shop, as: "manager", in: folder, transport: network)
        let paid = try await till.sell(at: shop)
        network.loseAnswers { $0.url.contains("/refunds/") }
        let number = till.newRefundNo()
        try await till.refund(paid.payments[0].back(12_80), refundNo: number, of: paid.orderNo)
        await network.holds("/refunds/\(number)")
        try await till.close()

        let next = try await Till.open(at: folder.url, language: .english)
        let done = try await next.sale(paid.orderNo) { $0.refunds.first?.phase == .done }
        #expect(done.refunds.map(\.refundNo) == [number] && done.payments[0].leftMinor == 0)
        #expect(!done.actions.contains(.refund))
        try await next.close()
    }
}

extension SalePayment {
    /// So much of it, to be given back.
    fileprivate func back(_ minor: Int64, because reason: String = "Cold tea") -> NewRefund {
        NewRefund(channel: channel, transactionId: transactionId, minor: minor, reason: reason)
    }
}
