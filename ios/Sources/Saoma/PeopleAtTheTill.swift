// Who is at the till.

import SaomaCore

extension Till {
    /// Who may sign in on this device, from the backend. Who is signed in is in ``diagnosis``.
    public func people() async throws(SaomaError) -> People {
        try await waiting { [core] in try await core.people() }
    }

    /// Signs a person in by its PIN (4 to 12 digits), which goes to the backend and is kept nowhere: the app should forget it at once,
    /// too. Another person who was signed in is not any more; open sales go on.
    ///
    /// - Throws: `pin_wrong` (`fault.triesLeft` says how often it may be tried), `pin_locked` (`fault.retryAfterS` says how long).
    @discardableResult
    public func signIn(_ person: String, pin: String) async throws(SaomaError) -> SignedIn {
        try await waiting { [core] in try await core.signIn(person: person, pin: pin) }
    }

    /// Signs out whoever is signed in, at once and also without a network.
    public func signOut() async throws(SaomaError) {
        try await waiting { [core] in try await core.signOut() }
    }
}
