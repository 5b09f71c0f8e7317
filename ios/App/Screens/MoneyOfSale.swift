// The money of one sale: what came, and what went back.

import SaomaTill
import SwiftUI

/// Payments, money that does not match, and refunds, each with what a person may decide about it.
struct MoneyOfSale: View {
    let till: OpenTill
    let model: SaleModel
    let sale: Sale
    @Binding var decision: RefundDecision?

    var body: some View {
        if !sale.payments.isEmpty {
            Section("sale.payments") {
                ForEach(sale.payments, id: \.transactionId) { payment($0) }
            }
        }
        if !sale.mismatches.isEmpty {
            Section("sale.mismatches") {
                ForEach(sale.mismatches, id: \.transactionId) { mismatch($0) }
            }
        }
        if !sale.refunds.isEmpty {
            Section("sale.refunds") {
                ForEach(sale.refunds, id: \.refundNo) { refund($0) }
            }
        }
    }

    private func payment(_ payment: SalePayment) -> some View {
        VStack(alignment: .leading, spacing: 8) {
            PaymentName(payment: payment).font(.headline)
            Text(payment.paidAt, format: .dateTime.month().day().hour().minute().second())
                .font(.footnote)
                .foregroundStyle(.secondary)
            if !payment.proven { Text("sale.by_word").font(.footnote) }
            if payment.refundedMinor > 0 {
                Text("sale.left \(money(payment.left, payment.currency))").monospacedDigit()
            }
            if let late = payment.lateMoney {
                Label(late.name, systemImage: late.symbol)
                    .foregroundStyle(late == .ask ? Color.orange : Color.secondary)
                if late == .ask, model.actions.contains(.decideLateMoney) {
                    HStack {
                        Button("late.keep") {
                            Task { await model.keepLateMoney(payment) }
                        }
                        .buttonStyle(.bordered)
                        if model.actions.contains(.refund) {
                            Button("late.give_back") { till.giveBack(payment, of: sale.orderNo) }
                                .buttonStyle(.borderedProminent)
                        }
                    }
                    .disabled(model.doing != nil)
                }
            }
        }
    }

    /// Money that pays nothing. It is here all the same, and can go back.
    private func mismatch(_ money: SalePayment) -> some View {
        VStack(alignment: .leading, spacing: 8) {
            PaymentName(payment: money).font(.headline)
            Text(money.paidAt, format: .dateTime.month().day().hour().minute().second())
                .font(.footnote)
                .foregroundStyle(.secondary)
            if let why = money.mismatch { Text(verbatim: why).font(.footnote) }
            if money.leftMinor > 0, model.actions.contains(.refund) {
                Button("late.give_back") { till.giveBack(money, of: sale.orderNo) }
                    .buttonStyle(.borderedProminent)
                    .disabled(model.doing != nil)
            }
        }
    }

    private func refund(_ refund: SaleRefund) -> some View {
        VStack(alignment: .leading, spacing: 8) {
            Label(refund.sentence, systemImage: refund.phase.symbol).foregroundStyle(refund.phase.color)
            Text(refund.reason).font(.subheadline)
            HStack {
                Text(refund.askedAt, format: .dateTime.month().day().hour().minute())
                if let staff = model.name(of: refund.staff) { Text(verbatim: staff) }
            }
            .font(.footnote)
            .foregroundStyle(.secondary)
            if refund.phase == .requested {
                if model.actions.contains(.decideRefund) {
                    HStack {
                        Button("refund.decline", role: .destructive) { decision = .decline(refund) }
                            .buttonStyle(.bordered)
                        Button("refund.approve") { decision = .approve(refund) }
                            .buttonStyle(.borderedProminent)
                    }
                    .disabled(model.doing != nil)
                } else if till.hasPeople {
                    NavigationLink("refund.manager_here", value: Screen.people)
                }
            }
        }
    }
}

/// What a manager is asked about a refund.
enum RefundDecision: Equatable, Sendable {
    case approve(SaleRefund), decline(SaleRefund)
}

extension View {
    /// Asks a manager about a refund, and does what is said.
    func decides(_ decision: Binding<RefundDecision?>, about model: SaleModel) -> some View {
        modifier(Deciding(decision: decision, model: model))
    }
}

private struct Deciding: ViewModifier {
    @Binding var decision: RefundDecision?
    let model: SaleModel
    @State private var reason = ""

    func body(content: Content) -> some View {
        content
            .confirmationDialog("refund.approve", isPresented: isAsked(approved), titleVisibility: .visible) {
                if let refund = approved {
                    Button("refund.approve") {
                        Task { await model.approve(refund) }
                    }
                }
                Button("action.back", role: .cancel) {}
            } message: {
                if let refund = approved {
                    Text(verbatim: "\(money(refund.amount, model.sale?.currency ?? "")) · \(refund.reason)")
                }
            }
            .alert("refund.decline_reason", isPresented: isAsked(declined)) {
                TextField("refund.decline_reason", text: $reason)
                if let refund = declined {
                    Button("refund.decline", role: .destructive) {
                        Task { [reason] in await model.decline(refund, because: reason) }
                        reason = ""
                    }
                    .disabled(reason.allSatisfy(\.isWhitespace))
                }
                Button("action.back", role: .cancel) { reason = "" }
            }
    }

    private var approved: SaleRefund? {
        if case .approve(let refund) = decision { refund } else { nil }
    }

    private var declined: SaleRefund? {
        if case .decline(let refund) = decision { refund } else { nil }
    }

    /// Open as long as it is this that is asked.
    private func isAsked(_ refund: SaleRefund?) -> Binding<Bool> {
        let decision = $decision
        return Binding {
            refund != nil
        } set: { isShown in
            if !isShown, refund != nil { decision.wrappedValue = nil }
        }
    }
}

extension LateMoney {
    fileprivate var name: LocalizedStringKey {
        switch self {
        case .ask: "late.ask"
        case .accepted: "late.accepted"
        case .givenBack: "late.given_back"
        case .unknown: "late.unknown"
        }
    }
}
