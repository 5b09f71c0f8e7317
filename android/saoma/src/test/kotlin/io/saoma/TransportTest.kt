// HTTP by the platform: over the real road, and against servers that misbehave.
package io.saoma

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import com.sun.net.httpserver.HttpsConfigurator
import com.sun.net.httpserver.HttpsServer
import io.saoma.core.HttpHeader
import io.saoma.core.HttpRequest
import io.saoma.core.TransportFailure
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.security.KeyStore
import java.security.MessageDigest
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class TransportTest {
    @TempDir
    lateinit var folder: File

    private val transport = UrlConnectionTransport()
    private val threads = Executors.newCachedThreadPool()
    private val servers = mutableListOf<HttpServer>()
    private val over = CountDownLatch(1)

    @AfterEach
    fun stop() {
        over.countDown()
        servers.forEach { it.stop(0) }
        threads.shutdownNow()
    }

    @Test
    fun `the whole road goes over the platform's HTTP, with a stream that is let go at a change of network and comes back`() =
        inShop { shop ->
            shop.till(folder, transport = transport).use { till ->
                till.foreground(true)
                till.diagnosisUntil { it.streamAlive }
                till.sellAt(shop)
                till.network(false)
                till.network(true)
                till.diagnosisUntil { it.streamAlive }
                till.sellAt(shop)
                shop.goesAway()
                till.diagnosisUntil { !it.streamAlive }
                shop.comesBack()
                till.sellAt(shop)
            }
        }

    @Test
    fun `a request arrives as it is, and any status is an answer`() =
        waiting {
            lateinit var seen: List<String>
            val address =
                server { exchange ->
                    val headers = exchange.requestHeaders
                    val body = exchange.requestBody.readBytes().decodeToString()
                    seen = listOf(exchange.requestMethod, exchange.requestURI.toString(), headers.getFirst("signature"), body)
                    exchange.responseHeaders.add("x-answer", "yes")
                    exchange.answer(401, "who are you?")
                }
            val answer = transport.execute(request(address, method = "PUT", path = "/v1/orders/1?a=b", body = "{}"))
            assertEquals(listOf("PUT", "/v1/orders/1?a=b", "sig1=:xyz:", "{}"), seen)
            assertEquals(401u, answer.status)
            assertEquals("who are you?", answer.body.decodeToString())
            assertTrue(answer.headers.any { it.name.equals("x-answer", ignoreCase = true) && it.value == "yes" })
        }

    @Test
    fun `a redirect is an answer and is not followed`() =
        waiting {
            val address =
                server { exchange ->
                    exchange.responseHeaders.add("location", "/elsewhere")
                    exchange.answer(302, "")
                }
            assertEquals(302u, transport.execute(request(address)).status)
        }

    @Test
    fun `plain HTTP goes to this machine only`() =
        waiting {
            for (address in listOf("http://192.0.2.1", "http://localhost.example", "http://127.0.0.1.example", "ftp://127.0.0.1")) {
                val failure = assertFailsWith<TransportFailure.NotSent>(address) { transport.execute(request(address)) }
                assertTrue("https://" in failure.detail, failure.detail)
            }
        }

    @Test
    fun `no connection means that nothing was sent`() =
        waiting {
            val port = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }
            assertFailsWith<TransportFailure.NotSent> { transport.execute(request("http://127.0.0.1:$port")) }
        }

    @Test
    fun `a connection that breaks after the request leaves the outcome open`() =
        waiting {
            val address = server { it.close() }
            assertFailsWith<TransportFailure.Lost> { transport.execute(request(address, method = "POST", body = "{}")) }
        }

    @Test
    fun `an answer beyond a mebibyte is given up`() =
        waiting {
            val address = server { it.answer(200, " ".repeat(1024 * 1024 + 1)) }
            val failure = assertFailsWith<TransportFailure.Lost> { transport.execute(request(address)) }
            assertEquals("the answer is too long", failure.detail)
            val longest = server { it.answer(200, " ".repeat(1024 * 1024)) }
            assertEquals(1024 * 1024, transport.execute(request(longest)).body.size)
        }

    @Test
    fun `past the deadline the outcome is open`() =
        waiting {
            val address = server { over.await() }
            val failure = assertFailsWith<TransportFailure.Lost> { transport.execute(request(address, deadlineMs = 200u)) }
            assertTrue("200 ms" in failure.detail)
        }

    @Test
    fun `whoever stops waiting closes the connection`() =
        waiting {
            val asked = CompletableDeferred<Unit>()
            val hungUp = CompletableDeferred<Unit>()
            val server = ServerSocket(0, 1, InetAddress.getLoopbackAddress())
            threads.execute {
                server.accept().use {
                    it.getInputStream().read()
                    asked.complete(Unit)
                    while (it.getInputStream().read() >= 0) continue
                    hungUp.complete(Unit)
                }
            }
            val call = launch { transport.execute(request("http://127.0.0.1:${server.localPort}")) }
            asked.await()
            call.cancelAndJoin()
            hungUp.await()
            server.close()
        }

    @Test
    fun `a pinned key is accepted whoever certified it, and no other`() =
        waiting {
            val (address, pin) = tlsServer()
            assertEquals("{}", transport.execute(request(address, pin = pin)).body.decodeToString())
            val other = assertFailsWith<TransportFailure.NotSent> { transport.execute(request(address, pin = ByteArray(32))) }
            assertTrue("another TLS key" in other.detail, other.detail)
            transport.networkChanged()
            assertContentEquals("{}".encodeToByteArray(), transport.execute(request(address, pin = pin)).body)
            assertFailsWith<TransportFailure.NotSent>("nobody certified it") { transport.execute(request(address)) }
        }

    private fun request(
        address: String,
        method: String = "GET",
        path: String = "/v1/time",
        body: String = "",
        deadlineMs: UInt = 15_000u,
        pin: ByteArray? = null,
    ): HttpRequest {
        val headers = listOf(HttpHeader("signature", "sig1=:xyz:"), HttpHeader("content-type", "application/json"))
        return HttpRequest(method, "$address$path", headers, body.encodeToByteArray(), deadlineMs, pin)
    }

    private fun server(answer: (HttpExchange) -> Unit): String = "http://127.0.0.1:${started(HttpServer.create(), answer)}"

    /** A TLS server with a certificate that nobody certified, and the fingerprint of its key. */
    private fun tlsServer(): Pair<String, ByteArray> {
        val file = folder.resolve("tls.p12")
        val keytool = File(System.getProperty("java.home"), "bin/keytool").path
        val make = "-genkeypair -alias tls -keyalg EC -groupname secp256r1 -dname CN=nobody -storetype PKCS12 -storepass changeit -keystore"
        check(ProcessBuilder(listOf(keytool) + make.split(" ") + file.path).inheritIO().start().waitFor() == 0)
        val store = KeyStore.getInstance(file, "changeit".toCharArray())
        val keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm()).apply { init(store, "changeit".toCharArray()) }
        val context = SSLContext.getInstance("TLS").apply { init(keys.keyManagers, null, null) }
        val server = HttpsServer.create().apply { httpsConfigurator = HttpsConfigurator(context) }
        val pin = MessageDigest.getInstance("SHA-256").digest(store.getCertificate("tls").publicKey.encoded)
        return "https://127.0.0.1:${started(server) { it.answer(200, "{}") }}" to pin
    }

    private fun started(
        server: HttpServer,
        answer: (HttpExchange) -> Unit,
    ): Int {
        server.bind(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.executor = threads
        server.createContext("/", answer)
        server.start()
        servers += server
        return server.address.port
    }
}

private fun HttpExchange.answer(
    status: Int,
    body: String,
) = use {
    requestBody.readBytes()
    sendResponseHeaders(status, if (body.isEmpty()) -1 else body.length.toLong())
    if (body.isNotEmpty()) responseBody.write(body.encodeToByteArray())
}
