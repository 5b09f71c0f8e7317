// Reading a code with the camera, as far as it is no camera's business.

import Observation

/// Whether the camera looks for a code, and what becomes of what it reads. Where there is no picture, a person types.
@MainActor
@Observable
public final class ScanModel {
    /// Whether the camera looks.
    public enum State: Equatable, Sendable {
        /// It is off.
        case off
        /// It looks for ``ScanModel/wanted``.
        case looking
        /// There is no picture, and why.
        case unavailable(NoCamera)
    }

    /// What it looks for.
    public let wanted: Wanted
    /// Whether it looks.
    public private(set) var state = State.off

    /// What becomes of a text that was read.
    @ObservationIgnored var take: (String) async -> Void = { _ in }

    init(for wanted: Wanted) {
        self.wanted = wanted
    }

    /// A person wants to scan; also a new try after the permission was given in the system's settings.
    public func start() {
        state = .looking
    }

    /// A person would rather type.
    public func stop() {
        state = .off
    }

    /// There is no picture.
    public func unavailable(_ why: NoCamera) {
        guard state == .looking else { return }
        state = .unavailable(why)
    }

    /// The camera read this. The first text is taken and the camera goes off; what comes after it is let go.
    public func read(_ text: String) async {
        guard state == .looking else { return }
        state = .off
        await take(text)
    }
}
