// A slip of paper before it is printed: plain lines, for any printer.
package io.saoma.till

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.text
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.drawText
import androidx.compose.ui.text.rememberTextMeasurer
import androidx.compose.ui.unit.dp
import io.saoma.core.Paper

/** The slip that [make] makes for a width of paper. */
internal class SlipPlace(
    counter: Counter,
    val title: String,
    private val make: suspend (Paper) -> List<String>,
) : Place(counter) {
    var paper by mutableStateOf(settings.paper)
        private set

    /** Its lines; null until they are there. */
    var lines by mutableStateOf<List<String>?>(null)
    var copied by mutableStateOf(false)
        private set
    val making = Errand(scope)
    val giving = Errand(scope)

    init {
        read()
    }

    private val text: String get() = lines.orEmpty().joinToString("\n", postfix = "\n")

    fun choose(paper: Paper) {
        if (making.underWay) return
        this.paper = paper
        settings.paper = paper
        read()
    }

    private fun read() =
        making.run {
            lines = make(paper)
            copied = false
        }

    fun copy() {
        platform.sharing.copy(title, text)
        copied = true
    }

    fun share() = platform.sharing.share(text)

    fun give() = giving.run { platform.sharing.file("$title.txt", "text/plain", text) }

    override fun languageChanged() {
        read()
    }
}

@Composable
internal fun SlipScreen(place: SlipPlace) {
    val texts = LocalTexts.current
    val lines = place.lines
    Screen(
        place.title,
        onBack = { place.counter.back() },
        actions = {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                SideButton(
                    if (place.copied) texts.copied else texts.copy,
                    place::copy,
                    Modifier.weight(1f).semantics { liveRegion = LiveRegionMode.Polite },
                    if (place.copied) Icons.Check else Icons.Copy,
                    enabled = lines != null,
                )
                SideButton(
                    texts.toFile,
                    place::give,
                    Modifier.weight(1f),
                    Icons.Draft,
                    enabled = lines != null,
                    underWay = place.giving.underWay,
                )
            }
            MainButton(texts.share, place::share, icon = Icons.Share, enabled = lines != null)
        },
    ) {
        Choices(Paper.entries, place.paper, texts::paper, place::choose)
        FaultCard(place.making.fault, place.settings.language)
        if (lines == null) {
            if (place.making.underWay) Turning(texts.loading, Modifier.fillMaxWidth().padding(32.dp))
        } else {
            Card(paint = Paint(Color.White, Color.Black)) {
                Printed(lines, place.paper)
            }
        }
    }
}

/** The lines as a printer sets them: each character in its column, a Chinese one in two. */
@Composable
private fun Printed(
    lines: List<String>,
    paper: Paper,
) {
    val measurer = rememberTextMeasurer(cacheSize = 256)
    val style = MaterialTheme.typography.bodySmall.copy(color = LocalContentColor.current)
    BoxWithConstraints(Modifier.fillMaxWidth()) {
        val columns = if (paper == Paper.MM58) 32 else 48
        val column = with(LocalDensity.current) { minOf(maxWidth / columns, 9.dp).toPx() }
        val size = style.copy(fontSize = with(LocalDensity.current) { (column * 1.8f).toSp() })
        val height = with(LocalDensity.current) { (column * 3f * lines.size).toDp() }
        Canvas(Modifier.fillMaxWidth().height(height).semantics { text = AnnotatedString(lines.joinToString("\n")) }) {
            lines.forEachIndexed { row, line ->
                var at = 0
                for (character in line) {
                    val drawn = measurer.measure(character.toString(), size)
                    val wide = if (isWide(character)) 2 else 1
                    drawText(drawn, topLeft = Offset((at + wide / 2f) * column - drawn.size.width / 2f, row * column * 3f))
                    at += wide
                }
            }
        }
    }
}

/** Characters of East Asia, which take two columns of a printer. */
private fun isWide(character: Char): Boolean =
    character in '\u1100'..'\u115F' || character in '\u2E80'..'\uA4CF' || character in '\uAC00'..'\uD7A3' ||
        character in '\uF900'..'\uFAFF' || character in '\uFE30'..'\uFE4F' || character in '\uFF00'..'\uFF60'
