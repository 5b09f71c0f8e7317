package io.saoma.app

import java.io.File
import java.net.HttpURLConnection
import java.net.URI

/** A merchant backend and a double of WeChat Pay to test against, as `saoma demo --serve` starts them, in a process of their own. */
class Shop : AutoCloseable {
    private val process =
        ProcessBuilder(System.getProperty("saoma.binary"), "--json", "demo", "--serve", "--until-stdin-ends")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
    private val lines = process.inputStream.bufferedReader()
    private val commands = process.outputStream.bufferedWriter()
    private val opened = lineWith("pairing_link")

    /** Pairs one till. */
    val link: String = opened.field("pairing_link")
    private val sandbox: String = opened.field("sandbox")

    /** Takes the backend away: the tills stand without a network, for all they know. */
    fun goesAway() {
        say("stop")
        lineWith("\"backend\":null")
    }

    /** Gives the backend back, at the same address. */
    fun comesBack() {
        say("start")
        lineWith("pairing_link")
    }

    /** The customer scans a code and pays. */
    fun customerPays(code: String) {
        val call = URI("${sandbox.trimEnd('/')}/_sandbox/pay").toURL().openConnection() as HttpURLConnection
        call.requestMethod = "POST"
        call.setRequestProperty("content-type", "application/json")
        call.doOutput = true
        call.outputStream.use { it.write("""{"code_url":"$code"}""".toByteArray()) }
        check(call.responseCode in 200..299) { "pay: ${call.responseCode} ${call.errorStream?.reader()?.readText()}" }
    }

    override fun close() {
        process.destroyForcibly().waitFor()
    }

    private fun say(command: String) {
        commands.write("$command\n")
        commands.flush()
    }

    private fun lineWith(part: String): String =
        generateSequence(lines::readLine).find { part in it } ?: error("the shop ended: ${File(System.getProperty("saoma.binary"))}")

    private fun String.field(name: String): String =
        checkNotNull(Regex("\"$name\":\"([^\"]+)\"").find(this)) { "no $name in $this" }.groupValues[1]
}
