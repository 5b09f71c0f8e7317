// What else happens at a counter: the customer's payment code, cash, money back.
package io.saoma

import io.saoma.core.LateMoney
import io.saoma.core.NewRefund
import io.saoma.core.Phase
import io.saoma.core.RefundPhase
import io.saoma.core.ResultKind
import io.saoma.core.Sale
import io.saoma.core.SaleAction
import io.saoma.core.SalePayment
import io.saoma.core.SaomaException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** Rings up a milk tea that the till charges by scanning, and waits until it may. */
suspend fun Till.teaToScan(): Sale = saleUntil(charge(newOrderNo(), tea().copy(byCode = true)).orderNo, Phase.READY)

/** A part of a payment, for a customer who did not like it. */
fun SalePayment.back(minor: Long = 3_00) = NewRefund(channel, transactionId, minor, "Cold tea")

class CounterTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a payment code is charged once, its password is waited for, and it is kept nowhere`() =
        inShop { shop ->
            val code = shop.paymentCode(password = true)
            shop.till(folder).use { till ->
                val ready = till.teaToScan()
                assertTrue(ready.byCode && ready.code == null && SaleAction.SCAN in ready.actions)
                val wrong = refused<SaomaException.Input>("bad_input") { till.scan(ready, "281234567890123456") }
                assertEquals("code", wrong.fault.field)
                assertFalse("281234567890123456" in wrong.fault.run { detail + chinese + english })

                val charging = till.scan(ready, code)
                assertFalse(SaleAction.SCAN in charging.actions)
                val paying = till.saleUntil(ready.orderNo, Phase.PAYING)
                refused<SaomaException.NotNow>("order_charging") { till.scan(paying, shop.paymentCode()) }
                shop.customerTypesPassword(code)
                val paid = till.saleUntil(ready.orderNo, Phase.PAID)
                assertEquals(listOf(12_80L to true), paid.payments.map { it.minor to it.proven })
                assertEquals(ResultKind.PAID, till.resultsUntil(count = 1).single().kind)
            }
            val kept = folder.walk().filter { it.isFile && code in it.readText(Charsets.ISO_8859_1) }
            assertEquals(emptyList(), kept.toList())
        }

    @Test
    fun `a payment code that is no good charges nothing, and a fresh one pays`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val ready = till.teaToScan()
                // Nobody's code: WeChat Pay knows it no more.
                till.scan(ready, "134567890123456789")
                val stale = till.saleUntil(ready.orderNo) { it.mayBeScannedAfter(1u) }
                refused<SaomaException.NotNow>("not_last_attempt") { till.scan(ready, shop.paymentCode()) }
                till.scan(stale, shop.paymentCode(balance = 5_00))
                val poor = till.saleUntil(ready.orderNo) { it.mayBeScannedAfter(2u) }
                assertEquals("NOT_ENOUGH", poor.notice?.code)
                till.scan(poor, shop.paymentCode())
                assertEquals(1, till.saleUntil(ready.orderNo, Phase.PAID).payments.size)
            }
        }

    /** It is proven that this attempt charged nothing, and another may be made. */
    private fun Sale.mayBeScannedAfter(attempt: UInt) = lastAttempt == attempt && phase == Phase.READY && SaleAction.SCAN in actions

    @Test
    fun `a payment code scanned at a shown code ends that one first`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val shown = till.teaWithCode()
                assertTrue(SaleAction.SCAN in shown.actions)
                till.scan(shown, shop.paymentCode())
                val paid = till.saleUntil(shown.orderNo, Phase.PAID)
                assertEquals(1, paid.payments.size)
                assertEquals(2u, paid.lastAttempt)
            }
        }

    @Test
    fun `without a network nothing is charged, and cash can be taken`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                shop.goesAway()
                till.network(false)
                val kept = till.charge(till.newOrderNo(), tea().copy(byCode = true))
                refused<SaomaException.Unreachable>("unreachable") { till.scan(kept, shop.paymentCode()) }
                val cash = till.takeCash(kept.orderNo)
                assertNotNull(cash.cashTakenAt)
                assertTrue(cash.phase in setOf(Phase.CASH, Phase.CASH_UNPROVEN))
                shop.comesBack()
                till.network(true)
                val told = till.saleUntil(kept.orderNo) { it.phase == Phase.CASH && it.payments.isNotEmpty() }
                assertEquals(listOf("cash" to false), told.payments.map { it.channel to it.proven })
            }
        }

    @Test
    fun `cash is durable at once, and money that comes by the code beside it is late money, which a manager keeps`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val spot = till.charge(till.newOrderNo(), tea().copy(inCash = true))
                assertNull(till.saleUntil(spot.orderNo, Phase.CASH).code)

                val sale = till.teaWithCode()
                till.network(false)
                val cash = till.takeCash(sale.orderNo)
                assertEquals(Phase.CASH_UNPROVEN to null, cash.phase to cash.code)
                shop.customerPays(checkNotNull(sale.code).text)
                till.network(true)
                val both = till.saleUntil(sale.orderNo) { SaleAction.DECIDE_LATE_MONEY in it.actions }
                assertEquals(listOf("cash" to false, "wechatpay" to true), both.payments.map { it.channel to it.proven })
                val told = till.resultsUntil(count = 1).single()
                assertTrue(told.late && "late money" in told.spoken && told.aloud, told.spoken)
                val late = both.payments.single { it.lateMoney == LateMoney.ASK }
                val decided = till.acceptLateMoney(sale.orderNo, late)
                assertTrue(decided.payments.any { it.lateMoney == LateMoney.ACCEPTED })
                assertFalse(SaleAction.DECIDE_LATE_MONEY in decided.actions)
            }
        }

    @Test
    fun `a cashier's refund waits for a manager, and is done only with proof`() =
        inShop { shop ->
            val pin = shop.hires("li", "Li Lei", "cashier") to shop.hires("wang", "Wang Fang", "manager")
            shop.till(folder).use { till ->
                till.signIn("li", pin.first)
                val paid = till.sellAt(shop)
                till.acknowledge(till.resultsUntil(count = 1).single())
                val payment = paid.payments.single()
                val no = till.newRefundNo()
                for ((code, refund) in listOf(
                    "refund_over_rest" to payment.back(12_81),
                    "bad_input" to payment.back(0),
                    "bad_input" to payment.back().copy(reason = ""),
                    "payment_unknown" to payment.back().copy(transactionId = "42"),
                )) {
                    refused<SaomaException>(code) { till.refund(paid.orderNo, no, refund) }
                }
                till.refund(paid.orderNo, no, payment.back())
                // The same button again is the same refund; another amount under its number is none.
                assertEquals(1, till.refund(paid.orderNo, no, payment.back()).refunds.size)
                refused<SaomaException.NotNow>("conflict") { till.refund(paid.orderNo, no, payment.back(3_01)) }
                val waits = till.saleUntil(paid.orderNo) { it.refunds.single().phase == RefundPhase.REQUESTED }
                assertEquals("li", waits.refunds.single().staff)
                assertTrue("waits for a manager" in waits.refunds.single().sentence)
                refused<SaomaException.Refused>("forbidden") { till.decideRefund(paid.orderNo, no, approve = true) }

                till.signIn("wang", pin.second)
                till.decideRefund(paid.orderNo, no, approve = true)
                val done = till.saleUntil(paid.orderNo) { it.refunds.single().phase == RefundPhase.DONE }
                assertEquals(3_00L to 9_80L, done.payments.single().run { refundedMinor to leftMinor })
                val told = till.resultsUntil(count = 1).single()
                assertEquals(ResultKind.REFUNDED to 3_00L, told.kind to told.minor)
                till.acknowledge(told)
                assertTrue(readReceipt(till.receipt(paid.orderNo), testAllowed = true).minor == 12_80L)

                // Parts of one sale keep a minute between them.
                till.refund(paid.orderNo, till.newRefundNo(), payment.back(1_00))
                val queued = till.saleUntil(paid.orderNo) { it.refunds.last().phase == RefundPhase.QUEUED }
                assertTrue(queued.refunds.last().sendsInMs in 1uL..60_000uL)
            }
        }

    @Test
    fun `a refund that a manager declines moves nothing, is told, and may be asked for anew`() =
        inShop { shop ->
            val pin = shop.hires("li", "Li Lei", "cashier") to shop.hires("wang", "Wang Fang", "manager")
            shop.till(folder).use { till ->
                till.signIn("li", pin.first)
                val paid = till.sellAt(shop)
                till.acknowledge(till.resultsUntil(count = 1).single())
                val no = till.newRefundNo()
                till.refund(paid.orderNo, no, paid.payments.single().back(12_80))
                till.saleUntil(paid.orderNo) { it.refunds.single().phase == RefundPhase.REQUESTED }
                till.signIn("wang", pin.second)
                val declined = till.decideRefund(paid.orderNo, no, approve = false, reason = "He drank it")
                assertEquals(RefundPhase.DECLINED to "He drank it", declined.refunds.single().run { phase to detail })
                assertEquals(12_80, declined.payments.single().leftMinor)
                assertTrue(SaleAction.REFUND in declined.actions)
                assertEquals(ResultKind.REFUND_FAILED, till.resultsUntil(count = 1).single().kind)
            }
        }

    @Test
    fun `a refund that WeChat Pay cannot give is never called done`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val paid = till.sellAt(shop)
                till.acknowledge(till.resultsUntil(count = 1).single())
                shop.misfortune("refund_abnormal", on = "/v3/refund/domestic/refunds")
                till.refund(paid.orderNo, till.newRefundNo(), paid.payments.single().back())
                val failed = till.saleUntil(paid.orderNo) { it.refunds.single().phase == RefundPhase.ABNORMAL }
                assertEquals(0, failed.payments.single().refundedMinor)
                assertNull(failed.refunds.single().doneAt)
                assertEquals(ResultKind.REFUND_FAILED, till.resultsUntil(count = 1).single().kind)
            }
        }

    @Test
    fun `an app killed in the middle of a charge finds out, and charges nobody twice`() =
        inShop { shop ->
            val code = shop.paymentCode(password = true)
            counterman(shop).use { app ->
                app.write("scan $code")
                assertTrue(app.line { it.startsWith("CHARGING") || it.startsWith("PAYING") }.isNotEmpty())
                app.kill()
            }
            openTill(folder).use { till ->
                val sale = till.list().sales.single()
                assertTrue(sale.phase in setOf(Phase.CHARGING, Phase.PAYING), "${sale.phase}")
                assertFalse(SaleAction.SCAN in sale.actions)
                till.saleUntil(sale.orderNo, Phase.PAYING)
                shop.customerTypesPassword(code)
                val paid = till.saleUntil(sale.orderNo, Phase.PAID)
                assertEquals(1, paid.payments.size)
                assertEquals(1u, paid.lastAttempt)
            }
        }

    @Test
    fun `an app killed after a refund was asked for brings it to the backend, once`() =
        inShop { shop ->
            counterman(shop).use { app ->
                val code = shop.paymentCode()
                app.write("scan $code")
                val orderNo = app.line { " " in it }.substringAfter(' ')
                app.write("paid $orderNo")
                app.line { it == "paid" }
                shop.goesAway()
                app.write("refund $orderNo")
                app.line { it == "ASKED" }
                app.kill()
            }
            shop.comesBack()
            openTill(folder).use { till ->
                val orderNo =
                    till
                        .list()
                        .sales
                        .single()
                        .orderNo
                val done = till.saleUntil(orderNo) { it.refunds.singleOrNull()?.phase == RefundPhase.DONE }
                assertEquals(3_00L to 9_80L, done.payments.single().run { refundedMinor to leftMinor })
            }
        }

    private suspend fun counterman(shop: Shop): Child =
        Child.jvm("io.saoma.CountermanKt", folder.path, shop.link).also { app -> app.line { it == "open" } }
}
