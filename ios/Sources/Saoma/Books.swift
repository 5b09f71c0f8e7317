// A day's books against the bank's bill.

import SaomaCore

extension Till {
    /// How a day's books agree with the bank's bill; `date` as `2026-08-01` in the bill's zone, yesterday if absent, which is the last
    /// day that may have one. Waits for the backend. Throws `forbidden` to whoever is no manager of all stores.
    public func reconciliation(_ date: String? = nil) async throws(SaomaError) -> Reconciliation {
        try await waiting { [core] in try await core.reconciliation(date: date) }
    }

    /// A manager explains a finding of a day; waits for the backend's answer, the day as it is then. Nothing else is changed by it, and
    /// saying the same again does no harm.
    ///
    /// - Throws: `bad_input`, `other_bytes` (it was settled with another reason).
    @discardableResult
    public func settle(
        _ finding: Finding, of date: String, because reason: String
    ) async throws(SaomaError) -> Reconciliation {
        try await waiting { [core] in
            try await core.settleFinding(date: date, finding: finding.id, reason: reason)
        }
    }
}
