// Shifts, days, slips and tables.
package io.saoma

import io.saoma.core.Announcing
import io.saoma.core.Language
import io.saoma.core.Paper
import io.saoma.core.QuietHours
import io.saoma.core.SaomaException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue

class BooksTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a shift is opened with a float, and closed with what was counted, also without a network`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                refused<SaomaException.NotNow>("no_shift") { till.closeShift(null) }
                assertEquals("float", refused<SaomaException.Input>("bad_input") { till.openShift(-1) }.fault.field)
                assertNull(till.openShift(100_00).closedAt)
                refused<SaomaException.NotNow>("shift_open") { till.openShift(0) }
                till.sellAt(shop)
                till.network(false)
                shop.goesAway()
                assertEquals("counted", refused<SaomaException.Input>("bad_input") { till.closeShift(-1) }.fault.field)
                val sealed = till.closeShift(99_50)
                assertEquals(listOf(100_00L, 100_00L, 99_50L), listOf(sealed.floatMinor, sealed.expectedMinor, sealed.countedMinor))
                assertEquals("-0.50", sealed.difference)
                assertEquals(12_80, sealed.sums.paid.minor)
                assertEquals(listOf(sealed), till.shifts(10u))
                assertEquals("limit", refused<SaomaException.Input>("bad_input") { till.shifts(0u) }.fault.field)
            }
        }

    @Test
    fun `slips are lines of the paper's width`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.sellAt(shop)
                till.openShift(0)
                val slip = till.receiptSlip(sale.orderNo, Paper.MM58)
                assertTrue(slip.any { "12.80" in it } && slip.all { it.length <= 32 }, slip.joinToString("\n"))
                assertTrue(till.shiftSlip(1u, Paper.MM80).any { it.length == 48 })
                refused<SaomaException.NotNow>("no_shift") { till.shiftSlip(2u, Paper.MM80) }
                refused<SaomaException.NotNow>("no_receipt") { till.receiptSlip(till.chargeTea().orderNo, Paper.MM58) }
            }
        }

    @Test
    fun `a day is given as tables for spreadsheets, and wrong days are named`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.sellAt(shop)
                val today = till.day().totals.date
                val sales = till.salesCsv(today)
                assertTrue(sales.startsWith("\uFEFF") && sale.orderNo in sales && sales.endsWith("\r\n"), sales)
                assertEquals(sales, till.salesCsv())
                assertEquals(3, till.daysCsv(minusDays(today, 1), today).lines().count { it.isNotEmpty() }, "a head and two days")
                assertEquals("date", refused<SaomaException.Input>("bad_input") { till.salesCsv("2026-02-30") }.fault.field)
                assertEquals("until", refused<SaomaException.Input>("bad_input") { till.daysCsv(today, minusDays(today, 1)) }.fault.field)
                assertEquals("until", refused<SaomaException.Input>("bad_input") { till.daysCsv(minusDays(today, 366), today) }.fault.field)
            }
        }

    @Test
    fun `the books are held against the bill, and a manager explains a difference`() =
        inShop { shop ->
            shop.till(folder, link = shop.oneMoreLink("manager")).use { till ->
                till.sellAt(shop)
                val today = till.day().totals.date
                assertEquals("date", refused<SaomaException.Input>("bad_input") { till.reconciliation("yesterday") }.fault.field)
                shop.misfortune("bill_stranger", on = "/v3/bill/tradebill", times = 1)
                shop.play("POST", "settle-day", """{"date":"$today"}""")
                shop.admin("bill", today)
                val day = till.reconciliation(today)
                // The stranger, and the account's own movements, in which it is not.
                assertEquals(1u, day.agreed.count)
                assertEquals(2uL to 2uL, day.findingsTotal to day.open)
                val stranger = day.findings.single { it.oursMinor == null }.id
                val settled = till.settleFinding(today, stranger, "The bank's mistake")
                assertEquals(1uL, settled.open)
                val explained = settled.findings.single { it.id == stranger }.settled
                assertEquals("The bank's mistake", explained?.reason)
            }
        }

    @Test
    fun `in quiet hours and below the least amount a payment is shown and not said`() =
        inShop { shop ->
            val always = Announcing(QuietHours(0u, 1_439u), 0)
            Till.open(folder, Language.ENGLISH, announcing = Announcing(null, 12_81)).use { till ->
                till.pair(shop.link, "counter 1")
                till.sellAt(shop)
                assertEquals(listOf(false), till.resultsUntil(count = 1).map { it.aloud })
                till.setAnnouncing(Announcing(null, 12_80))
                assertEquals(listOf(true), till.resultsUntil(count = 1).map { it.aloud })
                val field = refused<SaomaException.Input>("bad_input") { till.setAnnouncing(Announcing(null, -1)) }.fault.field
                assertEquals("least_amount", field)
                val same = refused<SaomaException.Input>("bad_input") { till.setAnnouncing(Announcing(QuietHours(60u, 60u), 0)) }
                assertEquals("quiet.until_minute", same.fault.field)
                till.setAnnouncing(always)
            }
            val late = refused<SaomaException.Input>("bad_input") { Till.open(folder, announcing = Announcing(QuietHours(1_440u, 0u), 0)) }
            assertEquals("quiet.from_minute", late.fault.field)
        }

    private fun minusDays(
        date: String,
        days: Long,
    ) = java.time.LocalDate
        .parse(date)
        .minusDays(days)
        .toString()
}
