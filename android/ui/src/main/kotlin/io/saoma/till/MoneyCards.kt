// What moved for a sale: money that came, money that goes back, and what a manager has to say to either.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import io.saoma.core.LateMoney
import io.saoma.core.RefundPhase
import io.saoma.core.Sale
import io.saoma.core.SaleAction
import io.saoma.core.SalePayment
import io.saoma.core.SaleRefund

/** Something that a manager decides for good. */
internal sealed interface Decision {
    /** The refund goes out. */
    class Agree(
        val refund: SaleRefund,
    ) : Decision

    /** The money stays. */
    class Decline(
        val refund: SaleRefund,
    ) : Decision

    /** Late money stays. */
    class Keep(
        val payment: SalePayment,
    ) : Decision
}

/** What can be asked for about money that moved; null where the core does not offer it. */
internal class MoneyDeeds(
    val decide: (Decision) -> Unit,
    val giveBack: ((SalePayment) -> Unit)?,
    val managerSignsIn: (() -> Unit)?,
    val nameOf: (String) -> String,
    val busy: Boolean,
)

internal fun moneyDeeds(
    place: DetailPlace,
    sale: Sale,
): MoneyDeeds {
    val counter = place.counter
    val giveBack = { payment: SalePayment -> counter.open(RefundPlace(counter, sale.orderNo, payment)) }
    return MoneyDeeds(
        decide = { place.decision = it },
        giveBack = giveBack.takeIf { SaleAction.REFUND in sale.actions },
        // On a device that may not decide, a manager may not either.
        managerSignsIn = place::managerSignsIn.takeIf { counter.offers("people") && counter.pairing?.role !in setOf("cashier", "courier") },
        nameOf = counter::nameOf,
        busy = place.doing.underWay,
    )
}

@Composable
internal fun MoneyCards(
    sale: Sale,
    deeds: MoneyDeeds,
) {
    val texts = LocalTexts.current
    if (sale.payments.isNotEmpty() || sale.mismatches.isNotEmpty()) Heading(texts.moneyIn)
    for (payment in sale.payments) PaymentCard(sale, payment, deeds)
    for (mismatch in sale.mismatches) MismatchCard(mismatch, deeds)
    if (sale.refunds.isNotEmpty()) Heading(texts.refunds)
    for (refund in sale.refunds) RefundCard(sale, refund, deeds)
}

@Composable
private fun PaymentCard(
    sale: Sale,
    payment: SalePayment,
    deeds: MoneyDeeds,
) {
    val texts = LocalTexts.current
    val waits = payment.lateMoney == LateMoney.ASK
    Card {
        val how = listOfNotNull(texts.channel(payment.channel), texts.byWordOfCashier.takeIf { !payment.proven })
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
            Text(money(payment.amount, payment.currency), Modifier.weight(1f), style = MaterialTheme.typography.titleLarge)
            if (payment.late) Mark(texts.late, Icons.Warning, LocalSignals.current.late)
            Mark(how.first(), if (payment.proven) Icons.Check else Icons.Cash, moneyPaint(payment))
        }
        Fact(texts.paidAt, listOf(payment.paidAt.exact(LocalZone.current), *how.drop(1).toTypedArray()).joinToString(" · "))
        if (payment.leftMinor < payment.minor) Fact(texts.leftToGiveBack, money(payment.left, payment.currency))
        payment.lateMoney?.let { Text(texts.lateMoney(it), style = MaterialTheme.typography.bodyMedium) }
        if (waits && SaleAction.DECIDE_LATE_MONEY in sale.actions) {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                SideButton(texts.keepMoney, { deeds.decide(Decision.Keep(payment)) }, Modifier.weight(1f), Icons.Check, !deeds.busy)
                if (payment.leftMinor > 0) {
                    deeds.giveBack?.let { give ->
                        SideButton(texts.giveBack, { give(payment) }, Modifier.weight(1f), Icons.GiveBack, !deeds.busy)
                    }
                }
            }
        } else if (waits) {
            ManagerButton(deeds)
        }
    }
}

/** Money that pays nothing. It is here all the same, and can go back. */
@Composable
private fun MismatchCard(
    mismatch: SalePayment,
    deeds: MoneyDeeds,
) {
    val texts = LocalTexts.current
    Card {
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
            Text(money(mismatch.amount, mismatch.currency), Modifier.weight(1f), style = MaterialTheme.typography.titleLarge)
            Mark(texts.doesNotMatch, Icons.Stop, LocalSignals.current.alarm)
        }
        Fact(texts.channel(mismatch.channel), mismatch.paidAt.exact(LocalZone.current))
        if (mismatch.leftMinor < mismatch.minor) Fact(texts.leftToGiveBack, money(mismatch.left, mismatch.currency))
        mismatch.mismatch?.let {
            Text(it, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
        }
        if (mismatch.leftMinor > 0) {
            deeds.giveBack?.let { give ->
                SideButton(texts.giveBack, { give(mismatch) }, Modifier.fillMaxWidth(), Icons.GiveBack, !deeds.busy)
            }
        }
    }
}

/** Only what is proven has the colour of proof. */
@Composable
private fun moneyPaint(payment: SalePayment): Paint {
    val colors = MaterialTheme.colorScheme
    return if (payment.proven) LocalSignals.current.paid else Paint(colors.secondaryContainer, colors.onSecondaryContainer)
}

@Composable
private fun RefundCard(
    sale: Sale,
    refund: SaleRefund,
    deeds: MoneyDeeds,
) {
    val texts = LocalTexts.current
    val waits = refund.phase == RefundPhase.REQUESTED
    // What counts seconds is not read aloud at each.
    val told = if (refund.sendsInMs == null) Modifier.semantics { liveRegion = LiveRegionMode.Polite } else Modifier
    Card {
        Text(refund.sentence, told, style = MaterialTheme.typography.bodyLarge)
        val asked = listOfNotNull(refund.staff?.let { texts.askedBy(deeds.nameOf(it)) }, refund.askedAt.exact(LocalZone.current))
        Text(
            (listOf(refund.reason) + asked).joinToString(" · "),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            style = MaterialTheme.typography.bodySmall,
        )
        refund.doneAt?.let { Fact(texts.givenBack, it.exact(LocalZone.current)) }
        if (waits && SaleAction.DECIDE_REFUND in sale.actions) {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                val error = MaterialTheme.colorScheme.error
                SideButton(
                    texts.decline,
                    { deeds.decide(Decision.Decline(refund)) },
                    Modifier.weight(1f),
                    Icons.Close,
                    !deeds.busy,
                    ink = error,
                )
                SideButton(texts.agree, { deeds.decide(Decision.Agree(refund)) }, Modifier.weight(1f), Icons.Check, !deeds.busy)
            }
        } else if (waits) {
            ManagerButton(deeds)
        }
    }
}

/** Who may decide signs in on this phone. */
@Composable
private fun ManagerButton(deeds: MoneyDeeds) {
    val signIn = deeds.managerSignsIn ?: return
    SideButton(LocalTexts.current.managerSignsIn, signIn, Modifier.fillMaxWidth(), Icons.Person, !deeds.busy)
}

@Composable
internal fun DecisionQuestion(
    decision: Decision,
    place: DetailPlace,
) {
    val texts = LocalTexts.current
    val leave = place::leaveUndecided
    val currency =
        place.seen
            ?.sale
            ?.currency
            .orEmpty()
    when (decision) {
        is Decision.Agree -> {
            val title = texts.agreeQuestion(money(decision.refund.amount, currency))
            Ask(title, texts.agreeExplained, texts.agree, { place.agree(decision.refund) }, texts.notNow, leave)
        }

        is Decision.Decline -> {
            val decline = { reason: String -> place.decline(decision.refund, reason) }
            AskReason(texts.declineReason, texts.declineExplained, texts.declineReasons, texts.decline, decline, leave)
        }

        is Decision.Keep -> {
            val title = texts.keepQuestion(money(decision.payment.amount, decision.payment.currency))
            Ask(title, texts.keepExplained, texts.keepMoney, { place.keep(decision.payment) }, texts.notNow, leave)
        }
    }
}
