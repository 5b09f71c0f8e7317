// The shift of a till, from the drawer's opening to its close.

import SaomaCore

extension Till {
    /// Opens a shift with so many minor units of cash in the drawer; also without a network.
    ///
    /// - Throws: `shift_open`, `bad_input`.
    @discardableResult
    public func openShift(floatMinor: Int64) async throws(SaomaError) -> Shift {
        try await waiting { [core] in try await core.openShift(floatMinor: floatMinor) }
    }

    /// Closes the open shift: its summary goes into the journal and is sealed there; also without a network. `countedMinor` is the cash
    /// in the drawer, if it was counted.
    ///
    /// - Throws: `no_shift`, `bad_input`.
    @discardableResult
    public func closeShift(countedMinor: Int64?) async throws(SaomaError) -> Shift {
        try await waiting { [core] in try await core.closeShift(countedMinor: countedMinor) }
    }

    /// The last shifts, newest first, the open one before all; `limit` is 1 to 100.
    public func shifts(limit: UInt32 = 50) async throws(SaomaError) -> [Shift] {
        try await waiting { [core] in try await core.shifts(limit: limit) }
    }
}
