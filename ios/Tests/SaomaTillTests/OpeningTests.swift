// The app starts: the till opens, or says why it cannot, and goes on when it can.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct OpeningTests {
        @Test func aNewTillAsksToBePaired() async throws {
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url)
            let till = try await app.till()
            #expect(till.pairing == nil && till.path.isEmpty)
            await until { till.bar != nil }
            #expect(till.bar?.text.contains("pairing code") == true)
            await app.kill()
        }

        @Test func aTillThatIsOpenElsewhereSaysSoAndOpensOnceItIsNot() async throws {
            let folder = try Folder()
            let elsewhere = try await Till.open(at: folder.url, language: .english)
            let app = AppForTests(on: PhoneForTests(), at: folder.url)
            await until { app.fault?.code == "storage_in_use" }
            #expect(app.fault?.text(in: app.model.settings.language).contains("elsewhere") == true)
            try await elsewhere.close()
            app.model.tryAgain()
            app.model.tryAgain()
            _ = try await app.till()
            await app.kill()
        }

        @Test func aLockedKeyIsTriedAgainWhenTheAppComesToTheFront() async throws {
            let key = LockedKey()
            let app = AppForTests(on: PhoneForTests(), at: try Folder().url, keyStore: key)
            await until { app.fault?.code == "key_locked" }
            #expect(app.fault?.text(in: .english).contains("Unlock the phone") == true)
            let asked = key.asked
            await app.model.foreground(false)
            await app.model.foreground(true)
            await until { app.fault != nil && key.asked > asked }
            await app.kill()
        }

        @Test func recordsOfALaterVersionAreLeftAlone() async throws {
            let folder = try Folder()
            try await Till.open(at: folder.url).close()
            // SQLite keeps an application's version at byte 60.
            try folder.overwrite("till.db", at: 60, with: Data([0, 0, 0x7F, 0xFF]))
            let app = AppForTests(on: PhoneForTests(), at: folder.url)
            await until { app.fault?.code == "storage_newer" }
            #expect(app.fault?.text(in: .english).contains("Update the app") == true)
            await app.kill()
        }

        @Test func recordsThatCannotBeReadAtAllAreLeftAsTheyAre() async throws {
            let folder = try Folder()
            try await Till.open(at: folder.url).close()
            try folder.overwrite("till.db", at: 0, with: Data(repeating: 0xFF, count: 4_096))
            let app = AppForTests(on: PhoneForTests(), at: folder.url)
            await until { app.fault?.code == "storage_damaged" }
            #expect(app.fault?.text(in: .english).contains("damaged") == true)
            await app.kill()
        }

        @Test func damagedRecordsAreSalvagedAndSaid() async throws {
            let shop = try await Shop.shared.value
            let folder = try Folder()
            let first = AppForTests(on: PhoneForTests(), at: folder.url)
            let before = try await first.till(pairedWith: shop)
            await first.model.network(false)
            var sales: [String] = []
            for _ in 1...30 { sales.append(try await before.ringUp("1").id) }
            await first.kill()
            let file = try Data(contentsOf: folder.url.appendingPathComponent("till.db"))
            // Of what the journal has on a sale the number alone is not sealed. Before it stand the types of the two hashes.
            let entry = Data([0x4C, 0x4C]) + Data(sales[15].utf8)
            let place = try #require(file.firstRange(of: entry)).lowerBound
            let page = UInt64(place / 4_096 * 4_096)
            try folder.overwrite("till.db", at: page, with: Data(repeating: 0xA5, count: 4_096))

            let app = AppForTests(on: PhoneForTests(), at: folder.url)
            let till = try await app.till()
            await until { till.diagnosis?.salvage != nil }
            #expect(till.bar?.tone == .alarm && till.diagnosis?.readOnly == "salvaged")
            till.keypad.type("1")
            await till.keypad.charge()
            #expect(till.keypad.fault?.code == "read_only" && till.path.isEmpty, "it may only be looked at")
            await app.kill()
        }

        @Test func aPlaceThatCannotBeAFolderIsNotATill() async throws {
            let folder = try Folder()
            let file = folder.url.appendingPathComponent("file")
            try Data("taken".utf8).write(to: file)
            let app = AppForTests(on: PhoneForTests(), at: file)
            await until { app.fault?.code == "storage_failed" }
            await app.kill()
        }
    }
}

extension Folder {
    /// What another program, or a failing memory, does to a file.
    func overwrite(_ name: String, at offset: UInt64, with bytes: Data) throws {
        let file = try FileHandle(forWritingTo: url.appendingPathComponent(name))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }
}

/// A key store before the phone was first unlocked.
final class LockedKey: KeyStore, @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    var asked: Int { lock.withLock { count } }

    func publicKey() throws -> Data {
        lock.withLock { count += 1 }
        throw KeyStoreError.Locked(detail: "the phone is locked")
    }

    func sealingSecret() throws -> Data {
        throw KeyStoreError.Locked(detail: "the phone is locked")
    }

    func sign(message: Data) throws -> Data {
        throw KeyStoreError.Locked(detail: "the phone is locked")
    }
}
