// Keys that live with the app, and key stores that fail.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct KeyStoreTests {
    @Test(arguments: OpenSSLKey.Form.allCases)
    func aSaleIsPaidWithTheAppsOwnKey(form: OpenSSLKey.Form) async throws {
        let shop = try await Shop.open()
        let (folder, keys) = (try Folder(), try Folder())
        let till = try await Till.paired(with: shop, in: folder, keyStore: OpenSSLKey(in: keys, as: form))
        try await till.sell(at: shop)
        #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("device-key.pem").path))
        try await till.close()
    }

    @Test func aLockedKeyStoreSaysSoAndNothingIsRungUp() async throws {
        let shop = try await Shop.open()
        let (folder, keys) = (try Folder(), try Folder())
        let key = try OpenSSLKey(in: keys)
        let till = try await Till.paired(with: shop, in: folder, keyStore: key)
        key.fails(with: KeyStoreError.Locked(detail: "not unlocked since the start"))
        let fault = try await refused(.keyStore) { try await till.chargeTea() }
        #expect(fault.code == "key_locked" && fault.detail.contains("not unlocked since the start"))
        #expect(!fault.chinese.isEmpty && !fault.english.isEmpty && !fault.english.contains("not unlocked"))
        #expect(try await till.list().sales.isEmpty)
        key.fails(with: nil)
        try await till.sell(at: shop)
    }

    @Test func aKeyStoreThatBreaksOtherwiseIsAKeyStoreThatFails() async throws {
        struct Odd: Error {}
        let shop = try await Shop.open()
        let (folder, keys) = (try Folder(), try Folder())
        let key = try OpenSSLKey(in: keys)
        let till = try await Till.paired(with: shop, in: folder, keyStore: key)
        key.fails(with: Odd())
        #expect(try await refused(.keyStore) { try await till.chargeTea() }.code == "key_failed")
        #expect(try await till.list().sales.isEmpty)
    }

    @Test func aLostKeyIsToldWhenTheTillIsOpened() async throws {
        let (folder, keys) = (try Folder(), try Folder())
        let key = try OpenSSLKey(in: keys)
        key.fails(with: KeyStoreError.Lost(detail: "restored from a backup"))
        let fault = try await refused(.keyStore) { try await Till.open(at: folder.url, keyStore: key) }
        #expect(fault.code == "key_lost" && fault.detail.contains("restored from a backup"))
    }

    @Test func aKeyStoreThatSignsWithAnotherKeyIsFoundOutBeforeAnythingIsSent() async throws {
        let shop = try await Shop.open()
        let (folder, keys) = (try Folder(), try Folder())
        let key = try OpenSSLKey(in: keys)
        let till = try await Till.paired(with: shop, in: folder, keyStore: key)
        key.signs(with: try OpenSSLKey(in: keys))
        let fault = try await refused(.keyStore) { try await till.chargeTea() }
        #expect(fault.detail.contains("not of the key it showed"))
        #expect(try await till.list().sales.isEmpty)
    }

    @Test func aTillThatComesBackWithAnotherKeyDoesNotSell() async throws {
        let shop = try await Shop.open()
        let (folder, keys) = (try Folder(), try Folder())
        let first = try await Till.paired(with: shop, in: folder, keyStore: OpenSSLKey(in: keys))
        let sale = try await first.sell(at: shop)
        try await first.close()

        let other = try OpenSSLKey(in: keys)
        let fault = try await refused(.keyStore) { try await Till.open(at: folder.url, keyStore: other) }
        #expect(fault.code == "other_key")
        // A person says that the key is lost: what it sealed is put aside, and the till sells once it is paired with the new one.
        let again = try await Till.open(at: folder.url, language: .english, keyStore: other, keyWasLost: true)
        try await again.diagnosis { $0.salvage?.contains("cannot be read") == true }
        #expect(try await refused(.notNow) { try await again.sale(sale.orderNo) }.code == "not_found")
        #expect(try await refused(.notNow) { try await again.chargeTea() }.code == "not_paired")
        try await again.pair(with: shop.oneMoreLink(), as: "counter 1")
        _ = try await again.sell(at: shop)
    }
}
