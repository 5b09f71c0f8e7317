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

/** At most one call at a time, and why the last was refused. A second tap while the first is under way does nothing. */
internal class Errand(
    private val scope: CoroutineScope,
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
        }
    }

    fun forget() {
        fault = null
    }
}
