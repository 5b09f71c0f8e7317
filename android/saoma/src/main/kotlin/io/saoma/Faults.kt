// Why something was not done, in Kotlin's manner over the core's errors.
package io.saoma

import io.saoma.core.Fault
import io.saoma.core.InternalException
import io.saoma.core.Language
import io.saoma.core.SaomaException
import io.saoma.core.faultText

/** All that is known: a stable `code`, the wrong `field`, whether it is `retryable`, and texts for people in two languages. */
public val SaomaException.fault: Fault
    get() =
        when (this) {
            is SaomaException.Input -> fault
            is SaomaException.NotNow -> fault
            is SaomaException.Refused -> fault
            is SaomaException.Unreachable -> fault
            is SaomaException.Storage -> fault
            is SaomaException.KeyStore -> fault
            is SaomaException.Closed -> fault
            is SaomaException.Internal -> fault
        }

/** What the person holding the phone reads: what happened, and what to do. */
public fun SaomaException.text(language: Language): String = fault.text(language)

/** What the person holding the phone reads: what happened, and what to do. */
public fun Fault.text(language: Language): String =
    when (language) {
        Language.CHINESE -> chinese
        Language.ENGLISH -> english
    }

/** A fault that the core did not find itself: no input is wrong, and no waiting mends it. */
internal fun ownFault(
    code: String,
    detail: String,
    chinese: String,
    english: String,
): Fault =
    Fault(
        code = code,
        field = null,
        retryable = false,
        triesLeft = null,
        retryAfterS = null,
        detail = detail,
        chinese = chinese,
        english = english,
    )

/** A bug that the core could not word itself. */
internal fun bug(cause: Exception): SaomaException {
    val (code, detail) = "internal" to (cause.message ?: cause.toString())
    val text = { language: Language -> faultText(code, language) ?: detail }
    val fault = ownFault(code, detail, text(Language.CHINESE), text(Language.ENGLISH))
    return SaomaException.Internal(fault).apply { initCause(cause) }
}
