// A phone that does nothing, and remembers what it was told to do.
package io.saoma.till

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.material3.Button
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import io.saoma.core.Language
import kotlinx.coroutines.CompletableDeferred
import java.util.concurrent.CopyOnWriteArrayList

internal class Phone(
    private val camera: Camera? = null,
) : Platform {
    /** What was said aloud. */
    val said = CopyOnWriteArrayList<String>()

    /** Whether it speaks at all. */
    var speaks = true

    /** While it is set, an announcement goes on until it is completed. */
    var speaking: CompletableDeferred<Unit>? = null

    /** `paid` and `alarm`, in their order. */
    val felt = CopyOnWriteArrayList<String>()
    val copied = CopyOnWriteArrayList<String>()
    val shared = CopyOnWriteArrayList<String>()

    /** Files that were given, by name. */
    val files = CopyOnWriteArrayList<Pair<String, String>>()

    /** How many handles are open. */
    var codesShown = 0
    var guarded = 0

    override val deviceName = "Test phone"

    override val speech =
        object : Speech {
            override suspend fun say(
                text: String,
                language: Language,
            ): Boolean {
                if (!speaks) return false
                said += text
                speaking?.await()
                return true
            }
        }

    override val haptics =
        object : Haptics {
            override fun key() = Unit

            override fun paid() {
                felt += "paid"
            }

            override fun alarm() {
                felt += "alarm"
            }
        }

    /** A desktop has none. */
    var hasCamera = true

    override val scanner: Scanner? get() = camera.takeIf { hasCamera }

    override val display =
        object : Display {
            override fun showCode(): AutoCloseable {
                codesShown++
                return AutoCloseable { codesShown-- }
            }

            override fun guard(): AutoCloseable {
                guarded++
                return AutoCloseable { guarded-- }
            }
        }

    override val sharing =
        object : Sharing {
            override fun copy(
                label: String,
                text: String,
            ) {
                copied += text
            }

            override fun share(text: String) {
                shared += text
            }

            override suspend fun file(
                name: String,
                type: String,
                text: String,
            ): Boolean {
                files += name to text
                return true
            }
        }

    /** The time, if it stands still. */
    var standsAt: Long? = null

    override fun elapsedMs() = standsAt ?: (System.nanoTime() / 1_000_000)
}

/** A camera into which tests hold codes: a button each. */
internal class Camera : Scanner {
    /** What lies before it. */
    var sees = ""
    var missing: NoCamera? = null

    @Composable
    override fun View(
        wanted: Wanted,
        onRead: (String) -> Unit,
        onUnavailable: (NoCamera) -> Unit,
        modifier: Modifier,
    ) {
        Box(modifier) {
            Column {
                Button({ missing?.let(onUnavailable) ?: onRead(sees) }) { Text("camera") }
            }
        }
    }
}

/** Settings in memory: they outlive the app, as on a phone. */
internal class Drawer : SettingsStore {
    val all = mutableMapOf<String, String>()

    override fun read(name: String) = all[name]

    override fun write(
        name: String,
        value: String,
    ) {
        all[name] = value
    }
}
