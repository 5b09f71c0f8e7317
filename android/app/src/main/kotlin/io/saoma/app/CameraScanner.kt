// The camera's picture among the screens.
package io.saoma.app

import android.Manifest
import android.content.Context
import android.content.pm.PackageManager
import android.content.res.Configuration
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts.RequestPermission
import androidx.compose.foundation.AndroidExternalSurface
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.unit.IntSize
import androidx.core.content.ContextCompat
import io.saoma.till.NoCamera
import io.saoma.till.Scanner
import io.saoma.till.Wanted
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch

/** Asks for the permission when a code is to be read, and not before. */
class CameraScanner(
    private val context: Context,
) : Scanner {
    @Composable
    override fun View(
        wanted: Wanted,
        onRead: (String) -> Unit,
        onUnavailable: (NoCamera) -> Unit,
        modifier: Modifier,
    ) {
        val camera = remember { CodeCamera(context) }
        val unavailable by rememberUpdatedState(onUnavailable)
        var allowed by remember { mutableStateOf(granted()) }
        val asking =
            rememberLauncherForActivityResult(RequestPermission()) { yes ->
                allowed = yes
                if (!yes) unavailable(NoCamera.DENIED)
            }
        LaunchedEffect(Unit) {
            when {
                !camera.isThere -> unavailable(NoCamera.ABSENT)
                !allowed -> asking.launch(Manifest.permission.CAMERA)
            }
        }
        Box(modifier, Alignment.Center) {
            if (camera.isThere && allowed) Picture(camera, wanted, onRead, unavailable)
        }
    }

    @Composable
    private fun Picture(
        camera: CodeCamera,
        wanted: Wanted,
        onRead: (String) -> Unit,
        onUnavailable: (NoCamera) -> Unit,
    ) {
        val read by rememberUpdatedState(onRead)
        val unavailable by rememberUpdatedState(onUnavailable)
        val size = camera.pictures
        val upright = LocalConfiguration.current.orientation == Configuration.ORIENTATION_PORTRAIT
        val sides = size.width.toFloat() / size.height
        AndroidExternalSurface(
            modifier = Modifier.aspectRatio(if (upright) 1 / sides else sides),
            surfaceSize = IntSize(size.width, size.height),
        ) {
            // The surface goes when the app leaves the front, and the camera with it; both come back together.
            onSurface { surface, _, _ ->
                val texts = Channel<String>(Channel.CONFLATED)
                val telling =
                    launch {
                        var last: String? = null
                        for (text in texts) {
                            if (text != last) read(text)
                            last = text
                        }
                    }
                unavailable(camera.look(surface, wanted) { texts.trySend(it) })
                telling.cancel()
            }
        }
    }

    private fun granted() = ContextCompat.checkSelfPermission(context, Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED
}
