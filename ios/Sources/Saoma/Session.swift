// A URLSession that keeps nothing, and tells each exchange what is its own.

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Connections of one network. They go when it is let go of and the last exchange has ended.
final class Session: Sendable {
    private let exchanges = Exchanges()
    private let session: URLSession

    init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCredentialStorage = nil
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
    }

    func task(for request: URLRequest) -> URLSessionDataTask {
        session.dataTask(with: request)
    }

    func tells(_ exchange: Exchange, of task: URLSessionTask) {
        exchanges.add(exchange, task)
    }

    func letGo() {
        session.finishTasksAndInvalidate()
    }
}

/// Which task is whose. A task that has ended is nobody's.
private final class Exchanges: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let lock = NSLock()
    private var exchanges: [Int: Exchange] = [:]

    func add(_ exchange: Exchange, _ task: URLSessionTask) {
        lock.withLock { exchanges[task.taskIdentifier] = exchange }
    }

    private func exchange(_ task: URLSessionTask) -> Exchange? {
        lock.withLock { exchanges[task.taskIdentifier] }
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
        let exchange = lock.withLock { exchanges.removeValue(forKey: task.taskIdentifier) }
        exchange?.ended(error)
    }

    #if canImport(Security)
        func urlSession(
            _: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            let space = challenge.protectionSpace
            let asked = space.authenticationMethod == NSURLAuthenticationMethodServerTrust
            switch (asked ? exchange(task)?.trusts(space.serverTrust) : nil, space.serverTrust) {
            case (true, let trust?): completionHandler(.useCredential, URLCredential(trust: trust))
            case (nil, _): completionHandler(.performDefaultHandling, nil)
            default: completionHandler(.cancelAuthenticationChallenge, nil)
            }
        }
    #endif
}
