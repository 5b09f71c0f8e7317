// HTTP by the platform: the whole road over it, and what it must never do.

import Foundation
import ShopForTests
import Testing

@testable import Saoma

@Suite(.timeLimit(.minutes(2)))
struct TransportTests {
    @Test func theWholeRoadGoesOverURLSession() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.paired(with: shop, in: folder, transport: URLSessionTransport())
        try await till.foreground(true)
        try await till.diagnosis { $0.streamAlive }
        let sale = try await till.sell(at: shop)
        try await till.network(true)
        #expect(try await till.merchantDay().totals.sums.paid.minor == sale.minor)
        try await till.sell(at: shop)
        try await till.close()
    }

    @Test func plainHttpGoesToThisMachineOnly() async throws {
        for url in [
            "http://example.org/v1/time", "ftp://127.0.0.1/", "file:///etc/hosts", "http://127.0.0.1.example.org/",
        ] {
            #expect(try await failure(request(url)).isNotSent, "\(url)")
        }
    }

    @Test func aRedirectIsAnAnswerAndACookieIsForgotten() async throws {
        let server = try CannedServer(
            answering:
                "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n")
        let transport = URLSessionTransport()
        var requests = server.requests.makeAsyncIterator()
        for _ in 1...2 {
            let answer = try await transport.execute(request: request("http://127.0.0.1:\(server.port)/v1/time"))
            #expect(answer.status == 302 && answer.body.isEmpty)
            #expect(answer.headers.contains { $0.name.lowercased() == "location" && $0.value == "http://127.0.0.1:1/" })
            let asked = try #require(await requests.next())
            #expect(asked.hasPrefix("GET /v1/time HTTP/1.1\r\n") && !asked.lowercased().contains("cookie"))
            #expect(asked.lowercased().contains("saoma-journal: 7\r\n"))
        }
    }

    @Test func aServerThatIsNotThereWasSentNothing() async throws {
        let port = try CannedServer(answering: nil).port
        #expect(try await failure(request("http://127.0.0.1:\(port)/v1/time", put: "{}")).isNotSent)
    }

    @Test func anAnswerThatDoesNotComeInTimeIsLost() async throws {
        let server = try CannedServer(answering: nil)
        let failure = try await failure(request("http://127.0.0.1:\(server.port)/", put: "{}", deadlineMs: 50))
        #expect(!failure.isNotSent)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ncut off"])
    func anAnswerThatIsCutOffIsLost(answer: String) async throws {
        let server = try CannedServer(answering: answer)
        #expect(try await !failure(request("http://127.0.0.1:\(server.port)/", put: "{}")).isNotSent)
    }

    @Test func anAnswerWithoutAnEndIsGivenUp() async throws {
        let long = String(repeating: "a", count: 1024 * 1024 + 1)
        let server = try CannedServer(answering: "HTTP/1.1 200 OK\r\n\r\n\(long)")
        #expect(try await failure(request("http://127.0.0.1:\(server.port)/")).detail == "the answer is too long")
    }

    #if !canImport(Security)
        @Test func aPinnedKeyThatCannotBeCheckedIsRefused() async throws {
            let server = try CannedServer(answering: nil)
            var pinned = request("http://127.0.0.1:\(server.port)/")
            pinned = HttpRequest(
                method: pinned.method, url: pinned.url, headers: [], body: Data(), deadlineMs: 1000,
                tlsKeySha256: Data(repeating: 7, count: 32))
            #expect(try await failure(pinned).isNotSent)
        }
    #endif

    /// The key of a certificate, as `openssl` finds it.
    @Test(arguments: [["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-newkey", "rsa:2048"]])
    func aCertificatesKeyIsFound(newKey: [String]) throws {
        let folder = try Folder()
        let file = { folder.url.appendingPathComponent($0).path }
        _ = try openssl(
            [
                "req", "-x509", "-nodes", "-subj", "/CN=till.example", "-keyout", file("key"), "-out",
                file("certificate"),
            ] + newKey)
        let certificate = try openssl(["x509", "-in", file("certificate"), "-outform", "DER"])
        let key = try openssl(["pkey", "-in", file("key"), "-pubout", "-outform", "DER"])
        #expect(subjectPublicKeyInfo(ofCertificate: certificate) == key)
        for length in 0..<certificate.count {
            #expect(subjectPublicKeyInfo(ofCertificate: certificate.prefix(length)) == nil)
        }
    }

    private func request(_ url: String, put body: String? = nil, deadlineMs: UInt32 = 15_000) -> HttpRequest {
        HttpRequest(
            method: body == nil ? "GET" : "PUT", url: url, headers: [HttpHeader(name: "saoma-journal", value: "7")],
            body: Data((body ?? "").utf8), deadlineMs: deadlineMs, tlsKeySha256: nil)
    }

    private func failure(_ request: HttpRequest) async throws -> TransportFailure {
        do {
            _ = try await URLSessionTransport().execute(request: request)
        } catch let failure as TransportFailure {
            return failure
        }
        throw NotRefused()
    }
}

extension TransportFailure {
    fileprivate var isNotSent: Bool {
        if case .NotSent = self { true } else { false }
    }
}
