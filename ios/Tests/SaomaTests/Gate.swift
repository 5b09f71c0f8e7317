// A network of this test's own: it lets requests and their answers through, or holds them for as long as the test likes.

import Foundation
import Saoma

final class Gate: HttpTransport {
    /// Tells of each request that is held.
    let held: AsyncStream<String>
    private let holding: AsyncStream<String>.Continuation
    private let network = URLSessionTransport()
    private let lock = NSLock()
    nonisolated(unsafe) private var isShut: @Sendable (HttpRequest) -> Bool = { _ in false }
    nonisolated(unsafe) private var isLost: @Sendable (HttpRequest) -> Bool = { _ in false }
    nonisolated(unsafe) private var waiting: [CheckedContinuation<Void, Never>] = []

    init() {
        (held, holding) = AsyncStream.makeStream(of: String.self)
    }

    /// Holds what comes from now on, or some of it.
    func close(to those: @escaping @Sendable (HttpRequest) -> Bool = { _ in true }) {
        lock.withLock { isShut = those }
    }

    /// From now on these requests get through, and their answers are lost on the way back.
    func loseAnswers(to those: @escaping @Sendable (HttpRequest) -> Bool) {
        lock.withLock { isLost = those }
    }

    /// Lets through what was held, and what comes.
    func open() {
        let waiting = lock.withLock {
            defer { (isShut, self.waiting) = ({ _ in false }, []) }
            return self.waiting
        }
        for request in waiting { request.resume() }
    }

    /// Waits until a request to a path that ends so is held.
    func holds(_ path: String) async {
        for await url in held where url.hasSuffix(path) {
            return
        }
    }

    func execute(request: HttpRequest) async throws -> HttpResponse {
        await pass(request)
        let answer = try await network.execute(request: request)
        if lock.withLock({ isLost(request) }) {
            holding.yield(request.url)
            throw TransportFailure.Lost(detail: "the connection broke")
        }
        return answer
    }

    func stream(request: HttpRequest, body: BodySink) async throws -> HttpHead {
        await pass(request)
        return try await network.stream(request: request, body: body)
    }

    func networkChanged() throws {
        try network.networkChanged()
    }

    private func pass(_ request: HttpRequest) async {
        await withCheckedContinuation { continuation in
            let held = lock.withLock {
                guard isShut(request) else { return false }
                waiting.append(continuation)
                return true
            }
            if held {
                holding.yield(request.url)
            } else {
                continuation.resume()
            }
        }
    }
}
