// One sale in full.

import SaomaTill
import SwiftUI

/// Where it stands, what may be done, what it is about, and all that happened to it.
struct SaleView: View {
    let till: OpenTill
    let model: SaleModel
    @State private var question: Question?
    @State private var decision: RefundDecision?

    var body: some View {
        List {
            if let sale = model.sale {
                standing(sale)
                MoneyOfSale(till: till, model: model, sale: sale, decision: $decision)
                about(sale)
                if let other = sale.other {
                    Section("sale.other") {
                        NavigationLink(value: Screen.sale(orderNo: other.orderNo)) {
                            LabeledContent(other.tail, value: money(other.amount, sale.currency))
                        }
                    }
                }
                history
            } else if model.fault == nil {
                ProgressView().frame(maxWidth: .infinity)
            }
            FaultNote(fault: model.fault)
        }
        .navigationTitle("code.title \(model.sale?.tail ?? "")")
        .navigationBarTitleDisplayMode(.inline)
        .safeAreaInset(edge: .bottom) {
            if !model.actions.isEmpty {
                BottomActions {
                    SaleActions(
                        model: model, shown: [.cancel, .refresh, .checkNow, .decide, .receipt, .takeCash, .refund],
                        question: $question)
                }
            }
        }
        .asks($question, about: model)
        .decides($decision, about: model)
        .announces(model.sale?.sentence)
        .task { await model.run() }
    }

    private func standing(_ sale: Sale) -> some View {
        Section {
            VStack(alignment: .leading, spacing: 8) {
                Label(sale.title, systemImage: sale.symbol)
                    .font(.title2.bold())
                    .foregroundStyle(sale.color)
                    .accessibilityAddTraits(.isHeader)
                Text(verbatim: sale.price).font(.largeTitle.bold()).monospacedDigit()
                Text(sale.sentence)
            }
            if sale.code != nil {
                NavigationLink("sale.show_code", value: Screen.code(orderNo: sale.orderNo))
            } else if sale.actions.contains(.scan) {
                NavigationLink("code.scan", value: Screen.code(orderNo: sale.orderNo))
            }
        }
    }

    private func about(_ sale: Sale) -> some View {
        Section("sale.about") {
            Fact("sale.description", sale.description)
            Fact("sale.reference", sale.businessKey ?? sale.reference)
            Fact("sale.note", sale.note)
            if sale.lines.count > 1 {
                ForEach(sale.lines, id: \.no) { line in
                    LabeledContent(line.reference ?? "\(line.no)", value: money(line.amount, sale.currency))
                }
            }
            Moment("sale.made_at", sale.madeAt)
            Fact("sale.staff", model.name(of: sale.staff))
            Moment("sale.paid_at", sale.paidAt)
            Moment("sale.cash_at", sale.cashTakenAt)
            Moment("sale.heard_at", sale.heardAt)
            Fact("sale.order_no", sale.orderNo)
            Fact("sale.trouble", sale.trouble)
        }
    }

    private var history: some View {
        Section("sale.history") {
            ForEach(Array(model.history.enumerated()), id: \.offset) { _, entry in
                VStack(alignment: .leading) {
                    Text(entry.text)
                    Text(entry.at, format: .dateTime.month().day().hour().minute().second())
                        .font(.footnote)
                        .foregroundStyle(.secondary)
                }
                .accessibilityElement(children: .combine)
            }
        }
    }
}
