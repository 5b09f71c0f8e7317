// A day's books against the bank's bill, for managers.

import Foundation
import Observation

/// What agrees and what does not, by the backend's account; a manager explains what does not.
@MainActor
@Observable
public final class BooksModel {
    /// How the day stands; none until the backend has answered, and for whoever may not see it.
    public private(set) var books: Reconciliation?
    /// Why it is not known, or a finding was not explained.
    public private(set) var fault: Fault?
    /// Whether a finding is being explained just now.
    public private(set) var busy = false

    @ObservationIgnored private var date: String?
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
    }

    /// Explains a finding; the reason is kept for ever. Without one nothing is done.
    public func settle(_ finding: Finding, because reason: String) async {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let day = books?.date, !busy, !reason.isEmpty else { return }
        busy = true
        defer { busy = false }
        do {
            let settled = try await desk.till.settle(finding, of: day, because: reason)
            if day == date { (books, fault) = (settled, nil) }
        } catch {
            fault = error.fault
        }
    }

    /// Reads a day. An answer about a day that is no longer wanted is let go.
    func read(_ day: String) async {
        if date != day { (date, books, fault) = (day, nil, nil) }
        do {
            let read = try await desk.till.reconciliation(day)
            if day == date { (books, fault) = (read, nil) }
        } catch {
            guard day == date, let why = error.fault else { return }
            // Not this person's to see, or not this backend's to say.
            fault = ["forbidden", "feature_missing"].contains(why.code) ? nil : why
        }
    }
}
