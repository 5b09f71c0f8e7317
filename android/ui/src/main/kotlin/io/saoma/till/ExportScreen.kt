// Tables for spreadsheets: a day's sales, and the totals of many days.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp

@Composable
internal fun ExportScreen(place: ExportPlace) {
    val texts = LocalTexts.current
    val language = place.settings.language
    val keyboard = KeyboardOptions(keyboardType = KeyboardType.Number, imeAction = ImeAction.Done)
    Screen(texts.export, onBack = { place.counter.back() }) {
        Text(texts.exportWhy)
        place.given?.let { NoticeCard("${texts.fileGiven}: $it", Icons.Check, LocalSignals.current.busy) }
        Card {
            Heading("${texts.salesOfDay} · ${place.date}")
            Why(texts.salesOfDayWhy)
            FaultCard(place.givingSales.fault, language)
            MainButton(texts.exportSales, place::giveSales, icon = Icons.Share, underWay = place.givingSales.underWay)
        }
        Card {
            val fault = place.givingDays.fault
            Heading(texts.daysTable)
            Why(texts.daysTableWhy)
            FaultCard(fault, language)
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                Field(
                    place.from,
                    { place.from = it },
                    texts.fromDay,
                    Modifier.weight(1f),
                    texts.dateHint,
                    fault?.field == "date",
                    keyboard = keyboard,
                )
                Field(
                    place.until,
                    { place.until = it },
                    texts.untilDay,
                    Modifier.weight(1f),
                    texts.dateHint,
                    fault?.field == "until",
                    keyboard = keyboard,
                )
            }
            MainButton(texts.exportDays, place::giveDays, icon = Icons.Share, underWay = place.givingDays.underWay)
        }
    }
}

@Composable
private fun Why(text: String) = Text(text, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
