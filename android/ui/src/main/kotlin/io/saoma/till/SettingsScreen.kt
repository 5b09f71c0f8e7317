// What a person sets on this device.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.onClick
import androidx.compose.ui.semantics.role
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import io.saoma.core.Language

@Composable
internal fun SettingsScreen(place: SettingsPlace) {
    val texts = LocalTexts.current
    val settings = place.settings
    Screen(texts.settings, onBack = { place.counter.back() }) {
        Card {
            Heading(texts.language)
            Choices(
                listOf(Language.CHINESE, Language.ENGLISH),
                settings.language,
                { if (it == Language.CHINESE) "中文" else "English" },
                place.counter::speak,
            )
        }
        Card {
            SwitchLine(texts.sound, texts.soundWhy, settings.sound, { settings.sound = it })
            SideButton(texts.trySound, place::trySound, Modifier.fillMaxWidth(), Icons.Sound, underWay = place.sampling.underWay)
            when (place.sampleHeard) {
                true -> NoticeCard(texts.soundHeard, Icons.Check, LocalSignals.current.busy)
                false -> NoticeCard(texts.notPlayed, Icons.SoundOff, LocalSignals.current.warning)
                null -> Unit
            }
        }
        Card { AnnouncingEditor(place) }
        Card {
            Heading(texts.typeSize)
            Choices(TypeSize.entries, settings.typeSize, texts::typeSize, { settings.typeSize = it })
            Heading(texts.look)
            Choices(Look.entries, settings.look, texts::look, { settings.look = it })
        }
        Card { SwitchLine(texts.largeModules, texts.largeModulesWhy, settings.largeModules, { settings.largeModules = it }) }
        Card { QuickAmountsEditor(place) }
        Card {
            Field(
                settings.description,
                { settings.description = it },
                texts.description,
                hint = texts.defaultDescription,
                keyboard = KeyboardOptions(imeAction = ImeAction.Done),
            )
        }
    }
}

@Composable
private fun QuickAmountsEditor(place: SettingsPlace) {
    val texts = LocalTexts.current
    val amounts = place.settings.quickAmounts
    Heading(texts.quickAmounts)
    Text(texts.quickAmountsWhy, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodySmall)
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        for (amount in amounts) {
            val remove = { place.removeQuickAmount(amount) }
            SideButton(
                "¥$amount",
                remove,
                Modifier.clearAndSetSemantics {
                    contentDescription = texts.remove("¥$amount")
                    role = Role.Button
                    onClick {
                        remove()
                        true
                    }
                },
                Icons.Close,
            )
        }
    }
    if (amounts.size < Settings.QUICK_AMOUNTS_MAX) {
        Field(
            place.quickAmount,
            { place.quickAmount = it },
            texts.addQuickAmount,
            hint = "12.80",
            wrong = place.quickAmount.isNotBlank() && amountOf(place.quickAmount.trim()) == null,
            keyboard = KeyboardOptions(keyboardType = KeyboardType.Decimal, imeAction = ImeAction.Done),
            onDone = place::addQuickAmount,
            trailing = { IconButton(place::addQuickAmount) { Icon(Icons.Plus, texts.add) } },
        )
    }
}
