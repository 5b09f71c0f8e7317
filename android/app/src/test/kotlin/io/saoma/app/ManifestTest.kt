package io.saoma.app

import android.app.Application
import android.content.Intent
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager.GET_PERMISSIONS
import android.content.pm.PackageManager.GET_PROVIDERS
import android.content.res.Configuration
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.drawable.AdaptiveIconDrawable
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.File
import java.util.Locale
import javax.xml.parsers.DocumentBuilderFactory
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue

/** The manifest and the resources as the system reads them, out of the package. */
@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class ManifestTest {
    private val manager = app.packageManager
    private val info = manager.getPackageInfo(app.packageName, GET_PERMISSIONS or GET_PROVIDERS)

    @Test
    fun nothing_is_backed_up_and_nothing_is_sent_in_the_clear() {
        val flags = checkNotNull(info.applicationInfo).flags
        assertEquals(0, flags and ApplicationInfo.FLAG_ALLOW_BACKUP)
        assertEquals(0, flags and ApplicationInfo.FLAG_USES_CLEARTEXT_TRAFFIC)
        assertEquals(0, flags and ApplicationInfo.FLAG_DEBUGGABLE)
    }

    @Test
    fun it_runs_on_android_8_and_later_and_asks_for_no_more_than_it_needs() {
        assertEquals(26 to 35, checkNotNull(info.applicationInfo).run { minSdkVersion to targetSdkVersion })
        val asked = checkNotNull(info.requestedPermissions).map { it.substringAfterLast('.') }.toSet()
        assertEquals(
            setOf(
                "INTERNET",
                "ACCESS_NETWORK_STATE",
                "VIBRATE",
                "CAMERA",
                "POST_NOTIFICATIONS",
                "RECEIVE_BOOT_COMPLETED",
                "DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION",
            ),
            asked,
        )
    }

    @Test
    fun files_go_to_the_app_that_is_chosen_and_to_no_other() {
        val provider = checkNotNull(info.providers).single()
        assertEquals("io.saoma.app.files", provider.authority)
        assertTrue(!provider.exported && provider.grantUriPermissions)
    }

    @Test
    fun it_starts_from_the_launcher() {
        val start = checkNotNull(manager.getLaunchIntentForPackage(app.packageName))
        assertEquals(MainActivity::class.java.name, start.component?.className)
        assertTrue(Intent.CATEGORY_LAUNCHER in start.categories)
    }

    @Test
    fun what_the_libraries_need_of_the_manifest_is_in_ours_or_left_out_on_purpose() {
        val ours = componentsOf(File("src/main/AndroidManifest.xml"))
        val theirs =
            checkNotNull(
                File("../aars/target/unpacked").listFiles(),
            ).flatMap { componentsOf(File(it, "AndroidManifest.xml")) }.toSet()
        val leftOut =
            setOf(
                // Starts the ones below.
                "androidx.startup.InitializationProvider",
                // The app has one window, and watches it itself.
                "androidx.lifecycle.ProcessLifecycleInitializer",
                // Emoji newer than the phone, fetched from Google; tills show none.
                "androidx.emoji2.text.EmojiCompatInitializer",
                // Profiles of which code to compile first; none is made here.
                "androidx.profileinstaller.ProfileInstallerInitializer",
                "androidx.profileinstaller.ProfileInstallReceiver",
            )
        assertEquals(leftOut, theirs - ours)
    }

    @Test
    fun it_is_named_in_both_languages() {
        assertEquals("扫码收款", nameIn(Locale.SIMPLIFIED_CHINESE))
        assertEquals("Saoma Till", nameIn(Locale.ENGLISH))
        assertEquals("Saoma Till", nameIn(Locale.FRENCH))
    }

    @Test
    fun it_has_an_icon_that_takes_the_launchers_shape() {
        assertEquals(R.mipmap.icon, checkNotNull(info.applicationInfo).icon)
        val icon = assertIs<AdaptiveIconDrawable>(app.getDrawable(R.mipmap.icon))
        val bitmap = Bitmap.createBitmap(432, 432, Bitmap.Config.ARGB_8888)
        icon.setBounds(0, 0, 432, 432)
        icon.draw(Canvas(bitmap))
        File(
            "target/pictures/icon.png",
        ).apply { parentFile?.mkdirs() }.outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
        assertEquals(app.getColor(R.color.icon_background), bitmap.getPixel(216, 100))
    }

    private fun nameIn(locale: Locale): String {
        val there = Configuration(app.resources.configuration).apply { setLocale(locale) }
        return app.createConfigurationContext(there).getString(R.string.app_name)
    }

    private fun componentsOf(manifest: File): List<String> {
        val document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(manifest)
        return listOf("activity", "service", "receiver", "provider", "meta-data").flatMap { kind ->
            val nodes = document.getElementsByTagName(kind)
            (0 until nodes.length).map {
                nodes
                    .item(it)
                    .attributes
                    .getNamedItem("android:name")
                    .nodeValue
            }
        }
    }
}
