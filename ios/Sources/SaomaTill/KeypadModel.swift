// The screen on which a sale is rung up.

import Foundation
import Observation

/// How a sale is to be paid.
public enum Way: Sendable {
    /// The customer scans a code that this till shows.
    case shownCode
    /// This till scans the customer's payment code.
    case customersCode
    /// In cash, taken on the spot.
    case cash
}

/// The keypad: an amount or a sum, what it is about, a note; or a quick amount. It has one order number for one sale: however often
/// somebody taps, and whenever the app is killed, there is one.
@MainActor
@Observable
public final class KeypadModel {
    /// What a customer's payment is about, such as a waybill or a table; none if empty.
    public var reference = "" {
        didSet { keep() }
    }
    /// Whether only one sale may be open for the reference at a time, at all tills: so nobody pays one waybill twice.
    public var referenceIsUnique = true {
        didSet { keep() }
    }
    /// What the cashier notes; it never leaves the merchant.
    public var note = "" {
        didSet { keep() }
    }
    /// The old sale, while its amount is being changed: ended or being ended. Its title and sentence say how far that is.
    public private(set) var replaced: SaleModel?
    /// Whether a sale is being rung up just now.
    public private(set) var busy = false
    /// Why it was not rung up: nothing has changed then.
    public private(set) var fault: Fault?
    /// The camera, for a reference.
    public let scan = ScanModel(for: .reference)

    private var sum = TypedSum()
    private var orderNo: String?

    @ObservationIgnored var rungUp: (_ orderNo: String, _ way: Way) -> Void = { _, _ in }
    @ObservationIgnored private let desk: Desk
    @ObservationIgnored private var watching: Task<Void, Never>?

    init(_ desk: Desk) {
        self.desk = desk
        scan.take = { [weak self] text in
            self?.reference = text
        }
    }

    /// What is typed, such as `12.80 + 3`.
    public var typed: String { sum.text }

    /// What it comes to so far; none while there is nothing to add up.
    public var total: Amount? { sum.total }

    /// Amounts that are one tap each.
    public var quickAmounts: [Amount] { desk.settings.quickAmounts }

    /// Whether what is typed can be rung up. Not while the end of the sale that it replaces is unproven.
    public var canCharge: Bool {
        !busy && sum.isComplete && mayRingUp
    }

    /// A key of the keypad. One that leads to nothing that could be rung up does nothing.
    public func press(_ key: Key) {
        guard !busy else { return }
        let next = sum.pressing(key)
        guard next != sum else { return }
        desk.platform.haptics.key()
        type(next)
    }

    /// A quick amount: rung up at once, if nothing is typed; else it is added to what is.
    public func quick(_ amount: Amount) async {
        guard !busy else { return }
        desk.platform.haptics.key()
        let alone = typed.isEmpty
        type(sum.adding(amount))
        if alone { await charge() }
    }

    /// Whether the backend takes money this way.
    public func offers(_ way: Way) -> Bool {
        switch way {
        case .shownCode: true
        case .customersCode: desk.can("charge")
        case .cash: desk.can("cash")
        }
    }

    /// Rings it up, to be paid by a code that this till shows. A second tap does nothing.
    public func charge() async {
        await charge(by: .shownCode)
    }

    /// Rings it up, to be paid one way or another. A second tap does nothing, whichever way it is for.
    public func charge(by way: Way) async {
        guard canCharge, offers(way), let amount = total else { return }
        busy = true
        fault = nil
        defer { busy = false }
        let number = orderNo ?? desk.till.newOrderNo()
        orderNo = number
        keep()
        do {
            try await desk.till.charge(sale(over: amount, by: way), orderNo: number)
            finish(number, way)
        } catch SaomaError.notNow(let refusal) where refusal.code == "conflict" {
            // It was rung up before, and the answer was lost: that sale is shown.
            finish(number, .shownCode)
        } catch {
            fault = error.fault
        }
    }

    /// Puts everything away, also the sale that was to be replaced.
    public func clear() {
        guard !busy else { return }
        start(Entry())
    }

    // MARK: Replacing

    /// Fills the screen with a sale that was cancelled, for another amount.
    func replace(_ old: Sale) {
        var entry = Entry()
        entry.typed = old.amount
        entry.reference = old.businessKey ?? old.reference ?? ""
        entry.referenceIsUnique = entry.reference.isEmpty || old.businessKey != nil
        entry.note = old.note ?? ""
        entry.replaces = old.orderNo
        start(entry)
        replaced?.show(old)
    }

    private var mayRingUp: Bool {
        guard let replaced else { return true }
        return replaced.sale?.hasEnded == true
    }

    // MARK: Keeping

    /// What the screen held when the app was last seen. If it had been rung up by then, that sale's number.
    func restore() async -> String? {
        guard let entry: Entry = desk.platform.preferences.read(Self.name) else { return nil }
        if let number = entry.orderNo, (try? await desk.till.sale(number)) != nil {
            start(Entry())
            return number
        }
        start(entry)
        return nil
    }

    private func start(_ entry: Entry) {
        watching?.cancel()
        (watching, replaced, orderNo, fault) = (nil, nil, nil, nil)
        if let old = entry.replaces {
            let model = SaleModel(old, at: desk)
            replaced = model
            watching = Task { await model.run() }
        }
        sum = TypedSum(entry.typed)
        (reference, referenceIsUnique, note) = (entry.reference, entry.referenceIsUnique, entry.note)
        keep()
    }

    private func type(_ next: TypedSum) {
        sum = next
        fault = nil
        keep()
    }

    private func finish(_ number: String, _ way: Way) {
        busy = false
        start(Entry())
        rungUp(number, way)
    }

    private func keep() {
        var entry = Entry()
        (entry.orderNo, entry.typed, entry.note) = (orderNo, typed, note)
        (entry.reference, entry.referenceIsUnique) = (reference, referenceIsUnique)
        entry.replaces = replaced?.orderNo
        desk.platform.preferences.write(entry, Self.name)
    }

    private func sale(over amount: Amount, by way: Way) -> NewSale {
        let about = given(reference)
        let description = given(desk.settings.settings.description) ?? desk.pairing?.storeName
        return NewSale(
            minor: amount.minor, description: description ?? "", note: given(note), reference: about,
            businessKey: referenceIsUnique ? about : nil, byCode: way == .customersCode, inCash: way == .cash)
    }

    private func given(_ text: String) -> String? {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : trimmed
    }

    private static let name = "saoma.keypad"

    /// What is kept of the screen, so that a killed app comes back to it.
    private struct Entry: Codable {
        /// Set just before it is rung up.
        var orderNo: String?
        var typed = ""
        var reference = ""
        var referenceIsUnique = true
        var note = ""
        var replaces: String?
    }
}
