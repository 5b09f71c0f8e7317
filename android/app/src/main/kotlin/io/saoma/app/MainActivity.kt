// The one window of the app.
package io.saoma.app

import android.Manifest
import android.content.Context
import android.content.Intent
import android.media.AudioManager
import android.os.Build
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.contract.ActivityResultContracts.RequestPermission

/** Shows the screens of the process's till: made anew at every turn of the phone, with nothing of its own to remember. */
class MainActivity : ComponentActivity() {
    private val process get() = SaomaApp.of(this).process
    private val asking = registerForActivityResult(RequestPermission()) {}

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        // The volume keys set how loud announcements are, also while none is being said.
        volumeControlStream = AudioManager.STREAM_MUSIC
        process.phone.enter(this)
        setContent { AppScreens(process) }
        if (savedInstanceState == null) follow(intent)
    }

    override fun onStart() {
        super.onStart()
        if (process.noticeMissed && Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            process.noticeMissed = false
            asking.launch(Manifest.permission.POST_NOTIFICATIONS)
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        follow(intent)
    }

    override fun onDestroy() {
        process.phone.leave(this)
        super.onDestroy()
    }

    private fun follow(intent: Intent) {
        intent.getStringExtra(ORDER_NO)?.let(process::show)
        if (intent.action == Intent.ACTION_VIEW) intent.dataString?.let(process::offer)
    }

    companion object {
        private const val ORDER_NO = "order_no"

        /** An intent that brings the app to the front, and with it the sale [orderNo]. */
        fun showing(
            context: Context,
            orderNo: String,
        ): Intent =
            Intent(context, MainActivity::class.java)
                .addFlags(Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_SINGLE_TOP)
                .putExtra(ORDER_NO, orderNo)
    }
}
