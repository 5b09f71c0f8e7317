// The open till: what it tells, and where the person is.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.runtime.snapshotFlow
import io.saoma.Till
import io.saoma.core.Diagnosis
import io.saoma.core.Fault
import io.saoma.core.ListFilter
import io.saoma.core.ListQuery
import io.saoma.core.Pairing
import io.saoma.core.Person
import io.saoma.core.Sale
import io.saoma.core.SaomaException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** The till that is open, the places a person went to, and what is announced. */
internal class Counter(
    val till: Till,
    private val state: TillState,
    outer: CoroutineScope,
) {
    val settings get() = state.settings
    val platform get() = state.platform
    val scope = CoroutineScope(outer.coroutineContext + Job(outer.coroutineContext.job))
    val announcer = Announcer(till, platform, settings, scope)

    var pairing by mutableStateOf<Pairing?>(null)
    var diagnosis by mutableStateOf<Diagnosis?>(null)

    /** Who may sign in here, as the backend last said; null if it never did. */
    var people by mutableStateOf<List<Person>?>(null)

    /** A manager who signed in only to decide something, until it signs out. */
    var managerIsIn by mutableStateOf<String?>(null)
        private set

    /** Who was there before the manager. */
    private var person: String? = null
    val signingOut = Errand(scope)
    private val hints = Mutex()

    /** Set once the first look is taken: nothing is shown before it is known whether the till is paired. */
    var ready by mutableStateOf(false)
        private set

    val keypad = KeypadPlace(this)
    val collect = CollectPlace(this)
    private val tabs = listOf(keypad, collect, SalesPlace(this), MorePlace(this))
    private var tab by mutableStateOf<Place>(keypad)
    private val above = mutableStateListOf<Place>()

    /** Whether the backend can do this, as far as is known; what cannot be done after all is refused in words. */
    fun offers(feature: String): Boolean = diagnosis?.features.orEmpty().let { it.isEmpty() || feature in it }

    /** Real money or play money; null while it is not known. */
    val live: Boolean? get() = diagnosis?.live ?: pairing?.live

    val place: Place get() = above.lastOrNull() ?: tab

    /** The tabs, while one of them is in front. */
    val tabsShown: List<Place>? get() = tabs.takeIf { above.isEmpty() }

    /** The sale whose screen is in front. */
    val saleOnScreen: String? get() = (place as? SalePlace)?.orderNo

    /** What was told and covers the screen until somebody has seen it: alarms always, money of the sale on screen, and any while idle. */
    val inTheWay: Told?
        get() {
            // Who looks into it or gives it back has seen it, and is left in peace.
            val looksAt = (place as? WatchedSale)?.takeIf { it !is SalePlace }?.orderNo
            val shown = announcer.shown.filter { it.result.orderNo != looksAt }
            return shown.find(Told::isAlarm)
                ?: shown.find { it.result.orderNo == saleOnScreen }
                ?: shown.firstOrNull()?.takeIf { place === keypad && keypad.isIdle }
        }

    val canGoBack: Boolean get() = inTheWay != null || place.backStep != null || canLeave

    private val canLeave: Boolean get() = if (above.isEmpty()) tab !== keypad else above.size > 1 || pairing != null

    /** Whether the person has read that damaged records were saved. */
    var salvageRead by mutableStateOf(false)

    /** Takes the first look and begins to watch. */
    suspend fun begin() {
        pairing = till.pairing()
        if (pairing == null) {
            above += PairingPlace(this)
        } else {
            learnPeople()
            saleLeftBehind()?.let { above += SalePlace(this, it.orderNo) }
        }
        ready = true
        watch()
        announcer.begin()
    }

    /** An app that was killed while a customer was paying comes back to that sale. */
    private suspend fun saleLeftBehind(): Sale? = till.list(ListQuery(filter = ListFilter.OPEN)).sales.firstOrNull { it.isBeforeCustomer }

    private fun watch() {
        scope.launch {
            till.diagnosis
                .onEach { diagnosis = it }
                .catch { if (it !is SaomaException) throw it }
                .collect()
        }
        scope.launch {
            snapshotFlow { (place as? SalePlace)?.takeIf { it.seen?.sale?.isBeforeCustomer == true }?.orderNo }
                .distinctUntilChanged()
                .collect { shown -> hint { onScreen(shown) } }
        }
    }

    /** Tells the till something that helps it, one thing after the other: what was said last must be what it knows. */
    fun hint(call: suspend Till.() -> Unit) {
        scope.launch {
            try {
                hints.withLock { till.call() }
            } catch (_: SaomaException) {
                // It was a hint: nothing depends on it.
            }
        }
    }

    fun paired(pairing: Pairing) {
        this.pairing = pairing
        learnPeople()
        show(keypad)
    }

    fun show(tab: Place) {
        this.tab = tab
        replaceAll(null)
    }

    fun open(place: Place) {
        above += place
    }

    /** Leaves what is above the tabs, and opens [place] there. */
    fun replaceAll(place: Place?) {
        val left = above.toList()
        above.clear()
        place?.let { above += it }
        left.forEach(Place::leave)
    }

    /** Reads who works here, so that sums have names, and whether anybody must sign in. */
    fun learnPeople() {
        scope.launch {
            try {
                people = till.people().people
            } catch (_: SaomaException) {
                // No network, or a backend that keeps no people.
            }
        }
    }

    /** Whether whoever is here may see the whole merchant's books: the smaller of what the device and the person may. */
    val decides: Boolean
        get() = pairing?.role in DECIDING && diagnosis?.person?.role.let { it == null || it in DECIDING }

    fun storeNameOf(store: String): String = pairing?.takeIf { it.store == store }?.storeName ?: store

    fun nameOf(person: String): String =
        if (person.isEmpty()) textsOf(settings.language).nobodySignedIn else people?.find { it.id == person }?.name ?: person

    /** Leaves a place, if it is still there. */
    fun close(place: Place) {
        if (above.remove(place)) place.leave()
    }

    /** Has a person sign in, and goes on with what was asked for. */
    fun signIn(
        why: Fault? = null,
        then: () -> Unit = {},
    ) {
        if (place !is SignInPlace) open(SignInPlace(this, why, then = then))
    }

    /** Has a manager sign in on this phone, who decides and goes. */
    fun managerSignsIn(then: () -> Unit) {
        if (managerIsIn == null) person = diagnosis?.person?.id
        open(SignInPlace(this, managers = true, then = then))
    }

    fun signedIn(
        place: SignInPlace,
        who: Person,
    ) {
        managerIsIn = who.id.takeIf { place.managers }
        close(place)
        place.then()
    }

    fun signOut() =
        signingOut.run {
            till.signOut()
            managerIsIn = null
        }

    /** The manager has decided; whoever was there before comes back. */
    fun managerLeaves() =
        signingOut.run {
            till.signOut()
            managerIsIn = null
            person?.let { open(SignInPlace(this, likely = it)) }
        }

    /** Nobody looks at the app: secrets that were being entered are forgotten. */
    fun forget() = above.forEach(Place::forget)

    fun openSale(sale: Sale) = open(if (sale.isBeforeCustomer) SalePlace(this, sale.orderNo) else DetailPlace(this, sale.orderNo))

    /** Opens the keypad, filled in with what [sale] was about. */
    fun ringUpAgain(sale: Sale) {
        keypad.fillIn(sale)
        show(keypad)
    }

    /** Goes back by one step: from money that was told, within the place, or out of it. An alarm is not left so. */
    fun back(): Boolean {
        val told = inTheWay
        val step = place.backStep
        when {
            told != null -> if (!told.isAlarm) seen(told)
            step != null -> step()
            !canLeave -> return false
            above.isNotEmpty() -> above.removeAt(above.lastIndex).leave()
            else -> tab = keypad
        }
        return true
    }

    /** Opens the sale that a result is about. */
    fun look(told: Told) = open(DetailPlace(this, told.result.orderNo))

    /** A result was seen: its sale is dealt with, and its screen is left. */
    fun seen(told: Told) =
        announcer.seen(told) {
            while ((place as? SalePlace)?.orderNo == told.result.orderNo) above.removeAt(above.lastIndex).leave()
        }

    fun speak(language: io.saoma.core.Language) = state.speak(language)

    fun languageChanged() {
        (tabs + above).forEach(Place::languageChanged)
    }

    fun leave() = scope.cancel()
}
