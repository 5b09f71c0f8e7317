// A sale in a list.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import io.saoma.core.Sale

/** What it is about, how much, where it stands. [byReference]: its waybill stands first, as a courier looks for it. */
@Composable
internal fun SaleRow(
    sale: Sale,
    byReference: Boolean,
    onOpen: () -> Unit,
    modifier: Modifier = Modifier,
    under: @Composable (() -> Unit)? = null,
) {
    val texts = LocalTexts.current
    val quiet = MaterialTheme.colorScheme.onSurfaceVariant
    val about = sale.reference ?: sale.note
    val aboutFirst = byReference && about != null
    val first = about?.takeIf { aboutFirst } ?: sale.money
    val second = if (aboutFirst) sale.money else about
    Surface(
        onOpen,
        modifier.fillMaxWidth().semantics { role = Role.Button },
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceContainerLow,
    ) {
        Column(Modifier.padding(start = 16.dp, end = 10.dp, top = 12.dp, bottom = 12.dp), Arrangement.spacedBy(4.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                FittingText(first, Modifier.weight(1f), style = MaterialTheme.typography.titleLarge, align = TextAlign.Start)
                if (!aboutFirst) PhaseMark(sale)
                Icon(Icons.Next, null, Modifier.size(18.dp), quiet)
            }
            if (second != null) {
                Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                    Text(
                        second,
                        Modifier.weight(1f),
                        style = MaterialTheme.typography.bodyLarge,
                        maxLines = 1,
                        overflow = TextOverflow.Ellipsis,
                    )
                    if (aboutFirst) PhaseMark(sale, Modifier.padding(end = 6.dp))
                }
            }
            Text(
                "${texts.tail(sale.tail)} · ${(sale.paidAt ?: sale.madeAt).short(LocalZone.current)}",
                color = quiet,
                style = MaterialTheme.typography.bodySmall,
            )
            under?.invoke()
        }
    }
}
