// The one till of the process, its screens' state, and what the phone says to it and hears from it.
package io.saoma.app

import android.app.Application
import android.util.Log
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.runtime.snapshotFlow
import io.saoma.SaomaLibrary
import io.saoma.Till
import io.saoma.core.Language
import io.saoma.core.LogLevel
import io.saoma.core.SaomaException
import io.saoma.preferredLanguage
import io.saoma.till.Counter
import io.saoma.till.DetailPlace
import io.saoma.till.PairingPlace
import io.saoma.till.Settings
import io.saoma.till.Stage
import io.saoma.till.TillState
import io.saoma.till.WatchedSale
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.shareIn
import kotlinx.coroutines.launch
import kotlinx.coroutines.plus
import kotlinx.coroutines.runBlocking
import java.io.File

/** Made once for a process, on the main thread, before its first activity. */
class TillProcess(
    private val context: Application,
) {
    private val scope = MainScope()
    private val folder = File(context.noBackupFilesDir, "till")
    private val opened = MutableStateFlow<Till?>(null)

    private val inFront = presence(context).shareIn(scope + Dispatchers.Main.immediate, SharingStarted.Eagerly, replay = 1)
    private val notices = PaymentNotices(context)

    /** The phone, as the screens know it. */
    val phone = Phone(context)

    /** The device's key. A till that was used before and has lost it says so, until a person pairs it again. */
    val key = HardwareKey(context) { File(folder, "till.db").exists() }

    private val settings = Settings(KeptSettings(context), preferredLanguage())

    /** What the screens show. */
    val state = TillState(phone, settings, scope, key::isLost, ::open)

    /** Money came while nobody looked, and the system may not say so: now it is worth asking for the permission. */
    var noticeMissed by mutableStateOf(false)

    init {
        scope.launch { networkHints(context).collect(state::network) }
        scope.launch {
            inFront.collect {
                state.foreground(it)
                if (it) notices.clear()
            }
        }
        scope.launch { opened.filterNotNull().collectLatest(::tellOfMoney) }
        scope.launch { opened.filterNotNull().collectLatest(::haveTheRestCaughtUp) }
    }

    /** The till, once it is open; the newest, if it was opened more than once. */
    suspend fun till(): Till = opened.filterNotNull().first()

    /** Opens a sale's own screen, as soon as the till is open. */
    fun show(orderNo: String) =
        whenOpen {
            if ((place as? WatchedSale)?.orderNo != orderNo) open(DetailPlace(this, orderNo))
        }

    /** Fills the pairing screen in with a link that another app handed over; whether to pair by it, a person decides. */
    fun offer(pairingLink: String) =
        whenOpen {
            val screen = place as? PairingPlace ?: PairingPlace(this).also(::open)
            screen.link = pairingLink
        }

    /** Ends all of it where a process does not simply die. */
    fun end() {
        runBlocking { state.shut() }
        scope.cancel()
        phone.speech.close()
    }

    private fun whenOpen(ask: Counter.() -> Unit) {
        scope.launch {
            snapshotFlow { state.stage }
                .filterIsInstance<Stage.Open>()
                .first()
                .counter
                .ask()
        }
    }

    /**
     * With [keyWasLost] a person gave the key up: the till opens with another. Also where that was begun before and the process died on the
     * way, so that the other key is there and the records do not know it.
     */
    private suspend fun open(
        language: Language,
        keyWasLost: Boolean,
    ): Till {
        SaomaLibrary.load()
        SaomaLibrary.log(LogLevel.INFO) { level, part, line -> Log.println(level.priority, "saoma-$part", line) }
        if (keyWasLost && key.isLost) key.replace()
        return Till
            .open(folder, language, keyStore = key, keyWasLost = keyWasLost, announcing = settings.announcing)
            .also { opened.value = it }
    }

    /** What came in front was told there; what comes in the background goes into the system's shade. */
    private suspend fun tellOfMoney(till: Till) {
        val told = mutableSetOf<String>()
        till.results.orNothing().combine(inFront, ::Pair).collect { (waiting, inFront) ->
            for (result in waiting) {
                if (told.add(result.key) && !inFront && !notices.show(result)) noticeMissed = true
            }
        }
    }

    /** Whatever waits for a network when the app leaves the front goes on waiting in a job, which outlives the process. */
    private suspend fun haveTheRestCaughtUp(till: Till) {
        till.diagnosis
            .orNothing()
            .combine(inFront) { diagnosis, inFront -> diagnosis.waitsForNetwork && !inFront }
            .distinctUntilChanged()
            .collect { waits -> if (waits) CatchUpJob.schedule(context) else CatchUpJob.cancel(context) }
    }
}

/** A till that is closed tells nothing more. */
private fun <T> Flow<T>.orNothing(): Flow<T> = catch { if (it !is SaomaException) throw it }

private val LogLevel.priority: Int
    get() =
        when (this) {
            LogLevel.ERROR -> Log.ERROR
            LogLevel.WARN -> Log.WARN
            LogLevel.INFO -> Log.INFO
            LogLevel.DEBUG -> Log.DEBUG
        }
