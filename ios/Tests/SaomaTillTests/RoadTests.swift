// The road of a sale over the screens: rung up, shown, paid, told once.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct RoadTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func aSaleIsRungUpShownPaidAndToldOnce() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.keypad.note = "no ice"
            let screen = try await till.ringUp("9.80+3")
            #expect(till.keypad.typed.isEmpty && till.keypad.note.isEmpty, "the next sale begins empty")

            let shown = app.show(screen.run)
            await until { screen.code != nil }
            #expect((screen.sale.sale?.amount, screen.sale.sale?.note) == ("12.80", "no ice"))
            #expect(screen.sale.actions.contains(.cancel) && (screen.secondsLeft ?? 0) > 60)
            await until { phone.display.brightHolds == 1 && phone.display.guards == 1 }

            try await shop.customerPays(try #require(screen.code).text)
            await until { screen.sale.sale?.phase == .paid && phone.display.brightHolds == 0 }
            #expect(screen.code == nil && screen.secondsLeft == nil)
            await until { till.announcements.paid?.acknowledged == true }
            let told = try #require(till.announcements.paid)
            #expect((told.voice, told.result.amount, told.isAlarm) == (.heard, "12.80", false))
            #expect(phone.speech.said == [told.result.spoken] && phone.haptics.felt.last == "paid")

            await till.announcements.seen(told)
            #expect(till.announcements.all.isEmpty && till.announcements.paid == nil)
            shown.cancel()
            await until { phone.display.guards == 0 }
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            let other = try await again.ringUp("1")
            next.show(other.run)
            await until { other.code != nil }
            try await shop.customerPays(try #require(other.code).text)
            await until { again.announcements.paid?.acknowledged == true }
            #expect(phone.speech.said.count == 2, "the first is never told again")
            await next.kill()
        }

        @Test func tapsInARowRingUpOneSale() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.keypad.type("12.80")
            async let first: Void = till.keypad.charge()
            async let second: Void = till.keypad.charge()
            async let third: Void = till.keypad.charge()
            _ = await (first, second, third)
            #expect(till.path.count == 1)
            app.show(till.sales.run)
            await until { till.sales.loaded && till.sales.sales.count == 1 }
            await app.kill()
        }

        @Test func tapsInARowCancelOnceAndTheEndIsProven() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            async let first: Void = screen.sale.cancel()
            async let second: Void = screen.sale.cancel()
            _ = await (first, second)
            #expect(screen.sale.fault == nil && screen.code == nil)
            await until { screen.sale.sale?.phase == .closed }
            #expect(!screen.sale.actions.contains(.cancel))
            await screen.sale.cancel()
            #expect(screen.sale.fault == nil, "what the core does not offer is not asked for")
            await app.kill()
        }

        @Test func aFreshCodeTakesThePlaceOfTheFirst() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            let first = try #require(screen.code).text
            async let tap: Void = screen.sale.refresh()
            async let again: Void = screen.sale.refresh()
            _ = await (tap, again)
            await until { screen.code != nil && screen.code?.text != first }
            #expect(screen.sale.sale?.attempt == 2 && screen.sale.fault == nil)
            await app.kill()
        }

        @Test func aCodeLeavesTheScreenWhenItsTimeEnds() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil && phone.display.brightHolds == 1 }
            let left = try #require(screen.secondsLeft)
            phone.clock.advance(by: .seconds(1))
            await until { screen.secondsLeft == left - 1 }
            phone.clock.advance(by: .seconds(left))
            await until { screen.code == nil && phone.display.brightHolds == 0 }
            #expect(
                screen.secondsLeft == nil && screen.sale.sale?.phase == .awaiting, "only the screen's clock went on")
            await app.kill()
        }

        @Test func whatIsKnownAgesUntilTheBackendSpeaksAgain() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil && screen.secondsSinceHeard != nil }
            let before = try #require(screen.secondsSinceHeard)
            phone.clock.advance(by: .seconds(1))
            await until { screen.secondsSinceHeard == before + 1 }
            await screen.sale.checkNow()
            #expect(screen.sale.fault == nil)
            phone.clock.advance(by: .seconds(1))
            await until { screen.secondsSinceHeard == 0 }
            await app.kill()
        }

        @Test func nothingIsDrawnFromBeforeThePhoneSlept() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            await app.model.foreground(false)
            #expect(screen.code == nil, "no picture of a code among the recent apps")
            await until { phone.display.brightHolds == 0 }
            await app.model.foreground(true)
            await until { screen.code != nil && phone.display.brightHolds == 1 }
            await app.kill()
        }

        @Test func aQuickAmountIsOneTap() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.settings.addQuickAmount("15")
            let amount = try #require(till.keypad.quickAmounts.first)
            async let tap: Void = till.keypad.quick(amount)
            async let again: Void = till.keypad.quick(amount)
            _ = await (tap, again)
            let screen = try till.codeScreen()
            app.show(screen.run)
            await until { screen.sale.sale?.amount == "15.00" }
            till.path = []
            till.keypad.type("3")
            await till.keypad.quick(amount)
            #expect(till.path.isEmpty && till.keypad.typed == "3 + 15.00" && till.keypad.total?.text == "18.00")
            await app.kill()
        }
    }
}
