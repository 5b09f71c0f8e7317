package io.saoma.app

import android.Manifest
import android.app.Application
import android.content.ComponentName
import android.content.pm.PackageManager
import android.graphics.ImageFormat
import android.graphics.Rect
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CameraMetadata
import android.util.Size
import android.view.SurfaceHolder
import android.view.SurfaceView
import android.view.View
import android.view.ViewGroup
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.ui.Modifier
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.test.core.app.ActivityScenario
import io.saoma.till.NoCamera
import io.saoma.till.Wanted
import org.junit.After
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowCameraCharacteristics
import org.robolectric.shadows.StreamConfigurationMapBuilder
import kotlin.test.assertEquals
import kotlin.test.assertNull

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class CameraTest {
    @get:Rule
    val compose = createEmptyComposeRule()
    private val cameras = shadowOf(service<CameraManager>())
    private val unavailable = mutableListOf<NoCamera>()
    private lateinit var activity: ActivityScenario<ComponentActivity>

    @Before
    fun there_is_a_screen() {
        shadowOf(app.packageManager).addActivityIfNotPresent(ComponentName(app, ComponentActivity::class.java))
        activity = ActivityScenario.launch(ComponentActivity::class.java)
    }

    @After
    fun end() = activity.close()

    @Test
    fun a_phone_without_a_camera_says_so() {
        look()
        assertEquals(listOf(NoCamera.ABSENT), unavailable)
    }

    @Test
    fun the_permission_is_asked_for_and_a_no_is_told() {
        addCamera()
        look()
        activity.onActivity(::saysNo)
        waitFor("the no") { unavailable == listOf(NoCamera.DENIED) }
        assertNull(picture())
    }

    @Test
    fun with_the_permission_the_picture_is_there() {
        addCamera()
        shadowOf(app).grantPermissions(Manifest.permission.CAMERA)
        look()
        waitFor("the picture") { picture() != null }
        assertEquals(emptyList(), unavailable)
    }

    @Test
    fun a_camera_that_is_taken_away_is_busy() {
        addCamera()
        shadowOf(app).grantPermissions(Manifest.permission.CAMERA)
        look()
        waitFor("the picture") { picture() != null }
        val surface = checkNotNull(picture())
        val fake = shadowOf(surface).fakeSurfaceHolder
        val holder =
            object : SurfaceHolder by fake {
                override fun getSurfaceFrame() = Rect(0, 0, 1_280, 720)
            }
        activity.onActivity { fake.callbacks.toList().forEach { it.surfaceCreated(holder) } }
        // It is opened on threads of its own: taken away as soon as it is there.
        waitFor("the end of the picture") {
            compose.waitForIdle()
            cameras.triggerDisconnect()
            unavailable == listOf(NoCamera.BUSY)
        }
    }

    @Test
    fun its_pictures_are_as_large_as_can_be_searched_often() {
        addCamera()
        assertEquals(Size(1_280, 720), CodeCamera(app).pictures)
    }

    @Suppress("DEPRECATION") // As the system tells the activity.
    private fun saysNo(activity: ComponentActivity) {
        val asked = shadowOf(activity).lastRequestedPermission
        assertEquals(listOf(Manifest.permission.CAMERA), asked.requestedPermissions.toList())
        activity.onRequestPermissionsResult(asked.requestCode, asked.requestedPermissions, intArrayOf(PackageManager.PERMISSION_DENIED))
    }

    private fun look() {
        activity.onActivity {
            it.setContent { CameraScanner(it).View(Wanted.PAIRING_LINK, {}, unavailable::add, Modifier) }
        }
        compose.waitForIdle()
    }

    private fun picture(): SurfaceView? {
        var found: SurfaceView? = null
        activity.onActivity { found = it.window.decorView.find() }
        return found
    }

    private fun View.find(): SurfaceView? =
        when (this) {
            is SurfaceView -> this
            is ViewGroup -> (0 until childCount).firstNotNullOfOrNull { getChildAt(it).find() }
            else -> null
        }

    private fun addCamera() {
        val sizes =
            StreamConfigurationMapBuilder
                .newBuilder()
                .addOutputSize(ImageFormat.YUV_420_888, Size(4_000, 3_000))
                .addOutputSize(ImageFormat.YUV_420_888, Size(1_280, 720))
                .addOutputSize(ImageFormat.YUV_420_888, Size(640, 480))
                .build()
        val characteristics = ShadowCameraCharacteristics.newCameraCharacteristics()
        shadowOf(characteristics).run {
            set(CameraCharacteristics.LENS_FACING, CameraMetadata.LENS_FACING_BACK)
            set(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP, sizes)
        }
        cameras.addCamera("0", characteristics)
    }
}
