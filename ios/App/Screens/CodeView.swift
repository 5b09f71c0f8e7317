// The screen that a customer scans.

import SaomaTill
import SwiftUI

/// A sale's code with its countdown and the age of what is known; after it, how the sale ended.
struct CodeView: View {
    let model: CodeModel
    let settings: SettingsModel
    @Environment(\.verticalSizeClass) private var height
    @State private var question: Question?

    var body: some View {
        Group {
            if height == .compact {
                HStack(spacing: 16) {
                    plate.padding(.leading)
                    VStack(spacing: 0) {
                        ScrollView { words }
                        actions
                    }
                }
            } else {
                ScrollView {
                    VStack(spacing: 16) {
                        plate
                        words
                    }
                    .padding(settings.settings.largeModules ? 0 : 16)
                }
            }
        }
        .navigationTitle("code.title \(model.sale.sale?.tail ?? "")")
        .navigationBarTitleDisplayMode(.inline)
        .toolbar {
            ToolbarItem(placement: .topBarTrailing) {
                NavigationLink("code.details", value: Screen.sale(orderNo: model.id))
            }
        }
        .safeAreaInset(edge: .bottom) {
            if height != .compact { actions }
        }
        .asks($question, about: model.sale)
        .announces(model.sale.sale?.sentence)
        .task { await model.run() }
    }

    @ViewBuilder private var plate: some View {
        if let code = model.code {
            CodePlate(qr: code.qr)
                .frame(maxWidth: settings.settings.largeModules ? .infinity : 420)
        } else if let sale = model.sale.sale {
            Image(systemName: sale.symbol)
                .font(.system(size: 96))
                .foregroundStyle(sale.color)
                .frame(maxWidth: 420, minHeight: 160)
                .accessibilityHidden(true)
        } else {
            ProgressView().frame(minHeight: 160)
        }
    }

    private var words: some View {
        VStack(spacing: 8) {
            if let sale = model.sale.sale {
                Text(verbatim: sale.price)
                    .font(.system(.largeTitle, design: .rounded, weight: .bold))
                    .monospacedDigit()
                    .minimumScaleFactor(0.5)
                    .lineLimit(1)
                Text(sale.title)
                    .font(.title2.bold())
                    .foregroundStyle(sale.color)
                    .accessibilityAddTraits(.isHeader)
                Text(sale.sentence).font(.title3)
                if let left = model.secondsLeft {
                    Text("code.seconds_left \(clock(left))")
                        .monospacedDigit()
                        .accessibilityAddTraits(.updatesFrequently)
                }
                if let ago = model.secondsSinceHeard {
                    Text("code.checked \(ago, specifier: "%lld")").foregroundStyle(.secondary).monospacedDigit()
                } else {
                    Text("code.never_checked").foregroundStyle(.secondary)
                }
                if let reference = sale.businessKey ?? sale.reference {
                    Text(reference).textSelection(.enabled)
                }
                FaultNote(fault: model.sale.fault)
            }
        }
        .multilineTextAlignment(.center)
        .frame(maxWidth: .infinity)
    }

    private var actions: some View {
        BottomActions {
            SaleActions(model: model.sale, shown: [.cancel, .refresh, .checkNow], question: $question)
            if model.canChangeAmount {
                Button("code.change_amount", systemImage: "pencil") {
                    Task { await model.changeAmount() }
                }
                .buttonStyle(.bordered)
                .disabled(model.sale.doing != nil)
            }
        }
    }

    private func clock(_ seconds: Int) -> String {
        Duration.seconds(seconds).formatted(.time(pattern: .minuteSecond))
    }
}
