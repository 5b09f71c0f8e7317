// What is not about one sale: day totals, settings, how the till is.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.MerchantDay
import io.saoma.core.TillDay
import java.time.LocalDate

/** The way to everything else. */
internal class MorePlace(
    counter: Counter,
) : Place(counter) {
    override val guarded get() = false
}

/** What was taken on a day. */
internal class DayPlace(
    counter: Counter,
) : Place(counter) {
    /** The merchant's today, once it is known. */
    var today by mutableStateOf<LocalDate?>(null)
    var date by mutableStateOf<LocalDate?>(null)
    var mine by mutableStateOf<TillDay?>(null)
    var whole by mutableStateOf<MerchantDay?>(null)

    val readingMine = Errand(scope)
    val readingWhole = Errand(scope)

    init {
        readingMine.run {
            val newest = till.day()
            val day = LocalDate.parse(newest.totals.date)
            today = day
            date = day
            mine = newest
            readWhole()
        }
    }

    /** Goes so many days on, or back. */
    fun go(days: Long) {
        val to = date?.plusDays(days) ?: return
        if (today?.let(to::isAfter) == true || readingMine.underWay) return
        date = to
        whole = null
        readingMine.run { mine = till.day(to.toString()) }
        readWhole()
    }

    fun readWhole() =
        readingWhole.run {
            do {
                val of = date
                whole = till.merchantDay(of?.toString())
            } while (of != date)
        }
}

/** The settings. */
internal class SettingsPlace(
    counter: Counter,
) : Place(counter) {
    override val guarded get() = false

    /** A quick amount that is being typed. */
    var quickAmount by mutableStateOf("")

    /** Whether the sample was played; null while nothing was tried. */
    var sampleHeard by mutableStateOf<Boolean?>(null)
    val sampling = Errand(scope)

    fun trySound() =
        sampling.run {
            sampleHeard = null
            sampleHeard = platform.speech.say(textsOf(settings.language).soundSample, settings.language)
        }

    /** Takes the amount that was typed among the quick ones, in the order of their size. */
    fun addQuickAmount() {
        val amount = amountOf(quickAmount.trim()) ?: return
        val all = settings.quickAmounts + amount.text
        settings.quickAmounts = all.distinct().sortedBy { amountOf(it)?.minor }
        quickAmount = ""
    }

    fun removeQuickAmount(amount: String) {
        settings.quickAmounts -= amount
    }
}

/** How the till is. */
internal class DiagnosisPlace(
    counter: Counter,
) : Place(counter) {
    override val guarded get() = false

    var copied by mutableStateOf(false)
        private set

    fun copy(
        label: String,
        text: String,
    ) {
        platform.sharing.copy(label, text)
        copied = true
    }
}
