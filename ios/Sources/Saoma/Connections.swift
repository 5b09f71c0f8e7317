// URLSessions that keep nothing, and tell each exchange what is its own.

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The connections of a transport: over one network, and to one pinned key, at a time.
final class Connections: Sendable {
    private let exchanges = Exchanges()
    private let lock = NSLock()
    nonisolated(unsafe) private var current: (session: URLSession, pinnedKey: Data?)?

    /// A task that has not begun yet.
    func task(for request: URLRequest, pinnedKey: Data?) -> URLSessionDataTask {
        // Under the lock: a session that was let go of makes no more tasks.
        lock.withLock {
            if let current, current.pinnedKey == pinnedKey {
                return current.session.dataTask(with: request)
            }
            // A connection is checked when it is made, and not again.
            current?.session.finishTasksAndInvalidate()
            let session = URLSession(configuration: Self.configuration, delegate: exchanges, delegateQueue: nil)
            current = (session, pinnedKey)
            return session.dataTask(with: request)
        }
    }

    /// Begins a task, of which this exchange is told.
    func begin(_ task: URLSessionTask, of exchange: Exchange) {
        exchanges.add(exchange, task)
        task.resume()
    }

    /// Makes new connections from now on; these go when the last exchange on them has ended.
    func letGo() {
        lock.withLock {
            current?.session.finishTasksAndInvalidate()
            current = nil
        }
    }

    private static var configuration: URLSessionConfiguration {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCredentialStorage = nil
        return configuration
    }
}

/// Which task is whose. A task that has ended is nobody's.
private final class Exchanges: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let lock = NSLock()
    private var exchanges: [ObjectIdentifier: Exchange] = [:]

    func add(_ exchange: Exchange, _ task: URLSessionTask) {
        lock.withLock { exchanges[ObjectIdentifier(task)] = exchange }
    }

    private func exchange(_ task: URLSessionTask) -> Exchange? {
        lock.withLock { exchanges[ObjectIdentifier(task)] }
    }

    func urlSession(
        _: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        completionHandler(exchange(dataTask)?.began(response) == true ? .allow : .cancel)
    }

    func urlSession(_: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(dataTask)?.came(data)
    }

    func urlSession(
        _: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_: URLSession, task: URLSessionTask, didFinishCollecting metrics: URLSessionTaskMetrics) {
        exchange(task)?.measured(metrics)
    }

    func urlSession(_: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let exchange = lock.withLock { exchanges.removeValue(forKey: ObjectIdentifier(task)) }
        exchange?.ended(error)
    }

    #if canImport(Security)
        func urlSession(
            _: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            // There is a trust where it is about the server's key, and only there.
            guard let trust = challenge.protectionSpace.serverTrust, let trusted = exchange(task)?.trusts(trust) else {
                return completionHandler(.performDefaultHandling, nil)
            }
            if trusted {
                completionHandler(.useCredential, URLCredential(trust: trust))
            } else {
                completionHandler(.cancelAuthenticationChallenge, nil)
            }
        }
    #endif
}
