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
    val scan: () -> Unit,
    val details: () -> Unit,
    val ringUpAgain: (Sale) -> Unit,
    val newSale: () -> Unit,
    val openOther: (String) -> Unit,
    val enlarge: (Boolean) -> Unit,
    val copyCode: () -> Unit,
)

/** What the core says may be done, the likeliest lowest. [scanAgainInMs]: so long a payment code has to wait. */
@Composable
internal fun Deeds(
    sale: Sale,
    deeds: SaleDeeds,
    busy: Boolean,
    changing: Boolean,
    scanAgainInMs: Long? = null,
) {
    val texts = LocalTexts.current
    val may = sale.actions
    Actions {
        if (LocalRoom.current.isTight && SaleAction.DECIDE !in may) {
            Signs(sale, deeds, busy, changing)
        } else {
            Changes(sale, deeds, busy, changing)
        }
        if (!changing) Takings(sale, deeds, busy, scanAgainInMs)
        sale.other?.let { other -> SideButton(texts.openOther, { deeds.openOther(other.orderNo) }, Modifier.fillMaxWidth(), Icons.Forward) }
        when (sale.phase) {
            Phase.CLOSED, Phase.DROPPED, Phase.REJECTED -> {
                Beside(
                    { SideButton(texts.ringUpAgain, { deeds.ringUpAgain(sale) }, it, Icons.Refresh) },
                    { MainButton(texts.newSale, deeds.newSale, it) },
                )
            }

            Phase.PAID, Phase.JOINED, Phase.DRAFT, Phase.CASH, Phase.CASH_UNPROVEN -> {
                MainButton(texts.newSale, deeds.newSale)
            }

            else -> {
            }
        }
    }
}

/** The customer's payment code, or cash. Where only a payment code can pay it, that is the one thing to do. */
@Composable
private fun ColumnScope.Takings(
    sale: Sale,
    deeds: SaleDeeds,
    busy: Boolean,
    scanAgainInMs: Long?,
) {
    val texts = LocalTexts.current
    val cash: (@Composable (Modifier) -> Unit)? =
        if (SaleAction.TAKE_CASH in sale.actions) {
            { SideButton(texts.takeCash, { deeds.ask(Question.CASH) }, it, Icons.Cash, !busy) }
        } else {
            null
        }
    val scan: (@Composable (Modifier) -> Unit)? =
        if (SaleAction.SCAN in sale.actions || scanAgainInMs != null) {
            {
                val label =
                    when {
                        scanAgainInMs != null -> texts.scanAgainIn((scanAgainInMs + 999) / 1_000)
                        sale.notice != null && sale.byCode -> texts.scanAgain
                        else -> texts.scanCustomer
                    }
                val may = !busy && scanAgainInMs == null
                if (sale.phase == Phase.READY) {
                    MainButton(label, deeds.scan, it, Icons.Barcode, may, underWay = busy)
                } else {
                    SideButton(label, deeds.scan, it, Icons.Barcode, may)
                }
            }
        } else {
            null
        }
    if (cash != null || scan != null) Beside(cash, scan)
}

/** What changes the sale, by signs alone: where there is little room the code counts for more. */
@Composable
private fun ColumnScope.Signs(
    sale: Sale,
    deeds: SaleDeeds,
    busy: Boolean,
    changing: Boolean,
) {
    val texts = LocalTexts.current
    val may = sale.actions
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
        val each = Modifier.weight(1f)
        if (SaleAction.CANCEL in may && !changing) {
            val error = MaterialTheme.colorScheme.error
            SignButton(texts.cancelSale, Icons.Close, { deeds.ask(Question.CANCEL) }, each, !busy, error)
            SignButton(texts.changeAmount, Icons.Edit, { deeds.ask(Question.CHANGE_AMOUNT) }, each, !busy)
        }
        if (SaleAction.REFRESH in may) SignButton(texts.freshCode, Icons.Refresh, deeds.refresh, each, !busy)
        if (SaleAction.CHECK_NOW in may) SignButton(texts.checkNow, Icons.Search, deeds.checkNow, each, !busy)
    }
}

/** What changes the sale, or asks about it. */
@Composable
private fun ColumnScope.Changes(
    sale: Sale,
    deeds: SaleDeeds,
    busy: Boolean,
    changing: Boolean,
) {
    val texts = LocalTexts.current
    val may = sale.actions
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
