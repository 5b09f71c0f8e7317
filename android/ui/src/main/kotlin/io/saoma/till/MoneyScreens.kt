// Money that came, told so that nobody can miss it.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.saoma.core.MoneyResult
import io.saoma.core.ResultKind

/** What a person can do about a result. */
internal class ResultDeeds(
    val seen: () -> Unit,
    val sayAgain: () -> Unit,
    val look: () -> Unit,
)

/** A result over the whole screen: paid, late money, or money that does not match. */
@Composable
internal fun MoneyScreen(
    result: MoneyResult,
    heard: Heard,
    deeds: ResultDeeds,
    more: Int = 0,
    faults: @Composable () -> Unit = {},
) {
    val texts = LocalTexts.current
    val signals = LocalSignals.current
    val alarm = result.late || result.kind == ResultKind.MISMATCH
    val (paint, icon) =
        when {
            result.kind == ResultKind.MISMATCH -> signals.alarm to Icons.Stop
            result.late -> signals.late to Icons.Warning
            else -> signals.paid to Icons.Check
        }
    val low = LocalRoom.current.isTight
    Surface(Modifier.fillMaxSize(), color = paint.plate, contentColor = paint.ink) {
        Column(Modifier.fillMaxSize(), horizontalAlignment = Alignment.CenterHorizontally) {
            Column(
                Modifier
                    .weight(1f)
                    .widthIn(max = READABLE)
                    .verticalScroll(rememberScrollState())
                    .padding(horizontal = 20.dp, vertical = 12.dp)
                    .semantics { liveRegion = LiveRegionMode.Assertive },
                Arrangement.spacedBy(if (low) 8.dp else 14.dp, Alignment.CenterVertically),
                Alignment.CenterHorizontally,
            ) {
                Icon(icon, null, Modifier.size(if (low) 48.dp else 104.dp))
                Text(
                    if (alarm) result.title else texts.paidHeading,
                    Modifier.semantics { heading() },
                    style = MaterialTheme.typography.headlineSmall,
                    textAlign = TextAlign.Center,
                )
                // An amount that was asked is no amount that came: money that does not match has none here.
                if (result.kind == ResultKind.PAID) LargeAmount(money(result.amount, result.currency), low)
                HowHeard(heard, paint)
                Text(result.sentence, style = MaterialTheme.typography.bodyLarge, textAlign = TextAlign.Center)
                Text(
                    if (result.kind == ResultKind.PAID) {
                        "${texts.tail(result.tail)} · ${texts.paidBy(result.paidAt.short(LocalZone.current))}"
                    } else {
                        texts.tail(result.tail)
                    },
                    style = MaterialTheme.typography.bodyMedium,
                    textAlign = TextAlign.Center,
                )
                if (alarm) Text(texts.alarmSeenWhy, style = MaterialTheme.typography.bodyMedium, textAlign = TextAlign.Center)
                faults()
            }
            Buttons(alarm, heard, deeds, paint, more)
        }
    }
}

@Composable
private fun LargeAmount(
    amount: String,
    low: Boolean,
) {
    val style = MaterialTheme.typography.displayLarge
    FittingText(
        amount,
        Modifier.fillMaxWidth(),
        style = if (low) style else style.copy(fontSize = style.fontSize * 1.25f, lineHeight = style.lineHeight * 1.25f),
    )
}

/** Whether it was said aloud. */
@Composable
private fun HowHeard(
    heard: Heard,
    paint: Paint,
) {
    val texts = LocalTexts.current
    when (heard) {
        Heard.NOT_YET -> IconLine(texts.playing) { Icon(Icons.Sound, null, Modifier.size(20.dp)) }
        Heard.NO -> NoticeCard(texts.notPlayed, Icons.SoundOff, Paint(paint.ink, paint.plate), urgent = true)
        Heard.YES, Heard.SILENT -> Unit
    }
}

@Composable
private fun IconLine(
    text: String,
    icon: @Composable () -> Unit,
) {
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
        icon()
        Text(text, style = MaterialTheme.typography.bodyMedium)
    }
}

@Composable
private fun Buttons(
    alarm: Boolean,
    heard: Heard,
    deeds: ResultDeeds,
    paint: Paint,
    more: Int,
) {
    val texts = LocalTexts.current
    Actions {
        if (more >
            0
        ) {
            Text(
                texts.moreWaiting(more),
                Modifier.fillMaxWidth(),
                textAlign = TextAlign.Center,
                style = MaterialTheme.typography.labelLarge,
            )
        }
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
            SideButton(if (alarm) texts.lookAtSale else texts.receiptButton, deeds.look, Modifier.weight(1f), Icons.Bill, ink = paint.ink)
            if (heard == Heard.YES || heard == Heard.NO) {
                SideButton(texts.playAgain, deeds.sayAgain, Modifier.weight(1f), Icons.Sound, ink = paint.ink)
            }
        }
        MainButton(
            if (alarm) texts.alarmSeen else texts.nextSale,
            deeds.seen,
            icon = Icons.Check,
            colors = ButtonDefaults.buttonColors(paint.ink, paint.plate),
        )
    }
}

/** A payment of another sale, while one is busy with something: a line that waits above. */
@Composable
internal fun PaidStrip(
    result: MoneyResult,
    heard: Heard,
    onLook: () -> Unit,
    onSeen: () -> Unit,
) {
    val texts = LocalTexts.current
    val paint = LocalSignals.current.paid
    Surface(onLook, Modifier.fillMaxWidth(), color = paint.plate, contentColor = paint.ink) {
        Row(Modifier.padding(start = 16.dp, end = 8.dp), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
            Icon(Icons.Check, null, Modifier.size(24.dp))
            Column(Modifier.weight(1f).padding(vertical = 8.dp).semantics { liveRegion = LiveRegionMode.Assertive }) {
                Text(result.title, style = MaterialTheme.typography.titleMedium)
                Text(
                    if (heard == Heard.NO) texts.notPlayed else texts.tail(result.tail),
                    style = MaterialTheme.typography.bodySmall,
                )
            }
            QuietButton(texts.seen, onSeen, ink = paint.ink)
        }
    }
}
