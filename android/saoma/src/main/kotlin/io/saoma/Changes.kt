// What an app watches: always the newest state, however slow the app is.
package io.saoma

import io.saoma.core.Event
import io.saoma.core.EventListener
import io.saoma.core.TillInterface
import io.saoma.core.Topic
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.launch

/**
 * What [topic] tells, while it is collected. [element] takes out of an event what is told; [about] is what an element is about: of
 * each, the newest is kept until the collector takes it.
 */
internal fun <T : Any> changesOf(
    core: TillInterface,
    topic: Topic,
    element: (Event) -> T?,
    about: (T) -> Any,
): Flow<T> =
    flow {
        val mailbox = Mailbox(element, about)
        val subscription = plainly { core.subscribe(topic, mailbox) }
        try {
            while (true) emit(mailbox.next() ?: break)
        } finally {
            subscription.cancel()
            subscription.close()
        }
    }

/** Hears events on the library's threads, which it never holds up, and keeps the newest of each thing until they are taken. */
private class Mailbox<T : Any>(
    private val element: (Event) -> T?,
    private val about: (T) -> Any,
) : EventListener {
    /** Says that there is something to take; closed when nothing more will come. */
    private val signals = Channel<Unit>(Channel.CONFLATED)
    private val waiting = LinkedHashMap<Any, T>()

    override fun onEvent(event: Event) {
        if (event is Event.Ended) {
            answers.launch { signals.close(event.error) }
            return
        }
        val newest = element(event) ?: return
        synchronized(waiting) { waiting[about(newest)] = newest }
        answers.launch { signals.trySend(Unit) }
    }

    /** Waits for the thing that changed longest ago. None: nothing more will come. */
    suspend fun next(): T? {
        while (true) {
            take()?.let { return it }
            val signal = signals.receiveCatching()
            if (signal.isClosed) {
                return take() ?: signal.exceptionOrNull()?.let { throw it }
            }
        }
    }

    private fun take(): T? =
        synchronized(waiting) {
            val oldest = waiting.iterator()
            if (oldest.hasNext()) oldest.next().value.also { oldest.remove() } else null
        }
}
