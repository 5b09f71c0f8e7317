// The app's root: the till opens, or it says why it cannot.

import Observation

/// The till of an app: opening, open, or shut with a sentence for whoever holds the phone.
@MainActor
@Observable
public final class TillModel {
    /// How far it is.
    public enum Stage {
        /// It is being opened: a moment, in which everything is restored.
        case opening
        /// It could not be opened, and why: its storage is in use, full, damaged, or of a later version; its key is locked or lost.
        /// Nothing is lost: see ``TillModel/tryAgain()``.
        case shut(Fault)
        /// It works.
        case open(OpenTill)
    }

    /// How far it is.
    public private(set) var stage = Stage.opening
    /// What is set; also before the till is open.
    public let settings: SettingsModel

    @ObservationIgnored private let platform: Platform
    @ObservationIgnored private let openTill: @MainActor (Language) async throws(SaomaError) -> Till
    /// What the phone said before the till was open.
    @ObservationIgnored private var inFront = true
    @ObservationIgnored private var network = true
    @ObservationIgnored private var link: String?
    private var tries = 0

    /// A till that is opened by the app: on its folder, with its key store and its transport, in a language.
    public init(on platform: Platform, open: @escaping @MainActor (Language) async throws(SaomaError) -> Till) {
        self.platform = platform
        openTill = open
        settings = SettingsModel(platform.preferences)
    }

    /// Opens the till and has it work. For the app's first view's `task`. Cancelling leaves the till open, and running again goes on
    /// with it.
    public func run() async {
        while !Task.isCancelled {
            if case .open(let till) = stage {
                await till.run()
                return
            }
            let tried = tries
            await open()
            if case .shut = stage {
                await changed { [self] in tries }
                if tried == tries { return }
            }
        }
    }

    /// Opens it once more, because somebody asked for it or something may have changed.
    public func tryAgain() {
        guard case .shut = stage else { return }
        stage = .opening
        tries += 1
    }

    /// Says whether the app is in front: on each change of the scene's phase, background or not. A till that could not be opened is
    /// tried again.
    public func foreground(_ inFront: Bool) async {
        self.inFront = inFront
        switch stage {
        case .opening: break
        case .open(let till): await till.foreground(inFront)
        case .shut: if inFront { tryAgain() }
        }
    }

    /// Says whether the phone has a network, and when it changes from one to another.
    public func network(_ there: Bool) async {
        network = there
        if case .open(let till) = stage { await till.network(there) }
    }

    /// Takes a pairing link that came from outside the app, such as from the camera app: a person decides about it.
    public func open(link: String) {
        if case .open(let till) = stage { till.open(link: link) } else { self.link = link }
    }

    /// Closes the till and gives its folder free. ``run()`` ends, and opens it again when it is next called.
    public func close() async {
        guard case .open(let till) = stage else { return }
        stage = .opening
        await till.close()
    }

    private func open() async {
        stage = .opening
        do {
            let till = try await OpenTill(try await openTill(settings.language), on: platform, settings: settings)
            let told = (inFront, network)
            await till.foreground(told.0)
            await till.network(told.1)
            if let link { till.open(link: link) }
            link = nil
            stage = .open(till)
            // What the phone said while this till was told of how it was.
            if inFront != told.0 { await till.foreground(inFront) }
            if network != told.1 { await till.network(network) }
        } catch {
            // Cancelled: nobody looks any more.
            if let why = error.fault { stage = .shut(why) }
        }
    }
}
