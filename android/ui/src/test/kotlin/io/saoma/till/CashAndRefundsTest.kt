// Cash, late money, and money that goes back.
package io.saoma.till

import io.saoma.core.Announcing
import io.saoma.core.LateMoney
import io.saoma.core.Phase
import io.saoma.core.RefundPhase
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class CashAndRefundsTest {
    @Test
    fun `cash on the spot is noted, never in the words of proof, and never announced`() =
        atTheCounter {
            pair()
            keyIn("12.8")
            tap(words.takeCash)
            waitFor(words.cashQuestion("¥12.80"))
            tap(words.notTaken)
            tap(words.takeCash)
            tap(words.cashTaken)
            waitFor("Cash")
            waitForPart("as the cashier noted it")
            waitUntil("the backend has it") { shown().sale.payments.size == 1 }
            assertTrue(!isThere(words.paidHeading) && phone.said.isEmpty())
            tap(words.showDetails)
            waitFor(words.moneyIn)
            waitForPart(words.byWordOfCashier)
            goBack()
            tap(words.newSale)
            waitFor(words.enterAmount)
            assertEquals(listOf(Phase.CASH), sales().map { it.phase })
        }

    @Test
    fun `money that comes by the code beside cash is said aloud, and a manager keeps it`() =
        atTheCounter {
            pair()
            ringUp("12.8")
            val code = code()
            outside { network(false) }
            tap(words.takeCash)
            waitFor(words.cashWithCodeExplained)
            tap(words.cashTaken)
            waitFor("Cash, code may still be paid")
            assertEquals(0, phone.codesShown)
            shop.customerPays(code)
            outside { network(true) }
            waitFor(words.alarmSeen)
            waitUntil("it was said") { phone.said.size == 1 }
            assertTrue("late money" in phone.said.single())
            assertEquals("alarm", phone.felt.first())
            tap(words.lookAtSale)
            waitFor(words.moneyIn)
            waitFor(words.lateMoney(LateMoney.ASK))
            tap(words.keepMoney)
            waitFor(words.keepExplained)
            tapLast(words.keepMoney)
            waitFor(words.lateMoney(LateMoney.ACCEPTED))
        }

    @Test
    fun `late money is given back`() =
        atTheCounter {
            pair()
            ringUp("12.8")
            val code = code()
            outside { network(false) }
            tap(words.takeCash)
            tap(words.cashTaken)
            waitFor("Cash, code may still be paid")
            shop.customerPays(code)
            outside { network(true) }
            tap(words.lookAtSale)
            tap(words.giveBack)
            waitFor(words.allOfIt("¥12.80"))
            tap(words.refundReasons.last())
            tap(words.refundNow("¥12.80"))
            tapLast(words.refundNow("¥12.80"))
            waitForPart("Refund of ¥12.80")
            waitFor(words.lateMoney(LateMoney.GIVEN_BACK))
        }

    @Test
    fun `money that does not match is given back, and never called paid`() =
        atTheCounter {
            pair()
            ringUp("12.8")
            val code = code()
            shop.becomesAnotherApp()
            shop.customerPays(code)
            waitFor(words.alarmSeen)
            tap(words.lookAtSale)
            waitFor(words.doesNotMatch)
            tap(words.giveBack)
            waitFor(words.allOfIt("¥12.80"))
            tap(words.refundReasons.last())
            tap(words.refundNow("¥12.80"))
            waitFor(words.refundExplained)
            tapLast(words.refundNow("¥12.80"))
            waitForPart("Refund of ¥12.80: given back")
            val sale = sales().single()
            assertEquals(0 to RefundPhase.DONE, sale.payments.size to sale.refunds.single().phase)
            assertTrue(sale.mismatch && sale.phase != Phase.PAID && !isThere(words.paidHeading))
            assertTrue(!isThere(words.giveBack) && !isThere(words.refund), "nothing is left")
        }

    @Test
    fun `a part goes back, is called given back only with proof, and the next part waits its turn`() =
        atTheCounter {
            pair()
            sell("12.8")
            openTheSale()
            tap(words.refund)
            tap(words.aPart)
            type(words.refundAmount, "12.81")
            waitForPart(words.moreThanLeft)
            assertTrue(!canBeTapped(words.refundNow("¥12.81")))
            type(words.refundAmount, "3")
            assertTrue(!canBeTapped(words.refundNow("¥3.00")), "a reason is missing")
            type(words.refundReason, "太长".repeat(14))
            waitFor(words.reasonTooLong)
            tap(words.refundReasons.first())
            tap(words.refundNow("¥3.00"))
            waitFor(words.refundQuestion("¥3.00"))
            tap(words.notNow)
            tap(words.refundNow("¥3.00"))
            tapLast(words.refundNow("¥3.00"))
            waitForPart("Refund of ¥3.00")
            waitUntil("it is done") {
                sales()
                    .single()
                    .refunds
                    .single()
                    .phase == RefundPhase.DONE
            }
            waitUntil("it was said") { phone.said.size == 2 }
            assertTrue("Refund done, three yuan" in phone.said.last())
            tap(words.seen)
            waitForPart("given back.")
            assertTrue(hasPart("¥9.80"))

            tap(words.refund)
            tap(words.allOfIt("¥9.80"))
            tap(words.refundReasons.first())
            tap(words.refundNow("¥9.80"))
            tapLast(words.refundNow("¥9.80"))
            waitForPart("s for its turn")
        }

    @Test
    fun `a cashier's refund waits until a manager signs in on the same phone and agrees`() =
        atTheCounter {
            pair()
            val (li, wang) = shop.hires("li", "Li Lei", "cashier") to shop.hires("wang", "Wang Fang", "manager")
            runBlocking { till.signIn("li", li) }
            sell("12.8")
            openTheSale()
            giveBack("¥12.80")
            waitForPart("waits for a manager")
            waitForPart(words.askedBy("Li Lei"))
            assertTrue(!isThere(words.agree))
            tap(words.managerSignsIn)
            tapPart("Wang Fang")
            for (digit in wang) tap(digit.toString())
            tap(words.signIn)
            tap(words.agree)
            waitFor(words.agreeQuestion("¥12.80"))
            tapLast(words.agree)
            waitUntil("it is done") {
                sales()
                    .single()
                    .refunds
                    .single()
                    .phase == RefundPhase.DONE
            }
            waitForPart("given back.")
        }

    @Test
    fun `a manager declines with a reason, and that the money stays is told until it was read`() =
        atTheCounter {
            pair()
            val (li, wang) = shop.hires("li", "Li Lei", "cashier") to shop.hires("wang", "Wang Fang", "manager")
            runBlocking { till.signIn("li", li) }
            sell("12.8")
            openTheSale()
            giveBack("¥12.80")
            waitForPart("waits for a manager")
            runBlocking { till.signIn("wang", wang) }
            tap(words.decline)
            tap(words.declineReasons.first())
            tapLast(words.decline)
            waitForPart("a manager said no")
            waitForPart(words.declineReasons.first())
            goBack()
            waitFor(words.alarmSeen)
            waitFor("Test: Refund not done")
            kill()
            start()
            waitFor("Test: Refund not done")
            tap(words.alarmSeen)
            waitFor(words.enterAmount)
        }

    @Test
    fun `what the till is quiet about is shown, not said, and not told again`() =
        atTheCounter {
            pair()
            runBlocking { till.setAnnouncing(Announcing(leastMinor = 100_00)) }
            ringUp("6.5")
            shop.customerPays(code())
            waitFor(words.nextSale)
            assertTrue(!isThere(words.notPlayed) && !isThere(words.playAgain) && phone.said.isEmpty())
            tap(words.nextSale)
            kill()
            start()
            waitFor(words.enterAmount)
            assertTrue(phone.said.isEmpty())
        }

    private fun Counters.sell(amount: String) {
        ringUp(amount)
        shop.customerPays(code())
        tap(words.nextSale)
        waitFor(words.enterAmount)
    }

    private fun Counters.openTheSale() {
        tap(words.sales)
        tapPart(words.tail(sales().single().tail))
        waitFor(words.moneyIn)
    }

    private fun Counters.giveBack(amount: String) {
        tap(words.refund)
        tap(words.refundReasons.first())
        tap(words.refundNow(amount))
        tapLast(words.refundNow(amount))
    }
}
