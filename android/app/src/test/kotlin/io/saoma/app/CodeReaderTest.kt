package io.saoma.app

import com.google.zxing.BarcodeFormat
import com.google.zxing.MultiFormatWriter
import io.saoma.till.Wanted
import org.junit.Test
import java.util.Random
import kotlin.test.assertEquals
import kotlin.test.assertNull

/** What a camera sees, made by hand: brightness with noise, in rows that are longer than the picture. */
private class Picture(
    val width: Int,
    val height: Int,
    val rowStride: Int = width,
) {
    val brightness = ByteArray(rowStride * height) { 200.toByte() }

    fun draw(
        format: BarcodeFormat,
        text: String,
        codeWidth: Int,
        codeHeight: Int,
    ) = apply {
        val code = MultiFormatWriter().encode(text, format, codeWidth, codeHeight)
        val (left, top) = (width - code.width) / 2 to (height - code.height) / 2
        for (y in 0 until code.height) {
            for (x in 0 until code.width) brightness[(top + y) * rowStride + left + x] = if (code[x, y]) 40 else 210.toByte()
        }
    }

    /** As a sensor in the dusk. */
    fun noisy() =
        apply {
            val chance = Random(1)
            for (i in brightness.indices) {
                brightness[i] = ((brightness[i].toInt() and 0xff) + chance.nextInt(41) - 20).coerceIn(0, 255).toByte()
            }
        }

    /** The phone held a quarter further. */
    fun turned() =
        Picture(height, width).also { turned ->
            for (y in 0 until height) {
                for (x in 0 until width) turned.brightness[x * height + (height - 1 - y)] = brightness[y * rowStride + x]
            }
        }

    fun read(wanted: Wanted) = CodeReader(wanted).read(brightness, width, height, rowStride)
}

class CodeReaderTest {
    private val link = "saoma://pair?url=https%3A%2F%2Ftill.example&secret=4ZTQF8S7M2K9C1XW6B3V5N8R0D&root=9vXq2"

    private val paymentCode = "134567890123456789"

    @Test
    fun a_pairing_link_is_read_however_the_phone_is_held() {
        var picture = Picture(1_280, 720).draw(BarcodeFormat.QR_CODE, link, 400, 400).noisy()
        repeat(4) {
            assertEquals(link, picture.read(Wanted.PAIRING_LINK))
            picture = picture.turned()
        }
    }

    @Test
    fun a_waybill_is_read_however_the_phone_is_held() {
        var picture = Picture(1_280, 720).draw(BarcodeFormat.CODE_128, "SF1420077635590", 700, 160).noisy()
        repeat(4) {
            assertEquals("SF1420077635590", picture.read(Wanted.REFERENCE))
            picture = picture.turned()
        }
    }

    @Test
    fun what_else_is_printed_on_goods_and_tables_is_a_reference_too() {
        val printed =
            mapOf(
                BarcodeFormat.CODE_39 to "TABLE-7",
                BarcodeFormat.ITF to "12345678901231",
                BarcodeFormat.EAN_13 to "6901234567892",
                BarcodeFormat.QR_CODE to "table 7",
            )
        for ((format, text) in printed) {
            assertEquals(text, Picture(1_280, 720).draw(format, text, 600, 300).read(Wanted.REFERENCE), "$format")
        }
    }

    @Test
    fun a_payment_code_is_read_as_a_qr_code_and_as_a_barcode_however_the_phone_is_held() {
        for ((format, width, height) in listOf(Triple(BarcodeFormat.QR_CODE, 400, 400), Triple(BarcodeFormat.CODE_128, 900, 200))) {
            var picture = Picture(1_280, 720).draw(format, paymentCode, width, height).noisy()
            repeat(4) {
                assertEquals(paymentCode, picture.read(Wanted.PAYMENT_CODE), "$format")
                picture = picture.turned()
            }
        }
    }

    @Test
    fun what_else_lies_on_the_counter_is_no_payment_code() {
        for (text in listOf(link, "weixin://wxpay/bizpayurl?pr=8KqYvN2zz", "6901234567892", "１３４５６７８９０１２３４５６７８９")) {
            assertNull(Picture(1_280, 720).draw(BarcodeFormat.QR_CODE, text, 500, 500).read(Wanted.PAYMENT_CODE), text)
        }
        assertNull(Picture(1_280, 720).draw(BarcodeFormat.CODE_128, "SF1420077635590", 700, 160).read(Wanted.PAYMENT_CODE))
    }

    @Test
    fun a_code_of_another_wallet_is_read_so_that_it_is_refused_with_a_reason() {
        val other = "281234567890123456"
        assertEquals(other, Picture(1_280, 720).draw(BarcodeFormat.QR_CODE, other, 400, 400).read(Wanted.PAYMENT_CODE))
    }

    @Test
    fun a_barcode_is_no_pairing_link() {
        assertNull(Picture(1_280, 720).draw(BarcodeFormat.CODE_128, "SF1420077635590", 700, 160).read(Wanted.PAIRING_LINK))
    }

    @Test
    fun rows_may_be_longer_than_the_picture_and_the_last_may_end_early() {
        val picture = Picture(640, 480, rowStride = 704).draw(BarcodeFormat.QR_CODE, link, 380, 380)
        val cut = picture.brightness.copyOf(704 * 479 + 640)
        assertEquals(link, CodeReader(Wanted.PAIRING_LINK).read(cut, 640, 480, 704))
    }

    @Test
    fun an_empty_picture_and_one_that_is_not_whole_hold_nothing() {
        assertNull(Picture(640, 480).noisy().read(Wanted.REFERENCE))
        assertNull(CodeReader(Wanted.REFERENCE).read(ByteArray(10), 640, 480))
        assertNull(CodeReader(Wanted.REFERENCE).read(ByteArray(0), 0, 0))
    }
}
