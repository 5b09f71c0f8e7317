// The shifts of a till, from the drawer's opening to its close.

import Foundation
import Observation

/// The open shift, counted as it stands, and the closed ones, sealed. All of it works without a network.
@MainActor
@Observable
public final class ShiftsModel {
    /// Newest first; an open one before all.
    public private(set) var shifts: [Shift] = []
    /// Whether they have been read.
    public private(set) var loaded = false
    /// Cash in the drawer as somebody typed it: at the opening, and as it was counted at the close.
    public var cash = ""
    /// Whether a shift is being opened or closed just now.
    public private(set) var busy = false
    /// Why the last thing was not done.
    public private(set) var fault: Fault?

    private var wanted = 0
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
    }

    /// The shift that is open.
    public var open: Shift? { shifts.first { $0.closedAt == nil } }

    /// A shift by its number.
    public func shift(_ no: UInt32) -> Shift? {
        shifts.first { $0.no == no }
    }

    /// What a person is called.
    public func name(of person: String?) -> String? {
        person.map(desk.name)
    }

    /// Opens a shift over the cash that is typed; over none if nothing is.
    public func openShift() async {
        await attempt { till, cash throws(SaomaError) in try await till.openShift(floatMinor: cash ?? 0) }
    }

    /// Closes the open shift: with the cash that is typed as counted, or not counted if nothing is. It is sealed then.
    public func closeShift() async {
        await attempt { till, cash throws(SaomaError) in try await till.closeShift(countedMinor: cash) }
    }

    /// Offers a shift's paper slip to printers and other apps.
    public func shareSlip(_ no: UInt32) async {
        do {
            desk.platform.sharing.share(slip: try await desk.till.shiftSlip(no, on: desk.settings.settings.paper.paper))
            fault = nil
        } catch {
            fault = error.fault
        }
    }

    /// Keeps them as they are while money moves. For the view's `task`.
    public func run() async {
        await together(readWhenAsked, readWhenChanged, desk.learnNames)
    }

    func lookAgain() {
        wanted += 1
    }

    private func attempt(_ call: (Till, Int64?) async throws(SaomaError) -> Shift) async {
        guard !busy else { return }
        busy = true
        defer { busy = false }
        do {
            _ = try await call(desk.till, try minorUnits(typed: cash))
            (cash, fault) = ("", nil)
        } catch {
            fault = error.fault
        }
        wanted += 1
    }

    private func readWhenAsked() async {
        while !Task.isCancelled {
            let asked = wanted
            do {
                (shifts, loaded) = (try await desk.till.shifts(), true)
            } catch {
                fault = error.fault ?? fault
            }
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
}

/// Minor units as typed, where there may be none of them: a till's drawer may be empty. Nothing typed is no answer.
func minorUnits(typed: String) throws(SaomaError) -> Int64? {
    let typed = typed.trimmingCharacters(in: .whitespaces)
    if typed.isEmpty { return nil }
    if ["0", "0.0", "0.00"].contains(typed) { return 0 }
    return try Amount(typed: typed).minor
}
