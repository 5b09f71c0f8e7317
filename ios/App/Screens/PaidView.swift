// Money is here.

import SaomaTill
import SwiftUI

/// A payment, big enough to be read from behind the counter, until somebody has seen it.
struct PaidView: View {
    let model: AnnouncementsModel
    let announcement: Announcement
    let whenSeen: @MainActor (_ orderNo: String) -> Void
    let look: @MainActor (_ orderNo: String) -> Void
    @Environment(\.accessibilityReduceMotion) private var isCalm
    @AccessibilityFocusState private var isFocused: Bool
    @ScaledMetric(relativeTo: .largeTitle) private var size = 64.0

    var body: some View {
        ScrollView {
            VStack(spacing: 16) {
                Image(systemName: isRefund ? "arrow.uturn.backward.circle.fill" : "checkmark.seal.fill")
                    .font(.system(size: 96))
                    .symbolEffect(.bounce, value: isCalm ? "" : announcement.id)
                    .accessibilityHidden(true)
                Text(verbatim: money(announcement.result.amount, announcement.result.currency))
                    .font(.system(size: size, weight: .bold, design: .rounded))
                    .monospacedDigit()
                    .minimumScaleFactor(0.3)
                    .lineLimit(1)
                Text(announcement.result.title)
                    .font(.title.bold())
                    .accessibilityAddTraits(.isHeader)
                    .accessibilityFocused($isFocused)
                Text(announcement.result.sentence).font(.title3)
                Text(announcement.result.paidAt, format: .dateTime.hour().minute().second())
                VoiceNote(announcement: announcement)
                if model.fault != nil {
                    FaultNote(fault: model.fault)
                        .padding()
                        .background(.background, in: .rect(cornerRadius: 12))
                }
            }
            .multilineTextAlignment(.center)
            .padding()
            .frame(maxWidth: .infinity)
        }
        .foregroundStyle(.white)
        // Money that goes must not look like money that came.
        .background(isRefund ? Color(white: 0.25) : Color("Paid"))
        .safeAreaInset(edge: .bottom) {
            BottomActions {
                Button("paid.say_again", systemImage: "speaker.wave.2") { model.sayAgain(announcement) }
                    .buttonStyle(.bordered)
                    .disabled(announcement.voice == .speaking)
                Button("paid.receipt", systemImage: "doc.text") { seen(then: look) }
                    .buttonStyle(.bordered)
                Button("paid.done", systemImage: "checkmark") { seen(then: whenSeen) }
                    .buttonStyle(.borderedProminent)
            }
        }
        .accessibilityAddTraits(.isModal)
        .onAppear { isFocused = true }
    }

    private var isRefund: Bool { announcement.result.kind == .refunded }

    private func seen(then go: @escaping @MainActor (_ orderNo: String) -> Void) {
        Task {
            await model.seen(announcement)
            go(announcement.result.orderNo)
        }
    }
}

/// Whether it was said aloud, where that matters.
struct VoiceNote: View {
    let announcement: Announcement

    var body: some View {
        switch announcement.voice {
        case .notPlayed: Label("paid.not_said", systemImage: "speaker.slash.fill").font(.headline)
        case .quiet: Label("paid.quiet", systemImage: "moon.fill").font(.headline)
        case .waiting, .speaking, .heard, .off: EmptyView()
        }
    }
}
