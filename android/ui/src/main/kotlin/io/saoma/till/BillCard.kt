// A day's books against the bank's bill, for managers: what agrees, and each finding until somebody explains it.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import io.saoma.core.Finding
import io.saoma.core.Reconciliation
import io.saoma.core.Tone

@Composable
internal fun BillCard(place: DayPlace) {
    val texts = LocalTexts.current
    val bill = place.bill
    // Whoever may not see it is not told that there is something to see.
    val fault = place.readingBill.fault?.takeIf { it.code != "forbidden" }
    if (bill == null && fault == null) return
    Card {
        Heading(texts.bill)
        FaultCard(fault, place.settings.language, onAgain = place::readBill)
        bill?.let { BillSums(it) }
    }
    bill?.findings.orEmpty().forEach { FindingCard(it, place) }
    val more = bill?.run { findingsTotal.toLong() - findings.size } ?: 0
    if (more > 0) Text(texts.moreFindings(more), color = MaterialTheme.colorScheme.onSurfaceVariant)
    place.settling?.let { AskWhy(it, place) }
}

@Composable
private fun BillSums(bill: Reconciliation) {
    val texts = LocalTexts.current
    val signals = LocalSignals.current
    val (icon, paint) =
        when (bill.tone) {
            Tone.CALM -> Icons.Check to signals.busy
            Tone.BUSY -> Icons.Clock to signals.busy
            Tone.WARNING -> Icons.Warning to signals.warning
            Tone.ALARM -> Icons.Stop to signals.alarm
        }
    NoticeCard(bill.sentence, icon, paint)
    if (bill.agreed.count > 0u) Fact(texts.billAgreed, "¥${bill.agreed.text} · ${texts.payments(bill.agreed.count.toInt())}")
    if (bill.refundsAgreed.count > 0u) {
        Fact(texts.billRefundsAgreed, "¥${bill.refundsAgreed.text} · ${texts.payments(bill.refundsAgreed.count.toInt())}")
    }
    Text(
        texts.asOf(bill.asOf.exact(LocalZone.current)),
        color = MaterialTheme.colorScheme.onSurfaceVariant,
        style = MaterialTheme.typography.bodySmall,
    )
}

@Composable
private fun FindingCard(
    finding: Finding,
    place: DayPlace,
) {
    val texts = LocalTexts.current
    val settled = finding.settled
    Card {
        Text(finding.sentence, style = MaterialTheme.typography.bodyMedium)
        Text(
            listOfNotNull(finding.outTradeNo, finding.outRefundNo).joinToString(" · "),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            style = MaterialTheme.typography.bodySmall,
        )
        when {
            settled != null -> {
                val who = settled.staff?.let(place.counter::nameOf)
                Fact(texts.settled, listOfNotNull(settled.at.short(LocalZone.current), who, settled.reason).joinToString(" · "))
            }

            finding.gone -> {
                Text(texts.findingGone, color = MaterialTheme.colorScheme.onSurfaceVariant)
            }

            else -> {
                SideButton(
                    texts.settle,
                    { place.settling = finding },
                    Modifier.fillMaxWidth(),
                    Icons.Edit,
                    underWay = place.settlingIt.underWay,
                )
            }
        }
    }
}

/** Why a finding is as it is: nothing else is changed by it. */
@Composable
private fun AskWhy(
    finding: Finding,
    place: DayPlace,
) {
    val texts = LocalTexts.current
    var reason by remember(finding.id) { mutableStateOf("") }
    val close = { place.settling = null }
    AlertDialog(
        onDismissRequest = close,
        title = { Text(texts.settle, style = MaterialTheme.typography.titleLarge) },
        text = {
            Column(Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(12.dp)) {
                Text(finding.sentence)
                Text(texts.settleWhy, color = MaterialTheme.colorScheme.onSurfaceVariant)
                FaultCard(place.settlingIt.fault, place.settings.language)
                Field(reason, { reason = it }, texts.settleReason, wrong = place.settlingIt.fault?.field == "reason")
            }
        },
        confirmButton = { if (reason.isNotBlank()) QuietButton(texts.settle, { place.settle(finding, reason.trim()) }) },
        dismissButton = { QuietButton(texts.cancel, close) },
        containerColor = MaterialTheme.colorScheme.surfaceContainerHigh,
    )
}
