// What came in on a day.

import SaomaTill
import SwiftUI

/// This till's own totals, known without a network, and the merchant's, by the backend's account.
struct DayView: View {
    let model: DayModel
    @State private var picked = Date.now
    @State private var isPicking = false

    var body: some View {
        List {
            Section("day.own") {
                FaultNote(fault: model.fault)
                if let own = model.own { TotalsRows(totals: own.totals) }
            }
            Section("day.merchant") {
                if let merchant = model.merchant {
                    TotalsRows(totals: merchant.totals)
                    if merchant.mismatched > 0 {
                        Label(
                            "day.mismatched \(Int(merchant.mismatched), specifier: "%lld")",
                            systemImage: "exclamationmark.octagon.fill"
                        )
                        .foregroundStyle(.red)
                    }
                    Moment("day.as_of", merchant.asOf)
                }
                FaultNote(fault: model.merchantFault)
                if model.asking {
                    ProgressView("day.asking")
                } else {
                    Button("day.ask_again", systemImage: "arrow.clockwise") { model.askAgain() }
                }
            }
        }
        .navigationTitle(model.date ?? "")
        .navigationBarTitleDisplayMode(.inline)
        .safeAreaInset(edge: .bottom) {
            BottomActions {
                Button("day.previous", systemImage: "chevron.left") { model.previous() }
                    .buttonStyle(.bordered)
                Button("day.pick", systemImage: "calendar") { isPicking = true }
                    .buttonStyle(.bordered)
                Button("day.today") { model.showToday() }
                    .buttonStyle(.bordered)
                Button("day.next", systemImage: "chevron.right") { model.next() }
                    .buttonStyle(.bordered)
                    .disabled(!model.hasNext)
            }
        }
        .sheet(isPresented: $isPicking) {
            DatePicker("day.pick", selection: $picked, in: ...Date.now, displayedComponents: .date)
                .datePickerStyle(.graphical)
                .padding()
                .presentationDetents([.medium, .large])
                .onChange(of: picked) {
                    model.show(picked)
                    isPicking = false
                }
        }
        .task { await model.run() }
    }
}

private struct TotalsRows: View {
    let totals: DayTotals

    var body: some View {
        row("day.paid", totals.sums.paid)
        if totals.sums.late.count > 0 { row("day.late", totals.sums.late) }
    }

    private func row(_ caption: LocalizedStringKey, _ of: Totals) -> some View {
        LabeledContent {
            VStack(alignment: .trailing) {
                Text(verbatim: money(of.text, totals.currency)).font(.title2.bold()).monospacedDigit()
                Text("day.payments \(Int(of.count), specifier: "%lld")").font(.footnote)
            }
        } label: {
            Text(caption)
            if !totals.live { Text("sale.test").font(.footnote) }
        }
    }
}
