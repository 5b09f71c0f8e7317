// Signing in and out.

import SaomaTill
import SwiftUI

/// A tap on a name, then the digits of its PIN.
struct PeopleView: View {
    let model: PeopleModel

    var body: some View {
        Group {
            if let chosen = model.chosen {
                PinPad(model: model, person: chosen)
            } else {
                names
            }
        }
        .navigationTitle("people.title")
        .navigationBarTitleDisplayMode(.inline)
        .task { await model.run() }
    }

    private var names: some View {
        List {
            if let signedIn = model.signedIn {
                Section("people.signed_in_now") {
                    LabeledContent {
                        Text(roleName(signedIn.role))
                    } label: {
                        Text(verbatim: signedIn.name).font(.title3.bold())
                    }
                    Moment("people.until", signedIn.until)
                    Button("people.sign_out", systemImage: "rectangle.portrait.and.arrow.right", role: .destructive) {
                        Task { await model.signOut() }
                    }
                }
            } else if model.isNeeded {
                Section { Text("people.needed") }
            }
            Section("people.who") {
                ForEach(model.people, id: \.id) { person in
                    Button {
                        model.choose(person)
                    } label: {
                        LabeledContent {
                            Text(roleName(person.role))
                        } label: {
                            Text(verbatim: person.name).font(.title3)
                        }
                        .frame(minHeight: 44)
                    }
                    .foregroundStyle(.primary)
                }
                FaultNote(fault: model.fault)
                if model.fault != nil {
                    Button("day.ask_again", systemImage: "arrow.clockwise") { model.askAgain() }
                } else if !model.loaded {
                    ProgressView("day.asking")
                } else if model.people.isEmpty {
                    Text("people.none")
                }
            }
        }
    }
}

/// What a person does at the merchant.
private func roleName(_ role: String) -> LocalizedStringKey {
    switch role {
    case "owner": "role.owner"
    case "manager": "role.manager"
    case "cashier": "role.cashier"
    case "courier": "role.courier"
    default: "role.other"
    }
}

/// The digits of a PIN. How many are typed is shown, and never which.
private struct PinPad: View {
    let model: PeopleModel
    let person: Person

    var body: some View {
        ScrollView {
            VStack(spacing: 16) {
                Text(verbatim: person.name).font(.title2.bold()).accessibilityAddTraits(.isHeader)
                Text(verbatim: model.pinLength == 0 ? " " : String(repeating: "●", count: model.pinLength))
                    .font(.title)
                    .accessibilityElement()
                    .accessibilityLabel("people.pin")
                    .accessibilityValue("people.pin_typed \(model.pinLength, specifier: "%lld")")
                if let seconds = model.secondsLocked {
                    Text("people.locked \(seconds, specifier: "%lld")")
                        .font(.headline)
                        .monospacedDigit()
                        .accessibilityAddTraits(.updatesFrequently)
                }
                FaultNote(fault: model.pinFault)
                if let left = model.triesLeft {
                    Text("people.tries_left \(left, specifier: "%lld")").font(.headline)
                }
                if model.busy { ProgressView() }
            }
            .padding()
            .frame(maxWidth: 560)
            .frame(maxWidth: .infinity)
        }
        .safeAreaInset(edge: .bottom) {
            VStack(spacing: 8) {
                keys
                HStack(spacing: 8) {
                    Button("action.back") { model.choose(nil) }
                        .buttonStyle(.bordered)
                    Button {
                        Task { await model.signIn() }
                    } label: {
                        Text("people.sign_in").frame(maxWidth: .infinity)
                    }
                    .buttonStyle(.borderedProminent)
                    .disabled(!model.canSignIn)
                }
                .controlSize(.large)
            }
            .padding(8)
            .frame(maxWidth: 560)
            .frame(maxWidth: .infinity)
            .background(.bar)
        }
    }

    private var keys: some View {
        Grid(horizontalSpacing: 8, verticalSpacing: 8) {
            GridRow { digits(1...3) }
            GridRow { digits(4...6) }
            GridRow { digits(7...9) }
            GridRow {
                KeyButton(name: "key.clear", text: "C") { model.press(.clear) }
                KeyButton(text: "0") { model.press(.digit(0)) }
                KeyButton(name: "key.backspace", systemImage: "delete.left") { model.press(.backspace) }
            }
        }
    }

    private func digits(_ digits: ClosedRange<Int>) -> some View {
        ForEach(Array(digits), id: \.self) { digit in
            KeyButton(text: "\(digit)") { model.press(.digit(digit)) }
        }
    }
}
