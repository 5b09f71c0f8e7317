// What an app watches: always the newest state, however slow the app is.

import Foundation
import SaomaCore

/// Something to watch with `for try await`: its state now, then each change.
///
/// Every loop has a subscription of its own. Each element is the newest state whole: one that was passed over while the loop was
/// busy is never missed. Leaving the loop unsubscribes, and so does cancelling its task, which ends the loop. It ends by itself when
/// the till is closed; it throws if there is nothing to watch.
public struct Changes<Element: Sendable>: AsyncSequence, Sendable {
    let core: SaomaCore.Till
    let topic: Topic
    let element: @Sendable (Event) -> Element?
    /// What an element is about: of each, the newest is kept.
    let about: @Sendable (Element) -> String

    /// Subscribes.
    public func makeAsyncIterator() -> Iterator {
        Iterator(Watching(self))
    }

    /// One watching.
    public struct Iterator: AsyncIteratorProtocol {
        private let watching: Watching<Element>

        init(_ watching: Watching<Element>) {
            self.watching = watching
        }

        /// Waits for the next state. None: the till was closed, or the task cancelled.
        public mutating func next() async throws(SaomaError) -> Element? {
            try await next(isolation: nil)
        }

        /// The same without leaving an actor.
        public mutating func next(isolation: isolated (any Actor)?) async throws(SaomaError) -> Element? {
            while !Task.isCancelled {
                if let element = watching.mailbox.take() {
                    return element
                }
                guard await watching.mailbox.isSignalled() else {
                    break
                }
            }
            watching.subscription?.cancel()
            if !Task.isCancelled, let error = watching.mailbox.takeError() {
                throw error
            }
            return nil
        }
    }
}

/// A subscription, and what it has told. Whoever drops it unsubscribes.
final class Watching<Element: Sendable>: Sendable {
    let mailbox: Mailbox<Element>
    let subscription: Subscription?

    init(_ changes: Changes<Element>) {
        let mailbox = Mailbox(element: changes.element, about: changes.about)
        self.mailbox = mailbox
        do {
            subscription = try changes.core.subscribe(topic: changes.topic, listener: mailbox)
        } catch {
            subscription = nil
            mailbox.end(SaomaError(error))
        }
    }

    deinit {
        subscription?.cancel()
    }
}

/// Hears events on the library's threads and keeps the newest of each thing until they are taken.
final class Mailbox<Element: Sendable>: EventListener, @unchecked Sendable {
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let element: @Sendable (Event) -> Element?
    private let about: @Sendable (Element) -> String

    private let lock = NSLock()
    private var waiting: [Element] = []
    private var error: SaomaError?

    init(element: @escaping @Sendable (Event) -> Element?, about: @escaping @Sendable (Element) -> String) {
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.element = element
        self.about = about
    }

    func onEvent(event: Event) throws {
        if case .ended(let error) = event {
            end(error.map { SaomaError($0) })
        } else if let element = element(event) {
            put(element)
        }
    }

    func end(_ error: SaomaError?) {
        lock.withLock { self.error = error }
        signal.finish()
    }

    private func put(_ element: Element) {
        lock.withLock {
            let subject = about(element)
            if let older = waiting.firstIndex(where: { about($0) == subject }) {
                waiting[older] = element
            } else {
                waiting.append(element)
            }
        }
        signal.yield()
    }

    /// Waits until there is something to take. False: nothing more will come, or the task was cancelled.
    func isSignalled() async -> Bool {
        var signals = signals.makeAsyncIterator()
        return await signals.next() != nil
    }

    /// The thing that changed longest ago, if any has.
    func take() -> Element? {
        lock.withLock {
            waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }

    func takeError() -> SaomaError? {
        lock.withLock {
            defer { error = nil }
            return error
        }
    }
}
