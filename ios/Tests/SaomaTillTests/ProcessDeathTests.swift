// The system may kill the app at any screen: it comes back to that screen, and rings nothing up twice.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct ProcessDeathTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func whatWasTypedIsThereAgain() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.keypad.type("12.80+3")
            till.keypad.reference = "table 4"
            till.keypad.referenceIsUnique = false
            till.keypad.note = "window"
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            let keypad = again.keypad
            #expect(again.path.isEmpty && (keypad.typed, keypad.note) == ("12.80 + 3", "window"))
            #expect((keypad.reference, keypad.referenceIsUnique) == ("table 4", false) && keypad.canCharge)
            await next.kill()
        }

        @Test func aCodeOnTheScreenIsOnTheScreenAgain() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            let code = try #require(screen.code).text
            await app.kill()
            // Paid while nobody was there.
            try await shop.customerPays(code)

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            let back = try again.codeScreen()
            #expect(back.id == screen.id)
            next.show(back.run)
            await until { back.sale.sale?.phase == .paid && again.announcements.paid?.acknowledged == true }
            #expect(phone.speech.said.count == 1)
            await next.kill()
        }

        @Test func anAppThatIsKilledWhileItRingsUpShowsThatSaleAndNoSecond() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.settings.settings.description = "Milk tea"
            till.keypad.type("12.80")
            // The core rings it up; the screen never hears of it.
            app.show(till.keypad.charge).cancel()
            await until { till.diagnosis?.unprovenCount == 1 }
            #expect(till.path.isEmpty)
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            let screen = try again.codeScreen()
            #expect(again.keypad.typed.isEmpty)
            next.show(screen.run)
            await until { screen.code != nil && again.diagnosis?.unprovenCount == 1 }
            await next.kill()
        }

        @Test func aTapAfterALostAnswerMeansTheSameSale() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.settings.settings.description = "Milk tea"
            till.keypad.type("12.80")
            let lost = app.show(till.keypad.charge)
            lost.cancel()
            await lost.value
            await until { till.diagnosis?.unprovenCount == 1 }
            till.keypad.press(.backspace)
            till.keypad.press(.digit(5))
            await till.keypad.charge()
            let screen = try till.codeScreen()
            app.show(screen.run)
            await until { screen.sale.sale != nil }
            #expect(screen.sale.sale?.amount == "12.80", "what was rung up is shown, not a second sale")
            #expect(till.diagnosis?.unprovenCount == 1)
            await app.kill()
        }

        @Test func theReplacedSaleIsStillWaitedFor() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.code != nil }
            try await shop.goesAway()
            await screen.changeAmount()
            #expect(!till.keypad.canCharge)
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let keypad = try await next.till().keypad
            #expect(keypad.replaced?.orderNo == screen.id && keypad.typed == "12.80" && !keypad.canCharge)
            try await shop.comesBack()
            await until { keypad.canCharge }
            await next.kill()
        }

        @Test(arguments: [Screen.sales, .toCollect, .drafts, .day, .settings, .diagnosis, .pairing, .people, .shifts])
        func everyScreenComesBack(screen: Screen) async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            till.path = [screen]
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            #expect(try await next.till().path == [screen])
            await next.kill()
        }

        @Test func aSaleThatIsNotThereIsNoScreen() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await till.ringUp()
            till.path = [.sales, .sale(orderNo: screen.id), .sale(orderNo: "01J00000000000000000000000")]
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            let again = try await next.till()
            #expect(again.path == [.sales, .sale(orderNo: screen.id)])
            await next.kill()

            let elsewhere = AppForTests(on: phone, at: try Folder().url)
            #expect(try await elsewhere.till().path.isEmpty, "a till that is not paired has one screen")
            await elsewhere.kill()
        }
    }
}
