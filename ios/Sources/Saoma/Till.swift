// The till, as an app sees it.

import Foundation
import SaomaCore

/// A till on this device: everything it ever rang up, and the road to the merchant's backend. Close it when the app is done with
/// it; a kill at any moment loses nothing.
///
/// Calls may come from any task or thread, and run on threads of the library. Cancelling a task ends its wait at once, by
/// ``SaomaError/cancelled``; what it had asked for goes on to its end. A call is begun even in a task that is cancelled already, so
/// that clean-up such as `onScreen(nil)` can be left at the end of a view's task.
public final class Till: Sendable {
    let core: SaomaCore.Till

    private init(_ core: SaomaCore.Till) {
        self.core = core
    }

    /// Opens a till on its folder: everything as it was when it last stopped, however it stopped.
    ///
    /// - Parameters:
    ///   - folder: A folder of the app's own, made if absent and kept out of backups. One till at a time works in it.
    ///   - language: The language of every text for people.
    ///   - limits: What may be open at once; a hundred sales and 100,000.00 if absent.
    ///   - announcing: What is said aloud; everything, at any hour, if absent.
    ///   - keyStore: Holds the device's key, as hardware does; without one it lies in a file of the folder.
    ///   - transport: Carries requests, as ``URLSessionTransport`` does; without one the library does HTTP itself.
    ///   - keyWasLost: A person says that the device's key is lost and the till goes on with another: it may be looked at, and
    ///     sells again once it is paired anew. Records that were sealed with a lost secret are put aside unread; the diagnosis says so.
    /// - Throws: `storage_in_use` (another till works in the folder), `storage_newer`, `storage_full`, `storage_damaged`,
    ///   `key_failed`, `key_locked`, `key_lost`, `other_key` (the records are another key's), `bad_input`, `library_mismatch` (the app was built with a library of another version).
    public static func open(
        at folder: URL,
        language: Language = .preferred,
        limits: SaleLimits? = nil,
        announcing: Announcing? = nil,
        keyStore: (any KeyStore)? = nil,
        transport: (any HttpTransport)? = nil,
        keyWasLost: Bool = false
    ) async throws(SaomaError) -> Till {
        // What is no file is no folder: the core says so.
        let path = folder.isFileURL ? folder.path : ""
        let config = TillConfig(
            folder: path, language: language, limits: limits, announcing: announcing, keyWasLost: keyWasLost)
        if folder.isFileURL { keepOutOfBackups(folder) }
        return try await waiting {
            Till(try await SaomaCore.Till.open(config: config, keyStore: keyStore, transport: transport))
        }
    }

    // MARK: Pairing

    /// Pairs this till with a merchant's backend by a link (`saoma://pair?…`), shown by the backend as a QR code and as text.
    /// Repeating it with the same link does no harm. The name is what people call this device, such as "counter 2".
    @discardableResult
    public func pair(with link: String, as deviceName: String) async throws(SaomaError) -> Pairing {
        try await waiting { [core] in try await core.pair(link: link, deviceName: deviceName) }
    }

    /// The pairing, if there is one.
    public func pairing() async throws(SaomaError) -> Pairing? {
        try await waiting { [core] in try await core.pairing() }
    }

    // MARK: Selling

    /// A number for a sale. Ask once, when the sale screen opens; every tap on its button then means the same sale. In memory
    /// only.
    public func newOrderNo() -> String {
        core.newOrderNo()
    }

    /// Rings up a sale and returns once it is durable, network or not; sending goes on by itself. The same number with the same
    /// content is the same sale, with another content it is refused (`conflict`).
    ///
    /// - Throws: `bad_input`, `conflict`, `not_paired`, `read_only`, `too_many_unproven`, `storage_full`, `key_failed`,
    ///   `key_locked`, `key_lost`. Nothing has
    ///   then changed.
    @discardableResult
    public func charge(_ sale: NewSale, orderNo: String) async throws(SaomaError) -> Sale {
        try await waiting { [core] in try await core.charge(orderNo: orderNo, sale: sale) }
    }

    /// Ends a sale after the attempt that it shows; returns once that is durable. Its code leaves the screen at once; it reads "closing"
    /// until the end is proven. One that surely never left is dropped on the spot.
    ///
    /// - Throws: `order_paid`, `not_last_attempt`, `order_ended`.
    @discardableResult
    public func cancel(_ sale: Sale) async throws(SaomaError) -> Sale {
        try await waiting { [core] in try await core.cancel(orderNo: sale.orderNo, attempt: sale.attempt) }
    }

    /// Ends the attempt that a sale shows and opens the next, with a fresh code; returns once that is durable. Repeating it with the
    /// same attempt changes nothing.
    ///
    /// - Throws: `order_paid`, `order_ended`, `not_last_attempt`, `attempts_exhausted`.
    @discardableResult
    public func refresh(_ sale: Sale) async throws(SaomaError) -> Sale {
        try await waiting { [core] in try await core.refresh(orderNo: sale.orderNo, attempt: sale.attempt) }
    }

    /// Has the backend ask the channel about a sale now, and waits for its answer.
    @discardableResult
    public func checkNow(_ orderNo: String) async throws(SaomaError) -> Sale {
        try await waiting { [core] in try await core.checkNow(orderNo: orderNo) }
    }

    /// Writes down that a sale's amount was taken in cash; durable when this returns, also without a network. Its code leaves the
    /// screen and its close is asked for; until that is proven it reads "cash, code may still be paid".
    ///
    /// - Throws: `order_paid`, `order_ended`, `order_frozen`.
    @discardableResult
    public func takeCash(_ orderNo: String) async throws(SaomaError) -> Sale {
        try await waiting { [core] in try await core.takeCash(orderNo: orderNo) }
    }

    /// Charges the customer's payment code, the 18 digits that were scanned, after the attempt that a sale shows. If the sale shows a
    /// code of its own, that is ended first, with proof. The payment code is held in memory for this one call and written nowhere: the
    /// app should forget it at once, too. If the outcome is unknown, it is asked for and never charged again.
    ///
    /// - Throws: `bad_input` (`code`), `unreachable`, `order_paid`, `order_in_cash`, `order_ended`, `order_charging`,
    ///   `not_last_attempt`. Nothing was then charged.
    @discardableResult
    public func scan(_ code: String, for sale: Sale) async throws(SaomaError) -> Sale {
        try await waiting { [core] in
            try await core.scan(orderNo: sale.orderNo, attempt: sale.lastAttempt, code: code)
        }
    }

    /// Decides about a draft that became too old to go out by itself.
    @discardableResult
    public func decideDraft(_ orderNo: String, _ choice: DraftChoice) async throws(SaomaError) -> Sale {
        try await waiting { [core] in try await core.decideDraft(orderNo: orderNo, choice: choice) }
    }

    // MARK: Watching

    /// One sale: its state now, then each change. Throws `not_found` if there is none.
    public func watch(_ orderNo: String) -> Changes<Sale> {
        Changes(core: core, topic: .sale(orderNo: orderNo), element: Event.itsSale, about: { _ in "" })
    }

    /// Every sale that changes, for a list. Nothing at first; of each sale the newest state.
    public var changes: Changes<Sale> {
        Changes(core: core, topic: .sales, element: Event.itsSale, about: \.orderNo)
    }

    /// Results about money that wait for people to be told: those there are now, oldest first, then the whole list at each change.
    public var results: Changes<[MoneyResult]> {
        Changes(core: core, topic: .results, element: Event.itsResults, about: { _ in "" })
    }

    /// How the till is: now, then at each change that people are shown.
    public var diagnosis: Changes<Diagnosis> {
        Changes(core: core, topic: .diagnosis, element: Event.itsDiagnosis, about: { _ in "" })
    }

    // MARK: Looking back

    /// A sale with its history. Throws `not_found` if there is none.
    public func sale(_ orderNo: String) async throws(SaomaError) -> SaleStory {
        try await waiting { [core] in try await core.sale(orderNo: orderNo) }
    }

    /// A page of sales, newest first.
    public func list(_ query: ListQuery = ListQuery()) async throws(SaomaError) -> SalePage {
        try await waiting { [core] in try await core.list(query: query) }
    }

    /// What this till took on a day, by its own receipts; `date` as `2026-08-01` in the merchant's zone, today if absent.
    public func day(_ date: String? = nil) async throws(SaomaError) -> TillDay {
        try await waiting { [core] in try await core.day(date: date) }
    }

    /// What the merchant took on a day, by the backend's account; today if absent. Waits for the backend.
    public func merchantDay(_ date: String? = nil) async throws(SaomaError) -> MerchantDay {
        try await waiting { [core] in try await core.merchantDay(date: date) }
    }

    /// The receipt of a paid sale, as the text of a file that anyone can verify offline (`ReceiptSaid`).
    public func receipt(_ orderNo: String) async throws(SaomaError) -> String {
        try await waiting { [core] in try await core.receipt(orderNo: orderNo) }
    }

    // MARK: What the phone knows

    /// Says whether the app is in front; say it again when the phone wakes. In the background the stream is let go and questions are
    /// few.
    public func foreground(_ inFront: Bool) async throws(SaomaError) {
        try await waiting { [core] in try await core.foreground(inFront: inFront) }
    }

    /// Says which sale's code people look at; it is asked about most often and goes first. None: no code is on screen.
    public func onScreen(_ orderNo: String?) async throws(SaomaError) {
        try await waiting { [core] in try await core.onScreen(orderNo: orderNo) }
    }

    /// Says whether the phone has a network. Also worth saying when it changes from one to another.
    public func network(_ there: Bool) async throws(SaomaError) {
        try await waiting { [core] in try await core.network(there: there) }
    }

    /// The language of every text from now on; what is watched is told again in it. In memory only.
    public func setLanguage(_ language: Language) {
        core.setLanguage(language: language)
    }

    /// Sets what may be open at once, until the till is closed.
    public func setLimits(_ limits: SaleLimits) async throws(SaomaError) {
        try await waiting { [core] in try await core.setLimits(limits: limits) }
    }

    /// Stops the till and gives its folder free. Everything is durable already; requests under way are let go. What is watched ends,
    /// and calls after it throw ``SaomaError/closed(_:)``.
    public func close() async throws(SaomaError) {
        try await waiting { [core] in try await core.close() }
    }

    /// Panics inside the library, as a bug would, so that an app can see what it makes of ``SaomaError/internal(_:)``. Nothing is
    /// harmed.
    public static func panicOnPurpose() async throws(SaomaError) {
        try await waiting { try await SaomaCore.panicOnPurpose() }
    }
}

extension Event {
    fileprivate static func itsSale(_ event: Event) -> Sale? {
        if case .sale(let sale) = event { sale } else { nil }
    }

    fileprivate static func itsResults(_ event: Event) -> [MoneyResult]? {
        if case .results(let results) = event { results } else { nil }
    }

    fileprivate static func itsDiagnosis(_ event: Event) -> Diagnosis? {
        if case .diagnosis(let diagnosis) = event { diagnosis } else { nil }
    }
}

/// A folder that was restored onto another phone would be a cloned till. Where this cannot be said, opening tells why.
private func keepOutOfBackups(_ folder: URL) {
    #if canImport(Darwin)
        var folder = folder
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? folder.setResourceValues(values)
    #endif
}
