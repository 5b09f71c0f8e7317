// Reading a code with the camera; where that cannot be, it says why and what to do.
package io.saoma.till

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp

@Composable
internal fun ScanScreen(
    scanner: Scanner?,
    wanted: Wanted,
    onRead: (String) -> Unit,
    onClose: () -> Unit,
) {
    val texts = LocalTexts.current
    var trouble by remember { mutableStateOf(if (scanner == null) NoCamera.ABSENT else null) }
    val title = if (wanted == Wanted.PAIRING_LINK) texts.pairScan else texts.reference
    Column(Modifier.fillMaxSize()) {
        Head(title, onClose)
        Box(Modifier.weight(1f).fillMaxWidth().padding(16.dp), Alignment.Center) {
            when (trouble) {
                null -> scanner?.View(wanted, onRead, { trouble = it }, Modifier.fillMaxSize())
                else -> trouble?.let { NoCameraCard(it) }
            }
        }
        Actions {
            if (trouble == null) {
                val how = if (wanted == Wanted.PAIRING_LINK) texts.scanPairing else texts.scanReference
                Text(how, Modifier.fillMaxWidth(), textAlign = TextAlign.Center)
            }
            MainButton(texts.typeInstead, onClose, icon = Icons.Edit)
        }
    }
}

/** Why there is no picture, and what to do. */
@Composable
internal fun NoCameraCard(trouble: NoCamera) {
    val texts = LocalTexts.current
    val text =
        when (trouble) {
            NoCamera.DENIED -> texts.cameraDenied
            NoCamera.ABSENT -> texts.cameraAbsent
            NoCamera.BUSY -> texts.cameraBusy
        }
    NoticeCard(text, Icons.Warning, LocalSignals.current.warning, urgent = true)
}
