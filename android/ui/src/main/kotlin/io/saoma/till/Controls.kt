// Buttons, cards and fields, as all screens have them.
package io.saoma.till

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Button
import androidx.compose.material3.ButtonColors
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.IconButtonDefaults
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedIconButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Surface
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.text.input.VisualTransformation
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import io.saoma.core.Fault
import io.saoma.core.Language
import io.saoma.text

/** The one thing to do next. While it is under way it turns and cannot be pressed. */
@Composable
internal fun MainButton(
    label: String,
    onClick: () -> Unit,
    modifier: Modifier = Modifier,
    icon: ImageVector? = null,
    enabled: Boolean = true,
    underWay: Boolean = false,
    colors: ButtonColors = ButtonDefaults.buttonColors(),
) {
    Button(
        onClick,
        modifier.fillMaxWidth().heightIn(min = 56.dp),
        enabled = enabled && !underWay,
        shape = MaterialTheme.shapes.medium,
        colors = colors,
        contentPadding = PaddingValues(horizontal = 16.dp, vertical = 8.dp),
    ) {
        Label(label, icon, underWay)
    }
}

/** Something else that can be done. */
@Composable
internal fun SideButton(
    label: String,
    onClick: () -> Unit,
    modifier: Modifier = Modifier,
    icon: ImageVector? = null,
    enabled: Boolean = true,
    underWay: Boolean = false,
    ink: Color = MaterialTheme.colorScheme.primary,
) {
    OutlinedButton(
        onClick,
        modifier.heightIn(min = 48.dp),
        enabled = enabled && !underWay,
        shape = MaterialTheme.shapes.medium,
        border = BorderStroke(1.dp, if (enabled) ink.copy(alpha = .45f) else MaterialTheme.colorScheme.outlineVariant),
        colors = ButtonDefaults.outlinedButtonColors(contentColor = ink),
        contentPadding = PaddingValues(horizontal = 8.dp, vertical = 6.dp),
    ) {
        Label(label, icon, underWay)
    }
}

/** Something else that can be done, where there is no room for its name. */
@Composable
internal fun SignButton(
    name: String,
    icon: ImageVector,
    onClick: () -> Unit,
    modifier: Modifier = Modifier,
    enabled: Boolean = true,
    ink: Color = MaterialTheme.colorScheme.primary,
) {
    OutlinedIconButton(
        onClick,
        modifier.heightIn(min = 48.dp),
        enabled = enabled,
        shape = MaterialTheme.shapes.medium,
        border = BorderStroke(1.dp, if (enabled) ink.copy(alpha = .45f) else MaterialTheme.colorScheme.outlineVariant),
        colors = IconButtonDefaults.outlinedIconButtonColors(contentColor = ink),
    ) {
        Icon(icon, name)
    }
}

@Composable
private fun Label(
    label: String,
    icon: ImageVector?,
    underWay: Boolean,
) {
    if (underWay) {
        CircularProgressIndicator(Modifier.size(20.dp), color = MaterialTheme.colorScheme.primary, strokeWidth = 2.5.dp)
        Spacer(Modifier.width(10.dp))
    } else if (icon != null) {
        Icon(icon, null, Modifier.size(20.dp))
        Spacer(Modifier.width(8.dp))
    }
    Text(label, style = MaterialTheme.typography.labelLarge, textAlign = TextAlign.Center, maxLines = 2, overflow = TextOverflow.Ellipsis)
}

/** A plain button of a dialog. */
@Composable
internal fun QuietButton(
    label: String,
    onClick: () -> Unit,
    modifier: Modifier = Modifier,
    icon: ImageVector? = null,
    ink: Color = MaterialTheme.colorScheme.primary,
) {
    TextButton(onClick, modifier.heightIn(min = 48.dp), colors = ButtonDefaults.textButtonColors(contentColor = ink)) {
        Label(label, icon, underWay = false)
    }
}

/** A plate with something on it. */
@Composable
internal fun Card(
    modifier: Modifier = Modifier,
    paint: Paint = Paint(MaterialTheme.colorScheme.surfaceContainerLow, MaterialTheme.colorScheme.onSurface),
    content: @Composable ColumnScope.() -> Unit,
) {
    Surface(modifier.fillMaxWidth(), MaterialTheme.shapes.medium, color = paint.plate, contentColor = paint.ink) {
        Column(Modifier.padding(16.dp), Arrangement.spacedBy(10.dp), content = content)
    }
}

/** Something that a person should read: told by a screen reader as soon as it appears. */
@Composable
internal fun NoticeCard(
    text: String,
    icon: ImageVector,
    paint: Paint,
    modifier: Modifier = Modifier,
    urgent: Boolean = false,
    under: @Composable (ColumnScope.() -> Unit)? = null,
) {
    Card(modifier, paint) {
        Row(
            Modifier.semantics { liveRegion = if (urgent) LiveRegionMode.Assertive else LiveRegionMode.Polite },
            Arrangement.spacedBy(12.dp),
        ) {
            Icon(icon, null, Modifier.size(22.dp))
            Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
        }
        under?.invoke(this)
    }
}

/** Why something was not done, in the core's words. */
@Composable
internal fun FaultCard(
    fault: Fault?,
    language: Language,
    modifier: Modifier = Modifier,
    onAgain: (() -> Unit)? = null,
) {
    if (fault == null) return
    val colors = MaterialTheme.colorScheme
    NoticeCard(fault.text(language), Icons.Warning, Paint(colors.errorContainer, colors.onErrorContainer), modifier, urgent = true) {
        if (onAgain != null && fault.retryable) {
            QuietButton(LocalTexts.current.tryAgain, onAgain, Modifier.align(Alignment.End), ink = colors.onErrorContainer)
        }
    }
}

/** A heading within a screen. */
@Composable
internal fun Heading(
    text: String,
    modifier: Modifier = Modifier,
) {
    Text(text, modifier.padding(top = 4.dp).semantics { heading() }, style = MaterialTheme.typography.titleMedium)
}

/** A name and what it is, read as one. */
@Composable
internal fun Fact(
    name: String,
    value: String,
    modifier: Modifier = Modifier,
) {
    Row(modifier.fillMaxWidth().semantics(mergeDescendants = true) {}, Arrangement.spacedBy(16.dp)) {
        Text(
            name,
            Modifier.weight(.42f),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            style = MaterialTheme.typography.bodyMedium,
        )
        Text(value, Modifier.weight(.58f), textAlign = TextAlign.End, style = MaterialTheme.typography.bodyMedium)
    }
}

/** A field of text. */
@Composable
internal fun Field(
    value: String,
    onChange: (String) -> Unit,
    label: String,
    modifier: Modifier = Modifier,
    hint: String? = null,
    wrong: Boolean = false,
    singleLine: Boolean = true,
    keyboard: KeyboardOptions = KeyboardOptions.Default,
    onDone: (() -> Unit)? = null,
    shownAs: VisualTransformation = VisualTransformation.None,
    trailing: @Composable (() -> Unit)? = null,
) {
    OutlinedTextField(
        value,
        onChange,
        modifier.fillMaxWidth(),
        label = { Text(label) },
        placeholder = hint?.let { { Text(it, color = MaterialTheme.colorScheme.onSurfaceVariant.copy(alpha = .7f)) } },
        trailingIcon = trailing,
        isError = wrong,
        visualTransformation = shownAs,
        singleLine = singleLine,
        maxLines = if (singleLine) 1 else 5,
        shape = MaterialTheme.shapes.small,
        keyboardOptions = keyboard,
        keyboardActions = KeyboardActions(onDone = onDone?.let { { it() } }, onSearch = onDone?.let { { it() } }),
    )
}

/** A field in which one looks for something. */
@Composable
internal fun SearchField(
    value: String,
    onChange: (String) -> Unit,
    label: String,
    modifier: Modifier = Modifier,
    trailing: @Composable (() -> Unit)? = null,
) {
    Field(
        value,
        onChange,
        label,
        modifier,
        trailing = {
            Row {
                if (value.isNotEmpty()) IconButton({ onChange("") }) { Icon(Icons.Close, LocalTexts.current.clearSearch) }
                trailing?.invoke()
            }
        },
    )
}

/** On or off; the whole line can be pressed. */
@Composable
internal fun SwitchLine(
    label: String,
    why: String?,
    on: Boolean,
    onChange: (Boolean) -> Unit,
    modifier: Modifier = Modifier,
) {
    Row(
        modifier.fillMaxWidth().heightIn(min = 48.dp).toggleable(on, role = Role.Switch, onValueChange = onChange),
        Arrangement.spacedBy(16.dp),
        Alignment.CenterVertically,
    ) {
        Column(Modifier.weight(1f)) {
            Text(label, style = MaterialTheme.typography.bodyLarge)
            why?.let { Text(it, style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant) }
        }
        Switch(on, onCheckedChange = null)
    }
}

/** One of several: they stand beside each other, and wrap where letters are large. */
@Composable
internal fun <T> Choices(
    all: List<T>,
    chosen: T,
    label: (T) -> String,
    onChoose: (T) -> Unit,
    modifier: Modifier = Modifier,
) {
    FlowRow(modifier.fillMaxWidth().selectableGroup(), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(8.dp)) {
        for (one in all) Choice(label(one), one == chosen) { onChoose(one) }
    }
}

/** One choice among several. */
@Composable
internal fun Choice(
    label: String,
    chosen: Boolean,
    modifier: Modifier = Modifier,
    onChoose: () -> Unit,
) {
    val colors = MaterialTheme.colorScheme
    Surface(
        modifier.selectable(chosen, role = Role.RadioButton, onClick = onChoose),
        MaterialTheme.shapes.small,
        color = if (chosen) colors.primaryContainer else colors.surfaceContainerLow,
        contentColor = if (chosen) colors.onPrimaryContainer else colors.onSurface,
        border = BorderStroke(1.dp, if (chosen) colors.primary else colors.outlineVariant),
    ) {
        Box(Modifier.heightIn(min = 46.dp).padding(horizontal = 16.dp, vertical = 8.dp), Alignment.Center) {
            Text(label, style = MaterialTheme.typography.labelLarge)
        }
    }
}

/** Something is being read or made. */
@Composable
internal fun Turning(
    label: String,
    modifier: Modifier = Modifier,
) {
    Box(
        modifier.semantics {
            contentDescription = label
            stateDescription = label
        },
        Alignment.Center,
    ) {
        CircularProgressIndicator(Modifier.size(36.dp), strokeWidth = 3.5.dp)
    }
}

/** There is nothing here. */
@Composable
internal fun Empty(
    text: String,
    icon: ImageVector,
    modifier: Modifier = Modifier,
) {
    Column(modifier.fillMaxWidth().padding(24.dp), Arrangement.spacedBy(12.dp, Alignment.CenterVertically), Alignment.CenterHorizontally) {
        Icon(icon, null, Modifier.size(40.dp), tint = MaterialTheme.colorScheme.outline)
        Text(text, color = MaterialTheme.colorScheme.onSurfaceVariant, textAlign = TextAlign.Center)
    }
}
