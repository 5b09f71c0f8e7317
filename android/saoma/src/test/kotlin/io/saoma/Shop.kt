// A shop to test against: a merchant backend and a double of WeChat Pay, as `saoma demo --serve` starts them.
package io.saoma

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.net.HttpURLConnection
import java.net.URL
import kotlin.test.assertTrue

/** A backend and the double of WeChat Pay, in a process of their own that ends with this object. */
class Shop private constructor(
    private val child: Child,
    /** Pairs one till. */
    val link: String,
    private val sandbox: String,
) : AutoCloseable {
    companion object {
        suspend fun open(): Shop {
            val program = checkNotNull(System.getProperty("saoma.binary")) { "the system property saoma.binary names the program" }
            val child = Child(program, "--json", "demo", "--serve", "--until-stdin-ends")
            val opened = child.line { "pairing_link" in it }
            return Shop(child, opened.text("pairing_link"), opened.text("sandbox"))
        }
    }

    /** Takes the backend away: the tills stand without a network, for all they know. */
    suspend fun goesAway() {
        child.write("stop")
        child.line { "\"backend\":null" in it }
    }

    /** Gives the backend back, at the same address. */
    suspend fun comesBack() {
        child.write("start")
        child.line { "pairing_link" in it }
    }

    /** A link for one more till. */
    suspend fun oneMoreLink(): String {
        child.write("pair")
        return child.line { "pairing_link" in it }.text("pairing_link")
    }

    /** The customer scans a code and pays. */
    suspend fun customerPays(code: String) = play("pay", """{"code_url":"$code"}""")

    /** Misfortune at WeChat Pay: from now on, so many times. */
    suspend fun misfortune(
        fault: String,
        on: String,
        times: Int = 1,
    ) = play("faults", """[{"on":"$on","do":"$fault","times":$times}]""")

    override fun close() = child.close()

    private suspend fun play(
        call: String,
        body: String,
    ) = withContext(Dispatchers.IO) {
        val connection = URL("$sandbox/_sandbox/$call").openConnection() as HttpURLConnection
        connection.doOutput = true
        connection.setRequestProperty("content-type", "application/json")
        connection.outputStream.use { it.write(body.toByteArray()) }
        val status = connection.responseCode
        assertTrue(status in 200..299, "$call: $status ${connection.errorStream?.readBytes()?.decodeToString()}")
    }
}

/** The text of a field in a line of JSON, where nothing needs escaping. */
private fun String.text(field: String): String =
    checkNotNull(Regex(""""$field":"([^"\\]+)"""").find(this)) { "no $field in $this" }.groupValues[1]
