// What a phone gives the screens: a voice, a vibration, its display, other apps, a few small values that outlive the app, time. The
// models know nothing else of it.

import Foundation

/// The device below the screens.
@MainActor
public struct Platform {
    /// What the device is called when it is paired, such as "iPhone 15".
    public let deviceName: String
    /// Reads announcements aloud.
    public let speech: any Speech
    /// Vibrates.
    public let haptics: any Haptics
    /// Brightness, the sleep of the screen, screenshots.
    public let display: any Display
    /// Gives texts to other apps.
    public let sharing: any Sharing
    /// Small values that outlive the app.
    public let preferences: any Preferences
    /// Runs while the phone sleeps.
    public let clock: any SteadyClock

    /// A device of these parts.
    public init(
        deviceName: String, speech: any Speech, haptics: any Haptics, display: any Display, sharing: any Sharing,
        preferences: any Preferences = UserDefaultsPreferences(), clock: any SteadyClock = PhoneClock()
    ) {
        self.deviceName = deviceName
        self.speech = speech
        self.haptics = haptics
        self.display = display
        self.sharing = sharing
        self.preferences = preferences
        self.clock = clock
    }
}

/// Reads announcements aloud.
@MainActor
public protocol Speech {
    /// Says a text and returns when it was heard to its end. False when it was not: there is no speech engine, no voice for the
    /// language, the sound is off, something interrupted it. Then the screen says so, and vibrates. Cancelling the task stops the voice.
    func say(_ text: String, in language: Language) async -> Bool
}

/// Vibrates, where there is a motor; otherwise nothing happens.
@MainActor
public protocol Haptics {
    /// A key was pressed.
    func key()
    /// Money is here.
    func paid()
    /// A person must look: late money, a mismatch, an announcement that was not heard.
    func alarm()
}

/// The device's display. Holds may overlap; what they give lasts until the last is released.
@MainActor
public protocol Display {
    /// While a code is shown: full brightness, and the screen neither dims nor sleeps.
    func showCode() -> any DisplayHold
    /// No screenshots where the system can refuse them, and no picture among the recent apps.
    func guardScreen() -> any DisplayHold
}

/// Something the display keeps up until it is told otherwise.
@MainActor
public protocol DisplayHold {
    /// Gives it back. Releasing twice does no harm.
    func release()
}

/// Gives texts to other apps.
@MainActor
public protocol Sharing {
    /// Puts a text on the clipboard.
    func copy(_ text: String)
    /// Offers a text to other apps, such as a receipt to a messenger.
    func share(_ text: String)
    /// Offers a text to other apps as a file of this name, such as a table to a spreadsheet.
    func share(_ text: String, asFile name: String)
    /// Offers the lines of a paper slip to printers and other apps; their columns stand in a row only in a monospaced font.
    func share(slip lines: [String])
}

/// What a scan is for.
public enum Wanted: Sendable {
    /// The QR code of a pairing link.
    case pairingLink
    /// The barcode of a waybill, or any other that names what is paid for.
    case reference
    /// The customer's payment code, as a QR code or as its barcode (Code 128).
    case paymentCode
}

/// Why there is no picture from the camera.
public enum NoCamera: Sendable {
    /// The person said no; the system's settings can change it.
    case denied
    /// The device has none.
    case absent
    /// Another app holds it, or it failed.
    case busy
}
