// What tests wait for. No test sleeps: each waits for a state, for as long as its suite allows.

import Foundation
import Saoma
import ShopForTests
import Testing

extension Till {
    /// A till on a folder, paired with a shop.
    static func paired(with shop: Shop, in folder: Folder, transport: (any HttpTransport)? = nil) async throws -> Till {
        let till = try await Till.open(at: folder.url, language: .english, transport: transport)
        try await till.pair(with: shop.link, as: "counter 1")
        return till
    }

    /// Rings up a milk tea.
    func chargeTea(minor: Int64 = 12_80) async throws -> Sale {
        try await charge(NewSale(minor: minor, description: "Milk tea"), orderNo: newOrderNo())
    }

    /// Waits until a sale is so.
    @discardableResult
    func sale(_ orderNo: String, is so: @Sendable (Sale) -> Bool) async throws -> Sale {
        try #require(await watch(orderNo).first(where: so), "the till was closed")
    }

    /// Waits until a sale has come to a phase.
    @discardableResult
    func sale(_ orderNo: String, is phase: Phase) async throws -> Sale {
        try await sale(orderNo) { $0.phase == phase }
    }

    /// Waits for a sale's code and has the customer pay it.
    func sell(at shop: Shop, minor: Int64 = 12_80) async throws -> Sale {
        let sale = try await chargeTea(minor: minor)
        let shown = try await self.sale(sale.orderNo) { $0.code != nil }
        try await shop.customerPays(#require(shown.code).text)
        return try await self.sale(sale.orderNo, is: .paid)
    }

    /// Waits until as many results wait to be told.
    func results(count: Int) async throws -> [MoneyResult] {
        try #require(await results.first { $0.count == count }, "the till was closed")
    }

    /// Waits until the till is so.
    @discardableResult
    func diagnosis(is so: @Sendable (Diagnosis) -> Bool) async throws -> Diagnosis {
        try #require(await diagnosis.first(where: so), "the till was closed")
    }
}
