// The shifts of a till.

import SaomaTill
import SwiftUI

/// The open shift as it stands, or the opening of one; and the closed ones.
struct ShiftsView: View {
    @Bindable var model: ShiftsModel
    @State private var asksToClose = false

    var body: some View {
        List {
            if let open = model.open {
                Section {
                    ShiftRows(shift: open, name: model.name)
                } header: {
                    Text("shift.no \(Int(open.no), specifier: "%lld")")
                } footer: {
                    Text("shift.close_means")
                }
                Section {
                    TextField("shift.counted", text: $model.cash).keyboardType(.decimalPad)
                    FaultNote(fault: model.fault)
                    Button("shift.slip", systemImage: "printer") {
                        Task { await model.shareSlip(open.no) }
                    }
                }
            } else if model.loaded {
                Section {
                    TextField("shift.float", text: $model.cash).keyboardType(.decimalPad)
                    FaultNote(fault: model.fault)
                } footer: {
                    Text("shift.float_means")
                }
            }
            let closed = model.shifts.filter { $0.closedAt != nil }
            if !closed.isEmpty {
                Section("shift.closed") {
                    ForEach(closed, id: \.no) { shift in
                        NavigationLink(value: Screen.shift(no: shift.no)) { ShiftLineRow(shift: shift) }
                    }
                }
            }
        }
        .overlay {
            if !model.loaded { ProgressView() }
        }
        .scrollDismissesKeyboard(.interactively)
        .navigationTitle("screens.shifts")
        .navigationBarTitleDisplayMode(.inline)
        .safeAreaInset(edge: .bottom) {
            if model.loaded {
                BottomActions {
                    if model.open == nil {
                        Button("shift.open", systemImage: "play.fill") {
                            Task { await model.openShift() }
                        }
                        .buttonStyle(.borderedProminent)
                    } else {
                        Button("shift.close", systemImage: "stop.fill") { asksToClose = true }
                            .buttonStyle(.borderedProminent)
                    }
                }
                .disabled(model.busy)
            }
        }
        .confirmationDialog("shift.close", isPresented: $asksToClose, titleVisibility: .visible) {
            Button("shift.close", role: .destructive) {
                Task { await model.closeShift() }
            }
            Button("action.back", role: .cancel) {}
        } message: {
            Text(model.cash.isEmpty ? "shift.not_counted" : "shift.sealed")
        }
        .task { await model.run() }
    }
}

/// A closed shift in full, with what was learned after its close.
struct ShiftView: View {
    let model: ShiftsModel
    let no: UInt32

    var body: some View {
        List {
            if let shift = model.shift(no) {
                Section { ShiftRows(shift: shift, name: model.name) }
                if !shift.later.isEmpty {
                    Section {
                        ForEach(Array(shift.later.enumerated()), id: \.offset) { _, line in
                            NavigationLink(value: Screen.sale(orderNo: line.orderNo)) {
                                LabeledContent {
                                    Text(verbatim: money(line.amount, shift.currency)).monospacedDigit()
                                } label: {
                                    Text(line.movement.name)
                                    Text("code.title \(line.tail)").font(.footnote)
                                }
                            }
                        }
                    } header: {
                        Text("shift.later")
                    } footer: {
                        Text("shift.later_means")
                    }
                }
            } else if model.loaded {
                ContentUnavailableView("shift.none", systemImage: "tray")
            } else {
                ProgressView().frame(maxWidth: .infinity)
            }
            FaultNote(fault: model.fault)
        }
        .navigationTitle("shift.no \(Int(no), specifier: "%lld")")
        .navigationBarTitleDisplayMode(.inline)
        .safeAreaInset(edge: .bottom) {
            if model.shift(no) != nil {
                BottomActions {
                    Button("shift.slip", systemImage: "printer") {
                        Task { await model.shareSlip(no) }
                    }
                    .buttonStyle(.borderedProminent)
                }
            }
        }
        .task { await model.run() }
    }
}

/// A shift's times, its sums and its drawer.
private struct ShiftRows: View {
    let shift: Shift
    let name: (String?) -> String?

    var body: some View {
        if !shift.live { Text("sale.test").font(.footnote) }
        Moment("shift.opened_at", shift.openedAt)
        Fact("shift.opened_by", name(shift.openedBy))
        Moment("shift.closed_at", shift.closedAt)
        Fact("shift.closed_by", name(shift.closedBy))
        SumsRows(sums: shift.sums, currency: shift.currency)
        Shares("day.by_method", shift.methods, in: shift.currency) { methodName($0.name) }
        Shares("day.by_person", shift.people, in: shift.currency) { [name] part in
            part.name.isEmpty ? Text("day.nobody") : Text(verbatim: name(part.name) ?? part.name)
        }
        if shift.unproven.count > 0 {
            SumRow("day.unproven", shift.unproven, in: shift.currency).foregroundStyle(.secondary)
        }
        Fact("shift.expected", money(shift.expected, shift.currency))
        if let difference = shift.difference {
            LabeledContent("shift.difference") {
                Text(verbatim: money(difference, shift.currency))
                    .monospacedDigit()
                    .foregroundStyle(shift.countedMinor == shift.expectedMinor ? Color.green : Color.red)
            }
        } else if shift.closedAt != nil {
            Text("shift.was_not_counted").foregroundStyle(.secondary)
        }
    }
}

/// A shift in a list, read as one.
private struct ShiftLineRow: View {
    let shift: Shift

    var body: some View {
        LabeledContent {
            Text(verbatim: money(shift.sums.paid.text, shift.currency)).monospacedDigit()
        } label: {
            Text("shift.no \(Int(shift.no), specifier: "%lld")")
            Text(shift.openedAt, format: .dateTime.month().day().hour().minute()).font(.footnote)
        }
        .accessibilityElement(children: .combine)
    }
}

extension Movement {
    fileprivate var name: LocalizedStringKey {
        switch self {
        case .paid: "day.paid"
        case .cash: "day.cash"
        case .refunded: "day.refunded"
        case .cashRefunded: "day.cash_refunded"
        case .ended: "shift.ended"
        }
    }
}
