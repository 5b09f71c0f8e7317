// What was taken on a day: by this till's own receipts, and by the backend's account of the whole merchant.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.AlertDialog
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
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.saoma.core.DayTotals
import io.saoma.core.MerchantDay
import io.saoma.core.Sums
import io.saoma.core.TillDay
import io.saoma.core.Totals

@Composable
internal fun DayScreen(place: DayPlace) {
    val texts = LocalTexts.current
    val counter = place.counter
    val isToday = place.date == place.today
    Screen(
        texts.day,
        onBack = { counter.back() },
        headActions = {
            place.date?.let { day -> IconButton({ counter.open(ExportPlace(counter, day)) }) { Icon(Icons.Table, texts.export) } }
        },
        actions = {
            Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween, Alignment.CenterVertically) {
                IconButton({ place.go(-1) }, Modifier.size(56.dp)) { Icon(Icons.Previous, texts.dayBefore) }
                val date = place.date?.toString().orEmpty()
                SideButton(
                    if (isToday) "${texts.today} · $date" else date,
                    { place.asking = date },
                    Modifier.weight(1f).semantics { liveRegion = LiveRegionMode.Polite },
                    Icons.Day,
                    enabled = place.date != null,
                )
                IconButton({ place.go(1) }, Modifier.size(56.dp), enabled = !isToday) { Icon(Icons.Next, texts.dayAfter) }
            }
        },
    ) {
        MineCard(place.mine, counter) { FaultCard(place.readingMine.fault, place.settings.language) }
        WholeCard(place.whole, place.readingWhole.underWay, counter) {
            FaultCard(place.readingWhole.fault, place.settings.language, onAgain = place::readWhole)
        }
        BillCard(place)
    }
    place.asking?.let { AskDay(place, it) }
}

/** What this till knows by itself. */
@Composable
private fun MineCard(
    mine: TillDay?,
    counter: Counter,
    faults: @Composable () -> Unit,
) {
    val texts = LocalTexts.current
    Card {
        Heading(texts.thisTill)
        Text(texts.thisTillExplained, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
        mine?.let { SumsFace(it.totals.sums, it.totals.currency) }
        faults()
    }
    if (mine == null) return
    UnprovenCard(mine.unproven, mine.totals.currency)
    Shares(mine.totals, counter)
}

/** What the backend says of all tills together. */
@Composable
private fun WholeCard(
    whole: MerchantDay?,
    reading: Boolean,
    counter: Counter,
    faults: @Composable () -> Unit,
) {
    val texts = LocalTexts.current
    Card {
        Heading(texts.wholeShop)
        Text(texts.wholeShopExplained, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
        if (whole != null) {
            SumsFace(whole.totals.sums, whole.totals.currency)
            if (whole.mismatched > 0u) NoticeCard(texts.mismatched(whole.mismatched.toInt()), Icons.Stop, LocalSignals.current.alarm)
            Text(
                texts.asOf(whole.asOf.exact(LocalZone.current)),
                color = MaterialTheme.colorScheme.onSurfaceVariant,
                style = MaterialTheme.typography.bodySmall,
            )
        } else if (reading) {
            Turning(texts.loading, Modifier.fillMaxWidth().padding(16.dp))
        }
        faults()
    }
    if (whole == null) return
    UnprovenCard(whole.unproven, whole.totals.currency)
    Shares(whole.totals, counter)
}

@Composable
private fun Shares(
    of: DayTotals,
    counter: Counter,
) {
    val texts = LocalTexts.current
    SharesCard(texts.byMethod, of.methods, of.currency, texts::method)
    if (of.stores.size > 1) SharesCard(texts.byStore, of.stores, of.currency, counter::storeNameOf)
    SharesCard(texts.byPerson, of.people, of.currency, counter::nameOf)
}

/** What moved: proven money large, and apart from it cash and what went back. Nothing is taken from anything. */
@Composable
internal fun SumsFace(
    sums: Sums,
    currency: String,
) {
    val texts = LocalTexts.current
    FittingText(
        money(sums.paid.text, currency),
        Modifier.fillMaxWidth(),
        style = MaterialTheme.typography.displaySmall,
        align = TextAlign.Start,
    )
    Fact(texts.paidSum, texts.payments(sums.paid.count.toInt()))
    Sum(texts.lateSum, sums.late, currency)
    Sum(texts.cashSum, sums.cash, currency)
    Sum(texts.refundedSum, sums.refunded, currency)
    Sum(texts.cashRefundedSum, sums.cashRefunded, currency)
}

/** A sum, unless there is nothing in it. */
@Composable
private fun Sum(
    name: String,
    of: Totals,
    currency: String,
) {
    if (of.count > 0u) Fact(name, "${money(of.text, currency)} · ${LocalTexts.current.payments(of.count.toInt())}")
}

/** Sales of which nobody knows yet: in none of the sums. */
@Composable
internal fun UnprovenCard(
    unproven: Totals,
    currency: String,
) {
    if (unproven.count == 0u) return
    val texts = LocalTexts.current
    NoticeCard(
        "${texts.unprovenSum}: ${texts.toCollectSum(unproven.count.toInt(), money(unproven.text, currency))}; ${texts.unprovenWhy}",
        Icons.Clock,
        LocalSignals.current.busy,
    )
}

/** The same sums by method, store or person, where there is anything to tell apart. */
@Composable
internal fun SharesCard(
    title: String,
    shares: List<Sums>,
    currency: String,
    nameOf: (String) -> String,
) {
    if (shares.none { it.name.isNotEmpty() }) return
    val texts = LocalTexts.current
    Card {
        Heading(title)
        for (share in shares) {
            Column(Modifier.semantics(mergeDescendants = true) {}, Arrangement.spacedBy(2.dp)) {
                Fact(nameOf(share.name), line(share, currency), Modifier.heightIn(min = 24.dp))
                val apart =
                    listOf(
                        texts.lateSum to share.late,
                        texts.refundedSum to share.refunded,
                        texts.cashRefundedSum to share.cashRefunded,
                    ).filter { (_, sum) -> sum.count > 0u }
                for ((name, sum) in apart) {
                    Text(
                        "$name ${money(sum.text, currency)} · ${texts.payments(sum.count.toInt())}",
                        color = MaterialTheme.colorScheme.onSurfaceVariant,
                        style = MaterialTheme.typography.bodySmall,
                    )
                }
            }
        }
    }
}

/** Proven money and cash, never added up. */
@Composable
private fun line(
    of: Sums,
    currency: String,
): String {
    val texts = LocalTexts.current
    val paid = "${money(of.paid.text, currency)} · ${texts.payments(of.paid.count.toInt())}"
    val label = if (of.name == "cash") "" else texts.method("cash") + " "
    val cash = "$label${money(of.cash.text, currency)} · ${texts.payments(of.cash.count.toInt())}"
    return listOfNotNull(paid.takeIf { of.paid.count > 0u || of.cash.count == 0u }, cash.takeIf { of.cash.count > 0u }).joinToString("\n")
}

@Composable
private fun AskDay(
    place: DayPlace,
    typed: String,
) {
    val texts = LocalTexts.current
    val known = place.asked != null
    AlertDialog(
        onDismissRequest = { place.asking = null },
        title = { Text(texts.whichDay, style = MaterialTheme.typography.titleLarge) },
        text = {
            Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
                Field(
                    typed,
                    { place.asking = it },
                    texts.dateHint,
                    wrong = !known,
                    keyboard = KeyboardOptions(keyboardType = KeyboardType.Number, imeAction = ImeAction.Done),
                    onDone = place::goToAsked,
                )
                if (!known) Text(texts.noSuchDay, color = MaterialTheme.colorScheme.error, style = MaterialTheme.typography.bodySmall)
            }
        },
        confirmButton = { if (known) QuietButton(texts.goToDay, place::goToAsked) },
        dismissButton = { QuietButton(texts.cancel, { place.asking = null }) },
        containerColor = MaterialTheme.colorScheme.surfaceContainerHigh,
    )
}
