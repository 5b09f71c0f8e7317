// Before the till is open.

import SaomaTill
import SwiftUI

/// The moment in which everything is restored.
struct OpeningView: View {
    var body: some View {
        ProgressView("opening.title")
            .frame(maxWidth: .infinity, maxHeight: .infinity)
    }
}

/// The till cannot be opened: why, and what to do.
struct ShutView: View {
    let phone: Phone
    let fault: Fault
    @Environment(\.language) private var language
    @State private var keyIsLost = false
    @State private var asksAboutKey = false

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                Label("shut.title", systemImage: "exclamationmark.triangle.fill")
                    .font(.title2.bold())
                    .accessibilityAddTraits(.isHeader)
                Text(fault.text(in: language)).font(.title3)
                Text("shut.nothing_lost").foregroundStyle(.secondary)
                Text(verbatim: "\(fault.code): \(fault.detail)")
                    .font(.footnote.monospaced())
                    .foregroundStyle(.secondary)
                    .textSelection(.enabled)
            }
            .padding()
            .frame(maxWidth: .infinity, alignment: .leading)
        }
        .safeAreaInset(edge: .bottom) {
            BottomActions {
                if keyIsLost {
                    Button("shut.new_key") { asksAboutKey = true }.buttonStyle(.bordered)
                }
                Button("shut.try_again") { phone.till.tryAgain() }.buttonStyle(.borderedProminent)
            }
        }
        .task(id: fault.code) { keyIsLost = phone.needsKey(fault) }
        .announces(fault.text(in: language))
        .confirmationDialog("shut.new_key", isPresented: $asksAboutKey, titleVisibility: .visible) {
            Button("shut.new_key", role: .destructive) { phone.replaceKey() }
        } message: {
            Text("shut.new_key_means")
        }
    }
}
