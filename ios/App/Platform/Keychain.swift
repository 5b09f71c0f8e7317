// The system's keychain: one small secret under one name.

import Foundation
import Security

/// A secret in the keychain, readable from the phone's first unlock, on this phone alone.
struct KeychainItem: Sendable {
    let service: String
    let account: String

    /// The secret; none if there is no such item.
    func read() throws -> Data? {
        var found: CFTypeRef?
        let asked: [String: Any] = [kSecReturnData as String: true, kSecMatchLimit as String: kSecMatchLimitOne]
        let status = SecItemCopyMatching(identity.merging(asked) { $1 } as CFDictionary, &found)
        guard status != errSecItemNotFound else { return nil }
        try KeychainError.check(status)
        return found as? Data
    }

    /// Keeps a secret. There must be no such item yet.
    func add(_ secret: Data) throws {
        let kept: [String: Any] = [
            kSecValueData as String: secret,
            kSecAttrAccessible as String: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        try KeychainError.check(SecItemAdd(identity.merging(kept) { $1 } as CFDictionary, nil))
    }

    /// Forgets the secret. Does nothing if there is no such item.
    func remove() throws {
        let status = SecItemDelete(identity as CFDictionary)
        guard status != errSecItemNotFound else { return }
        try KeychainError.check(status)
    }

    private var identity: [String: Any] {
        [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: service,
            kSecAttrAccount as String: account,
            kSecAttrSynchronizable as String: false,
            kSecUseDataProtectionKeychain as String: true,
        ]
    }
}

/// What the keychain answered.
struct KeychainError: Error, CustomStringConvertible {
    let status: OSStatus

    /// The secret is there, but the phone has not been unlocked since it started.
    var isLocked: Bool {
        status == errSecInteractionNotAllowed
    }

    var description: String {
        let words = SecCopyErrorMessageString(status, nil) as String?
        return "keychain \(status): \(words ?? "unknown")"
    }

    fileprivate static func check(_ status: OSStatus) throws {
        guard status == errSecSuccess else { throw KeychainError(status: status) }
    }
}
