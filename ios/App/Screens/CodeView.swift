// The screen that a customer scans.

import SaomaTill
import SwiftUI

/// A sale's code with its countdown and the age of what is known; after it, how the sale ended.
struct CodeView: View {
    let model: CodeModel
    let settings: SettingsModel
    @Environment(\.verticalSizeClass) private var height
    @State private var question: Question?
    @State private var asksToChange = false
    @Environment(\.dismiss) private var dismiss

    @State private var isTypingCode = false
    /// Held only while it is typed.
    @State private var typedCode = ""

    private static let shown: Set<SaleAction> = [.cancel, .refresh, .checkNow, .takeCash]

    var body: some View {
        Group {
            if model.scan.state != .off {
                ScanView(model: model.scan)
            } else if height == .compact {
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
            if height != .compact, model.scan.state == .off { actions }
        }
        .scannerKeys(model.scannerTyped)
        .asks($question, about: model.sale)
        .confirmationDialog("code.change_amount", isPresented: $asksToChange, titleVisibility: .visible) {
            Button("code.change_amount", role: .destructive, action: change)
            Button("action.keep", role: .cancel) {}
        } message: {
            Text("code.change_amount_means")
        }
        .alert("code.type_code", isPresented: $isTypingCode) {
            TextField("code.type_code", text: $typedCode)
                .keyboardType(.numberPad)
                .privacySensitive()
            Button("code.charge_typed", action: chargeTyped)
            Button("action.back", role: .cancel) { typedCode = "" }
        }
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
                checked.foregroundStyle(.secondary).monospacedDigit()
                if let reference = sale.businessKey ?? sale.reference {
                    Text(reference).textSelection(.enabled)
                }
                if let other = sale.other {
                    NavigationLink(value: Screen.sale(orderNo: other.orderNo)) {
                        Text("code.other \(other.tail) \(money(other.amount, sale.currency))")
                    }
                    .buttonStyle(.bordered)
                }
                if sale.phase == .closed, sale.actions.contains(.scan) { Text("code.scan_another").font(.headline) }
                FaultNote(fault: model.sale.fault)
            }
        }
        .multilineTextAlignment(.center)
        .frame(maxWidth: .infinity)
    }

    private var actions: some View {
        BottomActions {
            if model.sale.actions.contains(.scan) { scanning }
            SaleActions(model: model.sale, shown: Self.shown, question: $question)
            if model.canChangeAmount {
                if model.sale.actions.contains(.cancel) {
                    Button("code.change_amount", systemImage: "pencil") { asksToChange = true }
                        .buttonStyle(.bordered)
                        .disabled(model.sale.doing != nil)
                } else {
                    Button("code.ring_up_again", systemImage: "pencil", action: change)
                        .buttonStyle(.bordered)
                }
            }
            if Self.shown.isDisjoint(with: model.sale.actions), !model.sale.actions.contains(.scan) {
                Button("code.done", systemImage: "checkmark") { dismiss() }
                    .buttonStyle(.borderedProminent)
            }
        }
    }

    /// Scanning the customer's payment code, or how long there is to wait for it; where there is no camera, typing it.
    @ViewBuilder private var scanning: some View {
        if let seconds = model.secondsUntilScan {
            Button("code.scan_in \(seconds, specifier: "%lld")", systemImage: "qrcode.viewfinder") {}
                .buttonStyle(.bordered)
                .disabled(true)
                .accessibilityAddTraits(.updatesFrequently)
        } else if model.code == nil {
            Button("code.scan", systemImage: "qrcode.viewfinder") { model.startScan() }
                .buttonStyle(.borderedProminent)
                .disabled(!model.canScan)
            Button("code.type_code", systemImage: "keyboard") { isTypingCode = true }
                .buttonStyle(.bordered)
                .disabled(!model.canScan)
        } else {
            Button("code.scan", systemImage: "qrcode.viewfinder") { model.startScan() }
                .buttonStyle(.bordered)
                .disabled(!model.canScan)
        }
    }

    private func chargeTyped() {
        let code = typedCode
        typedCode = ""
        Task { await model.sale.scan(code) }
    }

    private func change() {
        Task { await model.changeAmount() }
    }

    /// How old what is known is.
    private var checked: Text {
        guard let ago = model.secondsSinceHeard else { return Text("age.never") }
        return switch ago {
        case ..<2: Text("age.now")
        case ..<60: Text("age.seconds \(ago, specifier: "%lld")")
        case ..<3600: Text("age.minutes \(ago / 60, specifier: "%lld")")
        case ..<86400: Text("age.hours \(ago / 3600, specifier: "%lld")")
        default: Text("age.days \(ago / 86400, specifier: "%lld")")
        }
    }

    private func clock(_ seconds: Int) -> String {
        Duration.seconds(seconds).formatted(.time(pattern: .minuteSecond))
    }
}

extension View {
    /// Takes the keys of a scanner that types.
    fileprivate func scannerKeys(_ typed: @escaping @MainActor (Character) -> Bool) -> some View {
        modifier(ScannerKeys(typed: typed))
    }
}

private struct ScannerKeys: ViewModifier {
    let typed: @MainActor (Character) -> Bool
    @FocusState private var isFocused: Bool

    func body(content: Content) -> some View {
        content
            .focusable()
            .focusEffectDisabled()
            .focused($isFocused)
            .onKeyPress(phases: .down) { key in
                guard let character = key.characters.first, typed(character) else { return .ignored }
                return .handled
            }
            .onAppear { isFocused = true }
    }
}
