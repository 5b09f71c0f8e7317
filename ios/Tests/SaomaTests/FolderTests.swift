// A till's folder: one till at a time, on one phone, and what if it is copied, broken or full.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct FolderTests {
    @Test func oneTillAtATimeWorksInAFolder() async throws {
        let folder = try Folder()
        let first = try await Till.open(at: folder.url)
        #expect(try await refused(.storage) { try await Till.open(at: folder.url) }.code == "storage_in_use")
        try await first.close()
        try await Till.open(at: folder.url).close()
    }

    @Test func aFolderThatCannotBeIsRefused() async throws {
        let folder = try Folder()
        let file = folder.url.appendingPathComponent("file")
        try Data("not a folder".utf8).write(to: file)
        try await refused(.storage) { try await Till.open(at: file.appendingPathComponent("till")) }
        let elsewhere = try #require(URL(string: "https://example.org/till"))
        #expect(try await refused(.input) { try await Till.open(at: elsewhere) }.field == "folder")
    }

    /// A phone that was cloned, or restored from a backup: two devices say that they are one.
    @Test func aCopyOfATillMayOnlyBeLookedAt() async throws {
        let shop = try await Shop.open()
        let (folder, elsewhere) = (try Folder(), try Folder())
        let till = try await Till.paired(with: shop, in: folder)
        let sale = try await till.sell(at: shop)
        try await till.close()
        let copy = elsewhere.url.appendingPathComponent("copy")
        try FileManager.default.copyItem(at: folder.url, to: copy)

        // The phone rings up one sale and is cut off; the copy then rings up another in its place.
        let gate = Gate()
        gate.close { $0.method != "PUT" }
        let phone = try await Till.open(at: folder.url, language: .english, transport: gate)
        try await phone.sale(try await phone.chargeTea().orderNo) { $0.code != nil }
        try await phone.close()
        let clone = try await Till.open(at: copy, language: .english)
        let second = try await clone.sale(try await clone.chargeTea().orderNo) { $0.code != nil }
        try await clone.refresh(second)

        let diagnosis = try await clone.diagnosis { $0.readOnly != nil }
        #expect(diagnosis.readOnly == "journal_forked" && diagnosis.bar?.tone == .alarm)
        #expect(try await refused(.notNow) { try await clone.chargeTea() }.code == "read_only")
        #expect(try await clone.sale(sale.orderNo).sale.phase == .paid)
        gate.open()
    }

    @Test func aDatabaseThatIsRubbishIsToldAndNothingIsMadeUp() async throws {
        let folder = try Folder()
        try Data(repeating: 0x2A, count: 8192).write(to: folder.url.appendingPathComponent("till.db"))
        let fault = try await refused(.storage) { try await Till.open(at: folder.url) }
        #expect(fault.code == "storage_damaged" && !fault.chinese.isEmpty)
    }

    @Test(.enabled(if: SmallDisk.canBeMade))
    func aFullPhoneRingsNothingUpAndSellsOnOnceThereIsRoom() async throws {
        let shop = try await Shop.open()
        let disk = try SmallDisk(bytes: 2 << 20)
        let till = try await Till.open(at: disk.url.appendingPathComponent("till"), language: .english)
        try await till.pair(with: shop.link, as: "counter 1")
        try disk.fill()
        let orderNo = till.newOrderNo()
        let sale = NewSale(minor: 12_80, description: "Milk tea", note: String(repeating: "n", count: 500))
        var rungUp = 0
        let fault = try await refused(.storage) {
            // The database has room of its own for a while.
            while true {
                try await till.charge(sale, orderNo: till.newOrderNo())
                rungUp += 1
            }
        }
        #expect(fault.code == "storage_full" && fault.english != fault.detail)
        #expect(try await till.list(ListQuery(limit: 100)).sales.count == rungUp)
        try disk.makeRoom()
        try await till.charge(sale, orderNo: orderNo)
        try await till.sale(orderNo) { $0.code != nil }
        try await till.close()
    }
}
