// Signing in and out, and the shifts that people work in.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct PeopleTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func aNameIsTappedDigitsAreTypedAndThePinIsForgotten() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let pin = try await shop.person("li", called: "Li Lei", as: "cashier")
            #expect(till.hasPeople && till.person == nil && !till.people.isNeeded)
            till.path = [.people]
            let people = till.people
            app.show(people.run)
            await until { people.people.map(\.name) == ["Li Lei"] && phone.display.guards > 0 }
            people.press(.digit(1))
            #expect(people.pinLength == 0, "first the name")
            people.choose(people.people[0])
            for key in [Key.digit(1), .plus, .point, .doubleZero, .digit(2), .digit(3), .backspace] {
                people.press(key)
            }
            #expect(people.pinLength == 2 && !people.canSignIn)
            for _ in 0..<20 { people.press(.digit(7)) }
            #expect(people.pinLength == PeopleModel.pinLengthMax)
            people.press(.clear)
            await till.signIn("Li Lei", pin)
            #expect(people.chosen == nil && people.pinLength == 0 && till.path.isEmpty, "back at the keypad")
            #expect(phone.keeps(nothingOf: pin))
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.sale.sale?.staff == "li" }
            #expect(screen.sale.name(of: "li") == "Li Lei")

            await app.model.network(false)
            await people.signOut()
            await until { till.person == nil }
            #expect(people.fault == nil)
            await app.kill()
        }

        @Test func aWrongPinSaysHowManyTriesAreLeftAndThenHowLongToWait() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let pin = try await shop.person("li", called: "Li Lei", as: "cashier")
            _ = try await shop.person("mei", called: "Han Mei", as: "cashier")
            let people = till.people
            let shown = app.show(people.run)
            await until { people.people.count == 2 }
            people.choose(people.people.first { $0.id == "li" })
            let wrong = pin == "111111" ? 2 : 1
            func tryWrong() async {
                for _ in 0..<6 { people.press(.digit(wrong)) }
                await people.signIn()
            }
            await tryWrong()
            #expect(people.pinFault?.code == "pin_wrong" && people.triesLeft == 4 && people.pinLength == 0)
            while people.secondsLocked == nil, people.pinFault?.code == "pin_wrong" { await tryWrong() }
            let locked = try #require(people.secondsLocked)
            #expect(people.pinFault?.code == "pin_locked" && locked > 0 && !people.canSignIn)
            people.press(.digit(1))
            #expect(people.pinLength == 0)
            phone.clock.advance(by: .seconds(1))
            await until { people.secondsLocked == locked - 1 }
            people.choose(people.people.first { $0.id == "mei" })
            #expect(people.secondsLocked == nil, "only one of them waits")
            people.choose(people.people.first { $0.id == "li" })
            #expect(people.secondsLocked != nil)
            phone.clock.advance(by: .seconds(locked))
            await until { people.secondsLocked == nil }
            people.press(.digit(1))
            #expect(people.pinLength == 1)
            shown.cancel()
            await until { people.chosen == nil && people.pinLength == 0 }
            await app.kill()
        }

        @Test func whereSignInIsWantedTheTillLeadsThere() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let pin = try await shop.person("li", called: "Li Lei", as: "cashier")
            try await shop.wantsPeopleSignedIn()
            // The backend says so when it is next asked for anything.
            let first = try await till.ringUp()
            app.show(first.run)
            app.show(till.people.run)
            await until { till.people.isNeeded }
            till.path = []
            till.keypad.type("12.80")
            await till.keypad.charge()
            #expect(till.keypad.fault?.asksForPerson == true && till.path.isEmpty && till.keypad.typed == "12.80")
            await till.signIn("Li Lei", pin)
            #expect(!till.people.isNeeded)
            await till.keypad.charge()
            let screen = try till.codeScreen()
            app.show(screen.run)
            await until { screen.code != nil }
            await app.kill()
        }

        @Test func aShiftIsOpenedClosedAndPrinted() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let shifts = till.shifts
            app.show(shifts.run)
            await until { shifts.loaded }
            #expect(shifts.shifts.isEmpty && shifts.open == nil)
            shifts.cash = "1.2.3"
            await shifts.openShift()
            #expect(shifts.fault?.field == "amount" && shifts.cash == "1.2.3" && shifts.open == nil)
            shifts.cash = "200"
            async let tap: Void = shifts.openShift()
            async let again: Void = shifts.openShift()
            _ = await (tap, again)
            await until { shifts.open != nil }
            #expect(shifts.fault == nil && shifts.cash.isEmpty && shifts.shifts.count == 1)
            _ = try await till.ringUp("12.80", by: .cash)
            await until { shifts.open?.expected == "212.80" }
            shifts.cash = "0"
            await app.model.network(false)
            await shifts.closeShift()
            await until { shifts.open == nil && shifts.shifts.count == 1 }
            let closed = try #require(shifts.shift(1))
            #expect((closed.countedMinor, closed.difference) == (0, "-212.80"))
            till.settings.settings.paper = .mm80
            await shifts.shareSlip(1)
            #expect(phone.sharing.slips.count == 1 && phone.sharing.slips[0].contains { $0.count > 32 })
            await shifts.shareSlip(9)
            #expect(shifts.fault?.code == "no_shift" && phone.sharing.slips.count == 1)
            await shifts.openShift()
            await until { shifts.open?.no == 2 }
            #expect(shifts.open?.floatMinor == 0, "nothing typed is an empty drawer")
            await shifts.closeShift()
            await until { shifts.shift(2)?.closedAt != nil }
            #expect(shifts.shift(2)?.countedMinor == nil, "nothing typed is not counted")
            await app.kill()
        }

        @Test func theDaysBooksAreHeldAgainstTheBillAndAManagerExplainsADifference() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop, as: "manager")
            _ = try await app.sell("12.80", at: shop)
            let day = till.day
            app.show(day.run)
            await until { day.books.books != nil }
            #expect(day.books.books?.findings.isEmpty == true && day.books.fault == nil)
            try await shop.billHasAStranger(on: try #require(day.date))
            day.askAgain()
            // The stranger, and the account's own movements, in which it is not.
            await until { day.books.books?.open == 2 }
            let books = try #require(day.books.books)
            #expect(books.agreed.count == 1 && books.tone == .warning)
            let stranger = try #require(books.findings.first { $0.oursMinor == nil })
            await day.books.settle(stranger, because: " ")
            #expect(day.books.books?.open == 2, "an explanation has words")
            await day.books.settle(stranger, because: "The bank's mistake")
            #expect(day.books.fault == nil && day.books.books?.open == 1)
            let settled = day.books.books?.findings.first { $0.id == stranger.id }?.settled
            #expect(settled?.reason == "The bank's mistake")
            await day.books.settle(stranger, because: "Ours")
            #expect(day.books.fault?.code == "other_bytes")
            day.previous()
            await until { day.books.books?.date == day.date && day.books.books?.findings.isEmpty == true }
            await app.kill()
        }

        @Test func aDayIsToldByMethodAndGoesToASpreadsheet() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await app.sell("12.80", at: shop)
            _ = try await till.ringUp("5", by: .cash)
            _ = try await till.ringUp("3")
            let day = till.day
            app.show(day.run)
            await until { day.own?.unproven.text == "3.00" && day.own?.totals.sums.cash.text == "5.00" }
            let own = try #require(day.own).totals
            #expect(own.methods.map(\.name) == ["cash", "wechatpay_qr"] && own.sums.paid.text == "12.80")
            #expect(own.stores.map(\.name) == ["main"] && own.people.map(\.name) == [""])
            await day.shareSales()
            await day.shareMonth()
            let date = try #require(day.date)
            let sales = try #require(phone.sharing.files["saoma-sales-\(date).csv"])
            #expect(sales.hasPrefix("\u{FEFF}") && sales.contains(screen.id))
            let days = try #require(phone.sharing.files["saoma-days-\(date.prefix(7)).csv"])
            #expect(days.hasPrefix("\u{FEFF}") && days.contains("12.80") && day.tableFault == nil)

            till.path = [.sale(orderNo: screen.id)]
            let sale = till.sale(screen.id)
            app.show(sale.run)
            await until { sale.actions.contains(.receipt) }
            await sale.shareSlip()
            #expect(phone.sharing.slips.first?.allSatisfy { $0.count <= 32 } == true && sale.fault == nil)
            await app.kill()
        }
    }
}
