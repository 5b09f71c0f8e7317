// What tests wait for. No test sleeps: each waits for a state, for as long as its suite allows.

import Foundation
import Saoma
import ShopForTests
import Testing

extension Till {
    /// A till on a folder, paired with a shop.
    static func paired(
        with shop: Shop, in folder: Folder, keyStore: (any KeyStore)? = nil, transport: (any HttpTransport)? = nil
    ) async throws -> Till {
        let till = try await Till.open(at: folder.url, language: .english, keyStore: keyStore, transport: transport)
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

    /// Rings up a milk tea, waits for its code and has the customer pay it.
    @discardableResult
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

/// The kinds of errors that carry a fault.
enum Kind {
    case input, notNow, refused, unreachable, storage, keyStore, closed, `internal`

    init?(_ error: SaomaError) {
        switch error {
        case .input: self = .input
        case .notNow: self = .notNow
        case .refused: self = .refused
        case .unreachable: self = .unreachable
        case .storage: self = .storage
        case .keyStore: self = .keyStore
        case .closed: self = .closed
        case .internal: self = .internal
        case .cancelled: return nil
        }
    }
}

/// The fault of a call that must fail in a certain way.
@discardableResult
func refused<Answer>(_ kind: Kind, _ call: () async throws -> Answer) async throws -> Fault {
    do {
        _ = try await call()
    } catch let error as SaomaError {
        #expect(Kind(error) == kind, "\(error)")
        return try #require(error.fault)
    }
    throw NotRefused()
}

/// Thrown by tests where a call did what it must not.
struct NotRefused: Error {}
