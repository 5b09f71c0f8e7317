// Pairing: by the camera, or by a link that is pasted.
package io.saoma.till

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType

@Composable
internal fun PairingScreen(
    place: PairingPlace,
    onBack: (() -> Unit)?,
) {
    if (place.scanning) {
        ScanScreen(place.platform.scanner, Wanted.PAIRING_LINK, place::scanned, onClose = { place.scanning = false })
        return
    }
    val texts = LocalTexts.current
    val fault = place.pairing.fault
    Screen(
        texts.pairTitle,
        onBack,
        headActions = { LanguageButton(place.counter) },
        actions = {
            if (place.platform.scanner != null) {
                SideButton(
                    texts.pairScan,
                    { place.scanning = true },
                    Modifier.fillMaxWidth(),
                    Icons.Scan,
                    enabled = !place.pairing.underWay,
                )
            }
            MainButton(
                if (place.pairing.underWay) texts.pairing else texts.pairButton,
                place::pair,
                icon = Icons.Link,
                enabled = place.link.isNotBlank() && place.name.isNotBlank(),
                underWay = place.pairing.underWay,
            )
        },
    ) {
        Text(texts.pairHow, style = MaterialTheme.typography.bodyLarge)
        FaultCard(fault, place.settings.language, onAgain = place::pair)
        Field(
            place.link,
            { place.link = it },
            texts.pairLink,
            hint = texts.pairLinkHint,
            wrong = fault?.field == "link",
            singleLine = false,
            keyboard = KeyboardOptions(autoCorrectEnabled = false, keyboardType = KeyboardType.Uri, imeAction = ImeAction.Next),
        )
        Field(
            place.name,
            { place.name = it },
            texts.pairName,
            hint = texts.pairNameHint,
            wrong = fault?.field == "device_name",
            keyboard = KeyboardOptions(imeAction = ImeAction.Done),
            onDone = place::pair,
        )
    }
}

/** Changes to the other language, before there are settings. */
@Composable
private fun LanguageButton(counter: Counter) {
    val other =
        if (counter.settings.language ==
            io.saoma.core.Language.CHINESE
        ) {
            io.saoma.core.Language.ENGLISH
        } else {
            io.saoma.core.Language.CHINESE
        }
    QuietButton(if (other == io.saoma.core.Language.CHINESE) "中文" else "English", { counter.speak(other) })
}
