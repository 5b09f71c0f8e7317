// Texts and files for other apps: the clipboard, and the system's sheet of apps to send something to.
package io.saoma.app

import android.content.ClipData
import android.content.ClipboardManager
import android.content.Context
import android.content.Intent
import androidx.core.content.FileProvider
import io.saoma.till.Sharing
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File

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
        send(Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text))
    }

    /** The file lies in the app's cache until the next one, and only the app that the person chooses may read it. */
    override suspend fun file(
        name: String,
        type: String,
        text: String,
    ): Boolean {
        val file =
            withContext(Dispatchers.IO) {
                val folder = File(context.cacheDir, FOLDER)
                folder.deleteRecursively()
                folder.mkdirs()
                File(folder, name).apply { writeText(text) }
            }
        val uri = FileProvider.getUriForFile(context, AUTHORITY, file)
        val intent = Intent(Intent.ACTION_SEND).setType(type).putExtra(Intent.EXTRA_STREAM, uri)
        // The chooser hands the right to read on by the clip, not by the extra.
        intent.clipData = ClipData.newRawUri(name, uri)
        send(intent.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION))
        return true
    }

    private fun send(what: Intent) {
        val flags = Intent.FLAG_ACTIVITY_NEW_TASK or (what.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION)
        context.startActivity(Intent.createChooser(what, null).addFlags(flags))
    }

    private companion object {
        /** As in res/xml/files.xml and in the manifest. */
        const val FOLDER = "given"
        const val AUTHORITY = "io.saoma.app.files"
    }
}
