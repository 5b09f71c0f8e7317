// What a keypad builds: an amount, or a sum such as "12.80 + 3". The core reads it; this only never lets it become anything that the
// core could not read in the end.

import Foundation

/// A key of the keypad.
public enum Key: Hashable, Sendable {
    /// 0 to 9.
    case digit(Int)
    /// Two zeros at once.
    case doubleZero
    /// The decimal point.
    case point
    /// One more amount.
    case plus
    /// Takes the last key back.
    case backspace
    /// Takes everything back.
    case clear

    /// The key of a character typed on a keyboard; none if the keypad has no such key.
    public init?(_ character: Character) {
        switch character {
        case "0"..."9": self = .digit(character.wholeNumberValue ?? 0)
        case ".": self = .point
        case "+": self = .plus
        case "\u{8}", "\u{7F}": self = .backspace
        default: return nil
        }
    }
}

/// A sum as far as it is typed. It is always empty, a sum that the core reads, or the beginning of one.
struct TypedSum: Equatable {
    private(set) var text = ""

    /// Takes a text that was built here before; one that was not is taken for nothing.
    init(_ text: String = "") {
        if Self.isBeginning(text) { self.text = text }
    }

    /// What it comes to so far; none while there is nothing to add up.
    var total: Amount? {
        readable.flatMap { try? Amount(typed: $0) }
    }

    /// Whether it can be rung up as it stands.
    var isComplete: Bool {
        (try? Amount(typed: text)) != nil
    }

    /// What the key leads to; itself if that could not be read in the end.
    func pressing(_ key: Key) -> TypedSum {
        var next = text
        switch key {
        case .digit(let digit): next = appending("\(digit)")
        case .doubleZero: next = appending("00")
        case .point: next += next.isEmpty || next.hasSuffix(" ") ? "0." : "."
        case .plus: next = isComplete ? next + " + " : next
        case .backspace: next.removeLast(next.hasSuffix(" + ") ? 3 : min(1, next.count))
        case .clear: next = ""
        }
        return Self.isBeginning(next) ? Self(unchecked: next) : self
    }

    /// One more amount behind what is typed, as if it had been typed; itself if that is too much.
    func adding(_ amount: Amount) -> TypedSum {
        let next = readable.map { "\($0) + \(amount.text)" } ?? amount.text
        return (try? Amount(typed: next)) == nil ? self : Self(unchecked: next)
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// As much of it as the core reads: the last amount may have no digit yet, or only zeros.
    private var readable: String? {
        var terms = text.split(separator: "+")
        while !terms.isEmpty {
            let sum = terms.joined(separator: "+").trimmingCharacters(in: [" ", "."])
            if (try? Amount(typed: sum)) != nil { return sum }
            terms.removeLast()
        }
        return nil
    }

    /// A digit takes the place of a zero that begins an amount.
    private func appending(_ digits: String) -> String {
        let begun = text.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
        let digits = begun.isEmpty && digits == "00" ? "0" : digits
        return begun == "0" ? text.dropLast() + (digits == "00" ? "0" : digits) : text + digits
    }

    /// Whether the core reads it, or would with one more key or two.
    private static func isBeginning(_ text: String) -> Bool {
        text.isEmpty || ["", "1", ".01", "01"].contains { (try? Amount(typed: text + $0)) != nil }
    }
}
