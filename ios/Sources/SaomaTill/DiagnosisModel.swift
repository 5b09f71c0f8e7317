// How the till is, for whoever helps when something is wrong.

import Observation

/// The diagnosis screen.
@MainActor
@Observable
public final class DiagnosisModel {
    @ObservationIgnored private let desk: Desk

    init(_ desk: Desk) {
        self.desk = desk
    }

    /// How the till is; none until it was read.
    public var diagnosis: Diagnosis? { desk.diagnosis }

    /// The version of the library.
    public var version: String { SaomaLibrary.version }

    /// Puts everything on the clipboard, for a message to whoever helps. Without secrets.
    public func copy() {
        if let text { desk.platform.sharing.copy(text) }
    }

    /// Offers the same to other apps.
    public func share() {
        if let text { desk.platform.sharing.share(text) }
    }

    /// A line for each thing that is known, under the names that the library has for them.
    var text: String? {
        guard let diagnosis else { return nil }
        let known = Mirror(reflecting: diagnosis).children.compactMap { child -> String? in
            guard let name = child.label, let value = Self.known(child.value) else { return nil }
            return "\(name): \(value)"
        }
        return (["saoma: \(version)"] + known).joined(separator: "\n")
    }

    /// A value as text; none if it is absent.
    private static func known(_ value: Any) -> String? {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            return mirror.children.first.flatMap { known($0.value) }
        }
        switch value {
        case let bar as Bar: return bar.text
        case let person as SignedIn: return "\(person.id) (\(person.role))"
        case let texts as [String]: return texts.joined(separator: " ")
        default: return "\(value)"
        }
    }
}
