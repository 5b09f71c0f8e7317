// Who is at the till, on its screens.
package io.saoma.till

import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class PeopleTest {
    @Test
    fun `a person taps its name and enters its PIN, is named on the screen, and signs out`() =
        atTheCounter {
            pair()
            val pin = shop.hires("li", "Li Lei", "cashier")
            tap(words.more)
            tap(words.signIn)
            signsIn("Li Lei", pin)
            waitForPart(words.signedIn("Li Lei", "cashier"))
            tap(words.charge)
            waitForPart(words.signedIn("Li Lei", "cashier"))
            ringUp("6.5")
            code()
            assertEquals("li", shown().sale.staff)
            goBack()
            tapPart(words.signedIn("Li Lei", "cashier"))
            tap(words.signOut)
            waitUntilGone(words.signOut)
            waitFor(words.tapYourName)
        }

    @Test
    fun `a wrong PIN says how many tries are left, and then for how long none is taken`() =
        atTheCounter {
            pair()
            val pin = shop.hires("li", "Li Lei", "cashier")
            tap(words.more)
            tap(words.signIn)
            tapPart("Li Lei")
            for (left in TRIES - 1 downTo 0) {
                enter(wrong(pin))
                waitFor(words.triesLeft(left))
            }
            enter(pin)
            waitForPart("Too many wrong PINs. Try again in")
            enterDigits(pin)
            assertTrue(!canBeTapped(words.signIn), "nothing can be tried meanwhile")
        }

    @Test
    fun `who must sign in first is led there, and on with what was asked`() =
        atTheCounter {
            val pin = shop.hires("li", "Li Lei", "cashier")
            shop.wantsPeople()
            pair(shop.oneMoreLink())
            waitFor(words.signInFirst)
            keyIn("12.8")
            pressCharge()
            waitForPart("wants a person signed in")
            signsIn("Li Lei", pin)
            code()
            assertEquals(listOf("li" to 12_80L), sales().map { it.staff to it.minor })
            goBack()
            tapPart(words.signedIn("Li Lei", "cashier"))
            tap(words.signOut)
            goBack()
            tapPart(words.signInFirst)
            waitFor(words.tapYourName)
        }

    @Test
    fun `without a network it is said why nobody can sign in`() =
        atTheCounter {
            pair()
            shop.hires("li", "Li Lei", "cashier")
            shop.goesAway()
            tap(words.more)
            tap(words.signIn)
            waitFor(words.signInOffline)
            shop.comesBack()
            tap(words.tryAgain)
            waitForPart("Li Lei")
        }

    @Test
    fun `a PIN is in no screenshot, and forgotten when the app is left, the screen, or the phone turned off`() =
        atTheCounter {
            pair()
            val pin = shop.hires("li", "Li Lei", "cashier")
            tap(words.more)
            tap(words.signIn)
            tapPart("Li Lei")
            enterDigits(pin)
            waitFor(words.digitsEntered(pin.length))
            assertEquals(1, phone.guarded)
            assertTrue(!hasPart(pin))
            turn()
            waitFor(words.digitsEntered(pin.length))
            outside { foreground(false) }
            outside { foreground(true) }
            waitFor(words.digitsEntered(0))
            enterDigits(pin)
            goBack()
            tapPart("Li Lei")
            waitFor(words.digitsEntered(0))
            kill()
            start()
            waitFor(words.enterAmount)
        }

    @Test
    fun `a manager signs in to decide, is reminded to go, and who was there comes back`() =
        atTheCounter {
            pair()
            val pins = listOf(shop.hires("li", "Li Lei", "cashier"), shop.hires("wang", "Wang Fang", "manager"))
            tap(words.more)
            tap(words.signIn)
            signsIn("Li Lei", pins[0])
            waitForPart(words.signedIn("Li Lei", "cashier"))
            var decided = false
            outside { (stage as Stage.Open).counter.managerSignsIn { decided = true } }
            waitFor(words.managerSignsInWhy)
            assertTrue(!hasPart("Li Lei"))
            signsIn("Wang Fang", pins[1])
            waitUntil("it was decided") { decided }
            tapPart(words.managerIsIn("Wang Fang"))
            waitFor(words.pinOf("Li Lei"))
            enter(pins[0])
            waitForPart(words.signedIn("Li Lei", "cashier"))
        }

    private fun Counters.signsIn(
        name: String,
        pin: String,
    ) {
        tapPart(name)
        enter(pin)
    }

    private fun Counters.enter(pin: String) {
        enterDigits(pin)
        tap(words.signIn)
    }

    private fun Counters.enterDigits(pin: String) {
        waitFor(words.deleteKey)
        for (digit in pin) tap(digit.toString())
    }

    private companion object {
        /** As often as the backend lets a PIN be wrong. */
        const val TRIES = 5
    }

    /** Another PIN of the same length. */
    private fun wrong(pin: String) = pin.map { if (it == '9') '0' else it + 1 }.joinToString("")
}
