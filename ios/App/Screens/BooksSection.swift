// A day's books against the bank's bill.

import SaomaTill
import SwiftUI

/// What agrees, and each thing that does not, until a manager has explained it. Nothing for whoever may not see it.
struct BooksSection: View {
    let model: BooksModel
    @Binding var settled: Finding?

    var body: some View {
        if let books = model.books {
            Section("books.title") {
                Label(books.sentence, systemImage: books.tone.symbol).foregroundStyle(books.tone.color)
                LabeledContent("books.agreed", value: "\(books.agreed.count) · \(books.agreed.text)")
                if books.refundsAgreed.count > 0 {
                    LabeledContent(
                        "books.refunds_agreed", value: "\(books.refundsAgreed.count) · \(books.refundsAgreed.text)")
                }
                ForEach(books.findings, id: \.id) { finding($0) }
                if books.findingsTotal > UInt64(books.findings.count) {
                    Text("books.not_shown \(Int(books.findingsTotal) - books.findings.count, specifier: "%lld")")
                }
                Moment("books.next_at", books.nextAt)
                FaultNote(fault: model.fault)
            }
        } else if model.fault != nil {
            Section("books.title") { FaultNote(fault: model.fault) }
        }
    }

    private func finding(_ finding: Finding) -> some View {
        VStack(alignment: .leading, spacing: 8) {
            Text(finding.sentence)
            Text(verbatim: finding.outRefundNo ?? finding.outTradeNo)
                .font(.footnote.monospaced())
                .foregroundStyle(.secondary)
                .textSelection(.enabled)
            if finding.gone { Text("books.gone").font(.footnote) }
            if let settled = finding.settled {
                Text("books.settled \(settled.reason)").font(.footnote)
            } else if !finding.gone {
                Button("books.settle") { settled = finding }
                    .buttonStyle(.bordered)
                    .disabled(model.busy)
            }
        }
    }
}

extension View {
    /// Asks a manager why a finding differs, and keeps the answer.
    func settles(_ finding: Binding<Finding?>, in model: BooksModel) -> some View {
        modifier(Settling(finding: finding, model: model))
    }
}

private struct Settling: ViewModifier {
    @Binding var finding: Finding?
    let model: BooksModel
    @State private var reason = ""

    func body(content: Content) -> some View {
        content
            .alert("books.settle_reason", isPresented: isAsked) {
                TextField("books.settle_reason", text: $reason)
                if let finding {
                    Button("books.settle") {
                        Task { [reason] in await model.settle(finding, because: reason) }
                        reason = ""
                    }
                    .disabled(reason.allSatisfy(\.isWhitespace))
                }
                Button("action.back", role: .cancel) { reason = "" }
            }
    }

    private var isAsked: Binding<Bool> {
        let finding = $finding
        return Binding {
            finding.wrappedValue != nil
        } set: { isShown in
            if !isShown { finding.wrappedValue = nil }
        }
    }
}
