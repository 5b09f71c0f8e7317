// The road of a sale, as a cashier walks it.
package io.saoma.till

import io.saoma.core.Phase
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class RoadTest {
    @Test
    fun `a sale is rung up, paid, told once and receipted`() =
        atTheCounter {
            pair()
            ringUp("12.8+3")
            val code = code()
            assertTrue(isThere("¥15.80") || isThere("${words.amountSpoken} ¥15.80"))
            assertEquals(1, phone.codesShown)
            shop.customerPays(code)
            waitFor(words.nextSale)
            waitForPart("15.80 is here")
            waitUntil("it was said") { phone.said.size == 1 }
            assertTrue("fifteen yuan, eighty fen" in phone.said.single())
            assertEquals(listOf("paid"), phone.felt.toList())
            assertEquals(0, phone.codesShown)
            tap(words.nextSale)
            waitFor(words.enterAmount)

            tap(words.sales)
            tapPart("¥15.80")
            waitFor(words.history)
            tap(words.receiptButton)
            waitFor(words.receiptExplained)
            tap(words.copy)
            tap(words.share)
            waitUntil("it was shared") { phone.shared.size == 1 }
            assertEquals(phone.copied.toList(), phone.shared.toList())
            assertEquals(1, phone.said.size)
        }

    @Test
    fun `two taps on the button are one sale`() =
        atTheCounter {
            pair()
            keyIn("5")
            tapTwice(words.chargeAmount("5.00"))
            code()
            assertEquals(1, sales().size)
        }

    @Test
    fun `a cancelled sale is closed with proof, and rung up again filled in`() =
        atTheCounter {
            pair()
            tap(words.addDetails)
            type(words.reference, "Table 8")
            type(words.note, "no ice")
            tap(words.done)
            ringUp("9.9")
            code()
            tap(words.cancelSale)
            waitFor(words.cancelQuestion)
            tapLast(words.cancelSale)
            waitUntil("it is closed") { shown().sale.phase == Phase.CLOSED && phone.codesShown == 0 }
            tap(words.ringUpAgain)
            waitFor(words.keyedIn("9.90"))
            tapPart("Table 8 · no ice")
            waitFor(words.details)
        }

    @Test
    fun `a fresh code replaces the first`() =
        atTheCounter {
            pair()
            ringUp("7")
            val first = code()
            tap(words.freshCode)
            waitUntil("there is another code") {
                shown()
                    .sale.code
                    ?.text
                    .let { it != null && it != first }
            }
            shop.customerPays(code())
            waitFor(words.nextSale)
        }

    @Test
    fun `an amount is changed by a new sale, once nobody can pay the old one`() =
        atTheCounter {
            pair()
            ringUp("12.8")
            code()
            val first = shown().sale
            tap(words.changeAmount)
            waitFor(words.changeQuestion)
            tapLast(words.changeAmount)
            waitFor(words.insteadOf(first.tail))
            assertEquals(Phase.CLOSED, sales().single().phase)
            ringUp("15")
            val second = code()
            assertEquals("15.00", shown().sale.amount)
            shop.customerPays(second)
            waitFor(words.nextSale)
            assertEquals(listOf(Phase.PAID, Phase.CLOSED), sales().map { it.phase })
        }

    @Test
    fun `a quick amount is rung up by one tap`() =
        atTheCounter {
            pair()
            settings.quickAmounts = listOf("3.00", "5.00")
            tap(words.chargeAmount("5.00"))
            code()
            assertEquals("5.00", shown().sale.amount)
        }

    @Test
    fun `the keypad builds no invalid amount`() =
        atTheCounter {
            pair()
            keyIn("00.5.55")
            waitFor(words.keyedIn("0.55"))
            keyIn("++.0")
            waitFor(words.keyedIn("0.55 + 0.0"))
            tap(words.clearKey)
            keyIn("9".repeat(NINES))
            val taken = (NINES downTo 1).first { isThere(words.keyedIn("9".repeat(it))) }
            val amount = checkNotNull(amountOf("9".repeat(taken)))
            assertTrue(taken < NINES && amount.minor <= checkNotNull(runBlocking { till.pairing() }).amountMax)
        }

    @Test
    fun `what is open under the same waybill is not rung up twice`() =
        atTheCounter {
            pair()
            val other = ring("SF1402773950286")
            goBack()
            ring("SF1402773950286")
            tap(words.openOther)
            waitFor(words.history)
            waitFor(other)
        }

    private fun Counters.ring(waybill: String): String {
        tap(words.addDetails)
        type(words.reference, waybill)
        tap(words.done)
        ringUp("20")
        waitUntil("it was answered") { shown().sale.phase in setOf(Phase.AWAITING, Phase.JOINED) }
        return shown().sale.orderNo
    }

    private companion object {
        /** Digits of more money than any till may ask for. */
        const val NINES = 14
    }
}
