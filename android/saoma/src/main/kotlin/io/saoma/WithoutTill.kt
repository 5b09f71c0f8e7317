// What Kotlin adds to that which an app may ask without a till. In memory only.
package io.saoma

import io.saoma.core.Language
import io.saoma.core.QrModules
import io.saoma.core.ReceiptSaid
import io.saoma.core.verifyReceipt
import java.util.Locale

/** The system's language, as far as the till speaks it: Chinese where the system does, else English. */
public fun preferredLanguage(): Language = preferredLanguage(Locale.getDefault())

internal fun preferredLanguage(locale: Locale): Language =
    when (locale.language) {
        "zh" -> Language.CHINESE
        else -> Language.ENGLISH
    }

/** Whether the module in a column and a row, both from 0 at the top left, is dark. */
public fun QrModules.isDark(
    column: Int,
    row: Int,
): Boolean {
    val bit = row * size.toInt() + column
    return modules[bit / Byte.SIZE_BITS].toInt() and (0x80 shr bit % Byte.SIZE_BITS) != 0
}

/**
 * Verifies the text of a receipt file, offline. Give the merchant's root key (`Pairing.root`) if it is known. A test account's
 * receipt is refused unless [testAllowed].
 *
 * Throws `bad_input` for one that does not verify.
 */
public fun readReceipt(
    text: String,
    root: String? = null,
    testAllowed: Boolean = false,
): ReceiptSaid = plainly { verifyReceipt(text, root, testAllowed) }
