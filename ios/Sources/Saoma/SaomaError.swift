// Why something was not done, in Swift's manner over the core's error.

import Foundation
import SaomaCore

/// Why a call was not done, or not waited for. Nothing is ever half-done.
///
/// The kinds are few so that an app can act on each: `switch` over them needs no `default`. ``fault`` says more, and its texts,
/// in Chinese and English, are there to be shown.
public enum SaomaError: Error, Equatable, Sendable {
    /// An input is wrong: `fault.field` names it. Correct it and call again.
    case input(Fault)
    /// It does not go with how things stand: the sale is paid, another sale is open for the same thing, the till is not paired or
    /// may only be looked at.
    case notNow(Fault)
    /// The backend refused.
    case refused(Fault)
    /// The backend cannot be reached, or its answer was lost. What was durable stays so and goes on by itself.
    case unreachable(Fault)
    /// The phone's storage: full, in use by another process, damaged, written by a later version. Nothing was written.
    case storage(Fault)
    /// The device's key cannot be used: the key store refuses, is locked, has lost it, or holds another (`other_key`).
    case keyStore(Fault)
    /// The till was closed. Open it again.
    case closed(Fault)
    /// A bug: of the library, or of a part that the app brought. Report `fault.detail`; open the till again if it goes on. Also an app
    /// that was not put together well: `library_mismatch`, for each call.
    case `internal`(Fault)
    /// The task that waited was cancelled. What it had asked for goes on to its end; only the answer is lost. There is nothing to
    /// tell people.
    case cancelled

    /// All that is known; none if the waiting was cancelled.
    public var fault: Fault? {
        switch self {
        case .input(let fault), .notNow(let fault), .refused(let fault), .unreachable(let fault), .storage(let fault),
            .keyStore(let fault), .closed(let fault), .internal(let fault):
            fault
        case .cancelled: nil
        }
    }

    /// What the person holding the phone reads: what happened, and what to do. None if the waiting was cancelled.
    public func text(in language: Language) -> String? {
        fault?.text(in: language)
    }
}

extension SaomaError: CustomStringConvertible, LocalizedError {
    /// For the app's log: the stable code, and what happened. Without secrets.
    public var description: String {
        fault.map { "\($0.code): \($0.detail)" } ?? "cancelled"
    }

    /// What the person holding the phone reads, in the phone's language (`Language.preferred`).
    public var errorDescription: String? {
        text(in: .preferred)
    }
}

extension Fault {
    /// What the person holding the phone reads: what happened, and what to do.
    public func text(in language: Language) -> String {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}

extension SaomaError {
    /// Whatever was caught, as one of these: what is none of them, such as a panic on the way into the library, is a bug.
    public init(_ error: any Error) {
        self =
            switch error {
            case let ours as SaomaError: ours
            case is CancellationError: .cancelled
            case SaomaCore.SaomaError.Input(let fault): .input(fault)
            case SaomaCore.SaomaError.NotNow(let fault): .notNow(fault)
            case SaomaCore.SaomaError.Refused(let fault): .refused(fault)
            case SaomaCore.SaomaError.Unreachable(let fault): .unreachable(fault)
            case SaomaCore.SaomaError.Storage(let fault): .storage(fault)
            case SaomaCore.SaomaError.KeyStore(let fault): .keyStore(fault)
            case SaomaCore.SaomaError.Closed(let fault): .closed(fault)
            case SaomaCore.SaomaError.Internal(let fault): .internal(fault)
            default: .internal(Fault(bug: "\(error)"))
            }
    }
}

extension Fault {
    /// A bug that the core could not word itself.
    init(bug detail: String) {
        let code = "internal"
        self.init(
            code: code, field: nil, retryable: false, triesLeft: nil, retryAfterS: nil, detail: detail,
            chinese: Language.chinese.text(forCode: code) ?? detail,
            english: Language.english.text(forCode: code) ?? detail)
    }
}
