// The sheet on which money is given back.

import Foundation
import Observation

/// Giving back what is left of a payment, or a part of it. One sheet has one refund number: however often somebody taps, and whenever
/// the app is killed, there is one refund.
@MainActor
@Observable
public final class RefundModel: Identifiable {
    /// The sale, with its payments and what was given back of them so far.
    public let sale: SaleModel
    /// Which payment: its number at the channel (`SalePayment.transactionId`). Without one it is the first that has something left.
    public var chosen: String? {
        didSet { keep() }
    }
    /// Whether all that is left of the payment goes back.
    public var isWhole = true {
        didSet { keep() }
    }
    /// Else how much, as typed.
    public var typed = "" {
        didSet { keep() }
    }
    /// Why; the customer reads it.
    public var reason = "" {
        didSet { keep() }
    }
    /// Whether it is being asked for just now.
    public private(set) var busy = false
    /// Why it was not asked for: nothing has changed then.
    public private(set) var fault: Fault?

    private var refundNo: String?
    @ObservationIgnored private let desk: Desk
    @ObservationIgnored private let asked: () -> Void
    static let name = "saoma.refund"

    init(_ sale: SaleModel, at desk: Desk, asked: @escaping () -> Void) {
        self.sale = sale
        self.desk = desk
        self.asked = asked
        let entry: Entry? = desk.platform.preferences.read(Self.name)
        guard let entry, entry.orderNo == sale.orderNo else { return }
        (refundNo, chosen, isWhole, typed, reason) = (
            entry.refundNo, entry.chosen, entry.isWhole, entry.typed, entry.reason
        )
    }

    /// The sale's number.
    public nonisolated var id: String { sale.orderNo }

    /// The payments of which something is left, and money that does not match.
    public var payments: [SalePayment] {
        guard let sale = sale.sale else { return [] }
        return (sale.payments + sale.mismatches).filter { $0.leftMinor > 0 }
    }

    /// The payment that money is given back of.
    public var payment: SalePayment? {
        payments.first { $0.transactionId == chosen } ?? payments.first
    }

    /// How much goes back; none while what is typed is no amount, or is more than what is left.
    public var amount: Amount? {
        guard let payment else { return nil }
        if isWhole { return Amount(minor: payment.leftMinor, text: payment.left) }
        guard let amount = try? Amount(typed: typed), amount.minor <= payment.leftMinor else { return nil }
        return amount
    }

    /// Whether a manager must say yes before it is sent: neither the device nor the person on it may decide it.
    public var needsManager: Bool {
        let roles = [desk.pairing?.role, desk.diagnosis?.person?.role].compactMap(\.self)
        return !roles.allSatisfy { $0 == "manager" || $0 == "owner" }
    }

    /// Whether it can be asked for.
    public var canRefund: Bool {
        !busy && amount != nil && !given.isEmpty && sale.actions.contains(.refund)
    }

    /// Asks for it. A second tap does nothing.
    public func refund() async {
        guard canRefund, let payment, let amount else { return }
        busy = true
        fault = nil
        defer { busy = false }
        let number = refundNo ?? desk.till.newRefundNo()
        refundNo = number
        keep()
        let refund = NewRefund(
            channel: payment.channel, transactionId: payment.transactionId, minor: amount.minor, reason: given)
        do {
            sale.show(try await desk.till.refund(refund, refundNo: number, of: sale.orderNo))
            asked()
        } catch SaomaError.notNow(let refusal) where refusal.code == "conflict" {
            // It was asked for before, and the answer was lost: the sale shows it.
            asked()
        } catch {
            fault = error.fault
        }
    }

    /// Keeps the sale as it is. For the view's `task`.
    public func run() async {
        await sale.run()
    }

    /// Whether it was asked for before the app was killed: then the sale shows it, and there is nothing to ask any more.
    func wasAsked() async -> Bool {
        guard let refundNo, let story = try? await desk.till.sale(sale.orderNo) else { return false }
        return story.sale.refunds.contains { $0.refundNo == refundNo }
    }

    private var given: String {
        reason.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func keep() {
        var entry = Entry(orderNo: sale.orderNo)
        (entry.refundNo, entry.chosen, entry.isWhole, entry.typed, entry.reason) = (
            refundNo, chosen, isWhole, typed, reason
        )
        desk.platform.preferences.write(entry, Self.name)
    }

    /// What is kept of the sheet, so that a killed app comes back to it.
    private struct Entry: Codable {
        let orderNo: String
        /// Set just before it is asked for.
        var refundNo: String?
        var chosen: String?
        var isWhole = true
        var typed = ""
        var reason = ""
    }
}
