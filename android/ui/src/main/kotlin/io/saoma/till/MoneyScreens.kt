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
import androidx.compose.ui.graphics.vector.ImageVector
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

/** A result over the whole screen: money that came, or went back, or did neither as it should. */
@Composable
internal fun MoneyScreen(
    result: MoneyResult,
    heard: Heard,
    deeds: ResultDeeds,
    more: Int = 0,
    faults: @Composable () -> Unit = {},
) {
    val texts = LocalTexts.current
    val alarm = result.isAlarm
    val (paint, icon) = signOf(result)
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
                    when {
                        alarm -> result.title
                        result.kind == ResultKind.REFUNDED -> texts.refundedHeading
                        else -> texts.paidHeading
                    },
                    Modifier.semantics { heading() },
                    style = MaterialTheme.typography.headlineSmall,
                    textAlign = TextAlign.Center,
                )
                // An amount that was asked is no amount that came or went: only what moved stands here.
                if (result.kind == ResultKind.PAID ||
                    result.kind == ResultKind.REFUNDED
                ) {
                    LargeAmount(money(result.amount, result.currency), low)
                }
                HowHeard(heard, paint)
                Text(result.sentence, style = MaterialTheme.typography.bodyLarge, textAlign = TextAlign.Center)
                Text(
                    result.paidAt.short(LocalZone.current).let { at ->
                        val moved =
                            when (result.kind) {
                                ResultKind.PAID -> texts.paidBy(at)
                                ResultKind.REFUNDED -> texts.refundedAt(at)
                                else -> null
                            }
                        listOfNotNull(texts.tail(result.tail), moved).joinToString(" · ")
                    },
                    style = MaterialTheme.typography.bodyMedium,
                    textAlign = TextAlign.Center,
                )
                if (result.late ||
                    result.kind == ResultKind.MISMATCH
                ) {
                    Text(texts.alarmSeenWhy, style = MaterialTheme.typography.bodyMedium, textAlign = TextAlign.Center)
                }
                faults()
            }
            Buttons(result, heard, deeds, paint, more)
        }
    }
}

/** What a result looks like from across the counter. */
@Composable
private fun signOf(result: MoneyResult): Pair<Paint, ImageVector> {
    val signals = LocalSignals.current
    return when {
        result.kind == ResultKind.MISMATCH -> signals.alarm to Icons.Stop
        result.late || result.kind == ResultKind.REFUND_FAILED -> signals.late to Icons.Warning
        result.kind == ResultKind.REFUNDED -> signals.refunded to Icons.GiveBack
        else -> signals.paid to Icons.Check
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
    result: MoneyResult,
    heard: Heard,
    deeds: ResultDeeds,
    paint: Paint,
    more: Int,
) {
    val texts = LocalTexts.current
    val paid = result.kind == ResultKind.PAID && !result.late
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
            SideButton(if (paid) texts.receiptButton else texts.lookAtSale, deeds.look, Modifier.weight(1f), Icons.Bill, ink = paint.ink)
            if (heard == Heard.YES || heard == Heard.NO) {
                SideButton(texts.playAgain, deeds.sayAgain, Modifier.weight(1f), Icons.Sound, ink = paint.ink)
            }
        }
        MainButton(
            when {
                result.isAlarm -> texts.alarmSeen
                paid -> texts.nextSale
                else -> texts.seen
            },
            deeds.seen,
            icon = Icons.Check,
            colors = ButtonDefaults.buttonColors(paint.ink, paint.plate),
        )
    }
}

/** Money of another sale, while one is busy with something: a line that waits above. */
@Composable
internal fun PaidStrip(
    result: MoneyResult,
    heard: Heard,
    onLook: () -> Unit,
    onSeen: () -> Unit,
) {
    val texts = LocalTexts.current
    val (paint, icon) = signOf(result)
    Surface(onLook, Modifier.fillMaxWidth(), color = paint.plate, contentColor = paint.ink) {
        Row(Modifier.padding(start = 16.dp, end = 8.dp), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
            Icon(icon, null, Modifier.size(24.dp))
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
