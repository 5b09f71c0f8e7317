// Amounts as people see them from across a counter.
package io.saoma.till

import androidx.compose.foundation.text.BasicText
import androidx.compose.foundation.text.TextAutoSize
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.TextUnit
import androidx.compose.ui.unit.sp
import io.saoma.core.Sale
import kotlin.math.abs

/** As people write it: `¥12.80`; other currencies by their code. */
internal fun money(
    amount: String,
    currency: String,
): String = if (currency == "CNY") "¥$amount" else "$currency $amount"

internal val Sale.money: String get() = money(amount, currency)

/** A text on one line, as large as fits, and never cut: an amount with a digit missing would be another amount. */
@Composable
internal fun FittingText(
    text: String,
    modifier: Modifier = Modifier,
    style: TextStyle = MaterialTheme.typography.displayMedium,
    color: Color = LocalContentColor.current,
    smallest: TextUnit = 8.sp,
    align: TextAlign = TextAlign.Center,
) {
    BasicText(
        text,
        modifier,
        style = style.copy(color = color, textAlign = align),
        maxLines = 1,
        softWrap = false,
        autoSize = TextAutoSize.StepBased(minFontSize = smallest, maxFontSize = style.fontSize, stepSize = 1.sp),
    )
}

/** Minor units as people write them, where the core gives no text: `-12.80`. */
internal fun printed(minor: Long): String {
    val digits = abs(minor).toString().padStart(3, '0')
    return (if (minor < 0) "-" else "") + digits.dropLast(2) + "." + digits.takeLast(2)
}

/** What was typed of cash in a drawer, in minor units: there may be none. Null: it is no amount. */
internal fun cashOf(typed: String): Long? {
    val text = typed.trim()
    return if (text.matches(NOTHING)) 0 else amountOf(text)?.minor
}

private val NOTHING = Regex("0+(\\.0{0,2})?")
