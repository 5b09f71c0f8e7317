package io.saoma.till

import io.saoma.core.Language
import io.saoma.till.desktop.FileSettings
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertNull

class FileSettingsTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `settings are there again after a restart, and a damaged one is as if it was never set`() {
        val file = folder.resolve("new/settings.properties")
        assertNull(FileSettings(file).read("language"))
        Settings(FileSettings(file), Language.CHINESE).run {
            language = Language.ENGLISH
            description = "奶茶 = 好\n喝"
            quickAmounts = List(20) { "$it.50" }
        }
        Settings(FileSettings(file), Language.CHINESE).run {
            assertEquals(Language.ENGLISH, language)
            assertEquals("奶茶 = 好\n喝", description)
            assertEquals(Settings.QUICK_AMOUNTS_MAX, quickAmounts.size)
        }
        FileSettings(file).write("language", "KLINGON")
        assertEquals(Language.CHINESE, Settings(FileSettings(file), Language.CHINESE).language)
    }
}
