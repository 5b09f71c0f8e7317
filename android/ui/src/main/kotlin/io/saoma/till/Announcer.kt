// Telling people of money: once, aloud where that is possible, and until somebody has seen or heard it.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.Till
import io.saoma.core.MoneyResult
import io.saoma.core.ResultKind
import io.saoma.core.SaomaException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch

/** What became of an announcement. */
internal enum class Heard {
    /** It waits for its turn, or is being played. */
    NOT_YET,

    /** It was played to its end. */
    YES,

    /** It was not played, though it should have been. */
    NO,

    /** Nothing was to be said: the person turned the voice off, or the till is quiet about it. */
    SILENT,
}

/** A result that is shown until a person has seen it. */
internal class Told(
    result: MoneyResult,
) {
    /** It, in the newest language. */
    var result by mutableStateOf(result)

    var heard by mutableStateOf(Heard.NOT_YET)

    /** Only a person acknowledges it. */
    val isAlarm: Boolean get() = result.isAlarm
}

/** Late money, money that does not match, and money that did not go back: a person must look. */
internal val MoneyResult.isAlarm: Boolean get() = late || kind == ResultKind.MISMATCH || kind == ResultKind.REFUND_FAILED

/** Announces each result once, and acknowledges it when it was heard or seen; alarms only when they were seen. */
internal class Announcer(
    private val till: Till,
    private val platform: Platform,
    private val settings: Settings,
    private val scope: CoroutineScope,
) {
    private val known = mutableSetOf<String>()
    private val toSay = mutableListOf<Told>()
    private val signal = Channel<Unit>(Channel.CONFLATED)
    private var speaking: Pair<Told, Job>? = null

    /** What nobody has seen yet, oldest first. */
    val shown = mutableStateListOf<Told>()

    /** What could not be acknowledged: the storage is full, for example. It will come again. */
    val acknowledging = Errand(scope)

    fun begin() {
        scope.launch {
            till.results
                .onEach(::heardOf)
                .catch { if (it !is SaomaException) throw it }
                .collect()
        }
        scope.launch {
            for (turn in signal) {
                while (toSay.isNotEmpty()) say(toSay.find(Told::isAlarm) ?: toSay.first())
            }
        }
    }

    private fun heardOf(results: List<MoneyResult>) {
        for (result in results) {
            shown.find { it.result.key == result.key }?.let { it.result = result }
            if (known.add(result.key)) {
                val told = Told(result)
                shown += told
                toSay += told
            }
        }
        signal.trySend(Unit)
    }

    private suspend fun say(told: Told) {
        toSay -= told
        if (told !in shown) return
        if (told.isAlarm) platform.haptics.alarm() else platform.haptics.paid()
        if (!settings.sound || !told.result.aloud) {
            told.heard = Heard.SILENT
            return
        }
        told.heard = Heard.NOT_YET
        val job =
            scope.launch {
                val played = platform.speech.say(told.result.spoken, settings.language)
                told.heard = if (played) Heard.YES else Heard.NO
                if (!played) platform.haptics.alarm()
                if (played && !told.isAlarm) acknowledgeHeard(told)
            }
        speaking = told to job
        job.join()
        speaking = null
    }

    /** Says it once more. */
    fun sayAgain(told: Told) {
        if (told in toSay || speaking?.first === told) return
        toSay += told
        signal.trySend(Unit)
    }

    /** A person has seen it. */
    fun seen(
        told: Told,
        then: () -> Unit = {},
    ) {
        speaking?.takeIf { it.first === told }?.second?.cancel()
        acknowledging.run {
            if (told.heard == Heard.SILENT) till.acknowledgeShown(told.result) else till.acknowledge(told.result)
            shown -= told
            then()
        }
    }

    private suspend fun acknowledgeHeard(told: Told) {
        try {
            till.acknowledge(told.result)
        } catch (_: SaomaException) {
            // It is still on the screen: whoever has seen it is told why it cannot be put away.
        }
    }
}
