// The till, as an app sees it.
package io.saoma

import io.saoma.core.Announcing
import io.saoma.core.Diagnosis
import io.saoma.core.DraftChoice
import io.saoma.core.Event
import io.saoma.core.HttpTransport
import io.saoma.core.KeyStore
import io.saoma.core.Language
import io.saoma.core.ListQuery
import io.saoma.core.MerchantDay
import io.saoma.core.MoneyResult
import io.saoma.core.NewRefund
import io.saoma.core.NewSale
import io.saoma.core.Pairing
import io.saoma.core.Paper
import io.saoma.core.People
import io.saoma.core.Reconciliation
import io.saoma.core.Sale
import io.saoma.core.SaleLimits
import io.saoma.core.SalePage
import io.saoma.core.SalePayment
import io.saoma.core.SaleStory
import io.saoma.core.Shift
import io.saoma.core.SignedIn
import io.saoma.core.TillConfig
import io.saoma.core.TillDay
import io.saoma.core.TillInterface
import io.saoma.core.Topic
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.io.File
import io.saoma.core.Till as CoreTill

/**
 * A till on this device: everything it ever rang up, and the road to the merchant's backend. Close it when the app is done with
 * it; a kill at any moment loses nothing.
 *
 * Calls may come from any thread, the main thread too: what touches the disk or the network runs on threads of the library.
 * Cancelling a coroutine ends its wait at once; what it had asked for goes on to its end. A call is begun even in a coroutine that is
 * cancelled already, so that clean-up such as `onScreen(null)` can stand in a `finally`. What is not done is told by
 * [SaomaException][io.saoma.core.SaomaException]; [fault] says more.
 */
public class Till internal constructor(
    private val core: TillInterface,
) : AutoCloseable {
    /** Where a till comes from. */
    public companion object {
        /**
         * Opens a till on its folder: everything as it was when it last stopped, however it stopped.
         *
         * Throws `storage_in_use` (another till works in the folder), `storage_newer`, `storage_full`, `storage_damaged`, `key_failed`,
         * `key_locked`, `key_lost`, `other_key` (the records are another key's), `bad_input`; and [LIBRARY_MISSING] or [LIBRARY_MISMATCH] where the app was not put together well.
         *
         * @param folder A folder of the app's own, made if absent, kept out of backups: on Android in `Context.noBackupFilesDir`.
         * One till at a time works in it.
         * @param language The language of every text for people.
         * @param limits What may be open at once; a hundred sales and 100,000.00 if absent.
         * @param announcing What is said aloud; everything, at any hour, if absent.
         * @param keyStore Holds the device's key; without one it lies in a file of the folder.
         * @param transport Carries requests, as [UrlConnectionTransport] does; without one the library does HTTP itself.
         * @param keyWasLost A person says that the device's key is lost and the till goes on with another: it may be looked at,
         * and sells again once it is paired anew. Records that were sealed with a lost secret are put aside unread, and
         * [Diagnosis.salvage] says so.
         */
        public suspend fun open(
            folder: File,
            language: Language = preferredLanguage(),
            limits: SaleLimits? = null,
            keyStore: KeyStore? = null,
            transport: HttpTransport? = null,
            keyWasLost: Boolean = false,
            announcing: Announcing? = null,
        ): Till {
            SaomaLibrary.load()
            val config = TillConfig(folder.absolutePath, language, limits, announcing = announcing, keyWasLost = keyWasLost)
            val opening = asking { CoreTill.open(config, keyStore, transport) }
            try {
                return Till(opening.await())
            } catch (left: CancellationException) {
                // Nobody has the till, so nobody would close it; nor is anybody there to hear that it did not open.
                answers.launch { runCatching { opening.await().shut() } }
                throw left
            }
        }
    }

    /**
     * Pairs this till with a merchant's backend by a link (`saoma://pair?…`), shown by the backend as a QR code and as text.
     * Repeating it with the same link does no harm. The name is what people call this device, such as "counter 2".
     */
    public suspend fun pair(
        link: String,
        deviceName: String,
    ): Pairing = asked { core.pair(link, deviceName) }

    /** The pairing, if there is one. */
    public suspend fun pairing(): Pairing? = asked { core.pairing() }

    /**
     * A number for a sale. Ask once, when the sale screen opens; every tap on its button then means the same sale. In memory only.
     */
    public fun newOrderNo(): String = plainly { core.newOrderNo() }

    /**
     * Rings up a sale and returns once it is durable, network or not; sending goes on by itself. The same number with the same
     * content is the same sale, with another content it is refused (`conflict`).
     *
     * Throws `bad_input`, `conflict`, `not_paired`, `read_only`, `too_many_unproven`, `storage_full`, `key_failed`,
     * `key_locked`, `key_lost`. Nothing has then changed.
     */
    public suspend fun charge(
        orderNo: String,
        sale: NewSale,
    ): Sale = asked { core.charge(orderNo, sale) }

    /**
     * Ends a sale after the attempt that it shows; returns once that is durable. Its code leaves the screen at once; it reads "closing"
     * until the end is proven. One that surely never left is dropped on the spot.
     *
     * Throws `order_paid`, `not_last_attempt`, `order_ended`.
     */
    public suspend fun cancel(sale: Sale): Sale = asked { core.cancel(sale.orderNo, sale.attempt) }

    /**
     * Ends the attempt that a sale shows and opens the next, with a fresh code; returns once that is durable. Repeating it with the
     * same attempt changes nothing.
     *
     * Throws `order_paid`, `order_ended`, `not_last_attempt`, `attempts_exhausted`.
     */
    public suspend fun refresh(sale: Sale): Sale = asked { core.refresh(sale.orderNo, sale.attempt) }

    /** Has the backend ask the channel about a sale now, and waits for its answer. */
    public suspend fun checkNow(orderNo: String): Sale = asked { core.checkNow(orderNo) }

    /**
     * Writes down that the sale's amount was taken in cash; durable when this returns, also without a network. Its code leaves the
     * screen and its close is asked for; until that is proven it reads "cash, code may still be paid".
     *
     * Throws `order_paid`, `order_ended`, `order_frozen`.
     */
    public suspend fun takeCash(orderNo: String): Sale = asked { core.takeCash(orderNo) }

    /**
     * Charges the customer's payment code, the 18 digits that were scanned, after the attempt that the sale shows. Of a sale that shows
     * a code of its own, that code is ended first, with proof. The payment code is held in memory for this one call and written nowhere:
     * forget it at once, too. If the outcome is unknown, it is asked for and never charged again.
     *
     * Throws `bad_input` (`code`), `unreachable`, `order_paid`, `order_in_cash`, `order_ended`, `order_charging`, `not_last_attempt`.
     * Nothing was then charged.
     */
    public suspend fun scan(
        sale: Sale,
        code: String,
    ): Sale = asked { core.scan(sale.orderNo, sale.lastAttempt, code) }

    /**
     * A number for a refund. Ask once, when the refund sheet opens; every tap on its button then means the same refund. In memory only.
     */
    public fun newRefundNo(): String = plainly { core.newRefundNo() }

    /**
     * Asks for money back and returns once that is durable, network or not; bringing it to the backend goes on by itself. It may wait
     * for a manager, and is done only when a verified statement says so
     * ([RefundPhase.DONE][io.saoma.core.RefundPhase.DONE]).
     *
     * Throws `bad_input`, `payment_unknown`, `refund_over_rest`, `refund_parts_exhausted`, `refund_too_old`, `conflict` (the number
     * stands for another refund). Nothing has then changed.
     */
    public suspend fun refund(
        orderNo: String,
        refundNo: String,
        refund: NewRefund,
    ): Sale = asked { core.refund(orderNo, refundNo, refund) }

    /**
     * A manager says yes or no to a refund that waits for it; waits for the backend's answer. Saying the same again does no harm. Give
     * a reason with a no.
     */
    public suspend fun decideRefund(
        orderNo: String,
        refundNo: String,
        approve: Boolean,
        reason: String? = null,
    ): Sale = asked { core.decideRefund(orderNo, refundNo, approve, reason) }

    /**
     * A manager keeps late money; waits for the backend's answer. To give it back instead, [refund] what is left of it.
     */
    public suspend fun acceptLateMoney(
        orderNo: String,
        payment: SalePayment,
    ): Sale = asked { core.acceptLateMoney(orderNo, payment.channel, payment.transactionId) }

    /** Decides about a draft that became too old to go out by itself. */
    public suspend fun decideDraft(
        orderNo: String,
        choice: DraftChoice,
    ): Sale = asked { core.decideDraft(orderNo, choice) }

    /**
     * One sale: its state now, then each change. Throws `not_found` if there is none.
     *
     * Each collecting of this and the other flows has a subscription of its own, which ends with it; the flow ends when the till is
     * closed. Each element is the newest state whole: one that was passed over while the collector was busy is never missed.
     */
    public fun watch(orderNo: String): Flow<Sale> = changesOf(core, Topic.Sale(orderNo), { it.itsSale() }, { })

    /** Every sale that changes, for a list. Nothing at first; of each sale the newest state. */
    public val changes: Flow<Sale> = changesOf(core, Topic.Sales, { it.itsSale() }, Sale::orderNo)

    /** Results about money that wait for people to be told: those there are now, oldest first, then the whole list at each change. */
    public val results: Flow<List<MoneyResult>> =
        changesOf(core, Topic.Results, { (it as? Event.Results)?.results }, { })

    /** How the till is: now, then at each change that people are shown. */
    public val diagnosis: Flow<Diagnosis> = changesOf(core, Topic.Diagnosis, { (it as? Event.Diagnosis)?.diagnosis }, { })

    /** A sale with its history. Throws `not_found` if there is none. */
    public suspend fun sale(orderNo: String): SaleStory = asked { core.sale(orderNo) }

    /** A page of sales, newest first. */
    public suspend fun list(query: ListQuery = ListQuery()): SalePage = asked { core.list(query) }

    /** Who may sign in on this device, from the backend. Who is signed in is in [diagnosis]. */
    public suspend fun people(): People = asked { core.people() }

    /**
     * Signs a person in by its PIN (4 to 12 digits), which goes to the backend and is kept nowhere: forget it at once, too. Another
     * person who was signed in is not any more; open sales go on.
     *
     * Throws `pin_wrong` (`fault.triesLeft` says how often it may be tried), `pin_locked` (`fault.retryAfterS` says how long).
     */
    public suspend fun signIn(
        person: String,
        pin: String,
    ): SignedIn = asked { core.signIn(person, pin) }

    /** Signs out whoever is signed in, at once and also without a network. */
    public suspend fun signOut(): Unit = asked { core.signOut() }

    /** Opens a shift with so many minor units of cash in the drawer; also without a network. Throws `shift_open`, `bad_input`. */
    public suspend fun openShift(floatMinor: Long): Shift = asked { core.openShift(floatMinor) }

    /**
     * Closes the open shift: its summary is sealed in the journal; also without a network. [countedMinor] is the cash in the drawer, if
     * it was counted. Throws `no_shift`, `bad_input`.
     */
    public suspend fun closeShift(countedMinor: Long?): Shift = asked { core.closeShift(countedMinor) }

    /** The last shifts, newest first, the open one before all; [limit] is 1 to 100. */
    public suspend fun shifts(limit: UInt): List<Shift> = asked { core.shifts(limit) }

    /** A shift's paper slip, as plain lines of the paper's width. Throws `no_shift`. */
    public suspend fun shiftSlip(
        no: UInt,
        paper: Paper,
    ): List<String> = asked { core.shiftSlip(no, paper) }

    /** What this till took on a day, by its own receipts; [date] as `2026-08-01` in the merchant's zone, today if absent. */
    public suspend fun day(date: String? = null): TillDay = asked { core.day(date) }

    /** What the merchant took on a day, by the backend's account; today if absent. Waits for the backend. */
    public suspend fun merchantDay(date: String? = null): MerchantDay = asked { core.merchantDay(date) }

    /**
     * How a day's books agree with the bank's bill; yesterday if absent, the last day that may have one. Waits for the backend. Throws
     * `forbidden` to whoever is no manager of all stores.
     */
    public suspend fun reconciliation(date: String? = null): Reconciliation = asked { core.reconciliation(date) }

    /**
     * A manager explains a finding of a day; the day as it is then. Nothing else is changed by it, and saying the same again does no
     * harm. Throws `bad_input`, `other_bytes` (it was settled with another reason).
     */
    public suspend fun settleFinding(
        date: String,
        finding: String,
        reason: String,
    ): Reconciliation = asked { core.settleFinding(date, finding, reason) }

    /** The receipt of a paid sale, as the text of a file that anyone can verify offline ([readReceipt]). */
    public suspend fun receipt(orderNo: String): String = asked { core.receipt(orderNo) }

    /** A paper slip for the customer of a paid sale, as plain lines of the paper's width. Throws `no_receipt`. */
    public suspend fun receiptSlip(
        orderNo: String,
        paper: Paper,
    ): List<String> = asked { core.receiptSlip(orderNo, paper) }

    /** The sales rung up on a day, newest first, as CSV for spreadsheets; [date] as `2026-08-01`, today if absent. */
    public suspend fun salesCsv(date: String? = null): String = asked { core.salesCsv(date) }

    /** What this till took on each of the days [from] to [until], both counted, at most 366, as CSV for spreadsheets. */
    public suspend fun daysCsv(
        from: String,
        until: String,
    ): String = asked { core.daysCsv(from, until) }

    /** Says that people were told of a result: it never comes again. */
    public suspend fun acknowledge(result: MoneyResult): Unit = asked { core.acknowledge(result.key) }

    /**
     * Says that people were shown a result while the till was quiet about it: it never comes again, and the journal says that it was
     * not said aloud.
     */
    public suspend fun acknowledgeShown(result: MoneyResult): Unit = asked { core.acknowledgeShown(result.key) }

    /**
     * Says whether the app is in front; say it again when the phone wakes. In the background the stream is let go and questions are
     * few.
     */
    public suspend fun foreground(inFront: Boolean): Unit = asked { core.foreground(inFront) }

    /** Says which sale's code people look at; it is asked about most often and goes first. None: no code is on screen. */
    public suspend fun onScreen(orderNo: String?): Unit = asked { core.onScreen(orderNo) }

    /** Says whether the phone has a network. Also worth saying when it changes from one to another. */
    public suspend fun network(there: Boolean): Unit = asked { core.network(there) }

    /** The language of every text from now on; what is watched is told again in it. In memory only. */
    public fun setLanguage(language: Language): Unit = plainly { core.setLanguage(language) }

    /** Sets what may be open at once, until the till is closed. */
    public suspend fun setLimits(limits: SaleLimits): Unit = asked { core.setLimits(limits) }

    /** Sets quiet hours and the least amount that is said aloud, until the till is closed. Throws `bad_input`. */
    public suspend fun setAnnouncing(announcing: Announcing): Unit = asked { core.setAnnouncing(announcing) }

    /**
     * Stops the till and gives its folder free. Everything is durable already; requests under way are let go. What is watched ends,
     * and calls after it throw [SaomaException.Closed][io.saoma.core.SaomaException.Closed].
     */
    public suspend fun shut(): Unit = asked { core.shut() }

    /** The same as [shut], for `use` and for where nothing can be awaited: it holds its thread for the few milliseconds. */
    override fun close(): Unit = runBlocking { shut() }
}

private fun Event.itsSale(): Sale? = (this as? Event.Sale)?.sale
