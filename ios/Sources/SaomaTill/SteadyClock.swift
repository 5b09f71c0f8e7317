// The time that screens count by.

/// A clock that never goes back and runs on while the phone sleeps. What the wall clock says does not matter to it.
public protocol SteadyClock: Sendable {
    /// Time since some fixed moment.
    var elapsed: Duration { get }
    /// Waits until ``elapsed`` has reached a value; throws if the task is cancelled.
    func sleep(until elapsed: Duration) async throws
}

/// The phone's own.
public struct PhoneClock: SteadyClock {
    private let start = ContinuousClock.now

    /// A clock whose time begins now.
    public init() {}

    /// Time since this clock was made.
    public var elapsed: Duration {
        start.duration(to: .now)
    }

    /// Waits until ``elapsed`` has reached a value; throws if the task is cancelled.
    public func sleep(until elapsed: Duration) async throws {
        try await ContinuousClock().sleep(until: start.advanced(by: elapsed))
    }
}
