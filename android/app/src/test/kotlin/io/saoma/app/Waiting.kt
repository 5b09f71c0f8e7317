package io.saoma.app

import android.app.Application
import android.os.Looper
import androidx.test.core.app.ApplicationProvider
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.locks.LockSupport

/** The application of this test. */
val app: Application get() = ApplicationProvider.getApplicationContext()

/** Lets the main thread work until something is so. */
fun waitFor(
    what: String,
    isSo: () -> Boolean,
) {
    val patience = System.nanoTime() + 120_000_000_000
    while (!isSo()) {
        check(System.nanoTime() < patience) { "waited in vain for $what" }
        shadowOf(Looper.getMainLooper()).idle()
        LockSupport.parkNanos(1_000_000)
    }
}

/** Lets the main thread do all that it has to do now. */
fun settle() = shadowOf(Looper.getMainLooper()).idle()

/** A service of the system. */
inline fun <reified T : Any> service(): T = checkNotNull(app.getSystemService(T::class.java))
