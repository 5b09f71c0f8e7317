// The phone below the screens.
package io.saoma.app

import android.app.Activity
import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.os.SystemClock
import android.provider.Settings
import io.saoma.till.Platform

/**
 * What the screens ask of a phone. It lives as long as the process, since an announcement goes on while the screen is turned; what
 * needs a window gets that of the activity that is there.
 */
class Phone(
    context: Context,
) : Platform {
    override val deviceName: String =
        Settings.Global.getString(context.contentResolver, Settings.Global.DEVICE_NAME)?.ifBlank { null } ?: Build.MODEL
    override val speech = Voice(context)
    override val haptics = Vibration(context)
    override val scanner =
        if (context.packageManager.hasSystemFeature(PackageManager.FEATURE_CAMERA_ANY)) CameraScanner(context) else null
    override val display = WindowDisplay()
    override val sharing = AppSharing(context)

    override fun elapsedMs(): Long = SystemClock.elapsedRealtime()

    /** The screens are in this activity now. */
    fun enter(activity: Activity) {
        display.window = activity.window
        haptics.view = activity.window.decorView
    }

    /** They leave it; another may have come in its place already. */
    fun leave(activity: Activity) {
        if (display.window === activity.window) display.window = null
        if (haptics.view === activity.window.decorView) haptics.view = null
    }
}
