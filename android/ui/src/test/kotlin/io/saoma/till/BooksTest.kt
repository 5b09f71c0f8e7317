// Shifts, days, slips and tables, on the screens.
package io.saoma.till

import io.saoma.core.Announcing
import io.saoma.core.Language
import io.saoma.core.Paper
import io.saoma.core.QuietHours
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.time.LocalDate
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class BooksTest {
    @Test
    fun `a shift is opened, closed with what was counted, and its slip is given away`() =
        atTheCounter {
            pair()
            tap(words.more)
            tap(words.shifts)
            waitFor(words.noShift)
            tap(words.openShift)
            waitFor(words.inDrawerWhy)
            type(words.inDrawer, "1oo")
            assertTrue(!canBeTapped(words.openShift))
            type(words.inDrawer, "100")
            tap(words.openShift)
            waitForPart(words.stillOpen)
            goBack()
            tap(words.charge)
            ringUp("6.5")
            shop.customerPays(code())
            tap(words.nextSale)
            tap(words.more)
            tap(words.shifts)
            tap(words.closeShift)
            type(words.cashCounted, "99.5")
            waitForPart(words.short("0.50"))
            tap(words.closeShift)
            waitFor(words.slip)
            waitForPart("¥6.50")
            waitForPart(words.short("0.50"))
            tap(words.slip)
            waitForPart("Expected in the drawer")
            tap(words.paper(Paper.MM80))
            waitUntil("it is kept") { settings.paper == Paper.MM80 }
            waitForPart("Expected in the drawer")
            tap(words.share)
            waitUntil("it was shared") { phone.shared.any { text -> text.lines().any { it.length == 48 } } }
            tap(words.toFile)
            waitUntil("it was given") { phone.files.any { (name, _) -> name == "${words.shiftNo(1)}.txt" } }
            goBack()
            goBack()
            waitFor(words.noShift)
            tapPart(words.shiftNo(1))
            waitFor(words.slip)
            assertEquals(99_50, runBlocking { till.shifts(1u) }.single().countedMinor)
        }

    @Test
    fun `a shift is closed without counting, and what is learned later stands below it`() =
        atTheCounter {
            pair()
            runBlocking { till.openShift(0) }
            ringUp("6.5")
            val code = code()
            goBack()
            tap(words.more)
            tap(words.shifts)
            waitForPart(words.unprovenWhy)
            tap(words.closeShift)
            tap(words.closeWithoutCount)
            waitForPart(words.notCounted)
            goBack()
            goBack()
            shop.customerPays(code)
            waitFor(words.seen)
            tap(words.seen)
            tap(words.more)
            tap(words.shifts)
            tapPart(words.shiftNo(1))
            waitFor(words.learnedLater)
            waitForPart("¥6.50")
        }

    @Test
    fun `a customer gets a slip of paper for what was paid`() =
        atTheCounter {
            pair()
            ringUp("6.5")
            shop.customerPays(code())
            tap(words.receiptButton)
            tap(words.receiptButton)
            tap(words.slip)
            waitForPart("WeChat Pay number")
            waitForPart("6.50")
            tap(words.copy)
            waitUntil("it was copied") { phone.copied.any { text -> text.lines().all { it.length <= 32 } && "6.50" in text } }
        }

    @Test
    fun `a day stands by method and person, and any day before today can be looked at`() =
        atTheCounter {
            pair()
            val pin = shop.hires("li", "Li Lei", "cashier")
            runBlocking { till.signIn("li", pin) }
            ringUp("6.5")
            shop.customerPays(code())
            tap(words.nextSale)
            charge(3_00)
            tap(words.more)
            tap(words.day)
            waitFor(words.byMethod)
            waitForPart(words.method("wechatpay_qr"))
            waitForPart(words.unprovenWhy)
            waitFor(words.byPerson)
            waitForPart("Li Lei")
            val today = runBlocking { till.day() }.totals.date
            tapPart(today)
            type(words.dateHint, LocalDate.parse(today).plusDays(1).toString())
            waitFor(words.noSuchDay)
            type(words.dateHint, "2026-02-30")
            waitFor(words.noSuchDay)
            val before = LocalDate.parse(today).minusDays(40).toString()
            type(words.dateHint, before)
            tap(words.goToDay)
            waitFor(before)
            waitUntil("nothing was taken then") { times("¥0.00") == 2 }
        }

    @Test
    fun `a day that has ended is held against the bank's bill`() =
        atTheCounter {
            pair()
            val today = runBlocking { till.day() }.totals.date
            tap(words.more)
            tap(words.day)
            waitForPart(today)
            assertEquals(0, times(words.bill), "today has no bill yet")
            val before = LocalDate.parse(today).minusDays(1).toString()
            tapPart(today)
            type(words.dateHint, before)
            tap(words.goToDay)
            waitFor(words.bill)
            val bill = runBlocking { till.reconciliation(before) }
            waitForPart(bill.sentence)
        }

    @Test
    fun `a day's sales and many days are given away as tables`() =
        atTheCounter {
            pair()
            val sale = charge(6_50)
            tap(words.more)
            tap(words.day)
            tap(words.export)
            val today = runBlocking { till.day() }.totals.date
            tap(words.exportSales)
            waitUntil("it was given") { phone.files.size == 1 }
            val (name, sales) = phone.files.single()
            assertEquals(words.salesFile(today), name)
            assertTrue(sales.startsWith("\uFEFF") && sale in sales)
            waitForPart(words.fileGiven)
            type(words.fromDay, "2026-13-01")
            tap(words.exportDays)
            waitForPart("such as 2026-08-01")
            type(words.fromDay, LocalDate.parse(today).minusDays(400).toString())
            tap(words.exportDays)
            waitForPart("365 days")
            type(words.fromDay, LocalDate.parse(today).minusDays(1).toString())
            tap(words.exportDays)
            waitUntil("it was given") { phone.files.size == 2 }
        }

    @Test
    fun `quiet hours and the least amount are kept once the till has taken them`() =
        atTheCounter {
            pair()
            tap(words.more)
            tap(words.settings)
            tap(words.quietHours)
            type(words.quietFrom, "25:00")
            assertTrue(!isThere(words.keepAnnouncing), "that is no time")
            type(words.quietFrom, "22:30")
            type(words.quietUntil, "22:30")
            tap(words.keepAnnouncing)
            waitForPart("another minute")
            assertEquals(Announcing(null, 0), settings.announcing)
            type(words.quietUntil, "7:00")
            type(words.leastSaid, "5")
            tap(words.keepAnnouncing)
            waitFor(words.keptAnnouncing)
            val wanted = Announcing(QuietHours(1_350u, 420u), 5_00)
            assertEquals(wanted, settings.announcing)
            kill()
            start()
            waitFor(words.enterAmount)
            assertEquals(wanted, settings.announcing)
        }

    @Test
    fun `a damaged setting does not keep the till from opening`() {
        val drawer = Drawer()
        for (quiet in listOf("60-60", "0-1440", "22:00-07:00", "70000-1", "-")) {
            drawer.write("quiet", quiet)
            drawer.write("least_said", "-1")
            assertEquals(Announcing(null, 0), Settings(drawer, Language.CHINESE).announcing, quiet)
        }
    }
}
