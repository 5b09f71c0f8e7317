// What a person sets about the till's screens.

import Foundation
import Observation

/// What a person sets. Kept from one start of the app to the next.
public struct Settings: Codable, Equatable, Sendable {
    /// The language of all texts.
    public var language = LanguageChoice.phone
    /// Whether money is announced aloud.
    public var sound = true
    /// Everything larger than the phone's own setting asks for.
    public var largeType = false
    /// Light or dark. A code is on a light plate in either.
    public var appearance = Appearance.phone
    /// What the customer reads about a sale, 1–127 bytes; the store's name if empty.
    public var description = ""
    /// The code as large as the screen allows, for cracked screens and poor cameras.
    public var largeModules = false
    /// When nothing is said aloud; none: never.
    public var quiet: Quiet?
    /// Payments below this amount, as typed, are shown but not said; all are said if empty: see ``SettingsModel/setLeastAloud(_:)``.
    public internal(set) var leastAloud = ""
    /// The paper of the printer that slips are for.
    public var paper = PaperChoice.mm58
    /// Amounts as typed, each one tap on the keypad: see ``SettingsModel/quickAmounts``.
    var quickAmounts: [String] = []

    /// As on the first start.
    public init() {}

    /// Reads what any version wrote: what is missing or not understood is as on the first start.
    public init(from decoder: any Decoder) throws {
        let kept = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) {
            value = (try? kept.decodeIfPresent(Value.self, forKey: key)) ?? value
        }
        read(&language, .language)
        read(&sound, .sound)
        read(&largeType, .largeType)
        read(&appearance, .appearance)
        read(&description, .description)
        read(&largeModules, .largeModules)
        read(&quiet, .quiet)
        read(&leastAloud, .leastAloud)
        read(&paper, .paper)
        read(&quickAmounts, .quickAmounts)
    }

    /// What the core is told about being said aloud.
    var announcing: Announcing {
        let hours = quiet.map { QuietHours(fromMinute: $0.fromMinute, untilMinute: $0.untilMinute) }
        return Announcing(quiet: hours, leastMinor: (try? Amount(typed: leastAloud))?.minor ?? 0)
    }
}

/// A part of each day, by the merchant's clock; it may lie across midnight.
public struct Quiet: Codable, Equatable, Sendable {
    /// Its first minute of the day, 0 to 1,439.
    public var fromMinute: UInt16
    /// The first minute after it, 0 to 1,439.
    public var untilMinute: UInt16

    /// From 22:00 to 7:00, as most people sleep.
    public init() {
        (fromMinute, untilMinute) = (22 * 60, 7 * 60)
    }
}

/// How wide the paper of a printer is.
public enum PaperChoice: String, Codable, CaseIterable, Sendable {
    /// 58 mm.
    case mm58
    /// 80 mm.
    case mm80

    var paper: Paper {
        switch self {
        case .mm58: .mm58
        case .mm80: .mm80
        }
    }
}

/// Which language the till speaks.
public enum LanguageChoice: String, Codable, CaseIterable, Sendable {
    /// The phone's, as far as the till speaks it.
    case phone
    /// Simplified Chinese.
    case chinese
    /// English.
    case english
}

/// How the screens look.
public enum Appearance: String, Codable, CaseIterable, Sendable {
    /// As the phone is set.
    case phone
    /// Light.
    case light
    /// Dark.
    case dark
}

/// The settings' screen, and what every other screen asks of it.
@MainActor
@Observable
public final class SettingsModel {
    /// At most so many quick amounts.
    public static let quickAmountsMax = 12

    /// What is set; written down at once.
    public var settings: Settings {
        didSet {
            guard settings != oldValue else { return }
            preferences.write(settings, Self.name)
            if oldValue.language != settings.language { languageChanged() }
            if oldValue.announcing != settings.announcing { announcingChanged() }
        }
    }

    /// Why a quick amount was not added.
    public private(set) var fault: Fault?
    /// Why the quiet hours or the least amount are not as they were set.
    public internal(set) var announcingFault: Fault?

    @ObservationIgnored var languageChanged: () -> Void = {}
    @ObservationIgnored var announcingChanged: () -> Void = {}
    @ObservationIgnored private let preferences: any Preferences
    private static let name = "saoma.settings"

    /// What was set before, or as on the first start.
    public init(_ preferences: any Preferences) {
        self.preferences = preferences
        settings = preferences.read(Self.name) ?? Settings()
    }

    /// The language that the till speaks now.
    public var language: Language {
        switch settings.language {
        case .phone: .preferred
        case .chinese: .chinese
        case .english: .english
        }
    }

    /// Sets from which amount on payments are said aloud, as typed; all are if nothing is typed. If it cannot be read,
    /// ``announcingFault`` says why, and it stays as it was.
    public func setLeastAloud(_ typed: String) {
        let typed = typed.trimmingCharacters(in: .whitespaces)
        do {
            settings.leastAloud = typed.isEmpty ? "" : try Amount(typed: typed).text
            announcingFault = nil
        } catch {
            announcingFault = error.fault
        }
    }

    /// Amounts that are one tap each on the keypad, in the order that a person put them in.
    public var quickAmounts: [Amount] {
        settings.quickAmounts.compactMap { try? Amount(typed: $0) }
    }

    /// Whether there is room for one more.
    public var canAddQuickAmount: Bool {
        quickAmounts.count < Self.quickAmountsMax
    }

    /// Adds an amount as typed; one that is there already stays where it is. If it cannot be read, ``fault`` says why.
    public func addQuickAmount(_ typed: String) {
        do {
            let amount = try Amount(typed: typed)
            fault = nil
            guard canAddQuickAmount, !quickAmounts.contains(amount) else { return }
            settings.quickAmounts = quickAmounts.map(\.text) + [amount.text]
        } catch {
            fault = error.fault
        }
    }

    /// Removes the amounts at these places.
    public func removeQuickAmounts(at places: some Sequence<Int>) {
        let removed = Set(places)
        settings.quickAmounts = quickAmounts.enumerated().filter { !removed.contains($0.offset) }.map(\.element.text)
    }

    /// Moves the amount at a place to another place.
    public func moveQuickAmount(from place: Int, to other: Int) {
        var amounts = quickAmounts.map(\.text)
        guard amounts.indices.contains(place) else { return }
        let moved = amounts.remove(at: place)
        amounts.insert(moved, at: min(max(other, 0), amounts.count))
        settings.quickAmounts = amounts
    }
}
