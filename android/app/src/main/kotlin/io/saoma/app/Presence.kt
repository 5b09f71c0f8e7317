// Whether a person has the app before their eyes.
package io.saoma.app

import android.app.Activity
import android.app.Application
import android.app.Application.ActivityLifecycleCallbacks
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.os.Bundle
import android.os.PowerManager
import androidx.core.content.ContextCompat
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate

/**
 * Whether the app is in front: not at first, then at each change; a phone that is turned is no change. True comes again each time the phone
 * wakes from doze, lights its screen or is unlocked with the app in front: what was known may be old then. Collect it on the main
 * thread, before the first activity starts.
 */
fun presence(app: Application): Flow<Boolean> =
    callbackFlow {
        val windows = Windows(::trySend)
        val waking =
            object : BroadcastReceiver() {
                override fun onReceive(
                    context: Context,
                    intent: Intent,
                ) {
                    // Falling asleep is told by the same broadcast.
                    val dozing = context.getSystemService(PowerManager::class.java)?.isDeviceIdleMode == true
                    if (windows.inFront && !dozing) trySend(true)
                }
            }
        val wakings =
            IntentFilter().apply {
                addAction(PowerManager.ACTION_DEVICE_IDLE_MODE_CHANGED)
                addAction(Intent.ACTION_SCREEN_ON)
                addAction(Intent.ACTION_USER_PRESENT)
            }
        trySend(false)
        app.registerActivityLifecycleCallbacks(windows)
        ContextCompat.registerReceiver(app, waking, wakings, ContextCompat.RECEIVER_NOT_EXPORTED)
        awaitClose {
            app.unregisterActivityLifecycleCallbacks(windows)
            app.unregisterReceiver(waking)
        }
    }.conflate()

/** The app's windows that can be seen. */
private class Windows(
    private val tell: (Boolean) -> Unit,
) : ActivityLifecycleCallbacks {
    private val seen = mutableSetOf<Activity>()

    /** One has gone only to come again, the other way up. */
    private var turning = false

    val inFront: Boolean get() = seen.isNotEmpty() || turning

    override fun onActivityStarted(activity: Activity) = change { seen += activity }

    override fun onActivityStopped(activity: Activity) =
        change {
            seen -= activity
            turning = activity.isChangingConfigurations
        }

    override fun onActivityDestroyed(activity: Activity) = Unit

    override fun onActivityCreated(
        activity: Activity,
        state: Bundle?,
    ) = Unit

    override fun onActivityResumed(activity: Activity) = Unit

    override fun onActivityPaused(activity: Activity) = Unit

    override fun onActivitySaveInstanceState(
        activity: Activity,
        state: Bundle,
    ) = Unit

    private fun change(what: () -> Unit) {
        val before = inFront
        turning = false
        what()
        if (inFront != before) tell(inFront)
    }
}
