// Announcements, by the phone's own speech engine.
package io.saoma.app

import android.content.Context
import android.media.AudioAttributes
import android.media.AudioManager
import android.speech.tts.TextToSpeech
import android.speech.tts.UtteranceProgressListener
import io.saoma.core.Language
import io.saoma.till.Speech
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withTimeoutOrNull
import java.util.Locale
import java.util.UUID

/** Speaks through the engine that the person chose in the system's settings. Use it from the main thread. */
class Voice(
    private val context: Context,
) : Speech,
    AutoCloseable {
    private val turn = Mutex()
    private var engine: TextToSpeech? = null

    override suspend fun say(
        text: String,
        language: Language,
    ): Boolean =
        turn.withLock {
            if (muted()) return false
            val engine = ready() ?: return false
            if (engine.setLanguage(locale(language)) < TextToSpeech.LANG_AVAILABLE) return false
            heard(engine, text)
        }

    override fun close() {
        engine?.shutdown()
        engine = null
    }

    private fun muted() = context.getSystemService(AudioManager::class.java)?.getStreamVolume(AudioManager.STREAM_MUSIC) == 0

    /** The engine once it has started; one that did not start is tried afresh the next time: a person may have installed one. */
    private suspend fun ready(): TextToSpeech? {
        engine?.let { return it }
        val started = CompletableDeferred<Boolean>()
        val fresh = TextToSpeech(context) { status -> started.complete(status == TextToSpeech.SUCCESS) }
        val works =
            try {
                withTimeoutOrNull(START_MS_MAX) { started.await() } == true
            } catch (stopped: CancellationException) {
                fresh.shutdown()
                throw stopped
            }
        if (!works) {
            fresh.shutdown()
            return null
        }
        fresh.setAudioAttributes(
            AudioAttributes
                .Builder()
                .setUsage(AudioAttributes.USAGE_MEDIA)
                .setContentType(AudioAttributes.CONTENT_TYPE_SPEECH)
                .build(),
        )
        engine = fresh
        return fresh
    }

    private suspend fun heard(
        engine: TextToSpeech,
        text: String,
    ): Boolean {
        val ended = CompletableDeferred<Boolean>()
        val utterance = UUID.randomUUID().toString()
        engine.setOnUtteranceProgressListener(
            object : UtteranceProgressListener() {
                override fun onStart(utteranceId: String?) = Unit

                override fun onDone(utteranceId: String?) = end(utteranceId, heard = true)

                @Deprecated("Deprecated in Java")
                override fun onError(utteranceId: String?) = end(utteranceId, heard = false)

                override fun onStop(
                    utteranceId: String?,
                    interrupted: Boolean,
                ) = end(utteranceId, heard = false)

                private fun end(
                    id: String?,
                    heard: Boolean,
                ) {
                    if (id == utterance) ended.complete(heard)
                }
            },
        )
        return try {
            engine.speak(text, TextToSpeech.QUEUE_FLUSH, null, utterance) == TextToSpeech.SUCCESS &&
                withTimeoutOrNull(SPEECH_MS_MAX) { ended.await() } == true
        } catch (stopped: CancellationException) {
            engine.stop()
            throw stopped
        }
    }

    companion object {
        /** How long an engine may take to start, and a sentence to be said, before it counts as not heard. */
        const val START_MS_MAX = 5_000L
        const val SPEECH_MS_MAX = 20_000L

        private fun locale(language: Language) =
            when (language) {
                Language.CHINESE -> Locale.SIMPLIFIED_CHINESE
                Language.ENGLISH -> Locale.ENGLISH
            }
    }
}
