// The lists: of all sales, of what is still to be collected, of a day.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct ListTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func theListFollowsItsSalesItsFilterAndTheSearch() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let list = till.sales
            app.show(list.run)
            await until { list.loaded }
            #expect(list.sales.isEmpty && !list.hasMore)

            let paid = try await app.sell("1", at: shop)
            let open = try await till.ringUp("2")
            await until { list.sales.map(\.orderNo) == [open.id, paid.id] && list.sales[0].phase == .awaiting }
            #expect(list.heardAt != nil)
            list.filter = .paid
            await until { list.loaded && list.sales.map(\.orderNo) == [paid.id] }
            list.filter = nil
            list.tail = String(open.id.suffix(4)).lowercased()
            await until { list.loaded && list.sales.map(\.orderNo) == [open.id] }
            list.tail = "no such"
            await until { list.loaded && list.sales.isEmpty && list.fault == nil }
            list.tail = "longer than any number is or ever was"
            await until { list.fault?.field == "tail" }
            #expect(list.sales.isEmpty)
            list.tail = ""
            await until { list.fault == nil && list.sales.count == 2 }
            await app.kill()
        }

        @Test func aLongListComesInPages() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            await app.model.network(false)
            for count in 1...60 {
                till.keypad.type("\(count)")
                await till.keypad.charge()
            }
            #expect(till.keypad.fault == nil)
            let list = till.sales
            app.show(list.run)
            await until { list.sales.count == 50 && list.hasMore }
            list.more()
            list.more()
            await until { list.sales.count == 60 && !list.hasMore }
            #expect(list.sales.map(\.minor) == (1...60).reversed().map { Int64($0) * 100 })
            list.more()
            #expect(list.sales.count == 60)

            app.show(till.toCollect.run)
            await until { till.toCollect.sales.count == 60 && till.toCollect.count == 60 }
            #expect(till.toCollect.sum == "¥1830.00")
            await app.kill()
        }

        @Test func theCouriersListFindsAWaybillAndLosesWhatIsPaid() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            for (waybill, amount) in [("SF100", "10"), ("SF200", "20"), ("JD300", "30")] {
                till.keypad.reference = waybill
                _ = try await till.ringUp(amount)
            }
            let list = till.toCollect
            app.show(list.run)
            await until { list.sales.count == 3 && list.count == 3 }
            list.search = "sf"
            #expect(list.sales.map(\.reference) == ["SF200", "SF100"])
            let door = till.code(list.sales[1].orderNo)
            app.show(door.run)
            await until { door.code != nil }
            try await shop.customerPays(try #require(door.code).text)
            await until { list.sales.map(\.reference) == ["SF200"] && list.count == 2 }
            list.search = ""
            #expect(list.sales.count == 2)
            await app.kill()
        }

        @Test func aSaleHasItsHistoryAndAReceiptToGiveAway() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let screen = try await app.sell(at: shop)
            till.path = [.sales, .sale(orderNo: screen.id)]
            let sale = till.sale(screen.id)
            app.show(sale.run)
            await until { sale.actions.contains(.receipt) && sale.history.count > 1 }
            #expect(sale.history.first?.word == "rung_up")
            await sale.copyReceipt()
            await sale.shareReceipt()
            let receipt = try #require(phone.sharing.copied.first)
            #expect(phone.sharing.shared == [receipt])
            let said = try ReceiptSaid(verifying: receipt, root: till.pairing?.root, testAllowed: true)
            #expect((said.orderNo, said.amount) == (screen.id, "12.80"))
            await app.kill()
        }

        @Test func aDaysTotalsAreTheTillsOwnAndTheMerchants() async throws {
            let shop = try await Shop.open()
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            let day = till.day
            app.show(day.run)
            await until { day.own?.totals.sums.paid.count == 0 && day.merchant?.totals.sums.paid.count == 0 }
            _ = try await app.sell("12.80", at: shop)
            await until { day.own?.totals.sums.paid.text == "12.80" && day.merchant?.totals.sums.paid.text == "12.80" }
            let today = try #require(day.date)
            #expect(!day.hasNext)
            day.previous()
            await until { day.own?.totals.sums.paid.count == 0 && day.merchant != nil && day.hasNext }
            #expect(try #require(day.date) < today)
            day.next()
            await until { day.own?.totals.sums.paid.count == 1 && day.date == today }
            day.show(Date(timeIntervalSince1970: 1_785_600_000), in: Self.utc)
            await until { day.date == "2026-08-01" && day.own != nil }

            try await shop.goesAway()
            day.showToday()
            await until { day.own?.totals.sums.paid.count == 1 && day.merchantFault != nil }
            #expect(day.merchantFault?.code == "unreachable" && day.fault == nil)
            try await shop.comesBack()
            day.askAgain()
            await until { day.merchant?.totals.sums.paid.count == 1 && day.merchantFault == nil }
            await app.kill()
        }

        private static let utc: Calendar = {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            return calendar
        }()
    }
}
