// Tests at the counter: the screens over the real core, driven by what they say.
package io.saoma.till

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.requiredSize
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.click
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollAction
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.swipeUp
import androidx.compose.ui.test.v2.runDesktopComposeUiTest
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import io.saoma.Shop
import io.saoma.Till
import io.saoma.core.HttpTransport
import io.saoma.core.Language
import io.saoma.core.NewSale
import io.saoma.core.Sale
import io.saoma.core.SaleStory
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.io.File
import java.nio.file.Files

/** How long a test waits for what should happen at once: it is there to end one that hangs. */
private const val PATIENCE_MS = 45_000L

/** A test with a phone at a counter. Nothing of it is left behind. */
@OptIn(ExperimentalTestApi::class)
internal fun atTheCounter(
    phone: Phone = Phone(),
    language: Language = Language.ENGLISH,
    size: DpSize = DpSize(400.dp, 820.dp),
    transport: HttpTransport? = null,
    test: suspend Counters.() -> Unit,
) = runDesktopComposeUiTest(width = 900, height = 900) {
    val folder = Files.createTempDirectory("saoma-screens").toFile()
    val counters = Counters(this, phone, language, size, transport, folder)
    try {
        counters.test()
    } finally {
        counters.close()
        folder.deleteRecursively()
    }
}

/** The app on a phone, over one folder; it may be killed and started again. */
@OptIn(ExperimentalTestApi::class)
internal class Counters(
    private val ui: ComposeUiTest,
    val phone: Phone,
    language: Language,
    size: DpSize,
    private val transport: HttpTransport?,
    private val folder: File,
) : AutoCloseable {
    private val drawer = Drawer()
    private var systemLanguage = language
    private var size by mutableStateOf(size)
    private var turns by mutableIntStateOf(0)
    private var app by mutableStateOf<App?>(null)
    private val shops = mutableListOf<Shop>()

    /** The shop; opened when it is first asked for. */
    val shop: Shop by lazy { Shop().also(shops::add) }

    /** The words on the screen. */
    val words: Texts get() = textsOf(settings.language)
    val settings: Settings get() = running.settings
    val till: Till get() = running.till
    val state: TillState get() = running.state
    private val running: App get() = checkNotNull(app) { "the app is not running" }

    /** Where the screens' own work is done. */
    private lateinit var screens: CoroutineScope

    init {
        ui.setContent {
            screens = rememberCoroutineScope()
            app?.let { app ->
                key(turns, app) { Box(Modifier.requiredSize(this.size), Alignment.TopStart) { TillScreens(app.state, letters) } }
            }
        }
        start()
    }

    /** Starts the app. */
    fun start() {
        ui.waitForIdle()
        app = App()
    }

    /** The system kills the app: nothing on the screen or in memory is left. */
    fun kill() {
        val killed = running
        app = null
        ui.waitForIdle()
        killed.end()
    }

    /** Somebody gives the till another key than the one that its records were made with. */
    fun loseKey() = check(File(folder, "device-key.pem").delete())

    /** The phone is turned: everything on the screen is made anew, in the other size. */
    fun turn() {
        size = DpSize(size.height, size.width)
        turns++
    }

    /** Another app's till on the same folder. */
    fun otherTill(): Till = runBlocking { Till.open(folder, Language.ENGLISH) }

    /** Starts, paired with the shop. */
    fun pair(link: String = shop.link) {
        waitFor(words.pairTitle)
        type(words.pairLink, link)
        tap(words.pairButton)
        waitFor(words.enterAmount)
    }

    /** Keys in an amount or a sum, and rings it up. */
    fun ringUp(keys: String) {
        keyIn(keys)
        pressCharge()
        waitUntil("a sale is in front") { state.openSale != null }
    }

    /** Presses the button that charges what was keyed in. */
    fun pressCharge() = tapPart(words.chargeAmount(""))

    fun keyIn(keys: String) {
        for (key in keys) {
            when (key) {
                '.' -> tap(words.pointKey)
                '+' -> tap(words.plusKey)
                ' ' -> Unit
                else -> tap(key.toString())
            }
        }
    }

    /** Waits for the code on the screen; gives what a customer's phone reads. */
    fun code(): String {
        waitWhere(hasContentDescription(words.codeSpoken, substring = true))
        return checkNotNull(shown().sale.code).text
    }

    /** The sale whose screen is in front. */
    fun shown(): SaleStory = runBlocking { till.sale(checkNotNull(state.openSale)) }

    /** Rings a sale up behind the screen's back. */
    fun charge(
        minor: Long,
        reference: String? = null,
    ): String = runBlocking { till.charge(till.newOrderNo(), NewSale(minor, "Milk tea", reference = reference)).orderNo }

    fun tap(label: String) = tapWhere(named(label) and hasClickAction())

    /** Taps what says this among other things. */
    fun tapPart(part: String) = tapWhere(hasText(part, substring = true) and hasClickAction())

    /** The button of a dialog that asks whether a button of the same name was meant. */
    fun tapLast(label: String) {
        waitUntil("$label is asked about") { all(named(label) and hasClickAction()) > 1 }
        ui.onAllNodes(named(label) and hasClickAction()).onLast().performClick()
    }

    fun tapTwice(label: String) {
        waitWhere(named(label) and hasClickAction() and isEnabled())
        first(named(label) and hasClickAction()).performTouchInput {
            click()
            click()
        }
    }

    fun goBack() = ui.runOnIdle { state.back() }

    /** Something from outside, on the screens' own thread. */
    fun outside(happens: TillState.() -> Unit) = ui.runOnIdle { state.happens() }

    /** All sales of the till, newest first. */
    fun sales(): List<Sale> = runBlocking { till.list().sales }

    fun tapWhere(what: SemanticsMatcher) {
        waitWhere(what and isEnabled())
        val node = first(what and isEnabled())
        scrollTo(node)
        node.performClick()
    }

    fun type(
        field: String,
        text: String,
    ) {
        waitWhere(hasText(field) and hasSetTextAction())
        first(hasText(field) and hasSetTextAction()).performTextReplacement(text)
    }

    fun waitFor(label: String) = waitWhere(named(label))

    /** Waits for a text of which this is a part. */
    fun waitForPart(part: String) = waitWhere(withPart(part))

    fun hasPart(part: String): Boolean = parts(part) > 0

    /** How many texts have this in them. */
    fun parts(part: String): Int = all(withPart(part))

    /** Scrolls through a long list until this is there. */
    fun scrollTo(part: String) {
        val list = first(hasScrollToNodeAction())
        waitUntil("$part was scrolled to") {
            list.performTouchInput { swipeUp() }
            hasPart(part)
        }
    }

    fun waitUntilGone(label: String) = ui.waitUntil("$label is gone", PATIENCE_MS) { all(named(label)) == 0 }

    fun waitUntil(
        what: String,
        so: () -> Boolean,
    ) = ui.waitUntil(what, PATIENCE_MS, so)

    fun isThere(label: String): Boolean = times(label) > 0

    /** How often this is written. */
    fun times(label: String): Int = all(named(label))

    fun canBeTapped(label: String): Boolean = all(named(label) and hasClickAction() and isEnabled()) > 0

    fun waitWhere(what: SemanticsMatcher) =
        try {
            ui.waitUntil(what.description, PATIENCE_MS) { all(what) > 0 }
        } catch (late: Throwable) {
            throw AssertionError("not there: ${what.description}\n${screen()}", late)
        }

    /** What the screen says, for whoever reads why a test failed. */
    fun screen(): String =
        ui
            .onAllNodes(SemanticsMatcher("anything") { true })
            .fetchSemanticsNodes(atLeastOneRootRequired = false)
            .flatMap { node ->
                node.config.filter { it.key.name in setOf("Text", "ContentDescription", "EditableText") }.map { it.value.toString() }
            }.distinct()
            .joinToString("\n")

    override fun close() {
        if (app != null) kill()
        shops.forEach(Shop::close)
    }

    private fun all(what: SemanticsMatcher) = ui.onAllNodes(what).fetchSemanticsNodes(atLeastOneRootRequired = false).size

    private fun first(what: SemanticsMatcher): SemanticsNodeInteraction = ui.onAllNodes(what).onFirst()

    private fun scrollTo(node: SemanticsNodeInteraction) {
        val scrolls = hasScrollAction()
        if (generateSequence(node.fetchSemanticsNode().parent) { it.parent }.any(scrolls::matches)) node.performScrollTo()
    }

    /** One life of the app. */
    private inner class App {
        private val scope = CoroutineScope(screens.coroutineContext + Job())
        private var opened: Till? = null
        val settings = Settings(drawer, systemLanguage)
        val state: TillState = TillState(phone, settings, scope, openTill = ::open)
        val till: Till get() = checkNotNull(opened) { "the till is not open" }

        private suspend fun open(
            language: Language,
            keyWasLost: Boolean,
        ): Till {
            state.foreground(false)
            val till = Till.open(folder, language, transport = transport, keyWasLost = keyWasLost, announcing = settings.announcing)
            opened = till
            // As soon as the screens wait for anything.
            scope.launch { state.foreground(true) }
            return till
        }

        fun end() {
            scope.cancel()
            opened?.close()
        }
    }
}

/** The name of something, whether it is written or spoken. */
private fun named(label: String) = hasText(label) or hasContentDescription(label)

/** A text, written or spoken, of which this is a part. */
private fun withPart(part: String) = hasText(part, substring = true) or hasContentDescription(part, substring = true)
