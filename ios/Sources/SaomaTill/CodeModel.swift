// The screen that a customer scans.

import Observation

/// A sale's code on the screen: drawn as long as it may be paid, with its countdown and the age of what is known.
@MainActor
@Observable
public final class CodeModel: Identifiable {
    /// The sale: title, sentence, actions, and what can be done about it.
    public let sale: SaleModel
    /// The camera, for the customer's payment code: see ``startScan()``. A code that it reads is charged at once and kept nowhere.
    public let scan = ScanModel(for: .paymentCode)

    /// What the clock said at the last tick.
    private var now = Duration.zero

    /// What a scanner that types has typed so far; held until its return key and no longer.
    @ObservationIgnored private var typedByScanner = ""
    @ObservationIgnored private let desk: Desk
    @ObservationIgnored private let keypad: KeypadModel
    @ObservationIgnored private let backToKeypad: () -> Void

    /// How often the core is asked how old its knowledge is. It reads that from memory; it asks the backend by a ladder of its own.
    private static let lookEvery = Duration.seconds(2)
    /// No payment code is longer.
    private static let typedMax = 32

    init(_ sale: SaleModel, keypad: KeypadModel, backToKeypad: @escaping () -> Void) {
        self.sale = sale
        self.keypad = keypad
        self.backToKeypad = backToKeypad
        desk = sale.desk
        now = desk.platform.clock.elapsed
        scan.take = { [weak sale] code in await sale?.scan(code) }
    }

    /// The sale's number.
    public nonisolated var id: String { sale.orderNo }

    /// The code to draw; none when none may be drawn: its time has ended, or nobody has looked since the phone slept.
    public var code: SaleCode? {
        guard scan.state == .off, desk.inFront, sale.timesTakenIn == desk.timesInFront, let code = sale.sale?.code,
            hideIn(code) > .zero
        else { return nil }
        return code
    }

    /// Seconds until the code leaves the screen; none when none is drawn.
    public var secondsLeft: Int? {
        code.map { hideIn($0).wholeSeconds }
    }

    /// Seconds until a payment code may be scanned again, after a shown code that could not be closed at once; none if there is
    /// nothing to wait for.
    public var secondsUntilScan: Int? {
        guard let again = sale.sale?.scanAgainInMs else { return nil }
        let left = .milliseconds(again) - sinceTaken
        return left > .zero ? left.wholeSeconds : nil
    }

    /// Whether the customer's payment code may be scanned now. Never while one is being charged.
    public var canScan: Bool {
        sale.actions.contains(.scan) && sale.doing == nil && secondsUntilScan == nil
    }

    /// A person wants to scan the customer's payment code. A code that is shown leaves the screen.
    public func startScan() {
        if canScan { scan.start() }
    }

    /// A key of a scanner that types, as there is one on many counters: the digits of a payment code, and return at their end. False if
    /// it is none of these, or there is nothing to scan.
    public func scannerTyped(_ key: Character) -> Bool {
        guard canScan else {
            typedByScanner = ""
            return false
        }
        switch key {
        case "0"..."9":
            typedByScanner = String((typedByScanner + String(key)).suffix(Self.typedMax))
        case "\r", "\n":
            let code = typedByScanner
            typedByScanner = ""
            guard !code.isEmpty else { return false }
            scan.stop()
            Task { await sale.scan(code) }
        default:
            return false
        }
        return true
    }

    /// The same for a sale that was rung up to be scanned just now, and of which nothing else is known yet.
    func startScanOfNewSale() {
        scan.start()
    }

    /// How many seconds ago the backend last spoke of this sale: "checked 3 s ago". None if it never has.
    public var secondsSinceHeard: Int? {
        sale.sale?.heardAgoMs.map { Int((.milliseconds($0) + sinceTaken).components.seconds) }
    }

    /// Whether the amount can be changed: this sale is ended, and a new one filled in. Never while it is frozen.
    public var canChangeAmount: Bool {
        guard let now = sale.sale, !now.mismatch else { return false }
        return now.actions.contains(.cancel) || now.hasEnded
    }

    /// Shows it. For the view's `task`: while that runs, the core asks about this sale first, and the display is as a code needs it.
    public func run() async {
        let hold = desk.platform.display.guardScreen()
        defer { hold.release() }
        try? await desk.till.onScreen(sale.orderNo)
        await together(sale.run, tick, look, holdDisplay, scanOnlyWhatIsOffered)
        // Begun even though the task is cancelled.
        try? await desk.till.onScreen(nil)
    }

    /// Ends this sale and fills a new one in. It can be rung up once the end of this one is proven.
    public func changeAmount() async {
        guard canChangeAmount else { return }
        if sale.actions.contains(.cancel) {
            await sale.cancel()
        }
        guard let old = sale.sale, old.hasEnded || old.phase == .closing else { return }
        keypad.replace(old)
        backToKeypad()
    }

    /// After coming to the front: nothing is drawn from what was known before.
    func cameToFront() async {
        now = desk.platform.clock.elapsed
        await sale.lookAgain()
    }

    /// The camera goes off when there is nothing to scan any more, such as when the shown code was paid meanwhile.
    private func scanOnlyWhatIsOffered() async {
        while !Task.isCancelled {
            if scan.state != .off, sale.sale != nil, !sale.actions.contains(.scan) { scan.stop() }
            await changed { [self] in (scan.state, sale.actions) }
        }
    }

    private var sinceTaken: Duration {
        max(now - sale.timesTakenAt, .zero)
    }

    private func hideIn(_ code: SaleCode) -> Duration {
        .milliseconds(code.hideInMs) - sinceTaken
    }

    private func tick() async {
        let clock = desk.platform.clock
        while (try? await clock.sleep(until: nextTick)) != nil {
            now = clock.elapsed
        }
    }

    private func look() async {
        let clock = desk.platform.clock
        while (try? await clock.sleep(until: clock.elapsed + Self.lookEvery)) != nil {
            if desk.inFront { await sale.lookAgain() }
        }
    }

    /// When what is shown next changes by itself: each second of the countdown, and its end.
    private var nextTick: Duration {
        let second = desk.platform.clock.elapsed + .seconds(1)
        guard let code = sale.sale?.code else { return second }
        let end = sale.timesTakenAt + .milliseconds(code.hideInMs)
        return end > desk.platform.clock.elapsed ? min(second, end) : second
    }

    /// Bright and awake as long as a code is drawn.
    private func holdDisplay() async {
        var hold: (any DisplayHold)?
        defer { hold?.release() }
        while !Task.isCancelled {
            if code == nil {
                hold?.release()
                hold = nil
            } else if hold == nil {
                hold = desk.platform.display.showCode()
            }
            await changed { [self] in code == nil }
        }
    }
}

extension Duration {
    /// In seconds, a begun one counted whole.
    fileprivate var wholeSeconds: Int {
        Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0)
    }
}
