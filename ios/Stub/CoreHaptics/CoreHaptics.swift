// CoreHaptics: patterns one feels. For the type checker alone (see ../README.md).

public import Foundation

public protocol CHHapticDeviceCapability { var supportsHaptics: Bool { get } }
public final class CHHapticEventParameter: NSObject {
    public struct ID: Sendable { public static let hapticIntensity = ID(), hapticSharpness = ID() }
    public init(parameterID: ID, value: Float) {}
}
public final class CHHapticEvent: NSObject {
    public struct EventType: Sendable { public static let hapticTransient = EventType(), hapticContinuous = EventType() }
    public init(eventType: EventType, parameters: [CHHapticEventParameter], relativeTime: TimeInterval, duration: TimeInterval) {}
    public init(eventType: EventType, parameters: [CHHapticEventParameter], relativeTime: TimeInterval) {}
}
public final class CHHapticDynamicParameter: NSObject {}
public final class CHHapticPattern: NSObject {
    public init(events: [CHHapticEvent], parameters: [CHHapticDynamicParameter]) throws {}
}
public let CHHapticTimeImmediate: TimeInterval = 0
public protocol CHHapticPatternPlayer { func start(atTime time: TimeInterval) throws }
public final class CHHapticEngine {
    public init() throws {}
    public class func capabilitiesForHardware() -> any CHHapticDeviceCapability { fatalError() }
    public var playsHapticsOnly: Bool {
        get { false }
        set {}
    }
    public var isAutoShutdownEnabled: Bool {
        get { false }
        set {}
    }
    public func start() throws {}
    public func makePlayer(with pattern: CHHapticPattern) throws -> any CHHapticPatternPlayer { fatalError() }
}
