// The customer's payment code, from the keypad and at a shown code.
package io.saoma.till

import io.saoma.core.Phase
import io.saoma.core.SaleAction
import io.saoma.customerTypesPassword
import io.saoma.paymentCode
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class PaymentCodeTest {
    private val camera = Camera()

    @Test
    fun `one tap on the keypad looks for the customer's code, which is charged as it is read`() =
        atTheCounter(Phone(camera)) {
            pair()
            keyIn("12.8")
            tap(words.scanCustomer)
            waitFor(words.scanPaymentCode)
            holdOut(shop.paymentCode())
            waitFor(words.nextSale)
            waitUntil("it was said") { phone.said.size == 1 }
            assertTrue("twelve yuan, eighty fen" in phone.said.single())
            assertEquals(listOf(Phase.PAID to true), sales().map { it.phase to it.byCode })
            tap(words.nextSale)
            waitFor(words.enterAmount)
        }

    @Test
    fun `while the customer enters the password no second code is looked for, also after a kill`() =
        atTheCounter(Phone(camera)) {
            pair()
            keyIn("12.8")
            tap(words.scanCustomer)
            val code = shop.paymentCode(password = true)
            holdOut(code)
            waitFor("Customer enters the password")
            assertTrue(!isThere(words.scanCustomer) && !isThere(words.scanAgain))
            kill()
            start()
            waitFor("Customer enters the password")
            assertTrue(!isThere(words.scanCustomer) && !isThere(words.scanAgain))
            shop.customerTypesPassword(code)
            waitFor(words.nextSale)
            assertEquals(1, sales().single().payments.size)
        }

    @Test
    fun `a code that is no good charges nothing, and another is scanned`() =
        atTheCounter(Phone(camera)) {
            pair()
            keyIn("12.8")
            tap(words.scanCustomer)
            // Nobody's code: WeChat Pay knows it no more.
            holdOut("134567890123456789")
            scanOnceMore(after = 1u)
            holdOut("281234567890123456")
            waitForPart("must be a payment code")
            scanOnceMore(after = 1u)
            holdOut(shop.paymentCode())
            waitFor(words.nextSale)
        }

    @Test
    fun `a customer whose balance is not enough is charged nothing, and shows another code`() =
        atTheCounter(Phone(camera)) {
            pair()
            keyIn("12.8")
            tap(words.scanCustomer)
            holdOut(shop.paymentCode(balance = 5_00))
            scanOnceMore(after = 1u)
            holdOut(shop.paymentCode())
            waitFor(words.nextSale)
            assertEquals(1, sales().single().payments.size)
        }

    @Test
    fun `a customer who holds out a code at a shown one is charged once`() =
        atTheCounter(Phone(camera)) {
            pair()
            ringUp("12.8")
            code()
            tap(words.scanCustomer)
            goBack()
            code()
            tap(words.scanCustomer)
            holdOut(shop.paymentCode())
            waitFor(words.nextSale)
            assertEquals(1, sales().single().payments.size)
        }

    @Test
    fun `a shown code that cannot be closed yet counts down, and cash is offered meanwhile`() =
        atTheCounter(Phone(camera)) {
            pair()
            ringUp("12.8")
            code()
            shop.misfortune("drop_request", on = "POST /v3/pay/transactions/out-trade-no/*")
            shop.misfortune("drop_request", on = "GET /v3/pay/transactions/*")
            tap(words.scanCustomer)
            holdOut(shop.paymentCode())
            waitForPart("Scan again in")
            assertTrue(!canBeTapped(words.scanCustomer) && !canBeTapped(words.scanAgain))
            assertEquals(0, sales().single().payments.size)
            tap(words.takeCash)
            tap(words.cashTaken)
            waitFor("Cash, code may still be paid")
        }

    @Test
    fun `without a camera a scanner types it, and nobody can read it from the screen`() =
        atTheCounter {
            pair()
            keyIn("12.8")
            tap(words.scanCustomer)
            waitFor(words.digitsOf(0))
            type(words.paymentCode, "1".repeat(17))
            waitFor(words.digitsOf(17))
            assertTrue("1".repeat(5) !in screen(), screen())
            type(words.paymentCode, "1".repeat(19))
            waitFor(words.tooManyDigits)
            type(words.paymentCode, shop.paymentCode())
            waitFor(words.nextSale)
        }

    @Test
    fun `a camera that may not be used leaves the digits to be typed`() {
        camera.missing = NoCamera.DENIED
        atTheCounter(Phone(camera)) {
            pair()
            keyIn("12.8")
            tap(words.scanCustomer)
            tap("camera")
            waitFor(words.cameraDenied)
            type(words.paymentCode, shop.paymentCode())
            waitFor(words.nextSale)
        }
    }

    @Test
    fun `a code that was rung up and never scanned waits, and is cancelled`() =
        atTheCounter(Phone(camera)) {
            pair()
            keyIn("12.8")
            tap(words.scanCustomer)
            tap(words.typeInstead)
            tap(words.useCamera)
            goBack()
            waitFor("Scan the customer's code")
            turn()
            waitFor("Scan the customer's code")
            goBack()
            tap(words.sales)
            tapPart(words.tail(sales().single().tail))
            waitFor("Scan the customer's code")
            tap(words.cancelSale)
            tapLast(words.cancelSale)
            waitUntil("it is closed") { shown().sale.phase == Phase.CLOSED }
        }

    /** As soon as it is proven that an attempt charged nothing. */
    private fun Counters.scanOnceMore(after: UInt) {
        waitUntil("the charge has ended") {
            shown().sale.run { lastAttempt == after && phase == Phase.READY && notice != null && SaleAction.SCAN in actions }
        }
        waitUntil("another may be scanned") { canBeTapped(words.scanCustomer) || canBeTapped(words.scanAgain) }
        tap(if (canBeTapped(words.scanAgain)) words.scanAgain else words.scanCustomer)
    }

    private fun Counters.holdOut(code: String) {
        camera.sees = code
        tap("camera")
    }
}
