// Money that comes while the app is not in front: a notification on the lock screen.

import Observation
import SaomaTill
import UIKit
import UserNotifications

/// Tells of money for as long as the system lets the app live in the background: about half a minute. What comes later is told at the
/// next start.
@MainActor
final class PaymentNotices {
    private var time = UIBackgroundTaskIdentifier.invalid
    private var announcements: AnnouncementsModel?
    private var told: Set<String> = []
    private var wouldHelp = false

    /// The app has left the front: asks the system for time, and tells of what comes meanwhile.
    func appLeft(_ till: OpenTill?) {
        guard time == .invalid else { return }
        wouldHelp = till?.diagnosis.map { $0.unprovenCount > 0 } ?? false
        time = UIApplication.shared.beginBackgroundTask(withName: "payments") { [weak self] in self?.giveTimeBack() }
        Task { await tell() }
    }

    /// The app is in front again, where the screens tell. Asks for the permission the first time that it would have been of use; the
    /// system asks the person once in the app's life.
    func appCame() async {
        giveTimeBack()
        UNUserNotificationCenter.current().removeDeliveredNotifications(withIdentifiers: Array(told))
        told = []
        if wouldHelp {
            wouldHelp = false
            // Without the permission nothing is told here.
            _ = try? await UNUserNotificationCenter.current().requestAuthorization(options: [.alert, .sound])
        }
    }

    /// Watches what is to be told. Ends with the task.
    func run(_ announcements: AnnouncementsModel) async {
        self.announcements = announcements
        while !Task.isCancelled {
            let (signals, signal) = AsyncStream.makeStream(of: Void.self)
            withObservationTracking {
                _ = announcements.all
            } onChange: {
                signal.finish()
            }
            await tell()
            for await _ in signals {}
        }
    }

    private func tell() async {
        for announcement in announcements?.all ?? [] where announcement.voice == .waiting {
            guard time != .invalid else { return }
            await tell(announcement.result)
        }
    }

    private func tell(_ result: MoneyResult) async {
        guard told.insert(result.key).inserted else { return }
        let content = UNMutableNotificationContent()
        content.title = result.title
        content.body = result.sentence
        content.sound = result.aloud ? .default : nil
        content.interruptionLevel = .active
        // Refused without the permission; the screens tell it in any case.
        let request = UNNotificationRequest(identifier: result.key, content: content, trigger: nil)
        try? await UNUserNotificationCenter.current().add(request)
    }

    private func giveTimeBack() {
        guard time != .invalid else { return }
        UIApplication.shared.endBackgroundTask(time)
        time = .invalid
    }
}
