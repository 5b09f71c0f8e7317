// Whoever stops waiting, at whatever moment, loses nothing but the answer.
package io.saoma

import io.saoma.core.BodySink
import io.saoma.core.FfiConverterTypeEventListener
import io.saoma.core.HttpHead
import io.saoma.core.HttpRequest
import io.saoma.core.HttpResponse
import io.saoma.core.HttpTransport
import io.saoma.core.LateMoney
import io.saoma.core.Phase
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue

class CancellingTest {
    @TempDir
    lateinit var folder: File

    /** The moments at which a wait can be left. */
    private val moments: List<suspend (call: suspend () -> Unit) -> Unit> =
        listOf(
            { call ->
                // Cancelled already when it calls, as clean-up at the end of a screen is.
                coroutineScope {
                    launch(start = CoroutineStart.UNDISPATCHED) {
                        cancel()
                        call()
                    }
                }
            },
            { call -> coroutineScope { launch(start = CoroutineStart.UNDISPATCHED) { call() }.cancel() } },
            { call ->
                coroutineScope {
                    val waiting = launch(start = CoroutineStart.UNDISPATCHED) { call() }
                    yield()
                    waiting.cancel()
                }
            },
        )

    @Test
    fun `a sale whose waiting was left is rung up once`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                for (leave in moments) {
                    val orderNo = till.newOrderNo()
                    leave { till.charge(orderNo, tea()) }
                    // The same button again: the same sale.
                    assertEquals(orderNo, till.charge(orderNo, tea()).orderNo)
                    till.saleUntil(orderNo, Phase.AWAITING)
                }
                assertEquals(moments.size, till.list().sales.size)
            }
        }

    @Test
    fun `what was begun goes on to its end`() =
        inShop { shop ->
            for ((number, leave) in moments.withIndex()) {
                val link = shop.oneMoreLink()
                openTill(folder.resolve("$number")).use { till ->
                    leave { till.pair(link, "counter 1") }
                    till.diagnosisUntil { it.device != null }
                    assertNotNull(till.pairing())

                    val orderNo = till.newOrderNo()
                    leave { till.charge(orderNo, tea()) }
                    val first = whileRefused("not_found") { till.saleUntil(orderNo) { it.code != null } }
                    leave { till.refresh(first) }
                    val second = till.saleUntil(orderNo) { it.attempt == 2u && it.code != null }
                    leave { till.checkNow(orderNo) }
                    shop.customerPays(checkNotNull(second.code).text)
                    till.saleUntil(orderNo, Phase.PAID)
                    val result = till.resultsUntil(count = 1).single()
                    leave { till.acknowledge(result) }
                    till.resultsUntil(count = 0)

                    val cancelled = till.teaWithCode()
                    leave { till.cancel(cancelled) }
                    till.saleUntil(cancelled.orderNo, Phase.CLOSED)
                    leave { till.shut() }
                }
            }
        }

    @Test
    fun `a charge, cash and a refund whose waiting was left are done once`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                for (leave in moments) {
                    val ready = till.teaToScan()
                    val code = shop.paymentCode()
                    leave { till.scan(ready, code) }
                    val paid = till.saleUntil(ready.orderNo, Phase.PAID)

                    val (no, refund) = till.newRefundNo() to paid.payments.single().back()
                    leave { till.refund(paid.orderNo, no, refund) }
                    // The same button again: the same refund.
                    assertEquals(1, till.refund(paid.orderNo, no, refund).refunds.size)

                    val shown = till.teaWithCode()
                    // The code is not closed before the customer has paid it too.
                    till.network(false)
                    leave { till.takeCash(shown.orderNo) }
                    till.saleUntil(shown.orderNo) { it.cashTakenAt != null }
                    shop.customerPays(checkNotNull(shown.code).text)
                    till.network(true)
                    val late =
                        till
                            .saleUntil(shown.orderNo) { sale -> sale.payments.any { it.lateMoney == LateMoney.ASK } }
                            .payments
                            .single { it.lateMoney == LateMoney.ASK }
                    leave { till.acceptLateMoney(shown.orderNo, late) }
                    till.saleUntil(shown.orderNo) { sale -> sale.payments.any { it.lateMoney == LateMoney.ACCEPTED } }
                }
            }
        }

    @Test
    fun `calls that only look can be left too`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.teaWithCode()
                for (leave in moments) {
                    leave { till.pairing() }
                    leave { till.sale(sale.orderNo) }
                    leave { till.list() }
                    leave { till.day() }
                    leave { till.merchantDay() }
                    leave { till.foreground(true) }
                    leave { till.onScreen(sale.orderNo) }
                    leave { till.network(true) }
                    leave { till.watch(sale.orderNo).first() }
                    leave { till.diagnosis.first { false } }
                    leave { till.results.first { false } }
                    leave { till.changes.first { false } }
                }
                shop.customerPays(checkNotNull(sale.code).text)
                till.saleUntil(sale.orderNo, Phase.PAID)
                for (leave in moments) leave { till.receipt(sale.orderNo) }
            }
        }

    @Test
    fun `a wait for a backend that never answers ends at once`() =
        waiting {
            val asked = CompletableDeferred<Unit>()
            Shop().use { shop ->
                openTill(folder, transport = NeverAnswers(asked)).use { till ->
                    val pairing = launch { till.pair(shop.link, "counter 1") }
                    asked.await()
                    pairing.cancelAndJoin()
                    assertTrue(pairing.isCancelled)
                }
            }
        }

    @Test
    fun `an opening that was left gives the folder free`() =
        waiting {
            openTill(folder).close()
            for (leave in moments) leave { openTill(folder) }
            // The one that was left may still be closing its file.
            whileRefused("storage_in_use") { openTill(folder) }.close()
        }

    @Test
    fun `a flow that nobody collects any more is let go`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.teaWithCode()
                // Those of other tests' tills end with them.
                while (listenersHeld() > 0) yield()
                val watching = List(20) { launch { till.watch(sale.orderNo).collect {} } } + launch { till.results.collect {} }
                while (listenersHeld() < watching.size) yield()
                watching.forEach { it.cancelAndJoin() }
                while (listenersHeld() > 0) yield()
            }
        }
}

/** How many listeners the library still holds, as the generated code counts them. */
private fun listenersHeld(): Int {
    val held =
        FfiConverterTypeEventListener::class.java
            .getDeclaredField("handleMap")
            .apply { isAccessible = true }
            .get(null)
    return held.javaClass.getMethod("getSize").invoke(held) as Int
}

/** Takes a request and says nothing, as a network does that swallows everything. */
private class NeverAnswers(
    private val asked: CompletableDeferred<Unit>,
) : HttpTransport {
    override suspend fun execute(request: HttpRequest): HttpResponse {
        asked.complete(Unit)
        awaitCancellation()
    }

    override suspend fun stream(
        request: HttpRequest,
        body: BodySink,
    ): HttpHead = awaitCancellation()

    override fun networkChanged() = Unit
}
