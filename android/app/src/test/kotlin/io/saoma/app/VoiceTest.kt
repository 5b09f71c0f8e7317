package io.saoma.app

import android.app.Application
import android.media.AudioManager
import android.os.Looper
import android.speech.tts.TextToSpeech
import io.saoma.core.Language
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import org.junit.After
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowTextToSpeech
import java.time.Duration
import java.util.Locale
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotSame
import kotlin.test.assertNull
import kotlin.test.assertSame
import kotlin.test.assertTrue

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
@OptIn(ExperimentalCoroutinesApi::class)
class VoiceTest {
    private val scope = MainScope()
    private val voice = Voice(app)
    private val sound = service<AudioManager>()
    private val spoken = "微信收款十二元八角"

    @Before
    fun sound_is_on_and_there_is_a_chinese_voice() {
        sound.setStreamVolume(AudioManager.STREAM_MUSIC, 5, 0)
        ShadowTextToSpeech.addLanguageAvailability(Locale.SIMPLIFIED_CHINESE)
    }

    @After
    fun end() {
        scope.cancel()
        voice.close()
    }

    @Test
    fun a_sentence_is_said_to_its_end() {
        val said = say(spoken)
        engineStarts(TextToSpeech.SUCCESS)
        assertTrue(said.outcome())
        assertEquals(listOf(spoken), shadowOf(engine()).spokenTextList)
        assertEquals(Locale.SIMPLIFIED_CHINESE, shadowOf(engine()).currentLanguage)
    }

    @Test
    fun the_next_sentence_needs_no_new_engine() {
        say(spoken).also { engineStarts(TextToSpeech.SUCCESS) }.outcome()
        val first = engine()
        assertTrue(say("第二句").outcome())
        assertSame(first, engine())
    }

    @Test
    fun sentences_wait_for_each_other() {
        val both = listOf(say("一"), say("二"))
        engineStarts(TextToSpeech.SUCCESS)
        assertTrue(both.all { it.outcome() })
        assertEquals(listOf("一", "二"), shadowOf(engine()).spokenTextList)
    }

    @Test
    fun without_an_engine_nothing_was_said_and_the_next_time_it_is_looked_for_again() {
        val said = say(spoken)
        engineStarts(TextToSpeech.ERROR)
        assertFalse(said.outcome())
        val absent = engine()
        assertTrue(shadowOf(absent).isShutdown)
        say(spoken)
        settle()
        assertNotSame(absent, engine())
    }

    @Test
    fun an_engine_that_never_answers_is_not_waited_for() {
        val said = say(spoken)
        settle()
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(Voice.START_MS_MAX))
        assertFalse(said.outcome())
    }

    @Test
    fun without_a_voice_for_the_language_nothing_was_said() {
        val said = say("paid", Language.ENGLISH)
        engineStarts(TextToSpeech.SUCCESS)
        assertFalse(said.outcome())
        assertNull(shadowOf(engine()).lastSpokenText)
    }

    @Test
    fun with_the_sound_off_nothing_was_said() {
        sound.setStreamVolume(AudioManager.STREAM_MUSIC, 0, 0)
        assertFalse(say(spoken).outcome())
    }

    @Test
    fun an_announcement_is_stopped_when_it_is_no_longer_wanted() {
        say(spoken).also { engineStarts(TextToSpeech.SUCCESS) }.outcome()
        val second = say("第二句")
        second.cancel()
        waitFor("the end") { second.isCompleted }
        assertTrue(say("第三句").outcome())
    }

    private fun say(
        text: String,
        language: Language = Language.CHINESE,
    ) = scope.async { voice.say(text, language) }

    private fun Deferred<Boolean>.outcome(): Boolean {
        waitFor("the voice") { isCompleted }
        return getCompleted()
    }

    private fun engine() = ShadowTextToSpeech.getLastTextToSpeechInstance()

    private fun engineStarts(status: Int) {
        settle()
        shadowOf(engine()).onInitListener.onInit(status)
    }
}
