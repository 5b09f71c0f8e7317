// What is not about one sale: settings, how the till is.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue

/** The way to everything else. */
internal class MorePlace(
    counter: Counter,
) : Place(counter) {
    override val guarded get() = false
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

    /** When the till is quiet, as it is being typed. */
    val announcing = AnnouncingForm(settings.announcing)
    val keeping = Errand(scope)

    /** Whether what was typed about announcing is kept. */
    var kept by mutableStateOf(false)
        private set

    /** Has the till take what was typed, and keeps it only then. */
    fun keepAnnouncing() {
        kept = false
        val wanted = announcing.announcing ?: return
        keeping.run {
            till.setAnnouncing(wanted)
            settings.announcing = wanted
            kept = true
        }
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
