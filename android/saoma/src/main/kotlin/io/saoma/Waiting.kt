// How a call into the core is waited for.
package io.saoma

import io.saoma.core.InternalException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async

/**
 * Where calls are answered: never on a thread of the native library. An app's code that went on there, as it would without a dispatcher
 * of its own, could hold up payments; and a callback within a callback ends an Android process.
 */
internal val answers = CoroutineScope(SupervisorJob() + Dispatchers.Default)

/**
 * Waits for a call of the core. A cancelled coroutine stops waiting at once; the call itself has begun all the same and goes on to its
 * end, so that nothing is left half-done.
 */
internal suspend fun <T> asked(call: suspend () -> T): T = asking(call).await()

/** A call of the core, begun. */
internal fun <T> asking(call: suspend () -> T): Deferred<T> = answers.async(start = CoroutineStart.UNDISPATCHED) { plainly { call() } }

/** A call of the core, with everything that it throws as one of the core's own errors. */
internal inline fun <T> plainly(call: () -> T): T =
    try {
        call()
    } catch (panic: InternalException) {
        // A panic on the way in or out of the library.
        throw bug(panic)
    }
