// What a person may do about a sale: what the core offers, and nothing else.

import SaomaTill
import SwiftUI

/// What is asked before something that cannot be taken back.
enum Question: Sendable {
    case cancel, drop, dropForAnotherReason, takeCash
}

/// A button for each action that is offered now, out of those that a screen shows. What cannot be taken back asks first: the screen
/// puts the question by `asks(_:about:)`.
struct SaleActions: View {
    let model: SaleModel
    let shown: Set<SaleAction>
    @Binding var question: Question?

    var body: some View {
        ForEach(model.actions.filter(shown.contains), id: \.self) { action in
            button(action).disabled(model.doing != nil)
        }
    }

    @ViewBuilder private func button(_ action: SaleAction) -> some View {
        switch action {
        case .cancel:
            Button("action.cancel", systemImage: "xmark", role: .destructive) { question = .cancel }
                .buttonStyle(.bordered)
        case .refresh:
            Button("action.refresh", systemImage: "arrow.clockwise") {
                Task { await model.refresh() }
            }
            .buttonStyle(.borderedProminent)
        case .checkNow:
            Button("action.check_now", systemImage: "magnifyingglass") {
                Task { await model.checkNow() }
            }
            .buttonStyle(.bordered)
        case .decide:
            Button("action.drop", systemImage: "trash", role: .destructive) { question = .drop }
                .buttonStyle(.bordered)
            Button("action.send", systemImage: "paperplane") {
                Task { await model.send() }
            }
            .buttonStyle(.borderedProminent)
        case .receipt:
            Button("action.copy_receipt", systemImage: "doc.on.doc") {
                Task { await model.copyReceipt() }
            }
            .buttonStyle(.bordered)
            Button("action.share_receipt", systemImage: "square.and.arrow.up") {
                Task { await model.shareReceipt() }
            }
            .buttonStyle(.bordered)
            Button("action.share_slip", systemImage: "printer") {
                Task { await model.shareSlip() }
            }
            .buttonStyle(.borderedProminent)
        case .takeCash:
            Button("action.take_cash", systemImage: "banknote") { question = .takeCash }
                .buttonStyle(.bordered)
        case .refund:
            NavigationLink(value: Screen.refund(orderNo: model.orderNo)) {
                Label("action.refund", systemImage: "arrow.uturn.backward")
            }
            .buttonStyle(.bordered)
        // Beside the camera, and beside the refund or the payment that they are about.
        case .scan, .decideRefund, .decideLateMoney:
            EmptyView()
        }
    }
}

extension View {
    /// Asks a question about a sale, and does what it is about if the person says so.
    func asks(_ question: Binding<Question?>, about model: SaleModel) -> some View {
        modifier(Asking(question: question, model: model))
    }
}

private struct Asking: ViewModifier {
    @Binding var question: Question?
    let model: SaleModel
    @State private var reason = ""
    @Environment(\.language) private var language

    func body(content: Content) -> some View {
        content
            .confirmationDialog("action.cancel", isPresented: isAsked(.cancel), titleVisibility: .visible) {
                Button("action.cancel", role: .destructive) {
                    Task { await model.cancel() }
                }
                Button("action.keep", role: .cancel) {}
            } message: {
                Text("action.cancel_means")
            }
            .confirmationDialog("action.take_cash", isPresented: isAsked(.takeCash), titleVisibility: .visible) {
                Button("keypad.cash_taken \(model.sale?.price ?? "")") {
                    Task { await model.takeCash() }
                }
                Button("action.back", role: .cancel) {}
            } message: {
                Text(model.sale?.code == nil ? "keypad.cash_means" : "action.cash_over_code_means")
            }
            .confirmationDialog("action.drop", isPresented: isAsked(.drop), titleVisibility: .visible) {
                Button("reason.left", role: .destructive) { drop(because: "reason.left") }
                Button("reason.cash", role: .destructive) { drop(because: "reason.cash") }
                Button("reason.mistake", role: .destructive) { drop(because: "reason.mistake") }
                Button("reason.other") { question = .dropForAnotherReason }
                Button("action.keep", role: .cancel) {}
            } message: {
                Text("action.drop_means")
            }
            .alert("action.drop_reason", isPresented: isAsked(.dropForAnotherReason)) {
                TextField("action.drop_reason", text: $reason)
                Button("action.drop", role: .destructive) {
                    Task { await model.drop(because: reason) }
                }
                .disabled(reason.allSatisfy(\.isWhitespace))
                Button("action.keep", role: .cancel) {}
            }
    }

    private func drop(because reason: String.LocalizationValue) {
        Task { await model.drop(because: language.text(reason)) }
    }

    private func isAsked(_ asked: Question) -> Binding<Bool> {
        let question = $question
        return Binding {
            question.wrappedValue == asked
        } set: { isShown in
            // Another question may have taken its place.
            if !isShown, question.wrappedValue == asked { question.wrappedValue = nil }
        }
    }
}
