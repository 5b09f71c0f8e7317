// The letters of tests and pictures: the same on every machine that has Debian's fonts-noto-cjk.
package io.saoma.till

import androidx.compose.ui.text.ExperimentalTextApi
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.platform.SystemFont

/** Chinese characters in their Chinese form: left alone, the system may choose the Japanese. */
@OptIn(ExperimentalTextApi::class)
internal val letters =
    FontFamily(SystemFont("Noto Sans CJK SC", FontWeight.Normal), SystemFont("Noto Sans CJK SC", FontWeight.Bold))
