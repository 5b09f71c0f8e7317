// An app that does what it is told, a line each, so that it can be killed in the middle of it.
package io.saoma

import io.saoma.core.Phase
import java.io.File

suspend fun main(args: Array<String>) {
    val till = openTill(File(args[0]))
    if (till.pairing() == null) till.pair(args[1], "counter 1")
    println("open")
    for (line in generateSequence(::readlnOrNull)) {
        val (what, about) = line.split(' ')
        when (what) {
            "scan" -> {
                val sale = till.charge(till.newOrderNo(), tea().copy(byCode = true))
                till.scan(sale, code = about)
                println("${till.saleUntil(sale.orderNo) { it.phase != Phase.READY }.phase} ${sale.orderNo}")
            }

            "paid" -> {
                till.saleUntil(about, Phase.PAID)
                println("paid")
            }

            "refund" -> {
                val sale = till.sale(about).sale
                println(
                    till
                        .refund(about, till.newRefundNo(), sale.payments.single().back())
                        .refunds
                        .single()
                        .phase,
                )
            }
        }
    }
}
