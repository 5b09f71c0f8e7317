// The till's screens as a phone shows them.
package io.saoma.app

import androidx.activity.compose.BackHandler
import androidx.activity.compose.LocalActivity
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.SideEffect
import androidx.core.view.WindowCompat
import io.saoma.till.Look
import io.saoma.till.TillScreens

/** Everything that is on screen, and what a phone has besides: its own way back, the bars at the edges. */
@Composable
internal fun AppScreens(process: TillProcess) {
    val state = process.state
    BarsAsTheLook(state.settings.look)
    BackHandler(state.canGoBack) { state.back() }
    TillScreens(state)
}

/** The clock and the signs in the status bar are to be read on the till's own ground, not on the system's. */
@Composable
private fun BarsAsTheLook(look: Look) {
    val dark =
        when (look) {
            Look.SYSTEM -> isSystemInDarkTheme()
            Look.LIGHT -> false
            Look.DARK -> true
        }
    val window = LocalActivity.current?.window ?: return
    SideEffect {
        WindowCompat.getInsetsController(window, window.decorView).apply {
            isAppearanceLightStatusBars = !dark
            isAppearanceLightNavigationBars = !dark
        }
    }
}
