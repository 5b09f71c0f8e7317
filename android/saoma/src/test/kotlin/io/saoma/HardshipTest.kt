// A wall clock that is days off, and a disk that is full: a process of its own, with a C library loaded before all others.
package io.saoma

import io.saoma.core.Phase
import io.saoma.core.SaomaException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertTrue

@EnabledOnOs(OS.LINUX)
class HardshipTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a clock that is days off is told, and the sale is paid all the same`() =
        inShop { shop ->
            app("io.saoma.ClockOffKt", shop, "CLOCK_AHEAD_S" to "${3 * 24 * 3600}").use { app ->
                assertEquals("The phone's clock is 3 days fast. Set date and time to automatic.", app.line { "clock" in it })
                shop.customerPays(codeShownBy(app))
                app.line { it == "paid" }
            }
        }

    @Test
    fun `a full disk rings nothing up and says so, and with room again the till goes on`() =
        inShop { shop ->
            val full = folder.resolve("full")
            app("io.saoma.DiskFullKt", shop, "DISK_FULL" to full.path).use { app ->
                app.line { it == "open" }
                full.createNewFile()
                app.write("ring up")
                val told = app.line { it.startsWith("storage_full") }
                assertTrue("Free some space" in told, told)
                full.delete()
                app.write("ring up")
                shop.customerPays(codeShownBy(app))
                app.line { it == "paid" }
            }
        }

    private fun app(
        file: String,
        shop: Shop,
        hardship: Pair<String, String>,
    ): Child {
        val library = compiled(File("src/test/c/hardship.c"), folder.resolve("hardship.so"))
        val environment = mapOf("LD_PRELOAD" to library.path, hardship)
        return Child.jvm(file, folder.resolve("till").path, shop.link, environment = environment)
    }
}

/** A shared library from C. Whoever built the till's own library has a C compiler. */
fun compiled(
    source: File,
    library: File,
): File {
    val compiler = ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.path, source.path).inheritIO().start()
    check(compiler.waitFor() == 0) { "cc did not compile $source" }
    return library
}
