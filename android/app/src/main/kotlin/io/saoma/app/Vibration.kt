/** Vibration: a key, money, an alarm, each felt apart from the others in a pocket. */
package io.saoma.app

import android.app.Activity
import android.os.VibrationEffect
import android.os.Vibrator
import android.view.HapticFeedbackConstants
import io.saoma.till.Haptics

/** The phone's motor. */
class Vibration(
    private val activity: Activity,
) : Haptics {
    private val motor: Vibrator? = activity.getSystemService(Vibrator::class.java)

    /** As the system's setting for keys wants it. */
    override fun key() {
        activity.window.decorView.performHapticFeedback(HapticFeedbackConstants.KEYBOARD_TAP)
    }

    override fun paid() = vibrate(PAID)

    override fun alarm() = vibrate(ALARM)

    private fun vibrate(pattern: LongArray) {
        motor?.vibrate(VibrationEffect.createWaveform(pattern, ONCE))
    }

    companion object {
        /** Milliseconds of rest and motion by turns. */
        val PAID = longArrayOf(0, 120, 80, 240)
        val ALARM = longArrayOf(0, 500, 200, 500, 200, 500)
        private const val ONCE = -1
    }
}
