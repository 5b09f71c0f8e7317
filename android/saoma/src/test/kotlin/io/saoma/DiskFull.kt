// An app that rings up when it is told to, for HardshipTest.
package io.saoma

import io.saoma.core.Language
import io.saoma.core.Phase
import io.saoma.core.SaomaException
import java.io.File

suspend fun main(args: Array<String>) =
    openTill(File(args[0])).use { till ->
        till.pair(args[1], "counter 1")
        println("open")
        while (readlnOrNull() != null) {
            try {
                val sale = till.teaWithCode()
                println(sale.code?.text)
                till.saleUntil(sale.orderNo, Phase.PAID)
                println("paid")
            } catch (error: SaomaException) {
                println("${error.fault.code} ${error.text(Language.ENGLISH)}")
            }
        }
    }
