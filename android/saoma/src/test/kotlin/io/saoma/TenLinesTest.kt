// The ten lines of the README, as they stand there, in a process of their own.
package io.saoma

import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class TenLinesTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `the README shows the samples as they are compiled`() {
        val android = File("..")
        val readme = android.resolve("README.md").readText()
        for (sample in listOf("TenLines.kt", "Counter.kt")) {
            val text = android.resolve("samples/$sample").readText()
            assertTrue("```kotlin\n$text```" in readme, "README.md shows another $sample than samples/$sample")
        }
        val lines = android.resolve("samples/TenLines.kt").readLines().filterNot { it.isBlank() || it.startsWith("import ") }
        assertEquals(10, lines.size)
    }

    @Test
    fun `ten lines take a payment`() =
        inShop { shop ->
            tenLines(folder, shop.link).use { app ->
                shop.customerPays(codeShownBy(app))
                app.line { it.startsWith("12.80") && "weixin:" !in it }
                app.line { it.startsWith("{") }
                assertEquals(0, app.end())
            }
            // It did not say that anybody was told: the next start of an app on this folder tells it.
            openTill(folder).use { till -> assertEquals(12_80, till.resultsUntil(count = 1).single().minor) }
        }
}

/** The sample as an app: it opens the folder, pairs, and rings up 12.80. */
fun tenLines(
    folder: File,
    link: String,
): Child = Child.jvm("TenLinesKt", folder.path, link)

/** Waits until it shows its code. */
suspend fun codeShownBy(app: Child): String = app.line { "weixin:" in it }.substringAfterLast(" ")
