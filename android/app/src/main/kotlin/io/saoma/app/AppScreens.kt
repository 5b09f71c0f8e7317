// The till's screens as a phone shows them.
package io.saoma.app

import androidx.activity.compose.BackHandler
import androidx.activity.compose.LocalActivity
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.runtime.SideEffect
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.font.FontFamily
import androidx.core.view.WindowCompat
import io.saoma.core.Fault
import io.saoma.till.Actions
import io.saoma.till.Framed
import io.saoma.till.Icons
import io.saoma.till.LocalTexts
import io.saoma.till.Look
import io.saoma.till.SideButton
import io.saoma.till.Stage
import io.saoma.till.TillScreens
import io.saoma.till.TillTheme
import io.saoma.till.TroubleScreen

/** Everything that is on screen, and what a phone has besides: its own way back, the bars at the edges, a key that can be lost. */
@Composable
internal fun AppScreens(process: TillProcess) {
    val state = process.state
    val stage = state.stage
    BarsAsTheLook(state.settings.look)
    BackHandler(state.canGoBack) { state.back() }
    if (stage is Stage.Trouble && process.needsKey(stage.fault)) KeyLost(process, stage.fault) else TillScreens(state)
}

/** Trying again does not bring a key back; a new one, and pairing, do. */
@Composable
private fun KeyLost(
    process: TillProcess,
    fault: Fault,
) {
    val state = process.state
    TillTheme(state.settings, FontFamily.Default) {
        Framed {
            Column(Modifier.fillMaxSize()) {
                Box(Modifier.weight(1f)) { TroubleScreen(fault, state.settings.language, onAgain = state::open) }
                Actions { SideButton(LocalTexts.current.pairAgain, process::replaceKey, Modifier.fillMaxWidth(), Icons.Link) }
            }
        }
    }
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
