// Notifications of money that came while nobody looked at the till.
package io.saoma.app

import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import androidx.core.app.NotificationCompat
import androidx.core.app.NotificationManagerCompat
import io.saoma.core.MoneyResult
import io.saoma.core.ResultKind
import java.time.Instant

/**
 * Shows results about money in the system's shade, in the core's words. It tells of a result and does no more: only a person who saw it
 * on the till's own screen acknowledges it.
 */
class PaymentNotices(
    private val context: Context,
) {
    private val shade = NotificationManagerCompat.from(context)
    private val shown = mutableSetOf<String>()

    /** Whether the system shows them: it asked the person, or did not need to, and the person did not silence them since. */
    val allowed: Boolean
        get() = shade.areNotificationsEnabled() && shade.getNotificationChannel(CHANNEL)?.importance != NotificationManager.IMPORTANCE_NONE

    /**
     * Shows a result, once; it stays until the till is in front, whoever heard of it meanwhile. False: the system may not show it.
     */
    fun show(result: MoneyResult): Boolean {
        if (!allowed) return false
        shade.createNotificationChannel(channel())
        if (shown.add(result.key)) shade.notify(result.key, ID, notice(result))
        return true
    }

    /** Takes all of them away, those of an earlier process too: the till is in front and tells by itself. */
    fun clear() {
        shade.cancelAll()
        shown.clear()
    }

    private fun channel() =
        NotificationChannel(CHANNEL, context.getString(R.string.payments_channel), NotificationManager.IMPORTANCE_HIGH).apply {
            description = context.getString(R.string.payments_channel_why)
            lockscreenVisibility = NotificationCompat.VISIBILITY_PRIVATE
        }

    private fun notice(result: MoneyResult) =
        NotificationCompat
            .Builder(context, CHANNEL)
            .setSmallIcon(R.drawable.notification)
            .setColor(context.getColor(R.color.icon_background))
            .setContentTitle(result.title)
            .setContentText(result.sentence)
            .setStyle(NotificationCompat.BigTextStyle().bigText(result.sentence))
            .setCategory(if (result.isFailure) NotificationCompat.CATEGORY_ERROR else NotificationCompat.CATEGORY_STATUS)
            .setSilent(!result.aloud)
            .setWhen(result.paidAt.toEpochMilli())
            .setShowWhen(true)
            .setAutoCancel(true)
            // Again after a restart of the process, but not aloud again.
            .setOnlyAlertOnce(true)
            // A locked phone shows no amount, unless its owner chose to see such things there.
            .setVisibility(NotificationCompat.VISIBILITY_PRIVATE)
            .setPublicVersion(hidden(result.paidAt))
            .setContentIntent(opening(result.orderNo))
            .build()

    private fun hidden(at: Instant) =
        NotificationCompat
            .Builder(context, CHANNEL)
            .setSmallIcon(R.drawable.notification)
            .setContentTitle(context.getString(R.string.app_name))
            .setContentText(context.getString(R.string.payment_hidden))
            .setWhen(at.toEpochMilli())
            .setShowWhen(true)
            .build()

    private fun opening(orderNo: String): PendingIntent {
        val intent = MainActivity.showing(context, orderNo)
        return PendingIntent.getActivity(
            context,
            orderNo.hashCode(),
            intent,
            PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE,
        )
    }

    private val MoneyResult.isFailure get() = kind == ResultKind.MISMATCH || kind == ResultKind.REFUND_FAILED

    companion object {
        /** The kind of notification, as the system's settings keep it. */
        const val CHANNEL = "payments"
        private const val ID = 1
    }
}
