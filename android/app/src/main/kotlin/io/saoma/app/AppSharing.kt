/** Texts for other apps: the clipboard, and the system's sheet of apps to send something to. */
package io.saoma.app

import android.app.Activity
import android.content.ClipData
import android.content.ClipboardManager
import android.content.Intent
import io.saoma.till.Sharing

/** Shares from one activity. */
class AppSharing(
    private val activity: Activity,
) : Sharing {
    override fun copy(
        label: String,
        text: String,
    ) {
        activity.getSystemService(ClipboardManager::class.java)?.setPrimaryClip(ClipData.newPlainText(label, text))
    }

    override fun share(text: String) {
        val send = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text)
        activity.startActivity(Intent.createChooser(send, null))
    }
}
