// Ringing up: what was keyed in, and what the sale is about.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.Amount
import io.saoma.core.NewSale
import io.saoma.core.Sale
import io.saoma.core.SaomaException
import io.saoma.core.readAmount

/** How a sale is to be paid. */
internal enum class Way {
    /** The customer scans the code that the till shows. */
    SHOWN,

    /** The till scans the customer's payment code. */
    SCANNED,

    /** In cash, on the spot. */
    CASH,
}

/** The keypad. One order number for one sale: however often its button is tapped, it is the same sale. */
internal class KeypadPlace(
    counter: Counter,
) : Place(counter) {
    private var orderNo = till.newOrderNo()

    /** What was keyed in, as the core reads it: `12.80 + 3`. */
    var typed by mutableStateOf("")

    /** The tail of the sale that this one is in place of. */
    var insteadOf by mutableStateOf<String?>(null)

    /** Whether the next digit begins anew: the amount was filled in, not typed. */
    private var filledIn = false

    /** A key was refused, since the amount would be more than this till may ask. */
    var tooMuch by mutableStateOf(false)
        private set

    var reference by mutableStateOf("")
    var onlyOnce by mutableStateOf(true)
    var note by mutableStateOf("")
    var description by mutableStateOf("")

    /** Whether the fields beside the amount are open. */
    var detailsOpen by mutableStateOf(false)

    /** Whether the camera looks for a reference. */
    var scanning by mutableStateOf(false)

    /** Whether a person is asked for cash. */
    var askingForCash by mutableStateOf(false)

    val charging = errand()

    /** What would be charged now; null while nothing can be. */
    val amount: Amount? get() = amountOf(typed.trimEnd(' ', '+', '.'))

    val amountMax: Long? get() = counter.pairing?.amountMax

    /** Whether nobody is in the middle of something here. */
    val isIdle: Boolean get() = typed.isEmpty() && !detailsOpen && !scanning && !askingForCash

    override val backStep: (() -> Unit)?
        get() =
            when {
                askingForCash -> ({ askingForCash = false })
                scanning -> ({ scanning = false })
                detailsOpen -> ({ detailsOpen = false })
                else -> null
            }

    fun digit(digit: Char) {
        val base = if (filledIn) "" else typed
        val term = base.substringAfterLast("+ ")
        take(if (term == "0") base.dropLast(1) + digit else base + digit)
    }

    fun doubleZero() {
        digit('0')
        digit('0')
    }

    fun point() {
        val base = if (filledIn) "" else typed
        take(if (base.isEmpty() || base.endsWith("+ ")) base + "0." else "$base.")
    }

    /** Goes on to the next part of the sum. */
    fun plus() {
        if (amountOf(typed.trimEnd('.')) == null) return
        filledIn = false
        take(typed.trimEnd('.') + " + ")
    }

    fun deleteLast() {
        filledIn = false
        tooMuch = false
        typed = if (typed.endsWith(" + ")) typed.dropLast(3) else typed.dropLast(1)
    }

    fun clear() {
        filledIn = false
        tooMuch = false
        typed = ""
    }

    /** A quick amount: rung up at once, or added to what was keyed in. */
    fun quick(amount: String) {
        if (charging.underWay) return
        if (typed.isEmpty()) {
            take(amount)
            if (typed == amount) charge()
        } else {
            filledIn = false
            val sum = typed.trimEnd(' ', '+', '.')
            take("$sum + $amount")
        }
    }

    /** Takes what was typed on a keyboard, key by key. True: it was meant for the keypad. */
    fun key(character: Char): Boolean {
        when (character) {
            in '0'..'9' -> digit(character)
            '.', ',', '。' -> point()
            '+' -> plus()
            else -> return false
        }
        return true
    }

    fun scanned(text: String) {
        reference = text
        scanning = false
    }

    fun fillIn(sale: Sale) {
        begin()
        typed = sale.amount
        filledIn = true
        reference = sale.reference.orEmpty()
        onlyOnce = sale.businessKey != null || sale.reference == null
        note = sale.note.orEmpty()
        description = sale.description
        insteadOf = sale.tail
    }

    /** Rings up what was keyed in. */
    fun charge(way: Way = Way.SHOWN) {
        val amount = amount ?: return
        askingForCash = false
        val about = reference.trim().ifEmpty { null }
        val sale =
            NewSale(
                minor = amount.minor,
                description =
                    description.trim().ifEmpty { settings.description.trim() }.ifEmpty { textsOf(settings.language).defaultDescription },
                note = note.trim().ifEmpty { null },
                reference = about,
                businessKey = about.takeIf { onlyOnce },
                byCode = way == Way.SCANNED,
                inCash = way == Way.CASH,
            )
        charging.run {
            try {
                till.charge(orderNo, sale)
            } catch (refused: SaomaException.Input) {
                detailsOpen = refused.fault.field in listOf("reference", "business_key", "note", "description")
                throw refused
            }
            val rungUp = orderNo
            begin()
            counter.open(SalePlace(counter, rungUp).apply { scanning = way == Way.SCANNED })
        }
    }

    /** Begins another sale, with a number of its own. */
    private fun begin() {
        orderNo = till.newOrderNo()
        typed = ""
        filledIn = false
        tooMuch = false
        insteadOf = null
        reference = ""
        onlyOnce = true
        note = ""
        description = ""
        detailsOpen = false
        scanning = false
        charging.forget()
    }

    /** Takes what is an amount, or becomes one by further keys; leaves anything else aside. */
    private fun take(candidate: String) {
        if (charging.underWay) return
        charging.forget()
        val possible = COMPLETIONS.firstNotNullOfOrNull { amountOf(candidate + it) } ?: return
        tooMuch = amountMax?.let { possible.minor > it } == true
        if (tooMuch) return
        filledIn = false
        typed = candidate
    }

    private companion object {
        /** What makes an amount of the beginning of one. */
        val COMPLETIONS = listOf("", "1", ".01", "01")
    }
}

/** What the core reads; null if it is no amount. */
internal fun amountOf(typed: String): Amount? =
    try {
        readAmount(typed)
    } catch (_: SaomaException.Input) {
        null
    }
