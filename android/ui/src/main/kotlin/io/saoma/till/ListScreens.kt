// Lists of sales: all, to be collected, old drafts.
package io.saoma.till

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import io.saoma.core.ListFilter
import io.saoma.core.Sale

private val FILTERS =
    listOf(
        null,
        ListFilter.OPEN,
        ListFilter.PAID,
        ListFilter.ALARMED,
        ListFilter.FOR_MANAGER,
        ListFilter.REFUNDING,
        ListFilter.CLOSED,
        ListFilter.VOID,
    )

/** All sales: by filter, and by the end of the number. */
@Composable
internal fun SalesScreen(place: SalesPlace) {
    val texts = LocalTexts.current
    LaunchedEffect(place) { place.read() }
    ListFrame(
        texts.sales,
        place,
        place.sales,
        onBack = null,
        empty = { Empty(if (place.tail.isEmpty()) texts.noSales else texts.nothingFound, Icons.Bill) },
        above = {
            SearchField(place.tail, place::search, texts.searchTail)
            Filters(place)
        },
    ) { sale -> SaleRow(sale, byReference = false, { place.counter.openSale(sale) }) }
}

@Composable
private fun Filters(place: SalesPlace) {
    val texts = LocalTexts.current
    Row(Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()).selectableGroup(), Arrangement.spacedBy(8.dp)) {
        for (filter in FILTERS) Choice(texts.filter(filter), filter == place.filter) { place.filter(filter) }
    }
}

/** What a courier has still to collect: by waybill, and scanned at the door. */
@Composable
internal fun CollectScreen(place: CollectPlace) {
    val texts = LocalTexts.current
    if (place.scanning) {
        ScanScreen(place.platform.scanner, Wanted.REFERENCE, place::scanned, onClose = { place.scanning = false })
        return
    }
    LaunchedEffect(place) { place.read() }
    val diagnosis = place.counter.diagnosis
    ListFrame(
        texts.toCollect,
        place,
        place.found,
        onBack = null,
        empty = {
            if (place.search.isEmpty()) Empty(texts.nothingToCollect, Icons.Check) else Empty(texts.nothingFound, Icons.Search)
        },
        above = {
            if (diagnosis != null && diagnosis.unprovenCount > 0u) {
                Text(
                    texts.toCollectSum(diagnosis.unprovenCount.toInt(), diagnosis.unprovenText),
                    Modifier.semantics { liveRegion = LiveRegionMode.Polite },
                    style = MaterialTheme.typography.headlineSmall,
                )
            }
            SearchField(place.search, { place.search = it }, texts.searchReference) {
                if (place.platform.scanner != null) {
                    IconButton({ place.scanning = true }) { Icon(Icons.Scan, texts.scanReference) }
                }
            }
        },
    ) { sale -> SaleRow(sale, byReference = true, { place.counter.openSale(sale) }) }
}

/** Old drafts: each is sent, or dropped with a reason. */
@Composable
internal fun DraftsScreen(place: DraftsPlace) {
    val texts = LocalTexts.current
    val busy = place.deciding.underWay
    LaunchedEffect(place) { place.read() }
    ListFrame(
        texts.drafts,
        place,
        place.waiting,
        onBack = { place.counter.back() },
        empty = { Empty(texts.noDrafts, Icons.Check) },
        above = {
            Text(texts.draftsExplained)
            FaultCard(place.deciding.fault, place.settings.language)
        },
    ) { sale ->
        SaleRow(sale, byReference = true, { place.counter.openSale(sale) }) {
            Row(Modifier.fillMaxWidth().padding(end = 6.dp), Arrangement.spacedBy(8.dp)) {
                SideButton(
                    texts.drop,
                    { place.dropping = sale },
                    Modifier.weight(1f),
                    Icons.Close,
                    !busy,
                    ink = MaterialTheme.colorScheme.error,
                )
                SideButton(texts.send, { place.send(sale) }, Modifier.weight(1f), Icons.Forward, !busy)
            }
        }
    }
    if (place.dropping != null) AskDropReason(place::drop, onNo = { place.dropping = null })
}

/** A head, what one looks by, and the sales; the next page is read as its end comes near. */
@Composable
private fun ListFrame(
    title: String,
    place: SaleList,
    sales: List<Sale>,
    onBack: (() -> Unit)?,
    empty: @Composable () -> Unit,
    above: @Composable ColumnScope.() -> Unit,
    row: @Composable (Sale) -> Unit,
) {
    val texts = LocalTexts.current
    Column(Modifier.fillMaxSize(), horizontalAlignment = Alignment.CenterHorizontally) {
        if (!LocalRoom.current.isLow || onBack != null) Head(title, onBack)
        LazyColumn(
            Modifier.weight(1f).widthIn(max = READABLE),
            contentPadding = PaddingValues(start = 16.dp, end = 16.dp, top = 4.dp, bottom = 16.dp),
            verticalArrangement = Arrangement.spacedBy(8.dp),
        ) {
            item(key = "above") { Column(verticalArrangement = Arrangement.spacedBy(10.dp), content = above) }
            item(key = "fault") { FaultCard(place.reading.fault, place.settings.language, onAgain = place::read) }
            items(sales, key = Sale::orderNo) { row(it) }
            item(key = "end") {
                Box(Modifier.fillMaxWidth(), Alignment.Center) {
                    when {
                        !place.known -> {
                            if (place.reading.underWay) Turning(texts.loading, Modifier.padding(32.dp))
                        }

                        sales.isEmpty() -> {
                            empty()
                        }

                        place.more -> {
                            LaunchedEffect(sales.size) { place.readOn() }
                            Turning(texts.loadingMore, Modifier.padding(16.dp))
                        }
                    }
                }
            }
        }
    }
}
