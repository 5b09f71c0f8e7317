// What calls cost on a JVM: mvn -P figures -pl bindings,saoma verify -DskipTests.
package io.saoma.bench

import io.saoma.Shop
import io.saoma.Till
import io.saoma.core.Language
import io.saoma.core.ListQuery
import io.saoma.core.SaleLimits
import io.saoma.core.qrModules
import io.saoma.core.readAmount
import io.saoma.saleUntil
import io.saoma.tea
import java.io.File
import java.util.Locale
import kotlin.io.path.createTempDirectory
import kotlin.time.TimeSource

private const val TEXT = "weixin://wxpay/bizpayurl?pr=EV3a8qJcz"

/** The argument is how many sales the big folder gets, 10,000 if absent. */
suspend fun main(args: Array<String>) {
    val many = args.firstOrNull()?.toInt() ?: 10_000
    // As many as the backend lets a device have open.
    val limits = SaleLimits(200u, Long.MAX_VALUE)
    val folder = createTempDirectory("saoma-figures").toFile()
    Shop().use { shop ->
        val till = Till.open(folder, Language.ENGLISH, limits)
        till.pair(shop.link, "figures")
        each("readAmount", 100_000) { readAmount("12.80 + 3") }
        each("newOrderNo", 100_000) { till.newOrderNo() }
        each("qrModules", 10_000) { qrModules(TEXT) }
        each("from Charge to the code", 50) {
            val orderNo = till.newOrderNo()
            till.charge(orderNo, tea())
            till.saleUntil(orderNo) { it.code != null }
        }
        each("a page of 50 sales with codes", 200) { till.list(ListQuery(limit = 50u)) }
        till.network(false)
        shop.goesAway()
        each("charge and give up, without a network", 1_000) { till.cancel(till.charge(till.newOrderNo(), tea())) }
        repeat(many - 2_100) { till.cancel(till.charge(till.newOrderNo(), tea())) }
        till.shut()
    }
    val size = folder.walk().filter(File::isFile).sumOf(File::length) / 1_048_576
    each("open and shut with $many sales, 100 open, $size MB", 5) { Till.open(folder, Language.ENGLISH, limits).shut() }
    folder.deleteRecursively()
}

/** The median of so many, after as many to get warm. */
private inline fun each(
    what: String,
    times: Int,
    action: () -> Unit,
) {
    val nanos =
        List(2 * times) {
            val start = TimeSource.Monotonic.markNow()
            action()
            start.elapsedNow().inWholeNanoseconds
        }.drop(times).sorted()

    println("${what.padEnd(50)} median ${micros(nanos[times / 2])}, of a hundred the slowest ${micros(nanos[times * 99 / 100])}")
}

private fun micros(nanos: Long) = String.format(Locale.ROOT, "%,.1f µs", nanos / 1e3)
