package io.saoma.app

import android.app.NotificationManager
import android.app.job.JobParameters
import android.app.job.JobScheduler
import android.content.Intent
import android.content.pm.PackageManager
import android.content.res.Configuration
import android.graphics.Bitmap
import android.media.AudioManager
import android.net.Uri
import android.speech.tts.TextToSpeech
import android.view.WindowManager.LayoutParams
import androidx.compose.ui.graphics.asAndroidBitmap
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onRoot
import androidx.lifecycle.Lifecycle
import androidx.test.core.app.ActivityScenario
import androidx.test.platform.app.InstrumentationRegistry
import io.saoma.Shop
import io.saoma.core.Language
import io.saoma.core.ListQuery
import io.saoma.till.Stage
import io.saoma.till.textsOf
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.AfterClass
import org.junit.Before
import org.junit.BeforeClass
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowTextToSpeech
import java.io.File
import java.util.Locale
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

/** The app as it is installed, with the real library below it, against a real backend. */
@RunWith(RobolectricTestRunner::class)
class TillTest {
    @get:Rule
    val compose = createEmptyComposeRule()
    private val person = AppRobot(compose)
    private val texts = textsOf(Language.CHINESE)
    private val shop by lazy(::Shop)
    private val shade = shadowOf(service<NotificationManager>())
    private lateinit var activity: ActivityScenario<MainActivity>

    @Before
    fun the_phone_can_speak_chinese() {
        service<AudioManager>().setStreamVolume(AudioManager.STREAM_MUSIC, 5, 0)
        ShadowTextToSpeech.addLanguageAvailability(Locale.SIMPLIFIED_CHINESE)
        activity = person.startApp()
    }

    @After
    fun end() {
        activity.close()
        shop.close()
    }

    @Test
    fun a_sale_is_paid_and_announced() {
        person.pairsBy(shop.link)
        picture("keypad")
        person.ringsUp("12.80")
        picture("code")
        activity.onActivity { assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, it.window.attributes.screenBrightness) }
        shop.customerPays(code())
        person.sees(texts.nextSale)
        picture("paid")
        assertTrue("12.80" in person.hears() || "十二" in person.hears(), person.hears())
        activity.onActivity {
            assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_NONE, it.window.attributes.screenBrightness)
            assertTrue(it.window.attributes.flags and LayoutParams.FLAG_SECURE != 0)
        }
        person.taps(texts.nextSale)
        person.sees(texts.enterAmount)
        waitFor("that nothing waits to be told") {
            runBlocking {
                person.process
                    .till()
                    .results
                    .first()
            }.isEmpty()
        }
    }

    @Test
    fun a_phone_that_is_turned_goes_on_where_it_was() {
        person.pairsBy(shop.link)
        person.ringsUp("12.80")
        activity.recreate()
        person.seesCode("12.80")
        turn(Configuration.ORIENTATION_LANDSCAPE)
        person.seesCode("12.80")
        picture("code-turned")
        activity.onActivity { assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, it.window.attributes.screenBrightness) }
        shop.customerPays(code())
        person.sees(texts.nextSale)
        activity.recreate()
        person.hears()
        person.taps(texts.nextSale)
        person.sees(texts.enterAmount)
        assertEquals(1, person.heard.size)
    }

    @Test
    fun an_app_that_was_killed_comes_back_to_its_code() {
        person.pairsBy(shop.link)
        person.ringsUp("12.80")
        dies()
        activity = person.startApp()
        person.seesCode("12.80")
        shop.customerPays(code())
        person.sees(texts.nextSale)
    }

    @Test
    fun an_app_that_was_killed_tells_of_money_that_came_meanwhile() {
        person.pairsBy(shop.link)
        person.ringsUp("12.80")
        val code = code()
        dies()
        shop.customerPays(code)
        activity = person.startApp()
        person.sees(texts.nextSale)
    }

    @Test
    fun an_app_that_was_killed_while_it_was_paired_can_be_paired() {
        person.sees(texts.pairTitle)
        dies()
        activity = person.startApp()
        person.pairsBy(shop.link)
    }

    @Test
    fun money_that_comes_in_the_background_is_in_the_shade_and_its_tap_opens_the_sale() {
        person.pairsBy(shop.link)
        person.ringsUp("12.80")
        val sale = person.newestSale()
        person.process.state.back()
        activity.moveToState(Lifecycle.State.CREATED)
        shop.customerPays(code())
        waitFor("the notification") { shade.size() == 1 }
        val shown = shade.allNotifications.single()
        val tap = shadowOf(shown.contentIntent).savedIntent
        assertEquals(sale.orderNo, tap.getStringExtra("order_no"))
        assertTrue("12.80" in shown.extras.getString("android.text").orEmpty() + shown.extras.getString("android.title"))
        activity.moveToState(Lifecycle.State.RESUMED)
        activity.onActivity { InstrumentationRegistry.getInstrumentation().callActivityOnNewIntent(it, tap) }
        waitFor("an empty shade") { shade.size() == 0 }
        person.sees(texts.history)
    }

    @Test
    fun a_payment_that_could_not_be_told_has_the_permission_asked_for() {
        person.pairsBy(shop.link)
        person.ringsUp("12.80")
        shade.setNotificationsEnabled(false)
        activity.moveToState(Lifecycle.State.CREATED)
        shop.customerPays(code())
        waitFor("the missed notice") { person.process.noticeMissed }
        activity.moveToState(Lifecycle.State.RESUMED)
        activity.onActivity {
            val asked = shadowOf(it).lastRequestedPermission.requestedPermissions
            assertEquals(listOf(android.Manifest.permission.POST_NOTIFICATIONS), asked.toList())
        }
    }

    @Test
    fun what_waits_for_a_network_goes_out_by_a_job() {
        person.pairsBy(shop.link)
        shop.goesAway()
        person.keysIn("12.80")
        waitFor("a sale") {
            runBlocking {
                person.process
                    .till()
                    .list(ListQuery())
                    .sales
                    .isNotEmpty()
            }
        }
        activity.moveToState(Lifecycle.State.CREATED)
        val scheduler = service<JobScheduler>()
        waitFor("a job") { scheduler.allPendingJobs.isNotEmpty() }
        shop.comesBack()
        val job = Robolectric.buildService(CatchUpJob::class.java).create().get()
        assertTrue(job.onStartJob(Shadow.newInstanceOf(JobParameters::class.java)))
        waitFor("the sale's code") { person.newestSale().code != null }
        shop.customerPays(code())
        waitFor("the job's end") { shadowOf(job).isJobFinished }
        waitFor("that no job waits") { scheduler.allPendingJobs.isEmpty() }
        assertFalse(shadowOf(job).isRescheduleNeeded)
    }

    @Test
    fun without_the_camera_the_link_is_typed() {
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_CAMERA_ANY, true)
        dies()
        activity = person.startApp()
        person.taps(texts.pairScan)
        // Robolectric's phone has no camera, whatever it announces.
        person.sees(texts.cameraAbsent)
        person.taps(texts.typeInstead)
        person.pairsBy(shop.link)
    }

    @Test
    fun a_link_from_the_phones_camera_app_fills_the_pairing_in() {
        person.sees(texts.pairTitle)
        val link = Intent(Intent.ACTION_VIEW, Uri.parse(shop.link)).setPackage(app.packageName)
        val taker =
            app.packageManager
                .resolveActivity(link, 0)
                ?.activityInfo
                ?.name
        assertEquals(MainActivity::class.java.name, taker)
        activity.onActivity { InstrumentationRegistry.getInstrumentation().callActivityOnNewIntent(it, link) }
        person.sees(hasText(shop.link, substring = true))
        person.taps(texts.pairButton)
        person.sees(texts.enterAmount)
    }

    @Test
    fun a_till_that_lost_its_key_says_so_and_is_paired_again() {
        person.pairsBy(shop.link)
        FakeAndroidKeyStore.loseAll()
        dies()
        activity = person.startApp()
        person.sees(texts.cannotOpen)
        picture("key-lost")
        person.taps(texts.tryAgain)
        person.sees(texts.cannotOpen)
        person.taps(texts.giveKeyUp)
        person.agrees(texts.giveKeyUp)
        person.sees(hasText("读不出来", substring = true))
        person.sees(texts.pairTitle)
    }

    @Test
    fun without_a_speech_engine_it_vibrates_and_says_so() {
        person.pairsBy(shop.link)
        person.voiceStatus = TextToSpeech.ERROR
        person.ringsUp("12.80")
        shop.customerPays(code())
        person.sees(texts.notPlayed)
    }

    /** As the system ends a process: without a word to the activity. */
    private fun dies() {
        waitFor("the till") { person.process.state.stage is Stage.Open }
        activity.close()
        SaomaApp.of(app).run {
            process.end()
            begin()
        }
    }

    private fun code(): String = checkNotNull(person.newestSale().code).text

    private fun turn(to: Int) {
        RuntimeEnvironment.setQualifiers(if (to == Configuration.ORIENTATION_LANDSCAPE) "+land" else "+port")
    }

    /** For eyes: target/pictures. */
    private fun picture(name: String) {
        val file = File("target/pictures/$name.png").apply { parentFile?.mkdirs() }
        file.outputStream().use {
            compose
                .onRoot()
                .captureToImage()
                .asAndroidBitmap()
                .compress(Bitmap.CompressFormat.PNG, 100, it)
        }
    }

    companion object {
        /** Before the app starts, which opens the till at once. */
        @BeforeClass
        @JvmStatic
        fun there_is_a_key_store() = FakeAndroidKeyStore.install()

        @AfterClass
        @JvmStatic
        fun there_is_none() = FakeAndroidKeyStore.remove()
    }
}
