// Late money, and money that does not match: a person must look.

import SaomaTill
import SwiftUI

/// The alarms, oldest first. Nothing else can be done before each was acknowledged.
struct AlarmsView: View {
    let model: AnnouncementsModel
    let look: @MainActor (_ orderNo: String) -> Void
    @AccessibilityFocusState private var isFocused: Bool

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                Label("alarms.title", systemImage: "exclamationmark.octagon.fill")
                    .font(.largeTitle.bold())
                    .accessibilityAddTraits(.isHeader)
                    .accessibilityFocused($isFocused)
                ForEach(model.alarms) { alarm in
                    AlarmCard(model: model, alarm: alarm, look: look)
                }
                if model.fault != nil {
                    FaultNote(fault: model.fault)
                        .padding()
                        .background(.background, in: .rect(cornerRadius: 12))
                }
            }
            .padding()
            .frame(maxWidth: .infinity, alignment: .leading)
        }
        .foregroundStyle(.white)
        .background(Color("Alarm"))
        .accessibilityAddTraits(.isModal)
        .onAppear { isFocused = true }
    }
}

private struct AlarmCard: View {
    let model: AnnouncementsModel
    let alarm: Announcement
    let look: @MainActor (_ orderNo: String) -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: 12) {
            Text(alarm.result.title).font(.title2.bold()).accessibilityAddTraits(.isHeader)
            Text(verbatim: money(alarm.result.amount, alarm.result.currency)).font(.title.bold()).monospacedDigit()
            Text(alarm.result.sentence).font(.title3)
            Text(alarm.result.paidAt, format: .dateTime.month().day().hour().minute().second())
                .foregroundStyle(.secondary)
            VoiceNote(announcement: alarm)
            Text("alarms.seen_means").font(.footnote).foregroundStyle(.secondary)
            ViewThatFits(in: .horizontal) {
                HStack { actions }
                VStack(alignment: .leading) { actions }
            }
            .controlSize(.large)
        }
        .padding()
        // By name: the first level of the white around it would be white.
        .foregroundStyle(Color.primary)
        .background(.background, in: .rect(cornerRadius: 12))
    }

    @ViewBuilder private var actions: some View {
        Button("paid.say_again", systemImage: "speaker.wave.2") { model.sayAgain(alarm) }
            .labelStyle(.iconOnly)
            .buttonStyle(.bordered)
            .disabled(alarm.voice == .speaking)
        Button("alarms.look") {
            Task {
                await model.seen(alarm)
                look(alarm.result.orderNo)
            }
        }
        .buttonStyle(.bordered)
        Button("alarms.seen") {
            Task { await model.seen(alarm) }
        }
        .buttonStyle(.borderedProminent)
    }
}
