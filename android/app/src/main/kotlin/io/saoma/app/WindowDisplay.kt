/** What a window can ask of the display: full brightness and no sleep under a code, no pictures of it. */
package io.saoma.app

import android.view.Window
import android.view.WindowManager.LayoutParams
import io.saoma.till.Display

/** One activity's window. What it changes ends with the window, and before that with the last handle. */
class WindowDisplay(
    private val window: Window,
) : Display {
    private var codes = 0
    private var guards = 0
    private var brightnessBefore = LayoutParams.BRIGHTNESS_OVERRIDE_NONE

    override fun showCode(): AutoCloseable {
        if (codes++ == 0) {
            brightnessBefore = window.attributes.screenBrightness
            brightness(LayoutParams.BRIGHTNESS_OVERRIDE_FULL)
            window.addFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        }
        return once {
            if (--codes == 0) {
                brightness(brightnessBefore)
                window.clearFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
            }
        }
    }

    override fun guard(): AutoCloseable {
        if (guards++ == 0) window.addFlags(LayoutParams.FLAG_SECURE)
        return once { if (--guards == 0) window.clearFlags(LayoutParams.FLAG_SECURE) }
    }

    private fun brightness(value: Float) {
        window.attributes = LayoutParams().apply { copyFrom(window.attributes) }.also { it.screenBrightness = value }
    }

    private fun once(giveBack: () -> Unit): AutoCloseable {
        var held = true
        return AutoCloseable {
            if (held) {
                held = false
                giveBack()
            }
        }
    }
}
