// Shifts: the one that is open, what is in the drawer, and the sealed ones.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import io.saoma.core.Shift
import io.saoma.till.ShiftsPlace.Drawer

@Composable
internal fun ShiftsScreen(place: ShiftsPlace) {
    LaunchedEffect(place) { place.read() }
    when (place.asking) {
        Drawer.FLOAT -> FloatScreen(place)
        Drawer.COUNT -> CountScreen(place)
        null -> ShiftList(place)
    }
}

@Composable
private fun ShiftList(place: ShiftsPlace) {
    val texts = LocalTexts.current
    val counter = place.counter
    val open = place.open
    Screen(
        texts.shifts,
        onBack = { counter.back() },
        actions = {
            when {
                place.shifts == null -> Unit
                open == null -> MainButton(texts.openShift, { place.ask(Drawer.FLOAT) }, icon = Icons.Shift)
                else -> MainButton(texts.closeShift, { place.ask(Drawer.COUNT) }, icon = Icons.Shift)
            }
        },
    ) {
        FaultCard(place.reading.fault, place.settings.language, onAgain = place::read)
        when {
            open != null -> {
                ShiftCard(open, counter::nameOf)
            }

            place.shifts != null -> {
                Card {
                    Text(texts.noShift, style = MaterialTheme.typography.titleMedium)
                    Text(texts.noShiftWhy, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodyMedium)
                }
            }

            place.reading.underWay -> {
                Turning(texts.loading, Modifier.fillMaxWidth().padding(32.dp))
            }
        }
        if (place.closed.isNotEmpty()) Heading(texts.olderShifts)
        for (shift in place.closed) ShiftRow(shift) { counter.open(ShiftPlace(counter, shift)) }
    }
}

@Composable
private fun ShiftRow(
    shift: Shift,
    onOpen: () -> Unit,
) {
    val texts = LocalTexts.current
    val quiet = MaterialTheme.colorScheme.onSurfaceVariant
    val zone = LocalZone.current
    Surface(
        onOpen,
        Modifier.fillMaxWidth().semantics(mergeDescendants = true) { role = Role.Button },
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceContainerLow,
    ) {
        Row(
            Modifier.heightIn(min = 60.dp).padding(start = 16.dp, end = 10.dp, top = 10.dp, bottom = 10.dp),
            Arrangement.spacedBy(8.dp),
            Alignment.CenterVertically,
        ) {
            Column(Modifier.weight(1f)) {
                Text(texts.shiftNo(shift.no.toInt()), style = MaterialTheme.typography.titleMedium)
                Text(
                    "${shift.openedAt.short(zone)} – ${shift.closedAt?.short(zone).orEmpty()}",
                    color = quiet,
                    style = MaterialTheme.typography.bodySmall,
                )
            }
            Column(horizontalAlignment = Alignment.End) {
                Text(money(shift.sums.paid.text, shift.currency), style = MaterialTheme.typography.titleMedium)
                if (shift.later.isNotEmpty()) {
                    Text("${texts.learnedLater} ${shift.later.size}", color = quiet, style = MaterialTheme.typography.bodySmall)
                }
            }
            Icon(Icons.Next, null, Modifier.size(18.dp), quiet)
        }
    }
}

@Composable
private fun FloatScreen(place: ShiftsPlace) {
    val texts = LocalTexts.current
    Screen(
        texts.openShift,
        onBack = { place.ask(null) },
        actions = {
            MainButton(texts.openShift, place::openShift, icon = Icons.Check, enabled = place.cash != null, underWay = place.doing.underWay)
        },
    ) {
        FaultCard(place.doing.fault, place.settings.language)
        Text(texts.inDrawerWhy)
        CashField(place, texts.inDrawer, place::openShift)
    }
}

/** What was counted, and beside it what should be there: the difference is seen before the shift is sealed. */
@Composable
private fun CountScreen(place: ShiftsPlace) {
    val texts = LocalTexts.current
    val shift = place.open ?: return
    val counted = place.cash
    Screen(
        texts.closeShift,
        onBack = { place.ask(null) },
        actions = {
            SideButton(
                texts.closeWithoutCount,
                { place.closeShift(counted = null) },
                Modifier.fillMaxWidth(),
                enabled = place.typed.isBlank(),
                underWay = place.doing.underWay,
            )
            MainButton(
                texts.closeShift,
                { place.closeShift(counted) },
                icon = Icons.Check,
                enabled = counted != null,
                underWay = place.doing.underWay,
            )
        },
    ) {
        FaultCard(place.doing.fault, place.settings.language)
        Text(texts.cashCountedWhy)
        CashField(place, texts.cashCounted, onDone = {})
        Card {
            Fact(texts.cashExpected, money(shift.expected, shift.currency))
            Fact(texts.cashDifference, counted?.let { texts.difference(it - shift.expectedMinor) } ?: "–")
        }
        Text(texts.closeShiftWhy, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodyMedium)
    }
}

@Composable
private fun CashField(
    place: ShiftsPlace,
    label: String,
    onDone: () -> Unit,
) = Field(
    place.typed,
    { place.typed = it },
    label,
    hint = "0.00",
    wrong = (place.typed.isNotBlank() && place.cash == null) || place.doing.fault?.field != null,
    keyboard = KeyboardOptions(keyboardType = KeyboardType.Decimal, imeAction = ImeAction.Done),
    onDone = onDone,
)

/** A sealed shift, and what was learned since. */
@Composable
internal fun ShiftScreen(place: ShiftPlace) {
    val texts = LocalTexts.current
    val shift = place.shift
    Screen(
        texts.shiftNo(shift.no.toInt()),
        onBack = { place.counter.back() },
        actions = { MainButton(texts.slip, place::slip, icon = Icons.Bill) },
    ) {
        ShiftCard(shift, place.counter::nameOf)
        SharesCard(texts.byMethod, shift.methods, shift.currency, texts::method)
        SharesCard(texts.byPerson, shift.people, shift.currency, place.counter::nameOf)
        if (shift.later.isNotEmpty()) {
            Heading(texts.learnedLater)
            Card {
                Text(texts.learnedLaterWhy, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
                for (line in shift.later) {
                    Fact(
                        "${line.at.short(LocalZone.current)} · ${texts.tail(line.tail)}",
                        "${texts.movement(line.movement)} ${money(line.amount, shift.currency)}",
                    )
                }
            }
        }
    }
}

/** A shift's sums and its drawer. */
@Composable
private fun ShiftCard(
    shift: Shift,
    nameOf: (String) -> String,
) {
    val texts = LocalTexts.current
    val zone = LocalZone.current
    val print = { minor: Long -> money(printed(minor), shift.currency) }
    Card {
        Heading(texts.shiftNo(shift.no.toInt()))
        Fact(texts.openedAt, listOfNotNull(shift.openedAt.short(zone), shift.openedBy?.let(nameOf)).joinToString(" · "))
        Fact(
            texts.closedAt,
            shift.closedAt?.let { listOfNotNull(it.short(zone), shift.closedBy?.let(nameOf)).joinToString(" · ") } ?: texts.stillOpen,
        )
        SumsFace(shift.sums, shift.currency)
    }
    UnprovenCard(shift.unproven, shift.currency)
    Card {
        Fact(texts.inDrawer, print(shift.floatMinor))
        Fact(texts.cashExpected, money(shift.expected, shift.currency))
        if (shift.closedAt != null) {
            Fact(texts.cashCounted, shift.countedMinor?.let(print) ?: texts.notCounted)
            shift.countedMinor?.let { Fact(texts.cashDifference, texts.difference(it - shift.expectedMinor)) }
        }
    }
}

/** In words: a sign is overlooked. */
private fun Texts.difference(minor: Long): String =
    when {
        minor > 0 -> over(printed(minor))
        minor < 0 -> short(printed(-minor))
        else -> exactly
    }
