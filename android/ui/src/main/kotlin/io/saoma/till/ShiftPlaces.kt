// The drawer's shifts: opened with what is in it, closed with what was counted.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.Shift

/** The open shift, and those before it. */
internal class ShiftsPlace(
    counter: Counter,
) : Place(counter) {
    /** Newest first, the open one before all; null until they were read. */
    var shifts by mutableStateOf<List<Shift>?>(null)
    val reading = Errand(scope)
    val doing = errand()

    /** What is asked about the drawer. */
    var asking by mutableStateOf<Drawer?>(null)
        private set

    /** The cash in it, as it is typed. */
    var typed by mutableStateOf("")

    val open: Shift? get() = shifts?.firstOrNull()?.takeIf { it.closedAt == null }
    val closed: List<Shift> get() = shifts.orEmpty().filter { it.closedAt != null }

    /** The cash that was typed, in minor units; null while it is no amount. */
    val cash: Long? get() = cashOf(typed)

    override val backStep: (() -> Unit)? get() = if (asking == null) null else ({ ask(null) })

    fun read() = reading.run { shifts = till.shifts(SHIFTS) }

    fun ask(what: Drawer?) {
        asking = what
        typed = ""
        doing.forget()
    }

    fun openShift() {
        val float = cash ?: return
        doing.run {
            till.openShift(float)
            ask(null)
            shifts = till.shifts(SHIFTS)
        }
    }

    /** Seals the shift, with what was counted or without. */
    fun closeShift(counted: Long?) =
        doing.run {
            val sealed = till.closeShift(counted)
            ask(null)
            shifts = till.shifts(SHIFTS)
            counter.open(ShiftPlace(counter, sealed))
        }

    /** What a person is asked about the drawer. */
    enum class Drawer { FLOAT, COUNT }

    private companion object {
        /** How many are shown: three months of one a day. */
        const val SHIFTS = 100u
    }
}

/** One shift, as it was when it was opened here. */
internal class ShiftPlace(
    counter: Counter,
    val shift: Shift,
) : Place(counter) {
    fun slip() = counter.open(SlipPlace(counter, textsOf(settings.language).shiftNo(shift.no.toInt())) { till.shiftSlip(shift.no, it) })
}
