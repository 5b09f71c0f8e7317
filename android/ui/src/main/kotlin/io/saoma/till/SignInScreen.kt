// Names to tap, and a pad for the PIN: each within a thumb's reach.
package io.saoma.till

import androidx.compose.foundation.background
import androidx.compose.foundation.focusable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.input.key.Key
import androidx.compose.ui.input.key.KeyEvent
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.key
import androidx.compose.ui.input.key.onKeyEvent
import androidx.compose.ui.input.key.type
import androidx.compose.ui.input.key.utf16CodePoint
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.saoma.core.Fault
import io.saoma.core.Person
import io.saoma.core.SignedIn
import io.saoma.text

@Composable
internal fun SignInScreen(place: SignInPlace) {
    if (place.chosen == null) Names(place) else PinEntry(place)
}

/** Who is signed in, and who may be. */
@Composable
private fun Names(place: SignInPlace) {
    val texts = LocalTexts.current
    val counter = place.counter
    val signedIn = counter.diagnosis?.person
    val people = place.people
    Screen(if (place.managers) texts.managerSignsIn else texts.signIn, onBack = { counter.back() }) {
        place.why?.let { NoticeCard(it.text(place.settings.language), Icons.Person, LocalSignals.current.busy) }
        if (place.managers) Text(texts.managerSignsInWhy)
        if (signedIn != null && !place.managers) SignedInCard(signedIn, counter)
        SignInFault(place.reading.fault, place, onAgain = place::read)
        when {
            people == null -> {
                if (place.reading.fault == null) Turning(texts.loading, Modifier.fillMaxWidth().padding(32.dp))
            }

            people.isEmpty() -> {
                Empty(if (place.managers) texts.noManagers else texts.noPeople, Icons.Person)
            }

            else -> {
                Text(
                    if (signedIn ==
                        null
                    ) {
                        texts.tapYourName
                    } else {
                        texts.changePerson
                    },
                    color = MaterialTheme.colorScheme.onSurfaceVariant,
                )
            }
        }
        for (person in people.orEmpty()) Name(person, isThere = person.id == signedIn?.id) { place.choose(person) }
    }
}

@Composable
private fun SignedInCard(
    signedIn: SignedIn,
    counter: Counter,
) {
    val texts = LocalTexts.current
    Card {
        Text(texts.signedIn(signedIn.name, signedIn.role), style = MaterialTheme.typography.titleMedium)
        Text(
            texts.until(signedIn.until.short(LocalZone.current)),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            style = MaterialTheme.typography.bodySmall,
        )
        FaultCard(counter.signingOut.fault, counter.settings.language)
        SideButton(texts.signOut, counter::signOut, Modifier.fillMaxWidth(), Icons.Close, underWay = counter.signingOut.underWay)
    }
}

@Composable
private fun Name(
    person: Person,
    isThere: Boolean,
    onChoose: () -> Unit,
) {
    val texts = LocalTexts.current
    Surface(
        onChoose,
        Modifier.fillMaxWidth().semantics(mergeDescendants = true) { role = Role.Button },
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceContainerLow,
    ) {
        Row(
            Modifier.heightIn(min = 64.dp).padding(horizontal = 16.dp, vertical = 8.dp),
            Arrangement.spacedBy(16.dp),
            Alignment.CenterVertically,
        ) {
            Icon(Icons.Person, null, Modifier.size(26.dp), MaterialTheme.colorScheme.primary)
            Text(person.name, Modifier.weight(1f), style = MaterialTheme.typography.titleLarge)
            Text(texts.role(person.role), color = MaterialTheme.colorScheme.onSurfaceVariant)
            Icon(if (isThere) Icons.Check else Icons.Next, null, Modifier.size(18.dp), MaterialTheme.colorScheme.onSurfaceVariant)
        }
    }
}

/** Without a network nobody can sign in, and it is said why. */
@Composable
private fun SignInFault(
    fault: Fault?,
    place: SignInPlace,
    onAgain: (() -> Unit)? = null,
) {
    FaultCard(fault, place.settings.language, onAgain = onAgain)
    if (fault?.code == "unreachable") {
        NoticeCard(LocalTexts.current.signInOffline, Icons.Offline, LocalSignals.current.warning)
    }
}

/** The PIN of the person who was tapped: dots, and a pad. */
@Composable
private fun PinEntry(place: SignInPlace) {
    val texts = LocalTexts.current
    val now by ticking(place.platform)
    val locked = place.lockedForS(now)
    val focus = remember { FocusRequester() }
    LaunchedEffect(Unit) { focus.requestFocus() }
    Column(
        Modifier
            .fillMaxSize()
            .onKeyEvent { place.pressed(it) }
            .focusRequester(focus)
            .focusable(),
    ) {
        Head(texts.pinOf(place.chosen?.name.orEmpty()), onBack = { place.choose(null) })
        if (LocalRoom.current.isWide) {
            Row(Modifier.weight(1f).padding(horizontal = 16.dp), Arrangement.spacedBy(16.dp)) {
                Entered(place, locked, Modifier.weight(1f).fillMaxHeight())
                Pad(place, locked == null, Modifier.weight(1f).fillMaxHeight().padding(bottom = 12.dp))
            }
        } else {
            Column(Modifier.weight(1f).padding(horizontal = 16.dp), horizontalAlignment = Alignment.CenterHorizontally) {
                Entered(place, locked, Modifier.weight(.4f).fillMaxWidth())
                Pad(place, locked == null, Modifier.weight(.6f).widthIn(max = 480.dp).padding(bottom = 12.dp))
            }
        }
    }
}

/** How many digits there are, never which; and what came of the last PIN. */
@Composable
private fun Entered(
    place: SignInPlace,
    locked: Long?,
    modifier: Modifier,
) {
    val texts = LocalTexts.current
    val fault = place.signing.fault
    Column(
        modifier.verticalScroll(rememberScrollState()),
        Arrangement.spacedBy(12.dp, Alignment.CenterVertically),
        Alignment.CenterHorizontally,
    ) {
        when {
            locked != null -> {
                NoticeCard(texts.lockedFor(locked), Icons.Clock, LocalSignals.current.warning)
            }

            else -> {
                SignInFault(fault, place)
                fault?.triesLeft?.let {
                    Text(
                        texts.triesLeft(it.toInt()),
                        Modifier.semantics { liveRegion = LiveRegionMode.Assertive },
                        style = MaterialTheme.typography.titleMedium,
                        textAlign = TextAlign.Center,
                    )
                }
            }
        }
        Row(
            Modifier.heightIn(min = 32.dp).clearAndSetSemantics {
                contentDescription = texts.digitsEntered(place.pin.length)
                liveRegion = LiveRegionMode.Polite
            },
            Arrangement.spacedBy(12.dp),
            Alignment.CenterVertically,
        ) {
            if (place.signing.underWay) {
                Turning(texts.loading)
            } else {
                repeat(place.pin.length) {
                    Box(Modifier.size(14.dp).clip(CircleShape).background(MaterialTheme.colorScheme.primary))
                }
            }
        }
    }
}

@Composable
private fun Pad(
    place: SignInPlace,
    open: Boolean,
    modifier: Modifier,
) {
    val texts = LocalTexts.current
    val press = { then: () -> Unit ->
        {
            place.platform.haptics.key()
            then()
        }
    }
    Column(modifier, Arrangement.spacedBy(8.dp)) {
        for (row in listOf("123", "456", "789")) {
            Row(Modifier.weight(1f).fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                for (digit in row) PadKey(digit.toString(), digit.toString(), press { place.digit(digit) }, Modifier.weight(1f))
            }
        }
        Row(Modifier.weight(1f).fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
            PadKey(null, texts.deleteKey, press(place::deleteLast), Modifier.weight(1f), Icons.Delete)
            PadKey("0", "0", press { place.digit('0') }, Modifier.weight(1f))
            // As wide as a key, so that it is found without looking.
            Box(Modifier.weight(1f).fillMaxHeight())
        }
        MainButton(texts.signIn, place::signIn, icon = Icons.Check, enabled = open && place.isComplete, underWay = place.signing.underWay)
    }
}

/** A keyboard works as well as the pad. */
private fun SignInPlace.pressed(event: KeyEvent): Boolean {
    if (event.type != KeyEventType.KeyDown) return false
    val typed = event.utf16CodePoint.toChar()
    when {
        event.key == Key.Backspace -> deleteLast()
        event.key == Key.Enter || event.key == Key.NumPadEnter -> signIn()
        typed in '0'..'9' -> digit(typed)
        else -> return false
    }
    return true
}
