package io.saoma.app

import android.app.Activity
import android.app.Application
import android.content.Intent
import android.net.ConnectivityManager
import android.os.PowerManager
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch
import org.junit.After
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowNetwork
import kotlin.test.assertEquals
import kotlin.test.assertTrue

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class HintsTest {
    private val scope = MainScope()
    private val networks = service<ConnectivityManager>()
    private val power = service<PowerManager>()
    private val window = Robolectric.buildActivity(Activity::class.java)

    @After
    fun end() = scope.cancel()

    @Test
    fun without_a_network_it_is_said_at_once() {
        shadowOf(networks).setActiveNetworkInfo(null)
        assertEquals(listOf(false), told(networkHints(app)))
    }

    @Test
    fun the_network_comes_changes_and_goes() {
        val told = told(networkHints(app))
        val (wifi, mobile) = ShadowNetwork.newInstance(1) to ShadowNetwork.newInstance(2)
        system { onAvailable(wifi) }
        system { onBlockedStatusChanged(wifi, false) }
        assertEquals(listOf(true), told)
        system { onAvailable(mobile) }
        assertEquals(listOf(true, true), told)
        system { onLost(mobile) }
        assertEquals(listOf(true, true, false), told)
    }

    @Test
    fun a_network_that_doze_forbids_is_none() {
        val told = told(networkHints(app))
        val wifi = ShadowNetwork.newInstance(1)
        system { onAvailable(wifi) }
        system { onBlockedStatusChanged(wifi, true) }
        system { onBlockedStatusChanged(wifi, false) }
        assertEquals(listOf(true, false, true), told)
    }

    @Test
    fun nothing_is_left_with_the_system_when_nobody_listens() {
        told(networkHints(app))
        scope.cancel()
        settle()
        assertTrue(shadowOf(networks).networkCallbacks.isEmpty())
    }

    @Test
    fun the_app_comes_to_the_front_and_goes() {
        val told = told(presence(app))
        assertEquals(listOf(false), told)
        window.create().start()
        settle()
        window.stop()
        settle()
        assertEquals(listOf(false, true, false), told)
    }

    @Test
    fun a_phone_that_is_turned_stays_in_front() {
        val told = told(presence(app))
        window.setup()
        settle()
        window.recreate()
        settle()
        assertEquals(listOf(false, true), told)
    }

    @Test
    fun each_waking_in_front_is_told_again() {
        val told = told(presence(app))
        window.setup()
        settle()
        for (waking in listOf(Intent.ACTION_SCREEN_ON, Intent.ACTION_USER_PRESENT, PowerManager.ACTION_DEVICE_IDLE_MODE_CHANGED)) {
            app.sendBroadcast(Intent(waking))
            settle()
        }
        assertEquals(listOf(false, true, true, true, true), told)
    }

    @Test
    fun falling_asleep_and_waking_in_a_pocket_are_not_told() {
        val told = told(presence(app))
        window.setup()
        settle()
        shadowOf(power).setIsDeviceIdleMode(true)
        app.sendBroadcast(Intent(PowerManager.ACTION_DEVICE_IDLE_MODE_CHANGED))
        settle()
        assertEquals(listOf(false, true), told)
        shadowOf(power).setIsDeviceIdleMode(false)
        window.pause().stop()
        app.sendBroadcast(Intent(PowerManager.ACTION_DEVICE_IDLE_MODE_CHANGED))
        settle()
        assertEquals(listOf(false, true, false), told)
    }

    private fun <T> told(hints: Flow<T>): List<T> {
        val told = mutableListOf<T>()
        scope.launch { hints.onEach(told::add).collect() }
        settle()
        return told
    }

    private fun system(says: ConnectivityManager.NetworkCallback.() -> Unit) {
        shadowOf(networks).networkCallbacks.single().says()
        settle()
    }
}
