// Announcements by the speech engine of the system, if there is one.
package io.saoma.till.desktop

import io.saoma.core.Language
import io.saoma.till.Speech
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runInterruptible
import java.io.File
import java.io.IOException

/** Starts the first engine that is found: `say`, `spd-say` or `espeak-ng`. */
internal class SystemVoice : Speech {
    override suspend fun say(
        text: String,
        language: Language,
    ): Boolean {
        val command = ENGINES.firstOrNull { isThere(it.program) }?.command(text, language) ?: return false
        return runInterruptible(Dispatchers.IO) { played(command) }
    }

    private fun played(command: List<String>): Boolean {
        val process =
            try {
                ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
            } catch (_: IOException) {
                return false
            }
        return try {
            process.waitFor() == 0
        } finally {
            process.destroy()
        }
    }

    private fun isThere(program: String) =
        System
            .getenv("PATH")
            .orEmpty()
            .split(File.pathSeparatorChar)
            .any { File(it, program).canExecute() }
}

/** A program that speaks, and how it is told what and in which language. */
private class Engine(
    val program: String,
    val command: (text: String, language: Language) -> List<String>,
)

private val ENGINES =
    listOf(
        Engine("say") { text, language -> listOf("say", "-v", if (language == Language.CHINESE) "Tingting" else "Samantha", text) },
        Engine("spd-say") { text, language -> listOf("spd-say", "--wait", "--language", tagOf(language), text) },
        Engine("espeak-ng") { text, language -> listOf("espeak-ng", "-v", if (language == Language.CHINESE) "cmn" else "en", text) },
    )

private fun tagOf(language: Language) = if (language == Language.CHINESE) "zh" else "en"
