// Texts for other apps: the clipboard, and the system's sheet of apps to send something to.
package io.saoma.app

import android.content.ClipData
import android.content.ClipboardManager
import android.content.Context
import android.content.Intent
import io.saoma.till.Sharing

/** Shares from wherever the app is. */
class AppSharing(
    private val context: Context,
) : Sharing {
    override fun copy(
        label: String,
        text: String,
    ) {
        context.getSystemService(ClipboardManager::class.java)?.setPrimaryClip(ClipData.newPlainText(label, text))
    }

    override fun share(text: String) {
        val send = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text)
        context.startActivity(Intent.createChooser(send, null).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
    }
}
