// The screens' settings in a file of the app's own.
package io.saoma.app

import android.content.Context
import io.saoma.till.SettingsStore

/** Shared preferences: read from memory, written soon after. */
class KeptSettings(
    context: Context,
) : SettingsStore {
    private val kept = context.getSharedPreferences("settings", Context.MODE_PRIVATE)

    override fun read(name: String): String? = kept.getString(name, null)

    override fun write(
        name: String,
        value: String,
    ) = kept.edit().putString(name, value).apply()
}
