// All screens, from the state alone.
package io.saoma.till

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.NavigationRail
import androidx.compose.material3.NavigationRailItem
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.DisposableEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import io.saoma.core.Fault

/** The app. [letters] is the system's own family, unless a device needs another for Chinese characters in their Chinese form. */
@Composable
public fun TillScreens(
    state: TillState,
    letters: FontFamily = FontFamily.Default,
) {
    TillTheme(state.settings, letters) {
        Framed {
            when (val stage = state.stage) {
                Stage.Opening -> OpeningScreen()
                is Stage.Trouble -> OpeningTrouble(state, stage.fault)
                is Stage.Open -> if (stage.counter.ready) CounterScreen(stage.counter)
            }
        }
    }
}

@Composable
private fun OpeningTrouble(
    state: TillState,
    fault: Fault,
) = TroubleScreen(
    fault,
    state.settings.language,
    onAgain = { state.open() },
    onGiveKeyUp = if (state.needsOtherKey(fault)) ({ state.open(keyWasLost = true) }) else null,
)

/** The ground of everything, and how much room it has. */
@Composable
internal fun Framed(content: @Composable () -> Unit) {
    Surface(Modifier.fillMaxSize(), color = MaterialTheme.colorScheme.background) {
        BoxWithConstraints(Modifier.fillMaxSize().safeDrawingPadding()) {
            CompositionLocalProvider(LocalRoom provides Room(maxWidth, maxHeight, LocalDensity.current.fontScale), content = content)
        }
    }
}

/** The open till: what must be known on every screen, and the place where one is. */
@Composable
internal fun CounterScreen(counter: Counter) {
    val place = counter.place
    if (place.guarded) {
        DisposableEffect(counter.platform) {
            val guard = counter.platform.display.guard()
            onDispose { guard.close() }
        }
    }
    val told = counter.inTheWay
    Column(Modifier.fillMaxSize()) {
        if (counter.live == false) TestRibbon()
        if (told != null) {
            ToldScreen(counter, told)
        } else {
            StatusLine(counter)
            PersonLine(counter)
            SalvageNotice(counter)
            // Two lines at most: whoever is busy sees the newest, the others wait.
            counter.announcer.shown.filter { !it.isAlarm }.takeLast(2).forEach { paid ->
                PaidStrip(paid.result, paid.heard, onLook = { counter.look(paid) }, onSeen = { counter.announcer.seen(paid) })
            }
            WithTabs(counter, Modifier.weight(1f)) { PlaceScreen(place) }
        }
    }
}

@Composable
private fun PlaceScreen(place: Place) {
    when (place) {
        is KeypadPlace -> KeypadScreen(place)
        is SalePlace -> SaleScreen(place)
        is DetailPlace -> DetailScreen(place)
        is RefundPlace -> RefundScreen(place)
        is CollectPlace -> CollectScreen(place)
        is SalesPlace -> SalesScreen(place)
        is DraftsPlace -> DraftsScreen(place)
        is DayPlace -> DayScreen(place)
        is ExportPlace -> ExportScreen(place)
        is ShiftsPlace -> ShiftsScreen(place)
        is ShiftPlace -> ShiftScreen(place)
        is SlipPlace -> SlipScreen(place)
        is SignInPlace -> SignInScreen(place)
        is SettingsPlace -> SettingsScreen(place)
        is DiagnosisPlace -> DiagnosisScreen(place)
        is MorePlace -> MoreScreen(place)
        is PairingPlace -> PairingScreen(place, onBack = if (place.counter.canGoBack) ({ place.counter.back() }) else null)
    }
}

/** Damaged records were saved at this opening: it stands on every screen until somebody has read it. */
@Composable
private fun SalvageNotice(counter: Counter) {
    val text = counter.diagnosis?.salvage ?: return
    if (counter.salvageRead || counter.place is DiagnosisPlace) return
    val paint = LocalSignals.current.warning
    NoticeCard(text, Icons.Warning, paint, Modifier.padding(horizontal = 12.dp, vertical = 6.dp), urgent = true) {
        QuietButton(LocalTexts.current.seen, { counter.salvageRead = true }, Modifier.align(Alignment.End), ink = paint.ink)
    }
}

/** Play money is called so on every screen. */
@Composable
internal fun TestRibbon() {
    val paint = LocalSignals.current.test
    val spoken = LocalTexts.current.testMoneySpoken
    Box(
        Modifier.fillMaxWidth().background(paint.plate).padding(vertical = if (LocalRoom.current.isLow) 2.dp else 5.dp).semantics {
            contentDescription =
                spoken
        },
        Alignment.Center,
    ) {
        Text(LocalTexts.current.testMoney, color = paint.ink, style = MaterialTheme.typography.labelLarge, textAlign = TextAlign.Center)
    }
}

@Composable
private fun ToldScreen(
    counter: Counter,
    told: Told,
) {
    val announcer = counter.announcer
    val deeds =
        ResultDeeds(
            seen = { counter.seen(told) },
            sayAgain = { announcer.sayAgain(told) },
            look = { counter.look(told) },
        )
    MoneyScreen(told.result, told.heard, deeds, more = announcer.shown.size - 1) {
        FaultCard(announcer.acknowledging.fault, counter.settings.language)
    }
}

/** The tabs: below where there is height, at the side where there is width. */
@Composable
private fun WithTabs(
    counter: Counter,
    modifier: Modifier,
    content: @Composable () -> Unit,
) {
    val tabs = counter.tabsShown
    if (tabs == null) {
        Box(modifier) { content() }
        return
    }
    val room = LocalRoom.current
    if (room.isWide) {
        Row(modifier) {
            NavigationRail(Modifier.fillMaxHeight(), containerColor = MaterialTheme.colorScheme.surfaceContainer) {
                Column(Modifier.fillMaxHeight(), Arrangement.spacedBy(8.dp, Alignment.CenterVertically)) {
                    for (tab in tabs) {
                        val (name, icon) = nameOf(tab)
                        NavigationRailItem(tab === counter.place, { counter.show(tab) }, { Icon(icon, null) }, label = { TabName(name) })
                    }
                }
            }
            Box(Modifier.weight(1f)) { content() }
        }
    } else {
        Column(modifier) {
            Box(Modifier.weight(1f)) { content() }
            NavigationBar(
                if (room.isLow) Modifier.height(52.dp) else Modifier,
                containerColor = MaterialTheme.colorScheme.surfaceContainer,
            ) {
                for (tab in tabs) {
                    val (name, icon) = nameOf(tab)
                    NavigationBarItem(
                        tab === counter.place,
                        { counter.show(tab) },
                        { Icon(icon, name.takeIf { room.isLow }) },
                        label = if (room.isLow) null else ({ TabName(name) }),
                    )
                }
            }
        }
    }
}

@Composable
private fun TabName(name: String) = Text(name, maxLines = 1, overflow = TextOverflow.Ellipsis)

@Composable
private fun nameOf(tab: Place): Pair<String, ImageVector> {
    val texts = LocalTexts.current
    return when (tab) {
        is KeypadPlace -> texts.charge to Icons.Keypad
        is CollectPlace -> texts.toCollect to Icons.Parcel
        is SalesPlace -> texts.sales to Icons.Bill
        else -> texts.more to Icons.More
    }
}
