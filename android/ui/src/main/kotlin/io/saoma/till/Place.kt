// Where a person is in the app.
package io.saoma.till

import io.saoma.core.Sale
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job

/** One screen's state: it lives from when it is opened until it is left, whatever the screen above it or its orientation. */
internal sealed class Place(
    val counter: Counter,
) {
    /** Ends when the place is left. */
    val scope: CoroutineScope = CoroutineScope(counter.scope.coroutineContext + Job(counter.scope.coroutineContext.job))

    val till get() = counter.till
    val settings get() = counter.settings
    val platform get() = counter.platform

    /** Whether it shows money or a secret, so that no screenshot is made of it. */
    open val guarded: Boolean get() = true

    /** The way back within the place; null where there is none. */
    open val backStep: (() -> Unit)? get() = null

    /** The language changed: what is not watched is read again. */
    open fun languageChanged() {}

    /** Nobody looks at it any more: a secret that was being entered is forgotten. */
    open fun forget() {}

    fun leave() {
        forget()
        scope.cancel()
    }

    /** An errand that may need a person: if so, one signs in first, and it goes on then. */
    protected fun errand() = Errand(scope) { refused, again -> counter.signIn(refused, then = again) }
}

/** A sale, and when it was seen so, by the clock that goes on in sleep. */
internal data class Seen(
    val sale: Sale,
    val atMs: Long,
) {
    /** How many milliseconds ago the backend last spoke of it; null if never. */
    fun heardAgoMs(nowMs: Long): Long? = sale.heardAgoMs?.let { it.toLong() + (nowMs - atMs) }

    /** How many milliseconds the code may still be shown; null if there is none to be shown. */
    fun codeLeftMs(nowMs: Long): Long? = sale.code?.let { it.hideInMs.toLong() - (nowMs - atMs) }?.takeIf { it > 0 }

    /** In how many milliseconds a payment code may be scanned again; null if nothing has to be waited for. */
    fun scanAgainInMs(nowMs: Long): Long? = sale.scanAgainInMs?.let { it.toLong() - (nowMs - atMs) }?.takeIf { it > 0 }
}
