// A server that says what a test tells it, byte for byte.

import Foundation

#if canImport(Glibc)
    import Glibc
    private let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let streamSocket = SOCK_STREAM
#endif

/// Answers each request with the same bytes and closes the connection; without an answer it keeps the connection and says nothing.
final class CannedServer: Sendable {
    let port: UInt16
    /// Each request as it came.
    let requests: AsyncStream<String>
    private let listener: Int32

    init(answering answer: String?) throws {
        let listener = socket(AF_INET, streamSocket, 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let open = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard open else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        let (requests, request) = AsyncStream.makeStream(of: String.self)
        self.requests = requests
        Thread.detachNewThread {
            var kept: [Int32] = []
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                request.yield(Self.read(connection))
                if let answer {
                    _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                    close(connection)
                } else {
                    kept.append(connection)
                }
            }
            for connection in kept { close(connection) }
            request.finish()
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func read(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer[0..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
