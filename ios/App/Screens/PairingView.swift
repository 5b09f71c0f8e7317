// Pairing with a merchant's backend.

import SaomaTill
import SwiftUI
import UIKit

/// A link is scanned, pasted or typed.
struct PairingView: View {
    @Bindable var model: PairingModel
    @FocusState private var isTyping: Bool

    var body: some View {
        Group {
            if model.scan.state == .off {
                form
            } else {
                ScanView(model: model.scan)
            }
        }
        .navigationTitle("pairing.title")
        .navigationBarTitleDisplayMode(.inline)
        .task { await model.run() }
    }

    private var form: some View {
        Form {
            Section {
                Text("pairing.how").font(.title3)
            }
            Section {
                TextField("pairing.link", text: $model.link, prompt: Text(verbatim: "saoma://pair?…"), axis: .vertical)
                    .lineLimit(1...4)
                    .keyboardType(.URL)
                    .textInputAutocapitalization(.never)
                    .autocorrectionDisabled()
                    .privacySensitive()
                    .focused($isTyping)
                    .accessibilityLabel("pairing.link")
                // Nothing promises that the text comes on the main thread.
                PasteButton(payloadType: String.self) { @Sendable [model] texts in
                    Task { @MainActor in model.link = texts.first ?? model.link }
                }
            } header: {
                Text("pairing.link")
            }
            Section {
                TextField("pairing.device_name", text: $model.deviceName)
            } header: {
                Text("pairing.device_name")
            } footer: {
                Text("pairing.device_name_example")
            }
            if model.fault != nil {
                Section { FaultNote(fault: model.fault) }
            }
        }
        .scrollDismissesKeyboard(.interactively)
        .safeAreaInset(edge: .bottom) {
            BottomActions {
                Button("pairing.pair") {
                    isTyping = false
                    Task { await model.pair() }
                }
                .disabled(!model.canPair)
                .buttonStyle(.bordered)
                Button("pairing.scan", systemImage: "qrcode.viewfinder") {
                    isTyping = false
                    model.scan.start()
                }
                .disabled(model.busy)
                .buttonStyle(.borderedProminent)
            }
        }
        .overlay {
            if model.busy {
                ProgressView("pairing.busy")
                    .padding()
                    .background(.regularMaterial, in: .rect(cornerRadius: 12))
            }
        }
    }
}
