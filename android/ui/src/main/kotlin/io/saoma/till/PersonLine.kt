// Who is at the till, on every screen that sells: a calm name, or what must be done first.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp

@Composable
internal fun PersonLine(counter: Counter) {
    val diagnosis = counter.diagnosis ?: return
    if (diagnosis.device == null || counter.place is SignInPlace || counter.place is PairingPlace) return
    val texts = LocalTexts.current
    val person = diagnosis.person
    val warning = LocalSignals.current.warning
    when {
        person != null && person.id == counter.managerIsIn -> {
            Line(texts.managerIsIn(person.name), warning, onClick = counter::managerLeaves) {
                Text(texts.signOut, style = MaterialTheme.typography.labelLarge)
            }
        }

        person == null && diagnosis.signInRequired -> {
            Line(texts.signInFirst, warning, onClick = { counter.signIn() }) { Icon(Icons.Next, null, Modifier.size(16.dp)) }
        }

        // On a sale's own screen every line counts.
        person != null && counter.tabsShown != null -> {
            val calm = Paint(Color.Transparent, MaterialTheme.colorScheme.onSurfaceVariant)
            Line(texts.signedIn(person.name, person.role), calm, onClick = { counter.signIn() }) {
                Icon(Icons.Next, null, Modifier.size(16.dp))
            }
        }
    }
}

@Composable
private fun Line(
    text: String,
    paint: Paint,
    onClick: () -> Unit,
    end: @Composable () -> Unit,
) {
    Surface(onClick, Modifier.fillMaxWidth().semantics { role = Role.Button }, color = paint.plate, contentColor = paint.ink) {
        Row(
            Modifier.heightIn(min = if (LocalRoom.current.isLow) 32.dp else 40.dp).padding(horizontal = 16.dp, vertical = 4.dp).semantics {
                liveRegion = LiveRegionMode.Polite
            },
            Arrangement.spacedBy(10.dp),
            Alignment.CenterVertically,
        ) {
            Icon(Icons.Person, null, Modifier.size(18.dp))
            Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium, maxLines = 2, overflow = TextOverflow.Ellipsis)
            end()
        }
    }
}
