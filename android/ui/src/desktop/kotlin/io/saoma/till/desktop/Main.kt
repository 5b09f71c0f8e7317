// The till in a window: `MainKt FOLDER`. FOLDER holds the journal, the key and the settings.
package io.saoma.till.desktop

import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.input.key.Key
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.key
import androidx.compose.ui.input.key.type
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Window
import androidx.compose.ui.window.application
import androidx.compose.ui.window.rememberWindowState
import io.saoma.Till
import io.saoma.preferredLanguage
import io.saoma.till.Settings
import io.saoma.till.TillScreens
import io.saoma.till.TillState
import kotlinx.coroutines.launch
import java.io.File
import kotlin.system.exitProcess

/** Starts the window and ends with it. */
public fun main(arguments: Array<String>) {
    val folder =
        arguments.singleOrNull()?.let(::File) ?: run {
            System.err.println("usage: MainKt FOLDER")
            exitProcess(2)
        }
    application {
        val scope = rememberCoroutineScope()
        val state =
            remember {
                val settings = Settings(FileSettings(File(folder, "settings.properties")), preferredLanguage())
                TillState(Desktop(), settings, scope) { language, keyWasLost ->
                    Till.open(folder, language, keyWasLost = keyWasLost, announcing = settings.announcing)
                }
            }
        val window = rememberWindowState(size = DpSize(420.dp, 820.dp))
        Window(
            onCloseRequest = {
                scope.launch {
                    state.shut()
                    exitApplication()
                }
            },
            state = window,
            title = "Saoma 扫码",
            onPreviewKeyEvent = { event -> event.key == Key.Escape && event.type == KeyEventType.KeyDown && state.back() },
        ) {
            // Another window may be in front: the customer's wallet, for example. Only a till that is put away rests.
            LaunchedEffect(window) { snapshotFlow { window.isMinimized }.collect { state.foreground(!it) } }
            TillScreens(state, chineseLetters())
        }
    }
}
