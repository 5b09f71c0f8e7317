// Signing in: a name, then a PIN. The PIN is forgotten as soon as it is asked about.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateMapOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.Fault
import io.saoma.core.Person
import io.saoma.core.SaomaException
import io.saoma.fault

/**
 * Who signs in. [why] says what could not be done without a person, and [then] goes on with it; [managers]: it takes one who may
 * decide. [likely] is who it probably is.
 */
internal class SignInPlace(
    counter: Counter,
    val why: Fault? = null,
    val managers: Boolean = false,
    likely: String? = null,
    val then: () -> Unit = {},
) : Place(counter) {
    val reading = Errand(scope)
    val signing = Errand(scope)

    /** Who signs in; null while the names are shown. */
    var chosen by mutableStateOf(counter.people?.find { it.id == likely })
        private set

    /** The digits so far: in memory only, while they are entered. */
    var pin by mutableStateOf("")
        private set

    /** Until when a person's PIN may not be tried, by the clock that goes on in sleep. */
    private val lockedUntil = mutableStateMapOf<String, Long>()

    init {
        read()
    }

    /** Who may sign in here; null while it is not known. */
    val people: List<Person>? get() = counter.people?.filter { !managers || it.role in DECIDING }

    override val backStep: (() -> Unit)? get() = if (chosen == null) null else ({ choose(null) })

    fun read() = reading.run { counter.people = till.people().people }

    fun choose(person: Person?) {
        chosen = person
        pin = ""
        signing.forget()
    }

    fun digit(digit: Char) {
        if (pin.length < PIN_MAX && !signing.underWay) pin += digit
    }

    fun deleteLast() {
        pin = pin.dropLast(1)
    }

    /** Whether what was entered may be a PIN. */
    val isComplete: Boolean get() = pin.length >= PIN_MIN

    /** For how many seconds no PIN of the chosen person is taken; null if one is. */
    fun lockedForS(nowMs: Long): Long? = lockedUntil[chosen?.id]?.let { until -> (until - nowMs + 999) / 1_000 }?.takeIf { it > 0 }

    fun signIn() {
        val person = chosen ?: return
        if (!isComplete || signing.underWay || lockedForS(platform.elapsedMs()) != null) return
        val entered = pin
        pin = ""
        signing.run {
            try {
                till.signIn(person.id, entered)
            } catch (refused: SaomaException) {
                refused.fault.retryAfterS?.let { lockedUntil[person.id] = platform.elapsedMs() + it.toLong() * 1_000 }
                throw refused
            }
            counter.signedIn(this, person)
        }
    }

    override fun forget() {
        pin = ""
    }

    companion object {
        private const val PIN_MIN = 4
        private const val PIN_MAX = 12
    }
}

/** Roles that say yes or no. */
internal val DECIDING = setOf("manager", "owner")
