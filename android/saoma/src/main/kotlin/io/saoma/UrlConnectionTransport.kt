// HTTP by the platform, for apps that want its proxy settings and its trusted authorities, or a library without HTTP inside.
package io.saoma

import io.saoma.core.BodySink
import io.saoma.core.HttpHead
import io.saoma.core.HttpRequest
import io.saoma.core.HttpResponse
import io.saoma.core.HttpTransport
import io.saoma.core.TransportFailure
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.launch
import java.util.concurrent.ConcurrentHashMap

/**
 * Carries requests by `java.net.HttpURLConnection`, which Android and every JVM have: with the system's proxy, and with the
 * authorities that the system, or the app's network security configuration, trusts; or with the one key that pairing pinned.
 *
 * It follows no redirect and keeps nothing. A `CookieHandler` or an `Authenticator` which an app made the default of its whole process is
 * heard by it too.
 */
public class UrlConnectionTransport : HttpTransport {
    private val tls = Tls()
    private val threads = CoroutineScope(SupervisorJob() + Dispatchers.IO)
    private val streams = ConcurrentHashMap.newKeySet<Exchange>()

    /** Sends a request and reads the whole answer. */
    override suspend fun execute(request: HttpRequest): HttpResponse {
        val exchange = Exchange(request, tls, READ_SILENCE_MS)
        return exchange.answered {
            val head = exchange.head()
            HttpResponse(head.status, head.headers, exchange.body())
        }
    }

    /** Sends a request, returns its answer's head, and gives the body as it comes. */
    override suspend fun stream(
        request: HttpRequest,
        body: BodySink,
    ): HttpHead {
        val exchange = Exchange(request, tls, STREAM_SILENCE_MS)
        val head = exchange.answered { exchange.head() }
        streams += exchange
        threads.launch { body.use { give(exchange, it) } }
        return head
    }

    /** Lets all connections of the old network go. */
    override fun networkChanged() {
        tls.forget()
        streams.forEach { it.hangUp() }
    }

    private suspend fun give(
        exchange: Exchange,
        body: BodySink,
    ) {
        val cutOff =
            try {
                exchange.chunks { body.chunk(it) }
                null
            } catch (failure: TransportFailure) {
                failure.message
            }
        streams -= exchange
        exchange.hangUp()
        body.end(cutOff)
    }

    private companion object {
        /** A server that says nothing for so long within an answer is gone. */
        const val READ_SILENCE_MS = 15_000

        /** The engine itself lets a stream go that was silent for 45 seconds. */
        const val STREAM_SILENCE_MS = 60_000
    }
}
