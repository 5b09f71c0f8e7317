// Money is told to somebody, or it is told again.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct AnnouncementTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func whatCouldNotBeSaidIsShownSoAndWaitsForAPerson() async throws {
            let shop = try await Shop.shared.value
            phone.speech.heard = false
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            _ = try await app.sell(at: shop)
            await until { till.announcements.paid?.voice == .notPlayed }
            let told = try #require(till.announcements.paid)
            #expect(!told.acknowledged && phone.haptics.felt.suffix(2) == ["paid", "alarm"])
            await app.kill()

            phone.speech.heard = true
            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            await until { again.announcements.paid?.acknowledged == true }
            #expect(phone.speech.said == [told.result.spoken, told.result.spoken], "nobody had seen or heard it")
            await next.kill()
        }

        @Test func withoutSoundAPersonSeesIt() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.settings.settings.sound = false
            _ = try await app.sell(at: shop)
            await until { till.announcements.paid?.voice == .off }
            let told = try #require(till.announcements.paid)
            #expect(!told.acknowledged && phone.speech.said.isEmpty && phone.haptics.felt.last == "paid")
            async let tap: Void = till.announcements.seen(told)
            async let again: Void = till.announcements.seen(told)
            _ = await (tap, again)
            #expect(till.announcements.all.isEmpty && till.announcements.fault == nil)
            await until { till.diagnosis?.resultsWaiting == 0 }
            await app.kill()
        }

        @Test func whatIsLessThanWhatIsSaidIsShownAndNeverComesAgain() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.settings.setLeastAloud("5")
            _ = try await app.sell("4.99", at: shop)
            await until { till.announcements.paid?.acknowledged == true }
            let told = try #require(till.announcements.paid)
            #expect(told.voice == .quiet && phone.speech.said.isEmpty && phone.haptics.felt.last == "paid")
            till.announcements.sayAgain(told)
            await until { phone.speech.said == [told.result.spoken] }
            _ = try await app.sell("5", at: shop)
            await until { till.announcements.paid?.result.amount == "5.00" && till.announcements.paid?.voice == .heard }
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            await until { again.diagnosis?.resultsWaiting == 0 }
            #expect(again.announcements.all.isEmpty && again.settings.settings.leastAloud == "5.00")
            await next.kill()
        }

        @Test func theKilledAppTellsItAtTheNextStart() async throws {
            let shop = try await Shop.shared.value
            phone.speech.heard = nil
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            _ = try await app.sell(at: shop)
            await until { till.announcements.paid?.voice == .speaking }
            await app.kill()

            phone.speech.heard = true
            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            await until { again.announcements.paid?.acknowledged == true }
            #expect(again.announcements.paid?.voice == .heard)
            await next.kill()
        }

        @Test func nothingIsToldWhileNobodyLooks() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            let code = try #require(screen.code).text
            await app.model.foreground(false)
            try await shop.customerPays(code)
            await screen.sale.checkNow()
            await until { !till.announcements.all.isEmpty }
            #expect(till.announcements.paid == nil && phone.speech.said.isEmpty)
            await app.model.foreground(true)
            await until { till.announcements.paid?.acknowledged == true }
            #expect(phone.speech.said.count == 1)
            await app.kill()
        }

        @Test func eachPaymentIsSaidAfterTheOther() async throws {
            let shop = try await Shop.shared.value
            phone.speech.heard = nil
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            _ = try await app.sell("1", at: shop)
            await until { phone.speech.said.count == 1 }
            _ = try await app.sell("2", at: shop)
            await until { till.announcements.all.count == 2 }
            #expect(phone.speech.said.count == 1 && till.announcements.paid?.result.amount == "1.00")
            phone.speech.finish(heard: true)
            await until { phone.speech.said.count == 2 && till.announcements.paid?.result.amount == "2.00" }
            phone.speech.finish(heard: true)
            await until { till.announcements.paid?.acknowledged == true }
            #expect(till.announcements.all.count == 1, "the one before made room: it was heard")
            let told = try #require(till.announcements.paid)
            till.announcements.sayAgain(told)
            await until { phone.speech.said.count == 3 }
            await app.kill()
        }

        @Test func lateMoneyIsAnAlarmThatOnlyAPersonEnds() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            let code = try #require(screen.code).text
            try await shop.misfortune("system_error", on: "POST /v3/pay/transactions/out-trade-no/*/close", times: 100)
            await screen.sale.cancel()
            await until { screen.sale.sale?.phase == .closing }
            try await shop.customerPays(code)
            await until { till.announcements.alarms.first?.voice == .heard }
            let alarm = try #require(till.announcements.alarms.first)
            #expect(alarm.result.late && !alarm.acknowledged && till.announcements.paid == nil)
            #expect(phone.haptics.felt.last == "alarm")
            await until { till.diagnosis?.resultsWaiting == 1 }

            till.sales.filter = .alarmed
            app.show(till.sales.run)
            await until { till.sales.sales.map(\.orderNo) == [screen.id] }
            await till.announcements.seen(alarm)
            #expect(till.announcements.alarms.isEmpty)
            await until { till.diagnosis?.resultsWaiting == 0 && till.sales.loaded }
            #expect(till.sales.sales.map(\.orderNo) == [screen.id], "it stays findable")
            await app.kill()
        }

        @Test func moneyThatDoesNotMatchIsAnAlarmAndNeverPaid() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            try await shop.misfortune("notify_wrong_amount", on: "notify")
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            try await shop.customerPays(try #require(screen.code).text)
            await until { till.announcements.alarms.first?.voice == .heard }
            let alarm = try #require(till.announcements.alarms.first)
            #expect(alarm.result.kind == .mismatch && till.announcements.paid == nil)
            await until { screen.sale.sale?.mismatch == true }
            #expect(screen.sale.sale?.phase != .paid && screen.code == nil && !screen.canChangeAmount)
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            await until { again.announcements.alarms.count == 1 }
            await again.announcements.seen(try #require(again.announcements.alarms.first))
            #expect(again.announcements.all.isEmpty)
            await next.kill()
        }

        @Test func anotherLanguageChangesWordsAndTellsNothingTwice() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await app.sell(at: shop)
            await until { till.announcements.paid?.acknowledged == true && screen.sale.history.count > 1 }
            app.show(till.sales.run)
            await until { till.sales.sales.count == 1 }
            till.settings.settings.language = .chinese
            await until {
                screen.sale.sale?.title == "已收款" && till.sales.sales.first?.title == "已收款"
                    && screen.sale.history.first?.text == "开单"
            }
            let other = try await app.sell("2", at: shop)
            await until {
                till.announcements.paid?.result.orderNo == other.id && till.announcements.paid?.acknowledged == true
            }
            #expect(phone.speech.language == .chinese && phone.speech.said.count == 2)
            await app.kill()
        }
    }
}

extension AppForTests {
    /// A sale is rung up, shown, and paid.
    func sell(_ typed: String = "12.80", at shop: Shop) async throws -> CodeModel {
        let till = try await till()
        let screen = try await till.ringUp(typed)
        show(screen.run)
        await until { screen.code != nil }
        try await shop.customerPays(try #require(screen.code).text)
        await until { screen.sale.sale?.phase == .paid }
        return screen
    }
}
