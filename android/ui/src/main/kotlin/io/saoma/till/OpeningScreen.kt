// Before the till is open, and when it cannot be opened.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.saoma.core.Fault
import io.saoma.core.Language
import io.saoma.text

@Composable
internal fun OpeningScreen() {
    val texts = LocalTexts.current
    Column(Modifier.fillMaxSize(), Arrangement.spacedBy(16.dp, Alignment.CenterVertically), Alignment.CenterHorizontally) {
        Turning(texts.opening)
        Text(texts.opening, style = MaterialTheme.typography.titleMedium)
    }
}

/** Why there is no till, what to do, and a way to try again; where its key is lost, a way on without it. */
@Composable
internal fun TroubleScreen(
    fault: Fault,
    language: Language,
    onAgain: () -> Unit,
    onGiveKeyUp: (() -> Unit)? = null,
) {
    val texts = LocalTexts.current
    var asking by remember { mutableStateOf(false) }
    Column(Modifier.fillMaxSize(), horizontalAlignment = Alignment.CenterHorizontally) {
        Column(
            Modifier
                .weight(1f)
                .widthIn(max = READABLE)
                .fillMaxWidth()
                .verticalScroll(rememberScrollState())
                .padding(24.dp)
                .semantics { liveRegion = LiveRegionMode.Assertive },
            Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
            Alignment.CenterHorizontally,
        ) {
            Icon(Icons.Stop, null, Modifier.size(72.dp), MaterialTheme.colorScheme.error)
            Text(
                texts.cannotOpen,
                Modifier.semantics { heading() },
                style = MaterialTheme.typography.headlineSmall,
                textAlign = TextAlign.Center,
            )
            Text(fault.text(language), style = MaterialTheme.typography.bodyLarge, textAlign = TextAlign.Center)
            Text(
                texts.troubleCode("${fault.code} (${fault.detail})"),
                color = MaterialTheme.colorScheme.onSurfaceVariant,
                style = MaterialTheme.typography.bodySmall,
                textAlign = TextAlign.Center,
            )
        }
        Actions {
            if (onGiveKeyUp != null) SideButton(texts.giveKeyUp, { asking = true }, Modifier.fillMaxWidth(), Icons.Link)
            MainButton(texts.tryAgain, onAgain, icon = Icons.Refresh)
        }
    }
    if (asking && onGiveKeyUp != null) {
        Ask(texts.giveKeyUpQuestion, texts.giveKeyUpExplained, texts.giveKeyUp, onGiveKeyUp, texts.cancel, { asking = false }, grave = true)
    }
}
