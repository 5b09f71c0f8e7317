// The customer's payment code, scanned or typed, from the keypad and over a shown code.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct CustomersCodeTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func fromTheKeypadItIsOneTapAndOneScan() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp("12.80", by: .customersCode)
            #expect(screen.scan.state == .looking && screen.scan.wanted == .paymentCode)
            app.show(screen.run)
            await until { screen.sale.sale?.phase == .ready }
            #expect(screen.scan.state == .looking && screen.code == nil && screen.canScan)
            let code = try await shop.customerShowsCode()
            await screen.scan.read(code)
            #expect(screen.scan.state == .off && screen.sale.fault == nil)
            await until { screen.sale.sale?.phase == .paid && till.announcements.paid?.acknowledged == true }
            #expect(phone.speech.said.count == 1)
            #expect(try await shop.paidAtWechatPay(screen.id) == 1)
            #expect(phone.keeps(nothingOf: code))
            await app.kill()
        }

        @Test func whileTheCustomerTypesThePasswordNoSecondScanIsOffered() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp("12.80", by: .customersCode)
            app.show(screen.run)
            await until { screen.canScan }
            let code = try await shop.customerShowsCode(password: true)
            await screen.scan.read(code)
            await until { screen.sale.sale?.phase == .paying }
            #expect(!screen.canScan && !screen.sale.actions.contains(.scan))
            screen.startScan()
            #expect(screen.scan.state == .off)
            await screen.sale.scan(try await shop.customerShowsCode())
            #expect(screen.sale.fault == nil, "what the core does not offer is not asked for")
            try await shop.customerTypesPassword(for: code)
            await until { screen.sale.sale?.phase == .paid }
            #expect(try await shop.paidAtWechatPay(screen.id) == 1)
            await app.kill()
        }

        @Test func whatIsNoCodeSaysSoAndAfterARefusedOneAnotherMayBeTyped() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp("12.80", by: .customersCode)
            app.show(screen.run)
            await until { screen.canScan }
            await screen.scan.read("https://example.org/no-payment-code")
            #expect(screen.sale.fault?.field == "code" && screen.canScan)
            screen.startScan()
            #expect(screen.scan.state == .looking)
            await screen.scan.read(try await shop.customerShowsCode(balance: 1))
            await until { screen.sale.sale?.lastAttempt == 1 && screen.sale.sale?.phase == .ready && screen.canScan }
            #expect(screen.sale.sale?.notice != nil)
            #expect(screen.sale.sale?.payments.isEmpty == true)
            let typed = try await shop.customerShowsCode()
            await screen.sale.scan("\(typed.prefix(4)) \(typed.dropFirst(4))")
            await until { screen.sale.sale?.phase == .paid }
            #expect(screen.sale.sale?.payments.count == 1)
            await app.kill()
        }

        @Test func aScannerThatTypesChargesAtItsReturnKey() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp("12.80", by: .customersCode)
            #expect(!screen.scannerTyped("1"), "nothing is known of the sale yet")
            app.show(screen.run)
            await until { screen.canScan }
            #expect(!screen.scannerTyped("\r") && !screen.scannerTyped("x") && screen.sale.fault == nil)
            let code = try await shop.customerShowsCode()
            for key in code { #expect(screen.scannerTyped(key)) }
            #expect(screen.scannerTyped("\r"))
            await until { screen.sale.sale?.phase == .paid && screen.scan.state == .off }
            #expect(phone.keeps(nothingOf: code) && !screen.scannerTyped("1"))
            await app.kill()
        }

        @Test func overAShownCodeTheCameraHidesItAndEndsWhenItIsPaid() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil && screen.canScan }
            let code = try #require(screen.code).text
            screen.startScan()
            #expect(screen.code == nil)
            await until { phone.display.brightHolds == 0 }
            screen.scan.stop()
            #expect(screen.code?.text == code)
            screen.startScan()
            try await shop.customerPays(code)
            await until { screen.sale.sale?.phase == .paid && screen.scan.state == .off }
            await app.kill()
        }

        @Test func ifTheShownCodeCannotBeClosedYetItSaysHowLongAndCashIsOffered() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            try await shop.misfortune("system_error", on: "POST /v3/pay/transactions/out-trade-no/*/close", times: 100)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil && screen.canScan }
            screen.startScan()
            await screen.scan.read(try await shop.customerShowsCode())
            await until { screen.secondsUntilScan != nil || screen.sale.sale?.phase != .awaiting }
            if let seconds = screen.secondsUntilScan {
                #expect(seconds > 0 && !screen.canScan && screen.sale.actions.contains(.takeCash))
                phone.clock.advance(by: .seconds(1))
                await until { screen.secondsUntilScan.map { $0 < seconds } ?? true }
            }
            #expect(try await shop.paidAtWechatPay(screen.id) == 0, "nothing was charged beside an open code")
            await app.kill()
        }

        @Test func theKilledAppAsksForTheOutcomeAndNeverChargesAgain() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp("12.80", by: .customersCode)
            app.show(screen.run)
            await until { screen.canScan }
            let code = try await shop.customerShowsCode(password: true)
            await screen.sale.scan(code)
            await until { screen.sale.sale?.phase == .paying }
            await app.kill()
            #expect(phone.keeps(nothingOf: code))

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            let back = try again.codeScreen()
            #expect(back.id == screen.id && back.scan.state == .off)
            next.show(back.run)
            await until { back.sale.sale != nil }
            #expect(!back.canScan)
            try await shop.customerTypesPassword(for: code)
            await until { back.sale.sale?.phase == .paid && again.announcements.paid?.acknowledged == true }
            #expect(try await shop.paidAtWechatPay(screen.id) == 1)
            await next.kill()
        }
    }

    @MainActor
    struct CashTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func fromTheKeypadItIsNotedOnceAlsoWithoutANetwork() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            await app.model.network(false)
            till.keypad.type("12.80")
            async let tap: Void = till.keypad.charge(by: .cash)
            async let again: Void = till.keypad.charge(by: .cash)
            _ = await (tap, again)
            let screen = try till.codeScreen()
            app.show(screen.run)
            await until { screen.sale.sale?.cashTakenAt != nil }
            #expect(screen.code == nil && screen.scan.state == .off && screen.sale.sale?.paidAt == nil)
            #expect(till.announcements.all.isEmpty && phone.speech.said.isEmpty, "cash is not announced as a payment")
            await app.model.network(true)
            await until { screen.sale.sale?.phase == .cash }
            app.show(till.day.run)
            await until { till.day.own?.totals.sums.cash.text == "12.80" }
            #expect(till.day.own?.totals.sums.paid.count == 0)
            await app.kill()
        }

        @Test func overAShownCodeItHidesTheCodeAndSaysThatItMayStillBePaid() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop, as: "manager")
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil && screen.sale.actions.contains(.takeCash) }
            let code = try #require(screen.code).text
            try await shop.goesAway()
            await screen.sale.takeCash()
            #expect(screen.code == nil && screen.sale.sale?.phase == .cashUnproven)
            #expect(screen.sale.sale?.title == "Cash, code may still be paid")
            try await shop.customerPays(code)
            try await shop.comesBack()
            await until { till.announcements.alarms.first?.voice == .heard }
            let alarm = try #require(till.announcements.alarms.first)
            #expect(alarm.result.orderNo == screen.id && phone.haptics.felt.contains("alarm"))
            await until { screen.sale.actions.contains(.decideLateMoney) }
            let late = try #require(screen.sale.sale?.payments.first { $0.lateMoney == .ask })
            till.path = [.sale(orderNo: screen.id)]
            till.giveBack(late, of: screen.id)
            let sheet = till.refund(screen.id)
            #expect(till.path.last == .refund(orderNo: screen.id) && sheet.payment?.transactionId == late.transactionId)
            till.path.removeLast()
            let sale = till.sale(screen.id)
            app.show(sale.run)
            await until { sale.actions.contains(.decideLateMoney) }
            await sale.keepLateMoney(late)
            #expect(sale.fault == nil)
            await until { sale.sale?.payments.contains { $0.lateMoney == .accepted } == true }
            #expect(!sale.actions.contains(.decideLateMoney))
            await app.kill()
        }
    }
}

extension OpenTill {
    /// A person types an amount and rings it up one way or another; the screen that is seen then.
    func ringUp(_ typed: String, by way: Way) async throws -> CodeModel {
        #expect(keypad.offers(way))
        keypad.type(typed)
        await keypad.charge(by: way)
        #expect(keypad.fault == nil)
        return try codeScreen()
    }
}

extension PhoneForTests {
    /// Whether nothing that outlives the app, was said or given away has a text in it.
    func keeps(nothingOf secret: String) -> Bool {
        let kept = preferences.values.values.map { String(decoding: $0, as: UTF8.self) }
        return !(kept + speech.said + sharing.copied + sharing.shared).contains { $0.contains(secret) }
    }
}
