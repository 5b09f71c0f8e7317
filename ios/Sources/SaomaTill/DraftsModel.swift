// Drafts that became too old to go out by themselves.

import Observation

/// Old drafts, each waiting for a person: it goes out after all, or it is given up with a reason.
@MainActor
@Observable
public final class DraftsModel {
    /// Those that wait, newest first. Decide by ``SaleModel/send()`` or ``SaleModel/drop(because:)``.
    public private(set) var waiting: [SaleModel] = []

    @ObservationIgnored private let list: ListModel
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
        list = ListModel(desk, filter: .unanswered)
    }

    /// Whether the list has been read; until then an empty one says nothing.
    public var loaded: Bool { list.loaded }

    /// Why it could not be read.
    public var fault: Fault? { list.fault }

    /// Keeps the list as it is. For the view's `task`.
    public func run() async {
        await together(list.run, takeWhatWaits)
    }

    func lookAgain() {
        list.lookAgain()
    }

    private func takeWhatWaits() async {
        while !Task.isCancelled {
            list.more()
            waiting = list.sales.filter { $0.actions.contains(.decide) }.map { draft in
                let model = waiting.first { $0.orderNo == draft.orderNo } ?? SaleModel(draft.orderNo, at: desk)
                model.show(draft)
                return model
            }
            await changed { [self] in (list.sales, list.hasMore) }
        }
    }
}
