// An open till: its screens one above the other, and what is on top of each of them.

import SaomaTill
import SwiftUI

/// The bars on top, the screen that a person is on, and above it what is told about money.
struct TillView: View {
    @Bindable var till: OpenTill

    var body: some View {
        VStack(spacing: 0) {
            TopBars(till: till)
            ZStack {
                screens.accessibilityHidden(isTelling)
                telling
            }
        }
    }

    private var screens: some View {
        NavigationStack(path: $till.path) {
            Group {
                if till.pairing == nil {
                    PairingView(model: till.pairingScreen)
                } else {
                    KeypadView(till: till, model: till.keypad)
                }
            }
            .navigationDestination(for: Screen.self) { screen in
                destination(screen)
            }
        }
    }

    @ViewBuilder private func destination(_ screen: Screen) -> some View {
        switch screen {
        case .code(let orderNo): CodeView(model: till.code(orderNo), settings: till.settings)
        case .sale(let orderNo): SaleView(till: till, model: till.sale(orderNo))
        case .refund(let orderNo): RefundView(model: till.refund(orderNo))
        case .people: PeopleView(model: till.people)
        case .shifts: ShiftsView(model: till.shifts)
        case .shift(let no): ShiftView(model: till.shifts, no: no)
        case .sales: SalesView(model: till.sales)
        case .toCollect: ToCollectView(model: till.toCollect)
        case .drafts: DraftsView(model: till.drafts)
        case .day: DayView(model: till.day)
        case .settings: SettingsView(till: till, model: till.settings)
        case .diagnosis: DiagnosisView(model: till.diagnosisScreen)
        case .pairing: PairingView(model: till.pairingScreen)
        }
    }

    /// Alarms come before all else.
    @ViewBuilder private var telling: some View {
        if !till.announcements.alarms.isEmpty {
            AlarmsView(model: till.announcements, look: look)
        } else if let paid = till.announcements.paid {
            PaidView(model: till.announcements, announcement: paid, whenSeen: ready, look: look)
        }
    }

    private var isTelling: Bool {
        !till.announcements.alarms.isEmpty || till.announcements.paid != nil
    }

    /// After its code a person is ready for the next sale.
    private func ready(after orderNo: String) {
        if till.path.last == .code(orderNo: orderNo) { till.path = [] }
    }

    private func look(at orderNo: String) {
        if till.path.last != .sale(orderNo: orderNo) { till.path.append(.sale(orderNo: orderNo)) }
    }
}

/// On every screen: whether the money is real, and how the till is.
private struct TopBars: View {
    let till: OpenTill

    var body: some View {
        VStack(spacing: 0) {
            if till.isTestMoney {
                Text("top.test_money")
                    .font(.footnote.bold())
                    .frame(maxWidth: .infinity)
                    .padding(.vertical, 4)
                    .foregroundStyle(.black)
                    .background(.yellow)
            }
            // An unpaired till's first screen says so itself.
            if let bar = till.bar, till.pairing != nil || bar.tone != .calm {
                Button(action: look) {
                    Label(bar.text, systemImage: bar.tone.symbol)
                        .font(.subheadline)
                        .multilineTextAlignment(.leading)
                        .frame(maxWidth: .infinity, alignment: .leading)
                        .padding(.horizontal)
                        .padding(.vertical, 8)
                }
                .buttonStyle(.plain)
                .foregroundStyle(bar.tone == .alarm ? Color.white : Color.primary)
                .background(bar.tone == .alarm ? Color("Alarm") : bar.tone.color.opacity(0.2))
                .accessibilityHint("top.bar_hint")
                .announces(bar.tone == .warning || bar.tone == .alarm ? bar.text : nil)
            }
        }
        .fixedSize(horizontal: false, vertical: true)
    }

    /// Where one looks closer at what the bar says.
    private func look() {
        guard let diagnosis = till.diagnosis else { return }
        let isOffline = !diagnosis.network || diagnosis.unreachable
        let isTroubled = diagnosis.readOnly != nil || diagnosis.storageFault != nil || diagnosis.clockWarning
        let screen: Screen =
            if isTroubled || diagnosis.device == nil || isOffline && diagnosis.unprovenCount == 0 {
                .diagnosis
            } else if !isOffline, diagnosis.draftsWaiting > 0 {
                .drafts
            } else {
                .toCollect
            }
        if till.path.last != screen { till.path.append(screen) }
    }
}
