// What tests wait for. No test sleeps: each waits for a state, for as long as its patience lasts.
package io.saoma

import io.saoma.core.Diagnosis
import io.saoma.core.HttpTransport
import io.saoma.core.KeyStore
import io.saoma.core.Language
import io.saoma.core.MoneyResult
import io.saoma.core.NewSale
import io.saoma.core.Phase
import io.saoma.core.Sale
import io.saoma.core.SaomaException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.fail
import kotlin.time.Duration.Companion.minutes

/** A test that waits for what really happens. The time is there to end one that hangs. */
fun waiting(test: suspend CoroutineScope.() -> Unit) = runBlocking(Dispatchers.Default) { withTimeout(2.minutes, test) }

/** A test in a shop of its own. */
fun inShop(test: suspend CoroutineScope.(Shop) -> Unit) = waiting { Shop().use { test(it) } }

/** A till on a folder, in English. */
suspend fun openTill(
    folder: File,
    keyStore: KeyStore? = null,
    transport: HttpTransport? = null,
): Till = Till.open(folder, Language.ENGLISH, keyStore = keyStore, transport = transport)

/** A till on a folder, paired with a shop. */
suspend fun Shop.till(
    folder: File,
    keyStore: KeyStore? = null,
    transport: HttpTransport? = null,
    link: String = this.link,
): Till = openTill(folder, keyStore, transport).also { it.pair(link, "counter 1") }

fun tea(minor: Long = 12_80) = NewSale(minor, "Milk tea")

/** Rings up a milk tea. */
suspend fun Till.chargeTea(minor: Long = 12_80): Sale = charge(newOrderNo(), tea(minor))

/** Waits until a sale is so. */
suspend fun Till.saleUntil(
    orderNo: String,
    so: (Sale) -> Boolean,
): Sale = watch(orderNo).first(so)

/** Waits until a sale has come to a phase. */
suspend fun Till.saleUntil(
    orderNo: String,
    phase: Phase,
): Sale = saleUntil(orderNo) { it.phase == phase }

/** Rings up a milk tea and waits for its code. */
suspend fun Till.teaWithCode(minor: Long = 12_80): Sale {
    val orderNo = chargeTea(minor).orderNo
    return saleUntil(orderNo) { it.code != null }
}

/** Sells a milk tea. */
suspend fun Till.sellAt(shop: Shop): Sale {
    val shown = teaWithCode()
    shop.customerPays(checkNotNull(shown.code).text)
    return saleUntil(shown.orderNo, Phase.PAID)
}

/** Waits until as many results wait to be told. */
suspend fun Till.resultsUntil(count: Int): List<MoneyResult> = results.first { it.size == count }

/** Waits until the till is so. */
suspend fun Till.diagnosisUntil(so: (Diagnosis) -> Boolean): Diagnosis = diagnosis.first(so)

/** Asks again for as long as it is refused with this code: what somebody else began is still on its way. */
suspend fun <T> whileRefused(
    code: String,
    call: suspend () -> T,
): T {
    while (true) {
        try {
            return call()
        } catch (error: SaomaException) {
            if (error.fault.code != code) throw error
        }
        yield()
    }
}

/** Expects an error of a kind, with a code. */
suspend inline fun <reified E : SaomaException> refused(
    code: String,
    call: suspend () -> Unit,
): E {
    try {
        call()
    } catch (error: SaomaException) {
        assertEquals(code, error.fault.code, error.fault.detail)
        return error as? E ?: fail("$code is told as $error")
    }
    fail("it was not refused")
}
