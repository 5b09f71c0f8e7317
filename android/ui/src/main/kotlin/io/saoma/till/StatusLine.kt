// The core's one line on top of every screen, and the way to what it speaks of.
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
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import io.saoma.core.Bar
import io.saoma.core.Diagnosis
import io.saoma.core.Tone

@Composable
internal fun StatusLine(counter: Counter) {
    val diagnosis = counter.diagnosis ?: return
    val bar = diagnosis.bar ?: return
    if (counter.place is PairingPlace && diagnosis.device == null) return
    StatusBar(bar, offline = diagnosis.device != null && (!diagnosis.network || diagnosis.unreachable)) {
        counter.goCloser(diagnosis)
    }
}

/** The line itself. */
@Composable
internal fun StatusBar(
    bar: Bar,
    offline: Boolean,
    onClick: () -> Unit,
) {
    val signals = LocalSignals.current
    val paint =
        when (bar.tone) {
            Tone.CALM, Tone.BUSY -> signals.busy
            Tone.WARNING -> signals.warning
            Tone.ALARM -> signals.alarm
        }
    val icon =
        when {
            bar.tone == Tone.ALARM -> Icons.Stop
            offline -> Icons.Offline
            bar.tone == Tone.WARNING -> Icons.Warning
            bar.tone == Tone.BUSY -> Icons.Clock
            else -> Icons.Info
        }
    Surface(onClick, Modifier.fillMaxWidth().semantics { role = Role.Button }, color = paint.plate, contentColor = paint.ink) {
        Row(
            Modifier.heightIn(min = if (LocalRoom.current.isLow) 36.dp else 44.dp).padding(horizontal = 16.dp, vertical = 6.dp).semantics {
                liveRegion = if (bar.tone == Tone.ALARM) LiveRegionMode.Assertive else LiveRegionMode.Polite
            },
            Arrangement.spacedBy(10.dp),
            Alignment.CenterVertically,
        ) {
            Icon(icon, null, Modifier.size(18.dp))
            Text(bar.text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
            Icon(Icons.Next, null, Modifier.size(16.dp))
        }
    }
}

/** Goes where one looks closer at what the line says. */
private fun Counter.goCloser(diagnosis: Diagnosis) {
    val offline = !diagnosis.network || diagnosis.unreachable
    when {
        diagnosis.readOnly != null || diagnosis.storageFault != null || diagnosis.clockWarning -> {
            if (place !is DiagnosisPlace) open(DiagnosisPlace(this))
        }

        diagnosis.device == null -> {
        }

        offline && diagnosis.unprovenCount == 0u -> {
            if (place !is DiagnosisPlace) open(DiagnosisPlace(this))
        }

        !offline && diagnosis.draftsWaiting > 0u -> {
            if (place !is DraftsPlace) open(DraftsPlace(this))
        }

        else -> {
            show(collect)
        }
    }
}
