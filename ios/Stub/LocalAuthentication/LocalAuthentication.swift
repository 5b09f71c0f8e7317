// LocalAuthentication: whether the person holding the phone is its owner. For the type checker alone (see ../README.md).

public import Foundation

public enum LAPolicy: Int, Sendable { case deviceOwnerAuthenticationWithBiometrics = 1, deviceOwnerAuthentication }
public final class LAContext: NSObject {
    public override init() {}
    public func evaluatePolicy(_ policy: LAPolicy, localizedReason: String) async throws -> Bool { false }
}
