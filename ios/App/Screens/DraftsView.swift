// Old drafts, each waiting for a decision.

import SaomaTill
import SwiftUI

/// Each goes out after all, or is given up with a reason.
struct DraftsView: View {
    let model: DraftsModel

    var body: some View {
        List {
            FaultNote(fault: model.fault)
            if !model.waiting.isEmpty { Text("drafts.means") }
            ForEach(model.waiting) { draft in
                DraftRow(model: draft)
            }
        }
        .listStyle(.plain)
        .overlay {
            if !model.loaded {
                ProgressView()
            } else if model.waiting.isEmpty, model.fault == nil {
                ContentUnavailableView("drafts.none", systemImage: "checkmark.circle")
            }
        }
        .navigationTitle("screens.drafts")
        .navigationBarTitleDisplayMode(.inline)
        .task { await model.run() }
    }
}

private struct DraftRow: View {
    let model: SaleModel
    @State private var question: Question?

    var body: some View {
        if let sale = model.sale {
            VStack(alignment: .leading, spacing: 12) {
                SaleRow(sale: sale)
                Text(sale.sentence)
                FaultNote(fault: model.fault)
                HStack { SaleActions(model: model, shown: [.decide], question: $question) }
                    .controlSize(.large)
            }
            .padding(.vertical, 8)
            .asks($question, about: model)
        }
    }
}
