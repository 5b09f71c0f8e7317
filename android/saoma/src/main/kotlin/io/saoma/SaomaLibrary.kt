// The native library below, as such: whether it is there, its version, its log.
package io.saoma

import com.sun.jna.NativeLibrary
import io.saoma.core.LogLevel
import io.saoma.core.LogSink
import io.saoma.core.SaomaException
import io.saoma.core.libraryVersion
import io.saoma.core.logTo
import io.saoma.core.uniffiEnsureInitialized
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The code of the fault when the app holds no native library for this device, or one that cannot be loaded. */
public const val LIBRARY_MISSING: String = "library_missing"

/** The code of the fault when the app's native library is of another version than this one. */
public const val LIBRARY_MISMATCH: String = "library_mismatch"

/** The native library. */
public object SaomaLibrary {
    private val trouble: SaomaException? by lazy(::tryToLoad)

    /**
     * Loads the library, on a thread where that may take its time: some fifty milliseconds, once a process. [Till.open] does it by
     * itself; call it as the app starts, so that the first screen need not wait, and before `readAmount` and the other functions of
     * `io.saoma.core` that need no till, so that an app that was not put together well gets an error rather than a crash.
     *
     * Throws [SaomaException.Internal] with [LIBRARY_MISSING] or [LIBRARY_MISMATCH], and texts for people.
     */
    public suspend fun load() {
        withContext(Dispatchers.IO) { trouble }?.let { throw it }
    }

    /** Its version. */
    public val version: String get() = libraryVersion()

    /**
     * Has the library's lines of this level and above go to the app's log, from now on and for as long as the process lives. [sink]
     * gets the level, the part of the library and the line, on one thread of the library. Lines hold no key, no token, no code and
     * nothing of a payer. Only the first call has an effect; it says so by true.
     */
    public fun log(
        from: LogLevel,
        sink: (level: LogLevel, part: String, line: String) -> Unit,
    ): Boolean =
        plainly {
            logTo(
                object : LogSink {
                    override fun log(
                        level: LogLevel,
                        part: String,
                        line: String,
                    ) = sink(level, part, line)
                },
                from,
            )
        }
}

/** Two steps, so that what fails tells why: is there a library, and is it the one which the generated code was made from? */
private fun tryToLoad(): SaomaException? =
    try {
        NativeLibrary.getInstance(System.getProperty("uniffi.component.saoma.libraryOverride") ?: "saoma_ffi")
        try {
            uniffiEnsureInitialized()
            null
        } catch (error: LinkageError) {
            unusable(
                LIBRARY_MISMATCH,
                error,
                chinese = "应用的收款组件与应用版本不符，暂时不能收款。请更新应用；不要卸载，已记的账都在。",
                english =
                    "A part of this app is of another version, so it cannot take payments. Update the app; do not uninstall it: " +
                        "what was rung up is kept.",
            )
        }
    } catch (error: LinkageError) {
        unusable(
            LIBRARY_MISSING,
            error,
            chinese = "应用缺少收款组件，暂时不能收款。请更新应用；不要卸载，已记的账都在。",
            english =
                "A part of this app is missing, so it cannot take payments. Update the app; do not uninstall it: what was rung up is " +
                    "kept.",
        )
    }

/** The core has no words for its own absence. */
private fun unusable(
    code: String,
    cause: LinkageError,
    chinese: String,
    english: String,
): SaomaException {
    val detail = generateSequence<Throwable>(cause) { it.cause }.joinToString(": ")
    return SaomaException.Internal(ownFault(code, detail, chinese, english)).apply { initCause(cause) }
}
