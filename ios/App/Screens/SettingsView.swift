// What a person sets.

import SaomaTill
import SwiftUI

/// Language, sound, looks, quick amounts; and whom the till is paired with.
struct SettingsView: View {
    let till: OpenTill
    @Bindable var model: SettingsModel
    @State private var amount = ""
    @State private var leastAloud = ""

    var body: some View {
        Form {
            Section {
                Picker("settings.language", selection: $model.settings.language) {
                    Text("settings.as_phone").tag(LanguageChoice.phone)
                    Text(verbatim: "中文").tag(LanguageChoice.chinese)
                    Text(verbatim: "English").tag(LanguageChoice.english)
                }
                Picker("settings.appearance", selection: $model.settings.appearance) {
                    Text("settings.as_phone").tag(Appearance.phone)
                    Text("settings.light").tag(Appearance.light)
                    Text("settings.dark").tag(Appearance.dark)
                }
                Toggle("settings.large_type", isOn: $model.settings.largeType)
                Toggle("settings.large_modules", isOn: $model.settings.largeModules)
            }
            Section {
                TextField(
                    "settings.description", text: $model.settings.description,
                    prompt: Text(till.pairing?.storeName ?? ""))
            } header: {
                Text("settings.description")
            } footer: {
                Text("settings.description_means")
            }
            announcing
            quickAmounts
            Section {
                Picker("settings.paper", selection: $model.settings.paper) {
                    Text(verbatim: "58 mm").tag(PaperChoice.mm58)
                    Text(verbatim: "80 mm").tag(PaperChoice.mm80)
                }
            }
            if let pairing = till.pairing { paired(pairing) }
            Section {
                NavigationLink("screens.diagnosis", value: Screen.diagnosis)
            }
        }
        .navigationTitle("screens.settings")
        .navigationBarTitleDisplayMode(.inline)
        .toolbar {
            ToolbarItem(placement: .topBarTrailing) { EditButton() }
        }
        .scrollDismissesKeyboard(.interactively)
    }

    private var announcing: some View {
        Section {
            Toggle("settings.sound", isOn: $model.settings.sound)
            Toggle("settings.quiet", isOn: isQuiet)
            if model.settings.quiet != nil {
                DatePicker(
                    "settings.quiet_from", selection: minute(\.fromMinute), displayedComponents: .hourAndMinute)
                DatePicker(
                    "settings.quiet_until", selection: minute(\.untilMinute), displayedComponents: .hourAndMinute)
            }
            TextField("settings.least_aloud", text: $leastAloud)
                .keyboardType(.decimalPad)
                .onAppear { leastAloud = model.settings.leastAloud }
                .onChange(of: leastAloud) { model.setLeastAloud(leastAloud) }
            FaultNote(fault: model.announcingFault)
        } header: {
            Text("settings.announcing")
        } footer: {
            Text("settings.announcing_means")
        }
    }

    private var isQuiet: Binding<Bool> {
        let model = model
        return Binding { @MainActor in
            model.settings.quiet != nil
        } set: { @MainActor isOn in
            model.settings.quiet = isOn ? Quiet() : nil
        }
    }

    /// A minute of the day as a moment of today, which is how the system picks times.
    private func minute(_ part: WritableKeyPath<Quiet, UInt16> & Sendable) -> Binding<Date> {
        let model = model
        return Binding { @MainActor in
            let minute = Int((model.settings.quiet ?? Quiet())[keyPath: part])
            return Calendar.current.date(bySettingHour: minute / 60, minute: minute % 60, second: 0, of: .now) ?? .now
        } set: { @MainActor moment in
            let parts = Calendar.current.dateComponents([.hour, .minute], from: moment)
            model.settings.quiet?[keyPath: part] = UInt16((parts.hour ?? 0) * 60 + (parts.minute ?? 0))
        }
    }

    private var quickAmounts: some View {
        Section {
            ForEach(model.quickAmounts, id: \.minor) { amount in
                Text(verbatim: "¥\(amount.text)").monospacedDigit()
            }
            .onDelete { model.removeQuickAmounts(at: $0) }
            .onMove { from, to in
                // The system counts the place as it was before the row was taken out.
                if let place = from.first { model.moveQuickAmount(from: place, to: to > place ? to - 1 : to) }
            }
            if model.canAddQuickAmount {
                HStack {
                    TextField("settings.quick_amount", text: $amount).keyboardType(.decimalPad)
                    Button("settings.add", systemImage: "plus.circle.fill", action: add)
                        .labelStyle(.iconOnly)
                        .disabled(amount.isEmpty)
                }
            }
            FaultNote(fault: model.fault)
        } header: {
            Text("settings.quick_amounts")
        } footer: {
            Text("settings.quick_amounts_mean")
        }
    }

    private func paired(_ pairing: Pairing) -> some View {
        Section("settings.pairing") {
            Fact("settings.merchant", pairing.merchantName)
            Fact("settings.store", pairing.storeName)
            Fact("settings.device", pairing.deviceName)
            NavigationLink("settings.pair_anew", value: Screen.pairing)
        }
    }

    private func add() {
        model.addQuickAmount(amount)
        if model.fault == nil { amount = "" }
    }
}
