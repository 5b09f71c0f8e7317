// The app without its views: what a view does for a model, and what a person does to a view.

import Foundation
import Observation
import SaomaTill
import ShopForTests
import Testing

/// The tests of the screens, one after the other: many share a shop.
@Suite(.serialized, .timeLimit(.minutes(1)))
enum Screens {}

/// One start of the app on a phone. Killing it leaves the phone and its folder as they are.
@MainActor
final class AppForTests {
    let model: TillModel
    private var tasks: [Task<Void, Never>] = []

    init(
        on phone: PhoneForTests, at place: URL, keyStore: (any KeyStore)? = nil, transport: (any HttpTransport)? = nil
    ) {
        model = TillModel(on: phone.platform) { language throws(SaomaError) in
            try await Till.open(at: place, language: language, keyStore: keyStore, transport: transport)
        }
        show(model.run)
    }

    /// A view appears: its `task` runs.
    @discardableResult
    func show(_ run: @escaping @MainActor () async -> Void) -> Task<Void, Never> {
        let task = Task { await run() }
        tasks.append(task)
        return task
    }

    /// The till, once it is open.
    func till() async throws -> OpenTill {
        var till: OpenTill?
        await until {
            if case .open(let opened) = self.model.stage { till = opened }
            return till != nil || self.fault != nil
        }
        return try #require(till, "\(String(describing: fault))")
    }

    /// Why the till could not be opened.
    var fault: Fault? {
        if case .shut(let fault) = model.stage { fault } else { nil }
    }

    /// The till, paired with a shop, on which people may do as much as a role.
    func till(pairedWith shop: Shop, as role: String = "cashier") async throws -> OpenTill {
        let till = try await till()
        till.pairingScreen.link = try await shop.oneMoreLink(for: role)
        await till.pairingScreen.pair()
        #expect(till.pairing != nil, "\(String(describing: till.pairingScreen.fault))")
        // What the backend can do is known a moment later.
        await until { till.diagnosis?.features.isEmpty == false }
        return till
    }

    /// The system kills the app: nothing of it is left but its place and what the phone keeps.
    func kill() async {
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        await model.close()
    }
}

extension OpenTill {
    /// A person types an amount and rings it up; the screen of its code.
    func ringUp(_ typed: String = "12.80") async throws -> CodeModel {
        keypad.type(typed)
        await keypad.charge()
        #expect(keypad.fault == nil)
        return try codeScreen()
    }

    /// The screen of the code that is seen.
    func codeScreen() throws -> CodeModel {
        guard case .code(let orderNo) = path.last else { throw NotSeen() }
        return code(orderNo)
    }

    struct NotSeen: Error {}
}

extension KeypadModel {
    func type(_ text: String) {
        for key in text.compactMap(Key.init) { press(key) }
    }
}

/// Waits until it is so: looked at again whenever something observed has changed.
@MainActor
func until(_ so: () -> Bool) async {
    while true {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self)
        let isSo = withObservationTracking(so) { signal.finish() }
        if isSo || Task.isCancelled { return }
        for await _ in signals {}
    }
}
