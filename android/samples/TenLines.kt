import io.saoma.Till
import io.saoma.core.NewSale
import io.saoma.core.Phase
import kotlinx.coroutines.flow.first
import java.io.File

suspend fun main(args: Array<String>) {
    val till = Till.open(File(args[0]))
    till.pair(link = args[1], deviceName = "counter 1")
    val sale = till.charge(till.newOrderNo(), NewSale(minor = 12_80, description = "Milk tea"))
    till.watch(sale.orderNo).first { now ->
        println("${now.amount} ${now.title} ${now.code?.text ?: ""}")
        now.phase == Phase.PAID
    }
    println(till.receipt(sale.orderNo))
}
