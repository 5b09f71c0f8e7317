// A phone whose clock is wrong by days: told, and no obstacle.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ClockTests {
    @Test func aClockThatIsDaysAheadIsToldToPeople() async throws {
        let shop = try await Shop.open()
        let folder = try Folder()
        let till = try await Till.open(at: folder.url, language: .english, transport: DaysBehind(days: 3))
        try await till.pair(with: shop.link, as: "counter 1")
        let diagnosis = try await till.diagnosis { $0.clockWarning }
        #expect(diagnosis.wallAheadMs.map { $0 > 2 * 86_400_000 } == true)
        #expect(diagnosis.bar?.tone == .warning)
        #expect(diagnosis.bar?.text.contains("3 days fast") == true)
        till.setLanguage(.chinese)
        try await till.diagnosis { $0.bar?.text.contains("3 天") == true }
    }
}

/// A network on which the backend's time is days behind this machine's, as it looks from a phone whose clock is days ahead.
private final class DaysBehind: HttpTransport {
    private let days: Double
    private let network = URLSessionTransport()

    init(days: Double) {
        self.days = days
    }

    func execute(request: HttpRequest) async throws -> HttpResponse {
        let answer = try await network.execute(request: request)
        let headers = answer.headers.filter { $0.name.lowercased() != "date" } + [HttpHeader(name: "date", value: date)]
        guard var said = try? JSONSerialization.jsonObject(with: answer.body) as? [String: Any] else {
            return HttpResponse(status: answer.status, headers: headers, body: answer.body)
        }
        // The time that is asked for, and the one that comes with a refusal for the clock's sake.
        for name in ["time", "server_time"] where said[name] != nil {
            said[name] = ISO8601DateFormatter().string(from: then)
        }
        return HttpResponse(
            status: answer.status, headers: headers, body: try JSONSerialization.data(withJSONObject: said))
    }

    func stream(request: HttpRequest, body: BodySink) async throws -> HttpHead {
        throw TransportFailure.NotSent(detail: "no stream")
    }

    func networkChanged() throws {}

    private var then: Date {
        Date(timeIntervalSinceNow: -days * 86_400)
    }

    private var date: String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.string(from: then)
    }
}
