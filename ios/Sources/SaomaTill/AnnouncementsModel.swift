// Money is told to people: shown big, said aloud, felt; once for each payment, and acknowledged only when somebody saw or heard it.

import Observation

/// Something about money that is being told.
public struct Announcement: Identifiable, Equatable, Sendable {
    /// What is told, in words of the till's language.
    public fileprivate(set) var result: MoneyResult
    /// Whether it was heard.
    public fileprivate(set) var voice = Voice.waiting
    /// Whether the core knows that people were told: it never comes again.
    public fileprivate(set) var acknowledged = false

    /// Whether it was said aloud.
    public enum Voice: Sendable {
        /// Not yet.
        case waiting
        /// Being said.
        case speaking
        /// Said to its end.
        case heard
        /// It could not be said; a person must look. The screen says so.
        case notPlayed
        /// Sound is off in the settings; a person must look.
        case off
        /// The till is quiet about it: these are quiet hours, or it is less than what is said. It is shown.
        case quiet
    }

    /// Whether somebody asked to hear it.
    fileprivate var isAskedFor = false

    /// The payment's key: the same payment always has the same.
    public var id: String { result.key }

    /// Late money, money that does not match, or a refund that failed: only a person can acknowledge it.
    public var isAlarm: Bool {
        switch result.kind {
        case .paid, .refunded: result.late
        case .mismatch, .refundFailed: true
        }
    }
}

/// What is to be told about money, on top of every screen.
@MainActor
@Observable
public final class AnnouncementsModel {
    /// All that is being told, oldest first: what waits to be acknowledged, and what a person has not put away yet.
    public private(set) var all: [Announcement] = []
    /// Why an acknowledgement was not written down: it is told again after the next start.
    public private(set) var fault: Fault?

    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
    }

    /// The payment or the refund to show big: the newest that was told. Alarms are apart.
    public var paid: Announcement? {
        all.last { !$0.isAlarm && $0.voice != .waiting }
    }

    /// Late money and mismatches that a person has not acknowledged, oldest first.
    public var alarms: [Announcement] {
        all.filter { $0.isAlarm && $0.voice != .waiting }
    }

    /// A person saw it: it is put away, and never comes again.
    public func seen(_ announcement: Announcement) async {
        guard let told = self[announcement.id] else { return }
        if !told.acknowledged {
            await acknowledge(told.id)
        }
        if self[told.id]?.acknowledged == true {
            all.removeAll { $0.id == told.id }
        }
    }

    /// Says it again, because somebody asked; also where the till was quiet about it.
    public func sayAgain(_ announcement: Announcement) {
        guard let told = self[announcement.id], told.voice != .speaking else { return }
        change(told.id) { ($0.voice, $0.isAskedFor) = (.waiting, true) }
    }

    /// Takes results as they come and tells each. Ends with the till or the task.
    func run() async {
        await together(listen, tell)
    }

    private func listen() async {
        do {
            for try await results in desk.till.results {
                take(results)
            }
        } catch {
            fault = error.fault
        }
    }

    private func take(_ results: [MoneyResult]) {
        for result in results {
            if self[result.key] == nil {
                all.append(Announcement(result: result))
            } else {
                change(result.key) { $0.result = result }
            }
        }
    }

    private func tell() async {
        while !Task.isCancelled {
            if desk.inFront, let next = all.first(where: { $0.voice == .waiting }) {
                await tell(next)
            } else {
                await changed { [self] in (desk.inFront, all) }
            }
        }
    }

    private func tell(_ announcement: Announcement) async {
        let id = announcement.id
        if announcement.isAlarm { desk.platform.haptics.alarm() } else { desk.platform.haptics.paid() }
        guard announcement.result.aloud || announcement.isAskedFor else {
            change(id) { $0.voice = .quiet }
            all.removeAll { $0.acknowledged && $0.id != id }
            if !announcement.isAlarm, self[id]?.acknowledged == false { await acknowledge(id) }
            return
        }
        guard desk.settings.settings.sound else {
            change(id) { $0.voice = .off }
            return
        }
        change(id) { $0.voice = .speaking }
        // What was told before it, and heard, makes room.
        all.removeAll { $0.acknowledged && $0.id != id }
        let heard = await desk.platform.speech.say(announcement.result.spoken, in: desk.settings.language)
        if Task.isCancelled {
            change(id) { $0.voice = .waiting }
        } else if heard {
            change(id) { $0.voice = .heard }
            if !announcement.isAlarm, self[id]?.acknowledged == false { await acknowledge(id) }
        } else {
            change(id) { $0.voice = .notPlayed }
            desk.platform.haptics.alarm()
        }
    }

    private func acknowledge(_ id: String) async {
        guard let told = self[id] else { return }
        do {
            if told.voice == .quiet {
                try await desk.till.acknowledgeShown(told.result)
            } else {
                try await desk.till.acknowledge(told.result)
            }
            fault = nil
            change(id) { $0.acknowledged = true }
        } catch {
            fault = error.fault
        }
    }

    private subscript(_ id: String) -> Announcement? {
        all.first { $0.id == id }
    }

    private func change(_ id: String, _ how: (inout Announcement) -> Void) {
        guard let place = all.firstIndex(where: { $0.id == id }) else { return }
        how(&all[place])
    }
}
