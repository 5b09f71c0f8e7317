// The road of a sale, from the link to the receipt.
package io.saoma

import io.saoma.core.Language
import io.saoma.core.ListFilter
import io.saoma.core.ListQuery
import io.saoma.core.NewSale
import io.saoma.core.Phase
import io.saoma.core.ResultKind
import io.saoma.core.SaleAction
import io.saoma.core.SaomaException
import io.saoma.core.qrModules
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.produceIn
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue

class RoadTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a sale is rung up, paid, told and added up`() =
        inShop { shop ->
            openTill(folder).use { till ->
                assertNull(till.pairing())
                val pairing = till.pair(shop.link, "counter 1")
                assertEquals(pairing, till.pairing())

                val orderNo = till.newOrderNo()
                val rungUp = till.charge(orderNo, NewSale(12_80, "Milk tea", note = "no ice"))
                assertEquals(orderNo, rungUp.orderNo)
                val shown = till.saleUntil(orderNo) { it.code != null }
                assertEquals(Phase.AWAITING, shown.phase)
                assertTrue(SaleAction.CANCEL in shown.actions)
                val code = checkNotNull(shown.code)
                assertEquals(qrModules(code.text).modules.toList(), code.qr.modules.toList())

                shop.customerPays(code.text)
                val paid = till.saleUntil(orderNo, Phase.PAID)
                assertNull(paid.code)
                assertTrue(SaleAction.RECEIPT in paid.actions)

                val told = till.resultsUntil(count = 1).single()
                assertEquals(listOf(orderNo, 12_80L, "12.80", ResultKind.PAID), listOf(told.orderNo, told.minor, told.amount, told.kind))
                assertTrue(listOf("十二元八角", "twelve yuan, eighty fen").any { it in told.spoken })
                till.acknowledge(told)
                till.resultsUntil(count = 0)

                val said = readReceipt(till.receipt(orderNo), pairing.root, testAllowed = true)
                assertEquals(listOf(orderNo, 12_80L, true), listOf(said.orderNo, said.minor, said.rootKnown))

                assertEquals(
                    12_80,
                    till
                        .day()
                        .totals.sums.paid.minor,
                )
                assertEquals(
                    1u,
                    till
                        .merchantDay()
                        .totals.sums.paid.count,
                )
                assertEquals(listOf(orderNo), till.list(ListQuery(tail = paid.tail.lowercase())).sales.map { it.orderNo })
                assertTrue(till.list(ListQuery(filter = ListFilter.OPEN)).sales.isEmpty())
                val story = till.sale(orderNo)
                assertEquals("no ice", story.sale.note)
                assertEquals("rung_up", story.history.first().word)
            }
        }

    @Test
    fun `test money is marked wherever it is seen`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.sellAt(shop)
                assertFalse(sale.live)
                assertEquals(false, till.pairing()?.live)
                assertFalse(till.resultsUntil(count = 1).single().live)
                assertFalse(till.day().totals.live)
                assertEquals(false, till.diagnosisUntil { it.device != null }.live)
                val receipt = till.receipt(sale.orderNo)
                assertFailsWith<SaomaException.Input> { readReceipt(receipt) }
                assertFalse(readReceipt(receipt, testAllowed = true).live)
            }
        }

    @Test
    fun `a fresh code replaces the first, and a cancelled sale is closed with proof`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val first = till.teaWithCode()
                till.refresh(first)
                val second = till.saleUntil(first.orderNo) { it.code != null && it.attempt == 2u }
                assertNotEquals(first.code?.text, second.code?.text)
                refused<SaomaException.NotNow>("not_last_attempt") { till.cancel(first) }
                till.cancel(second)
                till.saleUntil(first.orderNo, Phase.CLOSED)
                assertEquals(Phase.CLOSED, till.checkNow(first.orderNo).phase)
            }
        }

    @Test
    fun `the list is told of every sale that changes`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val awaiting = mutableSetOf<String>()
                // Undispatched: it is subscribed before anything is rung up.
                val heard =
                    async(start = CoroutineStart.UNDISPATCHED) {
                        till.changes.first { sale ->
                            if (sale.phase == Phase.AWAITING) awaiting += sale.orderNo
                            awaiting.size == 2
                        }
                    }
                val rungUp = setOf(till.chargeTea(100).orderNo, till.chargeTea(200).orderNo)
                heard.await()
                assertEquals(rungUp, awaiting)
            }
        }

    @Test
    fun `texts change their language while they are watched`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.saleUntil(till.chargeTea().orderNo, Phase.AWAITING)
                val watching = till.watch(sale.orderNo).produceIn(this)
                assertEquals(sale.title, watching.receive().title)
                till.setLanguage(Language.CHINESE)
                val chinese = watching.receive()
                assertEquals(Phase.AWAITING, chinese.phase)
                assertTrue(chinese.title.any { it.code > 0x4E00 }, chinese.title)
                watching.cancel()
            }
        }
}
