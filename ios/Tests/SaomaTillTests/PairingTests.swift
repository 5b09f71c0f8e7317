// A till is paired by a link that is scanned, typed, or brought by another app.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct PairingTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func aScannedLinkIsPairedWithAtOnce() async throws {
            let link = try await Shop.shared.value.oneMoreLink()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till()
            let screen = till.pairingScreen
            #expect(screen.deviceName == "counter 1" && !screen.canPair)
            let shown = app.show(screen.run)
            await until { phone.display.guards == 1 }
            screen.scan.start()
            await screen.scan.read(link)
            #expect(screen.fault == nil && till.pairing?.deviceName == "counter 1" && screen.link.isEmpty)
            #expect(till.pairing?.live == false && till.isTestMoney, "a double of WeChat Pay moves no money")
            shown.cancel()
            await until { phone.display.guards == 0 }
            await app.kill()

            let next = AppForTests(on: phone, at: folder.url)
            #expect(try await next.till().pairing != nil)
            await next.kill()
        }

        @Test func withoutACameraThePersonTypes() async throws {
            let link = try await Shop.shared.value.oneMoreLink()
            let app = AppForTests(on: phone, at: folder.url)
            let screen = try await app.till().pairingScreen
            screen.scan.start()
            screen.scan.unavailable(.denied)
            #expect(screen.scan.state == .unavailable(.denied))
            await screen.scan.read(link)
            #expect(screen.link.isEmpty, "a camera that is not there reads nothing")
            screen.scan.start()
            #expect(screen.scan.state == .looking, "the permission may have been given by now")
            screen.scan.unavailable(.busy)
            screen.link = "  \(link)\n"
            async let tap: Void = screen.pair()
            async let again: Void = screen.pair()
            _ = await (tap, again)
            #expect(screen.fault == nil)
            #expect(try await app.till().pairing != nil)
            await app.kill()
        }

        @Test func whatIsNoLinkOrAUsedOneIsRefusedWithASentence() async throws {
            let shop = try await Shop.open()
            let used = try await shop.oneMoreLink()
            let other = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let first = try await other.till().pairingScreen
            first.link = used
            await first.pair()
            #expect(first.fault == nil)
            await other.kill()

            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till()
            let screen = till.pairingScreen
            screen.scan.start()
            await screen.scan.read("https://example.com/a-poster")
            #expect(screen.fault?.field == "link" && screen.link == "https://example.com/a-poster")
            screen.link = used
            await screen.pair()
            #expect(screen.fault?.code == "pairing_refused" && till.pairing == nil)
            screen.link = try await shop.oneMoreLink()
            await screen.pair()
            #expect(screen.fault == nil && till.pairing != nil)
            await app.kill()
        }

        @Test func aLinkFromOutsideIsFilledInForAPersonToDecide() async throws {
            let link = try await Shop.shared.value.oneMoreLink()
            let app = AppForTests(on: phone, at: folder.url)
            app.model.open(link: link)
            let till = try await app.till()
            #expect(till.pairingScreen.link == link && till.pairing == nil)
            await till.pairingScreen.pair()
            #expect(till.pairing != nil && till.path.isEmpty)
            app.model.open(link: "saoma://pair?another")
            #expect(till.path == [.pairing] && till.pairingScreen.link == "saoma://pair?another")
            await app.kill()
        }
    }
}
