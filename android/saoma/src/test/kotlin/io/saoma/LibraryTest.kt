// An app that was not put together well: no library, an older one, another one.
package io.saoma

import io.saoma.core.Language
import io.saoma.core.SaomaException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.lang.reflect.Modifier
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class LibraryTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `without a library for this device the app says so and does not fall`() =
        waiting {
            val empty = folder.resolve("empty").apply { mkdir() }
            assertEquals(LIBRARY_MISSING, saidBy("jna.library.path" to empty.path))
        }

    @Test
    @EnabledOnOs(OS.LINUX)
    fun `with an older library the app says so and does not fall`() =
        waiting {
            val (contract, functions) = whatIsChecked()
            val answersNothing = functions.joinToString("") { "int $it(void) { return 0; }\n" }
            val older =
                answersNothing.replace(
                    "int $contract(void) { return 0; }",
                    "int $contract(void) { return ${contractVersion(contract)}; }",
                )
            val libraries = mapOf("foreign" to "int nothing;\n", "another-contract" to answersNothing, "older" to older)
            for ((name, source) in libraries) {
                val file = folder.resolve("$name.c").apply { writeText(source) }
                val library = compiled(file, folder.resolve("lib$name.so"))
                assertEquals(LIBRARY_MISMATCH, saidBy("uniffi.component.saoma.libraryOverride" to library.path), name)
            }
        }

    @Test
    fun `the library that is there has a version`() =
        waiting {
            SaomaLibrary.load()
            assertTrue(Regex("""\d+\.\d+\.\d+""").matches(SaomaLibrary.version))
        }

    /** The code that an app hears which opens a till. It hears the same each time, with a text in both languages. */
    private suspend fun saidBy(vararg properties: Pair<String, String>): String =
        Child.jvm("io.saoma.OpensTwiceKt", folder.resolve("till").path, properties = properties.toMap()).use { app ->
            val (first, again) = List(2) { app.line { true } }
            assertEquals(0, app.end())
            assertEquals(first, again)
            first
        }

    /** The function that tells the contract's version, and all functions whose answers are compared with the generated code. */
    private fun whatIsChecked(): Pair<String, List<String>> {
        val native = checkingClass().declaredMethods.filter { Modifier.isNative(it.modifiers) }.map { it.name }
        return native.single { it.endsWith("contract_version") } to native
    }

    private fun contractVersion(function: String): Int {
        val checking = checkingClass()
        val instance = checking.getField("INSTANCE").get(null)
        return checking.getMethod(function).invoke(instance) as Int
    }

    private fun checkingClass() = Class.forName("io.saoma.core.IntegrityCheckingUniffiLib")
}
