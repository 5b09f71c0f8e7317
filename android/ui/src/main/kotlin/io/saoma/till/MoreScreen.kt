// The way to everything that is not a sale.
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
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp

@Composable
internal fun MoreScreen(place: MorePlace) {
    val counter = place.counter
    val texts = LocalTexts.current
    val waiting = counter.diagnosis?.draftsWaiting?.toInt() ?: 0
    Screen(counter.pairing?.storeName ?: texts.more, onBack = null) {
        counter.pairing?.let {
            Text("${it.merchantName} · ${it.deviceName}", color = MaterialTheme.colorScheme.onSurfaceVariant)
        }
        val person = counter.diagnosis?.person
        Way(person?.let { texts.signedIn(it.name, it.role) } ?: texts.signIn, Icons.Person) { counter.signIn() }
        Way(texts.day, Icons.Day) { counter.open(DayPlace(counter)) }
        Way(texts.shifts, Icons.Shift) { counter.open(ShiftsPlace(counter)) }
        Way(texts.drafts, Icons.Draft, count = waiting) { counter.open(DraftsPlace(counter)) }
        Way(texts.settings, Icons.Settings) { counter.open(SettingsPlace(counter)) }
        Way(texts.diagnosis, Icons.Pulse) { counter.open(DiagnosisPlace(counter)) }
        Way(texts.pairAgain, Icons.Link) { counter.open(PairingPlace(counter)) }
    }
}

@Composable
private fun Way(
    name: String,
    icon: ImageVector,
    count: Int = 0,
    onGo: () -> Unit,
) {
    Surface(
        onGo,
        Modifier.fillMaxWidth().semantics { role = Role.Button },
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceContainerLow,
    ) {
        Row(
            Modifier.heightIn(min = 60.dp).padding(horizontal = 16.dp),
            Arrangement.spacedBy(16.dp),
            Alignment.CenterVertically,
        ) {
            Icon(icon, null, Modifier.size(24.dp), MaterialTheme.colorScheme.primary)
            Text(name, Modifier.weight(1f), style = MaterialTheme.typography.bodyLarge)
            if (count > 0) {
                val paint = LocalSignals.current.warning
                Surface(color = paint.plate, contentColor = paint.ink, shape = MaterialTheme.shapes.small) {
                    Text(
                        count.toString(),
                        Modifier.padding(horizontal = 10.dp, vertical = 3.dp),
                        style = MaterialTheme.typography.labelLarge,
                    )
                }
            }
            Icon(Icons.Next, null, Modifier.size(18.dp), MaterialTheme.colorScheme.onSurfaceVariant)
        }
    }
}
