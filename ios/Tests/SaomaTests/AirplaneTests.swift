// Without a network a till sells on: nothing is lost, and all of it goes out by itself.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct AirplaneTests {
    enum Http: CaseIterable {
        case ofTheLibrary, ofThePlatform

        var transport: (any HttpTransport)? {
            switch self {
            case .ofTheLibrary: nil
            case .ofThePlatform: URLSessionTransport()
            }
        }
    }

    @Test(arguments: Http.allCases)
    func whatIsRungUpWithoutANetworkGoesOutByItself(http: Http) async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder, transport: http.transport)
        try await shop.goesAway()
        try await till.network(false)
        try await till.diagnosis { !$0.network && $0.bar != nil }
        let draft = try await till.chargeTea()
        #expect(draft.phase == .draft && draft.code == nil && draft.actions.contains(.cancel))
        try await refused(.unreachable) { try await till.merchantDay() }
        #expect(try await till.day().totals.sums.paid.count == 0)

        try await shop.comesBack()
        try await till.network(true)
        let shown = try await till.sale(draft.orderNo) { $0.code != nil }
        try await shop.customerPays(#require(shown.code).text)
        try await till.sale(draft.orderNo, is: .paid)
        try await till.diagnosis { !$0.unreachable && $0.unprovenCount == 0 }
    }

    @Test(arguments: Http.allCases)
    func aSaleThatNeverLeftIsDroppedOnTheSpot(http: Http) async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder, transport: http.transport)
        try await shop.goesAway()
        let draft = try await till.chargeTea()
        // It was tried, and surely not one byte of it left.
        let tried = try await till.sale(draft.orderNo) { $0.trouble != nil }
        #expect(tried.phase == .draft)
        #expect(try await till.cancel(tried).phase == .dropped)
    }

    @Test func aCustomerWhoPaidWhileTheTillWasAwayIsFoundWhenItIsBack() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder)
        let shown = try await till.sale(try await till.chargeTea().orderNo) { $0.code != nil }
        try await shop.goesAway()
        try await shop.customerPays(#require(shown.code).text)
        try await till.diagnosis { $0.unreachable }
        #expect(try await till.sale(shown.orderNo).sale.phase != .paid)
        try await shop.comesBack()
        try await till.network(true)
        try await till.sale(shown.orderNo, is: .paid)
    }
}
