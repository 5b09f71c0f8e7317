// Where a sale stands, as a sign: never by colour alone.
package io.saoma.till

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.unit.dp
import io.saoma.core.Phase
import io.saoma.core.Sale

/** What a sale looks like in its phase. */
@Composable
internal fun paintOf(sale: Sale): Paint {
    val (signals, colors) = LocalSignals.current to MaterialTheme.colorScheme
    return when {
        sale.mismatch -> {
            signals.alarm
        }

        sale.late -> {
            signals.late
        }

        else -> {
            when (sale.phase) {
                Phase.PAID -> signals.paid

                Phase.WAITING_FOR_PERSON, Phase.CASH_UNPROVEN, Phase.UNKNOWN -> signals.warning

                // In the colour of nothing that is proven.
                Phase.CASH -> Paint(colors.secondaryContainer, colors.onSecondaryContainer)

                Phase.CLOSED, Phase.REJECTED, Phase.JOINED, Phase.DROPPED -> Paint(colors.surfaceContainerHighest, colors.onSurfaceVariant)

                else -> signals.busy
            }
        }
    }
}

internal fun iconOf(sale: Sale): ImageVector =
    when {
        sale.mismatch -> {
            Icons.Stop
        }

        sale.late -> {
            Icons.Warning
        }

        else -> {
            when (sale.phase) {
                Phase.PAID -> Icons.Check
                Phase.DRAFT -> Icons.Draft
                Phase.WAITING_FOR_PERSON, Phase.UNKNOWN -> Icons.Warning
                Phase.CLOSED, Phase.DROPPED, Phase.REJECTED -> Icons.Close
                Phase.JOINED -> Icons.Link
                Phase.AWAITING -> Icons.Scan
                Phase.READY -> Icons.Barcode
                Phase.CASH, Phase.CASH_UNPROVEN -> Icons.Cash
                else -> Icons.Clock
            }
        }
    }

/** Phases in which something goes on that a person waits for. */
private val GOING_ON =
    setOf(Phase.SENDING, Phase.CHECKING, Phase.REFRESHING, Phase.CLOSING, Phase.CHARGING, Phase.PAYING, Phase.CASH_UNPROVEN)

/** A large round sign; it turns while something is going on. */
@Composable
internal fun PhaseSign(
    sale: Sale,
    modifier: Modifier = Modifier,
) {
    val paint = paintOf(sale)
    val goesOn = !sale.mismatch && sale.phase in GOING_ON
    Box(modifier.size(104.dp), Alignment.Center) {
        if (goesOn) CircularProgressIndicator(Modifier.size(104.dp), strokeWidth = 4.dp)
        Box(Modifier.size(84.dp).clip(CircleShape).background(paint.plate), Alignment.Center) {
            Icon(iconOf(sale), null, Modifier.size(44.dp), paint.ink)
        }
    }
}

/** A small mark with the core's words. */
@Composable
internal fun PhaseMark(
    sale: Sale,
    modifier: Modifier = Modifier,
) {
    Mark(sale.title, iconOf(sale), paintOf(sale), modifier)
}

/** A word or two on a plate, with a sign. */
@Composable
internal fun Mark(
    text: String,
    icon: ImageVector,
    paint: Paint,
    modifier: Modifier = Modifier,
) {
    Row(
        modifier.clip(RoundedCornerShape(8.dp)).background(paint.plate).padding(horizontal = 8.dp, vertical = 3.dp),
        Arrangement.spacedBy(4.dp),
        Alignment.CenterVertically,
    ) {
        Icon(icon, null, Modifier.size(14.dp), paint.ink)
        Text(text, color = paint.ink, style = MaterialTheme.typography.labelMedium, maxLines = 1)
    }
}
