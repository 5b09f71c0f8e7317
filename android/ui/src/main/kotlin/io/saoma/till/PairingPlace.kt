// Pairing this till with a merchant's backend.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue

/** The link and this device's name. */
internal class PairingPlace(
    counter: Counter,
) : Place(counter) {
    var link by mutableStateOf("")
    var name by mutableStateOf(counter.pairing?.deviceName ?: counter.platform.deviceName)

    /** Whether the camera looks for the code. */
    var scanning by mutableStateOf(false)

    val pairing = Errand(scope)

    override val backStep get() = if (scanning) ({ scanning = false }) else null

    fun scanned(text: String) {
        link = text
        scanning = false
        pair()
    }

    fun pair() {
        if (link.isBlank() || name.isBlank()) return
        pairing.run { counter.paired(till.pair(link.trim(), name.trim())) }
    }
}
