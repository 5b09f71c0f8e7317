// What every screen of an open till stands on.

import Observation

/// The open till and how it is, the device below it, what is set, and whether anybody can see the screens.
@MainActor
@Observable
final class Desk {
    @ObservationIgnored let till: Till
    @ObservationIgnored let platform: Platform
    @ObservationIgnored let settings: SettingsModel
    /// Whether the app is in front.
    var inFront = true
    /// How often it has come to the front: what was learned before that may be as old as the phone slept long.
    var timesInFront = 0
    /// How the till is; none for a moment after the start.
    var diagnosis: Diagnosis?
    /// Whom the till is paired with.
    var pairing: Pairing?
    /// What people are called, by their ids, as far as the backend was asked.
    private(set) var names: [String: String] = [:]

    init(till: Till, platform: Platform, settings: SettingsModel) {
        self.till = till
        self.platform = platform
        self.settings = settings
    }

    /// Whether the backend can do something, by its own word.
    func can(_ feature: String) -> Bool {
        diagnosis?.features.contains(feature) == true
    }

    /// What a person is called; the id while nothing better is known.
    func name(of person: String) -> String {
        names[person] ?? person
    }

    /// Who may sign in here, from the backend.
    func people() async throws(SaomaError) -> People {
        let people = try await till.people()
        for person in people.people { names[person.id] = person.name }
        return people
    }

    /// Asks for people's names, where they are not known yet.
    func learnNames() async {
        // Without an answer their ids are shown.
        if names.isEmpty, can("people") { _ = try? await people() }
    }
}

/// Runs loops side by side until each has ended; all are cancelled with the task.
@MainActor
func together(_ loops: (@MainActor @Sendable () async -> Void)...) async {
    await withDiscardingTaskGroup { group in
        for loop in loops {
            group.addTask { await loop() }
        }
    }
}

/// Waits until something observed has changed since it was looked at, or the task is cancelled.
@MainActor
func changed<Value>(_ look: () -> Value) async {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
    withObservationTracking {
        _ = look()
    } onChange: {
        signal.finish()
    }
    for await _ in signals {}
}

/// Waits for nothing but the end of the task.
func untilCancelled() async {
    let (never, nothing) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
    nothing.finish()
}
