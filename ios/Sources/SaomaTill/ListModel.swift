// The list of sales, newest first, a page after the other.

import Foundation
import Observation

/// Sales, all or those of a kind, and the search for one by the end of its number.
@MainActor
@Observable
public final class ListModel {
    /// Only sales of this kind; all if none.
    public var filter: ListFilter? {
        didSet { if filter != oldValue { startAnew() } }
    }
    /// Only sales whose number ends so; all if empty.
    public var tail = "" {
        didSet { if tail != oldValue { startAnew() } }
    }
    /// What was found so far, newest first.
    public private(set) var sales: [Sale] = []
    /// Whether there are more: see ``more()``.
    public private(set) var hasMore = false
    /// Whether the list has been read since it was asked for; until then an empty one says nothing.
    public private(set) var loaded = false
    /// When the backend last answered anything; none if never since the till was opened.
    public private(set) var heardAt: Date?
    /// Why it could not be read.
    public private(set) var fault: Fault?

    /// Goes up with each thing asked for: an answer to what was asked before is let go.
    private var wanted = 0
    @ObservationIgnored private var pages = 1
    @ObservationIgnored private let desk: Desk
    private static let pageLength = 50

    init(_ desk: Desk, filter: ListFilter? = nil) {
        self.desk = desk
        self.filter = filter
    }

    /// Keeps the list as it is while sales change. For the view's `task`.
    public func run() async {
        await together(readWhenAsked, readWhenChanged)
    }

    /// One more page.
    public func more() {
        guard hasMore, sales.count >= pages * Self.pageLength else { return }
        pages += 1
        wanted += 1
    }

    /// Reads it again, in the language of now too.
    func lookAgain() {
        wanted += 1
    }

    private func startAnew() {
        pages = 1
        loaded = false
        wanted += 1
    }

    private func readWhenAsked() async {
        while !Task.isCancelled {
            let asked = wanted
            await read()
            if asked == wanted { await changed { [self] in wanted } }
        }
    }

    private func readWhenChanged() async {
        do {
            for try await _ in desk.till.changes {
                wanted += 1
            }
        } catch {
            fault = error.fault
        }
    }

    private func read() async {
        let asked = wanted
        var (found, more, after) = ([Sale](), true, String?.none)
        let number = tail.trimmingCharacters(in: .whitespaces)
        do {
            for _ in 0..<pages where more {
                let query = ListQuery(
                    after: after, filter: filter, tail: number.isEmpty ? nil : number, limit: UInt32(Self.pageLength))
                let page = try await desk.till.list(query)
                found += page.sales
                (more, after, heardAt) = (page.more, page.sales.last?.orderNo, page.heardAt)
            }
            guard asked == wanted else { return }
            (sales, hasMore, loaded, fault) = (found, more, true, nil)
        } catch {
            guard asked == wanted, let why = error.fault else { return }
            (sales, hasMore, loaded, fault) = ([], false, true, why)
        }
    }
}
