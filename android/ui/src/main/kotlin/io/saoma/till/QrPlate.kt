// A QR code as a camera likes it: dark on light, whatever the theme, with its quiet zone.
package io.saoma.till

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import io.saoma.core.QrModules
import io.saoma.isDark

/** Modules of margin that every reader wants. */
private const val QUIET = 4

/** The code, in whole pixels a module, so that every edge is sharp. */
@Composable
internal fun QrPlate(
    code: QrModules,
    description: String,
    modifier: Modifier = Modifier,
) {
    BoxWithConstraints(modifier.aspectRatio(1f), Alignment.Center) {
        val modules = code.size.toInt() + 2 * QUIET
        val room = with(LocalDensity.current) { minOf(maxWidth, maxHeight).roundToPx() }
        val module = (room / modules).coerceAtLeast(1)
        val side = with(LocalDensity.current) { (module * modules).toDp() }
        Canvas(
            Modifier
                .size(side)
                .clip(RoundedCornerShape(8.dp))
                .background(Color.White)
                .semantics {
                    contentDescription = description
                    role = Role.Image
                },
        ) { draw(code, module.toFloat()) }
    }
}

/** Row by row, neighbours as one bar. */
private fun DrawScope.draw(
    code: QrModules,
    module: Float,
) {
    val size = code.size.toInt()
    for (row in 0 until size) {
        var column = 0
        while (column < size) {
            if (!code.isDark(column, row)) {
                column++
                continue
            }
            val from = column
            while (column < size && code.isDark(column, row)) column++
            drawRect(
                Color.Black,
                Offset((from + QUIET) * module, (row + QUIET) * module),
                Size((column - from) * module, module),
            )
        }
    }
}
