// The keypad: an amount or a sum, and one button under the thumb.
package io.saoma.till

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.clickable
import androidx.compose.foundation.focusable
import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.input.key.Key
import androidx.compose.ui.input.key.KeyEvent
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.key
import androidx.compose.ui.input.key.onKeyEvent
import androidx.compose.ui.input.key.type
import androidx.compose.ui.input.key.utf16CodePoint
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.onClick
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

@Composable
internal fun KeypadScreen(place: KeypadPlace) {
    when {
        place.scanning -> ScanScreen(place.platform.scanner, Wanted.REFERENCE, place::scanned, onClose = { place.scanning = false })
        place.detailsOpen -> SaleDetailsScreen(place)
        LocalRoom.current.isWide -> WideKeypad(place)
        else -> TallKeypad(place)
    }
    val amount = place.amount
    if (place.askingForCash && amount != null) {
        val ask = LocalTexts.current
        AskCash("¥${amount.text}", ask.cashExplained, { place.charge(Way.CASH) }, onNo = { place.askingForCash = false })
    }
}

@Composable
private fun TallKeypad(place: KeypadPlace) {
    val (low, fontScale) = LocalRoom.current.run { isLow to fontScale }
    Column(
        Modifier
            .fillMaxSize()
            .keyboard(place)
            .padding(horizontal = 12.dp)
            .padding(top = 4.dp, bottom = if (low) 6.dp else 12.dp),
        Arrangement.spacedBy(if (low) 6.dp else 10.dp),
        Alignment.CenterHorizontally,
    ) {
        Column((if (low) Modifier.height(104.dp * fontScale) else Modifier.weight(.5f)).widthIn(max = READABLE)) { Above(place) }
        // Keys that a thumb hits count for more than amounts of one tap, once something is keyed in.
        if (!low || place.typed.isEmpty()) QuickAmounts(place, Modifier.widthIn(max = READABLE))
        Keys(place, Modifier.weight(.64f).widthIn(max = READABLE))
        Ways(place, Modifier.widthIn(max = READABLE))
    }
}

@Composable
private fun WideKeypad(place: KeypadPlace) {
    Row(Modifier.fillMaxSize().keyboard(place).padding(12.dp), Arrangement.spacedBy(16.dp)) {
        Column(Modifier.weight(1f).fillMaxHeight(), Arrangement.spacedBy(8.dp)) {
            Column(Modifier.weight(1f)) { Above(place) }
            QuickAmounts(place)
        }
        Column(Modifier.weight(1f).widthIn(max = 480.dp).fillMaxHeight(), Arrangement.spacedBy(8.dp)) {
            Keys(place, Modifier.weight(1f))
            Ways(place)
        }
    }
}

/** What was keyed in, what it is about, and why it was refused. */
@Composable
private fun ColumnScope.Above(place: KeypadPlace) {
    val texts = LocalTexts.current
    Column(
        Modifier.weight(1f).fillMaxWidth().verticalScroll(rememberScrollState(), reverseScrolling = true),
        Arrangement.spacedBy(6.dp, Alignment.Bottom),
    ) {
        place.insteadOf?.let { tail ->
            Text(
                texts.insteadOf(tail),
                Modifier.semantics { liveRegion = LiveRegionMode.Polite },
                color = MaterialTheme.colorScheme.onSurfaceVariant,
                style = MaterialTheme.typography.bodyMedium,
            )
        }
        FaultCard(place.charging.fault, place.settings.language)
        Typed(place)
    }
    AboutLine(place)
}

@Composable
private fun Typed(place: KeypadPlace) {
    val texts = LocalTexts.current
    val colors = MaterialTheme.colorScheme
    val amount = place.amount
    val isSum = '+' in place.typed
    val spoken = if (place.typed.isEmpty()) texts.enterAmount else texts.keyedIn(place.typed)
    Column(
        Modifier.fillMaxWidth().clearAndSetSemantics {
            contentDescription = if (isSum && amount != null) "$spoken = ${amount.text}" else spoken
            liveRegion = LiveRegionMode.Polite
        },
        horizontalAlignment = Alignment.End,
    ) {
        val low = LocalRoom.current.isLow
        if (isSum && !low) {
            FittingText(place.typed, style = MaterialTheme.typography.titleLarge, color = colors.onSurfaceVariant, align = TextAlign.End)
        }
        FittingText(
            when {
                !isSum -> "¥${place.typed.ifEmpty { "0" }}"
                low -> "${place.typed} = ¥${amount?.text.orEmpty()}"
                else -> "= ¥${amount?.text.orEmpty()}"
            },
            style = if (low) MaterialTheme.typography.displaySmall else MaterialTheme.typography.displayLarge,
            color = if (place.typed.isEmpty()) colors.outline else colors.onSurface,
            align = TextAlign.End,
        )
        if (place.tooMuch) {
            Text(texts.tooMuch, color = colors.error, style = MaterialTheme.typography.bodyMedium)
        }
    }
}

/** The line that opens what the sale is about. */
@Composable
private fun AboutLine(place: KeypadPlace) {
    val texts = LocalTexts.current
    val about = listOf(place.reference, place.note).filter { it.isNotBlank() }.joinToString(" · ")
    Row(verticalAlignment = Alignment.CenterVertically) {
        Row(
            Modifier
                .weight(1f)
                .heightIn(min = 48.dp)
                .clickable(role = Role.Button) { place.detailsOpen = true },
            Arrangement.spacedBy(8.dp),
            Alignment.CenterVertically,
        ) {
            Icon(Icons.Tag, null, Modifier.size(20.dp), MaterialTheme.colorScheme.primary)
            Text(
                about.ifEmpty { texts.addDetails },
                color = MaterialTheme.colorScheme.primary,
                style = MaterialTheme.typography.labelLarge,
                maxLines = 1,
                overflow = TextOverflow.Ellipsis,
            )
        }
        if (place.platform.scanner != null) {
            IconButton({ place.scanning = true }) { Icon(Icons.Scan, texts.scanReference, tint = MaterialTheme.colorScheme.primary) }
        }
    }
}

/** Amounts of one tap. They lie in a line that can be pushed aside. */
@Composable
private fun QuickAmounts(
    place: KeypadPlace,
    modifier: Modifier = Modifier,
) {
    val amounts = place.settings.quickAmounts
    if (amounts.isEmpty()) return
    val texts = LocalTexts.current
    Row(modifier.fillMaxWidth().horizontalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) {
        for (amount in amounts) {
            val adds = place.typed.isNotEmpty()
            Surface(
                onClick = { place.quick(amount) },
                Modifier.semantics { contentDescription = if (adds) "${texts.plusKey} ¥$amount" else texts.chargeAmount(amount) },
                enabled = !place.charging.underWay,
                shape = MaterialTheme.shapes.small,
                color = MaterialTheme.colorScheme.primaryContainer,
                contentColor = MaterialTheme.colorScheme.onPrimaryContainer,
            ) {
                Box(Modifier.heightIn(min = 48.dp).padding(horizontal = 16.dp), Alignment.Center) {
                    Text((if (adds) "+" else "¥") + amount, style = MaterialTheme.typography.labelLarge, fontSize = 17.sp, maxLines = 1)
                }
            }
        }
    }
}

/** The keys, in the order of a phone's own. */
@Composable
private fun Keys(
    place: KeypadPlace,
    modifier: Modifier = Modifier,
) {
    val texts = LocalTexts.current
    val press = { then: () -> Unit ->
        {
            place.platform.haptics.key()
            then()
        }
    }

    @Composable
    fun Digit(
        digit: Char,
        where: Modifier,
    ) = PadKey(digit.toString(), digit.toString(), press { place.digit(digit) }, where)

    Row(modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
        for (column in listOf("147", "258", "369")) {
            Column(Modifier.weight(1f), Arrangement.spacedBy(8.dp)) {
                for (digit in column) Digit(digit, Modifier.weight(1f))
                when (column.first()) {
                    '1' -> PadKey("00", "00", press(place::doubleZero), Modifier.weight(1f))
                    '2' -> Digit('0', Modifier.weight(1f))
                    else -> PadKey(".", texts.pointKey, press(place::point), Modifier.weight(1f))
                }
            }
        }
        Column(Modifier.weight(1f), Arrangement.spacedBy(8.dp)) {
            PadKey(null, texts.deleteKey, press(place::deleteLast), Modifier.weight(1f), Icons.Delete)
            PadKey("C", texts.clearKey, press(place::clear), Modifier.weight(1f), quiet = true)
            PadKey("+", texts.plusKey, press(place::plus), Modifier.weight(2f), quiet = true)
        }
    }
}

/** A key of a pad. */
@Composable
internal fun PadKey(
    label: String?,
    spoken: String,
    onPress: () -> Unit,
    modifier: Modifier,
    icon: ImageVector? = null,
    quiet: Boolean = icon != null,
) {
    val colors = MaterialTheme.colorScheme
    Surface(
        onPress,
        modifier.fillMaxSize().clearAndSetSemantics {
            contentDescription = spoken
            role = Role.Button
            onClick {
                onPress()
                true
            }
        },
        shape = MaterialTheme.shapes.medium,
        color = if (quiet) colors.secondaryContainer else colors.surfaceContainerLow,
        contentColor = if (quiet) colors.onSecondaryContainer else colors.onSurface,
        border = BorderStroke(1.dp, colors.outlineVariant.copy(alpha = .6f)),
    ) {
        Box(contentAlignment = Alignment.Center) {
            if (icon != null) Icon(icon, null, Modifier.size(26.dp))
            if (label != null) FittingText(label, style = MaterialTheme.typography.headlineMedium)
        }
    }
}

/** How it is to be paid: by the code that the till shows, by the customer's own, or in cash. One tap each. */
@Composable
private fun Ways(
    place: KeypadPlace,
    modifier: Modifier = Modifier,
) {
    val texts = LocalTexts.current
    val ready = place.amount != null && !place.charging.underWay
    val cash = { place.askingForCash = true }.takeIf { place.counter.offers("cash") }
    val scan = { place.charge(Way.SCANNED) }.takeIf { place.counter.offers("charge") }
    if (LocalRoom.current.isLow) {
        Row(modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
            cash?.let { SignButton(texts.takeCash, Icons.Cash, it, Modifier.size(56.dp), ready) }
            scan?.let { SignButton(texts.scanCustomer, Icons.Barcode, it, Modifier.size(56.dp), ready) }
            ChargeButton(place, Modifier.weight(1f))
        }
    } else {
        Column(modifier, Arrangement.spacedBy(8.dp)) {
            if (cash != null || scan != null) {
                Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
                    cash?.let { SideButton(texts.takeCash, it, Modifier.weight(.8f), Icons.Cash, ready) }
                    scan?.let { SideButton(texts.scanCustomer, it, Modifier.weight(1f), Icons.Barcode, ready) }
                }
            }
            ChargeButton(place)
        }
    }
}

@Composable
private fun ChargeButton(
    place: KeypadPlace,
    modifier: Modifier = Modifier,
) {
    val texts = LocalTexts.current
    val amount = place.amount
    val label = if (amount == null) texts.enterAmount else texts.chargeAmount(amount.text)
    MainButton(
        if (place.charging.underWay) texts.ringingUp else label,
        { place.charge() },
        modifier,
        enabled = amount != null,
        underWay = place.charging.underWay,
    )
}

/** A keyboard works as well as the keys on the screen. */
@Composable
private fun Modifier.keyboard(place: KeypadPlace): Modifier {
    val focus = remember { FocusRequester() }
    LaunchedEffect(Unit) { focus.requestFocus() }
    return onKeyEvent { place.pressed(it) }.focusRequester(focus).focusable()
}

private fun KeypadPlace.pressed(event: KeyEvent): Boolean {
    if (event.type != KeyEventType.KeyDown) return false
    when (event.key) {
        Key.Backspace -> deleteLast()
        Key.Delete -> clear()
        Key.Enter, Key.NumPadEnter -> charge()
        else -> return key(event.utf16CodePoint.toChar())
    }
    return true
}
