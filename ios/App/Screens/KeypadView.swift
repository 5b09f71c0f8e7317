// The screen on which a sale is rung up.

import SaomaTill
import SwiftUI

/// What is typed and what it comes to, what it is about, quick amounts, the keys, and the one button that rings it up.
struct KeypadView: View {
    let till: OpenTill
    @Bindable var model: KeypadModel
    @Environment(\.verticalSizeClass) private var height
    @FocusState private var isTyping: Bool
    @State private var asksAboutCash = false

    var body: some View {
        Group {
            if till.people.isNeeded {
                PeopleView(model: till.people)
            } else if model.scan.state == .off {
                keypad
            } else {
                ScanView(model: model.scan)
            }
        }
        .navigationTitle(till.pairing?.storeName ?? "")
        .navigationBarTitleDisplayMode(.inline)
        .toolbar {
            if till.hasPeople {
                ToolbarItem(placement: .topBarTrailing) { SignedInLink(person: till.person) }
            }
            ScreensMenu(till: till)
        }
        .confirmationDialog("keypad.cash", isPresented: $asksAboutCash, titleVisibility: .visible) {
            Button("keypad.cash_taken \(price)") { charge(by: .cash) }
            Button("action.back", role: .cancel) {}
        } message: {
            Text("keypad.cash_means")
        }
    }

    private var price: String {
        model.total.map { "¥\($0.text)" } ?? ""
    }

    private func charge(by way: Way) {
        Task { await model.charge(by: way) }
    }

    @ViewBuilder private var keypad: some View {
        if height == .compact {
            HStack(spacing: 12) {
                ScrollView { entry.padding(.leading) }
                ViewThatFits(in: .vertical) {
                    keys
                    ScrollView { keys }
                }
                .frame(maxWidth: 420)
            }
        } else {
            VStack(spacing: 0) {
                ScrollView { entry.padding(.horizontal) }
                keys.frame(maxWidth: 560)
            }
        }
    }

    private var entry: some View {
        VStack(alignment: .leading, spacing: 12) {
            if let replaced = model.replaced?.sale {
                Label {
                    VStack(alignment: .leading) {
                        Text("keypad.replaces \(replaced.tail) \(replaced.price)").font(.headline)
                        Text(replaced.title)
                    }
                } icon: {
                    Image(systemName: replaced.symbol).foregroundStyle(replaced.color)
                }
                .announces(replaced.title)
            }
            AmountLine(model: model)
            FaultNote(fault: model.fault)
            if !model.quickAmounts.isEmpty { QuickAmounts(model: model) }
            TextField("keypad.reference", text: $model.reference)
                .textInputAutocapitalization(.characters)
                .autocorrectionDisabled()
                .textFieldStyle(.roundedBorder)
                .focused($isTyping)
            if !model.reference.isEmpty {
                Toggle("keypad.reference_unique", isOn: $model.referenceIsUnique).font(.subheadline)
            }
            TextField("keypad.note", text: $model.note, axis: .vertical)
                .lineLimit(1...3)
                .textFieldStyle(.roundedBorder)
                .focused($isTyping)
        }
        .padding(.vertical, 8)
        .frame(maxWidth: 560)
        .frame(maxWidth: .infinity)
    }

    /// The ways beside the shown code, one tap each.
    @ViewBuilder private var otherWays: some View {
        if model.offers(.customersCode) || model.offers(.cash) {
            HStack(spacing: 8) {
                if model.offers(.customersCode) {
                    wide("keypad.scan_code", systemImage: "qrcode.viewfinder") { charge(by: .customersCode) }
                }
                if model.offers(.cash) {
                    wide("keypad.cash", systemImage: "banknote") { asksAboutCash = true }
                }
            }
            .disabled(!model.canCharge)
        }
    }

    private func wide(
        _ name: LocalizedStringKey, systemImage: String, act: @escaping @MainActor () -> Void
    ) -> some View {
        Button(action: act) {
            Label(name, systemImage: systemImage)
                .lineLimit(1)
                .minimumScaleFactor(0.6)
                .frame(maxWidth: .infinity)
        }
        .buttonStyle(.bordered)
        .controlSize(.large)
    }

    /// Out of the way while the system's keyboard is up.
    @ViewBuilder private var keys: some View {
        if isTyping {
            Button("keypad.typed") { isTyping = false }
                .buttonStyle(.borderedProminent)
                .controlSize(.large)
                .padding(8)
        } else {
            VStack(spacing: 8) {
                Keys(press: model.press, scan: model.scan.start)
                    .keyboard(model.press)
                Button {
                    charge(by: .shownCode)
                } label: {
                    HStack {
                        if model.busy { ProgressView() }
                        Text("keypad.charge \(price)")
                    }
                    .font(.title2.bold())
                    .frame(maxWidth: .infinity)
                }
                .buttonStyle(.borderedProminent)
                .controlSize(.large)
                .disabled(!model.canCharge)
                otherWays
            }
            .padding(8)
        }
    }
}

/// Who is signed in, and the way to sign in and out.
private struct SignedInLink: View {
    let person: SignedIn?

    var body: some View {
        NavigationLink(value: Screen.people) {
            if let person {
                Label {
                    Text(person.name)
                } icon: {
                    Image(systemName: "person.crop.circle.fill")
                }
                .labelStyle(.titleAndIcon)
                .accessibilityLabel("people.signed_in \(person.name)")
            } else {
                Label("people.sign_in", systemImage: "person.crop.circle.badge.questionmark")
            }
        }
    }
}

/// What is typed, and below it what it comes to.
private struct AmountLine: View {
    let model: KeypadModel

    var body: some View {
        HStack(alignment: .firstTextBaseline) {
            VStack(alignment: .leading, spacing: 2) {
                Text(verbatim: "¥\(model.total?.text ?? "0")")
                    .font(.system(.largeTitle, design: .rounded, weight: .bold))
                    .monospacedDigit()
                    .minimumScaleFactor(0.5)
                    .lineLimit(1)
                Text(verbatim: model.typed.isEmpty ? " " : model.typed)
                    .font(.title3)
                    .monospacedDigit()
                    .foregroundStyle(.secondary)
            }
            .accessibilityElement()
            .accessibilityLabel("keypad.amount")
            .accessibilityValue("keypad.amount_value \(model.total?.text ?? "0") \(model.typed)")
            .accessibilityAddTraits(.updatesFrequently)
            Spacer()
            if !isEmpty {
                Button("keypad.clear", role: .destructive) { model.clear() }.buttonStyle(.borderless)
            }
        }
    }

    private var isEmpty: Bool {
        model.typed.isEmpty && model.reference.isEmpty && model.note.isEmpty && model.replaced == nil
    }
}

/// Amounts that are one tap each.
private struct QuickAmounts: View {
    let model: KeypadModel
    @ScaledMetric(relativeTo: .title3) private var width = 84.0

    var body: some View {
        LazyVGrid(columns: [GridItem(.adaptive(minimum: width), spacing: 8)], spacing: 8) {
            ForEach(model.quickAmounts, id: \.minor) { amount in
                Button {
                    Task { await model.quick(amount) }
                } label: {
                    Text(verbatim: "¥\(amount.text)").font(.title3).monospacedDigit().frame(maxWidth: .infinity)
                }
                .buttonStyle(.bordered)
            }
        }
        .disabled(model.busy)
    }
}

/// The keys, four in a row, and with them the scan of what the sale is about.
private struct Keys: View {
    let press: @MainActor (Key) -> Void
    let scan: @MainActor () -> Void

    var body: some View {
        Grid(horizontalSpacing: 8, verticalSpacing: 8) {
            GridRow {
                digits(1...3)
                KeyButton(name: "key.backspace", systemImage: "delete.left") { press(.backspace) }
            }
            GridRow {
                digits(4...6)
                KeyButton(name: "key.clear", text: "C") { press(.clear) }
            }
            GridRow {
                digits(7...9)
                KeyButton(name: "key.plus", systemImage: "plus") { press(.plus) }
            }
            GridRow {
                KeyButton(text: "00") { press(.doubleZero) }
                KeyButton(text: "0") { press(.digit(0)) }
                KeyButton(name: "key.point", text: ".") { press(.point) }
                KeyButton(name: "keypad.scan", systemImage: "barcode.viewfinder", press: scan)
            }
        }
    }

    private func digits(_ digits: ClosedRange<Int>) -> some View {
        ForEach(Array(digits), id: \.self) { digit in
            KeyButton(text: "\(digit)") { press(.digit(digit)) }
        }
    }
}

extension View {
    /// Takes the keys of a keyboard that is connected. Not the return key: scanners that type send it after each code.
    fileprivate func keyboard(_ press: @escaping @MainActor (Key) -> Void) -> some View {
        modifier(Keyboard(press: press))
    }
}

private struct Keyboard: ViewModifier {
    let press: @MainActor (Key) -> Void
    @FocusState private var isFocused: Bool

    func body(content: Content) -> some View {
        content
            .focusable()
            .focusEffectDisabled()
            .focused($isFocused)
            .onKeyPress(phases: [.down, .repeat]) { typed in
                guard let key = typed.characters.first.flatMap(Key.init) else { return .ignored }
                press(key)
                return .handled
            }
            .onAppear { isFocused = true }
    }
}

/// One key of a pad: large enough for a gloved thumb.
struct KeyButton: View {
    var name: LocalizedStringKey?
    var text: String?
    var systemImage: String?
    let press: @MainActor () -> Void
    @Environment(\.verticalSizeClass) private var room
    @ScaledMetric(relativeTo: .title) private var height = 52.0

    var body: some View {
        Button(action: press) {
            Group {
                if let systemImage {
                    Image(systemName: systemImage)
                } else {
                    Text(verbatim: text ?? "")
                }
            }
            .font(.title)
            .frame(maxWidth: .infinity, minHeight: room == .compact ? 36 : min(height, 72))
            .background(.quaternary, in: .rect(cornerRadius: 12))
            .contentShape(.rect(cornerRadius: 12))
        }
        .buttonStyle(.plain)
        .accessibilityAddTraits(.isKeyboardKey)
        .accessibilityLabel(name.map { Text($0) } ?? Text(verbatim: text ?? ""))
    }
}

/// The ways to the other screens, at the lower edge.
private struct ScreensMenu: ToolbarContent {
    let till: OpenTill

    var body: some ToolbarContent {
        ToolbarItemGroup(placement: .bottomBar) {
            link("screens.to_collect", systemImage: "bicycle", to: .toCollect)
            Spacer()
            link("screens.sales", systemImage: "list.bullet", to: .sales)
            Spacer()
            link("screens.day", systemImage: "sum", to: .day)
            Spacer()
            Menu {
                link("screens.shifts", systemImage: "clock.badge.checkmark", to: .shifts)
                link("screens.drafts", systemImage: "tray.full", to: .drafts)
                link("screens.settings", systemImage: "gearshape", to: .settings)
                link("screens.diagnosis", systemImage: "stethoscope", to: .diagnosis)
            } label: {
                Label("screens.more", systemImage: "ellipsis.circle")
            }
        }
    }

    @MainActor private func link(
        _ name: LocalizedStringKey, systemImage: String, to screen: Screen
    ) -> some View {
        Button(name, systemImage: systemImage) { till.path.append(screen) }
    }
}
