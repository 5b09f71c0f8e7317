// What a sale is about, before it is rung up: a waybill or a table, a note, what the customer reads.
package io.saoma.till

import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.text.input.ImeAction

@Composable
internal fun SaleDetailsScreen(place: KeypadPlace) {
    val texts = LocalTexts.current
    val fault = place.charging.fault
    val close = { place.detailsOpen = false }
    Screen(
        texts.details,
        onBack = close,
        actions = { MainButton(texts.done, close, icon = Icons.Check) },
    ) {
        FaultCard(fault, place.settings.language)
        Field(
            place.reference,
            { place.reference = it },
            texts.reference,
            hint = texts.referenceHint,
            wrong = fault?.field == "reference" || fault?.field == "business_key",
            keyboard = KeyboardOptions(imeAction = ImeAction.Next),
            trailing = {
                if (place.platform.scanner != null) {
                    IconButton({ place.scanning = true }) { Icon(Icons.Scan, texts.scanReference) }
                }
            },
        )
        SwitchLine(texts.onlyOnce, texts.onlyOnceWhy, place.onlyOnce, { place.onlyOnce = it })
        Field(
            place.note,
            { place.note = it },
            texts.note,
            hint = texts.noteHint,
            wrong = fault?.field == "note",
            keyboard = KeyboardOptions(imeAction = ImeAction.Next),
        )
        Field(
            place.description,
            { place.description = it },
            texts.descriptionLabel,
            hint = place.settings.description.ifBlank { texts.defaultDescription },
            wrong = fault?.field == "description",
            keyboard = KeyboardOptions(imeAction = ImeAction.Done),
            onDone = close,
        )
    }
}
