// Pairing with a merchant's backend, by a link that is scanned or typed.

import Foundation
import Observation

/// The pairing screen. Also for pairing anew, where the till may only be looked at.
@MainActor
@Observable
public final class PairingModel {
    /// The link, as pasted or typed: `saoma://pair?…`.
    public var link = ""
    /// What people will call this device.
    public var deviceName: String
    /// Whether it is being paired just now.
    public private(set) var busy = false
    /// Why it was not paired.
    public private(set) var fault: Fault?
    /// The camera. A link that it reads is paired with at once.
    public let scan = ScanModel(for: .pairingLink)

    @ObservationIgnored var paired: (Pairing) -> Void = { _ in }
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
        deviceName = desk.platform.deviceName
        scan.take = { [weak self] text in
            self?.link = text
            await self?.pair()
        }
    }

    /// Whether there is something to pair with.
    public var canPair: Bool {
        !busy && !trimmed(link).isEmpty && !trimmed(deviceName).isEmpty
    }

    /// Pairs by ``link``. A second tap does nothing; the same link again does no harm.
    public func pair() async {
        guard canPair else { return }
        busy = true
        fault = nil
        defer { busy = false }
        do {
            let pairing = try await desk.till.pair(with: trimmed(link), as: trimmed(deviceName))
            link = ""
            scan.stop()
            paired(pairing)
        } catch {
            fault = error.fault
        }
    }

    /// Keeps the display's pictures away while a link is on it. For the view's `task`.
    public func run() async {
        let hold = desk.platform.display.guardScreen()
        defer { hold.release() }
        await untilCancelled()
    }

    private func trimmed(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
