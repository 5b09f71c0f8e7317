// This phone, as the till's models see it.

import Foundation
import SaomaTill
import UIKit
import os

/// The device below the screens, and the till on it.
@MainActor
final class Phone {
    let display = PhoneDisplay()
    let notices = PaymentNotices()
    let till: TillModel

    private let key: SecureEnclaveKey
    /// Whether a person has said that the key is lost, until a till has opened with another.
    private let givenUp = OSAllocatedUnfairLock(initialState: false)

    init() {
        // The system has one for each app.
        let folder = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0]
            .appending(path: "till", directoryHint: .isDirectory)
        let key = SecureEnclaveKey(existed: {
            // The library makes its files as soon as it has a key.
            let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
            return files?.isEmpty == false
        })
        self.key = key
        let platform = Platform(
            deviceName: UIDevice.current.name, speech: Voice(), haptics: PhoneHaptics(), display: display,
            sharing: PhoneSharing())
        let givenUp = self.givenUp
        till = TillModel(on: platform) { language async throws(SaomaError) -> Till in
            let till = try await Till.open(
                at: folder, language: language, keyStore: key, transport: URLSessionTransport(),
                keyWasLost: givenUp.withLock { $0 })
            givenUp.withLock { $0 = false }
            return till
        }
        Self.keepLog()
    }

    /// Whether the till is shut because its key is gone for good. Also where a new key was made before and the app died on the
    /// way, so that the records do not know it.
    func needsKey(_ fault: Fault) -> Bool {
        keyIsLost || fault.code == "other_key"
    }

    private var keyIsLost: Bool {
        (try? key.isLost()) == true
    }

    /// Goes on with a new key. The till must then be paired again; what the old one sealed is put aside.
    func replaceKey() {
        // What is wrong with it is said by the opening that follows.
        if keyIsLost { try? key.replace() }
        givenUp.withLock { $0 = true }
        till.tryAgain()
    }

    /// The library's lines hold no secret, and may be read by whoever helps.
    private static func keepLog() {
        let log = Logger(subsystem: "io.saoma.till", category: "library")
        // Another sink is there already if the app was started twice in one process, which is as good.
        _ = try? SaomaLibrary.log(from: .info) { level, part, line in
            switch level {
            case .error: log.error("\(part, privacy: .public): \(line, privacy: .public)")
            case .warn: log.warning("\(part, privacy: .public): \(line, privacy: .public)")
            default: log.info("\(part, privacy: .public): \(line, privacy: .public)")
            }
        }
    }
}
