// UIKit: the screen, the app's object, colours, keyboards, haptics. For the type checker alone (see ../README.md).

@_exported public import Foundation

@MainActor open class UIResponder: NSObject {}

@MainActor open class UIView: UIResponder {
    public init(frame: CGRect) {}
    public var bounds: CGRect {
        get { .zero }
        set {}
    }
    public var frame: CGRect {
        get { .zero }
        set {}
    }
    public required init?(coder: NSCoder) {}
    public var layer: CALayer { fatalError() }
    public var window: UIWindow? { nil }
    public func addSubview(_ view: UIView) {}
    open func layoutSubviews() {}
    open class var layerClass: AnyClass { CALayer.self }
}
open class CALayer: NSObject {
    public var frame: CGRect {
        get { .zero }
        set {}
    }
    public func addSublayer(_ layer: CALayer) {}
}
@MainActor open class UIViewController: UIResponder {
    public override init() {}
    public var view: UIView! {
        get { fatalError() }
        set {}
    }
    public var presentedViewController: UIViewController? { nil }
    public var popoverPresentationController: UIPopoverPresentationController? { nil }
    public func present(_ controller: UIViewController, animated: Bool, completion: (() -> Void)? = nil) {}
    open func viewDidLoad() {}
    open func viewWillAppear(_ animated: Bool) {}
    open func viewDidLayoutSubviews() {}
    open func viewWillDisappear(_ animated: Bool) {}
}
@MainActor public final class UIPopoverPresentationController: NSObject {
    public var sourceView: UIView? {
        get { nil }
        set {}
    }
    public var sourceRect: CGRect {
        get { .zero }
        set {}
    }
}
@MainActor open class UIActivity: NSObject {}
@MainActor public final class UIActivityViewController: UIViewController {
    public init(activityItems: [Any], applicationActivities: [UIActivity]?) {}
    public struct ActivityType: Hashable, Sendable {}
    public var completionWithItemsHandler: ((ActivityType?, Bool, [Any]?, (any Error)?) -> Void)? {
        get { nil }
        set {}
    }
}
@MainActor open class UIPrintFormatter: NSObject {}
@MainActor public final class UISimpleTextPrintFormatter: UIPrintFormatter {
    public init(text: String) {}
    public var font: UIFont? {
        get { nil }
        set {}
    }
}
open class UIFont: NSObject, @unchecked Sendable {
    public struct Weight: Hashable, Sendable { public static let regular = Weight() }
    public class func monospacedSystemFont(ofSize size: CGFloat, weight: Weight) -> UIFont { fatalError() }
}
@MainActor public final class UIWindow: UIView {
    public var rootViewController: UIViewController? { nil }
    public weak var windowScene: UIWindowScene? {
        get { nil }
        set {}
    }
}
@MainActor open class UIScene: UIResponder {
    public enum ActivationState: Int, Sendable { case unattached = -1, foregroundActive, foregroundInactive, background }
    public var activationState: ActivationState { .background }
}
@MainActor public final class UIWindowScene: UIScene {
    public var screen: UIScreen { fatalError() }
    public var keyWindow: UIWindow? { nil }
    public var interfaceOrientation: UIInterfaceOrientation { .unknown }
}
public enum UIInterfaceOrientation: Int, Sendable {
    case unknown, portrait, portraitUpsideDown, landscapeRight, landscapeLeft
}
@MainActor public final class UIScreen: NSObject {
    public static var main: UIScreen { fatalError() }
    public var brightness: CGFloat {
        get { 0 }
        set {}
    }
    public var isCaptured: Bool { false }
    public nonisolated static let capturedDidChangeNotification = Notification.Name("UIScreenCapturedDidChange")
}
public struct UIBackgroundTaskIdentifier: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let invalid = UIBackgroundTaskIdentifier(rawValue: 0)
}
@MainActor public final class UIApplication: UIResponder {
    public static var shared: UIApplication { fatalError() }
    public nonisolated static let openSettingsURLString = ""
    public nonisolated static let userDidTakeScreenshotNotification = Notification.Name("UserDidTakeScreenshot")
    public var isIdleTimerDisabled: Bool {
        get { false }
        set {}
    }
    public var connectedScenes: Set<UIScene> { [] }
    public func beginBackgroundTask(
        withName name: String?, expirationHandler: (@MainActor @Sendable () -> Void)? = nil
    ) -> UIBackgroundTaskIdentifier { .invalid }
    public func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {}
    public struct LaunchOptionsKey: Hashable, Sendable {}
}
@MainActor public protocol UIApplicationDelegate: NSObjectProtocol {}

@MainActor public final class UIDevice: NSObject {
    public static var current: UIDevice { fatalError() }
    public var name: String { "" }
    public var model: String { "" }
    public var systemVersion: String { "" }
}
@MainActor public final class UIPasteboard: NSObject {
    public class var general: UIPasteboard { fatalError() }
    public var string: String? {
        get { nil }
        set {}
    }
}
@MainActor public final class UIImpactFeedbackGenerator: NSObject {
    public enum FeedbackStyle: Int, Sendable { case light, medium, heavy, soft, rigid }
    public init(style: FeedbackStyle) {}
    public func impactOccurred() {}
    public func prepare() {}
}
@MainActor public final class UINotificationFeedbackGenerator: NSObject {
    public enum FeedbackType: Int, Sendable { case success, warning, error }
    public override init() {}
    public func notificationOccurred(_ type: FeedbackType) {}
    public func prepare() {}
}
public enum UIAccessibility {
    public struct Notification: Sendable {
        public static let announcement = Notification(), screenChanged = Notification()
    }
    @MainActor public static var isVoiceOverRunning: Bool { false }
    @MainActor public static func post(notification: Notification, argument: Any?) {}
}
open class UIColor: NSObject, @unchecked Sendable {
    public class var systemBackground: UIColor { fatalError() }
    public class var secondarySystemBackground: UIColor { fatalError() }
    public class var systemGroupedBackground: UIColor { fatalError() }
    public class var secondarySystemGroupedBackground: UIColor { fatalError() }
}
open class UIImage: NSObject, @unchecked Sendable {
    public init?(data: Data) {}
}
public enum UIKeyboardType: Int, Sendable { case `default`, asciiCapable, numbersAndPunctuation, URL, numberPad, decimalPad }
public struct UITextContentType: Hashable, Sendable {
    public static let oneTimeCode = UITextContentType(), URL = UITextContentType()
}
