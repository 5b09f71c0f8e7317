// Time on the screen: a code that leaves it, and knowledge that grows old.
package io.saoma.till

import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.State
import androidx.compose.runtime.mutableLongStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.staticCompositionLocalOf
import kotlinx.coroutines.delay
import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter

private const val TICK_MS = 250L

/** The device's clock that goes on in sleep, read four times a second. */
@Composable
internal fun ticking(platform: Platform): State<Long> {
    val now = remember { mutableLongStateOf(platform.elapsedMs()) }
    LaunchedEffect(platform) {
        while (true) {
            now.longValue = platform.elapsedMs()
            delay(TICK_MS)
        }
    }
    return now
}

/** Where the person is, for the hours that are shown. */
internal val LocalZone = staticCompositionLocalOf<ZoneId> { ZoneId.systemDefault() }

/** `08-01 12:03`: what a list needs. */
internal fun Instant.short(zone: ZoneId): String = DateTimeFormatter.ofPattern("MM-dd HH:mm").format(atZone(zone))

/** `08-01 12:03:09`: what a history needs. */
internal fun Instant.toTheSecond(zone: ZoneId): String = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss").format(atZone(zone))

/** `2026-08-01 12:03:09`: what a dispute needs. */
internal fun Instant.exact(zone: ZoneId): String = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").format(atZone(zone))
