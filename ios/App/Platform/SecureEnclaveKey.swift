// The device's key, made once on this phone in its Secure Enclave and never copied; and what its records are sealed with.

import CryptoKit
import Foundation
import SaomaTill
import Security
import os

/// The P-256 key that the till signs with, and the secret that its records are sealed with.
///
/// The private half never leaves the Secure Enclave. The keychain keeps a handle that no other enclave can use, readable from the
/// first unlock after a start of the phone, in no backup and never synchronised. Where there is no enclave, as in a simulator, the
/// keychain holds the key itself. It holds the secret too, which is of this phone alone like the key. Both outlive a removal of the app,
/// as everything in the keychain does.
final class SecureEnclaveKey: KeyStore {
    private let existed: @Sendable () -> Bool
    private let item: KeychainItem
    private let sealing = KeychainItem(service: "io.saoma.till.sealing-secret", account: "secret")
    private let held = OSAllocatedUnfairLock<DeviceKey?>(initialState: nil)

    /// - Parameter existed: Whether a till has been used on this phone before. Then a missing key is a lost one, and no new key is
    ///   made in silence: to the backend it would be another device.
    init(existed: @escaping @Sendable () -> Bool) {
        self.existed = existed
        item = KeychainItem(service: "io.saoma.till.device-key", account: DeviceKey.account)
    }

    /// The public half, 65 bytes.
    func publicKey() throws -> Data {
        try key().publicKey
    }

    /// 32 random bytes. Where they are missing new ones are made: a new till has nothing sealed yet, and records that are sealed
    /// with others are found out when they are opened.
    func sealingSecret() throws -> Data {
        try held.withLock { _ in
            try told {
                if let kept = try sealing.read() { return kept }
                let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
                try sealing.add(secret)
                return secret
            }
        }
    }

    /// ECDSA with SHA-256 over the message: `r` and `s`.
    func sign(message: Data) throws -> Data {
        let key = try key()
        do {
            return try key.signature(for: message)
        } catch {
            throw KeyStoreError.Failed(detail: "\(error)")
        }
    }

    /// Whether the key is gone for good. Throws what else is wrong with it.
    func isLost() throws -> Bool {
        do {
            _ = try key()
            return false
        } catch KeyStoreError.Lost {
            return true
        }
    }

    /// Makes a new key in the place of a lost one. The till is then another device, and must be paired again.
    func replace() throws {
        try held.withLock { held in
            try told { try item.remove() }
            held = try make()
        }
    }

    private func key() throws -> DeviceKey {
        try held.withLock { held in
            if let held { return held }
            let key = try found() ?? made()
            held = key
            return key
        }
    }

    private func found() throws -> DeviceKey? {
        guard let kept = try told({ try item.read() }) else { return nil }
        do {
            return try DeviceKey(kept: kept)
        } catch {
            // The item could be read, so the phone is unlocked: the handle is of another phone's enclave.
            throw KeyStoreError.Lost(detail: "this phone cannot use the key that its keychain keeps: \(error)")
        }
    }

    private func made() throws -> DeviceKey {
        guard !existed() else {
            throw KeyStoreError.Lost(detail: "this phone's keychain no longer has the key")
        }
        return try make()
    }

    private func make() throws -> DeviceKey {
        let key: DeviceKey
        do {
            key = try DeviceKey()
        } catch {
            throw KeyStoreError.Failed(detail: "\(error)")
        }
        try told { try item.add(key.kept) }
        return key
    }

    /// Says in the core's words what went wrong in the keychain.
    private func told<Answer>(_ work: () throws -> Answer) throws -> Answer {
        do {
            return try work()
        } catch let error as KeychainError where error.isLocked {
            throw KeyStoreError.Locked(detail: error.description)
        } catch {
            throw KeyStoreError.Failed(detail: "\(error)")
        }
    }
}

/// A key in the enclave, or in software where there is none. It never changes, and any thread may sign with it.
private enum DeviceKey: @unchecked Sendable {
    case enclave(SecureEnclave.P256.Signing.PrivateKey)
    case software(P256.Signing.PrivateKey)

    /// Tells the two apart in the keychain.
    static var account: String {
        SecureEnclave.isAvailable ? "secure-enclave" : "software"
    }

    init() throws {
        guard SecureEnclave.isAvailable else {
            self = .software(P256.Signing.PrivateKey())
            return
        }
        self = .enclave(try SecureEnclave.P256.Signing.PrivateKey(accessControl: try usable()))
    }

    init(kept: Data) throws {
        self =
            SecureEnclave.isAvailable
            ? .enclave(try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: kept))
            : .software(try P256.Signing.PrivateKey(rawRepresentation: kept))
    }

    /// What the keychain keeps.
    var kept: Data {
        switch self {
        case .enclave(let key): key.dataRepresentation
        case .software(let key): key.rawRepresentation
        }
    }

    var publicKey: Data {
        switch self {
        case .enclave(let key): key.publicKey.x963Representation
        case .software(let key): key.publicKey.x963Representation
        }
    }

    func signature(for message: Data) throws -> Data {
        switch self {
        case .enclave(let key): try key.signature(for: message).rawRepresentation
        case .software(let key): try key.signature(for: message).rawRepresentation
        }
    }
}

/// The enclave signs from the first unlock on, also while the phone is locked in a pocket and payments come in.
private func usable() throws -> SecAccessControl {
    var error: Unmanaged<CFError>?
    let control = SecAccessControlCreateWithFlags(
        nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, .privateKeyUsage, &error)
    guard let control else {
        throw KeyStoreError.Failed(detail: error.map { "\($0.takeRetainedValue())" } ?? "no access control")
    }
    return control
}
