// The whole app behind its screens: opening the till, and what the device says to it.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.Till
import io.saoma.core.Fault
import io.saoma.core.Language
import io.saoma.core.SaomaException
import io.saoma.fault
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch

/**
 * What the screens show, and what is asked of them from outside. It is used on one thread, which is [scope]'s: the main one. Keep
 * it for as long as the app has anything on screen, also while an activity is made anew: a rotated screen goes on where it was.
 * After a kill nothing is missing: all that counts is the till's.
 *
 * @param openTill Opens the till, in a language. Called again when a person tries again; with `keyWasLost` where one gave the
 * device's key up.
 * @param keyIsGone Whether the key store has lost the key for ever, so that only another one helps.
 */
public class TillState(
    public val platform: Platform,
    public val settings: Settings,
    private val scope: CoroutineScope,
    private val keyIsGone: () -> Boolean = { false },
    private val openTill: suspend (Language, keyWasLost: Boolean) -> Till,
) {
    private var stageState by mutableStateOf<Stage>(Stage.Opening)
    private var counter: Counter? = null
    private var inFront: Boolean? = null
    private var network: Boolean? = null

    internal val stage: Stage get() = stageState
    private val shown: Counter? get() = (stage as? Stage.Open)?.counter

    init {
        open()
    }

    /** Whether [back] would do something; otherwise the system's own back leaves the app. */
    public val canGoBack: Boolean get() = shown?.canGoBack == true

    /** Goes back by one screen. False: there is none, and the app may be left. */
    public fun back(): Boolean = shown?.back() == true

    /** Whether a sale's code or money is shown, for a service that keeps the app alive meanwhile. */
    public val openSale: String? get() = shown?.saleOnScreen

    /** Says whether the app is in front. Say it again when the phone wakes. */
    public fun foreground(inFront: Boolean) {
        this.inFront = inFront
        if (!inFront) counter?.forget()
        counter?.hint { foreground(inFront) }
    }

    /** Says whether the phone has a network. Also worth saying when it changes from one to another. */
    public fun network(there: Boolean) {
        network = there
        counter?.hint { network(there) }
    }

    /** Chooses the language of everything from now on. */
    public fun speak(language: Language) {
        settings.language = language
        counter?.let { counter ->
            counter.till.setLanguage(language)
            counter.languageChanged()
        }
    }

    /** Closes the till, and gives its folder free. Nothing is lost by a kill instead. */
    public suspend fun shut() {
        val counter = counter ?: return
        counter.leave()
        counter.till.shut()
    }

    /** Whether this trouble ends by giving the key up: it is lost, or the records are another's. */
    internal fun needsOtherKey(fault: Fault): Boolean = keyIsGone() || fault.code in setOf("other_key", "key_lost")

    /** Opens the till. [keyWasLost]: a person gives its key up; it goes on with another, once it is paired anew. */
    internal fun open(keyWasLost: Boolean = false) {
        stageState = Stage.Opening
        scope.launch {
            stageState =
                try {
                    Stage.Open(begun(openTill(settings.language, keyWasLost)))
                } catch (refused: SaomaException) {
                    Stage.Trouble(refused.fault)
                }
        }
    }

    /** The counter over a till that was opened. One that cannot even be read is closed, so that it can be opened again. */
    private suspend fun begun(till: Till): Counter {
        val counter = Counter(till, this, scope)
        // What the device says from now on goes to it, also while it takes its first look.
        this.counter = counter
        try {
            inFront?.let { counter.hint { foreground(it) } }
            network?.let { counter.hint { network(it) } }
            counter.begin()
        } catch (refused: SaomaException) {
            this.counter = null
            counter.leave()
            till.shut()
            throw refused
        }
        return counter
    }
}

/** How far the till has come. */
internal sealed interface Stage {
    /** It is being opened. */
    data object Opening : Stage

    /** It cannot be opened. */
    data class Trouble(
        val fault: Fault,
    ) : Stage

    /** It is open. */
    class Open(
        val counter: Counter,
    ) : Stage
}
