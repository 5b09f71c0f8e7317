package io.saoma.app

import android.speech.tts.TextToSpeech
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.ComposeTestRule
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.test.core.app.ActivityScenario
import io.saoma.core.Language
import io.saoma.core.ListQuery
import io.saoma.core.Sale
import io.saoma.till.textsOf
import kotlinx.coroutines.runBlocking
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowTextToSpeech

/** A person with the phone in hand, who sees Chinese. */
class AppRobot(
    private val compose: ComposeTestRule,
) {
    private val texts = textsOf(Language.CHINESE)

    /** The process as it is now: it may have been killed since. */
    val process get() = SaomaApp.of(app).process

    fun startApp(): ActivityScenario<MainActivity> = ActivityScenario.launch(MainActivity::class.java)

    /** Waits for something on the screen, while the speech engine starts and speaks. */
    fun sees(what: SemanticsMatcher) =
        compose.waitUntil("${what.description} is on the screen", PATIENCE_MS) {
            startVoice()
            compose.onAllNodes(what).fetchSemanticsNodes().isNotEmpty()
        }

    fun sees(text: String) = sees(hasText(text, substring = true))

    fun taps(text: String) = taps((hasText(text) or hasContentDescription(text)) and hasClickAction())

    private fun taps(what: SemanticsMatcher) {
        sees(what)
        compose.onNode(what).performClick()
    }

    /** Says yes to the question whether a button of the same name was meant. */
    fun agrees(text: String) {
        val buttons = hasText(text) and hasClickAction()
        compose.waitUntil("$text is asked about", PATIENCE_MS) { compose.onAllNodes(buttons).fetchSemanticsNodes().size > 1 }
        compose.onAllNodes(buttons).onLast().performClick()
    }

    fun pairsBy(link: String) {
        val field = hasSetTextAction() and hasText(texts.pairLink)
        sees(field)
        compose.onNode(field).performTextInput(link)
        taps(texts.pairButton)
        sees(texts.enterAmount)
    }

    /** Rings up an amount by the keys, and sees its code. */
    fun ringsUp(amount: String) {
        keysIn(amount)
        seesCode(amount)
    }

    /** Rings up an amount by the keys. */
    fun keysIn(amount: String) {
        for (key in amount) taps(if (key == '.') texts.pointKey else key.toString())
        taps(texts.chargeAmount(amount))
    }

    fun seesCode(amount: String) = sees(hasContentDescription("${texts.codeSpoken}, ¥$amount"))

    /** The newest sale, as the till has it. */
    fun newestSale(): Sale =
        runBlocking {
            process
                .till()
                .list(ListQuery())
                .sales
                .first()
        }

    /** How the speech engine starts. */
    var voiceStatus = TextToSpeech.SUCCESS

    /** What the phone said aloud. */
    val heard: List<String> get() = engine?.let { shadowOf(it).spokenTextList }.orEmpty()

    /** Waits for an announcement, and says what was heard. */
    fun hears(): String {
        compose.waitUntil("an announcement", PATIENCE_MS) {
            startVoice()
            compose.waitForIdle()
            heard.isNotEmpty()
        }
        return heard.last()
    }

    private var started: Any? = null
    private val engine get() = ShadowTextToSpeech.getLastTextToSpeechInstance()

    private fun startVoice() {
        val engine = engine ?: return
        if (engine === started) return
        started = engine
        shadowOf(engine).onInitListener.onInit(voiceStatus)
    }

    private companion object {
        const val PATIENCE_MS = 60_000L
    }
}
