// A phone without a phone: what it was asked to do can be waited for, and what it answers can be set.

import Foundation
import Observation
import SaomaTill

/// A phone that is the same after the app was killed.
@MainActor
final class PhoneForTests {
    let speech = SpeechForTests()
    let haptics = HapticsForTests()
    let display = DisplayForTests()
    let sharing = SharingForTests()
    let preferences = PreferencesForTests()
    let clock = ClockForTests()

    init() {
        var settings = Settings()
        settings.language = .english
        SettingsModel(preferences).settings = settings
    }

    var platform: Platform {
        Platform(
            deviceName: "counter 1", speech: speech, haptics: haptics, display: display, sharing: sharing,
            preferences: preferences, clock: clock)
    }
}

@MainActor
@Observable
final class SpeechForTests: Speech {
    var said: [String] = []
    var language: Language?
    /// What is answered at once; none: it goes on speaking until ``finish(heard:)`` or the task is cancelled.
    var heard: Bool? = true
    private var speaking: AsyncStream<Bool>.Continuation?

    func say(_ text: String, in language: Language) async -> Bool {
        said.append(text)
        self.language = language
        if let heard { return heard }
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        speaking = end
        for await heard in ends { return heard }
        return false
    }

    func finish(heard: Bool) {
        speaking?.yield(heard)
    }
}

@MainActor
@Observable
final class HapticsForTests: Haptics {
    var felt: [String] = []
    func key() { felt.append("key") }
    func paid() { felt.append("paid") }
    func alarm() { felt.append("alarm") }
}

@MainActor
@Observable
final class DisplayForTests: Display {
    var brightHolds = 0
    var guards = 0

    func showCode() -> any DisplayHold {
        brightHolds += 1
        return Hold { self.brightHolds -= 1 }
    }

    func guardScreen() -> any DisplayHold {
        guards += 1
        return Hold { self.guards -= 1 }
    }

    final class Hold: DisplayHold {
        private var giveBack: (() -> Void)?
        init(_ giveBack: @escaping () -> Void) { self.giveBack = giveBack }
        func release() {
            giveBack?()
            giveBack = nil
        }
    }
}

@MainActor
@Observable
final class SharingForTests: Sharing {
    var copied: [String] = []
    var shared: [String] = []
    var files: [String: String] = [:]
    var slips: [[String]] = []
    func copy(_ text: String) { copied.append(text) }
    func share(_ text: String) { shared.append(text) }
    func share(_ text: String, asFile name: String) { files[name] = text }
    func share(slip lines: [String]) { slips.append(lines) }
}

final class PreferencesForTests: Preferences {
    var values: [String: Data] = [:]
    subscript(name: String) -> Data? {
        get { values[name] }
        set { values[name] = newValue }
    }
}

/// Stands still until it is told to go on.
final class ClockForTests: SteadyClock, @unchecked Sendable {
    private let lock = NSLock()
    private var now = Duration.zero
    private var sleepers: [UUID: (until: Duration, wake: AsyncStream<Void>.Continuation)] = [:]

    var elapsed: Duration { lock.withLock { now } }

    func sleep(until elapsed: Duration) async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        let id = UUID()
        lock.withLock { if now >= elapsed { wake.finish() } else { sleepers[id] = (elapsed, wake) } }
        for await _ in wakes {}
        lock.withLock { sleepers[id] = nil }
        try Task.checkCancellation()
    }

    func advance(by duration: Duration) {
        lock.withLock {
            now += duration
            for sleeper in sleepers.values where sleeper.until <= now { sleeper.wake.finish() }
        }
    }
}
