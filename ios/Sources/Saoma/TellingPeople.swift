// Saying that people were told of money, and when the till is quiet.

import SaomaCore

extension Till {
    /// Says that people were told of a result: it never comes again.
    public func acknowledge(_ result: MoneyResult) async throws(SaomaError) {
        try await waiting { [core] in try await core.acknowledge(key: result.key) }
    }

    /// Says that people were shown a result while the till was quiet about it (`MoneyResult.aloud` is false): it never comes again, and
    /// the journal says that it was not said aloud.
    public func acknowledgeShown(_ result: MoneyResult) async throws(SaomaError) {
        try await waiting { [core] in try await core.acknowledgeShown(key: result.key) }
    }

    /// Sets quiet hours and the least amount that is said aloud, until the till is closed. Throws `bad_input`.
    public func setAnnouncing(_ announcing: Announcing) async throws(SaomaError) {
        try await waiting { [core] in try await core.setAnnouncing(announcing: announcing) }
    }
}
