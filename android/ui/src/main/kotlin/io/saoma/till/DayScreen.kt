// What was taken on a day: by this till's own receipts, and by the backend's account of the whole merchant.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.saoma.core.DayTotals
import io.saoma.core.MerchantDay
import io.saoma.core.TillDay

@Composable
internal fun DayScreen(place: DayPlace) {
    DayFace(
        date = place.date?.toString().orEmpty(),
        isToday = place.date == place.today,
        mine = place.mine,
        whole = place.whole,
        readingWhole = place.readingWhole.underWay,
        onBack = { place.counter.back() },
        onGo = place::go,
        mineFault = { FaultCard(place.readingMine.fault, place.settings.language) },
        wholeFault = { FaultCard(place.readingWhole.fault, place.settings.language, onAgain = place::readWhole) },
    )
}

/** A day, as it is known at one moment. */
@Composable
internal fun DayFace(
    date: String,
    isToday: Boolean,
    mine: TillDay?,
    whole: MerchantDay?,
    readingWhole: Boolean,
    onBack: () -> Unit,
    onGo: (Long) -> Unit,
    mineFault: @Composable () -> Unit = {},
    wholeFault: @Composable () -> Unit = {},
) {
    val texts = LocalTexts.current
    Screen(
        texts.day,
        onBack,
        actions = {
            Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween, Alignment.CenterVertically) {
                IconButton({ onGo(-1) }, Modifier.size(56.dp)) { Icon(Icons.Previous, texts.dayBefore) }
                Text(
                    if (isToday) "${texts.today} · $date" else date,
                    Modifier.weight(1f).semantics { liveRegion = LiveRegionMode.Polite },
                    style = MaterialTheme.typography.titleMedium,
                    textAlign = TextAlign.Center,
                )
                IconButton({ onGo(1) }, Modifier.size(56.dp), enabled = !isToday) { Icon(Icons.Next, texts.dayAfter) }
            }
        },
    ) {
        Card {
            Heading(texts.thisTill)
            Text(texts.thisTillExplained, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
            mine?.let { Takings(it.totals) }
            mineFault()
        }
        Card {
            Heading(texts.wholeShop)
            Text(texts.wholeShopExplained, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
            if (whole != null) {
                Takings(whole.totals)
                if (whole.mismatched > 0u) NoticeCard(texts.mismatched(whole.mismatched.toInt()), Icons.Stop, LocalSignals.current.alarm)
                Text(
                    texts.asOf(whole.asOf.exact(LocalZone.current)),
                    color = MaterialTheme.colorScheme.onSurfaceVariant,
                    style = MaterialTheme.typography.bodySmall,
                )
            } else if (readingWhole) {
                Turning(texts.loading, Modifier.fillMaxWidth().padding(16.dp))
            }
            wholeFault()
        }
    }
}

@Composable
private fun Takings(day: DayTotals) {
    val texts = LocalTexts.current
    FittingText(
        money(day.sums.paid.text, day.currency),
        Modifier.fillMaxWidth(),
        style = MaterialTheme.typography.displaySmall,
        align = TextAlign.Start,
    )
    Fact(
        texts.paidSum,
        texts.payments(
            day.sums.paid.count
                .toInt(),
        ),
    )
    if (day.sums.late.count >
        0u
    ) {
        Fact(
            texts.lateSum,
            "${money(day.sums.late.text, day.currency)} · ${texts.payments(
                day.sums.late.count
                    .toInt(),
            )}",
        )
    }
}
