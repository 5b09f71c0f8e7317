// What the screens ask of the phone's display: full brightness and no sleep under a code, nothing to see for others.

import Observation
import SaomaTill
import UIKit

/// The display of the app's window.
@MainActor
@Observable
final class PhoneDisplay: Display {
    /// Whether what is on the screen is covered while the app is not in front, and while the screen is recorded or mirrored. iOS lets
    /// no app refuse a screenshot.
    var isGuarded: Bool {
        guards > 0
    }

    private var guards = 0
    @ObservationIgnored private var codes = 0
    @ObservationIgnored private var inFront = true
    @ObservationIgnored private var before: (screen: UIScreen, brightness: CGFloat)?

    func showCode() -> any DisplayHold {
        codes += 1
        adjust()
        return Hold { [weak self] in
            self?.codes -= 1
            self?.adjust()
        }
    }

    func guardScreen() -> any DisplayHold {
        guards += 1
        return Hold { [weak self] in self?.guards -= 1 }
    }

    /// Other apps have the display as its owner set it.
    func appIsInFront(_ inFront: Bool) {
        self.inFront = inFront
        adjust()
    }

    private func adjust() {
        let shown = codes > 0 && inFront
        UIApplication.shared.isIdleTimerDisabled = shown
        if shown, before == nil, let screen {
            before = (screen, screen.brightness)
            screen.brightness = 1
        } else if !shown, let (screen, brightness) = before {
            before = nil
            // Whoever dimmed it by hand meanwhile wants it so.
            if screen.brightness > 0.95 { screen.brightness = brightness }
        }
    }

    private var screen: UIScreen? {
        UIApplication.shared.frontWindow?.windowScene?.screen
    }
}

/// Gives back once.
@MainActor
private final class Hold: DisplayHold {
    private var giveBack: (() -> Void)?

    init(_ giveBack: @escaping () -> Void) {
        self.giveBack = giveBack
    }

    func release() {
        giveBack?()
        giveBack = nil
    }
}

extension UIApplication {
    /// The app's window, the one in front if there are several.
    var frontWindow: UIWindow? {
        let scenes = connectedScenes.compactMap { $0 as? UIWindowScene }
        let scene = scenes.first { $0.activationState == .foregroundActive } ?? scenes.first
        return scene?.keyWindow
    }
}
