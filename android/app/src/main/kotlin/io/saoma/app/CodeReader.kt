// Finds a code in a picture's brightness.
package io.saoma.app

import com.google.zxing.BarcodeFormat
import com.google.zxing.Binarizer
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.LuminanceSource
import com.google.zxing.MultiFormatReader
import com.google.zxing.NotFoundException
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.common.GlobalHistogramBinarizer
import com.google.zxing.common.HybridBinarizer
import io.saoma.till.Wanted

/** Reads what is [wanted], whichever way the phone is held. For one thread. */
class CodeReader(
    private val wanted: Wanted,
) {
    private val reader =
        MultiFormatReader().apply {
            setHints(mapOf(DecodeHintType.POSSIBLE_FORMATS to formats(wanted), DecodeHintType.TRY_HARDER to true))
        }

    /**
     * The text of a code in the picture, or null. [luminance] has a byte for each point, in rows of [rowStride] bytes of which
     * [width] are the picture.
     */
    fun read(
        luminance: ByteArray,
        width: Int,
        height: Int,
        rowStride: Int = width,
    ): String? {
        if (width <= 0 || rowStride < width || luminance.size < rowStride * (height - 1) + width) return null
        // The last row of a camera's picture may be shorter than its stride.
        val whole = if (luminance.size < rowStride * height) luminance.copyOf(rowStride * height) else luminance
        val upright = PlanarYUVLuminanceSource(whole, rowStride, height, 0, 0, width, height, false)
        return find(upright) ?: find(turned(whole, width, height, rowStride))
    }

    // Light that differs over the picture needs the first, the large fields of a short code held close the second.
    private fun find(picture: LuminanceSource): String? = find(HybridBinarizer(picture)) ?: find(GlobalHistogramBinarizer(picture))

    private fun find(points: Binarizer): String? =
        try {
            reader.decodeWithState(BinaryBitmap(points)).text.takeIf { it.isNotBlank() && isWanted(it) }
        } catch (_: NotFoundException) {
            null
        } finally {
            reader.reset()
        }

    /** A payment code lies among other things on a counter: goods, waybills, the shop's own code. Only digits of its length are one. */
    private fun isWanted(text: String) =
        wanted != Wanted.PAYMENT_CODE || (text.length in PAYMENT_CODE_LENGTHS && text.all { it in '0'..'9' })

    /** A quarter turn: bars are looked for along rows only. */
    private fun turned(
        luminance: ByteArray,
        width: Int,
        height: Int,
        rowStride: Int,
    ): LuminanceSource {
        val turned = ByteArray(width * height)
        for (y in 0 until height) {
            for (x in 0 until width) turned[x * height + (height - 1 - y)] = luminance[y * rowStride + x]
        }
        return PlanarYUVLuminanceSource(turned, height, width, 0, 0, height, width, false)
    }

    private companion object {
        /** WeChat's have 18 digits, others up to 24; what is none of WeChat's is refused with a reason, which nothing at all would not be. */
        val PAYMENT_CODE_LENGTHS = 16..24

        fun formats(wanted: Wanted) =
            when (wanted) {
                Wanted.PAIRING_LINK -> {
                    listOf(BarcodeFormat.QR_CODE)
                }

                // WeChat shows both, and customers hold out either.
                Wanted.PAYMENT_CODE -> {
                    listOf(BarcodeFormat.QR_CODE, BarcodeFormat.CODE_128)
                }

                // What couriers and shops print.
                Wanted.REFERENCE -> {
                    listOf(
                        BarcodeFormat.CODE_128,
                        BarcodeFormat.CODE_39,
                        BarcodeFormat.ITF,
                        BarcodeFormat.EAN_13,
                        BarcodeFormat.QR_CODE,
                    )
                }
            }
    }
}
