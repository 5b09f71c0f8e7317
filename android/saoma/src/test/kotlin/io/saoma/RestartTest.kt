// The app is killed: nothing is lost, nothing comes twice.
package io.saoma

import io.saoma.core.Phase
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals

class RestartTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a killed till comes back with its sale, which was paid meanwhile`() =
        inShop { shop ->
            val code =
                tenLines(folder, shop.link).use { app ->
                    codeShownBy(app).also { app.kill() }
                }
            shop.customerPays(code)
            openTill(folder).use { till ->
                val sale = till.list().sales.single()
                till.saleUntil(sale.orderNo, Phase.PAID)
                assertEquals(sale.orderNo, till.resultsUntil(count = 1).single().orderNo)
            }
        }

    @Test
    fun `a result that nobody was told of comes again until it is acknowledged, and never after`() =
        inShop { shop ->
            tenLines(folder, shop.link).use { app ->
                shop.customerPays(codeShownBy(app))
                app.line { it.startsWith("{") }
                app.kill()
            }
            repeat(2) {
                openTill(folder).use { till -> assertEquals(12_80, till.resultsUntil(count = 1).single().minor) }
            }
            openTill(folder).use { till -> till.acknowledge(till.resultsUntil(count = 1).single()) }
            openTill(folder).use { till ->
                assertEquals(emptyList(), till.results.first())
                // Asked once more, the backend tells of the payment again: it is known and acknowledged.
                till.checkNow(
                    till
                        .list()
                        .sales
                        .single()
                        .orderNo,
                )
                assertEquals(emptyList(), till.results.first())
            }
        }

    @Test
    fun `a till that was closed is there again with everything`() =
        inShop { shop ->
            val sale = shop.till(folder).use { it.teaWithCode() }
            openTill(folder).use { till ->
                assertEquals("counter 1", till.pairing()?.deviceName)
                val again = till.saleUntil(sale.orderNo) { it.code != null }
                assertEquals(sale.code?.text, again.code?.text)
            }
        }
}
