// What came in on a day.

import Foundation
import Observation

/// A day's totals: this till's own, known without a network, and the merchant's, by the backend's account.
@MainActor
@Observable
public final class DayModel {
    /// The day in the merchant's zone, as `2026-08-01`; none until today's is known.
    public private(set) var date: String?
    /// What this till itself took.
    public private(set) var own: TillDay?
    /// What the merchant took, all tills together; none until the backend has answered.
    public private(set) var merchant: MerchantDay?
    /// Whether the backend is being asked.
    public private(set) var asking = false
    /// Why this till's own totals could not be read.
    public private(set) var fault: Fault?
    /// Why the backend's account is not known, such as no network. The till's own stands all the same.
    public private(set) var merchantFault: Fault?

    /// The day's books against the bank's bill.
    public let books: BooksModel
    /// Why a table could not be made.
    public private(set) var tableFault: Fault?

    private var today: String?
    /// Goes up with each day asked for: an answer about the day before is let go.
    private var wanted = 0
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
        books = BooksModel(desk)
    }

    /// Whether there is a later day to show.
    public var hasNext: Bool {
        guard let date, let today else { return false }
        return date < today
    }

    /// Keeps the totals as they are while money comes in. For the view's `task`. Shows today at first.
    public func run() async {
        if date == today { showToday() }
        await together(readWhenAsked, readWhenPaid, desk.learnNames)
    }

    /// Today.
    public func showToday() {
        show(nil)
    }

    /// The day before the one that is shown.
    public func previous() {
        if let date { show(Self.day(1, before: date)) }
    }

    /// The day after the one that is shown, up to today.
    public func next() {
        if let date, hasNext { show(Self.day(-1, before: date)) }
    }

    /// A day that somebody picked: the year, month and day that the date has in a calendar.
    public func show(_ picked: Date, in calendar: Calendar = Calendar(identifier: .gregorian)) {
        let parts = calendar.dateComponents([.year, .month, .day], from: picked)
        if let text = Self.text(parts) { show(text) }
    }

    /// What a person is called.
    public func name(of person: String) -> String {
        desk.name(of: person)
    }

    /// Offers the sales that were rung up here on the day, as a table for spreadsheets.
    public func shareSales() async {
        guard let date else { return }
        await share("saoma-sales-\(date).csv") { till throws(SaomaError) in try await till.salesTable(date) }
    }

    /// Offers the days of the month up to the one that is shown, as a table for spreadsheets.
    public func shareMonth() async {
        guard let date else { return }
        let first = "\(date.prefix(7))-01"
        await share("saoma-days-\(date.prefix(7)).csv") { till throws(SaomaError) in
            try await till.daysTable(from: first, until: date)
        }
    }

    private func share(_ name: String, _ table: (Till) async throws(SaomaError) -> String) async {
        do {
            desk.platform.sharing.share(try await table(desk.till), asFile: name)
            tableFault = nil
        } catch {
            tableFault = error.fault
        }
    }

    /// Asks the backend again.
    public func askAgain() {
        wanted += 1
    }

    private func show(_ date: String?) {
        guard date != self.date || date == nil else { return }
        (self.date, own, merchant, fault, merchantFault) = (date, nil, nil, nil, nil)
        wanted += 1
    }

    private func readWhenAsked() async {
        while !Task.isCancelled {
            let asked = wanted
            await read()
            if asked == wanted { await changed { [self] in wanted } }
        }
    }

    private func readWhenPaid() async {
        do {
            for try await sale in desk.till.changes where !sale.payments.isEmpty || sale.cashTakenAt != nil {
                wanted += 1
            }
        } catch {
            fault = error.fault
        }
    }

    private func read() async {
        let (asked, day) = (wanted, date)
        do {
            let now = try await desk.till.day()
            let totals = if let day { try await desk.till.day(day) } else { now }
            guard asked == wanted else { return }
            (today, own, date, fault) = (now.totals.date, totals, totals.totals.date, nil)
        } catch {
            guard asked == wanted, let why = error.fault else { return }
            fault = why
            return
        }
        asking = true
        defer { asking = false }
        do {
            let totals = try await desk.till.merchantDay(date)
            guard asked == wanted else { return }
            (merchant, merchantFault) = (totals, nil)
        } catch {
            guard asked == wanted, let why = error.fault else { return }
            merchantFault = why
            // Who does not answer for the day has no word about its books.
            return
        }
        if let date { await books.read(date) }
    }

    /// Dates are counted apart from any zone: the merchant's is the core's business.
    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static func day(_ days: Int, before date: String) -> String? {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3,
            let day = calendar.date(from: DateComponents(year: parts[0], month: parts[1], day: parts[2])),
            let other = calendar.date(byAdding: .day, value: -days, to: day)
        else { return nil }
        return text(calendar.dateComponents([.year, .month, .day], from: other))
    }

    private static func text(_ parts: DateComponents) -> String? {
        guard let year = parts.year, let month = parts.month, let day = parts.day else { return nil }
        func padded(_ number: Int, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
