// What happens to a phone: no network, a bug, two tills on one folder, a copy of the phone.
package io.saoma

import io.saoma.core.DraftChoice
import io.saoma.core.Language
import io.saoma.core.Phase
import io.saoma.core.SaleLimits
import io.saoma.core.SaomaException
import io.saoma.core.Tone
import io.saoma.core.panicOnPurpose
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue

class HardMomentsTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `in airplane mode sales are rung up, and go out when the network is back`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                shop.goesAway()
                till.network(false)
                val rungUp = List(2) { till.chargeTea() }
                assertTrue(rungUp.all { it.phase == Phase.DRAFT && it.code == null })
                val bar = checkNotNull(till.diagnosisUntil { it.unprovenCount == 2u && it.bar != null }.bar)
                assertTrue("25.60" in bar.text && bar.tone == Tone.WARNING, bar.toString())
                shop.comesBack()
                till.network(true)
                for (sale in rungUp) till.saleUntil(sale.orderNo, Phase.AWAITING)
            }
        }

    @Test
    fun `a sale that never left is dropped on the spot`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                shop.goesAway()
                till.network(false)
                assertEquals(Phase.DROPPED, till.cancel(till.chargeTea()).phase)
            }
        }

    @Test
    fun `a backend that is away is told as that, and what is asked of it may be asked again`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.teaWithCode()
                shop.goesAway()
                val error = refused<SaomaException.Unreachable>("unreachable") { till.merchantDay() }
                assertTrue(error.fault.retryable)
                assertTrue(error.text(Language.CHINESE).any { it.code > 0x4E00 })
                assertEquals(error.fault.english, error.text(Language.ENGLISH))
                shop.comesBack()
                assertEquals(
                    0u,
                    till
                        .merchantDay()
                        .totals.sums.paid.count,
                )
                shop.customerPays(checkNotNull(sale.code).text)
                till.saleUntil(sale.orderNo, Phase.PAID)
            }
        }

    @Test
    fun `an answer of WeChat Pay that is lost charges nobody twice`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                shop.misfortune("drop_reply", on = "/v3/pay/transactions/native", times = 1)
                till.sellAt(shop)
                assertEquals(
                    1u,
                    till
                        .merchantDay()
                        .totals.sums.paid.count,
                )
            }
        }

    @Test
    fun `a bug inside is an error, and the till goes on`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val error = refused<SaomaException.Internal>("internal") { panicOnPurpose() }
                assertTrue("on purpose" in error.fault.detail)
                assertTrue(error.text(Language.ENGLISH).isNotEmpty() && error.text(Language.CHINESE).isNotEmpty())
                till.sellAt(shop)
            }
        }

    @Test
    fun `wrong input names its field, and nothing is rung up`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val error = refused<SaomaException.Input>("bad_input") { till.chargeTea(minor = 0) }
                assertEquals("amount", error.fault.field)
                refused<SaomaException.Input>("bad_input") { till.charge("no number", tea()) }
                assertTrue(till.list().sales.isEmpty())
            }
        }

    @Test
    fun `what may be open at once has limits`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                till.setLimits(SaleLimits(1u, 100_00))
                till.chargeTea()
                refused<SaomaException.NotNow>("too_many_unproven") { till.chargeTea() }
                till.setLimits(SaleLimits(2u, 100_00))
                till.chargeTea()
            }
        }

    @Test
    fun `only an old draft is decided about`() =
        inShop { shop ->
            shop.till(folder).use { till ->
                val sale = till.teaWithCode()
                refused<SaomaException.NotNow>("order_ended") { till.decideDraft(sale.orderNo, DraftChoice.Drop("a test")) }
            }
        }

    @Test
    fun `an unpaired till rings nothing up`() =
        waiting {
            openTill(folder).use { till ->
                refused<SaomaException.NotNow>("not_paired") { till.chargeTea() }
                assertNull(till.pairing())
            }
        }

    @Test
    fun `one till at a time works in a folder`() =
        waiting {
            openTill(folder).use { refused<SaomaException.Storage>("storage_in_use") { openTill(folder) } }
            openTill(folder).close()
        }

    @Test
    fun `another process's till keeps its folder to itself`() =
        inShop { shop ->
            tenLines(folder, shop.link).use { app ->
                codeShownBy(app)
                refused<SaomaException.Storage>("storage_in_use") { openTill(folder) }
            }
            openTill(folder).close()
        }

    @Test
    fun `a place that cannot be is refused`() =
        waiting {
            val file = folder.resolve("file").apply { writeText("not a folder") }
            refused<SaomaException.Storage>("storage_failed") { openTill(file.resolve("till")) }
        }

    @Test
    fun `a cloned phone may only be looked at`() =
        inShop { shop ->
            val (original, clone) = listOf("original", "clone").map { folder.resolve(it) }
            shop.till(original).close()
            original.copyRecursively(clone)
            openTill(original).use { till -> till.teaWithCode() }
            // The copy rings up another sale in that one's place.
            openTill(clone).use { till ->
                till.refresh(till.teaWithCode())
                val told = till.diagnosisUntil { it.readOnly == "journal_forked" }
                assertEquals(Tone.ALARM, told.bar?.tone)
                refused<SaomaException.NotNow>("read_only") { till.chargeTea() }
            }
        }
}
