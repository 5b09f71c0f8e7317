// A library of another version than these sources: the one error that the core cannot word, since it cannot be called.

import SaomaCore

/// Throws `library_mismatch` if the library is not the one that the sources were generated from.
func libraryMustGoWithSources() throws(SaomaError) {
    guard libraryGoesWithSources() else {
        throw .internal(.libraryMismatch)
    }
}

extension Fault {
    /// The same words as on Android.
    fileprivate static let libraryMismatch = Fault(
        code: "library_mismatch", field: nil, retryable: false, triesLeft: nil, retryAfterS: nil,
        detail: "the library's contract version or checksums are not those of the generated sources",
        chinese: "应用的收款组件与应用版本不符，暂时不能收款。请更新应用；不要卸载，已记的账都在。",
        english: "A part of this app is of another version, so it cannot take payments. "
            + "Update the app; do not uninstall it: what was rung up is kept.")
}
