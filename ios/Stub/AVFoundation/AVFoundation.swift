// AVFoundation: speech, and the camera that reads codes. For the type checker alone (see ../README.md).

@_exported public import Foundation
public import UIKit

// Speech
public final class AVSpeechSynthesisVoice: NSObject {
    public init?(language: String?) {}
    public class func speechVoices() -> [AVSpeechSynthesisVoice] { [] }
    public var language: String { "" }
}
public final class AVSpeechUtterance: NSObject {
    public init(string: String) {}
    public var voice: AVSpeechSynthesisVoice? {
        get { nil }
        set {}
    }
    public var rate: Float {
        get { 0 }
        set {}
    }
    public var volume: Float {
        get { 0 }
        set {}
    }
}
public enum AVSpeechBoundary: Int, Sendable { case immediate, word }
public protocol AVSpeechSynthesizerDelegate: NSObjectProtocol {
    func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didStart utterance: AVSpeechUtterance)
    func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didFinish utterance: AVSpeechUtterance)
    func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didCancel utterance: AVSpeechUtterance)
}
extension AVSpeechSynthesizerDelegate {
    public func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didStart utterance: AVSpeechUtterance) {}
    public func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didFinish utterance: AVSpeechUtterance) {}
    public func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didCancel utterance: AVSpeechUtterance) {}
}
public final class AVSpeechSynthesizer: NSObject {
    public override init() {}
    public weak var delegate: (any AVSpeechSynthesizerDelegate)? {
        get { nil }
        set {}
    }
    public func speak(_ utterance: AVSpeechUtterance) {}
    @discardableResult public func stopSpeaking(at boundary: AVSpeechBoundary) -> Bool { true }
    public var isSpeaking: Bool { false }
    public var usesApplicationAudioSession: Bool {
        get { true }
        set {}
    }
}
public final class AVAudioSession: NSObject {
    public struct Category: Hashable, Sendable {
        public static let playback = Category(), ambient = Category(), soloAmbient = Category()
    }
    public struct Mode: Hashable, Sendable {
        public static let `default` = Mode(), spokenAudio = Mode(), voicePrompt = Mode()
    }
    public struct CategoryOptions: OptionSet, Sendable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
        public static let mixWithOthers = CategoryOptions(rawValue: 1), duckOthers = CategoryOptions(rawValue: 2)
        public static let interruptSpokenAudioAndMixWithOthers = CategoryOptions(rawValue: 17)
    }
    public struct SetActiveOptions: OptionSet, Sendable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
        public static let notifyOthersOnDeactivation = SetActiveOptions(rawValue: 1)
    }
    public class func sharedInstance() -> AVAudioSession { fatalError() }
    public func setCategory(_ category: Category, mode: Mode, options: CategoryOptions = []) throws {}
    public func setActive(_ active: Bool, options: SetActiveOptions = []) throws {}
    public var outputVolume: Float { 0 }
}

// Camera
public struct AVMediaType: Hashable, Sendable { public static let video = AVMediaType() }
public enum AVAuthorizationStatus: Int, Sendable { case notDetermined, restricted, denied, authorized }
public final class AVCaptureDevice: NSObject, @unchecked Sendable {
    public enum TorchMode: Int, Sendable { case off, on, auto }
    public class func authorizationStatus(for type: AVMediaType) -> AVAuthorizationStatus { .denied }
    public class func requestAccess(for type: AVMediaType) async -> Bool { false }
    public class func `default`(for type: AVMediaType) -> AVCaptureDevice? { nil }
    public var hasTorch: Bool { false }
    public var torchMode: TorchMode {
        get { .off }
        set {}
    }
    public func lockForConfiguration() throws {}
    public func unlockForConfiguration() {}
}
open class AVCaptureInput: NSObject {}
open class AVCaptureOutput: NSObject {}
public final class AVCaptureConnection: NSObject {
    public func isVideoRotationAngleSupported(_ angle: CGFloat) -> Bool { true }
    public var videoRotationAngle: CGFloat {
        get { 0 }
        set {}
    }
}
public final class AVCaptureDeviceInput: AVCaptureInput { public init(device: AVCaptureDevice) throws {} }
public final class AVCaptureSession: NSObject {
    public static let wasInterruptedNotification = Notification.Name("WasInterrupted")
    public static let interruptionEndedNotification = Notification.Name("InterruptionEnded")
    public static let runtimeErrorNotification = Notification.Name("RuntimeError")
    public override init() {}
    public func canAddInput(_ input: AVCaptureInput) -> Bool { true }
    public func addInput(_ input: AVCaptureInput) {}
    public func canAddOutput(_ output: AVCaptureOutput) -> Bool { true }
    public func addOutput(_ output: AVCaptureOutput) {}
    public func beginConfiguration() {}
    public func commitConfiguration() {}
    public func startRunning() {}
    public func stopRunning() {}
    public var isRunning: Bool { false }
}
open class AVMetadataObject: NSObject {
    public struct ObjectType: Hashable, Sendable {
        public static let qr = ObjectType(), code128 = ObjectType(), code39 = ObjectType(), code93 = ObjectType()
        public static let ean13 = ObjectType(), ean8 = ObjectType(), itf14 = ObjectType(), dataMatrix = ObjectType()
        public static let interleaved2of5 = ObjectType(), pdf417 = ObjectType()
    }
    public var type: ObjectType { .qr }
}
public final class AVMetadataMachineReadableCodeObject: AVMetadataObject { public var stringValue: String? { nil } }
public protocol AVCaptureMetadataOutputObjectsDelegate: NSObjectProtocol {
    func metadataOutput(
        _ output: AVCaptureMetadataOutput, didOutput metadataObjects: [AVMetadataObject], from connection: AVCaptureConnection)
}
public final class AVCaptureMetadataOutput: AVCaptureOutput {
    public override init() {}
    public func setMetadataObjectsDelegate(_ delegate: (any AVCaptureMetadataOutputObjectsDelegate)?, queue: DispatchQueue?) {}
    public var metadataObjectTypes: [AVMetadataObject.ObjectType]! {
        get { [] }
        set {}
    }
    public var availableMetadataObjectTypes: [AVMetadataObject.ObjectType] { [] }
}
public struct AVLayerVideoGravity: Hashable, Sendable { public static let resizeAspectFill = AVLayerVideoGravity() }
public final class AVCaptureVideoPreviewLayer: CALayer {
    public init(session: AVCaptureSession) {}
    public var session: AVCaptureSession? {
        get { nil }
        set {}
    }
    public var connection: AVCaptureConnection? { nil }
    public var videoGravity: AVLayerVideoGravity {
        get { .resizeAspectFill }
        set {}
    }
}
