// One sale in front of a customer.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.DraftChoice
import io.saoma.core.HistoryEntry
import io.saoma.core.Phase
import io.saoma.core.Sale
import io.saoma.core.SalePayment
import io.saoma.core.SaleRefund
import io.saoma.core.SaomaException
import io.saoma.fault
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.launch

/** What a person wants to be sure of before it is done. */
internal enum class Question { CANCEL, CHANGE_AMOUNT, DROP, CASH }

/** Whether a customer stands before it: a code is shown or to be scanned, or one is being charged. */
internal val Sale.isBeforeCustomer: Boolean get() = code != null || phase in setOf(Phase.READY, Phase.CHARGING, Phase.PAYING)

/** A sale that is watched, and what people do about it. */
internal sealed class WatchedSale(
    counter: Counter,
    val orderNo: String,
) : Place(counter) {
    /** Its newest state; null until it was read. */
    var seen by mutableStateOf<Seen?>(null)

    /** What happened to it, oldest first. */
    var history by mutableStateOf<List<HistoryEntry>>(emptyList())

    /** Why there is nothing to show: it is not this till's, for example. */
    val reading = Errand(scope)
    val doing = errand()

    /** What is being asked of the person. */
    var question by mutableStateOf<Question?>(null)

    /** The keypad opens as soon as the end of this sale is proven. */
    var changing by mutableStateOf(false)

    init {
        reading.run {
            read()
            scope.launch { watch() }
            scope.launch { keepFresh() }
        }
    }

    private suspend fun watch() {
        till
            .watch(orderNo)
            .map { Seen(it, platform.elapsedMs()) }
            // The moment counts at which it was told, not the one at which the screen had time.
            .flowOn(Dispatchers.Default)
            .catch { if (it !is SaomaException) throw it }
            .collect { newest ->
                seen = newest
                follow(newest.sale)
                freshen()
            }
    }

    private suspend fun read() {
        val story = till.sale(orderNo)
        seen = Seen(story.sale, platform.elapsedMs())
        history = story.history
    }

    /** The age of what is known goes down with each answer, also where nothing else changed. */
    private suspend fun keepFresh() {
        while (true) {
            delay(if (seen?.sale?.countsDown == true) COUNT_MS else FRESH_MS)
            if (counter.place === this && seen?.sale?.heardAgoMs != null) freshen()
        }
    }

    /** An amount is changed by a new sale, which opens when nobody can pay the old one any more. */
    private fun follow(sale: Sale) {
        if (!changing) return
        when (sale.phase) {
            Phase.CLOSED, Phase.DROPPED, Phase.REJECTED -> counter.ringUpAgain(sale)
            Phase.PAID, Phase.JOINED -> changing = false
            else -> Unit
        }
    }

    override val backStep: (() -> Unit)? get() = if (question == null) null else ({ question = null })

    override fun languageChanged() {
        scope.launch { freshen() }
    }

    /** Reads it again; what was known stays on the screen if that cannot be. */
    suspend fun freshen() {
        try {
            read()
        } catch (refused: SaomaException) {
            reading.fault = refused.fault
        }
    }

    fun cancel() {
        question = null
        doing.run { see(till.cancel(sale())) }
    }

    fun changeAmount() {
        question = null
        doing.run {
            changing = true
            try {
                val ended = till.cancel(sale())
                see(ended)
                follow(ended)
            } catch (refused: SaomaException) {
                changing = false
                throw refused
            }
        }
    }

    fun takeCash() {
        question = null
        doing.run { see(till.takeCash(orderNo)) }
    }

    fun refresh() = doing.run { see(till.refresh(sale())) }

    fun checkNow() = doing.run { see(till.checkNow(orderNo)) }

    fun send() = doing.run { see(till.decideDraft(orderNo, DraftChoice.Send)) }

    fun drop(reason: String) {
        question = null
        doing.run { see(till.decideDraft(orderNo, DraftChoice.Drop(reason))) }
    }

    private fun sale() = checkNotNull(seen).sale

    /** Its words count seconds. */
    private val Sale.countsDown get() = scanAgainInMs != null || refunds.any { it.sendsInMs != null }

    protected fun see(sale: Sale) {
        seen = Seen(sale, platform.elapsedMs())
    }

    private companion object {
        const val FRESH_MS = 5_000L
        const val COUNT_MS = 1_000L
    }
}

/** A sale's code, or what stands in its way. */
internal class SalePlace(
    counter: Counter,
    orderNo: String,
) : WatchedSale(counter, orderNo) {
    /** Whether the customer's payment code is looked for. */
    var scanning by mutableStateOf(false)

    override val backStep get() = if (scanning) ::stopScanning else super.backStep

    fun stopScanning() {
        scanning = false
    }

    /** Charges a payment code that was just read. Nobody has it after this call. */
    fun scanned(code: String) {
        if (!scanning) return
        scanning = false
        doing.run { see(till.scan(seen?.sale ?: till.sale(orderNo).sale, code)) }
    }
}

/** A sale's particulars: what it is about, what happened, its receipt. */
internal class DetailPlace(
    counter: Counter,
    orderNo: String,
) : WatchedSale(counter, orderNo) {
    /** The receipt's text, once it was asked for. */
    var receipt by mutableStateOf<String?>(null)

    /** Whether the receipt was put on the clipboard. */
    var copied by mutableStateOf(false)

    /** What a manager is asked to be sure of. */
    var decision by mutableStateOf<Decision?>(null)

    override val backStep get() =
        when {
            decision != null -> ::leaveUndecided
            receipt != null -> ::hideReceipt
            else -> super.backStep
        }

    fun managerSignsIn() = counter.managerSignsIn { scope.launch { freshen() } }

    fun leaveUndecided() {
        decision = null
    }

    fun agree(refund: SaleRefund) = decide { till.decideRefund(orderNo, refund.refundNo, approve = true) }

    fun decline(
        refund: SaleRefund,
        reason: String,
    ) = decide { till.decideRefund(orderNo, refund.refundNo, approve = false, reason) }

    fun keep(payment: SalePayment) = decide { till.acceptLateMoney(orderNo, payment) }

    private fun decide(call: suspend () -> Sale) {
        decision = null
        doing.run { see(call()) }
    }

    fun showReceipt() =
        doing.run {
            receipt = till.receipt(orderNo)
            copied = false
        }

    fun hideReceipt() {
        receipt = null
    }

    fun copyReceipt(label: String) {
        platform.sharing.copy(label, receipt ?: return)
        copied = true
    }

    /** The same for paper. */
    fun slip() = counter.open(SlipPlace(counter, textsOf(settings.language).receipt) { till.receiptSlip(orderNo, it) })

    fun shareReceipt() = platform.sharing.share(checkNotNull(receipt))
}
