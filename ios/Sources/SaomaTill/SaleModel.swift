// One sale: where it stands, what may be done about it, its history and its receipt.

import Foundation
import Observation

/// One sale, as a screen about it shows it. What may be done is the core's to say; a second tap on something that is being done
/// does nothing.
@MainActor
@Observable
public final class SaleModel: Identifiable {
    /// Its number.
    public let orderNo: String
    /// Its newest state; none until it was read.
    public private(set) var sale: Sale?
    /// What happened to it, oldest first.
    public private(set) var history: [HistoryEntry] = []
    /// What is being done about it just now.
    public private(set) var doing: SaleAction?
    /// Why the last thing was not done; none once something was.
    public private(set) var fault: Fault?

    /// When, by the desk's clock, the times in ``sale`` were true.
    private(set) var timesTakenAt = Duration.zero
    /// Which coming to the front they belong to.
    private(set) var timesTakenIn = -1

    @ObservationIgnored let desk: Desk
    @ObservationIgnored private var changesSeen = 0

    init(_ orderNo: String, at desk: Desk) {
        self.orderNo = orderNo
        self.desk = desk
    }

    /// The sale's number.
    public nonisolated var id: String { orderNo }

    /// What a person may do about it now. A screen offers these and no others.
    public var actions: [SaleAction] { sale?.actions ?? [] }

    /// Keeps ``sale`` and ``history`` as they are. For the view's `task`: it ends when that is cancelled, or the till is closed.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.lookWhileItWaits() }
            await watch()
            group.cancelAll()
        }
    }

    private func watch() async {
        // A watching begins with how the sale is now.
        timesTakenIn = desk.timesInFront
        do {
            for try await sale in desk.till.watch(orderNo) {
                changesSeen += 1
                take(sale)
                await readHistory()
            }
        } catch {
            fault = error.fault
        }
    }

    /// Ends the sale: its code leaves the screen at once, and it reads "closing" until the end is proven.
    public func cancel() async {
        await attempt(.cancel) { till, sale throws(SaomaError) in try await till.cancel(sale) }
    }

    /// Has a fresh code made.
    public func refresh() async {
        await attempt(.refresh) { till, sale throws(SaomaError) in try await till.refresh(sale) }
    }

    /// Writes down that its amount was taken in cash.
    public func takeCash() async {
        await attempt(.takeCash) { till, sale throws(SaomaError) in try await till.takeCash(sale.orderNo) }
    }

    /// Charges the customer's payment code as it was scanned or typed. It is kept nowhere: not here, and not by the core.
    public func scan(_ code: String) async {
        let digits = code.filter { !$0.isWhitespace }
        await attempt(.scan) { till, sale throws(SaomaError) in try await till.scan(digits, for: sale) }
    }

    /// Says yes to a refund that waits for a manager.
    public func approve(_ refund: SaleRefund) async {
        await attempt(.decideRefund) { till, sale throws(SaomaError) in
            try await till.approve(refund.refundNo, of: sale.orderNo)
        }
    }

    /// Says no to a refund that waits for a manager; who asked for it reads why. Without a reason nothing is done.
    public func decline(_ refund: SaleRefund, because reason: String) async {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty else { return }
        await attempt(.decideRefund) { till, sale throws(SaomaError) in
            try await till.decline(refund.refundNo, of: sale.orderNo, because: reason)
        }
    }

    /// Keeps late money. To give it back, see ``OpenTill/refund(_:)``.
    public func keepLateMoney(_ payment: SalePayment) async {
        await attempt(.decideLateMoney) { till, sale throws(SaomaError) in
            try await till.keepLateMoney(payment, of: sale.orderNo)
        }
    }

    /// What whoever rang it up, or asked for a refund of it, is called.
    public func name(of person: String?) -> String? {
        person.map(desk.name)
    }

    /// Has the channel asked now.
    public func checkNow() async {
        await attempt(.checkNow) { till, sale throws(SaomaError) in try await till.checkNow(sale.orderNo) }
    }

    /// Lets an old draft go out after all.
    public func send() async {
        await attempt(.decide) { till, sale throws(SaomaError) in try await till.decideDraft(sale.orderNo, .send) }
    }

    /// Gives an old draft up; the reason is kept in its history. Without one nothing is done.
    public func drop(because reason: String) async {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty else { return }
        await attempt(.decide) { till, sale throws(SaomaError) in
            try await till.decideDraft(sale.orderNo, .drop(reason: reason))
        }
    }

    /// Puts its receipt on the clipboard: a text that anyone can verify offline.
    public func copyReceipt() async {
        if let receipt = await receipt() { desk.platform.sharing.copy(receipt) }
    }

    /// Offers its receipt to other apps.
    public func shareReceipt() async {
        if let receipt = await receipt() { desk.platform.sharing.share(receipt) }
    }

    /// Offers a paper slip for the customer to printers and other apps.
    public func shareSlip() async {
        guard begin(.receipt) else { return }
        defer { doing = nil }
        do {
            desk.platform.sharing.share(
                slip: try await desk.till.receiptSlip(orderNo, on: desk.settings.settings.paper.paper))
        } catch {
            fault = error.fault
        }
    }

    /// The receipt's text; none if there is none, and then ``fault`` says why.
    public func receipt() async -> String? {
        guard begin(.receipt) else { return nil }
        defer { doing = nil }
        do {
            return try await desk.till.receipt(orderNo)
        } catch {
            fault = error.fault
            return nil
        }
    }

    /// Reads it again: texts in another language, times that a sleep has made old.
    func lookAgain() async {
        let (seen, timesInFront) = (changesSeen, desk.timesInFront)
        guard let story = try? await desk.till.sale(orderNo), seen == changesSeen else { return }
        history = story.history
        // What changed beside times is told by the watching, in order; an answer may be overtaken on its way.
        guard sale == nil || story.sale.standsAs(sale) else { return }
        take(story.sale)
        timesTakenIn = timesInFront
    }

    /// Shows what a list knows of it, where nobody watches it.
    func show(_ sale: Sale) {
        if doing == nil { take(sale) }
    }

    /// While a refund waits for its turn, the core says each second how long.
    private func lookWhileItWaits() async {
        let clock = desk.platform.clock
        while !Task.isCancelled {
            if isWaiting {
                try? await clock.sleep(until: clock.elapsed + .seconds(1))
                if desk.inFront { await lookAgain() }
            } else {
                await changed { [self] in isWaiting }
            }
        }
    }

    private var isWaiting: Bool {
        sale?.refunds.contains { $0.sendsInMs != nil } == true
    }

    private func take(_ sale: Sale) {
        self.sale = sale
        timesTakenAt = desk.platform.clock.elapsed
    }

    private func readHistory() async {
        if let story = try? await desk.till.sale(orderNo) { history = story.history }
    }

    private func begin(_ action: SaleAction) -> Bool {
        guard doing == nil, actions.contains(action) else { return false }
        doing = action
        fault = nil
        return true
    }

    private func attempt(
        _ action: SaleAction, _ call: @Sendable (Till, Sale) async throws(SaomaError) -> Sale
    ) async {
        guard let sale, begin(action) else { return }
        defer { doing = nil }
        let seen = changesSeen
        do {
            let done = try await call(desk.till, sale)
            if seen == changesSeen { take(done) }
        } catch {
            fault = error.fault
        }
    }
}

extension Sale {
    /// Whether it stands as another does, apart from when either was looked at.
    fileprivate func standsAs(_ other: Sale?) -> Bool {
        guard let other else { return false }
        return (orderNo, phase, attempt, title, sentence) == (
            other.orderNo, other.phase, other.attempt, other.title, other.sentence
        )
            && actions == other.actions && code?.text == other.code?.text
    }

    /// Whether nothing can come of it any more, so that the same may be rung up anew: proven, by the core's word.
    var hasEnded: Bool {
        switch phase {
        case .closed, .rejected, .joined, .dropped: !mismatch
        case .draft, .waitingForPerson, .sending, .awaiting, .checking, .refreshing, .closing, .paid, .unknown, .ready,
            .charging, .paying, .cash, .cashUnproven:
            false
        }
    }
}
