// What is still to be collected: the courier's list.

import Foundation
import Observation

/// Every sale without a proven end, with their number and sum, and the search for one at a door.
@MainActor
@Observable
public final class ToCollectModel {
    /// What somebody looks for: a part of a waybill, a table, a note, an amount, or the end of a number; everything if empty.
    public var search = ""

    @ObservationIgnored private let list: ListModel
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
        list = ListModel(desk, filter: .open)
    }

    /// What is to be collected and fits ``search``, newest first.
    public var sales: [Sale] {
        let wanted = search.trimmingCharacters(in: .whitespaces)
        return wanted.isEmpty ? list.sales : list.sales.filter { $0.isFound(by: wanted) }
    }

    /// Whether the list has been read; until then an empty one says nothing.
    public var loaded: Bool { list.loaded }

    /// Why it could not be read.
    public var fault: Fault? { list.fault }

    /// How many there are in all.
    public var count: Int { desk.diagnosis.map { Int($0.unprovenCount) } ?? list.sales.count }

    /// What they come to, as people read it: `¥45.20`.
    public var sum: String? { desk.diagnosis?.unprovenText }

    /// Keeps the list as it is. For the view's `task`.
    public func run() async {
        await together(list.run, readAll)
    }

    func lookAgain() {
        list.lookAgain()
    }

    /// What may be open at once is limited, so that all of it can be searched.
    private func readAll() async {
        while !Task.isCancelled {
            list.more()
            await changed { [self] in (list.sales, list.hasMore) }
        }
    }
}

extension Sale {
    fileprivate func isFound(by text: String) -> Bool {
        let texts = [reference, businessKey, note, amount, tail] + lines.map(\.reference)
        return texts.contains { $0?.localizedCaseInsensitiveContains(text) == true }
    }
}
