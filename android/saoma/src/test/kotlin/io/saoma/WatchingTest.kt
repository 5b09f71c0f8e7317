// Flows: the newest state whole, whatever the collector does.
package io.saoma

import io.saoma.core.Phase
import io.saoma.core.SaomaException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class WatchingTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a slow collector is told the newest and holds up nobody`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.teaWithCode()
                val busy = CompletableDeferred<Unit>()
                val done = CompletableDeferred<Unit>()
                val slow =
                    async {
                        till
                            .watch(sale.orderNo)
                            .map {
                                busy.complete(Unit)
                                done.await()
                                it.phase
                            }.transformWhile {
                                emit(it)
                                it != Phase.PAID
                            }.toList()
                    }
                busy.await()
                repeat(10) {
                    till.setLanguage(io.saoma.core.Language.CHINESE)
                    till.setLanguage(io.saoma.core.Language.ENGLISH)
                }
                shop.customerPays(checkNotNull(sale.code).text)
                till.saleUntil(sale.orderNo, Phase.PAID)
                done.complete(Unit)
                // Another watcher heard of the payment; this one may hear of it a moment later, after one state from before.
                val told = slow.await()
                assertEquals(Phase.PAID, told.last())
                assertTrue(told.size <= 3, "$told")
            }
        }

    @Test
    fun `of many sales a slow collector misses none`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val start = CompletableDeferred<Unit>()
                val paid = mutableSetOf<String>()
                val slow =
                    launch(start = CoroutineStart.UNDISPATCHED) {
                        till.changes.first {
                            start.await()
                            if (it.phase == Phase.PAID) paid += it.orderNo
                            paid.size == 3
                        }
                    }
                val sold = List(3) { till.sellAt(shop).orderNo }
                start.complete(Unit)
                slow.join()
                assertEquals(sold.toSet(), paid)
            }
        }

    @Test
    fun `closing the till ends what is watched`() =
        inShop { shop ->
            val till = shop.till(folder)
            val sale = till.teaWithCode()
            val begun = List(4) { CompletableDeferred<Unit>() }
            val watching =
                listOf(till.watch(sale.orderNo), till.results, till.diagnosis).mapIndexed { number, flow ->
                    launch { flow.collect { begun[number].complete(Unit) } }
                } + launch(start = CoroutineStart.UNDISPATCHED) { till.changes.collect { begun[3].complete(Unit) } }
            till.refresh(sale)
            begun.forEach { it.await() }
            till.shut()
            watching.forEach { it.join() }
            assertTrue(watching.none { it.isCancelled })
            assertFailsWith<SaomaException.Closed> { till.watch(sale.orderNo).first() }
            assertFailsWith<SaomaException.Closed> { till.charge(till.newOrderNo(), tea()) }
            till.close()
        }

    @Test
    fun `what cannot be watched says why`() =
        waiting {
            openTill(folder).use { till ->
                refused<SaomaException.NotNow>("not_found") { till.watch(till.newOrderNo()).first() }
                refused<SaomaException.Input>("bad_input") { till.watch("rubbish").first() }
            }
        }

    @Test
    fun `a collector that throws is its own affair`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val orderNo = till.chargeTea().orderNo
                assertFailsWith<NoSuchElementException> { till.watch(orderNo).collect { throw NoSuchElementException() } }
                till.saleUntil(orderNo, Phase.AWAITING)
            }
        }
}
