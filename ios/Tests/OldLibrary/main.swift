// An app whose library is of another version than the sources it was built with: one checksum differs. It makes each call that may
// be an app's first, and says what came of it.

import Foundation
import Saoma

/// In the place of the library's own.
@_cdecl("uniffi_saoma_ffi_checksum_func_library_version")
public func checksumOfAnotherVersion() -> UInt16 {
    0
}

func tell(_ call: String, _ made: () async throws -> Void) async {
    do {
        try await made()
        print(call, "done")
    } catch SaomaError.internal(let fault) {
        print(call, fault.code, fault.chinese, fault.english)
    } catch {
        print(call, "another error: \(error)")
    }
}

await tell("open") { _ = try await Till.open(at: URL(fileURLWithPath: CommandLine.arguments[1])) }
await tell("panic") { try await Till.panicOnPurpose() }
await tell("amount") { _ = try Amount(typed: "12.80") }
await tell("code") { _ = try QrModules(of: "weixin://") }
await tell("picture") { _ = try QrModules.png(of: "weixin://", sidePx: 512) }
await tell("receipt") { _ = try ReceiptSaid(verifying: "") }
await tell("log") { try SaomaLibrary.log(from: .info) { _, _, _ in } }
await tell("foreign error") { throw SaomaError(CocoaError(.fileNoSuchFile)) }
print("words", Language.english.text(forCode: "storage_full") ?? "none")
print("version '\(SaomaLibrary.version)'")
