// HTTP by the platform, for those who want its proxies, its trust and its radio.

import Foundation
import SaomaCore

/// Carries requests over `URLSession`: with the phone's proxies, VPN and certificates, and under App Transport Security.
///
/// It keeps no cookie and no cache, follows no redirect, and speaks plain HTTP to this very machine only. A key that pairing pinned
/// is checked in the place of the certificate's issuer; where there is no Security framework such a request is refused.
public final class URLSessionTransport: HttpTransport {
    private let connections = Connections()

    /// A transport that makes its connections when they are needed.
    public init() {}

    /// Sends a request and reads the whole answer.
    public func execute(request: HttpRequest) async throws -> HttpResponse {
        let exchange = try Exchange(request, over: connections)
        defer { exchange.stop() }
        let head = try await exchange.head()
        var body = Data()
        while let bytes = try await exchange.bytes() {
            body += bytes
            guard body.count <= Self.answerBytesMax else {
                throw TransportFailure.Lost(detail: "the answer is too long")
            }
        }
        return HttpResponse(status: head.status, headers: head.headers, body: body)
    }

    /// Sends a request, returns the answer's head, and goes on passing its body on.
    public func stream(request: HttpRequest, body: BodySink) async throws -> HttpHead {
        let exchange = try Exchange(request, over: connections)
        let head: HttpHead
        do {
            head = try await exchange.head()
        } catch {
            exchange.stop()
            throw error
        }
        exchange.hasNoDeadlineAnyMore()
        Task {
            defer { exchange.stop() }
            do {
                while let bytes = try await exchange.bytes() {
                    guard await body.chunk(bytes: bytes) else { return }
                }
                body.end(cutOff: nil)
            } catch {
                body.end(cutOff: (error as? TransportFailure)?.detail ?? "\(error)")
            }
        }
        return head
    }

    /// Makes new connections from now on. What is under way on the old ones ends by itself.
    public func networkChanged() throws {
        connections.letGo()
    }

    deinit {
        connections.letGo()
    }

    private static let answerBytesMax = 1024 * 1024
}

extension TransportFailure {
    /// What happened, without secrets.
    public var detail: String {
        switch self {
        case .NotSent(let detail), .Lost(let detail): detail
        }
    }
}
