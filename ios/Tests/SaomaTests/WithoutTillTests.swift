// What an app may ask without a till, and what a bug looks like.

import Foundation
import ShopForTests
import Testing

@testable import Saoma

struct WithoutTillTests {
    @Test func amountsAreReadAsTheyAreTyped() async throws {
        let sum = try Amount(typed: "12.80 + 3")
        #expect((sum.minor, sum.text) == (15_80, "15.80"))
        for typed in ["", "0", "12,80", "-3", "1e3", "12.345", "１２"] {
            #expect(try await refused(.input) { try Amount(typed: typed) }.field == "amount", "\(typed)")
        }
    }

    @Test func aCodesModulesAreThoseOfTheStandardsFinders() throws {
        let code = try QrModules(of: "weixin://wxpay/bizpayurl?pr=abc")
        let side = Int(code.size)
        for (column, row) in [(0, 0), (side - 7, 0), (0, side - 7)] {
            for step in 0..<7 {
                #expect(code.isDark(column: column + step, row: row) && code.isDark(column: column, row: row + step))
            }
            #expect(!code.isDark(column: column + 1, row: row + 1) && code.isDark(column: column + 3, row: row + 3))
        }
        let picture = try QrModules.png(of: "weixin://wxpay/bizpayurl?pr=abc", sidePx: 300)
        #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(picture[16..<24].elementsEqual([0, 0, 1, 44, 0, 0, 1, 44]))
    }

    @Test func whatNoCodeCanHoldIsRefused() async throws {
        #expect(try await refused(.input) { try QrModules(of: "") }.field == "text")
        #expect(try await refused(.input) { try QrModules(of: String(repeating: "a", count: 3000)) }.field == "text")
        #expect(try await refused(.input) { try QrModules.png(of: "a", sidePx: 5) }.field == "side_px")
        #expect(try await refused(.input) { try ReceiptSaid(verifying: "{}") }.field == "receipt")
    }

    @Test func thePhonesLanguageIsTheFirstThatTheTillSpeaks() {
        #expect(Language.preferred(among: ["zh-Hans-CN", "en-US"]) == .chinese)
        #expect(Language.preferred(among: ["zh-Hant-TW"]) == .chinese)
        #expect(Language.preferred(among: ["fr-FR", "en-GB", "zh-CN"]) == .english)
        #expect(Language.preferred(among: ["fr-FR"]) == .english)
        #expect(Language.preferred(among: []) == .english)
    }

    @Test func theWordsForACodeComeFromTheLibrary() throws {
        let chinese = try #require(Language.chinese.text(forCode: "storage_full"))
        #expect(chinese.unicodeScalars.contains { $0.value > 0x4E00 })
        #expect(Language.english.text(forCode: "clock_wrong")?.hasPrefix("The phone's clock") == true)
        #expect(Language.english.text(forCode: "no such code") == nil)
    }

    @Test(.timeLimit(.minutes(1))) func aBugIsAnErrorAndTheTillWorksOn() async throws {
        let folder = try Folder()
        let till = try await Till.open(at: folder.url, language: .english)
        let fault = try await refused(.internal) { try await Till.panicOnPurpose() }
        #expect(fault.code == "internal" && fault.detail.contains("on purpose"))
        #expect(!fault.chinese.isEmpty && !fault.english.contains("on purpose"))
        #expect(try await till.list().sales.isEmpty)
        try await till.close()
    }

    @Test func anErrorIsForPeopleAndForTheLog() throws {
        let fault = Fault(
            code: "c", field: nil, retryable: false, triesLeft: nil, retryAfterS: nil, detail: "what happened",
            chinese: "中文", english: "English")
        let error = SaomaError.notNow(fault)
        #expect(error.text(in: .chinese) == "中文" && error.text(in: .english) == "English")
        #expect("\(error)" == "c: what happened")
        #expect(error.localizedDescription == fault.text(in: .preferred))
        #expect(SaomaError.cancelled.text(in: .chinese) == nil && "\(SaomaError.cancelled)" == "cancelled")
    }

    /// Of whatever else may come out of the generated code, such as a panic on the way in.
    @Test func anythingUnexpectedIsABug() throws {
        struct Odd: Error {}
        guard case .internal(let fault) = SaomaError(Odd()) else { throw Odd() }
        #expect(fault.detail == "Odd()" && fault.chinese == Language.chinese.text(forCode: "internal"))
    }
}
