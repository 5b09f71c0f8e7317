// What a person can do about a sale, as far as the core offers it.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
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
    val copyCode: () -> Unit,
)

/** What the core says may be done, the likeliest lowest. */
@Composable
internal fun Deeds(
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
                {
                    SideButton(
                        texts.cancelSale,
                        { deeds.ask(Question.CANCEL) },
                        it,
                        Icons.Close,
                        !busy,
                        ink = MaterialTheme.colorScheme.error,
                    )
                },
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
            Phase.CLOSED, Phase.DROPPED, Phase.REJECTED -> {
                Beside(
                    { SideButton(texts.ringUpAgain, { deeds.ringUpAgain(sale) }, it, Icons.Refresh) },
                    { MainButton(texts.newSale, deeds.newSale, it) },
                )
            }

            Phase.PAID, Phase.JOINED, Phase.DRAFT -> {
                MainButton(texts.newSale, deeds.newSale)
            }

            else -> {
            }
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
