// One request and its answer over a connection of the platform's.
package io.saoma

import io.saoma.core.HttpHead
import io.saoma.core.HttpHeader
import io.saoma.core.HttpRequest
import io.saoma.core.TransportFailure
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import java.io.ByteArrayOutputStream
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URL
import java.util.concurrent.atomic.AtomicReference
import javax.net.ssl.HttpsURLConnection
import kotlin.coroutines.resumeWithException

internal class Exchange(
    private val request: HttpRequest,
    tls: Tls,
    readSilenceMs: Int,
) {
    private val connection = connectionTo(request, tls)
    private val stage = AtomicReference(Stage.CONNECTING)

    /** What decides whether a failure may have reached the backend. */
    private enum class Stage { CONNECTING, SENT, GIVEN_UP }

    init {
        connection.connectTimeout = CONNECT_TIMEOUT_MS
        connection.readTimeout = readSilenceMs
    }

    /** Has [work] done on a thread that may wait. Past the deadline, and when nobody waits any more, the connection is given up. */
    suspend fun <T : Any> answered(work: () -> T): T =
        withTimeoutOrNull(request.deadlineMs.toLong()) {
            suspendCancellableCoroutine { waiting ->
                waiting.invokeOnCancellation { giveUp() }
                EXECUTOR.execute {
                    try {
                        waiting.resumeWith(Result.success(told(work)))
                    } catch (failure: TransportFailure) {
                        hangUp()
                        waiting.resumeWithException(failure)
                    }
                }
            }
        } ?: throw failed("no answer within ${request.deadlineMs} ms")

    /** Sends the request and waits for the head of its answer. */
    fun head(): HttpHead {
        connection.connect()
        if (!stage.compareAndSet(Stage.CONNECTING, Stage.SENT)) throw failed("given up")
        if (connection.doOutput) connection.outputStream.use { it.write(request.body) }
        val status = connection.responseCode
        if (status < 0) throw failed("the answer is not HTTP")
        val headers =
            connection.headerFields.flatMap { (name: String?, values) ->
                // The status line is listed as a header without a name.
                if (name == null) emptyList() else values.map { HttpHeader(name, it) }
            }
        return HttpHead(status.toUInt(), headers)
    }

    /** The whole body. */
    fun body(): ByteArray {
        val whole = ByteArrayOutputStream()
        eachChunk {
            whole.write(it)
            if (whole.size() > ANSWER_BYTES_MAX) throw failed("the answer is too long")
            true
        }
        return whole.toByteArray()
    }

    /** Gives the body as it comes, until it ends or [take] wants no more. */
    suspend fun chunks(take: suspend (ByteArray) -> Boolean): Unit = told { eachChunk { take(it) } }

    /** Closes the connection, on another thread: that may wait for whoever reads from it. */
    fun hangUp(): Unit = EXECUTOR.execute { connection.disconnect() }

    private fun giveUp() {
        stage.compareAndSet(Stage.CONNECTING, Stage.GIVEN_UP)
        hangUp()
    }

    private inline fun eachChunk(take: (ByteArray) -> Boolean) {
        val input: InputStream = connection.errorStream ?: connection.inputStream
        val buffer = ByteArray(CHUNK_BYTES)
        input.use {
            while (true) {
                val count = it.read(buffer)
                if (count < 0 || !take(buffer.copyOf(count))) return
            }
        }
    }

    private inline fun <T> told(work: () -> T): T =
        try {
            work()
        } catch (failure: TransportFailure) {
            throw failure
        } catch (error: Exception) {
            // Not only what Java declares: a missing permission, for one, is told otherwise.
            throw failed(error.toString())
        }

    private fun failed(detail: String): TransportFailure =
        when (stage.get()) {
            Stage.SENT -> TransportFailure.Lost(detail)
            else -> TransportFailure.NotSent(detail)
        }

    private companion object {
        const val CONNECT_TIMEOUT_MS = 5_000
        const val ANSWER_BYTES_MAX = 1024 * 1024
        const val CHUNK_BYTES = 8 * 1024
        val EXECUTOR = Dispatchers.IO.asExecutor()
    }
}

private fun connectionTo(
    request: HttpRequest,
    tls: Tls,
): HttpURLConnection {
    val url = URL(request.url)
    if (url.protocol != "https" && !(url.protocol == "http" && isThisMachine(url.host))) {
        throw TransportFailure.NotSent("http:// is allowed to this very machine only; use https://")
    }
    val connection = url.openConnection() as HttpURLConnection
    if (connection is HttpsURLConnection) tls.secure(connection, request.tlsKeySha256)
    connection.requestMethod = request.method
    connection.instanceFollowRedirects = false
    connection.useCaches = false
    connection.doOutput = request.method != "GET"
    // What the platform would otherwise say for itself: that it likes pictures, and that it unpacks.
    connection.setRequestProperty("accept", "*/*")
    connection.setRequestProperty("accept-encoding", "identity")
    connection.setRequestProperty("user-agent", "saoma/${SaomaLibrary.version}")
    request.headers.forEach { connection.setRequestProperty(it.name, it.value) }
    return connection
}

private fun isThisMachine(host: String): Boolean = host == "localhost" || host == "[::1]" || LOOPBACK.matches(host)

private val LOOPBACK = Regex("""127(\.\d{1,3}){3}""")
