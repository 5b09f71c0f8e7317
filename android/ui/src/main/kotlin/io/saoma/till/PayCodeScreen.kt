// The customer's payment code: seen by the camera, scanned with a scanner that types, or typed by hand. It is kept nowhere.
package io.saoma.till

import androidx.compose.foundation.focusable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.onKeyEvent
import androidx.compose.ui.input.key.type
import androidx.compose.ui.input.key.utf16CodePoint
import androidx.compose.ui.semantics.password
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.input.OffsetMapping
import androidx.compose.ui.text.input.TransformedText
import androidx.compose.ui.text.input.VisualTransformation
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp

/** A payment code's digits, and the most that are taken in before it is said that these are too many. */
private const val DIGITS = 18
private const val DIGITS_MAX = 32

/** Digits that may be seen while it is typed. */
private const val SEEN = 4

/** Looks for the payment code of whoever pays [amount]; [onRead] charges it. */
@Composable
internal fun PayCodeScreen(
    scanner: Scanner?,
    amount: String,
    onRead: (String) -> Unit,
    onClose: () -> Unit,
) {
    val texts = LocalTexts.current
    var trouble by remember { mutableStateOf(if (scanner == null) NoCamera.ABSENT else null) }
    var typing by remember { mutableStateOf(false) }
    // It goes with the screen, and is never saved.
    var typed by remember { mutableStateOf("") }
    val take = { entered: String ->
        val digits = entered.filter { it in '0'..'9' }.take(DIGITS_MAX)
        typed = if (digits.length == DIGITS) "" else digits
        if (digits.length == DIGITS) onRead(digits)
    }
    val sees = trouble == null && !typing
    Column(Modifier.fillMaxSize()) {
        Head("${texts.scanCustomer} · $amount", onClose)
        if (sees) {
            Box(
                Modifier
                    .weight(1f)
                    .fillMaxWidth()
                    .scannedInto(typed, take)
                    .padding(horizontal = 16.dp, vertical = 8.dp),
                Alignment.Center,
            ) {
                scanner?.View(Wanted.PAYMENT_CODE, onRead, { trouble = it }, Modifier.fillMaxSize())
            }
        } else {
            Column(
                Modifier
                    .weight(1f)
                    .widthIn(max = READABLE)
                    .fillMaxWidth()
                    .align(Alignment.CenterHorizontally)
                    .verticalScroll(rememberScrollState())
                    .padding(horizontal = 16.dp, vertical = 8.dp),
                Arrangement.spacedBy(12.dp),
            ) {
                trouble?.takeIf { scanner != null }?.let { NoCameraCard(it) }
                CodeField(typed, take)
            }
        }
        Actions {
            if (sees) {
                Text(texts.scanPaymentCode, Modifier.fillMaxWidth(), textAlign = TextAlign.Center)
                SideButton(texts.typeInstead, { typing = true }, Modifier.fillMaxWidth(), Icons.Edit)
            } else if (trouble == null) {
                SideButton(texts.useCamera, { typing = false }, Modifier.fillMaxWidth(), Icons.Scan)
            }
        }
    }
}

/** The digits, of which only the last can be seen; whoever looks over the shoulder reads no code. */
@Composable
private fun CodeField(
    typed: String,
    onTyped: (String) -> Unit,
) {
    val texts = LocalTexts.current
    val focus = remember { FocusRequester() }
    LaunchedEffect(Unit) { focus.requestFocus() }
    val tooMany = typed.length > DIGITS
    Field(
        typed,
        onTyped,
        texts.paymentCode,
        Modifier.focusRequester(focus).semantics { password() },
        wrong = tooMany,
        keyboard = KeyboardOptions(autoCorrectEnabled = false, keyboardType = KeyboardType.NumberPassword, imeAction = ImeAction.Done),
        shownAs = AllButTheLast,
    )
    Text(
        if (tooMany) texts.tooManyDigits else texts.digitsOf(typed.length),
        color = if (tooMany) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurface,
        style = MaterialTheme.typography.titleMedium,
    )
    Text(texts.paymentCodeWhy, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodyMedium)
}

private object AllButTheLast : VisualTransformation {
    override fun filter(text: AnnotatedString): TransformedText {
        val hidden = (text.length - SEEN).coerceAtLeast(0)
        return TransformedText(AnnotatedString("•".repeat(hidden) + text.text.drop(hidden)), OffsetMapping.Identity)
    }
}

/** A scanner that types like a keyboard works beside the camera. */
@Composable
private fun Modifier.scannedInto(
    typed: String,
    onTyped: (String) -> Unit,
): Modifier {
    val focus = remember { FocusRequester() }
    LaunchedEffect(Unit) { focus.requestFocus() }
    return onKeyEvent { event ->
        val character = event.utf16CodePoint.toChar()
        val isDigit = event.type == KeyEventType.KeyDown && character in '0'..'9'
        if (isDigit) onTyped(typed + character)
        isDigit
    }.focusRequester(focus).focusable()
}
