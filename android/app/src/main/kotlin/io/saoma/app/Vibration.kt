// Vibration: a key, money, an alarm, each felt apart from the others in a pocket.
package io.saoma.app

import android.content.Context
import android.os.VibrationEffect
import android.os.Vibrator
import android.view.HapticFeedbackConstants
import android.view.View
import io.saoma.till.Haptics

/** The phone's motor. */
class Vibration(
    context: Context,
) : Haptics {
    private val motor: Vibrator? = context.getSystemService(Vibrator::class.java)

    /** Where keys are pressed: it knows whether the person wants to feel them. */
    var view: View? = null

    override fun key() {
        view?.performHapticFeedback(HapticFeedbackConstants.KEYBOARD_TAP)
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
