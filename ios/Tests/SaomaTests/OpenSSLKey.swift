// A device's key that lies outside the till, as in a phone's key store: here with the `openssl` of the system.

import Foundation
import Saoma
import ShopForTests

final class OpenSSLKey: KeyStore {
    /// As Apple's key stores give keys (65 bytes), or as Android's do (SPKI).
    enum Form: CaseIterable {
        case apple, android
    }

    private let file: URL
    private let form: Form
    private let lock = NSLock()
    nonisolated(unsafe) private var trouble: (any Error)?
    nonisolated(unsafe) private var signer: URL

    /// Makes a key.
    init(in folder: Folder, as form: Form = .apple) throws {
        file = folder.url.appendingPathComponent("key-\(UUID().uuidString).pem")
        signer = file
        self.form = form
        _ = try openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file.path])
    }

    /// From now on it fails so; without an error it works again.
    func fails(with error: (any Error)?) {
        lock.withLock { trouble = error }
    }

    /// From now on it signs with another key than the one it shows, as one that was swapped or restored.
    func signs(with other: OpenSSLKey) {
        lock.withLock { signer = other.file }
    }

    func publicKey() throws -> Data {
        if let trouble = lock.withLock({ trouble }) { throw trouble }
        let key = try openssl(["pkey", "-in", file.path, "-pubout", "-outform", "DER"])
        return form == .apple ? Data(key.suffix(65)) : key
    }

    func sealingSecret() throws -> Data {
        if let trouble = lock.withLock({ trouble }) { throw trouble }
        return try openssl(["dgst", "-sha256", "-binary", file.path])
    }

    func sign(message: Data) throws -> Data {
        let (trouble, signer) = lock.withLock { (self.trouble, self.signer) }
        if let trouble { throw trouble }
        return try openssl(["dgst", "-sha256", "-sign", signer.path], input: message)
    }
}

/// What `openssl` gives.
func openssl(_ arguments: [String], input: Data = Data()) throws -> Data {
    struct Failed: Error {
        let arguments: [String]
    }
    let (process, given, answer) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardInput = given
    process.standardOutput = answer
    process.standardError = FileHandle.nullDevice
    try process.run()
    given.fileHandleForWriting.write(input)
    try given.fileHandleForWriting.close()
    let bytes = answer.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
    return bytes
}
