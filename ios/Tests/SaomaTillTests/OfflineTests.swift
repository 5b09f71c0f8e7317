// Without a network sales are rung up, and the bar says what is not proven; drafts that grew old wait for a person.

import Foundation
import SaomaTill
import ShopForTests
import Testing

extension Screens {
    @MainActor
    struct OfflineTests {
        let phone = PhoneForTests()
        let folder: Folder

        init() throws { folder = try Folder() }

        @Test func theBarSaysWhatIsNotProvenUntilItIs() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            await app.model.network(false)
            let screen = try await till.ringUp("12.80")
            app.show(screen.run)
            _ = try await till.ringUp("3")
            await until { till.diagnosis?.unprovenCount == 2 }
            await until { till.bar?.text.contains("2 sales, ¥15.80") == true }
            #expect(till.bar?.tone == .warning && till.bar?.text.contains("No network") == true)
            await until { screen.sale.sale?.phase == .draft }
            #expect(screen.code == nil)
            await app.model.network(true)
            await until { screen.code != nil && till.bar?.tone != .warning }
            #expect(till.bar?.text.contains("2 sales") == true)
            await app.kill()
        }

        @Test func aDraftThatNeverLeftIsDroppedOnTheSpot() async throws {
            let shop = try await Shop.shared.value
            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till(pairedWith: shop)
            await app.model.network(false)
            let screen = try await till.ringUp()
            app.show(screen.run)
            await until { screen.sale.actions.contains(.cancel) }
            await screen.changeAmount()
            #expect(till.keypad.canCharge && till.keypad.replaced?.orderNo == screen.id)
            await app.kill()
        }

        @Test func oldDraftsWaitForAPersonWhoSendsOrDropsThem() async throws {
            let shop = try await Shop.shared.value
            let first = AppForTests(on: phone, at: folder.url)
            _ = try await first.till(pairedWith: shop)
            await first.kill()

            // The same phone an hour ago, without a network.
            let before = AppForTests(on: phone, at: folder.url, transport: AnHourAgo())
            let then = try await before.till()
            before.show(then.day.run)
            await until { then.day.merchantFault?.code == "unavailable" }
            await before.model.network(false)
            let sent = try await then.ringUp("1")
            let dropped = try await then.ringUp("2")
            await before.kill()

            let app = AppForTests(on: phone, at: folder.url)
            let till = try await app.till()
            app.show(till.drafts.run)
            await until { till.drafts.waiting.map(\.orderNo) == [dropped.id, sent.id] }
            await until { till.bar?.text.contains("2 old drafts wait") == true && till.diagnosis?.draftsWaiting == 2 }
            #expect(till.bar?.tone == .warning)

            let (drop, send) = (till.drafts.waiting[0], till.drafts.waiting[1])
            await drop.drop(because: " ")
            #expect(drop.sale?.phase == .waitingForPerson, "it wants a reason")
            async let tap: Void = drop.drop(because: "the customer left")
            async let again: Void = drop.drop(because: "the customer left")
            _ = await (tap, again)
            #expect(drop.fault == nil && drop.sale?.phase == .dropped)
            await send.send()
            #expect(send.fault == nil)
            await until { till.drafts.waiting.isEmpty }
            let screen = till.code(sent.id)
            app.show(screen.run)
            await until { screen.code != nil }
            #expect(screen.sale.sale?.amount == "1.00")
            await app.kill()
        }
    }
}

/// A backend whose clock is an hour behind, and which can do nothing now: the till takes its time for the right one.
private final class AnHourAgo: HttpTransport {
    private static let problem = """
        {"type": "urn:saoma:problem:unavailable", "title": "Unavailable", "status": 503, "code": "unavailable", \
        "detail": "not now", "retryable": true}
        """

    private var headers: [HttpHeader] {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = .gmt
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return [
            HttpHeader(name: "date", value: format.string(from: Date(timeIntervalSinceNow: -3_600))),
            HttpHeader(name: "content-type", value: "application/problem+json"),
        ]
    }

    func execute(request: HttpRequest) async throws -> HttpResponse {
        HttpResponse(status: 503, headers: headers, body: Data(Self.problem.utf8))
    }

    func stream(request: HttpRequest, body: BodySink) async throws -> HttpHead {
        HttpHead(status: 503, headers: headers)
    }

    func networkChanged() throws {}
}
