// What a person is asked before something is done that cannot be undone.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp

@Composable
internal fun SaleQuestion(
    question: Question,
    place: WatchedSale,
) {
    val texts = LocalTexts.current
    val close = { place.question = null }
    when (question) {
        Question.CANCEL -> {
            Ask(texts.cancelQuestion, texts.cancelExplained, texts.cancelSale, place::cancel, texts.keepSale, close, grave = true)
        }

        Question.CHANGE_AMOUNT -> {
            Ask(texts.changeQuestion, texts.changeExplained, texts.changeAmount, place::changeAmount, texts.keepSale, close)
        }

        Question.DROP -> {
            AskDropReason(place::drop, close)
        }

        Question.CASH -> {
            AskCash(
                place.seen
                    ?.sale
                    ?.money
                    .orEmpty(),
                texts.cashWithCodeExplained,
                place::takeCash,
                close,
            )
        }
    }
}

/** Yes or no. */
@Composable
internal fun Ask(
    title: String,
    explained: String,
    yes: String,
    onYes: () -> Unit,
    no: String,
    onNo: () -> Unit,
    grave: Boolean = false,
) {
    val colors = MaterialTheme.colorScheme
    AlertDialog(
        onDismissRequest = onNo,
        title = { Text(title, style = MaterialTheme.typography.titleLarge) },
        text = { Text(explained, Modifier.verticalScroll(rememberScrollState())) },
        confirmButton = { QuietButton(yes, onYes, ink = if (grave) colors.error else colors.primary) },
        dismissButton = { QuietButton(no, onNo) },
        containerColor = colors.surfaceContainerHigh,
    )
}

/** Whether the cash lies in the drawer. */
@Composable
internal fun AskCash(
    amount: String,
    explained: String,
    onYes: () -> Unit,
    onNo: () -> Unit,
) {
    val texts = LocalTexts.current
    Ask(texts.cashQuestion(amount), explained, texts.cashTaken, onYes, texts.notTaken, onNo)
}

/** Why a draft is given up. */
@Composable
internal fun AskDropReason(
    onDrop: (String) -> Unit,
    onNo: () -> Unit,
) {
    val texts = LocalTexts.current
    AskReason(texts.dropReason, texts.dropExplained, texts.dropReasons, texts.drop, onDrop, onNo)
}

/** Why something is not done: a usual reason, or one's own. */
@Composable
internal fun AskReason(
    title: String,
    explained: String,
    reasons: List<String>,
    yes: String,
    onYes: (String) -> Unit,
    onNo: () -> Unit,
) {
    val texts = LocalTexts.current
    var reason by remember { mutableStateOf("") }
    AlertDialog(
        onDismissRequest = onNo,
        title = { Text(title, style = MaterialTheme.typography.titleLarge) },
        text = {
            Column(Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(12.dp)) {
                Text(explained)
                Choices(reasons, reason, { it }, { reason = it })
                Field(reason, { reason = it }, title)
            }
        },
        confirmButton = {
            if (reason.isNotBlank()) QuietButton(yes, { onYes(reason.trim()) }, ink = MaterialTheme.colorScheme.error)
        },
        dismissButton = { QuietButton(texts.cancel, onNo) },
        containerColor = MaterialTheme.colorScheme.surfaceContainerHigh,
    )
}
