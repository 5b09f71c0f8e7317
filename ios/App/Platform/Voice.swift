// Announcements, in the phone's own voices.

import AVFoundation
import SaomaTill
import os

/// Reads announcements aloud, one after the other, over the mute switch and above music.
@MainActor
final class Voice: Speech {
    /// After so long a text counts as not heard: a voice that the system cut off may never say so.
    private static let longest = Duration.seconds(20)

    private let synthesizer = AVSpeechSynthesizer()
    private let endings = Endings()
    private let sound = Sound()

    init() {
        synthesizer.delegate = endings
    }

    /// Says a text and returns when it was heard to its end. False when it was not: there is no voice for the language, the volume is
    /// down, or something else has the sound, such as a call. Cancelling the task stops the voice.
    func say(_ text: String, in language: Language) async -> Bool {
        guard let voice = AVSpeechSynthesisVoice(language: language.tag) else { return false }
        let audible = await sound.take()
        let heard = audible ? await speak(text, voice) : false
        await sound.giveBack()
        return heard
    }

    private func speak(_ text: String, _ voice: AVSpeechSynthesisVoice) async -> Bool {
        let utterance = AVSpeechUtterance(string: text)
        utterance.voice = voice
        let ending = endings.ending(of: utterance)
        let limit = Task { [endings, id = ObjectIdentifier(utterance)] in
            try await Task.sleep(for: Self.longest)
            endings.end(id, heard: false)
        }
        defer { limit.cancel() }
        synthesizer.speak(utterance)
        var heard = false
        for await outcome in ending { heard = outcome }
        if !heard {
            // Cancelled, or cut off: nothing more may come of it.
            endings.end(ObjectIdentifier(utterance), heard: false)
            synthesizer.stopSpeaking(at: .immediate)
        }
        return heard
    }
}

extension Language {
    /// The voices' name for it.
    fileprivate var tag: String {
        switch self {
        case .chinese: "zh-CN"
        case .english: "en-US"
        }
    }
}

/// The phone's sound, which other apps have to lower as long as somebody holds it. The system may take its time, hence an actor.
private actor Sound {
    private var holders = 0

    /// False if nothing would be heard.
    func take() -> Bool {
        holders += 1
        let session = AVAudioSession.sharedInstance()
        do {
            try session.setCategory(.playback, mode: .voicePrompt, options: [.duckOthers])
            try session.setActive(true)
        } catch {
            return false
        }
        return session.outputVolume > 0
    }

    func giveBack() {
        holders -= 1
        if holders == 0 {
            // An error would mean that something else of the app still sounds; nothing else does.
            try? AVAudioSession.sharedInstance().setActive(false, options: .notifyOthersOnDeactivation)
        }
    }
}

/// Hears from the synthesizer how each utterance ended.
private final class Endings: NSObject, AVSpeechSynthesizerDelegate, Sendable {
    private let open = OSAllocatedUnfairLock<[ObjectIdentifier: AsyncStream<Bool>.Continuation]>(initialState: [:])

    /// Whether it was heard to its end, once; nothing if the waiting is cancelled.
    func ending(of utterance: AVSpeechUtterance) -> AsyncStream<Bool> {
        let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
        let id = ObjectIdentifier(utterance)
        open.withLock { $0[id] = outcome }
        return outcomes
    }

    func end(_ id: ObjectIdentifier, heard: Bool) {
        let outcome = open.withLock { $0.removeValue(forKey: id) }
        outcome?.yield(heard)
        outcome?.finish()
    }

    func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didFinish utterance: AVSpeechUtterance) {
        end(ObjectIdentifier(utterance), heard: true)
    }

    func speechSynthesizer(_ synthesizer: AVSpeechSynthesizer, didCancel utterance: AVSpeechUtterance) {
        end(ObjectIdentifier(utterance), heard: false)
    }
}
