// What happens to a phone at a counter.
package io.saoma.till

import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import io.saoma.core.Phase
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.time.Duration
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class HardMomentsTest {
    @Test
    fun `without a network sales are kept, counted and added up, and go out later`() =
        atTheCounter {
            pair()
            shop.goesAway()
            outside { network(false) }
            ringUp("12.8")
            waitUntil("it is a draft") { shown().sale.phase == Phase.DRAFT }
            waitFor(shown().sale.title)
            tap(words.newSale)
            ringUp("3")
            waitForPart("2 sales, ¥15.80")
            tapPart("2 sales, ¥15.80")
            waitFor(words.searchReference)
            shop.comesBack()
            outside { network(true) }
            waitUntil("both have codes") { sales().all { it.code != null } }
        }

    @Test
    fun `an old draft waits for a person, who sends it or drops it with a reason`() {
        val road = Road()
        atTheCounter(transport = road) {
            pair()
            road.holdsOrders = true
            ringUp("12.8")
            waitUntil("it is kept") { shown().sale.phase in setOf(Phase.DRAFT, Phase.SENDING) }
            goBack()
            ringUp("20")
            waitUntil("it is kept") { shown().sale.phase in setOf(Phase.DRAFT, Phase.SENDING) }
            kill()
            road.later = Duration.ofMinutes(12)
            start()
            waitFor(words.enterAmount)
            // Any answer tells the till what time it is.
            runBlocking { till.merchantDay() }
            waitUntil("they are old") { sales().count { it.phase == Phase.WAITING_FOR_PERSON } == 2 }
            tap(words.more)
            tap(words.drafts)
            waitFor(words.draftsExplained)
            tap(words.drop)
            waitFor(words.dropExplained)
            tap(words.dropReasons.first())
            tapLast(words.drop)
            waitUntil("one is dropped") { sales().count { it.phase == Phase.DROPPED } == 1 }
            assertEquals(words.dropReasons.first(), sales().single { it.phase == Phase.DROPPED }.notice?.detail)
            road.holdsOrders = false
            tap(words.send)
            waitFor(words.noDrafts)
            waitUntil("the other was answered") { sales().any { it.heardAt != null } }
        }
    }

    @Test
    fun `late money is an alarm that only a person puts away`() =
        atTheCounter {
            pair()
            ringUp("12.8")
            val code = code()
            shop.misfortune("notify_lost", on = "notify")
            shop.misfortune("drop_request", on = "GET /v3/pay/transactions/*")
            shop.customerPays(code)
            tap(words.cancelSale)
            tapLast(words.cancelSale)
            waitUntil("it is being cancelled") { shown().sale.phase == Phase.CLOSING }
            shop.fortune()
            waitFor(words.alarmSeen)
            waitFor(words.alarmSeenWhy)
            waitUntil("it was said") { phone.said.size == 1 }
            assertTrue("late money" in phone.said.single())
            assertEquals("alarm", phone.felt.first())
            assertTrue("paid" !in phone.felt)

            kill()
            start()
            waitFor(words.alarmSeen)
            goBack()
            waitFor(words.alarmSeen)
            tap(words.alarmSeen)
            waitFor(words.enterAmount)
            kill()
            start()
            waitFor(words.enterAmount)
            assertEquals(2, phone.said.size)
        }

    @Test
    fun `money that does not match is an alarm, and never called paid`() =
        atTheCounter {
            pair()
            ringUp("12.8")
            val code = code()
            shop.misfortune("notify_wrong_amount", on = "notify")
            shop.misfortune("drop_request", on = "GET /v3/pay/transactions/*")
            shop.customerPays(code)
            waitFor(words.alarmSeen)
            waitForPart("does not match")
            assertEquals("alarm", phone.felt.first())
            assertTrue(phone.said.none { "payment" in it.lowercase() })
            assertTrue(!isThere(words.paidHeading))
            tap(words.lookAtSale)
            waitFor(words.history)
            goBack()
            tap(words.alarmSeen)
            waitFor(words.enterAmount)
        }

    @Test
    fun `without a voice it says so, and the result is told again until somebody has seen it`() {
        val phone = Phone().apply { speaks = false }
        atTheCounter(phone) {
            pair()
            ringUp("6.5")
            shop.customerPays(code())
            waitFor(words.notPlayed)
            assertEquals(listOf("paid", "alarm"), phone.felt.toList())
            kill()
            phone.speaks = true
            start()
            waitFor(words.nextSale)
            waitUntil("it was said") { phone.said.size == 1 }
            kill()
            start()
            waitFor(words.enterAmount)
            assertEquals(1, phone.said.size)
        }
    }

    @Test
    fun `with the voice turned off a result is acknowledged when it is seen`() =
        atTheCounter {
            settings.sound = false
            pair()
            ringUp("6.5")
            shop.customerPays(code())
            waitFor(words.nextSale)
            assertTrue(!isThere(words.notPlayed))
            kill()
            start()
            tap(words.nextSale)
            waitFor(words.enterAmount)
            kill()
            start()
            waitFor(words.enterAmount)
            assertTrue(phone.said.isEmpty())
        }

    @Test
    fun `money for another sale does not take the keypad away`() {
        val phone = Phone()
        atTheCounter(phone) {
            pair()
            ringUp("6.5")
            val code = code()
            tap(words.back)
            keyIn("12.8")
            phone.speaking = CompletableDeferred()
            shop.customerPays(code)
            waitFor(words.seen)
            waitFor(words.keyedIn("12.8"))
            tap(words.seen)
            waitUntilGone(words.seen)
            waitFor(words.keyedIn("12.8"))
        }
    }

    @Test
    fun `a turned phone goes on where it was, also while a customer pays`() =
        atTheCounter {
            pair()
            keyIn("12.8+3")
            turn()
            waitFor("${words.keyedIn("12.8 + 3")} = 15.80")
            ringUp("")
            val code = code()
            turn()
            assertEquals(code, code())
            turn()
            tap(words.cancelSale)
            waitFor(words.cancelQuestion)
            turn()
            waitFor(words.cancelQuestion)
            tap(words.keepSale)
            shop.customerPays(code)
            waitFor(words.nextSale)
            turn()
            waitFor(words.nextSale)
            assertEquals(1, phone.said.size)
        }

    @Test
    fun `an app that is killed comes back to what counts, on every screen`() =
        atTheCounter {
            type(words.pairLink, "saoma://pair?half")
            again { waitFor(words.pairTitle) }
            pair()
            keyIn("12.8")
            again { waitFor(words.enterAmount) }
            ringUp("12.8")
            val code = code()
            again { assertEquals(code, code()) }
            tap(words.showDetails)
            waitFor(words.history)
            again { leaveTheCode() }
            for (tab in listOf(words.toCollect, words.sales, words.more)) {
                tap(tab)
                again { leaveTheCode() }
            }
            for (place in listOf(words.day, words.drafts, words.settings, words.diagnosis, words.pairAgain)) {
                tap(words.more)
                tap(place)
                again { leaveTheCode() }
            }
            tap(words.sales)
            tapPart(words.tail(sales().single().tail))
            shop.customerPays(code())
            waitFor(words.nextSale)
            again { waitFor(words.enterAmount) }
            assertEquals(1, sales().size)
        }

    private fun Counters.leaveTheCode() {
        code()
        tap(words.back)
    }

    /** Kills the app, starts it, and looks. */
    private fun Counters.again(look: Counters.() -> Unit) {
        kill()
        start()
        look()
    }

    @Test
    fun `a folder that another till works in is told, and tried again`() =
        atTheCounter {
            waitFor(words.pairTitle)
            kill()
            val other = otherTill()
            start()
            waitFor(words.cannotOpen)
            waitForPart("open elsewhere")
            other.close()
            tap(words.tryAgain)
            waitFor(words.pairTitle)
        }

    @Test
    fun `an app that comes in front while its till is being opened hears of payments at once`() =
        atTheCounter {
            pair()
            waitUntil("changes are told at once") { runBlocking { till.diagnosis.first() }.streamAlive }
        }

    @Test
    fun `records of another key are told, and put aside for a new key once a person is sure`() =
        atTheCounter {
            pair()
            ringUp("6.5")
            code()
            kill()
            loseKey()
            start()
            waitFor(words.cannotOpen)
            tap(words.giveKeyUp)
            waitFor(words.giveKeyUpQuestion)
            tap(words.cancel)
            waitFor(words.cannotOpen)
            tap(words.giveKeyUp)
            tapLast(words.giveKeyUp)
            waitForPart("1 sales in it were not proven")
            tap(words.seen)
            assertEquals(0, sales().size)
            pair(shop.oneMoreLink())
            ringUp("3")
            code()
        }

    @Test
    fun `an old phone and a phone that lies on its side have room for everything`() {
        for (size in listOf(DpSize(320.dp, 480.dp), DpSize(640.dp, 320.dp))) {
            atTheCounter(size = size) {
                settings.typeSize = TypeSize.HUGE
                pair()
                ringUp("12.8+3")
                shop.customerPays(code())
                tap(words.nextSale)
                waitFor(words.sales)
                tap(words.more)
                tap(words.settings)
                tap(words.trySound)
                waitFor(words.soundHeard)
            }
        }
    }
}
