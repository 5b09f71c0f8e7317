// Lists of sales: all of them, what is still to be collected, and old drafts.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.DraftChoice
import io.saoma.core.ListFilter
import io.saoma.core.ListQuery
import io.saoma.core.Phase
import io.saoma.core.Sale
import io.saoma.core.SaomaException
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.launch

/** A list that is kept up while the till is open. Newest first. */
internal sealed class SaleList(
    counter: Counter,
) : Place(counter) {
    val sales = mutableStateListOf<Sale>()

    /** Whether there are more to be read. */
    var more by mutableStateOf(false)

    /** Whether it was ever read. */
    var known by mutableStateOf(false)

    val reading = Errand(scope)

    /** Read again once the reading that is under way has ended. */
    private var stale = false

    init {
        scope.launch {
            till.changes
                .catch { if (it !is SaomaException) throw it }
                .collect(::changed)
        }
    }

    /** What the list is of. */
    protected abstract val query: ListQuery

    /** Whether the whole of it is read, or a page at a time. */
    protected open val whole: Boolean get() = false

    /** Reads it from its beginning. */
    fun read() {
        if (reading.underWay) {
            stale = true
            return
        }
        reading.run {
            do {
                stale = false
                val newest = page(after = null)
                sales.clear()
                sales += newest
                while (whole && more) sales += page(sales.last().orderNo)
                known = true
            } while (stale)
        }
    }

    /** Reads the next page. */
    fun readOn() {
        if (!more || reading.underWay) return
        reading.run { sales += page(sales.lastOrNull()?.orderNo) }
    }

    private suspend fun page(after: String?): List<Sale> {
        val page = till.list(query.copy(after = after, limit = PAGE.toUInt()))
        more = page.more
        return page.sales.filter { sale -> after == null || sales.none { it.orderNo == sale.orderNo } }
    }

    private fun changed(sale: Sale) {
        val at = sales.indexOfFirst { it.orderNo == sale.orderNo }
        if (at >= 0) sales[at] = sale
        // It may have come into the list or gone out of it; a till that reads further down stays where it is.
        if (known && sales.size <= PAGE) read()
    }

    override fun languageChanged() {
        if (known) read()
    }

    private companion object {
        const val PAGE = 50
    }
}

/** Every sale, by filter and by the end of its number. */
internal class SalesPlace(
    counter: Counter,
) : SaleList(counter) {
    var filter by mutableStateOf<ListFilter?>(null)
    var tail by mutableStateOf("")

    override val query get() = ListQuery(filter = filter, tail = tail.ifEmpty { null })

    fun filter(filter: ListFilter?) {
        this.filter = filter
        read()
    }

    fun search(tail: String) {
        this.tail = tail.trim()
        read()
    }
}

/** A courier's list: open sales with what they are about. */
internal class CollectPlace(
    counter: Counter,
) : SaleList(counter) {
    var search by mutableStateOf("")
    var scanning by mutableStateOf(false)

    override val query get() = ListQuery(filter = ListFilter.OPEN)
    override val whole get() = true

    /** Those that the search is about. */
    val found: List<Sale>
        get() {
            val wanted = search.trim()
            return sales.filter { sale -> wanted.isEmpty() || sale.texts().any { it.contains(wanted, ignoreCase = true) } }
        }

    override val backStep: (() -> Unit)?
        get() =
            when {
                scanning -> ({ scanning = false })
                search.isNotEmpty() -> ({ search = "" })
                else -> null
            }

    /** A waybill was scanned: if it is of one sale, that sale opens. */
    fun scanned(text: String) {
        scanning = false
        search = text
        found.singleOrNull()?.let(counter::openSale)
    }

    private fun Sale.texts() = listOfNotNull(reference, businessKey, note, orderNo) + lines.mapNotNull { it.reference }
}

/** Old drafts that wait for a person. */
internal class DraftsPlace(
    counter: Counter,
) : SaleList(counter) {
    override val query get() = ListQuery(filter = ListFilter.UNANSWERED)
    override val whole get() = true
    val deciding = errand()

    /** The draft that is to be dropped, while its reason is asked for. */
    var dropping by mutableStateOf<Sale?>(null)

    val waiting: List<Sale> get() = sales.filter { it.phase == Phase.WAITING_FOR_PERSON }

    override val backStep: (() -> Unit)? get() = if (dropping == null) null else ({ dropping = null })

    fun send(sale: Sale) = decide(sale, DraftChoice.Send)

    fun drop(reason: String) {
        val sale = dropping ?: return
        dropping = null
        decide(sale, DraftChoice.Drop(reason))
    }

    private fun decide(
        sale: Sale,
        choice: DraftChoice,
    ) = deciding.run { till.decideDraft(sale.orderNo, choice) }
}
