// Another amount is another sale, and only after the end of the first is proven.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct ChangeAmountTests {
        @Test func theOldSaleIsClosedWithProofAndTheNewOneIsFilledIn() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let till = try await app.till(pairedWith: shop)
            (till.keypad.reference, till.keypad.note) = ("table 4", "window")
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil && screen.canChangeAmount }
            async let tap: Void = screen.changeAmount()
            async let again: Void = screen.changeAmount()
            _ = await (tap, again)
            #expect(till.path.isEmpty)
            #expect((till.keypad.typed, till.keypad.reference, till.keypad.note) == ("12.80", "table 4", "window"))
            #expect(till.keypad.replaced?.orderNo == screen.id)
            await until { till.keypad.replaced?.sale?.phase == .closed }
            #expect(till.keypad.canCharge)
            till.keypad.clear()
            #expect(till.keypad.replaced == nil)
            await app.kill()
        }

        @Test func nothingIsRungUpWhileTheOldEndIsUnproven() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            try await shop.goesAway()
            await screen.changeAmount()
            await until { till.keypad.replaced?.sale?.phase == .closing }
            #expect(!till.keypad.canCharge)
            await till.keypad.charge()
            #expect(till.path.isEmpty, "not rung up")
            try await shop.comesBack()
            await until { till.keypad.canCharge }
            till.keypad.press(.backspace)
            await till.keypad.charge()
            let next = try till.codeScreen()
            #expect(next.id != screen.id && till.keypad.replaced == nil)
            app.show(next.run)
            await until { next.code != nil }
            #expect(next.sale.sale?.minor == 12_80)
            await app.kill()
        }

        @Test func anOldSaleThatIsPaidAllTheSameLetsNoNewOneBeRungUp() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            let code = try #require(screen.code).text
            try await shop.misfortune("system_error", on: "POST /v3/pay/transactions/out-trade-no/*/close", times: 100)
            await screen.changeAmount()
            try await shop.customerPays(code)
            await until { till.keypad.replaced?.sale?.phase == .paid && till.announcements.alarms.count == 1 }
            #expect(!till.keypad.canCharge)
            till.keypad.clear()
            till.keypad.type("1")
            #expect(till.keypad.canCharge, "a person went on to another sale")
            await app.kill()
        }
    }
}
