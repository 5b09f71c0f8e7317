// Texts for other apps: the clipboard, and the system's sheet of apps to send something to.

import SaomaTill
import UIKit

/// Shares from the app's window.
struct PhoneSharing: Sharing {
    func copy(_ text: String) {
        UIPasteboard.general.string = text
    }

    func share(_ text: String) {
        offer([text])
    }

    func share(_ text: String, asFile name: String) {
        // In a folder of its own, so that the file has its name; gone once it was handed over.
        let folder = FileManager.default.temporaryDirectory
            .appending(path: UUID().uuidString, directoryHint: .isDirectory)
        let file = folder.appending(path: name, directoryHint: .notDirectory)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .completeFileProtection)
        } catch {
            // Without room for a file it is still a text.
            return offer([text])
        }
        offer([file]) { try? FileManager.default.removeItem(at: folder) }
    }

    func share(slip lines: [String]) {
        let text = lines.joined(separator: "\n")
        let paper = UISimpleTextPrintFormatter(text: text)
        paper.font = .monospacedSystemFont(ofSize: 9, weight: .regular)
        offer([text, paper])
    }

    private func offer(_ items: [Any], whenDone: @escaping @MainActor () -> Void = {}) {
        guard let window = UIApplication.shared.frontWindow, var front = window.rootViewController else {
            return whenDone()
        }
        while let above = front.presentedViewController { front = above }
        let sheet = UIActivityViewController(activityItems: items, applicationActivities: nil)
        sheet.completionWithItemsHandler = { _, _, _, _ in whenDone() }
        // An iPad asks where the sheet comes from: the lower edge, where the thumb is.
        sheet.popoverPresentationController?.sourceView = front.view
        sheet.popoverPresentationController?.sourceRect = CGRect(
            x: front.view.bounds.midX, y: front.view.bounds.maxY - 1, width: 1, height: 1)
        front.present(sheet, animated: true)
    }
}
