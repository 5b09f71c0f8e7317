// What a hand feels: a key, money, an alarm, each apart from the others.

import CoreHaptics
import SaomaTill
import UIKit

/// The phone's haptic engine; where there is none, as on an iPad, nothing is felt.
@MainActor
final class PhoneHaptics: Haptics {
    private let keys = UIImpactFeedbackGenerator(style: .light)
    private let notices = UINotificationFeedbackGenerator()
    private var engine: CHHapticEngine?

    /// A key was pressed.
    func key() {
        keys.impactOccurred()
    }

    /// Money is here: two short strokes, the second stronger.
    func paid() {
        play([stroke(at: 0, for: 0.12, intensity: 0.7), stroke(at: 0.2, for: 0.24, intensity: 1)], or: .success)
    }

    /// A person must look: three long strokes.
    func alarm() {
        play([0, 0.7, 1.4].map { stroke(at: $0, for: 0.5, intensity: 1) }, or: .error)
    }

    private func stroke(at time: TimeInterval, for duration: TimeInterval, intensity: Float) -> CHHapticEvent {
        CHHapticEvent(
            eventType: .hapticContinuous,
            parameters: [
                CHHapticEventParameter(parameterID: .hapticIntensity, value: intensity),
                CHHapticEventParameter(parameterID: .hapticSharpness, value: 0.5),
            ],
            relativeTime: time, duration: duration)
    }

    private func play(_ events: [CHHapticEvent], or simple: UINotificationFeedbackGenerator.FeedbackType) {
        do {
            let engine = try running()
            let pattern = try CHHapticPattern(events: events, parameters: [])
            try engine.makePlayer(with: pattern).start(atTime: CHHapticTimeImmediate)
        } catch {
            notices.notificationOccurred(simple)
        }
    }

    /// The system stops an idle engine, and when the app leaves the front: it is started again each time.
    private func running() throws -> CHHapticEngine {
        let engine = try engine ?? CHHapticEngine()
        engine.playsHapticsOnly = true
        engine.isAutoShutdownEnabled = true
        self.engine = engine
        try engine.start()
        return engine
    }
}
