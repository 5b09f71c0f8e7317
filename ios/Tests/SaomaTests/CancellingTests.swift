// A wait that is cancelled ends at once. What it had asked for goes on, and nothing is lost.

import Foundation
import ShopForTests
import Testing

@testable import Saoma

@Suite(.timeLimit(.minutes(2)))
struct CancellingTests {
    @Test func everyCallEndsAtOnceInATaskThatIsCancelledAndIsDoneAllTheSame() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.open(at: folder.url, language: .english)
        let link = shop.link
        await cancelled { try await till.pair(with: link, as: "counter 1") }
        try await till.diagnosis { $0.device != nil }

        let orderNo = till.newOrderNo()
        let tea = NewSale(minor: 12_80, description: "Milk tea")
        await cancelled { try await till.charge(tea, orderNo: orderNo) }
        // The same button again is the same sale, whether the first tap has come through by now or not.
        try await till.charge(tea, orderNo: orderNo)
        let shown = try await till.sale(orderNo) { $0.code != nil }
        #expect(try await till.list().sales.map(\.orderNo) == [orderNo])

        await cancelled { try await till.refresh(shown) }
        let second = try await till.sale(orderNo) { $0.attempt == 2 && $0.code != nil }
        await cancelled { try await till.checkNow(orderNo) }
        await cancelled { try await till.decideDraft(orderNo, .send) }
        await cancelled { try await till.onScreen(orderNo) }
        await cancelled { try await till.foreground(true) }
        try await till.diagnosis { $0.streamAlive }
        await cancelled { try await till.network(false) }
        try await till.diagnosis { !$0.network }
        await cancelled { try await till.network(true) }
        try await till.diagnosis { $0.network }

        try await shop.customerPays(#require(second.code).text)
        try await till.sale(orderNo, is: .paid)
        let told = try await till.results(count: 1)[0]
        await cancelled { try await till.receipt(orderNo) }
        await cancelled { try await till.sale(orderNo) }
        await cancelled { try await till.list() }
        await cancelled { try await till.day() }
        await cancelled { try await till.merchantDay() }
        await cancelled { try await till.pairing() }
        await cancelled { try await till.people() }
        await cancelled { try await till.signIn("li", pin: "1234") }
        await cancelled { try await till.signOut() }
        await cancelled { try await till.salesTable() }
        await cancelled { try await till.daysTable(from: "2026-08-01", until: "2026-08-02") }
        await cancelled { try await till.receiptSlip(orderNo, on: .mm58) }
        await cancelled { try await till.setAnnouncing(Announcing(quiet: nil, leastMinor: 0)) }
        await cancelled { try await till.openShift(floatMinor: 0) }
        while try await till.shifts(limit: 1).isEmpty {}
        await cancelled { try await till.shiftSlip(1, on: .mm80) }
        await cancelled { try await till.closeShift(countedMinor: nil) }
        while try await till.shifts(limit: 1)[0].closedAt == nil {}
        await cancelled { try await till.acknowledge(told) }
        #expect(try await till.results(count: 0).isEmpty)

        let payment = try await till.sale(orderNo).sale.payments[0]
        let back = NewRefund(
            channel: payment.channel, transactionId: payment.transactionId, minor: 80, reason: "Cold tea")
        let refundNo = till.newRefundNo()
        await cancelled { try await till.refund(back, refundNo: refundNo, of: orderNo) }
        try await till.sale(orderNo) { $0.refunds.map(\.refundNo) == [refundNo] }
        await cancelled { try await till.approve(refundNo, of: orderNo) }
        await cancelled { try await till.decline(refundNo, of: orderNo, because: "Drunk up") }
        await cancelled { try await till.keepLateMoney(payment, of: orderNo) }

        let scanned = try await till.readyTea()
        let code = try await shop.customerShowsCode()
        await cancelled { try await till.scan(code, for: scanned) }
        try await till.sale(scanned.orderNo, is: .paid)
        for told in try await till.results(count: 1) {
            await cancelled { try await till.acknowledgeShown(told) }
        }
        let inCash = try await till.chargeTea()
        await cancelled { try await till.takeCash(inCash.orderNo) }
        try await till.sale(inCash.orderNo, is: .cash)

        let other = try await till.chargeTea()
        await cancelled { try await till.cancel(other) }
        try await till.sale(other.orderNo, is: .closed)

        await cancelled { try await till.setLimits(SaleLimits(unprovenCountMax: 0, unprovenSumMax: 0)) }
        // It is done whenever a thread of the library comes to it.
        while try await till.isRungUp() {}
        var diagnoses = till.diagnosis.makeAsyncIterator()
        _ = try await diagnoses.next()
        await cancelled { try await till.close() }
        // What is watched ends with the till.
        while try await diagnoses.next() != nil {}
        try await refused(.closed) { try await till.pairing() }
    }

    @Test func aWaitForTheBackendEndsWhenItIsCancelledAndTheBackendIsAskedAllTheSame() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let gate = Gate()
        let till = try await Till.open(at: folder.url, language: .english, transport: gate)
        gate.close()
        let pairing = Task { [link = shop.link] in try await till.pair(with: link, as: "counter 1") }
        await gate.holds("/v1/pairings")
        pairing.cancel()
        await #expect(throws: SaomaError.cancelled) { try await pairing.value }
        #expect(try await till.pairing() == nil)
        gate.open()
        try await till.diagnosis { $0.device != nil }

        let sale = try await till.sale(try await till.chargeTea().orderNo, is: .awaiting)
        gate.close()
        let asking = Task { try await till.checkNow(sale.orderNo) }
        await gate.holds("/check")
        asking.cancel()
        await #expect(throws: SaomaError.cancelled) { try await asking.value }
        gate.open()
        #expect(try await till.checkNow(sale.orderNo).phase == .awaiting)
    }

    @Test func openingThatNobodyWaitsForGivesTheFolderFree() async throws {
        let folder = try Folder()
        await cancelled { try await Till.open(at: folder.url) }
        // The till that nobody took closes by itself: until then its folder is in use.
        var opened: Till?
        while opened == nil {
            do {
                opened = try await Till.open(at: folder.url)
            } catch {
                try #require(error.fault?.code == "storage_in_use")
            }
        }
        try await opened?.close()
    }

    enum Leaving: CaseIterable {
        case byBreak, byCancelling, byClosingTheTill
    }

    @Test(arguments: Leaving.allCases)
    func aLoopThatIsLeftLeavesNothingBehind(leaving: Leaving) async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder)
        let sale = try await till.chargeTea()
        let (gone, going) = AsyncStream.makeStream(of: Void.self)
        let (seen, seeing) = AsyncStream.makeStream(of: Void.self)
        let loop = loop(over: till.watch(sale.orderNo), saying: seeing, witness: Witness(going), leaving)
        for await _ in seen { break }
        switch leaving {
        case .byBreak: break
        case .byCancelling: loop.cancel()
        case .byClosingTheTill: try await till.close()
        }
        try await loop.value
        // The library has let go of the listener, and so has the loop.
        for await _ in gone {}
    }

    private func loop(
        over sale: Changes<Sale>, saying: AsyncStream<Void>.Continuation, witness: Witness, _ leaving: Leaving
    ) -> Task<Void, any Error> {
        let watched = Changes(
            core: sale.core, topic: sale.topic,
            element: { [witness] event in
                _ = witness
                return sale.element(event)
            }, about: sale.about)
        return Task {
            for try await _ in watched {
                saying.yield()
                if leaving == .byBreak { break }
            }
        }
    }

    @Test func aTillThatIsClosedLetsGoOfWhatTheAppBrought() async throws {
        let folder = try Folder()
        let (gone, going) = AsyncStream.makeStream(of: Void.self)
        try await openAndClose(folder, Witness(going))
        for await _ in gone {}
    }

    private func openAndClose(_ folder: Folder, _ witness: Witness) async throws {
        try await Till.open(at: folder.url, transport: NoNetwork(witness)).close()
    }
}

/// Tells when it is gone.
private final class Witness: Sendable {
    private let going: AsyncStream<Void>.Continuation

    init(_ going: AsyncStream<Void>.Continuation) {
        self.going = going
    }

    deinit {
        going.finish()
    }
}

private final class NoNetwork: HttpTransport {
    private let witness: Witness

    init(_ witness: Witness) {
        self.witness = witness
    }

    func execute(request: HttpRequest) async throws -> HttpResponse {
        throw TransportFailure.NotSent(detail: "no network")
    }

    func stream(request: HttpRequest, body: BodySink) async throws -> HttpHead {
        throw TransportFailure.NotSent(detail: "no network")
    }

    func networkChanged() throws {}
}

extension Till {
    /// Rings up a milk tea, unless too many sales are open.
    fileprivate func isRungUp() async throws -> Bool {
        do {
            _ = try await chargeTea()
            return true
        } catch SaomaError.notNow(let fault) where fault.code == "too_many_unproven" {
            return false
        }
    }
}

/// Makes a call in a task that is cancelled already: its wait must end at once.
private func cancelled<Answer: Sendable>(_ call: @escaping @Sendable () async throws -> Answer) async {
    let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        _ = try await call()
    }
    await #expect(throws: SaomaError.cancelled) { try await task.value }
}
