// What a window can ask of the display: full brightness and no sleep under a code, no pictures of it.
package io.saoma.app

import android.view.Window
import android.view.WindowManager.LayoutParams
import io.saoma.till.Display

/** The display as long as the app's window is on it. Handles outlive a window: the next one is as they want it. */
class WindowDisplay : Display {
    private var codes = 0
    private var guards = 0

    /** The window that is there now. */
    var window: Window? = null
        set(window) {
            field = window
            ask()
        }

    override fun showCode(): AutoCloseable {
        codes++
        ask()
        return once { codes-- }
    }

    override fun guard(): AutoCloseable {
        guards++
        ask()
        return once { guards-- }
    }

    private fun ask() {
        val window = window ?: return
        val brightness = if (codes > 0) LayoutParams.BRIGHTNESS_OVERRIDE_FULL else LayoutParams.BRIGHTNESS_OVERRIDE_NONE
        if (window.attributes.screenBrightness != brightness) {
            window.attributes = LayoutParams().apply { copyFrom(window.attributes) }.also { it.screenBrightness = brightness }
        }
        window.setFlags(if (codes > 0) LayoutParams.FLAG_KEEP_SCREEN_ON else 0, LayoutParams.FLAG_KEEP_SCREEN_ON)
        window.setFlags(if (guards > 0) LayoutParams.FLAG_SECURE else 0, LayoutParams.FLAG_SECURE)
    }

    private fun once(giveBack: () -> Unit): AutoCloseable {
        var held = true
        return AutoCloseable {
            if (held) {
                held = false
                giveBack()
                ask()
            }
        }
    }
}
