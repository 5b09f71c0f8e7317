package io.saoma.app

import android.app.Application
import android.app.Notification
import android.app.NotificationManager
import io.saoma.core.MoneyResult
import io.saoma.core.ResultKind
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.time.Instant
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertTrue

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class PaymentNoticesTest {
    private val notices = PaymentNotices(app)
    private val system = service<NotificationManager>()
    private val shade = shadowOf(system)
    private val paid = result("wechatpay:1", ResultKind.PAID)

    @Test
    fun money_is_told_in_the_cores_words_and_opens_its_sale() {
        assertTrue(notices.show(paid))
        val shown = shade.allNotifications.single()
        assertEquals("已收款 ¥12.80", shown.extras.getString(Notification.EXTRA_TITLE))
        assertEquals("尾号 7X3K4Q，微信支付。", shown.extras.getString(Notification.EXTRA_TEXT))
        assertEquals(PaymentNotices.CHANNEL, shown.channelId)
        assertEquals(1_785_000_000_000, shown.`when`)
        val tap = shadowOf(shown.contentIntent)
        assertTrue(tap.isImmutable)
        assertEquals(MainActivity.showing(app, paid.orderNo).filterHashCode(), tap.savedIntent.filterHashCode())
        assertEquals(paid.orderNo, tap.savedIntent.getStringExtra("order_no"))
    }

    @Test
    fun a_locked_screen_shows_no_amount() {
        notices.show(paid)
        val shown = shade.allNotifications.single()
        assertEquals(Notification.VISIBILITY_PRIVATE, shown.visibility)
        val public = assertNotNull(shown.publicVersion)
        assertEquals("打开收银台查看。", public.extras.getString(Notification.EXTRA_TEXT))
        assertFalse("12.80" in public.extras.toString())
    }

    @Test
    fun a_result_is_told_once() {
        repeat(2) { notices.show(paid) }
        notices.show(result("wechatpay:2", ResultKind.PAID))
        assertEquals(2, shade.size())
    }

    @Test
    fun what_the_till_is_quiet_about_makes_no_sound() {
        notices.show(paid.copy(aloud = false))
        val quiet = shade.allNotifications.single()
        assertEquals(Notification.GROUP_ALERT_SUMMARY, quiet.groupAlertBehavior)
        notices.show(result("wechatpay:2", ResultKind.PAID))
        val loud = shade.allNotifications.single { it.groupAlertBehavior == Notification.GROUP_ALERT_ALL }
        assertEquals(Notification.CATEGORY_STATUS, loud.category)
    }

    @Test
    fun money_that_went_back_is_no_error_and_money_that_could_not_is_one() {
        notices.show(result("refund:1", ResultKind.REFUNDED))
        assertEquals(Notification.CATEGORY_STATUS, shade.allNotifications.single().category)
        notices.show(result("refund:2:abnormal", ResultKind.REFUND_FAILED))
        assertEquals(1, shade.allNotifications.count { it.category == Notification.CATEGORY_ERROR })
    }

    @Test
    fun money_that_does_not_match_is_an_error() {
        notices.show(result("mismatch:1", ResultKind.MISMATCH))
        assertEquals(Notification.CATEGORY_ERROR, shade.allNotifications.single().category)
    }

    @Test
    fun in_front_of_the_till_none_is_left() {
        notices.show(paid)
        notices.clear()
        assertEquals(0, shade.size())
    }

    @Test
    fun without_the_permission_nothing_is_shown_and_that_is_known() {
        shade.setNotificationsEnabled(false)
        assertFalse(notices.show(paid))
        assertEquals(0, shade.size())
    }

    @Test
    fun a_silenced_kind_counts_as_not_allowed() {
        notices.show(paid)
        val silenced = system.getNotificationChannel(PaymentNotices.CHANNEL)
        assertEquals("到账通知", silenced.name)
        silenced.importance = NotificationManager.IMPORTANCE_NONE
        assertFalse(notices.allowed)
    }

    private fun result(
        key: String,
        kind: ResultKind,
    ) = MoneyResult(
        key = key,
        kind = kind,
        orderNo = "01K3Z7N5E8QW4R6T2Y9V7X3K4Q",
        tail = "7X3K4Q",
        minor = 1_280,
        amount = "12.80",
        currency = "CNY",
        live = true,
        late = false,
        paidAt = Instant.ofEpochSecond(1_785_000_000),
        learnedAt = Instant.ofEpochSecond(1_785_000_002),
        title = "已收款 ¥12.80",
        sentence = "尾号 7X3K4Q，微信支付。",
        spoken = "收款十二元八角",
        aloud = true,
    )
}
