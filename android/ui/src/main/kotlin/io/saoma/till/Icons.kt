// The signs on the screens: strokes on a square of 24.
package io.saoma.till

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.graphics.vector.addPathNodes
import androidx.compose.ui.unit.dp

internal object Icons {
    val Back = icon("Back", "M20 12H5M11 5.5L4.5 12L11 18.5")
    val Forward = icon("Forward", "M4 12H19M13 5.5L19.5 12L13 18.5")
    val Next = icon("Next", "M9 5L16 12L9 19")
    val Previous = icon("Previous", "M15 5L8 12L15 19")
    val Close = icon("Close", "M6 6L18 18M18 6L6 18")
    val Delete = icon("Delete", "M9 5H20.5V19H9L3 12ZM12 9.5L17 14.5M17 9.5L12 14.5")
    val Plus = icon("Plus", "M12 5V19M5 12H19")
    val Check = icon("Check", "M4.5 12.5L10 18L19.5 6.5")
    val Keypad =
        icon(
            "Keypad",
            "M5 4.5H8V7.5H5ZM10.5 4.5H13.5V7.5H10.5ZM16 4.5H19V7.5H16ZM5 10.5H8V13.5H5ZM10.5 10.5H13.5V13.5H10.5ZM16 10.5H19V13.5H16ZM10.5 16.5H13.5V19.5H10.5Z",
        )
    val Parcel = icon("Parcel", "M12 3L20 7V17L12 21L4 17V7ZM4 7L12 11L20 7M12 11V21M8 5L16 9V12.5")
    val Bill = icon("Bill", "M6 3.5H18V20.5L15 18.5L12 20.5L9 18.5L6 20.5ZM9 8H15M9 12H15")
    val More =
        icon(
            "More",
            "M4.5 12A1 1 0 1 0 6.5 12A1 1 0 1 0 4.5 12M11 12A1 1 0 1 0 13 12A1 1 0 1 0 11 12M17.5 12A1 1 0 1 0 19.5 12A1 1 0 1 0 17.5 12",
        )
    val Search = icon("Search", "M4.5 10.5A6 6 0 1 0 16.5 10.5A6 6 0 1 0 4.5 10.5M15 15L20 20")
    val Scan = icon("Scan", "M4 8V4H8M16 4H20V8M20 16V20H16M8 20H4V16M4 12H20")
    val Cash =
        icon("Cash", "M3 6.5H21V17.5H3ZM9.3 12A2.7 2.7 0 1 0 14.7 12A2.7 2.7 0 1 0 9.3 12M6.3 12V12.1M17.7 12V12.1")
    val Barcode = icon("Barcode", "M4 5.5V18.5M7.5 5.5V18.5M11 5.5V18.5M13 5.5V18.5M16.5 5.5V18.5M20 5.5V18.5")
    val GiveBack = icon("GiveBack", "M8.5 5L4 9.5L8.5 14M4 9.5H14.5A5 5 0 0 1 14.5 19.5H9")
    val Warning = icon("Warning", "M12 4L21 19.5H3ZM12 10V14.5M12 16.8V17")
    val Stop = icon("Stop", "M8.5 3H15.5L21 8.5V15.5L15.5 21H8.5L3 15.5V8.5ZM12 7.5V13M12 16.2V16.4")
    val Info = icon("Info", "M3.5 12A8.5 8.5 0 1 0 20.5 12A8.5 8.5 0 1 0 3.5 12M12 11V16.5M12 7.8V8")
    val Refresh = icon("Refresh", "M19.5 12A7.5 7.5 0 1 1 17 6.4M17.5 2.5V6.8H13.2")
    val Clock = icon("Clock", "M3.5 12A8.5 8.5 0 1 0 20.5 12A8.5 8.5 0 1 0 3.5 12M12 7V12L15.5 14")
    val Edit = icon("Edit", "M4 20L5 15.5L15.5 5L19 8.5L8.5 19ZM13 7.5L16.5 11")
    val Tag = icon("Tag", "M4 4H12L20.5 12.5L12.5 20.5L4 12ZM8 7.8V8")
    val Copy = icon("Copy", "M8.5 8.5H19.5V19.5H8.5ZM5.5 15.5H4.5V4.5H15.5V5.5")
    val Share = icon("Share", "M12 14V3.5M8 7.5L12 3.5L16 7.5M5 11V20H19V11")
    val Person = icon("Person", "M8 8A4 4 0 1 0 16 8A4 4 0 1 0 8 8M4.5 20.5C4.9 16.8 8 15 12 15C16 15 19.1 16.8 19.5 20.5")
    val Table = icon("Table", "M4 5H20V19H4ZM4 10H20M4 14.5H20M10 5V19")
    val Shift = icon("Shift", "M4 13.5H20V20H4ZM4 13.5L6 8.5H18L20 13.5M10 16.7H14M9 8.5V4H15V8.5")
    val Sound = icon("Sound", "M4 9.5H7.5L12 5.5V18.5L7.5 14.5H4ZM15.5 9A4.2 4.2 0 0 1 15.5 15M18 6.3A8 8 0 0 1 18 17.7")
    val SoundOff = icon("SoundOff", "M4 9.5H7.5L12 5.5V18.5L7.5 14.5H4ZM16 9.5L21 14.5M21 9.5L16 14.5")
    val Day = icon("Day", "M4 6H20V20H4ZM4 10.5H20M8.5 3.5V7.5M15.5 3.5V7.5")
    val Settings =
        icon("Settings", "M4 7H13M17 7H20M13 7A2 2 0 1 0 17 7A2 2 0 1 0 13 7M4 17H7M11 17H20M7 17A2 2 0 1 0 11 17A2 2 0 1 0 7 17")
    val Pulse = icon("Pulse", "M3 12H7.5L10 5L14 19L16.5 12H21")
    val Draft = icon("Draft", "M6 3.5H14L18 7.5V20.5H6ZM14 3.5V7.5H18M9 13H15M9 16.5H12.5")
    val Link = icon("Link", "M10 14L14 10M8.5 11.5L6 14A4 4 0 0 0 11.6 19.6L14 17.2M15.5 12.5L18 10A4 4 0 0 0 12.4 4.4L10 6.8")
    val Larger = icon("Larger", "M9 4H4V9M15 4H20V9M20 15V20H15M4 15V20H9")
    val Offline =
        icon(
            "Offline",
            "M3.5 9.5A13 13 0 0 1 20.5 9.5M6.5 13A8.5 8.5 0 0 1 17.5 13M9.5 16.3A4 4 0 0 1 14.5 16.3M12 19.5V19.7M4 3.5L20 20.5",
        )

    private fun icon(
        name: String,
        path: String,
    ): ImageVector =
        ImageVector
            .Builder(name, 24.dp, 24.dp, 24f, 24f)
            .addPath(
                addPathNodes(path),
                stroke = SolidColor(Color.Black),
                strokeLineWidth = 2f,
                strokeLineCap = StrokeCap.Round,
                strokeLineJoin = StrokeJoin.Round,
            ).build()
}
