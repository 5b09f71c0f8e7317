// How often what a person does crosses into the native library: at most three times.
package io.saoma

import Counter
import io.saoma.core.Language
import io.saoma.core.Phase
import io.saoma.core.TillConfig
import io.saoma.core.TillInterface
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.test.assertEquals

class CrossingsTest {
    @TempDir
    lateinit var folder: File

    private val crossings = CopyOnWriteArrayList<String>()

    /** The real till below, with each call noted. */
    private suspend fun counted(): Till {
        val core =
            io.saoma.core.Till
                .open(TillConfig(folder.path, Language.ENGLISH, null), null, null)
        val noted =
            Proxy.newProxyInstance(javaClass.classLoader, arrayOf(TillInterface::class.java)) { _, method, arguments ->
                crossings += method.name
                try {
                    method.invoke(core, *arguments.orEmpty())
                } catch (thrown: InvocationTargetException) {
                    throw thrown.targetException
                }
            }
        return Till(noted as TillInterface)
    }

    private fun crossed(): List<String> = crossings.toList().also { crossings.clear() }

    @Test
    fun `a sale from the empty screen to the told payment`() =
        inShop { shop ->
            counted().use { till ->
                till.pair(shop.link, "counter 1")
                assertEquals(listOf("pair"), crossed())
                val counter = Counter(till, this)
                assertEquals(listOf("newOrderNo"), crossed(), "a sale screen opens")

                counter.charge(12_80).join()
                val shown = counter.sale.filterNotNull().first { it.code != null }
                assertEquals(setOf("charge", "onScreen", "subscribe"), crossed().toSet(), "Charge is tapped")

                val said = CompletableDeferred<String>()
                val announcing = launch { counter.announce { said.complete(it.spoken) } }
                shop.customerPays(checkNotNull(shown.code).text)
                counter.sale.filterNotNull().first { it.phase == Phase.PAID }
                said.await()
                till.resultsUntil(count = 0)
                // The second one to watch is this test.
                assertEquals(listOf("acknowledge", "subscribe", "subscribe"), crossed().sorted(), "a payment is told")
                announcing.cancel()
                counter.close()
            }
        }
}
