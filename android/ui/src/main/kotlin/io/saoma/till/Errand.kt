// Something that a person asked for.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.Fault
import io.saoma.core.SaomaException
import io.saoma.fault
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch

/**
 * At most one call at a time, and why the last was refused. A second tap while the first is under way does nothing. [signInFirst] is told
 * of a call that needs a person, with the way to go on once one is signed in.
 */
internal class Errand(
    private val scope: CoroutineScope,
    private val signInFirst: ((Fault, again: () -> Unit) -> Unit)? = null,
) {
    /** Whether it is under way. */
    var underWay by mutableStateOf(false)
        private set

    /** Why it was not done, until a person has read that or asks again. */
    var fault by mutableStateOf<Fault?>(null)

    fun run(call: suspend () -> Unit) {
        if (underWay) return
        underWay = true
        fault = null
        scope.launch {
            try {
                call()
            } catch (refused: SaomaException) {
                fault = refused.fault
            } finally {
                underWay = false
            }
            fault?.takeIf { it.code in NEEDS_PERSON }?.let { signInFirst?.invoke(it) { run(call) } }
        }
    }

    fun forget() {
        fault = null
    }

    private companion object {
        /** The merchant wants a person for it, or the one who was there has to sign in anew. */
        val NEEDS_PERSON = setOf("sign_in_required", "session_ended")
    }
}
