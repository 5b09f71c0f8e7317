// An app whose clock is off, for HardshipTest.
package io.saoma

import io.saoma.core.Phase
import java.io.File

suspend fun main(args: Array<String>) =
    openTill(File(args[0])).use { till ->
        till.pair(args[1], "counter 1")
        println(till.diagnosisUntil { it.clockWarning }.bar?.text)
        val sale = till.teaWithCode()
        println(sale.code?.text)
        till.saleUntil(sale.orderNo, Phase.PAID)
        println("paid")
    }
