// Who is at the till: a name is tapped, digits are typed.

import Observation

/// Signing in and out. A PIN is held only while it is typed; it is never kept, and no screen shows it.
@MainActor
@Observable
public final class PeopleModel {
    /// Who may sign in on this device; empty until the backend has answered.
    public private(set) var people: [Person] = []
    /// Whether it has answered.
    public private(set) var loaded = false
    /// Why it is not known who may sign in.
    public private(set) var fault: Fault?
    /// Who is signing in, after a tap on the name.
    public private(set) var chosen: Person?
    /// Why the person was not signed in.
    public private(set) var pinFault: Fault?
    /// Whether the backend is being asked just now.
    public private(set) var busy = false

    /// How many digits a PIN has at most.
    public static let pinLengthMax = 12
    private static let pinLengthMin = 4

    private var pin = ""
    /// Until when, by the desk's clock, the backend takes no PIN of a person.
    private var lockedUntil: [String: Duration] = [:]
    /// What the clock said at the last tick.
    private var now = Duration.zero
    private var wanted = 0
    @ObservationIgnored var signedInNow: () -> Void = {}
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
    }

    /// Who is signed in on this device.
    public var signedIn: SignedIn? { desk.diagnosis?.person }

    /// Whether the merchant wants somebody signed in for anything but reading, and nobody is.
    public var isNeeded: Bool { desk.diagnosis?.signInRequired == true && signedIn == nil }

    /// How many digits are typed.
    public var pinLength: Int { pin.count }

    /// How many more tries there are, after a wrong PIN.
    public var triesLeft: Int? { pinFault?.triesLeft.map(Int.init) }

    /// Seconds until the chosen person may try again, after too many wrong PINs.
    public var secondsLocked: Int? {
        guard let chosen, let until = lockedUntil[chosen.id], until > now else { return nil }
        let left = (until - now).components
        return Int(left.seconds) + (left.attoseconds > 0 ? 1 : 0)
    }

    /// Whether what is typed can be a PIN.
    public var canSignIn: Bool {
        !busy && chosen != nil && pin.count >= Self.pinLengthMin && secondsLocked == nil
    }

    /// A tap on a name; none puts it back.
    public func choose(_ person: Person?) {
        guard !busy else { return }
        (chosen, pin, pinFault) = (person, "", nil)
    }

    /// A key of the pad: digits, and taking them back. Others do nothing.
    public func press(_ key: Key) {
        guard !busy, chosen != nil, secondsLocked == nil else { return }
        switch key {
        case .digit(let digit): if pin.count < Self.pinLengthMax { pin += "\(digit)" }
        case .backspace: pin = String(pin.dropLast())
        case .clear: pin = ""
        case .doubleZero, .point, .plus: return
        }
        desk.platform.haptics.key()
    }

    /// Signs the chosen person in. What was typed is forgotten, however it ends.
    public func signIn() async {
        guard canSignIn, let chosen else { return }
        busy = true
        pinFault = nil
        defer { busy = false }
        let typed = pin
        pin = ""
        do {
            try await desk.till.signIn(chosen.id, pin: typed)
            self.chosen = nil
            signedInNow()
        } catch {
            pinFault = error.fault
            if let seconds = error.fault?.retryAfterS {
                now = desk.platform.clock.elapsed
                lockedUntil[chosen.id] = now + .seconds(Int64(seconds))
            }
            desk.platform.haptics.alarm()
        }
    }

    /// Signs out whoever is signed in; also without a network.
    public func signOut() async {
        do {
            try await desk.till.signOut()
            fault = nil
        } catch {
            fault = error.fault
        }
    }

    /// Asks the backend again who may sign in.
    public func askAgain() {
        wanted += 1
    }

    /// Keeps the names and the countdown as they are, and the display's pictures away while a PIN is typed. For the view's `task`.
    public func run() async {
        let hold = desk.platform.display.guardScreen()
        defer { hold.release() }
        await together(readWhenAsked, tick)
        // What was typed is not there when somebody comes back.
        choose(nil)
    }

    private func readWhenAsked() async {
        while !Task.isCancelled {
            let asked = wanted
            do {
                (people, loaded, fault) = (try await desk.people().people, true, nil)
            } catch {
                fault = error.fault ?? fault
            }
            if asked == wanted { await changed { [self] in wanted } }
        }
    }

    private func tick() async {
        let clock = desk.platform.clock
        while !Task.isCancelled {
            now = clock.elapsed
            if secondsLocked == nil {
                await changed { [self] in secondsLocked }
            } else {
                try? await clock.sleep(until: now + .seconds(1))
            }
        }
    }
}

extension Fault {
    /// Whether it would be done if somebody signed in.
    public var asksForPerson: Bool { code == "sign_in_required" || code == "session_ended" }
}
