// The keypad cannot build what could not be rung up.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct KeypadTests {
        @Test(
            arguments: [
                ("12.80+3", "12.80 + 3", "15.80"),
                ("007", "7", "7.00"),
                (".5", "0.5", "0.50"),
                ("1..2", "1.2", "1.20"),
                ("1.999", "1.99", "1.99"),
                ("+5", "5", "5.00"),
                ("5++3", "5 + 3", "8.00"),
                ("5+", "5 + ", "5.00"),
                ("5+0", "5 + 0", "5.00"),
                ("5+0+1", "5 + 1", "6.00"),
                ("5.", "5.", "5.00"),
                ("0.00", "0.0", nil),
                ("0", "0", nil),
                ("", "", nil),
                ("999999999999999999", "999999", nil),
            ] as [(String, String, String?)])
        func eachKeyLeadsToWhatCanBeReadOrToNothing(keys: String, typed: String, total: String?) async throws {
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let keypad = try await app.till().keypad
            keypad.type(keys)
            if keys.count < 18 {
                #expect(keypad.typed == typed && keypad.total?.text == total)
            } else {
                #expect(keypad.typed.count < keys.count && keypad.canCharge, "the largest amount is the core's to say")
            }
            let complete = (try? Amount(typed: keypad.typed)) != nil
            #expect(keypad.canCharge == complete)
            await app.kill()
        }

        @Test func anyKeysInAnyOrderStayABeginningOfAnAmount() async throws {
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let keypad = try await app.till().keypad
            let keys: [Key] = [
                .digit(0), .digit(1), .digit(9), .doubleZero, .point, .plus, .backspace, .digit(5), .plus, .doubleZero,
            ]
            var random = SystemRandomNumberGenerator()
            for _ in 0..<2_000 {
                keypad.press(keys.randomElement(using: &random)!)
                let typed = keypad.typed
                let readable =
                    typed.isEmpty || ["", "1", "01", ".01"].contains { (try? Amount(typed: typed + $0)) != nil }
                #expect(readable, "\(typed)")
            }
            keypad.press(.clear)
            #expect(keypad.typed.isEmpty && keypad.total == nil && !keypad.canCharge)
            await app.kill()
        }

        @Test func takingKeysBackGoesTheWayBack() async throws {
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let keypad = try await app.till().keypad
            keypad.type("12.80+3")
            var seen: [String] = []
            while !keypad.typed.isEmpty {
                keypad.press(.backspace)
                seen.append(keypad.typed)
            }
            #expect(seen == ["12.80 + ", "12.80", "12.8", "12.", "12", "1", ""])
            await app.kill()
        }

        @Test func aRefusalIsSaidAndTheTypedStays() async throws {
            let phone = PhoneForTests()
            let app = AppForTests(on: phone, at: try Folder().url)
            let till = try await app.till()
            till.keypad.type("12.80")
            await till.keypad.charge()
            #expect(till.keypad.fault?.code == "not_paired" && till.keypad.typed == "12.80")
            #expect(till.path.isEmpty)
            till.keypad.press(.digit(0))
            #expect(till.keypad.typed == "12.80", "two decimals at most")
            till.keypad.press(.backspace)
            #expect(till.keypad.fault == nil)
            await app.kill()
        }

        @Test func aWaybillIsScannedAndOpenOnlyOnce() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let till = try await app.till(pairedWith: shop)
            till.keypad.scan.start()
            #expect(till.keypad.scan.state == .looking)
            await till.keypad.scan.read("SF1234567890")
            await till.keypad.scan.read("another that came by")
            #expect(till.keypad.reference == "SF1234567890" && till.keypad.scan.state == .off)
            let first = try await till.ringUp()
            app.show(first.run)
            await until { first.code != nil }
            till.keypad.reference = "SF1234567890"
            let second = try await till.ringUp("12.80")
            app.show(second.run)
            await until { second.sale.sale?.phase == .joined }
            #expect(second.sale.sale?.other?.orderNo == first.id && second.code == nil)
            till.keypad.reference = "SF1234567890"
            till.keypad.referenceIsUnique = false
            let third = try await till.ringUp("3")
            app.show(third.run)
            await until { third.code != nil }
            #expect(third.sale.sale?.reference == "SF1234567890")
            await app.kill()
        }
    }
}
