import io.saoma.Till
import io.saoma.core.MoneyResult
import io.saoma.core.NewSale
import io.saoma.core.Sale
import io.saoma.core.SaomaException
import io.saoma.fault
import io.saoma.preferredLanguage
import io.saoma.text
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch

/** A sale screen's state: on Android the heart of a ViewModel, whose viewModelScope is [scope]. */
class Counter(
    private val till: Till,
    private val scope: CoroutineScope,
) {
    /** What stands in the way, for the person at the counter. */
    val message = MutableStateFlow<String?>(null)

    /** The sale on screen: draw `code.qr` while there is one, show `title` and `sentence`, offer `actions` and no others. */
    val sale = MutableStateFlow<Sale?>(null)

    /** Once a screen: every tap on Charge means the same sale. */
    private val orderNo = till.newOrderNo()

    private val watching =
        scope.launch {
            sale.first { it != null }
            till.watch(orderNo).collect { sale.value = it }
        }

    fun charge(minor: Long) =
        doing {
            sale.value = till.charge(orderNo, NewSale(minor, "Milk tea"))
            till.onScreen(orderNo)
        }

    fun cancel(sale: Sale) = doing { till.cancel(sale) }

    /** The screen is left. */
    fun close() {
        watching.cancel()
        doing { till.onScreen(null) }
    }

    /** For as long as the app lives, on whatever screen: say each result, then acknowledge it. Unsaid ones come again after a kill. */
    suspend fun announce(say: suspend (MoneyResult) -> Unit) =
        till.results.collect { waiting ->
            waiting.firstOrNull()?.let { result ->
                say(result)
                till.acknowledge(result)
            }
        }

    private fun doing(work: suspend () -> Unit) =
        scope.launch {
            try {
                work()
                message.value = null
            } catch (error: SaomaException) {
                // Nothing was half-done. The words are the core's, the same on every phone; the log gets the rest.
                message.value = error.text(preferredLanguage())
                System.err.println("${error.fault.code}: ${error.fault.detail}")
            }
        }
}
