// The sheet on which money is given back.
package io.saoma.till

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import io.saoma.core.SalePayment
import java.time.ZoneId

@Composable
internal fun RefundScreen(place: RefundPlace) {
    val texts = LocalTexts.current
    val seen = place.seen
    val (payment, amount) = place.payment to place.amount
    val shown = amount?.let { money(it.text, payment?.currency.orEmpty()) }
    Screen(
        texts.refund + seen?.let { " · ${texts.tail(it.sale.tail)}" }.orEmpty(),
        onBack = { place.counter.back() },
        actions = {
            MainButton(
                shown?.let(texts::refundNow) ?: texts.refund,
                { place.asking = true },
                icon = Icons.GiveBack,
                enabled = place.isFilledIn,
                underWay = place.doing.underWay,
            )
        },
    ) {
        FaultCard(place.reading.fault, place.settings.language)
        FaultCard(place.doing.fault, place.settings.language)
        when {
            seen == null -> if (place.reading.underWay) Turning(texts.loading, Modifier.fillMaxWidth().padding(32.dp))
            place.payments.isEmpty() -> Empty(texts.nothingLeft, Icons.Check)
            else -> RefundForm(place)
        }
    }
    if (place.asking && payment != null && shown != null) {
        val explained = if (payment.proven) texts.refundExplained else texts.cashBackExplained
        Ask(texts.refundQuestion(shown), explained, texts.refundNow(shown), place::refund, texts.notNow, place::doNotAsk, grave = true)
    }
}

@Composable
private fun RefundForm(place: RefundPlace) {
    val texts = LocalTexts.current
    val payment = place.payment
    if (place.payments.size > 1) {
        Heading(texts.whichPayment)
        val zone = LocalZone.current
        Choices<SalePayment?>(place.payments, payment, {
            it
                ?.let { one ->
                    nameOf(one, texts, zone)
                }.orEmpty()
        }, { it?.let(place::choose) })
    }
    if (payment == null) return
    val left = money(payment.left, payment.currency)
    Heading(texts.howMuch)
    Choices(listOf(false, true), place.isPart, { part -> if (part) texts.aPart else texts.allOfIt(left) }, { place.isPart = it })
    if (place.isPart) {
        Field(
            place.typed,
            { place.typed = it },
            texts.refundAmount,
            wrong = place.isTooMuch,
            keyboard = KeyboardOptions(keyboardType = KeyboardType.Decimal, imeAction = ImeAction.Done),
        )
        Text(
            if (place.isTooMuch) "${texts.moreThanLeft} · ${texts.left(left)}" else texts.left(left),
            color = if (place.isTooMuch) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurfaceVariant,
            style = MaterialTheme.typography.bodyMedium,
        )
    }
    Heading(texts.refundReason)
    Choices(texts.refundReasons, place.reason, { it }, { place.reason = it })
    Field(place.reason, { place.reason = it }, texts.refundReason, wrong = place.isReasonTooLong)
    if (place.isReasonTooLong) {
        Text(texts.reasonTooLong, color = MaterialTheme.colorScheme.error, style = MaterialTheme.typography.bodyMedium)
    }
}

/** A payment among several: how it came, how much, when, and whether it pays anything. */
private fun nameOf(
    payment: SalePayment,
    texts: Texts,
    zone: ZoneId,
): String {
    val came = "${texts.channel(payment.channel)} ${money(payment.amount, payment.currency)} · ${payment.paidAt.short(zone)}"
    return if (payment.mismatch == null) came else "$came · ${texts.doesNotMatch}"
}
