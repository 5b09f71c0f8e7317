// The language that the till speaks, for texts that come from the core and for the app's own.

import SaomaTill
import SwiftUI

extension EnvironmentValues {
    /// The language of texts from the core.
    var language: Language {
        get { self[LanguageKey.self] }
        set { self[LanguageKey.self] = newValue }
    }

    private struct LanguageKey: EnvironmentKey {
        static let defaultValue = Language.english
    }
}

extension Language {
    /// The locale whose strings and dates the app shows: the person may have set another language than the phone's.
    var locale: Locale {
        switch self {
        case .chinese: Locale(identifier: "zh-Hans")
        case .english: Locale(identifier: "en")
        }
    }

    /// One of the app's own texts, where it is kept rather than shown.
    func text(_ key: String.LocalizationValue) -> String {
        let folder = Bundle.main.path(forResource: locale.identifier, ofType: "lproj")
        return String(localized: key, bundle: folder.flatMap { Bundle(path: $0) })
    }
}
