// What was taken on a day, and tables of it.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.Finding
import io.saoma.core.MerchantDay
import io.saoma.core.Reconciliation
import io.saoma.core.TillDay
import java.time.LocalDate
import java.time.format.DateTimeParseException

/** A day: today at first. */
internal class DayPlace(
    counter: Counter,
) : Place(counter) {
    /** The merchant's today, once it is known. */
    var today by mutableStateOf<LocalDate?>(null)
    var date by mutableStateOf<LocalDate?>(null)
    var mine by mutableStateOf<TillDay?>(null)
    var whole by mutableStateOf<MerchantDay?>(null)

    /** The books against the bank's bill; only for a day that has ended, and for whoever decides. */
    var bill by mutableStateOf<Reconciliation?>(null)

    /** The finding that is being explained. */
    var settling by mutableStateOf<Finding?>(null)

    /** The day that is typed, while it is asked for. */
    var asking by mutableStateOf<String?>(null)

    val readingMine = Errand(scope)
    val readingWhole = Errand(scope)
    val readingBill = Errand(scope)
    val settlingIt = errand()

    init {
        readingMine.run {
            val newest = till.day()
            val day = LocalDate.parse(newest.totals.date)
            today = day
            date = day
            mine = newest
            readWhole()
        }
        counter.learnPeople()
    }

    override val backStep: (() -> Unit)?
        get() =
            when {
                settling != null -> ({ settling = null })
                asking != null -> ({ asking = null })
                else -> null
            }

    /** Goes so many days on, or back. */
    fun go(days: Long) {
        date?.plusDays(days)?.let(::goTo)
    }

    /** The day that was typed; null while it is none, or is still to come. */
    val asked: LocalDate? get() = asking?.let(::dayOf)?.takeIf { today?.let(it::isAfter) != true }

    fun goToAsked() {
        val day = asked ?: return
        asking = null
        goTo(day)
    }

    private fun goTo(day: LocalDate) {
        if (today?.let(day::isAfter) == true || readingMine.underWay) return
        date = day
        mine = null
        whole = null
        bill = null
        readingMine.run { mine = till.day(day.toString()) }
        readWhole()
        readBill()
    }

    fun readBill() {
        if (date == today || !counter.decides) return
        readingBill.run {
            do {
                val of = date
                bill = till.reconciliation(of?.toString())
            } while (of != date)
        }
    }

    /** A manager says why books and bill differ. */
    fun settle(
        finding: Finding,
        reason: String,
    ) = settlingIt.run {
        bill = till.settleFinding(date.toString(), finding.id, reason)
        settling = null
    }

    fun readWhole() =
        readingWhole.run {
            do {
                val of = date
                whole = till.merchantDay(of?.toString())
            } while (of != date)
        }
}

/** Tables for spreadsheets, given to other apps as files. */
internal class ExportPlace(
    counter: Counter,
    private val day: LocalDate,
) : Place(counter) {
    val date get() = day.toString()
    var from by mutableStateOf(day.withDayOfMonth(1).toString())
    var until by mutableStateOf(date)

    val givingSales = Errand(scope)
    val givingDays = Errand(scope)

    /** The file that was given last. */
    var given by mutableStateOf<String?>(null)
        private set

    fun giveSales() = givingSales.run { give(textsOf(settings.language).salesFile(date)) { till.salesCsv(date) } }

    fun giveDays() =
        givingDays.run {
            val (first, last) = from.trim() to until.trim()
            give(textsOf(settings.language).daysFile(first, last)) { till.daysCsv(first, last) }
        }

    private suspend fun give(
        name: String,
        make: suspend () -> String,
    ) {
        given = null
        if (platform.sharing.file(name, "text/csv", make())) given = name
    }
}

/** What was typed as a day; null if it is none. */
internal fun dayOf(typed: String): LocalDate? =
    try {
        LocalDate.parse(typed.trim())
    } catch (_: DateTimeParseException) {
        null
    }
