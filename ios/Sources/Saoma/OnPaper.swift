// What leaves the till as text: paper slips, and tables for spreadsheets.

import SaomaCore

extension Till {
    /// A paper slip for the customer of a paid sale in the till's language, as plain lines of the paper's width, so that any printer can
    /// print it.
    ///
    /// - Throws: a fault if the sale has no receipt.
    public func receiptSlip(_ orderNo: String, on paper: Paper) async throws(SaomaError) -> [String] {
        try await waiting { [core] in try await core.receiptSlip(orderNo: orderNo, paper: paper) }
    }

    /// A shift's paper slip in the till's language, as plain lines of the paper's width. Throws `no_shift` if there is none of that
    /// number.
    public func shiftSlip(_ no: UInt32, on paper: Paper) async throws(SaomaError) -> [String] {
        try await waiting { [core] in try await core.shiftSlip(no: no, paper: paper) }
    }

    /// The sales that were rung up on a day, newest first, as a table for spreadsheets in the till's language: CSV by RFC 4180, UTF-8
    /// with a byte order mark, times by the merchant's clock, no cell that a spreadsheet would take for a formula. `date` as
    /// `2026-08-01`, today if absent.
    public func salesTable(_ date: String? = nil) async throws(SaomaError) -> String {
        try await waiting { [core] in try await core.salesCsv(date: date) }
    }

    /// The days from one to another, both counted, at most 366, as a table like ``salesTable(_:)``'s: what this till itself took.
    public func daysTable(from first: String, until last: String) async throws(SaomaError) -> String {
        try await waiting { [core] in try await core.daysCsv(from: first, until: last) }
    }
}
