// What an app may ask without a till: amounts as they are typed, codes, receipts, words, the log. In memory only.

import Foundation
import SaomaCore

extension Language {
    /// The phone's language, as far as the till speaks it: the first of Chinese and English that its owner prefers, else English.
    public static var preferred: Language {
        preferred(among: Locale.preferredLanguages)
    }

    static func preferred(among tags: [String]) -> Language {
        for tag in tags {
            switch tag.prefix(2).lowercased() {
            case "zh": return .chinese
            case "en": return .english
            default: continue
            }
        }
        return .english
    }

    /// The words for people for a stable code, where an app found the trouble itself: no word is made up by a shell. None if the
    /// code is unknown, or the library is of another version than this package.
    public func text(forCode code: String) -> String? {
        libraryGoesWithSources() ? faultText(code: code, language: self) : nil
    }
}

extension Amount {
    /// Reads what was typed on a keypad: an amount such as `12.80`, or a sum such as `12.80 + 3`. Digits, one point an amount, at most
    /// two decimals; nothing is guessed at. Renminbi.
    public init(typed: String) throws(SaomaError) {
        self = try plainly { try readAmount(typed: typed) }
    }
}

extension QrModules {
    /// The QR code of a text (1 byte to about 2,300), with medium error correction. Well below a millisecond.
    public init(of text: String) throws(SaomaError) {
        self = try plainly { try qrModules(text: text) }
    }

    /// The QR code of a text as a PNG of exactly so many pixels a side (at least one a module, at most 4096), black on white with its
    /// quiet zone.
    public static func png(of text: String, sidePx: UInt32) throws(SaomaError) -> Data {
        try plainly { try qrPng(text: text, sidePx: sidePx) }
    }

    /// Whether the module in a column and a row, both from 0 at the top left, is dark.
    public func isDark(column: Int, row: Int) -> Bool {
        let bit = row * Int(size) + column
        return modules[modules.startIndex + bit / 8] & (0x80 >> UInt8(bit % 8)) != 0
    }
}

extension ReceiptSaid {
    /// Verifies the text of a receipt file, offline. Give the merchant's root key (`Pairing.root`) if it is known. A test account's
    /// receipt is refused unless `testAllowed`.
    public init(verifying text: String, root: String? = nil, testAllowed: Bool = false) throws(SaomaError) {
        self = try plainly { try verifyReceipt(text: text, root: root, testAllowed: testAllowed) }
    }
}

/// The library as such.
public enum SaomaLibrary {
    /// Its version. Empty if it is another one than this package's: it cannot be asked then, and every call that can fail throws
    /// `library_mismatch`.
    public static var version: String {
        libraryGoesWithSources() ? libraryVersion() : ""
    }

    /// Has the library's lines of this level and above go to the app's log, from now on and for as long as the process lives. The sink
    /// gets the level, the part of the library and the line, on one thread of the library. Lines hold no key, no token, no code and
    /// nothing of a payer. Only the first call has an effect; it says so by true.
    @discardableResult
    public static func log(
        from level: LogLevel, to sink: @escaping @Sendable (LogLevel, String, String) -> Void
    ) throws(SaomaError) -> Bool {
        try plainly { try logTo(sink: Sink(sink: sink), level: level) }
    }

    private final class Sink: LogSink {
        private let sink: @Sendable (LogLevel, String, String) -> Void

        init(sink: @escaping @Sendable (LogLevel, String, String) -> Void) {
            self.sink = sink
        }

        func log(level: LogLevel, part: String, line: String) throws {
            sink(level, part, line)
        }
    }
}
