// A sale in front of a customer: its code, or what is going on instead.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
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

@Composable
internal fun SaleScreen(place: SalePlace) {
    val counter = place.counter
    val now by ticking(place.platform)
    val seen = place.seen
    if (place.scanning) {
        PayCodeScreen(place.platform.scanner, seen?.sale?.money.orEmpty(), place::scanned, place::stopScanning)
        return
    }
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
            scan = { place.scanning = true },
            details = { counter.open(DetailPlace(counter, place.orderNo)) },
            ringUpAgain = counter::ringUpAgain,
            newSale = { counter.show(counter.keypad) },
            openOther = { counter.open(DetailPlace(counter, it)) },
            enlarge = { place.settings.largeModules = it },
            copyCode = { seen.sale.code?.let { place.platform.sharing.copy(seen.sale.tail, it.text) } },
        )
    val mustGo = seen.sale.code != null && seen.codeLeftMs(now) == null
    // The clock says so before the core had its turn, after a sleep for example.
    LaunchedEffect(mustGo) { if (mustGo) place.freshen() }
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
    val room = LocalRoom.current
    // Where a code has to be large or there is little room, the amount stands beside the number.
    val amountAbove = left != null && !room.isWide && (large || room.isTight)
    val known: @Composable () -> Unit = {
        Knowledge(seen, left, nowMs)
        if (changing) NoticeCard(texts.changing, Icons.Edit, LocalSignals.current.busy)
        faults()
    }
    Column(Modifier.fillMaxSize()) {
        Head(if (amountAbove) "${sale.money} · ${sale.tail}" else texts.tail(sale.tail), onBack) {
            // Who tries the till without a phone pastes the code into the play wallet.
            if (left != null && !sale.live) IconButton(deeds.copyCode) { Icon(Icons.Copy, texts.copyCode) }
            if (left != null && !room.isWide) {
                IconButton({ deeds.enlarge(!large) }) { Icon(Icons.Larger, if (large) texts.smallerCode else texts.largerCode) }
            }
            IconButton(deeds.details) { Icon(Icons.Info, texts.showDetails) }
        }
        if (room.isWide) {
            Row(Modifier.weight(1f).padding(horizontal = 16.dp), Arrangement.spacedBy(20.dp)) {
                Box(Modifier.weight(1f).fillMaxHeight().padding(bottom = 12.dp), Alignment.Center) { Plate(seen, left) }
                Column(Modifier.weight(1f).fillMaxHeight()) {
                    Words(Modifier.weight(1f)) {
                        Amount(sale)
                        known()
                    }
                    Deeds(sale, deeds, busy, changing, seen.scanAgainInMs(nowMs))
                }
            }
        } else {
            BoxWithConstraints(Modifier.weight(1f).fillMaxWidth()) {
                // The code is as large as leaves room for what is known, and never too small to be read.
                val words = (if (amountAbove) 130.dp else 210.dp) * room.fontScale
                val side = if (large) maxWidth else minOf(maxWidth - 32.dp, (maxHeight - words).coerceAtLeast(200.dp))
                Words(Modifier.heightIn(min = maxHeight)) {
                    if (!amountAbove) Amount(sale)
                    Plate(seen, left, Modifier.width(side))
                    known()
                }
            }
            Deeds(sale, deeds, busy, changing, seen.scanAgainInMs(nowMs))
        }
    }
}

@Composable
private fun Words(
    modifier: Modifier,
    content: @Composable () -> Unit,
) {
    Column(
        modifier.fillMaxWidth().verticalScroll(rememberScrollState()),
        Arrangement.spacedBy(8.dp, Alignment.CenterVertically),
        Alignment.CenterHorizontally,
    ) { content() }
}

@Composable
private fun Amount(sale: Sale) {
    val texts = LocalTexts.current
    FittingText(
        sale.money,
        Modifier.fillMaxWidth().clearAndSetSemantics { contentDescription = "${texts.amountSpoken} ${sale.money}" },
        style = if (LocalRoom.current.isTight) MaterialTheme.typography.displaySmall else MaterialTheme.typography.displayMedium,
    )
    sale.reference?.let { Text(it, style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center, maxLines = 2) }
}

/** The code; or a sign for what is going on. */
@Composable
private fun Plate(
    seen: Seen,
    left: Long?,
    modifier: Modifier = Modifier,
) {
    val code = seen.sale.code
    val texts = LocalTexts.current
    if (code != null && left != null) {
        QrPlate(code.qr, "${texts.codeSpoken}, ${seen.sale.money}", modifier)
    } else {
        PhaseSign(seen.sale, Modifier.padding(16.dp))
    }
}

/** Where it stands, how long the code stays and how old what is known is, and what to do. */
@Composable
private fun Knowledge(
    seen: Seen,
    left: Long?,
    nowMs: Long,
) {
    val texts = LocalTexts.current
    val sale = seen.sale
    val tight = LocalRoom.current.isTight
    val age = seen.heardAgoMs(nowMs)?.let { texts.checked(texts.ago(it / 1_000)) } ?: texts.notHeard
    val line = listOfNotNull(left?.let { texts.leaves((it + 999) / 1_000) }, age.takeIf { sale.phase in OPEN }).joinToString(" · ")
    Column(Modifier.padding(horizontal = 16.dp), Arrangement.spacedBy(4.dp), Alignment.CenterHorizontally) {
        Text(
            sale.title,
            Modifier.semantics { liveRegion = LiveRegionMode.Polite },
            style = if (tight) MaterialTheme.typography.titleMedium else MaterialTheme.typography.headlineSmall,
            textAlign = TextAlign.Center,
        )
        if (line.isNotEmpty()) {
            Text(
                line,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
                style = MaterialTheme.typography.bodyMedium,
                textAlign = TextAlign.Center,
            )
        }
        // What counts seconds is not read aloud at each.
        val told = if (sale.scanAgainInMs == null) Modifier.semantics { liveRegion = LiveRegionMode.Polite } else Modifier
        Text(
            sale.sentence,
            told,
            style = MaterialTheme.typography.bodyMedium,
            textAlign = TextAlign.Center,
        )
    }
}

/** Phases in which something may still be learned, so that its age counts. */
private val OPEN =
    setOf(
        Phase.DRAFT,
        Phase.SENDING,
        Phase.AWAITING,
        Phase.CHECKING,
        Phase.REFRESHING,
        Phase.CLOSING,
        Phase.WAITING_FOR_PERSON,
        Phase.READY,
        Phase.CHARGING,
        Phase.PAYING,
        Phase.CASH_UNPROVEN,
        Phase.UNKNOWN,
    )
