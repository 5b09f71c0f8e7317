// Colours, letters and shapes, light and dark.
package io.saoma.till

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.ColorScheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.intl.LocaleList
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/** A colour to lie under something, and one to be read on it. */
@Immutable
internal data class Paint(
    val plate: Color,
    val ink: Color,
)

/** What Material has no names for: money that came, money to look at, play money. */
@Immutable
internal data class Signals(
    /** Paid: the same in light and dark, so that it is known from across the counter. */
    val paid: Paint = Paint(Color(0xFF0B6B45), Color.White),
    /** Late money: look at it. */
    val late: Paint = Paint(Color(0xFF8A4A00), Color.White),
    /** Given back: money that went is not to be taken for money that came. */
    val refunded: Paint = Paint(Color(0xFF245A73), Color.White),
    /** Money that does not match. */
    val alarm: Paint = Paint(Color(0xFFA3131A), Color.White),
    /** Play money. */
    val test: Paint = Paint(Color(0xFF5B3FA0), Color.White),
    /** Paid, as a calm mark in a list. */
    val paidMark: Color,
    /** A warning on a calm ground. */
    val warning: Paint,
    /** Something goes on by itself. */
    val busy: Paint,
)

private val lightSignals =
    Signals(
        paidMark = Color(0xFF0B6B45),
        warning = Paint(Color(0xFFFFE7C2), Color(0xFF4A2B00)),
        busy = Paint(Color(0xFFDCEBF5), Color(0xFF0F3347)),
    )

private val darkSignals =
    Signals(
        paidMark = Color(0xFF7FDBB0),
        warning = Paint(Color(0xFF4F3200), Color(0xFFFFDDAE)),
        busy = Paint(Color(0xFF1D3644), Color(0xFFC6E4F6)),
    )

internal val LocalSignals = staticCompositionLocalOf { lightSignals }

/** The words of the chosen language. */
internal val LocalTexts = staticCompositionLocalOf<Texts> { EnglishTexts }

private val lightColors =
    lightColorScheme(
        primary = Color(0xFF0B6B45),
        onPrimary = Color.White,
        primaryContainer = Color(0xFFCDEEDD),
        onPrimaryContainer = Color(0xFF002114),
        secondary = Color(0xFF43594E),
        onSecondary = Color.White,
        secondaryContainer = Color(0xFFDCE8E1),
        onSecondaryContainer = Color(0xFF13211A),
        tertiary = Color(0xFF2A6078),
        onTertiary = Color.White,
        background = Color(0xFFF5F8F6),
        onBackground = Color(0xFF161D19),
        surface = Color(0xFFF5F8F6),
        onSurface = Color(0xFF161D19),
        surfaceVariant = Color(0xFFE0E8E3),
        onSurfaceVariant = Color(0xFF414B45),
        surfaceContainerLowest = Color.White,
        surfaceContainerLow = Color.White,
        surfaceContainer = Color(0xFFEBF1ED),
        surfaceContainerHigh = Color(0xFFE4ECE7),
        surfaceContainerHighest = Color(0xFFDDE6E1),
        outline = Color(0xFF6C7770),
        outlineVariant = Color(0xFFC4CFC8),
        error = Color(0xFFB3131A),
        onError = Color.White,
        errorContainer = Color(0xFFFFDAD7),
        onErrorContainer = Color(0xFF410003),
    )

private val darkColors =
    darkColorScheme(
        primary = Color(0xFF7FDBB0),
        onPrimary = Color(0xFF003824),
        primaryContainer = Color(0xFF0F5A3D),
        onPrimaryContainer = Color(0xFFC9F3DE),
        secondary = Color(0xFFB7CCC0),
        onSecondary = Color(0xFF22342B),
        secondaryContainer = Color(0xFF2C3D34),
        onSecondaryContainer = Color(0xFFD6E7DD),
        tertiary = Color(0xFF9ACCE5),
        onTertiary = Color(0xFF003547),
        background = Color(0xFF0F1512),
        onBackground = Color(0xFFE0E7E2),
        surface = Color(0xFF0F1512),
        onSurface = Color(0xFFE0E7E2),
        surfaceVariant = Color(0xFF38423C),
        onSurfaceVariant = Color(0xFFBAC6BF),
        surfaceContainerLowest = Color(0xFF171E1A),
        surfaceContainerLow = Color(0xFF1A221D),
        surfaceContainer = Color(0xFF1D2621),
        surfaceContainerHigh = Color(0xFF26302B),
        surfaceContainerHighest = Color(0xFF303B35),
        outline = Color(0xFF87928B),
        outlineVariant = Color(0xFF3C4740),
        error = Color(0xFFFFB3AE),
        onError = Color(0xFF68000A),
        errorContainer = Color(0xFF8C1018),
        onErrorContainer = Color(0xFFFFDAD7),
    )

private val shapes =
    Shapes(
        extraSmall = RoundedCornerShape(6.dp),
        small = RoundedCornerShape(10.dp),
        medium = RoundedCornerShape(14.dp),
        large = RoundedCornerShape(20.dp),
        extraLarge = RoundedCornerShape(28.dp),
    )

/** The letters: [family] as the platform has it, in the forms of [language] (a Chinese character has other strokes in Japan). */
private fun typography(
    family: FontFamily,
    language: String,
): Typography {
    fun style(
        size: Int,
        line: Int,
        weight: FontWeight,
    ) = TextStyle(
        fontFamily = family,
        fontSize = size.sp,
        lineHeight = line.sp,
        fontWeight = weight,
        localeList = LocaleList(language),
    )
    val (plain, bold) = FontWeight.Normal to FontWeight.Bold
    return Typography(
        displayLarge = style(56, 64, bold),
        displayMedium = style(44, 52, bold),
        displaySmall = style(36, 44, bold),
        headlineLarge = style(30, 38, bold),
        headlineMedium = style(26, 34, bold),
        headlineSmall = style(22, 30, bold),
        titleLarge = style(20, 28, bold),
        titleMedium = style(16, 24, bold),
        titleSmall = style(14, 20, bold),
        bodyLarge = style(16, 24, plain),
        bodyMedium = style(14, 21, plain),
        bodySmall = style(12, 18, plain),
        labelLarge = style(15, 20, bold),
        labelMedium = style(13, 18, bold),
        labelSmall = style(12, 16, bold),
    )
}

/** The theme of every screen, after the settings. */
@Composable
internal fun TillTheme(
    settings: Settings,
    family: FontFamily,
    content: @Composable () -> Unit,
) {
    val dark =
        when (settings.look) {
            Look.SYSTEM -> isSystemInDarkTheme()
            Look.LIGHT -> false
            Look.DARK -> true
        }
    val texts = textsOf(settings.language)
    val colors: ColorScheme = if (dark) darkColors else lightColors
    val density = LocalDensity.current
    CompositionLocalProvider(
        LocalSignals provides if (dark) darkSignals else lightSignals,
        LocalTexts provides texts,
        LocalDensity provides Density(density.density, density.fontScale * settings.typeSize.scale),
    ) {
        MaterialTheme(colors, shapes, typography(family, texts.tag), content)
    }
}
