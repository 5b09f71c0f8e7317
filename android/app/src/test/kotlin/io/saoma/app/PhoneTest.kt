package io.saoma.app

import android.app.Activity
import android.app.Application
import android.content.ClipboardManager
import android.content.Intent
import android.content.pm.PackageManager
import android.net.Uri
import android.os.Vibrator
import android.provider.Settings
import android.view.HapticFeedbackConstants
import android.view.WindowManager.LayoutParams
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.io.File
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class PhoneTest {
    private val phone = Phone(app)
    private val activity =
        Robolectric
            .buildActivity(Activity::class.java)
            .setup()
            .get()
            .also(phone::enter)
    private val shown get() = activity.window.attributes

    @Test
    fun under_a_code_the_display_is_bright_and_awake_until_the_last_code_is_gone() {
        val first = phone.display.showCode()
        val second = phone.display.showCode()
        first.close()
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, shown.screenBrightness)
        assertTrue(shown.flags and LayoutParams.FLAG_KEEP_SCREEN_ON != 0)
        second.close()
        second.close()
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_NONE, shown.screenBrightness)
        assertEquals(0, shown.flags and LayoutParams.FLAG_KEEP_SCREEN_ON)
    }

    @Test
    fun what_is_guarded_is_in_no_screenshot() {
        val guard = phone.display.guard()
        assertTrue(shown.flags and LayoutParams.FLAG_SECURE != 0)
        guard.close()
        assertEquals(0, shown.flags and LayoutParams.FLAG_SECURE)
    }

    @Test
    fun the_next_window_is_as_the_last_was() {
        val code = phone.display.showCode()
        val turned = Robolectric.buildActivity(Activity::class.java).setup().get()
        phone.enter(turned)
        phone.leave(activity)
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, turned.window.attributes.screenBrightness)
        code.close()
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_NONE, turned.window.attributes.screenBrightness)
    }

    @Test
    fun keys_money_and_alarms_are_felt_apart() {
        val motor = shadowOf(service<Vibrator>())
        phone.haptics.key()
        assertEquals(HapticFeedbackConstants.KEYBOARD_TAP, shadowOf(activity.window.decorView).lastHapticFeedbackPerformed())
        phone.haptics.paid()
        assertContentEquals(Vibration.PAID, motor.pattern)
        phone.haptics.alarm()
        assertContentEquals(Vibration.ALARM, motor.pattern)
        assertEquals(-1, motor.repeat)
    }

    @Test
    fun a_phone_without_a_window_still_vibrates_for_money() {
        phone.leave(activity)
        phone.haptics.key()
        phone.haptics.paid()
        assertContentEquals(Vibration.PAID, shadowOf(service<Vibrator>()).pattern)
    }

    @Test
    fun a_text_is_copied() {
        phone.sharing.copy("receipt", "proof")
        val clip = assertNotNull(service<ClipboardManager>().primaryClip)
        assertEquals("receipt" to "proof", clip.description.label to clip.getItemAt(0).text)
    }

    @Test
    fun a_text_is_offered_to_other_apps() {
        phone.sharing.share("proof")
        val chooser = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_CHOOSER, chooser.action)
        val send = assertNotNull(chooser.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java))
        assertEquals(
            Triple(Intent.ACTION_SEND, "text/plain", "proof"),
            Triple(send.action, send.type, send.getStringExtra(Intent.EXTRA_TEXT)),
        )
    }

    @Test
    fun a_file_is_offered_to_other_apps_and_only_the_last_one_is_kept() {
        assertTrue(runBlocking { phone.sharing.file("账单-2026-08-01.csv", "text/csv", "\uFEFF单号\r\n") })
        shadowOf(app).nextStartedActivity
        assertTrue(runBlocking { phone.sharing.file("账单-2026-08-02.csv", "text/csv", "\uFEFF单号,金额\r\n") })
        val chooser = shadowOf(app).nextStartedActivity
        val send = assertNotNull(chooser.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java))
        assertEquals(Intent.ACTION_SEND to "text/csv", send.action to send.type)
        assertTrue(send.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION != 0)
        val file = assertNotNull(send.getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java))
        assertEquals("content" to "账单-2026-08-02.csv", file.scheme to file.lastPathSegment)
        val given = assertNotNull(app.contentResolver.openInputStream(file)).use { it.readBytes().decodeToString() }
        assertEquals("\uFEFF单号,金额\r\n", given)
        assertEquals(1, File(app.cacheDir, "given").list()?.size)
    }

    @Test
    fun the_device_is_called_as_its_owner_called_it() {
        Settings.Global.putString(app.contentResolver, Settings.Global.DEVICE_NAME, "柜台二")
        assertEquals("柜台二", Phone(app).deviceName)
        Settings.Global.putString(app.contentResolver, Settings.Global.DEVICE_NAME, " ")
        assertEquals(android.os.Build.MODEL, Phone(app).deviceName)
    }

    @Test
    fun a_phone_without_a_camera_has_no_scanner() {
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_CAMERA_ANY, false)
        assertNull(Phone(app).scanner)
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_CAMERA_ANY, true)
        assertNotNull(Phone(app).scanner)
    }

    @Test
    fun settings_outlive_the_process() {
        assertNull(KeptSettings(app).read("language"))
        KeptSettings(app).write("language", "ENGLISH")
        assertEquals("ENGLISH", KeptSettings(app).read("language"))
    }
}
