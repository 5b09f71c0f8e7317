// How the till is, for whoever helps when something is wrong.

import SaomaTill
import SwiftUI

/// What is known, to be read out on the telephone or sent.
struct DiagnosisView: View {
    let model: DiagnosisModel

    var body: some View {
        List {
            if let diagnosis = model.diagnosis {
                if let salvage = diagnosis.salvage {
                    Label(salvage, systemImage: "exclamationmark.octagon.fill").foregroundStyle(.red)
                }
                if let bar = diagnosis.bar {
                    Label(bar.text, systemImage: bar.tone.symbol).foregroundStyle(bar.tone.color)
                } else {
                    Label("diagnosis.well", systemImage: "checkmark.circle.fill").foregroundStyle(.green)
                }
                if diagnosis.readOnly != nil {
                    NavigationLink("settings.pair_anew", value: Screen.pairing)
                }
                if diagnosis.draftsWaiting > 0 {
                    NavigationLink("screens.drafts", value: Screen.drafts)
                }
                connection(diagnosis)
                work(diagnosis)
                storage(diagnosis)
            } else {
                ProgressView().frame(maxWidth: .infinity)
            }
            Section {
                Fact("diagnosis.version", model.version)
            } footer: {
                Text("diagnosis.means")
            }
        }
        .navigationTitle("screens.diagnosis")
        .navigationBarTitleDisplayMode(.inline)
        .safeAreaInset(edge: .bottom) {
            BottomActions {
                Button("diagnosis.copy", systemImage: "doc.on.doc") { model.copy() }.buttonStyle(.bordered)
                Button("diagnosis.share", systemImage: "square.and.arrow.up") { model.share() }
                    .buttonStyle(.borderedProminent)
            }
        }
    }

    private func connection(_ diagnosis: Diagnosis) -> some View {
        Section("diagnosis.connection") {
            YesNo("diagnosis.network", diagnosis.network)
            YesNo("diagnosis.reachable", !diagnosis.unreachable)
            YesNo("diagnosis.stream", diagnosis.streamAlive)
            Moment("diagnosis.heard_at", diagnosis.heardAt)
            Fact("diagnosis.backend", diagnosis.backend)
            Fact("diagnosis.merchant", diagnosis.merchantName)
            Fact("diagnosis.store", diagnosis.storeName)
            Fact("diagnosis.device", diagnosis.device)
            Fact("people.signed_in_now", diagnosis.person?.name)
            Fact("diagnosis.trouble", diagnosis.lastTrouble)
            Fact("diagnosis.read_only", diagnosis.readOnly)
            Fact("diagnosis.key", diagnosis.keyFaultCode)
        }
    }

    private func work(_ diagnosis: Diagnosis) -> some View {
        Section("diagnosis.work") {
            Fact("diagnosis.unproven", "\(diagnosis.unprovenCount) · \(diagnosis.unprovenText)")
            Fact("diagnosis.drafts", "\(diagnosis.draftsWaiting)")
            Fact("diagnosis.results", "\(diagnosis.resultsWaiting)")
            Moment("diagnosis.server_time", diagnosis.serverTime)
            Fact("diagnosis.clock", diagnosis.wallAheadMs.map { "\($0) ms" })
        }
    }

    private func storage(_ diagnosis: Diagnosis) -> some View {
        Section("diagnosis.storage") {
            Fact("diagnosis.entries", "\(diagnosis.journalEntries)")
            YesNo("diagnosis.checked", diagnosis.storageChecked)
            Fact("diagnosis.storage_fault", diagnosis.storageFault)
            Fact("diagnosis.regressions", "\(diagnosis.regressions)")
            Fact("diagnosis.unverified", "\(diagnosis.unverified)")
        }
    }
}

/// A caption and yes or no.
private struct YesNo: View {
    let caption: LocalizedStringKey
    let value: Bool

    init(_ caption: LocalizedStringKey, _ value: Bool) {
        self.caption = caption
        self.value = value
    }

    var body: some View {
        LabeledContent(caption) {
            Text(value ? "diagnosis.yes" : "diagnosis.no")
        }
    }
}
