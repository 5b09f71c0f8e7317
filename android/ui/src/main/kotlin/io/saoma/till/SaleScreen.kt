/** A sale in front of a customer: its code, or what is going on instead. */
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.saoma.core.Phase
import io.saoma.core.Sale
import io.saoma.core.SaleAction

/** What a person can ask for on a sale's screen. */
internal class SaleDeeds(
    val ask: (Question) -> Unit,
    val refresh: () -> Unit,
    val checkNow: () -> Unit,
    val send: () -> Unit,
    val details: () -> Unit,
    val ringUpAgain: (Sale) -> Unit,
    val newSale: () -> Unit,
    val openOther: (String) -> Unit,
    val enlarge: (Boolean) -> Unit,
)

@Composable
internal fun SaleScreen(place: SalePlace) {
    val counter = place.counter
    val now by ticking(place.platform)
    val seen = place.seen
    if (seen == null) {
        Screen(LocalTexts.current.appName, onBack = { counter.back() }) {
            FaultCard(place.reading.fault, place.settings.language)
            if (place.reading.underWay) Turning(LocalTexts.current.loading, Modifier.fillMaxWidth().padding(32.dp))
        }
        return
    }
    val deeds =
        SaleDeeds(
            ask = { place.question = it },
            refresh = place::refresh,
            checkNow = place::checkNow,
            send = place::send,
            details = { counter.open(DetailPlace(counter, place.orderNo)) },
            ringUpAgain = counter::ringUpAgain,
            newSale = { counter.show(counter.keypad) },
            openOther = { counter.open(DetailPlace(counter, it)) },
            enlarge = { place.settings.largeModules = it },
        )
    if (seen.codeLeftMs(now) != null) {
        DisposableEffect(place.platform) {
            val bright = place.platform.display.showCode()
            onDispose { bright.close() }
        }
    }
    SaleFace(
        seen,
        now,
        deeds,
        onBack = { counter.back() },
        busy = place.doing.underWay,
        changing = place.changing,
        large = place.settings.largeModules,
    ) { FaultCard(place.doing.fault, place.settings.language) }
    place.question?.let { SaleQuestion(it, place) }
}

/** A sale's screen, as it is at one moment. [faults] stands where something was refused. */
@Composable
internal fun SaleFace(
    seen: Seen,
    nowMs: Long,
    deeds: SaleDeeds,
    onBack: () -> Unit,
    busy: Boolean = false,
    changing: Boolean = false,
    large: Boolean = false,
    faults: @Composable () -> Unit = {},
) {
    val texts = LocalTexts.current
    val sale = seen.sale
    val left = seen.codeLeftMs(nowMs)
    val wide = LocalRoom.current.isWide
    Column(Modifier.fillMaxSize()) {
        Head(
            texts.tail(sale.tail),
            onBack,
        ) {
            if (left != null && !wide) {
                IconButton({ deeds.enlarge(!large) }) { Icon(Icons.Larger, if (large) texts.smallerCode else texts.largerCode) }
            }
            IconButton(deeds.details) { Icon(Icons.Info, texts.showDetails) }
        }
        if (wide) {
            Row(Modifier.weight(1f).padding(horizontal = 16.dp), Arrangement.spacedBy(20.dp)) {
                Box(Modifier.weight(1f).fillMaxHeight().padding(bottom = 12.dp), Alignment.Center) { Plate(seen, left) }
                Column(Modifier.weight(1f).fillMaxHeight()) {
                    Column(
                        Modifier.weight(1f).fillMaxWidth().verticalScroll(rememberScrollState()),
                        Arrangement.spacedBy(8.dp, Alignment.CenterVertically),
                        Alignment.CenterHorizontally,
                    ) { Words(seen, left, nowMs, changing, faults) }
                    Deeds(sale, deeds, busy, changing)
                }
            }
        } else {
            Column(
                Modifier.weight(1f).fillMaxWidth().verticalScroll(rememberScrollState()).padding(horizontal = if (large) 0.dp else 16.dp),
                Arrangement.spacedBy(8.dp, Alignment.CenterVertically),
                Alignment.CenterHorizontally,
            ) {
                val room = LocalRoom.current
                val widest = if (large) room.width else minOf(room.width - 32.dp, room.height * .46f)
                if (!(large && left != null && room.isLow)) Amount(sale)
                Box(Modifier.widthIn(max = widest), Alignment.Center) { Plate(seen, left) }
                Column(Modifier.padding(horizontal = if (large) 16.dp else 0.dp), Arrangement.spacedBy(6.dp), Alignment.CenterHorizontally) {
                    Knowledge(seen, left, nowMs, changing, faults)
                }
            }
            Deeds(sale, deeds, busy, changing)
        }
    }
}

@Composable
private fun Words(
    seen: Seen,
    left: Long?,
    nowMs: Long,
    changing: Boolean,
    faults: @Composable () -> Unit,
) {
    Amount(seen.sale)
    Knowledge(seen, left, nowMs, changing, faults)
}

@Composable
private fun Amount(sale: Sale) {
    val texts = LocalTexts.current
    FittingText(
        sale.money,
        Modifier.fillMaxWidth().clearAndSetSemantics { contentDescription = "${texts.amountSpoken} ${sale.money}" },
        style = if (LocalRoom.current.isLow) MaterialTheme.typography.displaySmall else MaterialTheme.typography.displayMedium,
    )
    sale.reference?.let { Text(it, style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center, maxLines = 2) }
}

/** The code; or a sign for what is going on. */
@Composable
private fun Plate(
    seen: Seen,
    left: Long?,
) {
    val code = seen.sale.code
    val texts = LocalTexts.current
    if (code != null && left != null) {
        QrPlate(code.qr, "${texts.codeSpoken}, ${seen.sale.money}", Modifier.fillMaxWidth())
    } else {
        PhaseSign(seen.sale, Modifier.padding(16.dp))
    }
}

/** What is known, how old that is, and how long the code stays. */
@Composable
private fun Knowledge(
    seen: Seen,
    left: Long?,
    nowMs: Long,
    changing: Boolean,
    faults: @Composable () -> Unit,
) {
    val texts = LocalTexts.current
    val sale = seen.sale
    val quiet = MaterialTheme.colorScheme.onSurfaceVariant
    Column(
        Modifier.semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
        Arrangement.spacedBy(4.dp),
        Alignment.CenterHorizontally,
    ) {
        Text(sale.title, style = MaterialTheme.typography.headlineSmall, textAlign = TextAlign.Center)
        Text(sale.sentence, style = MaterialTheme.typography.bodyMedium, textAlign = TextAlign.Center)
    }
    if (changing) NoticeCard(texts.changing, Icons.Edit, LocalSignals.current.busy)
    faults()
    val age = seen.heardAgoMs(nowMs)?.let { texts.checked(texts.ago(it / 1_000)) } ?: texts.notHeard
    val open = sale.phase in OPEN
    val line = listOfNotNull(left?.let { texts.leaves((it + 999) / 1_000) }, age.takeIf { open }).joinToString(" · ")
    if (line.isNotEmpty()) {
        Text(line, color = quiet, style = MaterialTheme.typography.bodyMedium, textAlign = TextAlign.Center)
    }
}

/** Phases in which something may still be learned, so that its age counts. */
private val OPEN =
    setOf(Phase.DRAFT, Phase.SENDING, Phase.AWAITING, Phase.CHECKING, Phase.REFRESHING, Phase.CLOSING, Phase.WAITING_FOR_PERSON, Phase.UNKNOWN)

/** What the core says may be done, the likeliest lowest. */
@Composable
private fun Deeds(
    sale: Sale,
    deeds: SaleDeeds,
    busy: Boolean,
    changing: Boolean,
) {
    val texts = LocalTexts.current
    val may = sale.actions
    Actions {
        if (SaleAction.DECIDE in may) {
            Beside(
                { SideButton(texts.drop, { deeds.ask(Question.DROP) }, it, Icons.Close, !busy, ink = MaterialTheme.colorScheme.error) },
                { SideButton(texts.send, deeds.send, it, Icons.Forward, !busy) },
            )
        } else if (SaleAction.CANCEL in may && !changing) {
            Beside(
                { SideButton(texts.cancelSale, { deeds.ask(Question.CANCEL) }, it, Icons.Close, !busy, ink = MaterialTheme.colorScheme.error) },
                { SideButton(texts.changeAmount, { deeds.ask(Question.CHANGE_AMOUNT) }, it, Icons.Edit, !busy) },
            )
        }
        val fresh: (@Composable (Modifier) -> Unit)? =
            if (SaleAction.REFRESH in may) {
                { SideButton(texts.freshCode, deeds.refresh, it, Icons.Refresh, !busy) }
            } else {
                null
            }
        val check: (@Composable (Modifier) -> Unit)? =
            if (SaleAction.CHECK_NOW in may) {
                { SideButton(texts.checkNow, deeds.checkNow, it, Icons.Search, underWay = busy) }
            } else {
                null
            }
        if (fresh != null || check != null) Beside(fresh, check)
        sale.other?.let { other -> SideButton(texts.openOther, { deeds.openOther(other.orderNo) }, Modifier.fillMaxWidth(), Icons.Forward) }
        when (sale.phase) {
            Phase.CLOSED, Phase.DROPPED, Phase.REJECTED ->
                Beside(
                    { SideButton(texts.ringUpAgain, { deeds.ringUpAgain(sale) }, it, Icons.Refresh) },
                    { MainButton(texts.newSale, deeds.newSale, it) },
                )
            Phase.PAID, Phase.JOINED, Phase.DRAFT -> MainButton(texts.newSale, deeds.newSale)
            else -> Unit
        }
    }
}

/** Two beside each other, or one alone. */
@Composable
private fun ColumnScope.Beside(
    first: (@Composable (Modifier) -> Unit)?,
    second: (@Composable (Modifier) -> Unit)?,
) {
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
        first?.invoke(Modifier.weight(1f))
        second?.invoke(Modifier.weight(1f))
    }
}
