// A shop to test against: a merchant backend and a double of WeChat Pay, as `saoma demo --serve` starts them. All tests compile it.
package io.saoma

import java.io.File
import java.io.IOException
import java.net.HttpURLConnection
import java.net.URI
import java.nio.file.Files
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** A backend and the double of WeChat Pay, in processes of their own that end with this object. */
class Shop : AutoCloseable {
    private val program = checkNotNull(System.getProperty("saoma.binary")) { "the system property saoma.binary names the program" }
    private val folder: File = Files.createTempDirectory("saoma-shop").toFile()
    private val config = File(folder, "backend/saoma.toml")
    private val process: Process =
        ProcessBuilder(program, "--json", "demo", "--serve", "--until-stdin-ends", "--state", folder.path)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
    private val lines = LinkedBlockingQueue<String>()
    private val sandbox: String

    /** Pairs one till. */
    val link: String

    init {
        thread(isDaemon = true, name = "lines of the shop") {
            try {
                process.inputStream.bufferedReader().forEachLine(lines::add)
            } catch (_: IOException) {
                // It was killed.
            }
            lines.add(END)
        }
        val opened = lineWith("pairing_link")
        link = opened.text("pairing_link")
        sandbox = opened.text("sandbox").trimEnd('/')
    }

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

    /** A link for one more till, on which people may do at most what [role] may. */
    fun oneMoreLink(role: String = "cashier"): String = admin("pairing", "main", "--role", role).text("link")

    /** Somebody comes to work here; the PIN. */
    fun hires(
        id: String,
        name: String,
        role: String,
    ): String = admin("people", "add", id, "--name", name, "--role", role).text("pin")

    /** From now on nobody sells who is not signed in. */
    fun wantsPeople() {
        config.writeText(config.readText().replaceFirst("id = \"$MERCHANT\"", "id = \"$MERCHANT\"\nsign_in = \"required\""))
        goesAway()
        comesBack()
    }

    /** The merchant's app is another from now on: money that comes by codes shown so far does not match. */
    fun becomesAnotherApp() {
        config.writeText(config.readText().replace(Regex("(?m)^appid = .*$"), "appid = \"wx00000000000000ab\""))
        goesAway()
        comesBack()
    }

    /** What `saoma admin` answers about the merchant, as JSON. */
    fun admin(vararg command: String): String {
        val asked = listOf(program, "admin", "--json", "--config", config.path, "--merchant", MERCHANT) + command
        val admin = ProcessBuilder(asked).redirectErrorStream(true).start()
        val said = admin.inputStream.bufferedReader().readText()
        check(admin.waitFor() == 0) { "saoma admin ${command.toList()}: $said" }
        return said
    }

    /** The customer scans a code and pays. */
    fun customerPays(code: String) {
        play("POST", "pay", """{"code_url":"$code"}""")
    }

    /** Misfortune at WeChat Pay from now on: so many times, or until [fortune]. */
    fun misfortune(
        fault: String,
        on: String,
        times: Int? = null,
    ) {
        val often = times?.let { ""","times":$it""" }.orEmpty()
        play("POST", "faults", """[{"on":"$on","do":"$fault"$often}]""")
    }

    /** No more misfortune. */
    fun fortune() {
        play("DELETE", "faults", null)
    }

    /** Asks something of the double of WeChat Pay; its answer. */
    fun play(
        method: String,
        call: String,
        body: String?,
    ): String {
        val connection = URI("$sandbox/_sandbox/$call").toURL().openConnection() as HttpURLConnection
        connection.requestMethod = method
        connection.setRequestProperty("content-type", "application/json")
        if (body != null) {
            connection.doOutput = true
            connection.outputStream.use { it.write(body.toByteArray()) }
        }
        val status = connection.responseCode
        check(status in 200..299) { "$call: $status ${connection.errorStream?.readBytes()?.decodeToString()}" }
        return connection.inputStream.use { it.readBytes().decodeToString() }
    }

    override fun close() {
        process.outputStream.close()
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
        folder.deleteRecursively()
    }

    private fun say(word: String) {
        process.outputStream.write("$word\n".toByteArray())
        process.outputStream.flush()
    }

    private fun lineWith(part: String): String =
        generateSequence { checkNotNull(nextLine()) { "the shop says no $part" } }.first {
            part in
                it
        }

    /** None: it ended, or has been silent for too long. */
    private fun nextLine(): String? = lines.poll(PATIENCE_S, TimeUnit.SECONDS)?.takeIf { it != END }

    private companion object {
        const val MERCHANT = "shop-1"

        /** No line that it says. */
        const val END = ""

        /** For a busy machine. */
        const val PATIENCE_S = 120L
    }
}

/** The text of a field in a line of JSON, where nothing needs escaping. */
fun String.text(field: String): String = checkNotNull(Regex(""""$field":"([^"\\]+)"""").find(this)) { "no $field in $this" }.groupValues[1]
