// Who is at the till: signed in by a PIN that the backend checks.
package io.saoma

import io.saoma.core.NewSale
import io.saoma.core.SaomaException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue

class PeopleTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a person signs in by a PIN, is named on what it rings up, and signs out`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val pin = shop.hires("li", "Li Lei", "cashier")
                val people = till.people()
                assertEquals(listOf("li" to "Li Lei"), people.people.map { it.id to it.name })
                assertFalse(people.signInRequired)
                val signedIn = till.signIn("li", pin)
                assertEquals(listOf("li", "Li Lei", "cashier"), listOf(signedIn.id, signedIn.name, signedIn.role))
                assertEquals("li", till.diagnosisUntil { it.person != null }.person?.id)
                assertEquals("li", till.sellAt(shop).staff)
                till.signOut()
                assertNull(till.diagnosisUntil { it.person == null }.person)
                assertNull(till.chargeTea().staff)
            }
        }

    @Test
    fun `a wrong PIN says how many tries are left, and too many are locked out for a while`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val pin = shop.hires("li", "Li Lei", "cashier")
                val left = mutableListOf<UInt?>()
                var locked: SaomaException? = null
                while (locked == null) {
                    try {
                        till.signIn("li", wrong(pin))
                    } catch (refused: SaomaException) {
                        if (refused.fault.code == "pin_wrong") left += refused.fault.triesLeft else locked = refused
                    }
                }
                assertEquals("pin_locked", locked.fault.code)
                assertTrue(checkNotNull(locked.fault.retryAfterS) > 0u)
                assertEquals(left.sortedByDescending { it }, left.toList(), "each leaves one try less")
                refused<SaomaException>("pin_locked") { till.signIn("li", pin) }
            }
        }

    @Test
    fun `where the merchant wants people nothing is rung up without one`() =
        inShop { shop ->
            val pin = shop.hires("li", "Li Lei", "cashier")
            shop.wantsPeople()
            shop.till(folder).use { till ->
                assertTrue(till.people().signInRequired)
                val orderNo = till.newOrderNo()
                refused<SaomaException.NotNow>("sign_in_required") { till.charge(orderNo, NewSale(12_80, "Milk tea")) }
                till.signIn("li", pin)
                assertEquals("li", till.charge(orderNo, NewSale(12_80, "Milk tea")).staff)
            }
        }

    @Test
    fun `without a network nobody signs in, and whoever was there can sign out`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val pin = shop.hires("li", "Li Lei", "cashier")
                till.signIn("li", pin)
                shop.goesAway()
                refused<SaomaException.Unreachable>("unreachable") { till.people() }
                refused<SaomaException.Unreachable>("unreachable") { till.signIn("li", pin) }
                till.signOut()
                assertNull(till.diagnosisUntil { it.person == null }.person)
            }
        }

    /** Another PIN of the same length. */
    private fun wrong(pin: String) = pin.map { if (it == '9') '0' else it + 1 }.joinToString("")
}
