// What a phone or a desktop gives the screens: a voice, a vibration, a camera, its display. The screens know nothing else of it.
package io.saoma.till

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import io.saoma.core.Language

/** The device below the screens. All of it is called on the main thread. */
public interface Platform {
    /** What the device is called when it is paired, such as "Pixel 9". */
    public val deviceName: String

    /** Reads announcements aloud. */
    public val speech: Speech

    /** Vibrates. */
    public val haptics: Haptics

    /** Reads codes with the camera; null where there is none, such as on a desktop: then everything is typed. */
    public val scanner: Scanner?

    /** Brightness, the sleep of the screen, screenshots. */
    public val display: Display

    /** Gives texts and files to other apps. */
    public val sharing: Sharing

    /**
     * Milliseconds of a clock that only goes forward and goes on while the device sleeps, from any start: Android's
     * `SystemClock.elapsedRealtime`. Codes leave the screen by it. Also called on other threads.
     */
    public fun elapsedMs(): Long
}

/** Reads announcements aloud. */
public interface Speech {
    /**
     * Says [text] and returns when it was heard to its end. False when it was not: there is no speech engine, no voice for
     * [language], or the sound is off. Then the screen says so, and vibrates. Cancelling stops the voice.
     */
    public suspend fun say(
        text: String,
        language: Language,
    ): Boolean
}

/** Vibrates, where there is a motor; otherwise nothing happens. */
public interface Haptics {
    /** A key was pressed. */
    public fun key()

    /** Money is here. */
    public fun paid()

    /** A person must look: late money, a mismatch, an announcement that was not heard. */
    public fun alarm()
}

/** Reads codes with the camera. */
public interface Scanner {
    /**
     * The camera's picture. It asks for the permission, looks for [wanted] and calls [onRead] with what it read, the same text
     * once; or [onUnavailable], after which nothing more comes and the person types.
     */
    @Composable
    public fun View(
        wanted: Wanted,
        onRead: (String) -> Unit,
        onUnavailable: (NoCamera) -> Unit,
        modifier: Modifier,
    )
}

/** What a scan is for. */
public enum class Wanted {
    /** The QR code of a pairing link. */
    PAIRING_LINK,

    /** The barcode of a waybill, or any other that names what is paid for. */
    REFERENCE,

    /** The customer's payment code, shown as a QR code and as a barcode. What it says is a secret: it is kept nowhere. */
    PAYMENT_CODE,
}

/** Why there is no picture. */
public enum class NoCamera {
    /** The person said no; the system's settings can change it. */
    DENIED,

    /** The device has none. */
    ABSENT,

    /** Another app holds it, or it failed. */
    BUSY,
}

/** The device's display. What it gives is given back when the returned handle is closed; handles may overlap. */
public interface Display {
    /** While a code is shown: full brightness, and the screen neither dims nor sleeps. */
    public fun showCode(): AutoCloseable

    /** No screenshots, no picture among the recent apps. */
    public fun guard(): AutoCloseable
}

/** Gives texts and files to other apps. */
public interface Sharing {
    /** Puts [text] on the clipboard; [label] says what it is. */
    public fun copy(
        label: String,
        text: String,
    )

    /** Offers [text] to other apps, such as a receipt to a messenger. */
    public fun share(text: String)

    /**
     * Gives a file called [name], of the media [type], with [text] in UTF-8: to another app on a phone, into a folder on a desktop.
     * False: the person left it.
     */
    public suspend fun file(
        name: String,
        type: String,
        text: String,
    ): Boolean
}
