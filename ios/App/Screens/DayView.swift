// What came in on a day.

import SaomaTill
import SwiftUI

/// This till's own totals, known without a network, and the merchant's, by the backend's account.
struct DayView: View {
    let model: DayModel
    @State private var picked = Date.now
    @State private var isPicking = false
    @State private var settled: Finding?

    var body: some View {
        List {
            Section {
                FaultNote(fault: model.fault)
                if let own = model.own {
                    totals(own.totals)
                    if own.unproven.count > 0 {
                        SumRow("day.unproven", own.unproven, in: own.totals.currency)
                            .foregroundStyle(.secondary)
                    }
                }
                FaultNote(fault: model.tableFault)
            } header: {
                Text("day.own")
            } footer: {
                if let own = model.own, own.unproven.count > 0 { Text("day.unproven_means") }
            }
            Section("day.merchant") {
                if let merchant = model.merchant {
                    totals(merchant.totals)
                    if merchant.unproven.count > 0 {
                        SumRow("day.unproven", merchant.unproven, in: merchant.totals.currency)
                            .foregroundStyle(.secondary)
                    }
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
            BooksSection(model: model.books, settled: $settled)
        }
        .settles($settled, in: model.books)
        .navigationTitle(model.date ?? "")
        .navigationBarTitleDisplayMode(.inline)
        .toolbar {
            ToolbarItem(placement: .topBarTrailing) {
                Menu {
                    Button("day.share_sales", systemImage: "tablecells") {
                        Task { await model.shareSales() }
                    }
                    Button("day.share_month", systemImage: "calendar") {
                        Task { await model.shareMonth() }
                    }
                } label: {
                    Label("day.share", systemImage: "square.and.arrow.up")
                }
            }
        }
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

    @ViewBuilder private func totals(_ of: DayTotals) -> some View {
        if !of.live { Text("sale.test").font(.footnote) }
        SumsRows(sums: of.sums, currency: of.currency)
        Shares("day.by_method", of.methods, in: of.currency) { methodName($0.name) }
        Shares("day.by_store", of.stores, in: of.currency) { Text(verbatim: $0.name) }
        Shares("day.by_person", of.people, in: of.currency) { [model] part in
            part.name.isEmpty ? Text("day.nobody") : Text(verbatim: model.name(of: part.name))
        }
    }
}
