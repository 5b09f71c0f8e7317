// The app's process.
package io.saoma.app

import android.app.Application
import android.content.Context

/** Opens the till as soon as the process starts, whatever it was started for. */
class SaomaApp : Application() {
    /** All that lives as long as the process. */
    lateinit var process: TillProcess
        private set

    override fun onCreate() {
        super.onCreate()
        begin()
    }

    /** Phones kill a process without a word, and nothing is lost by that; this is called where one ends in another manner. */
    override fun onTerminate() {
        process.end()
        super.onTerminate()
    }

    internal fun begin() {
        process = TillProcess(this)
    }

    companion object {
        /** The app that [context] is a part of. */
        fun of(context: Context): SaomaApp = context.applicationContext as SaomaApp
    }
}
