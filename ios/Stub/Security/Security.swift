// Security: the keychain and keys in the Secure Enclave. For the type checker alone (see ../README.md).
//
// Core Foundation's types stand as the Swift types they are bridged to, so that `as CFDictionary` means the same.

@_exported public import Foundation

public typealias OSStatus = Int32
public typealias CFTypeRef = AnyObject
public typealias CFString = String
public typealias CFData = Data
public typealias CFDictionary = [String: Any]
public typealias CFAllocator = NSObject
public final class CFError: Error, @unchecked Sendable {}

public let errSecSuccess: OSStatus = 0
public let errSecItemNotFound: OSStatus = -25300
public let errSecDuplicateItem: OSStatus = -25299
public let errSecInteractionNotAllowed: OSStatus = -25308

public let kSecClass: CFString = "", kSecClassKey: CFString = "", kSecClassGenericPassword: CFString = ""
public let kSecAttrAccount: CFString = "", kSecAttrService: CFString = "", kSecAttrLabel: CFString = ""
public let kSecAttrApplicationTag: CFString = "", kSecAttrKeyType: CFString = ""
public let kSecAttrKeyTypeECSECPrimeRandom: CFString = "", kSecAttrKeySizeInBits: CFString = ""
public let kSecAttrKeyClass: CFString = "", kSecAttrKeyClassPrivate: CFString = ""
public let kSecAttrTokenID: CFString = "", kSecAttrTokenIDSecureEnclave: CFString = ""
public let kSecAttrIsPermanent: CFString = "", kSecAttrAccessControl: CFString = "", kSecAttrAccessible: CFString = ""
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly: CFString = ""
public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly: CFString = ""
public let kSecAttrSynchronizable: CFString = "", kSecPrivateKeyAttrs: CFString = ""
public let kSecReturnRef: CFString = "", kSecReturnData: CFString = "", kSecValueData: CFString = ""
public let kSecValueRef: CFString = "", kSecMatchLimit: CFString = "", kSecMatchLimitOne: CFString = ""
public let kSecUseDataProtectionKeychain: CFString = ""

public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { 0 }
public func SecItemUpdate(_ query: CFDictionary, _ attributes: CFDictionary) -> OSStatus { 0 }
public func SecItemDelete(_ query: CFDictionary) -> OSStatus { 0 }
public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { 0 }
public func SecCopyErrorMessageString(_ status: OSStatus, _ reserved: UnsafeMutableRawPointer?) -> CFString? { nil }

public final class SecKey: @unchecked Sendable {}
public final class SecAccessControl {}
public struct SecAccessControlCreateFlags: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let privateKeyUsage = SecAccessControlCreateFlags(rawValue: 1)
}
public struct SecKeyAlgorithm: Hashable, Sendable {
    public static let ecdsaSignatureMessageX962SHA256 = SecKeyAlgorithm()
    public static let ecdsaSignatureMessageRFC4754SHA256 = SecKeyAlgorithm()
}
public typealias CFErrorPointer = UnsafeMutablePointer<Unmanaged<CFError>?>?

public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFString, _ flags: SecAccessControlCreateFlags, _ error: CFErrorPointer
) -> SecAccessControl? { nil }
public func SecKeyCreateRandomKey(_ parameters: CFDictionary, _ error: CFErrorPointer) -> SecKey? { nil }
public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey? { nil }
public func SecKeyCopyExternalRepresentation(_ key: SecKey, _ error: CFErrorPointer) -> CFData? { nil }
public func SecKeyCreateSignature(
    _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ data: CFData, _ error: CFErrorPointer
) -> CFData? { nil }
