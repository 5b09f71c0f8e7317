// Processes that tests start.
package io.saoma

import kotlinx.coroutines.channels.Channel
import java.io.File
import java.io.IOException
import java.lang.ProcessBuilder.Redirect
import kotlin.concurrent.thread

/** A process whose lines can be waited for. It is killed with this object. */
class Child(
    vararg command: String,
    environment: Map<String, String> = emptyMap(),
) : AutoCloseable {
    private val process: Process =
        ProcessBuilder(*command).redirectError(Redirect.INHERIT).apply { environment().putAll(environment) }.start()
    private val lines = Channel<String>(Channel.UNLIMITED)

    init {
        thread(isDaemon = true, name = "lines of ${command[0]}") {
            try {
                process.inputStream.bufferedReader().forEachLine { lines.trySend(it) }
            } catch (_: IOException) {
                // It was killed.
            }
            lines.close()
        }
    }

    fun write(line: String) {
        process.outputStream.write("$line\n".toByteArray())
        process.outputStream.flush()
    }

    /** The next line that is wanted; those before it are passed over. */
    suspend fun line(wanted: (String) -> Boolean): String {
        for (line in lines) if (wanted(line)) return line
        error("it ended before it said so")
    }

    /** Waits for its end; its exit code. */
    suspend fun end(): Int {
        for (line in lines) continue
        return process.waitFor()
    }

    /** As the system kills an app: at once, without a word. */
    fun kill() {
        process.destroyForcibly().waitFor()
    }

    override fun close() = kill()

    companion object {
        /** A JVM like this one, which runs the main function of a file, named by its class. */
        fun jvm(
            file: String,
            vararg arguments: String,
            properties: Map<String, String> = emptyMap(),
            environment: Map<String, String> = emptyMap(),
        ): Child {
            val java = File(System.getProperty("java.home"), "bin/java").path
            val all = mapOf("jna.library.path" to System.getProperty("jna.library.path")) + properties
            val settings = all.map { (name, value) -> "-D$name=$value" }
            val path = listOf("-Xshare:auto", "-classpath", System.getProperty("java.class.path"))
            return Child(java, *settings.toTypedArray(), *path.toTypedArray(), file, *arguments, environment = environment)
        }
    }
}
