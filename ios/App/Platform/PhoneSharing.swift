// Texts for other apps: the clipboard, and the system's sheet of apps to send something to.

import SaomaTill
import UIKit

/// Shares from the app's window.
struct PhoneSharing: Sharing {
    func copy(_ text: String) {
        UIPasteboard.general.string = text
    }

    func share(_ text: String) {
        guard let window = UIApplication.shared.frontWindow, var front = window.rootViewController else { return }
        while let above = front.presentedViewController { front = above }
        let sheet = UIActivityViewController(activityItems: [text], applicationActivities: nil)
        // An iPad asks where the sheet comes from: the lower edge, where the thumb is.
        sheet.popoverPresentationController?.sourceView = front.view
        sheet.popoverPresentationController?.sourceRect = CGRect(
            x: front.view.bounds.midX, y: front.view.bounds.maxY - 1, width: 1, height: 1)
        front.present(sheet, animated: true)
    }
}
