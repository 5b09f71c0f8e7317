// What needs no till: amounts as typed, codes, words, the language.
package io.saoma

import io.saoma.core.Language
import io.saoma.core.LogLevel
import io.saoma.core.SaomaException
import io.saoma.core.faultText
import io.saoma.core.qrModules
import io.saoma.core.qrPng
import io.saoma.core.readAmount
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.Locale
import java.util.concurrent.CopyOnWriteArrayList
import javax.imageio.ImageIO
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

class WithoutTillTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `amounts are read as they are typed`() {
        assertEquals(15_80, readAmount("12.80 + 3").minor)
        assertEquals("15.80", readAmount("12.80 + 3").text)
        for (typed in listOf("", "12.805", "-1", "1,160.00", "0")) {
            assertEquals("amount", assertFailsWith<SaomaException.Input>(typed) { readAmount(typed) }.fault.field)
        }
    }

    @Test
    fun `a code's modules are those of its picture`() {
        val text = "weixin://wxpay/bizpayurl?pr=test"
        val modules = qrModules(text)
        val side = modules.size.toInt()
        val quiet = 4
        val scale = 3
        val picture = ImageIO.read(qrPng(text, ((side + 2 * quiet) * scale).toUInt()).inputStream())
        for (row in 0 until side) {
            for (column in 0 until side) {
                val pixel = picture.getRGB((column + quiet) * scale + 1, (row + quiet) * scale + 1) and 0xFF
                assertEquals(pixel < 0x80, modules.isDark(column, row), "$column, $row")
            }
        }
    }

    @Test
    fun `the phone's language is one that the till speaks`() {
        assertEquals(Language.CHINESE, preferredLanguage(Locale.forLanguageTag("zh-Hant-HK")))
        assertEquals(Language.ENGLISH, preferredLanguage(Locale.forLanguageTag("en-GB")))
        assertEquals(Language.ENGLISH, preferredLanguage(Locale.forLanguageTag("fr")))
    }

    @Test
    fun `words for what an app found out itself come from the core`() {
        assertTrue("clock" in assertNotNull(faultText("clock_wrong", Language.ENGLISH)))
        assertNull(faultText("no such code", Language.ENGLISH))
    }

    @Test
    fun `the log goes to the app`() =
        waiting {
            SaomaLibrary.load()
            val lines = CopyOnWriteArrayList<String>()
            assertTrue(SaomaLibrary.log(LogLevel.INFO) { _, part, line -> lines += "$part $line" })
            assertFalse(SaomaLibrary.log(LogLevel.DEBUG) { _, _, _ -> }, "only the first")
            openTill(folder).close()
            while (lines.none { "a device key was made" in it }) kotlinx.coroutines.yield()
        }
}
