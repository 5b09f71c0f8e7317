// A picture of every screen, in both languages, light and dark: a screen that looks otherwise fails until its picture is made anew and
// looked at. `mvn -pl ui test -Dtest=PicturesTest -Dpictures=write` makes them.
package io.saoma.till

import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.use
import io.saoma.Till
import io.saoma.core.Fault
import io.saoma.core.Language
import io.saoma.core.ListFilter
import io.saoma.core.MoneyResult
import io.saoma.core.ResultKind
import io.saoma.core.Sale
import io.saoma.core.SaleAction
import io.saoma.core.faultText
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.StandardTestDispatcher
import org.jetbrains.skia.EncodedImageFormat
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.awt.image.BufferedImage
import java.io.File
import java.time.LocalDate
import java.time.ZoneId
import javax.imageio.ImageIO
import kotlin.math.abs
import kotlin.test.assertEquals
import kotlin.test.assertTrue

private const val DENSITY = 1.25f

/** A moment of the animations at which everything that turns can be seen. */
private const val MOMENT_NS = 700_000_000L

/** How much of a picture may differ by how much: letters are drawn a shade otherwise by another version of their library. */
private const val SHADE_MAX = 40
private const val DIFFERENT_MAX = .002

private val PHONE = DpSize(360.dp, 740.dp)
private val SMALL = DpSize(320.dp, 480.dp)
private val LYING = DpSize(740.dp, 360.dp)
private val TABLET = DpSize(900.dp, 640.dp)

/** A screen to be pictured: what [Stage] shows, filled in by hand. */
private class Screenshot(
    val name: String,
    val size: DpSize = PHONE,
    val typeSize: TypeSize = TypeSize.NORMAL,
    val variants: List<Pair<Language, Look>> = ALL,
    val live: Boolean = true,
    val show: Easel.() -> Unit,
)

private val ALL = Language.entries.flatMap { language -> listOf(language to Look.LIGHT, language to Look.DARK) }
private val CHINESE_LIGHT = listOf(Language.CHINESE to Look.LIGHT)
private val ENGLISH_DARK = listOf(Language.ENGLISH to Look.DARK)
private val ONE_EACH = CHINESE_LIGHT + ENGLISH_DARK

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PicturesTest {
    @TempDir
    lateinit var folder: File
    private val till by lazy { runBlocking { Till.open(folder, Language.ENGLISH) } }

    @AfterAll
    fun close() = till.close()

    @TestFactory
    fun `every screen looks as it should`(): List<DynamicTest> =
        screenshots.flatMap { shot ->
            shot.variants.map { (language, look) ->
                val name = "${shot.name}-${if (language == Language.CHINESE) "zh" else "en"}-${look.name.lowercase()}"
                DynamicTest.dynamicTest(name) { compare(name, picture(shot, language, look)) }
            }
        }

    private fun picture(
        shot: Screenshot,
        language: Language,
        look: Look,
    ): BufferedImage {
        val easel = Easel(till, Records(language, shot.live), language, look, shot.typeSize)
        shot.show(easel)
        val (width, height) = (shot.size.width.value * DENSITY).toInt() to (shot.size.height.value * DENSITY).toInt()
        return ImageComposeScene(width, height, Density(DENSITY)) { easel.Content() }.use { scene ->
            // A dialog begins to appear in the second frame, and is there in the third.
            scene.render(0)
            scene.render(MOMENT_NS)
            val png = checkNotNull(scene.render(2 * MOMENT_NS).encodeToData(EncodedImageFormat.PNG)).bytes
            easel.close()
            ImageIO.read(png.inputStream())
        }
    }

    private fun compare(
        name: String,
        picture: BufferedImage,
    ) {
        val file = File("src/test/pictures/$name.png")
        if (System.getProperty("pictures") == "write") {
            file.parentFile.mkdirs()
            ImageIO.write(picture, "png", file)
            return
        }
        assertTrue(file.exists(), "$file is missing: make it with -Dpictures=write, and look at it")
        val wanted = ImageIO.read(file)
        assertEquals(wanted.width to wanted.height, picture.width to picture.height, name)
        val different =
            (0 until picture.height).sumOf { y ->
                (0 until picture.width).count { x -> differs(wanted.getRGB(x, y), picture.getRGB(x, y)) }
            }
        val part = different.toDouble() / (picture.width * picture.height)
        if (part > DIFFERENT_MAX) {
            val seen = File("target/pictures/$name.png").apply { parentFile.mkdirs() }
            ImageIO.write(picture, "png", seen)
            throw AssertionError("$name looks otherwise in ${"%.2f".format(part * 100)} % of it: compare $file with $seen")
        }
    }

    private fun differs(
        one: Int,
        other: Int,
    ) = listOf(0, 8, 16).any { abs((one shr it and 0xFF) - (other shr it and 0xFF)) > SHADE_MAX }
}

/** A counter filled in by hand, at a moment that stands still. */
internal class Easel(
    till: Till,
    val records: Records,
    val language: Language,
    look: Look,
    typeSize: TypeSize,
) : AutoCloseable {
    /** Nothing that is asked for is ever done. */
    private val scope = CoroutineScope(StandardTestDispatcher() + Job())
    val phone = Phone(Camera()).apply { standsAt = 0 }
    val settings =
        Settings(Drawer(), language).apply {
            this.look = look
            this.typeSize = typeSize
            quickAmounts = listOf("3.00", "5.00", "12.80", "15.00", "20.00")
        }
    private val state = TillState(phone, settings, scope) { _, _ -> till }
    val counter =
        Counter(till, state, scope).apply {
            pairing = records.pairing
            diagnosis = records.diagnosis()
        }
    val tabs get() = checkNotNull(counter.tabsShown)

    /** What is shown instead of the counter. */
    var instead: (@Composable () -> Unit)? = null

    @Composable
    fun Content() {
        CompositionLocalProvider(LocalZone provides ZoneId.of("Asia/Shanghai")) {
            TillTheme(settings, letters) { Framed { instead?.invoke() ?: CounterScreen(counter) } }
        }
    }

    fun sale(sale: Sale) =
        SalePlace(counter, sale.orderNo).also {
            it.seen = Seen(sale, phone.elapsedMs())
            counter.open(it)
        }

    fun detail(sale: Sale) =
        DetailPlace(counter, sale.orderNo).also {
            it.seen = Seen(sale, phone.elapsedMs())
            it.history = records.history
            counter.people = listOf(records.cashier)
            counter.open(it)
        }

    fun refund(
        sale: Sale,
        fill: RefundPlace.() -> Unit,
    ) = RefundPlace(counter, sale.orderNo).also {
        it.seen = Seen(sale, phone.elapsedMs())
        it.fill()
        counter.open(it)
    }

    fun told(
        result: MoneyResult,
        heard: Heard = Heard.YES,
    ) {
        counter.announcer.shown += Told(result).also { it.heard = heard }
    }

    fun fault(code: String) =
        Fault(
            code = code,
            field = null,
            retryable = true,
            triesLeft = null,
            retryAfterS = null,
            detail = "till.db is locked",
            chinese = faultIn(Language.CHINESE, code),
            english = faultIn(Language.ENGLISH, code),
        )

    private fun faultIn(
        language: Language,
        code: String,
    ) = checkNotNull(faultText(code, language))

    override fun close() = scope.cancel()
}

private val screenshots =
    listOf(
        Screenshot("opening", variants = ONE_EACH) { instead = { OpeningScreen() } },
        Screenshot("trouble") { instead = { TroubleScreen(fault("storage_in_use"), language, onAgain = {}) } },
        Screenshot("trouble-other-key", variants = ONE_EACH) {
            instead = { TroubleScreen(fault("other_key"), language, onAgain = {}, onGiveKeyUp = {}) }
        },
        Screenshot("pairing") { unpaired() },
        Screenshot("pairing-refused", variants = ONE_EACH) {
            unpaired().apply {
                link = "saoma://pair?u=https%3A%2F%2Fpay.teahouse.example&s=7hK2m9&r=0s3Yb1uX"
                pairing.fault = fault("pairing_refused")
            }
        },
        Screenshot("keypad") { counter.keypad.fill("") },
        Screenshot("keypad-sum") {
            counter.diagnosis = records.diagnosis(records.busy)
            counter.keypad.fill("12.80 + 3")
            counter.keypad.reference = if (language == Language.CHINESE) "8 号桌" else "Table 8"
        },
        Screenshot("keypad-small", SMALL, variants = ONE_EACH) {
            counter.diagnosis = records.diagnosis(records.offline, network = false)
            counter.keypad.fill("12.80 + 3")
        },
        Screenshot("keypad-lying", LYING, variants = ONE_EACH) { counter.keypad.fill("12.80 + 3") },
        Screenshot("keypad-large", typeSize = TypeSize.HUGE, variants = ONE_EACH) { counter.keypad.fill("1288.80") },
        Screenshot("keypad-tablet", TABLET, variants = CHINESE_LIGHT) { counter.keypad.fill("12.80 + 3") },
        Screenshot("details") {
            counter.keypad.fill("12.80")
            counter.keypad.reference = "SF1402773950286"
            counter.keypad.detailsOpen = true
        },
        Screenshot("scan", variants = ONE_EACH) { counter.keypad.scanning = true },
        Screenshot("code") { sale(records.awaiting) },
        Screenshot("code-test", live = false, variants = ONE_EACH) { sale(records.awaiting) },
        Screenshot("code-large-modules", variants = ONE_EACH) {
            settings.largeModules = true
            sale(records.awaiting)
        },
        Screenshot("code-small", SMALL, variants = ONE_EACH) { sale(records.awaiting) },
        Screenshot("code-lying", LYING, variants = ONE_EACH) { sale(records.awaiting) },
        Screenshot("code-large", typeSize = TypeSize.HUGE, variants = ONE_EACH) { sale(records.awaiting) },
        Screenshot("code-tablet", TABLET, variants = CHINESE_LIGHT) { sale(records.awaiting) },
        Screenshot("cash-asked", variants = ONE_EACH) {
            counter.keypad.fill("12.80")
            counter.keypad.askingForCash = true
        },
        Screenshot("payment-code-camera", variants = ONE_EACH) { sale(records.ready).scanning = true },
        Screenshot("payment-code-typed", variants = ONE_EACH) {
            sale(records.ready).scanning = true
            phone.hasCamera = false
        },
        Screenshot("ready") { sale(records.ready) },
        Screenshot("ready-refused", variants = ONE_EACH) { sale(records.refusedCode) },
        Screenshot("ready-small", SMALL, variants = ONE_EACH) { sale(records.ready) },
        Screenshot("ready-lying", LYING, variants = CHINESE_LIGHT) { sale(records.refusedCode) },
        Screenshot("charging", variants = ONE_EACH) { sale(records.charging) },
        Screenshot("paying", variants = ONE_EACH) { sale(records.paying) },
        Screenshot("not-closed-yet", variants = ONE_EACH) { sale(records.notClosedYet) },
        Screenshot("cash", variants = ONE_EACH) { sale(records.cash) },
        Screenshot("cash-unproven") { sale(records.cashUnproven) },
        Screenshot("draft", variants = ONE_EACH) {
            counter.diagnosis = records.diagnosis(records.offline, network = false)
            sale(records.draft)
        },
        Screenshot("changing", variants = ONE_EACH) { sale(records.closing).changing = true },
        Screenshot("closed", variants = ONE_EACH) { sale(records.closed) },
        Screenshot("question", variants = ONE_EACH) { sale(records.awaiting).question = Question.CANCEL },
        Screenshot("paid") {
            sale(records.awaiting)
            told(records.result())
        },
        Screenshot("paid-test", live = false, variants = ONE_EACH) { told(records.result()) },
        Screenshot("paid-not-played", variants = ONE_EACH) { told(records.result(), Heard.NO) },
        Screenshot("paid-small", SMALL, variants = ONE_EACH) { told(records.result(), Heard.NO) },
        Screenshot("paid-strip", variants = ONE_EACH) {
            counter.keypad.fill("36.00")
            told(records.result())
        },
        Screenshot("refunded", variants = ONE_EACH) { told(records.result(ResultKind.REFUNDED)) },
        Screenshot("refund-failed", variants = ONE_EACH) { told(records.result(ResultKind.REFUND_FAILED)) },
        Screenshot("late") { told(records.result(late = true)) },
        Screenshot("mismatch") { told(records.result(ResultKind.MISMATCH), Heard.NOT_YET) },
        Screenshot("sales") { counter.show(tabs[2].also { (it as SalesPlace).fill(records.sales) }) },
        Screenshot("sales-empty", variants = ONE_EACH) {
            val sales = tabs[2] as SalesPlace
            sales.fill(emptyList())
            sales.filter = ListFilter.ALARMED
            counter.show(sales)
        },
        Screenshot("sales-large", typeSize = TypeSize.HUGE, variants = ONE_EACH) {
            counter.show(tabs[2].also { (it as SalesPlace).fill(records.sales) })
        },
        Screenshot("collect") {
            counter.diagnosis = records.diagnosis(records.offline, network = false)
            counter.collect.fill(records.toCollect)
            counter.show(counter.collect)
        },
        Screenshot("drafts") {
            counter.diagnosis = records.diagnosis(records.old)
            counter.open(DraftsPlace(counter).also { it.fill(records.oldDrafts) })
        },
        Screenshot("drafts-reason", variants = ONE_EACH) {
            counter.open(
                DraftsPlace(counter).also {
                    it.fill(records.oldDrafts)
                    it.dropping = records.oldDrafts.first()
                },
            )
        },
        Screenshot("detail") { detail(records.sales[3].copy(actions = listOf(SaleAction.RECEIPT))) },
        Screenshot("detail-refunds", DpSize(360.dp, 1_180.dp)) { detail(records.refunds) },
        Screenshot("detail-refund-asked", DpSize(360.dp, 980.dp), variants = ONE_EACH) {
            counter.pairing = records.pairing.copy(role = "manager")
            detail(records.refundAsked)
        },
        Screenshot("detail-late-beside-cash", DpSize(360.dp, 1_080.dp), variants = ONE_EACH) { detail(records.lateBesideCash) },
        Screenshot("refund") {
            refund(records.paid) {
                isPart = true
                typed = "3"
                reason = textsOf(language).refundReasons.first()
            }
        },
        Screenshot("refund-which", variants = ONE_EACH) { refund(records.lateBesideCash) {} },
        Screenshot("refund-too-much", variants = ONE_EACH) {
            refund(records.paid) {
                isPart = true
                typed = "12.81"
            }
        },
        Screenshot("refund-asked", variants = ONE_EACH) {
            refund(records.paid) {
                reason = textsOf(language).refundReasons.first()
                asking = true
            }
        },
        Screenshot("refund-small", SMALL, variants = ONE_EACH) { refund(records.paid) { isPart = true } },
        Screenshot("receipt", variants = ONE_EACH) { detail(records.sales[3]).receipt = records.receipt },
        Screenshot("day") { day() },
        Screenshot("day-long", DpSize(360.dp, 1_900.dp), variants = ONE_EACH) { day() },
        Screenshot("day-bill", DpSize(360.dp, 2_300.dp), variants = ONE_EACH) { day().bill = records.reconciliation() },
        Screenshot("day-settle", variants = ONE_EACH) {
            day().apply {
                bill = records.reconciliation()
                settling = bill?.findings?.first()
            }
        },
        Screenshot("day-asked", variants = ONE_EACH) { day().asking = "2026-08-02" },
        Screenshot("export") { counter.open(ExportPlace(counter, LocalDate.parse("2026-08-01"))) },
        Screenshot("export-refused", variants = ONE_EACH) {
            counter.open(
                ExportPlace(counter, LocalDate.parse("2026-08-01")).apply {
                    from = "2025-01-01"
                    givingDays.fault = fault("bad_input").copy(field = "date")
                },
            )
        },
        Screenshot("names") { signIn() },
        Screenshot("names-required", variants = ONE_EACH) { signIn(why = fault("sign_in_required")) },
        Screenshot("names-offline", variants = ONE_EACH) {
            counter.diagnosis = records.diagnosis(records.offline, network = false)
            signIn(known = false).reading.fault = fault("unreachable")
        },
        Screenshot("names-manager", variants = ONE_EACH) { signIn(managers = true) },
        Screenshot("pin") {
            signIn().apply {
                choose(records.people[0])
                "1357".forEach(::digit)
            }
        },
        Screenshot("pin-wrong", variants = ONE_EACH) {
            signIn().apply {
                choose(records.people[0])
                signing.fault = fault("pin_wrong").copy(triesLeft = 3u)
            }
        },
        Screenshot("pin-small", SMALL, variants = ONE_EACH) {
            signIn().apply {
                choose(records.people[0])
                signing.fault = fault("pin_wrong").copy(triesLeft = 3u)
            }
        },
        Screenshot("pin-lying", LYING, variants = ONE_EACH) { signIn().choose(records.people[0]) },
        Screenshot("signed-in", variants = ONE_EACH) {
            counter.diagnosis = records.diagnosis(records.busy, person = records.signedIn())
            signIn()
        },
        Screenshot("keypad-person", variants = ONE_EACH) {
            counter.diagnosis = records.diagnosis(person = records.signedIn())
            counter.keypad.fill("12.80")
        },
        Screenshot("keypad-sign-in", variants = ONE_EACH) {
            counter.diagnosis = records.diagnosis(signInRequired = true)
            counter.keypad.fill("12.80")
        },
        Screenshot("keypad-manager", variants = ONE_EACH) {
            val manager = records.people[2]
            counter.diagnosis = records.diagnosis(person = records.signedIn(manager))
            counter.signedIn(SignInPlace(counter, managers = true), manager)
            counter.keypad.fill("12.80")
        },
        Screenshot("shifts") { shifts() },
        Screenshot("shifts-none", variants = ONE_EACH) { shifts(open = false) },
        Screenshot("shift-float", variants = ONE_EACH) {
            shifts(open = false).apply {
                ask(ShiftsPlace.Drawer.FLOAT)
                typed = "200"
            }
        },
        Screenshot("shift-count", variants = ONE_EACH) {
            shifts().apply {
                ask(ShiftsPlace.Drawer.COUNT)
                typed = "275.60"
            }
        },
        Screenshot("shift", DpSize(360.dp, 1_500.dp)) {
            counter.people = records.people
            counter.open(ShiftPlace(counter, records.shift(closed = true)))
        },
        Screenshot(
            "slip",
        ) { counter.open(SlipPlace(counter, textsOf(language).shiftNo(41)) { emptyList() }.apply { lines = records.slip }) },
        Screenshot("more") { counter.show(tabs[3]) },
        Screenshot("settings", DpSize(360.dp, 1_560.dp)) { counter.open(SettingsPlace(counter).apply { announcing.isQuiet = true }) },
        Screenshot("diagnosis") { counter.open(DiagnosisPlace(counter)) },
        Screenshot("diagnosis-salvaged", variants = ONE_EACH) {
            counter.diagnosis = records.diagnosis(readOnly = "salvaged", salvage = records.salvaged)
            counter.open(DiagnosisPlace(counter))
        },
    )

private fun Easel.unpaired(): PairingPlace {
    counter.pairing = null
    counter.diagnosis = null
    return PairingPlace(counter).also(counter::open)
}

private fun Easel.day() =
    DayPlace(counter).apply {
        counter.people = records.people
        today = LocalDate.parse("2026-08-01")
        date = today
        mine = records.day()
        whole = records.merchantDay()
        counter.open(this)
    }

private fun Easel.signIn(
    why: Fault? = null,
    managers: Boolean = false,
    known: Boolean = true,
): SignInPlace {
    if (known) counter.people = records.people
    return SignInPlace(counter, why, managers).also(counter::open)
}

private fun Easel.shifts(open: Boolean = true) =
    ShiftsPlace(counter).apply {
        counter.people = records.people
        shifts = listOfNotNull(records.shift(closed = false).takeIf { open }, records.shift(closed = true))
        counter.open(this)
    }

private fun KeypadPlace.fill(typed: String) {
    this.typed = typed
}

private fun SaleList.fill(sales: List<Sale>) {
    this.sales += sales
    known = true
}
