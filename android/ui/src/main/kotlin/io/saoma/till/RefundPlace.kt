// Giving money back: of which payment, how much, and why.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.Amount
import io.saoma.core.NewRefund
import io.saoma.core.Sale
import io.saoma.core.SalePayment

/** Money that came, of which something is left: what paid the sale, and what does not match it. */
internal val Sale.refundable: List<SalePayment> get() = (payments + mismatches).filter { it.leftMinor > 0 }

/** A refund that is being filled in. One number for one sheet: however often its button is tapped, it is the same refund. */
internal class RefundPlace(
    counter: Counter,
    orderNo: String,
    of: SalePayment? = null,
) : WatchedSale(counter, orderNo) {
    private val refundNo = till.newRefundNo()
    private var chosen by mutableStateOf(of?.transactionId)

    /** Whether only a part goes back. */
    var isPart by mutableStateOf(false)

    /** The part, as it is typed. */
    var typed by mutableStateOf("")
    var reason by mutableStateOf("")

    /** Whether the person is asked if it is meant. */
    var asking by mutableStateOf(false)

    /** Those of which something is left. */
    val payments: List<SalePayment> get() = seen?.sale?.refundable.orEmpty()

    /** The one that is given back; null until it is chosen among several. */
    val payment: SalePayment? get() = payments.find { it.transactionId == chosen } ?: payments.singleOrNull()

    /** How much goes back; null while that is no amount. */
    val amount: Amount?
        get() {
            val payment = payment ?: return null
            return if (isPart) amountOf(typed.trim()) else Amount(payment.leftMinor, payment.left)
        }

    val isTooMuch: Boolean get() = (amount?.minor ?: 0) > (payment?.leftMinor ?: 0)

    /** The core takes as much of a reason as WeChat Pay tells the customer. */
    val isReasonTooLong: Boolean get() = reason.trim().encodeToByteArray().size > REASON_BYTES_MAX

    val isFilledIn: Boolean get() = amount != null && !isTooMuch && reason.isNotBlank() && !isReasonTooLong

    override val backStep get() = if (asking) ::doNotAsk else super.backStep

    fun choose(payment: SalePayment) {
        chosen = payment.transactionId
    }

    fun doNotAsk() {
        asking = false
    }

    /** Asks for it; what becomes of it is told among the sale's particulars. */
    fun refund() {
        asking = false
        val (payment, amount) = (payment ?: return) to (amount ?: return)
        doing.run {
            see(till.refund(orderNo, refundNo, NewRefund(payment.channel, payment.transactionId, amount.minor, reason.trim())))
            counter.close(this)
        }
    }

    private companion object {
        const val REASON_BYTES_MAX = 80
    }
}
