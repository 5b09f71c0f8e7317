// Giving money back.

import SaomaTill
import SwiftUI

/// What is left, how much of it goes back and why; asked once.
struct RefundView: View {
    @Bindable var model: RefundModel
    @State private var asks = false
    @Environment(\.language) private var language

    /// What the customer reads, for the usual reasons.
    private static let reasons: [String.LocalizationValue] = [
        "refund.returned", "refund.wrong_amount", "refund.sold_out", "refund.paid_twice",
    ]

    var body: some View {
        Form {
            if let payment = model.payment, let sale = model.sale.sale {
                of(payment, sale)
                amount(payment, sale)
                why
                Section {
                    if model.needsManager {
                        Label("refund.manager", systemImage: "person.badge.key").foregroundStyle(.orange)
                    }
                    FaultNote(fault: model.fault)
                } footer: {
                    Text("refund.proof_means")
                }
            } else if model.sale.sale != nil {
                ContentUnavailableView("refund.nothing_left", systemImage: "checkmark.circle")
            } else {
                ProgressView().frame(maxWidth: .infinity)
            }
        }
        .scrollDismissesKeyboard(.interactively)
        .navigationTitle("refund.title")
        .navigationBarTitleDisplayMode(.inline)
        .safeAreaInset(edge: .bottom) {
            BottomActions {
                Button {
                    asks = true
                } label: {
                    HStack {
                        if model.busy { ProgressView() }
                        Text("refund.give_back \(price)")
                    }
                    .frame(maxWidth: .infinity)
                }
                .buttonStyle(.borderedProminent)
                .disabled(!model.canRefund)
            }
        }
        .confirmationDialog("refund.title", isPresented: $asks, titleVisibility: .visible) {
            Button("refund.give_back \(price)", role: .destructive) {
                Task { await model.refund() }
            }
            Button("action.back", role: .cancel) {}
        } message: {
            Text(model.needsManager ? "refund.manager" : "refund.asks")
        }
        .task { await model.run() }
    }

    private var price: String {
        model.amount.map { money($0.text, model.payment?.currency ?? "") } ?? ""
    }

    @ViewBuilder private func of(_ payment: SalePayment, _ sale: Sale) -> some View {
        Section {
            if model.payments.count > 1 {
                Picker("refund.of", selection: $model.chosen) {
                    ForEach(model.payments, id: \.transactionId) { one in
                        PaymentName(payment: one).tag(String?.some(one.transactionId))
                    }
                }
                .pickerStyle(.inline)
                .onAppear { model.chosen = payment.transactionId }
            } else {
                LabeledContent("refund.of") { PaymentName(payment: payment) }
            }
            LabeledContent("refund.left", value: money(payment.left, payment.currency))
            Fact("sale.order_no", sale.tail)
        }
    }

    @ViewBuilder private func amount(_ payment: SalePayment, _ sale: Sale) -> some View {
        Section {
            Toggle("refund.whole", isOn: $model.isWhole)
            if !model.isWhole {
                TextField("refund.part", text: $model.typed).keyboardType(.decimalPad)
                if !model.typed.isEmpty, model.amount == nil {
                    Label(
                        "refund.at_most \(money(payment.left, payment.currency))",
                        systemImage: "exclamationmark.circle.fill"
                    )
                    .foregroundStyle(.red)
                }
            }
        }
    }

    private var why: some View {
        Section {
            ForEach(Self.reasons.indices, id: \.self) { place in
                let text = language.text(Self.reasons[place])
                Button {
                    model.reason = text
                } label: {
                    Label(text, systemImage: model.reason == text ? "checkmark.circle.fill" : "circle")
                }
                .accessibilityAddTraits(model.reason == text ? .isSelected : [])
            }
            TextField("refund.reason", text: $model.reason)
        } header: {
            Text("refund.reason")
        } footer: {
            Text("refund.reason_means")
        }
    }
}

/// A payment by its method, its amount, and whether it pays anything.
struct PaymentName: View {
    let payment: SalePayment

    var body: some View {
        HStack {
            switch payment.channel {
            case "cash": Text("method.cash")
            case "wechatpay": Text("method.wechatpay")
            default: Text(verbatim: payment.channel)
            }
            Text(verbatim: money(payment.amount, payment.currency)).monospacedDigit()
            if payment.mismatch != nil {
                Label("sale.does_not_match", systemImage: "xmark.octagon.fill").foregroundStyle(.red)
            }
        }
        .accessibilityElement(children: .combine)
    }
}
