// A shop to test against: a merchant backend and a double of WeChat Pay, as `saoma demo --serve` starts them.
package io.saoma.till

import java.io.BufferedReader
import java.net.HttpURLConnection
import java.net.URI
import kotlin.test.assertTrue

/** A backend and the double of WeChat Pay, in a process of their own that ends with this object. */
internal class Shop : AutoCloseable {
    private val process: Process =
        ProcessBuilder(program(), "--json", "demo", "--serve", "--until-stdin-ends").redirectError(ProcessBuilder.Redirect.DISCARD).start()
    private val lines: BufferedReader = process.inputStream.bufferedReader()
    private val sandbox: String

    /** Pairs one till. */
    var link: String
        private set

    init {
        val opened = line { "pairing_link" in it }
        link = opened.text("pairing_link")
        sandbox = opened.text("sandbox")
    }

    /** Takes the backend away: the tills stand without a network, for all they know. */
    fun goesAway() {
        write("stop")
        line { "\"backend\":null" in it }
    }

    /** Gives the backend back, at the same address. */
    fun comesBack() {
        write("start")
        line { "pairing_link" in it }
    }

    /** The customer scans a code and pays. */
    fun customerPays(code: String) = play("POST", "pay", """{"code_url":"$code"}""")

    /** Misfortune at WeChat Pay, from now on. */
    fun misfortune(
        fault: String,
        on: String,
    ) = play("POST", "faults", """[{"on":"$on","do":"$fault"}]""")

    /** No more misfortune. */
    fun fortune() = play("DELETE", "faults", null)

    override fun close() {
        process.destroyForcibly().waitFor()
    }

    private fun play(
        method: String,
        call: String,
        body: String?,
    ) {
        val connection = URI("$sandbox/_sandbox/$call").toURL().openConnection() as HttpURLConnection
        connection.requestMethod = method
        connection.setRequestProperty("content-type", "application/json")
        if (body != null) {
            connection.doOutput = true
            connection.outputStream.use { it.write(body.toByteArray()) }
        }
        val status = connection.responseCode
        assertTrue(status in 200..299, "$call: $status ${connection.errorStream?.readBytes()?.decodeToString()}")
    }

    private fun write(line: String) {
        process.outputStream.write("$line\n".toByteArray())
        process.outputStream.flush()
    }

    private fun line(wanted: (String) -> Boolean): String = generateSequence { lines.readLine() }.first(wanted)

    private companion object {
        fun program() = checkNotNull(System.getProperty("saoma.binary")) { "the system property saoma.binary names the program" }
    }
}

/** The text of a field in a line of JSON, where nothing needs escaping. */
private fun String.text(field: String): String =
    checkNotNull(Regex(""""$field":"([^"\\]+)"""").find(this)) { "no $field in $this" }.groupValues[1]
