// What a person set stays set.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct SettingsTests {
        @Test func everySettingOutlivesTheApp() {
            let preferences = PreferencesForTests()
            let settings = SettingsModel(preferences)
            #expect(settings.settings == Settings() && settings.settings.sound)
            settings.settings.language = .chinese
            settings.settings.sound = false
            settings.settings.largeType = true
            settings.settings.appearance = .dark
            settings.settings.description = "奶茶"
            settings.settings.largeModules = true
            settings.settings.quiet = Quiet()
            settings.settings.quiet?.fromMinute = 1_439
            settings.setLeastAloud(" 3 ")
            settings.settings.paper = .mm80
            settings.addQuickAmount("8")
            let next = SettingsModel(preferences)
            #expect(next.settings == settings.settings && next.language == .chinese)
            #expect(next.quickAmounts.map(\.text) == ["8.00"])
            #expect(next.settings.quiet?.fromMinute == 1_439 && next.settings.leastAloud == "3.00")
        }

        @Test func whatCannotBeAnnouncedSoIsSaidAndStaysAsItWas() async throws {
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let settings = try await app.till().settings
            settings.setLeastAloud("5")
            settings.setLeastAloud("5,5")
            #expect(settings.announcingFault?.field == "amount" && settings.settings.leastAloud == "5.00")
            settings.setLeastAloud("")
            #expect(settings.announcingFault == nil && settings.settings.leastAloud.isEmpty)
            settings.settings.quiet = Quiet()
            settings.settings.quiet?.untilMinute = Quiet().fromMinute
            await until { settings.announcingFault?.field == "quiet.until_minute" }
            settings.settings.quiet = nil
            await until { settings.announcingFault == nil }
            await app.kill()
        }

        @Test func aTwelfthQuickAmountIsTheLast() {
            let settings = SettingsModel(PreferencesForTests())
            for amount in 1...13 { settings.addQuickAmount("\(amount)") }
            settings.addQuickAmount("1.00")
            #expect(settings.quickAmounts.count == 12 && !settings.canAddQuickAmount)
            settings.removeQuickAmounts(at: [0, 2])
            settings.moveQuickAmount(from: 0, to: 9)
            #expect(settings.quickAmounts.map(\.text).first == "4.00")
            #expect(settings.quickAmounts.map(\.text).last == "2.00")
            settings.addQuickAmount("12,80")
            #expect(settings.fault?.field == "amount" && settings.quickAmounts.count == 10)
            settings.addQuickAmount("100")
            #expect(settings.fault == nil && settings.quickAmounts.count == 11)
        }

        @Test func whatALaterVersionWroteIsReadAsFarAsItGoes() {
            let preferences = PreferencesForTests()
            SettingsModel(preferences).settings.sound = false
            let name = preferences.values.keys.first ?? ""
            preferences.values[name] = Data(
                #"{"sound":false,"appearance":"sepia","voice":3,"quickAmounts":["2","x"],"paper":"a4","quiet":7}"#.utf8)
            let settings = SettingsModel(preferences)
            #expect(!settings.settings.sound && settings.settings.appearance == .phone)
            #expect(settings.quickAmounts.map(\.text) == ["2.00"])
            #expect(settings.settings.paper == .mm58 && settings.settings.quiet == nil)
            preferences.values[name] = Data("rubbish".utf8)
            #expect(SettingsModel(preferences).settings == Settings())
        }

        @Test func theSystemKeepsThem() throws {
            let suite = "saoma-\(UUID().uuidString)"
            let defaults = try #require(UserDefaults(suiteName: suite))
            defer { defaults.removePersistentDomain(forName: suite) }
            SettingsModel(UserDefaultsPreferences(defaults)).settings.largeType = true
            #expect(SettingsModel(UserDefaultsPreferences(defaults)).settings.largeType)
        }

        @Test func theCustomerReadsWhatIsSetOrTheStoresName() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let till = try await app.till(pairedWith: shop)
            let plain = try await till.ringUp()
            app.show(plain.run)
            await until { plain.sale.sale != nil }
            #expect(plain.sale.sale?.description == till.pairing?.storeName)
            till.settings.settings.description = "Milk tea"
            let described = try await till.ringUp()
            app.show(described.run)
            await until { described.sale.sale != nil }
            #expect(described.sale.sale?.description == "Milk tea")
            await app.kill()
        }

        @Test func theDiagnosisIsCopiedForWhoeverHelps() async throws {
            let shop = try await Shop.shared.value
            let phone = PhoneForTests()
            let app = AppForTests(on: phone, at: try Folder().url)
            let till = try await app.till(pairedWith: shop)
            await until { till.diagnosisScreen.diagnosis?.device != nil }
            till.diagnosisScreen.copy()
            till.diagnosisScreen.share()
            let text = try #require(phone.sharing.copied.first)
            #expect(phone.sharing.shared == [text])
            #expect(text.contains("saoma: \(SaomaLibrary.version)\n") && text.contains("\nlive: false\n"))
            #expect(text.contains("\nunprovenCount: 0\n") && !text.contains("Optional") && !text.contains("nil"))
            await app.kill()
        }
    }
}
