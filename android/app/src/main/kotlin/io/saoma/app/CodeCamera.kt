// The camera on the back, looking for a code.
package io.saoma.app

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.ImageFormat
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CameraMetadata
import android.hardware.camera2.CaptureRequest
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.util.Size
import android.view.Surface
import io.saoma.till.NoCamera
import io.saoma.till.Wanted
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlin.coroutines.resumeWithException

/** Looks through the camera as long as it is asked to, and gives it back at once after that. */
class CodeCamera(
    context: Context,
) {
    private val cameras: CameraManager? = context.getSystemService(CameraManager::class.java)

    /** The one on the back, else any; null where there is none. */
    private val camera: String? =
        try {
            cameras?.cameraIdList.orEmpty().let { ids -> ids.find(::isOnBack) ?: ids.firstOrNull() }
        } catch (_: CameraAccessException) {
            null
        }

    /** Whether the phone has a camera at all. */
    val isThere: Boolean get() = camera != null

    /** The size of its pictures as the sensor has them, which lies on its side when the phone is upright. */
    val pictures: Size by lazy { picturesOf(checkNotNull(camera) { "asked only where there is one" }) }

    /**
     * Shows the camera's picture on [preview] and gives every code of the kind [wanted] to [onRead], again for as long as it is
     * seen, on a thread of its own. Ends when the camera is no longer to be had, and says why. The permission must have been given.
     */
    suspend fun look(
        preview: Surface,
        wanted: Wanted,
        onRead: (String) -> Unit,
    ): NoCamera {
        val id = camera ?: return NoCamera.ABSENT
        val thread = HandlerThread("codes").apply { start() }
        val handler = Handler(thread.looper)
        val frames = ImageReader.newInstance(pictures.width, pictures.height, ImageFormat.YUV_420_888, FRAMES_MAX)
        frames.setOnImageAvailableListener(Frames(wanted, onRead), handler)
        val lost = CompletableDeferred<NoCamera>()
        var device: CameraDevice? = null
        try {
            device = open(id, handler, lost)
            val surfaces = listOf(preview, frames.surface)
            val session = session(device, surfaces, handler)
            session.setRepeatingRequest(request(device, id, surfaces), null, handler)
            return lost.await()
        } catch (_: CameraAccessException) {
            return NoCamera.BUSY
        } catch (_: IllegalStateException) {
            // It was taken away between two calls.
            return NoCamera.BUSY
        } catch (_: SecurityException) {
            return NoCamera.DENIED
        } finally {
            device?.close()
            // Not while a frame is being read.
            handler.post(frames::close)
            thread.quitSafely()
        }
    }

    private fun isOnBack(id: String): Boolean =
        cameras?.getCameraCharacteristics(id)?.get(CameraCharacteristics.LENS_FACING) == CameraMetadata.LENS_FACING_BACK

    /** Large enough for the narrow bars of a waybill, small enough to be searched many times a second. */
    private fun picturesOf(id: String): Size {
        val offered =
            cameras
                ?.getCameraCharacteristics(id)
                ?.get(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP)
                ?.getOutputSizes(ImageFormat.YUV_420_888)
                .orEmpty()
        return offered.filter { it.width <= WIDTH_MAX && it.height <= WIDTH_MAX }.maxByOrNull { it.width * it.height } ?: EVERY_CAMERA_HAS
    }

    @SuppressLint("MissingPermission")
    private suspend fun open(
        id: String,
        handler: Handler,
        lost: CompletableDeferred<NoCamera>,
    ): CameraDevice =
        suspendCancellableCoroutine { waiting ->
            val states =
                object : CameraDevice.StateCallback() {
                    override fun onOpened(device: CameraDevice) {
                        waiting.resume(device) { _, late, _ -> late.close() }
                    }

                    override fun onDisconnected(device: CameraDevice) = end(device)

                    override fun onError(
                        device: CameraDevice,
                        error: Int,
                    ) = end(device)

                    private fun end(device: CameraDevice) {
                        device.close()
                        lost.complete(NoCamera.BUSY)
                        if (waiting.isActive) waiting.resumeWithException(CameraAccessException(CameraAccessException.CAMERA_IN_USE))
                    }
                }
            checkNotNull(cameras) { "it gave the camera's name" }.openCamera(id, states, handler)
        }

    @Suppress("DEPRECATION") // The other form came with Android 9.
    private suspend fun session(
        device: CameraDevice,
        surfaces: List<Surface>,
        handler: Handler,
    ): CameraCaptureSession =
        suspendCancellableCoroutine { waiting ->
            val states =
                object : CameraCaptureSession.StateCallback() {
                    override fun onConfigured(session: CameraCaptureSession) {
                        waiting.resume(session) { _, late, _ -> late.close() }
                    }

                    override fun onConfigureFailed(session: CameraCaptureSession) {
                        waiting.resumeWithException(CameraAccessException(CameraAccessException.CAMERA_ERROR))
                    }
                }
            device.createCaptureSession(surfaces, states, handler)
        }

    private fun request(
        device: CameraDevice,
        id: String,
        surfaces: List<Surface>,
    ): CaptureRequest =
        device.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW).run {
            surfaces.forEach(::addTarget)
            val focusing = cameras?.getCameraCharacteristics(id)?.get(CameraCharacteristics.CONTROL_AF_AVAILABLE_MODES)
            if (focusing?.contains(CameraMetadata.CONTROL_AF_MODE_CONTINUOUS_PICTURE) == true) {
                set(CaptureRequest.CONTROL_AF_MODE, CameraMetadata.CONTROL_AF_MODE_CONTINUOUS_PICTURE)
            }
            build()
        }

    /** Reads the newest frame; those that came meanwhile are passed over. */
    private class Frames(
        wanted: Wanted,
        private val onRead: (String) -> Unit,
    ) : ImageReader.OnImageAvailableListener {
        private val reader = CodeReader(wanted)
        private var bytes = ByteArray(0)

        override fun onImageAvailable(frames: ImageReader) {
            frames.acquireLatestImage()?.use { frame ->
                val brightness = frame.planes.first()
                val size = brightness.buffer.remaining()
                if (bytes.size != size) bytes = ByteArray(size)
                brightness.buffer.get(bytes)
                reader.read(bytes, frame.width, frame.height, brightness.rowStride)?.let(onRead)
            }
        }
    }

    private companion object {
        const val WIDTH_MAX = 1_280
        const val FRAMES_MAX = 2
        val EVERY_CAMERA_HAS = Size(640, 480)
    }
}
