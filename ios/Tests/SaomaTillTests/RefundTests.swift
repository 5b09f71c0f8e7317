// The refund sheet: one sheet, one number, and done with proof alone.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct RefundTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func aPartIsAskedForOnceAndToldWhenItIsDone() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop, as: "manager")
            let screen = try await app.sell(at: shop)
            await until { till.announcements.paid?.acknowledged == true }
            till.path = [.sale(orderNo: screen.id)]
            till.giveBack(of: screen.id)
            let sheet = till.refund(screen.id)
            app.show(sheet.run)
            await until { sheet.payment != nil }
            #expect(sheet.amount?.text == "12.80" && !sheet.needsManager && !sheet.canRefund, "not without a reason")
            sheet.reason = "Cold tea"
            sheet.isWhole = false
            let parts: [(String, String?)] = [("", nil), ("x", nil), ("0", nil), ("12.81", nil), ("3", "3.00")]
            for (typed, amount) in parts {
                sheet.typed = typed
                #expect(sheet.amount?.text == amount && sheet.canRefund == (amount != nil))
            }
            async let tap: Void = sheet.refund()
            async let again: Void = sheet.refund()
            _ = await (tap, again)
            #expect(sheet.fault == nil && till.path == [.sale(orderNo: screen.id)], "the sheet is put away")
            let sale = till.sale(screen.id)
            app.show(sale.run)
            await until { sale.sale?.refunds.first?.phase == .done }
            #expect(sale.sale?.refunds.count == 1 && sale.sale?.payments[0].left == "9.80")
            await until { till.announcements.paid?.result.kind == .refunded }
            await until { till.announcements.paid?.acknowledged == true }
            #expect(till.announcements.alarms.isEmpty && phone.speech.said.count == 2)

            till.giveBack(of: screen.id)
            let next = till.refund(screen.id)
            #expect(next !== sheet && next.reason.isEmpty && next.isWhole, "another sheet, another number")
            next.reason = "Sold out"
            app.show(next.run)
            await until { next.canRefund }
            await next.refund()
            await until { sale.sale?.refunds.last?.phase == .queued }
            let waits = try #require(sale.sale?.refunds.last?.sendsInMs)
            #expect(waits <= 60_000 && sale.sale?.refunds.last?.sentence.isEmpty == false)
            await app.kill()
        }

        @Test func moneyThatDoesNotMatchIsGivenBackAndNeverCalledPaid() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop, as: "manager")
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            let code = try #require(screen.code).text
            try await shop.becomesAnotherApp()
            try await shop.customerPays(code)
            let sale = till.sale(screen.id)
            app.show(sale.run)
            await until { sale.sale?.mismatches.isEmpty == false }
            let money = try #require(sale.sale?.mismatches.first)
            #expect(money.mismatch != nil && money.left == "12.80" && sale.actions.contains(.refund))
            till.path = [.sale(orderNo: screen.id)]
            till.giveBack(money, of: screen.id)
            let sheet = till.refund(screen.id)
            app.show(sheet.run)
            await until { sheet.payment != nil }
            #expect(sheet.payments.map(\.transactionId) == [money.transactionId] && sheet.amount?.text == "12.80")
            sheet.reason = "Not for us"
            await sheet.refund()
            #expect(sheet.fault == nil)
            await until { sale.sale?.refunds.first?.phase == .done }
            #expect(sale.sale?.payments.isEmpty == true && sale.sale?.phase != .paid && till.announcements.paid == nil)
            #expect(sale.sale?.mismatches[0].leftMinor == 0 && !sale.actions.contains(.refund))
            await app.kill()
        }

        @Test func aCashiersRefundWaitsForTheManagerWhoSignsInHere() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop, as: "manager")
            let cashiersPin = try await shop.person("li", called: "Li Lei", as: "cashier")
            let managersPin = try await shop.person("wang", called: "Wang Mei", as: "manager")
            app.show(till.people.run)
            await till.signIn("Li Lei", cashiersPin)
            let screen = try await app.sell(at: shop)
            till.path = [.sale(orderNo: screen.id)]
            let sale = till.sale(screen.id)
            app.show(sale.run)
            for reason in ["Cold tea", "Sold out"] {
                till.giveBack(of: screen.id)
                let sheet = till.refund(screen.id)
                app.show(sheet.run)
                await until { sheet.payment != nil }
                #expect(sheet.needsManager)
                (sheet.isWhole, sheet.typed, sheet.reason) = (false, "2", reason)
                await sheet.refund()
                await until { sale.sale?.refunds.last.map { $0.phase == .requested && $0.reason == reason } == true }
            }
            let waiting = try #require(sale.sale).refunds
            #expect(waiting.count == 2 && !sale.actions.contains(.decideRefund))
            #expect(sale.name(of: waiting[0].staff) == "Li Lei" && sale.sale?.payments[0].refundedMinor == 0)

            await till.signIn("Wang Mei", managersPin)
            await until { sale.actions.contains(.decideRefund) }
            await sale.decline(waiting[0], because: " ")
            #expect(sale.sale?.refunds[0].phase == .requested, "a no has a reason")
            await sale.decline(waiting[0], because: "Drunk up")
            await until { sale.sale?.refunds[0].phase == .declined }
            await sale.approve(waiting[1])
            await until { sale.sale?.refunds[1].phase == .done }
            #expect(sale.fault == nil && sale.sale?.payments[0].refundedMinor == 2_00)
            await app.kill()
        }

        @Test func aRefundThatFailsIsAnAlarmAndNeverCalledDone() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop, as: "manager")
            let screen = try await app.sell(at: shop)
            await until { till.announcements.paid?.acknowledged == true }
            try await shop.misfortune("refund_abnormal", on: "POST /v3/refund/domestic/refunds")
            till.giveBack(of: screen.id)
            let sheet = till.refund(screen.id)
            sheet.reason = "Cold tea"
            app.show(sheet.run)
            await until { sheet.canRefund }
            await sheet.refund()
            await until { till.announcements.alarms.first?.voice == .heard }
            #expect(till.announcements.alarms.first?.result.kind == .refundFailed)
            await until { screen.sale.sale?.refunds.first?.phase == .abnormal }
            #expect(screen.sale.sale?.payments[0].refundedMinor == 0)
            await app.kill()
        }

        @Test func theKilledAppComesBackToTheSheetWithItsNumber() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop, as: "manager")
            let screen = try await app.sell(at: shop)
            till.path = [.sale(orderNo: screen.id)]
            till.giveBack(of: screen.id)
            let sheet = till.refund(screen.id)
            (sheet.isWhole, sheet.typed, sheet.reason) = (false, "2.50", "Cold tea")
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            #expect(again.path == [.sale(orderNo: screen.id), .refund(orderNo: screen.id)])
            let back = again.refund(screen.id)
            #expect((back.typed, back.reason, back.isWhole) == ("2.50", "Cold tea", false))
            next.show(back.run)
            await until { back.canRefund }
            // The core asks for it; the screen never hears of it.
            next.show(back.refund).cancel()
            let sale = again.sale(screen.id)
            await until { sale.sale?.refunds.count == 1 }
            await next.kill()

            let last = AppForTests(on: phone, at: folder.url)
            let after = try await last.till()
            #expect(after.path == [.sale(orderNo: screen.id)], "it was asked for: there is no sheet to tap again")
            let done = after.sale(screen.id)
            last.show(done.run)
            await until { done.sale?.refunds.first?.phase == .done }
            #expect(done.sale?.refunds.count == 1 && done.sale?.payments[0].left == "10.30")
            await last.kill()
        }
    }
}

extension OpenTill {
    /// A person taps a name and types a PIN.
    @MainActor
    func signIn(_ name: String, _ pin: String) async {
        await until { people.people.contains { $0.name == name } }
        people.choose(people.people.first { $0.name == name })
        for digit in pin.compactMap(\.wholeNumberValue) { people.press(.digit(digit)) }
        await people.signIn()
        #expect(people.pinFault == nil)
        await until { person?.name == name }
    }
}
