// What every screen stands in: a head, a body that scrolls where it must, and what to do at the bottom, under the thumb.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp

/** How much room there is. */
@Immutable
internal data class Room(
    val width: Dp,
    val height: Dp,
    val fontScale: Float,
) {
    /** Two things fit beside each other, and hardly above each other. */
    val isWide: Boolean get() = (width > height && width >= 480.dp) || width >= 840.dp

    /** Every line counts: an old phone, or one that lies on its side. */
    val isLow: Boolean get() = height < 560.dp

    /** Few lines of text fit: the screen is low, or letters are large. */
    val isTight: Boolean get() = height / fontScale < 560.dp
}

internal val LocalRoom = staticCompositionLocalOf { Room(360.dp, 720.dp, 1f) }

/** The width beyond which lines are hard to read. */
internal val READABLE: Dp = 640.dp

/** A screen above the tabs. [actions] stay at the bottom; the body scrolls when it is too long. */
@Composable
internal fun Screen(
    title: String,
    onBack: (() -> Unit)?,
    modifier: Modifier = Modifier,
    headActions: @Composable RowScope.() -> Unit = {},
    actions: (@Composable ColumnScope.() -> Unit)? = null,
    body: @Composable ColumnScope.() -> Unit,
) {
    Column(modifier.fillMaxSize()) {
        Head(title, onBack, headActions)
        Box(Modifier.weight(1f).fillMaxWidth(), Alignment.TopCenter) {
            Column(
                Modifier
                    .widthIn(max = READABLE)
                    .fillMaxSize()
                    .verticalScroll(rememberScrollState())
                    .padding(horizontal = 16.dp, vertical = 8.dp),
                Arrangement.spacedBy(12.dp),
                content = body,
            )
        }
        actions?.let { Actions(it) }
    }
}

/** The line on top: where one is, and the way back. */
@Composable
internal fun Head(
    title: String,
    onBack: (() -> Unit)?,
    actions: @Composable RowScope.() -> Unit = {},
) {
    Row(Modifier.fillMaxWidth().heightIn(min = 56.dp).padding(horizontal = 4.dp), verticalAlignment = Alignment.CenterVertically) {
        if (onBack != null) {
            IconButton(onBack, Modifier.size(48.dp)) { Icon(Icons.Back, LocalTexts.current.back) }
        } else {
            Spacer(Modifier.width(12.dp))
        }
        FittingText(
            title,
            Modifier.weight(1f).padding(start = 4.dp).semantics { heading() },
            style = MaterialTheme.typography.titleLarge,
            align = TextAlign.Start,
        )
        actions()
    }
}

/** What to do, at the bottom. */
@Composable
internal fun Actions(content: @Composable ColumnScope.() -> Unit) {
    Box(Modifier.fillMaxWidth(), Alignment.Center) {
        Column(
            Modifier.widthIn(max = READABLE).fillMaxWidth().padding(horizontal = 16.dp, vertical = 10.dp),
            Arrangement.spacedBy(8.dp),
            content = content,
        )
    }
}
