// UserNotifications: what is told while the app is not in front. For the type checker alone (see ../README.md).

public import Foundation

public struct UNAuthorizationOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let badge = UNAuthorizationOptions(rawValue: 1), sound = UNAuthorizationOptions(rawValue: 2)
    public static let alert = UNAuthorizationOptions(rawValue: 4)
}
public final class UNNotificationSound: NSObject, @unchecked Sendable {
    public class var `default`: UNNotificationSound { fatalError() }
}
public enum UNNotificationInterruptionLevel: UInt, Sendable { case passive, active, timeSensitive, critical }
open class UNNotificationContent: NSObject {}
public final class UNMutableNotificationContent: UNNotificationContent {
    public override init() {}
    public var title: String {
        get { "" }
        set {}
    }
    public var body: String {
        get { "" }
        set {}
    }
    public var sound: UNNotificationSound? {
        get { nil }
        set {}
    }
    public var interruptionLevel: UNNotificationInterruptionLevel {
        get { .active }
        set {}
    }
}
open class UNNotificationTrigger: NSObject {}
public final class UNNotificationRequest: NSObject {
    public init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {}
}
public final class UNUserNotificationCenter: NSObject {
    public class func current() -> UNUserNotificationCenter { fatalError() }
    public func requestAuthorization(options: UNAuthorizationOptions = []) async throws -> Bool { false }
    public func add(_ request: UNNotificationRequest) async throws {}
    public func removeDeliveredNotifications(withIdentifiers identifiers: [String]) {}
}
