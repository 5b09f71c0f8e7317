// A till that is open: its screens, and what is on top of each of them.

import Observation

/// An open till. Until it is paired its first screen is ``pairingScreen``, then ``keypad``; ``path`` holds the screens above.
@MainActor
@Observable
public final class OpenTill {
    /// Whom it is paired with; none: the pairing screen is shown, and nothing else.
    public private(set) var pairing: Pairing? {
        get { desk.pairing }
        set { desk.pairing = newValue }
    }
    /// The screens above the keypad, the one that is seen last. Kept, so that a killed app comes back to it.
    public var path: [Screen] = [] {
        didSet { pathChanged(from: oldValue) }
    }

    /// Money that is told to people, above every screen.
    public let announcements: AnnouncementsModel
    /// The screen on which sales are rung up.
    public let keypad: KeypadModel
    /// Pairing, also anew.
    public let pairingScreen: PairingModel
    /// All sales.
    public let sales: ListModel
    /// What is still to be collected.
    public let toCollect: ToCollectModel
    /// Old drafts that wait for a decision.
    public let drafts: DraftsModel
    /// A day's totals.
    public let day: DayModel
    /// The shifts of this till.
    public let shifts: ShiftsModel
    /// Signing in and out.
    public let people: PeopleModel
    /// The settings.
    public let settings: SettingsModel
    /// How the till is, in detail.
    public let diagnosisScreen: DiagnosisModel

    @ObservationIgnored private let desk: Desk
    @ObservationIgnored private var saleModels: [String: SaleModel] = [:]
    @ObservationIgnored private var codeModels: [String: CodeModel] = [:]
    @ObservationIgnored private var refundModels: [String: RefundModel] = [:]
    private static let name = "saoma.path"

    /// How it is; none for a moment after the start.
    public var diagnosis: Diagnosis? { desk.diagnosis }

    /// The line on top of every screen; none when all is well.
    public var bar: Bar? { diagnosis?.bar }

    /// Who is signed in; none if nobody is.
    public var person: SignedIn? { diagnosis?.person }

    /// Whether people sign in at this merchant's tills.
    public var hasPeople: Bool { desk.can("people") }

    /// Whether this till takes a test account's play money: every screen must say so.
    public var isTestMoney: Bool { (pairing?.live ?? diagnosis?.live) == false }

    /// Where a person is after the start: as the app was left, or killed.
    init(_ till: Till, on platform: Platform, settings: SettingsModel) async throws(SaomaError) {
        desk = Desk(till: till, platform: platform, settings: settings)
        self.settings = settings
        announcements = AnnouncementsModel(desk)
        keypad = KeypadModel(desk)
        pairingScreen = PairingModel(desk)
        sales = ListModel(desk)
        toCollect = ToCollectModel(desk)
        drafts = DraftsModel(desk)
        day = DayModel(desk)
        shifts = ShiftsModel(desk)
        people = PeopleModel(desk)
        diagnosisScreen = DiagnosisModel(desk)
        desk.pairing = try await till.pairing()
        keypad.rungUp = { [weak self] orderNo, way in
            self?.path = [.code(orderNo: orderNo)]
            if way == .customersCode { self?.code(orderNo).startScanOfNewSale() }
        }
        people.signedInNow = { [weak self] in
            if self?.path.last == .people { self?.path.removeLast() }
        }
        pairingScreen.paired = { [weak self] pairing in
            self?.pairing = pairing
            self?.path = []
        }
        settings.languageChanged = { [weak self] in self?.speak() }
        settings.announcingChanged = { [weak self] in
            Task { await self?.announceAsSet() }
        }
        await announceAsSet()
        await restore()
    }

    /// A sale with its history and receipt. The same number gives the same model as long as a screen of the path shows it.
    public func sale(_ orderNo: String) -> SaleModel {
        let model = saleModels[orderNo] ?? SaleModel(orderNo, at: desk)
        saleModels[orderNo] = model
        return model
    }

    /// A sale's code. The same number gives the same model as long as a screen of the path shows it.
    public func code(_ orderNo: String) -> CodeModel {
        let model =
            codeModels[orderNo]
            ?? CodeModel(sale(orderNo), keypad: keypad) { [weak self] in
                self?.path = []
            }
        codeModels[orderNo] = model
        return model
    }

    /// Giving money of a sale back. The same number gives the same model, with one refund number, as long as its screen is on the path.
    public func refund(_ orderNo: String) -> RefundModel {
        let model =
            refundModels[orderNo]
            ?? RefundModel(sale(orderNo), at: desk) { [weak self] in
                if self?.path.last == .refund(orderNo: orderNo) { self?.path.removeLast() }
            }
        refundModels[orderNo] = model
        return model
    }

    /// Goes to the screen on which money of a sale is given back: of this payment, such as late money, or of its first.
    public func giveBack(_ payment: SalePayment? = nil, of orderNo: String) {
        guard path.last != .refund(orderNo: orderNo) else { return }
        path.append(.refund(orderNo: orderNo))
        if let payment { refund(orderNo).chosen = payment.transactionId }
    }

    /// A pairing link that came from outside the app: it is filled in, and a person decides.
    public func open(link: String) {
        pairingScreen.link = link
        if pairing != nil, path.last != .pairing { path.append(.pairing) }
    }

    /// Keeps everything on top of the screens as it is, and tells people of money. Ends with the till or the task.
    func run() async {
        await together(announcements.run, watchDiagnosis)
    }

    func foreground(_ inFront: Bool) async {
        // First of all, so that no code is in the picture that the system takes of the app.
        if inFront, !desk.inFront { desk.timesInFront += 1 }
        desk.inFront = inFront
        try? await desk.till.foreground(inFront)
        if inFront {
            for model in codeModels.values { await model.cameToFront() }
            day.askAgain()
        }
    }

    func network(_ there: Bool) async {
        try? await desk.till.network(there)
    }

    func close() async {
        try? await desk.till.close()
    }

    private func watchDiagnosis() async {
        do {
            for try await diagnosis in desk.till.diagnosis {
                desk.diagnosis = diagnosis
            }
        } catch {
            // There is always a diagnosis to watch, until the till is closed.
            desk.diagnosis = nil
        }
    }

    /// Everything in the language of now. What is watched is told again by itself.
    private func speak() {
        desk.till.setLanguage(settings.language)
        sales.lookAgain()
        toCollect.lookAgain()
        drafts.lookAgain()
        shifts.lookAgain()
        for model in saleModels.values {
            Task { await model.lookAgain() }
        }
    }

    private func announceAsSet() async {
        do {
            try await desk.till.setAnnouncing(settings.settings.announcing)
            settings.announcingFault = nil
        } catch {
            settings.announcingFault = error.fault
        }
    }

    private func restore() async {
        var kept: [Screen] = desk.platform.preferences.read(Self.name) ?? []
        if let rungUp = await keypad.restore(), kept.last?.orderNo != rungUp {
            kept.append(.code(orderNo: rungUp))
        }
        var there: [Screen] = []
        for screen in kept {
            if let orderNo = screen.orderNo, (try? await desk.till.sale(orderNo)) == nil { continue }
            if case .refund(let orderNo) = screen, await refund(orderNo).wasAsked() {
                // The sale shows it; another sheet has another number.
                refundModels[orderNo] = nil
                desk.platform.preferences[RefundModel.name] = nil
                continue
            }
            there.append(screen)
        }
        path = pairing == nil ? [] : there
    }

    private func pathChanged(from old: [Screen]) {
        guard path != old else { return }
        desk.platform.preferences.write(path, Self.name)
        let shown = Set(path.compactMap(\.orderNo))
        saleModels = saleModels.filter { shown.contains($0.key) }
        codeModels = codeModels.filter { shown.contains($0.key) }
        refundModels = refundModels.filter { path.contains(.refund(orderNo: $0.key)) }
        if refundModels.isEmpty { desk.platform.preferences[RefundModel.name] = nil }
    }
}
