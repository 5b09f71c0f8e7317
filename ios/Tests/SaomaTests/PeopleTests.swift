// Who is at the till, the shift they work in, and what the till is quiet about.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct PeopleTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test func aPersonSignsInByAPinWithSoManyTries() async throws {
        let shop = try await Shop.open()
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let pin = try await shop.person("li", called: "Li Lei", as: "cashier")
        let people = try await till.people()
        #expect(people.people.map(\.name) == ["Li Lei"] && !people.signInRequired)
        #expect(try await refused(.input) { try await till.signIn("li", pin: "12") }.field == "pin")
        let wrong = pin == "111111" ? "222222" : "111111"
        var left: UInt32 = 5
        var fault = try await refused(.refused) { try await till.signIn("li", pin: wrong) }
        while fault.code == "pin_wrong" {
            left -= 1
            #expect(fault.triesLeft == left && !fault.detail.contains(wrong))
            fault = try await refused(.refused) { try await till.signIn("li", pin: wrong) }
        }
        #expect(fault.code == "pin_locked" && (fault.retryAfterS ?? 0) > 0)
        #expect(try await refused(.refused) { try await till.signIn("li", pin: pin) }.code == "pin_locked")
        try await till.close()
    }

    @Test func whoIsSignedInIsNamedAndIsStillThereAfterAKill() async throws {
        let shop = try await Shop.open()
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let pin = try await shop.person("li", called: "Li Lei", as: "cashier")
        let signedIn = try await till.signIn("li", pin: pin)
        #expect((signedIn.name, signedIn.role) == ("Li Lei", "cashier") && signedIn.until > .now)
        try await till.diagnosis { $0.person == signedIn }
        #expect(try await till.chargeTea().staff == "li")
        try await till.close()

        let next = try await Till.open(at: folder.url, language: .english)
        try await next.diagnosis { $0.person == signedIn }
        try await next.network(false)
        try await next.signOut()
        try await next.diagnosis { $0.person == nil }
        #expect(try await next.chargeTea().staff == nil)
        try await next.close()
    }

    @Test func whereSignInIsWantedNothingIsRungUpWithoutIt() async throws {
        let shop = try await Shop.open()
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        let pin = try await shop.person("li", called: "Li Lei", as: "cashier")
        try await shop.wantsPeopleSignedIn()
        #expect(try await till.people().signInRequired)
        try await till.diagnosis { $0.signInRequired && $0.person == nil }
        #expect(try await refused(.notNow) { try await till.chargeTea() }.code == "sign_in_required")
        try await till.signIn("li", pin: pin)
        try await till.sale(try await till.chargeTea().orderNo, is: .awaiting)
        try await till.close()
    }

    @Test func aShiftIsCountedSealedAndPrinted() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        try await till.diagnosis { $0.features.contains("cash") }
        #expect(try await refused(.notNow) { try await till.closeShift(countedMinor: nil) }.code == "no_shift")
        #expect(try await refused(.input) { try await till.openShift(floatMinor: -1) }.field != nil)
        #expect(try await till.openShift(floatMinor: 200_00).closedAt == nil)
        #expect(try await refused(.notNow) { try await till.openShift(floatMinor: 0) }.code == "shift_open")
        try await till.charge(NewSale(minor: 12_80, description: "Tea", inCash: true), orderNo: till.newOrderNo())
        let shown = try await till.sale(try await till.chargeTea(minor: 3_00).orderNo) { $0.code != nil }
        try await till.network(false)
        let closed = try await till.closeShift(countedMinor: 212_30)
        #expect((closed.expected, closed.difference, closed.unproven.minor) == ("212.80", "-0.50", 3_00))
        #expect((closed.sums.cash.minor, closed.sums.paid.minor) == (12_80, 0))
        try await till.network(true)
        try await shop.customerPays(#require(shown.code).text)
        try await till.sale(shown.orderNo, is: .paid)
        let later = try await till.shifts(limit: 1)[0]
        #expect(later.later.map(\.amount) == ["3.00"] && later.later[0].movement == .paid && later.sums == closed.sums)

        for (paper, columns) in [(Paper.mm58, 32), (.mm80, 48)] {
            for slip in [
                try await till.shiftSlip(closed.no, on: paper), try await till.receiptSlip(shown.orderNo, on: paper),
            ] {
                #expect(slip.count > 5 && slip.allSatisfy { $0.count <= columns })
            }
        }
        #expect(try await refused(.notNow) { try await till.shiftSlip(9, on: .mm58) }.code == "no_shift")
        let table = try await till.salesTable()
        #expect(table.hasPrefix("\u{FEFF}") && table.contains(shown.orderNo))
        let today = try await till.day().totals.date
        #expect(try await till.daysTable(from: today, until: today).contains("12.80"))
        let fault = try await refused(.input) { try await till.daysTable(from: today, until: "2020-01-01") }
        #expect(fault.field == "until")
        try await till.close()
    }

    @Test func aPaymentBelowTheLeastAmountIsShownAndNotSaid() async throws {
        let shop = try await Shop.shared.value
        let till = try await Till.paired(with: shop, as: "cashier", in: folder)
        #expect(
            try await refused(.input) { try await till.setAnnouncing(Announcing(quiet: nil, leastMinor: -1)) }.field
                == "least_amount")
        let midnight = QuietHours(fromMinute: 60, untilMinute: 60)
        #expect(
            try await refused(.input) { try await till.setAnnouncing(Announcing(quiet: midnight)) }.field
                == "quiet.until_minute")
        try await till.setAnnouncing(Announcing(quiet: nil, leastMinor: 5_00))
        try await till.sell(at: shop, minor: 4_99)
        let small = try await till.results(count: 1)[0]
        #expect(!small.aloud && !small.spoken.isEmpty)
        try await till.acknowledgeShown(small)
        try await till.acknowledgeShown(small)
        try await till.sell(at: shop, minor: 5_00)
        #expect(try await till.results(count: 1)[0].aloud)
        try await till.close()

        let next = try await Till.open(
            at: folder.url, language: .english, announcing: Announcing(quiet: nil, leastMinor: 10_00))
        #expect(try await next.results(count: 1).map(\.aloud) == [false])
        try await next.close()
    }
}
