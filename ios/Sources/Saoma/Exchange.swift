// One request over URLSession, and its answer as it comes.

import Foundation
import SaomaCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif
#if canImport(Security)
    import CryptoKit
    import Security
#endif

/// A request under way. Its parts are read by one reader, one after the other.
final class Exchange: @unchecked Sendable {
    private enum Part: Sendable {
        case head(HttpHead)
        case bytes(Data)
    }

    private let parts: AsyncThrowingStream<Part, any Error>
    private let part: AsyncThrowingStream<Part, any Error>.Continuation
    private let pinnedKey: Data?
    private let deadline: Task<Void, Never>

    private let lock = NSLock()
    private let task: URLSessionDataTask
    /// Whether the system tells that it began to send something; nothing while it has told nothing.
    private var left: Bool?
    private var refusedKey = false

    /// Sends a request.
    init(_ request: HttpRequest, over connections: Connections) throws(TransportFailure) {
        let sent = try URLRequest(request)
        #if !canImport(Security)
            guard request.tlsKeySha256 == nil else {
                throw .NotSent(detail: "this system's URLSession cannot check a pinned key: leave HTTP to the library")
            }
        #endif
        // A reader that is so far behind is cut off, and asks again.
        (parts, part) = AsyncThrowingStream.makeStream(of: Part.self, bufferingPolicy: .bufferingOldest(256))
        pinnedKey = request.tlsKeySha256
        let task = connections.task(for: sent, pinnedKey: request.tlsKeySha256)
        self.task = task
        deadline = Task {
            do {
                try await Task.sleep(for: .milliseconds(request.deadlineMs))
                task.cancel()
            } catch {}
        }
        connections.begin(task, of: self)
    }

    /// The answer's status and headers.
    func head() async throws -> HttpHead {
        guard case .head(let head) = try await next() else {
            throw TransportFailure.Lost(detail: "no answer")
        }
        return head
    }

    /// The next bytes of its body, split anywhere. None: it has ended.
    func bytes() async throws -> Data? {
        guard case .bytes(let bytes) = try await next() else { return nil }
        return bytes
    }

    /// The answer has begun, and may take as long as it likes.
    func hasNoDeadlineAnyMore() {
        deadline.cancel()
    }

    /// Nothing more is wanted.
    func stop() {
        deadline.cancel()
        task.cancel()
    }

    private func next() async throws -> Part? {
        var reader = parts.makeAsyncIterator()
        return try await reader.next()
    }

    // MARK: What URLSession tells

    func began(_ response: URLResponse) -> Bool {
        guard let response = response as? HTTPURLResponse else { return false }
        pass(on: .head(HttpHead(response)))
        return true
    }

    func came(_ data: Data) {
        pass(on: .bytes(data))
    }

    private func pass(on next: Part) {
        if case .dropped = part.yield(next) {
            part.finish(throwing: TransportFailure.Lost(detail: "the answer was not read as fast as it came"))
            stop()
        }
    }

    func measured(_ metrics: URLSessionTaskMetrics) {
        guard !metrics.transactionMetrics.isEmpty else { return }
        lock.withLock {
            left = metrics.transactionMetrics.contains { $0.requestStartDate != nil }
        }
    }

    func ended(_ error: (any Error)?) {
        deadline.cancel()
        if let error {
            part.finish(throwing: failure(error))
        } else {
            part.finish()
        }
    }

    /// A request is "not sent" only where the system vouches for it: it may have tried more than once by itself, and the error is
    /// that of the last try.
    private func failure(_ error: any Error) -> TransportFailure {
        let (left, refusedKey) = lock.withLock { (self.left, self.refusedKey) }
        let code = (error as? URLError)?.code
        let told = "URLSession \(code?.rawValue ?? 0): \(error.localizedDescription)"
        let detail = refusedKey ? "the server showed another TLS key than the one pinned" : told
        let unconnected = code.map(Self.unconnected.contains) ?? false
        let surelyNotSent = left.map { !$0 } ?? (unconnected && task.countOfBytesSent == 0)
        return surelyNotSent ? .NotSent(detail: detail) : .Lost(detail: detail)
    }

    private static let unconnected: Set<URLError.Code> = [
        .cannotFindHost, .dnsLookupFailed, .cannotConnectToHost, .notConnectedToInternet, .dataNotAllowed,
    ]

    #if canImport(Security)
        /// Whether the server may be spoken to, where pairing pinned its key; none where the system decides.
        func trusts(_ trust: SecTrust) -> Bool? {
            guard let pinnedKey else { return nil }
            let trusted = Self.key(of: trust) == pinnedKey
            lock.withLock { refusedKey = !trusted }
            return trusted
        }

        /// SHA-256 of the key (SPKI) that a server showed.
        private static func key(of trust: SecTrust) -> Data? {
            guard let chain = SecTrustCopyCertificateChain(trust) as? [SecCertificate], let certificate = chain.first,
                let key = subjectPublicKeyInfo(ofCertificate: SecCertificateCopyData(certificate) as Data)
            else {
                return nil
            }
            return Data(SHA256.hash(data: key))
        }
    #endif
}

extension URLRequest {
    /// A request of the core, byte for byte.
    fileprivate init(_ request: HttpRequest) throws(TransportFailure) {
        guard let url = URL(string: request.url) else {
            throw .NotSent(detail: "not an address")
        }
        guard url.scheme == "https" || (url.scheme == "http" && url.isOfThisMachine) else {
            throw .NotSent(detail: "http:// is allowed to this very machine only; use https://")
        }
        self.init(url: url)
        httpMethod = request.method
        for header in request.headers {
            setValue(header.value, forHTTPHeaderField: header.name)
        }
        if !request.body.isEmpty {
            httpBody = request.body
        }
        // Longer than a stream may be silent: the core lets go of it before.
        timeoutInterval = 60
    }
}

extension URL {
    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1", "[::1]"]

    fileprivate var isOfThisMachine: Bool {
        host.map(Self.loopback.contains) ?? false
    }
}

extension HttpHead {
    fileprivate init(_ response: HTTPURLResponse) {
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { HttpHeader(name: $0, value: "\(value)") }
        }
        self.init(status: UInt32(response.statusCode), headers: headers)
    }
}
