// A sale's particulars, its history, its receipt.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.saoma.core.HistoryEntry
import io.saoma.core.Phase
import io.saoma.core.Sale
import io.saoma.core.SaleAction

@Composable
internal fun DetailScreen(place: DetailPlace) {
    val texts = LocalTexts.current
    val counter = place.counter
    val sale = place.seen?.sale
    val receipt = place.receipt
    val isNew = sale?.refunds.orEmpty().any { refund -> refund.staff?.let { counter.nameOf(it) == it } == true }
    LaunchedEffect(isNew) { if (isNew) counter.learnPeople() }
    when {
        sale == null -> {
            Screen(texts.showDetails, onBack = { counter.back() }) {
                FaultCard(place.reading.fault, place.settings.language)
                if (place.reading.underWay) Turning(texts.loading, Modifier.fillMaxWidth().padding(32.dp))
            }
        }

        receipt != null -> {
            ReceiptScreen(receipt, place.copied, place::hideReceipt, { place.copyReceipt(texts.receipt) }, place::shareReceipt, place::slip)
        }

        else -> {
            Particulars(
                sale,
                place.history,
                onBack = { counter.back() },
                actions = { DetailActions(place, sale) },
                moved = { MoneyCards(sale, moneyDeeds(place, sale)) },
            ) { FaultCard(place.doing.fault, place.settings.language) }
        }
    }
    place.question?.let { SaleQuestion(it, place) }
    place.decision?.let { DecisionQuestion(it, place) }
}

/** What is known of a sale. */
@Composable
internal fun Particulars(
    sale: Sale,
    history: List<HistoryEntry>,
    onBack: () -> Unit,
    actions: @Composable () -> Unit,
    moved: @Composable () -> Unit = {},
    faults: @Composable () -> Unit = {},
) {
    val texts = LocalTexts.current
    val zone = LocalZone.current
    Screen(texts.tail(sale.tail), onBack, actions = { actions() }) {
        Card(Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
                FittingText(
                    sale.money,
                    Modifier.weight(1f),
                    style = MaterialTheme.typography.displaySmall,
                    align = TextAlign.Start,
                )
                PhaseMark(sale)
            }
            Text(sale.sentence, style = MaterialTheme.typography.bodyMedium)
        }
        faults()
        moved()
        Card {
            sale.reference?.let { Fact(texts.reference, it) }
            sale.note?.let { Fact(texts.note, it) }
            Fact(texts.descriptionLabel, sale.description)
            if (sale.lines.size > 1) {
                for (line in sale.lines) {
                    Fact(
                        "${texts.parts} ${line.no}",
                        listOfNotNull(line.reference, money(line.amount, sale.currency)).joinToString(" · "),
                    )
                }
            }
            Fact(texts.madeAt, sale.madeAt.exact(zone))
            sale.paidAt?.let { Fact(texts.paidAt, it.exact(zone)) }
            Fact(texts.orderNo, sale.orderNo)
        }
        if (history.isNotEmpty()) {
            Heading(texts.history)
            Card {
                for (entry in history) Fact(entry.at.toTheSecond(zone), entry.text)
            }
        }
    }
}

@Composable
private fun DetailActions(
    place: DetailPlace,
    sale: Sale,
) {
    val texts = LocalTexts.current
    val counter = place.counter
    val busy = place.doing.underWay
    val may = sale.actions
    if (SaleAction.CHECK_NOW in may) SideButton(texts.checkNow, place::checkNow, Modifier.fillMaxWidth(), Icons.Search, underWay = busy)
    if (SaleAction.DECIDE in may) {
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
            SideButton(
                texts.drop,
                { place.question = Question.DROP },
                Modifier.weight(1f),
                Icons.Close,
                !busy,
                ink = MaterialTheme.colorScheme.error,
            )
            SideButton(texts.send, place::send, Modifier.weight(1f), Icons.Forward, !busy)
        }
    } else if (SaleAction.CANCEL in may) {
        SideButton(
            texts.cancelSale,
            { place.question = Question.CANCEL },
            Modifier.fillMaxWidth(),
            Icons.Close,
            !busy,
            ink = MaterialTheme.colorScheme.error,
        )
    }
    if (SaleAction.TAKE_CASH in may) {
        SideButton(texts.takeCash, { place.question = Question.CASH }, Modifier.fillMaxWidth(), Icons.Cash, !busy)
    }
    if (SaleAction.REFUND in may && sale.refundable.isNotEmpty()) {
        val go = { counter.open(RefundPlace(counter, sale.orderNo)) }
        SideButton(texts.refund, go, Modifier.fillMaxWidth(), Icons.GiveBack, !busy)
    }
    if (SaleAction.REFRESH in may) SideButton(texts.freshCode, place::refresh, Modifier.fillMaxWidth(), Icons.Refresh, !busy)
    if (sale.phase in setOf(Phase.CLOSED, Phase.DROPPED, Phase.REJECTED)) {
        SideButton(texts.ringUpAgain, { counter.ringUpAgain(sale) }, Modifier.fillMaxWidth(), Icons.Keypad)
    }
    if (sale.isBeforeCustomer) {
        val go = { counter.open(SalePlace(counter, sale.orderNo)) }
        if (sale.code != null) MainButton(texts.showCode, go, icon = Icons.Scan) else MainButton(texts.goOn, go, icon = Icons.Barcode)
    }
    if (SaleAction.RECEIPT in may) MainButton(texts.receiptButton, place::showReceipt, icon = Icons.Bill, underWay = busy)
}

/** The receipt as the text that anyone can verify. */
@Composable
internal fun ReceiptScreen(
    receipt: String,
    copied: Boolean,
    onBack: () -> Unit,
    onCopy: () -> Unit,
    onShare: () -> Unit,
    onSlip: () -> Unit,
) {
    val texts = LocalTexts.current
    Screen(
        texts.receipt,
        onBack,
        headActions = { QuietButton(texts.slip, onSlip, icon = Icons.Bill) },
        actions = {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                SideButton(
                    if (copied) texts.copied else texts.copy,
                    onCopy,
                    Modifier.weight(1f).semantics { liveRegion = LiveRegionMode.Polite },
                    if (copied) Icons.Check else Icons.Copy,
                )
                MainButton(texts.share, onShare, Modifier.weight(1f), Icons.Share)
            }
        },
    ) {
        Text(texts.receiptExplained)
        Card {
            SelectionContainer {
                Text(receipt, style = MaterialTheme.typography.bodySmall)
            }
        }
    }
}
