// The money of one sale: what came, and what went back.

import SaomaTill
import SwiftUI

/// Payments and refunds, each with what a person may decide about it.
struct MoneyOfSale: View {
    let till: OpenTill
    let model: SaleModel
    let sale: Sale
    @State private var approved: SaleRefund?
    @State private var declined: SaleRefund?
    @State private var reason = ""

    var body: some View {
        Group {
            if !sale.payments.isEmpty {
                Section("sale.payments") {
                    ForEach(sale.payments, id: \.transactionId) { payment($0) }
                }
            }
            if !sale.refunds.isEmpty {
                Section("sale.refunds") {
                    ForEach(sale.refunds, id: \.refundNo) { refund($0) }
                }
            }
        }
        .confirmationDialog("refund.approve", isPresented: isThere($approved), titleVisibility: .visible) {
            Button("refund.approve") {
                if let refund = approved { Task { await model.approve(refund) } }
            }
            Button("action.back", role: .cancel) {}
        } message: {
            Text(verbatim: approved.map { "\(money($0.amount, sale.currency)) · \($0.reason)" } ?? "")
        }
        .alert("refund.decline_reason", isPresented: isThere($declined)) {
            TextField("refund.decline_reason", text: $reason)
            Button("refund.decline", role: .destructive) {
                if let refund = declined {
                    Task { [reason] in await model.decline(refund, because: reason) }
                }
                reason = ""
            }
            .disabled(reason.allSatisfy(\.isWhitespace))
            Button("action.back", role: .cancel) { reason = "" }
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
                        Button("refund.decline", role: .destructive) { declined = refund }.buttonStyle(.bordered)
                        Button("refund.approve") { approved = refund }.buttonStyle(.borderedProminent)
                    }
                    .disabled(model.doing != nil)
                } else if till.hasPeople {
                    NavigationLink("refund.manager_here", value: Screen.people)
                }
            }
        }
    }

    /// A question is open as long as what it is about is there.
    private func isThere(_ refund: Binding<SaleRefund?>) -> Binding<Bool> {
        Binding {
            refund.wrappedValue != nil
        } set: { isShown in
            if !isShown { refund.wrappedValue = nil }
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
