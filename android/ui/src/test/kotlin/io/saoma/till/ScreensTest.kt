// Every other screen, driven by what it says.
package io.saoma.till

import io.saoma.core.Language
import io.saoma.core.ListFilter
import io.saoma.core.Phase
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class ScreensTest {
    @Test
    fun `a till is paired by its camera, and a wrong code is told in words`() {
        val camera = Camera().apply { sees = "https://example.org" }
        atTheCounter(Phone(camera)) {
            tap(words.pairScan)
            tap("camera")
            waitForPart("must begin with")
            camera.sees = shop.link
            tap(words.pairScan)
            tap("camera")
            waitFor(words.enterAmount)
        }
    }

    @Test
    fun `a camera that may not be used is told, and everything can be typed`() {
        val camera = Camera().apply { missing = NoCamera.DENIED }
        atTheCounter(Phone(camera)) {
            tap(words.pairScan)
            tap("camera")
            waitFor(words.cameraDenied)
            tap(words.typeInstead)
            pair()
            tap(words.scanReference)
            tap("camera")
            waitFor(words.cameraDenied)
            goBack()
            waitFor(words.enterAmount)
        }
    }

    @Test
    fun `sales are found by the end of their number and by what became of them`() =
        atTheCounter {
            pair()
            ringUp("6.5")
            shop.customerPays(code())
            tap(words.nextSale)
            ringUp("12.8")
            code()
            goBack()
            val (open, paid) = sales()
            tap(words.sales)
            waitForPart("¥6.50")
            waitForPart("¥12.80")
            type(words.searchTail, paid.tail.lowercase())
            waitUntil("only that one is there") { hasPart(paid.tail) && !hasPart(open.tail) }
            tap(words.clearSearch)
            tap(words.filter(ListFilter.OPEN))
            waitUntil("only the open one is there") { hasPart(open.tail) && !hasPart(paid.tail) }
            tap(words.filter(ListFilter.ALARMED))
            waitFor(words.noSales)
        }

    @Test
    fun `a long list is read page by page`() =
        atTheCounter {
            pair()
            outside { network(false) }
            repeat(60) { charge(100L + it) }
            tap(words.sales)
            waitForPart("¥1.59")
            scrollTo("¥1.00")
        }

    @Test
    fun `a courier finds what is to be collected by its waybill`() {
        val camera = Camera()
        atTheCounter(Phone(camera)) {
            pair()
            charge(89_00, reference = "SF1402773950286")
            charge(230_50, reference = "YT7734021885530")
            tap(words.toCollect)
            waitForPart("2 sales, ¥319.50")
            type(words.searchReference, "sf14")
            waitUntil("only that one is there") { hasPart("SF1402773950286") && !hasPart("YT7734021885530") }
            tap(words.clearSearch)
            camera.sees = "YT7734021885530"
            tap(words.scanReference)
            tap("camera")
            waitForPart("YT7734021885530")
            waitUntil("its sale is open") { hasPart("¥230.50") && !hasPart("SF1402773950286") }
        }
    }

    @Test
    fun `a waybill is scanned onto a sale`() {
        val camera = Camera().apply { sees = "SF1402773950286" }
        atTheCounter(Phone(camera)) {
            pair()
            tap(words.scanReference)
            tap("camera")
            waitForPart("SF1402773950286")
            ringUp("20")
            code()
            assertEquals("SF1402773950286" to "SF1402773950286", shown().sale.run { reference to businessKey })
        }
    }

    @Test
    fun `what is too long is told at its field`() =
        atTheCounter {
            pair()
            tap(words.addDetails)
            type(words.reference, "x".repeat(70))
            tap(words.done)
            keyIn("20")
            pressCharge()
            waitForPart("at most 64 bytes")
            waitFor(words.details)
            type(words.reference, "Table 8")
            tap(words.done)
            ringUp("")
            code()
        }

    @Test
    fun `settings stay, and the language changes everything at once`() =
        atTheCounter {
            pair()
            ringUp("12.8")
            code()
            goBack()
            tap(words.more)
            tap(words.settings)
            tap(words.sound)
            tap(words.look(Look.DARK))
            tap(words.typeSize(TypeSize.LARGE))
            tap(words.largeModules)
            type(words.addQuickAmount, "12.80")
            tap(words.add)
            type(words.addQuickAmount, "3")
            tap(words.add)
            type(words.addQuickAmount, "1.234")
            tap(words.add)
            type(words.description, "Milk tea")
            tap("中文")
            waitFor(ChineseTexts.settings)
            waitForPart("1 单共 ¥12.80 还没有结果")
            kill()
            start()
            waitFor(ChineseTexts.codeSpoken + ", ¥12.80")
            settings.run {
                assertEquals(
                    listOf(Language.CHINESE, Look.DARK, TypeSize.LARGE, false, true, "Milk tea", listOf("3.00", "12.80")),
                    listOf(language, look, typeSize, sound, largeModules, description, quickAmounts),
                )
            }
            goBack()
            tap(words.chargeAmount("3.00"))
            code()
            assertEquals("Milk tea", shown().sale.description)
            goBack()
            tap(words.more)
            tap(words.settings)
            tap(words.remove("¥3.00"))
            waitUntil("it is gone") { settings.quickAmounts == listOf("12.80") }
        }

    @Test
    fun `a voice that is missing is found out by trying it`() {
        val phone = Phone().apply { speaks = false }
        atTheCounter(phone) {
            pair()
            tap(words.more)
            tap(words.settings)
            tap(words.trySound)
            waitFor(words.notPlayed)
            phone.speaks = true
            tap(words.trySound)
            waitFor(words.soundHeard)
        }
    }

    @Test
    fun `a day is added up by the till's receipts, and the merchant's by the backend`() =
        atTheCounter {
            pair()
            ringUp("6.5")
            shop.customerPays(code())
            tap(words.nextSale)
            tap(words.more)
            tap(words.day)
            waitUntil("both sums are there") { times("¥6.50") == 2 }
            tap(words.dayBefore)
            waitUntil("nothing was taken the day before") { times("¥0.00") == 2 }
            shop.goesAway()
            tap(words.dayAfter)
            waitForPart("The backend cannot be reached.")
            waitUntil("its own is known all the same") { times("¥6.50") == 1 }
            shop.comesBack()
            tap(words.tryAgain)
            waitUntil("both sums are there") { times("¥6.50") == 2 }
        }

    @Test
    fun `a diagnosis is copied, and has no secrets in it`() =
        atTheCounter {
            pair()
            tap(words.more)
            tap(words.diagnosis)
            waitFor(words.diagnosisWhy)
            tap(words.copy)
            waitFor(words.copied)
            val copied = phone.copied.single()
            assertTrue(words.journal in copied && words.testMoney in copied, copied)
            assertTrue(secretOf(shop.link) !in copied, copied)
        }

    private fun secretOf(link: String) = checkNotNull(Regex("[?&]s=([^&]+)").find(link)) { link }.groupValues[1]

    @Test
    fun `test money is called so on every screen`() =
        atTheCounter {
            pair()
            waitFor(words.testMoney)
            ringUp("6.5")
            val code = code()
            assertTrue(isThere(words.testMoney))
            tap(words.showDetails)
            waitFor(words.history)
            assertTrue(isThere(words.testMoney))
            goBack()
            shop.customerPays(code)
            waitFor(words.nextSale)
            assertTrue(isThere(words.testMoney))
            tap(words.nextSale)
            for (tab in listOf(words.toCollect, words.sales, words.more)) {
                tap(tab)
                assertTrue(isThere(words.testMoney), tab)
            }
            for (place in listOf(words.day, words.drafts, words.settings, words.diagnosis, words.pairAgain)) {
                tap(words.more)
                tap(place)
                waitFor(words.back)
                assertTrue(isThere(words.testMoney), place)
                goBack()
            }
        }

    @Test
    fun `no screenshot is made of money or of a pairing link`() =
        atTheCounter {
            waitFor(words.pairTitle)
            assertEquals(1, phone.guarded)
            pair()
            assertEquals(1, phone.guarded)
            tap(words.more)
            tap(words.settings)
            waitFor(words.sound)
            waitUntil("it may be pictured") { phone.guarded == 0 }
        }

    @Test
    fun `checking now asks, and a sale that ended offers no more than its particulars`() =
        atTheCounter {
            pair()
            ringUp("6.5")
            code()
            tap(words.checkNow)
            waitForPart(words.checked(words.ago(0)))
            tap(words.cancelSale)
            tapLast(words.cancelSale)
            waitUntil("it is closed") { shown().sale.phase == Phase.CLOSED }
            waitFor(words.newSale)
            assertTrue(!isThere(words.cancelSale))
        }
}
