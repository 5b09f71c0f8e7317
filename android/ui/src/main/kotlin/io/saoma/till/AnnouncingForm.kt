// When the till is quiet, and what is too little to be said.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import io.saoma.core.Announcing
import io.saoma.core.QuietHours

/** What is typed, beginning with what is [set]. */
internal class AnnouncingForm(
    set: Announcing,
) {
    var isQuiet by mutableStateOf(set.quiet != null)
    var from by mutableStateOf(printed(set.quiet?.fromMinute) ?: "22:00")
    var until by mutableStateOf(printed(set.quiet?.untilMinute) ?: "7:00")
    var least by mutableStateOf(if (set.leastMinor == 0L) "" else printed(set.leastMinor))

    val fromMinute: UShort? get() = minuteOf(from)
    val untilMinute: UShort? get() = minuteOf(until)
    val leastMinor: Long? get() = if (least.isBlank()) 0 else cashOf(least)

    /** All of it; null while a part is no time or no amount. Whether it makes sense, the core says. */
    val announcing: Announcing?
        get() {
            val least = leastMinor ?: return null
            if (!isQuiet) return Announcing(null, least)
            return Announcing(QuietHours(fromMinute ?: return null, untilMinute ?: return null), least)
        }

    private fun printed(minute: UShort?): String? = minute?.toInt()?.let { "${it / 60}:${(it % 60).toString().padStart(2, '0')}" }

    private companion object {
        val TIME = Regex("""([01]?\d|2[0-3])[:：.]?([0-5]\d)""")

        /** The minute of the day that was typed: `22:00`, `7:30`, also `2200`. */
        fun minuteOf(typed: String): UShort? =
            TIME.matchEntire(typed.trim())?.destructured?.let { (hour, minute) -> (hour.toInt() * 60 + minute.toInt()).toUShort() }
    }
}

@Composable
internal fun ColumnScope.AnnouncingEditor(place: SettingsPlace) {
    val texts = LocalTexts.current
    val form = place.announcing
    val fault = place.keeping.fault
    SwitchLine(texts.quietHours, texts.quietHoursWhy, form.isQuiet, { form.isQuiet = it })
    if (form.isQuiet) {
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
            TimeField(form.from, { form.from = it }, texts.quietFrom, form.fromMinute == null || fault?.field == "quiet.from_minute")
            TimeField(form.until, { form.until = it }, texts.quietUntil, form.untilMinute == null || fault?.field == "quiet.until_minute")
        }
    }
    Field(
        form.least,
        { form.least = it },
        texts.leastSaid,
        hint = texts.leastSaidHint,
        wrong = form.leastMinor == null || fault?.field == "least_amount",
        keyboard = KeyboardOptions(keyboardType = KeyboardType.Decimal, imeAction = ImeAction.Done),
        onDone = place::keepAnnouncing,
    )
    Text(texts.leastSaidWhy, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
    FaultCard(fault, place.settings.language)
    val isNew = form.announcing != null && form.announcing != place.settings.announcing
    when {
        isNew || place.keeping.underWay -> {
            SideButton(texts.keepAnnouncing, place::keepAnnouncing, Modifier.fillMaxWidth(), Icons.Check, underWay = place.keeping.underWay)
        }

        place.kept -> {
            NoticeCard(texts.keptAnnouncing, Icons.Check, LocalSignals.current.busy)
        }
    }
}

@Composable
private fun RowScope.TimeField(
    value: String,
    onChange: (String) -> Unit,
    label: String,
    wrong: Boolean,
) = Field(
    value,
    onChange,
    label,
    Modifier.weight(1f),
    hint = LocalTexts.current.timeHint,
    wrong = wrong,
    keyboard = KeyboardOptions(keyboardType = KeyboardType.Number, imeAction = ImeAction.Next),
)
