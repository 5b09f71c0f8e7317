// Small values that outlive the app: what was set, and where the person was when the app was killed.

import Foundation

/// Keeps small values by name. What is written need not be durable at once; losing it loses no sale.
@MainActor
public protocol Preferences: AnyObject {
    /// The value of a name; none if there is none.
    subscript(name: String) -> Data? { get set }
}

/// Kept where the system keeps an app's preferences.
public final class UserDefaultsPreferences: Preferences {
    private let defaults: UserDefaults

    /// The app's own, or those of a suite.
    public init(_ defaults: UserDefaults = .standard) {
        self.defaults = defaults
    }

    /// The value of a name; none if there is none.
    public subscript(name: String) -> Data? {
        get { defaults.data(forKey: name) }
        set { defaults.set(newValue, forKey: name) }
    }
}

extension Preferences {
    /// What was kept under a name. None also if a later or broken version wrote something that this one cannot read.
    func read<Value: Decodable>(_ name: String) -> Value? {
        self[name].flatMap { try? JSONDecoder().decode(Value.self, from: $0) }
    }

    func write<Value: Encodable>(_ value: Value, _ name: String) {
        self[name] = try? JSONEncoder().encode(value)
    }
}
