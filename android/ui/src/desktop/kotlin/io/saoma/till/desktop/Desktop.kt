// What a desktop gives the screens.
package io.saoma.till.desktop

import androidx.compose.ui.text.ExperimentalTextApi
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.platform.SystemFont
import io.saoma.till.Display
import io.saoma.till.Haptics
import io.saoma.till.Platform
import io.saoma.till.Scanner
import io.saoma.till.Sharing
import io.saoma.till.Speech
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.jetbrains.skia.FontMgr
import java.awt.FileDialog
import java.awt.Frame
import java.awt.Toolkit
import java.awt.datatransfer.StringSelection
import java.io.File
import java.net.InetAddress
import java.net.UnknownHostException

/** A desktop: no motor, no camera; the clipboard stands in for other apps. */
public class Desktop : Platform {
    override val deviceName: String =
        try {
            InetAddress.getLocalHost().hostName
        } catch (_: UnknownHostException) {
            System.getProperty("os.name")
        }

    override val speech: Speech = SystemVoice()

    override val haptics: Haptics =
        object : Haptics {
            override fun key() = Unit

            override fun paid() = Unit

            override fun alarm() = Toolkit.getDefaultToolkit().beep()
        }

    override val scanner: Scanner? = null

    override val display: Display =
        object : Display {
            override fun showCode() = AutoCloseable { }

            override fun guard() = AutoCloseable { }
        }

    override val sharing: Sharing =
        object : Sharing {
            override fun copy(
                label: String,
                text: String,
            ) = share(text)

            override fun share(text: String) = Toolkit.getDefaultToolkit().systemClipboard.setContents(StringSelection(text), null)

            override suspend fun file(
                name: String,
                type: String,
                text: String,
            ): Boolean {
                val dialog = FileDialog(null as Frame?, name, FileDialog.SAVE).apply { file = name }
                dialog.isVisible = true
                val (folder, chosen) = (dialog.directory ?: return false) to (dialog.file ?: return false)
                withContext(Dispatchers.IO) { File(folder, chosen).writeText(text) }
                return true
            }
        }

    private val startedAt = System.currentTimeMillis()
    private val startedNanos = System.nanoTime()
    private var latest = 0L

    /** The JVM's clock may stand still in sleep, and the wall clock does not: the later of the two, so that a code leaves early rather than late. */
    @Synchronized
    override fun elapsedMs(): Long {
        val ran = (System.nanoTime() - startedNanos) / 1_000_000
        latest = maxOf(latest, ran, System.currentTimeMillis() - startedAt)
        return latest
    }
}

private val CHINESE = listOf("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei")

/** A family with Chinese characters in their Chinese form, if this machine has one: left alone, it may choose the Japanese. */
@OptIn(ExperimentalTextApi::class)
internal fun chineseLetters(): FontFamily {
    val there = CHINESE.firstOrNull { FontMgr.default.matchFamily(it).count() > 0 } ?: return FontFamily.Default
    return FontFamily(SystemFont(there, FontWeight.Normal), SystemFont(there, FontWeight.Bold))
}
