//! Colours and whether a scanner can tell them apart, in integers only.

use std::{fmt, str::FromStr};

use crate::Error;

/// An opaque sRGB colour. Reads and prints as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Rgb {
    /// `#000000`.
    pub const BLACK: Self = Self { red: 0, green: 0, blue: 0 };
    /// `#ffffff`.
    pub const WHITE: Self = Self { red: 255, green: 255, blue: 255 };

    /// The contrast between two colours, whichever is the lighter.
    #[must_use]
    pub fn contrast_with(self, other: Self) -> Contrast {
        let (a, b) = (self.luminance(), other.luminance());
        Contrast { hundredths: 100 * (a.max(b) + GLARE) / (a.min(b) + GLARE) }
    }

    /// Relative luminance as WCAG 2.2 defines it, 0 to [`WHITE_LUMINANCE`].
    pub(crate) fn luminance(self) -> u32 {
        let linear = |channel: u8| u32::from(LINEAR[usize::from(channel)]);
        // The weights 0.2126, 0.7152, 0.0722; the greatest sum, 655 350 000, fits.
        (2126 * linear(self.red) + 7152 * linear(self.green) + 722 * linear(self.blue)) / 10_000
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl FromStr for Rgb {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let digits = text.strip_prefix('#').ok_or(Error::Colour)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Error::Colour);
        }
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| Error::Colour);
        Ok(Self { red: channel(0)?, green: channel(2)?, blue: channel(4)? })
    }
}

/// A contrast ratio as WCAG 2.2 defines it, 1.00:1 (the same) to 21.00:1 (black and white), rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contrast {
    /// The ratio times one hundred: 100 to 2100.
    pub hundredths: u32,
}

impl Contrast {
    /// The least contrast of a code that may be drawn, 3:1: what WCAG 2.2 (1.4.11) asks of any sign that must be told
    /// from its ground; on white it is a luminance difference of 70 %, where ISO/IEC 15415 begins its best grade.
    pub const MIN: Self = Self { hundredths: 300 };
}

impl fmt::Display for Contrast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}:1", self.hundredths / 100, self.hundredths % 100)
    }
}

const WHITE_LUMINANCE: u32 = 65_535;

/// The light a screen throws back besides its own, 5 % of white, which WCAG adds to both sides.
const GLARE: u32 = WHITE_LUMINANCE / 20;

/// The sRGB transfer function times 65 535, for every value of a channel.
#[rustfmt::skip]
const LINEAR: [u16; 256] = [
    0, 20, 40, 60, 80, 99, 119, 139, 159, 179, 199, 219,
    241, 264, 288, 313, 340, 367, 396, 427, 458, 491, 526, 562,
    599, 637, 677, 718, 761, 805, 851, 898, 947, 997, 1048, 1101,
    1156, 1212, 1270, 1330, 1391, 1453, 1517, 1583, 1651, 1720, 1790, 1863,
    1937, 2013, 2090, 2170, 2250, 2333, 2418, 2504, 2592, 2681, 2773, 2866,
    2961, 3058, 3157, 3258, 3360, 3464, 3570, 3678, 3788, 3900, 4014, 4129,
    4247, 4366, 4488, 4611, 4736, 4864, 4993, 5124, 5257, 5392, 5530, 5669,
    5810, 5953, 6099, 6246, 6395, 6547, 6700, 6856, 7014, 7174, 7335, 7500,
    7666, 7834, 8004, 8177, 8352, 8528, 8708, 8889, 9072, 9258, 9445, 9635,
    9828, 10022, 10219, 10417, 10619, 10822, 11028, 11235, 11446, 11658, 11873, 12090,
    12309, 12530, 12754, 12980, 13209, 13440, 13673, 13909, 14146, 14387, 14629, 14874,
    15122, 15371, 15623, 15878, 16135, 16394, 16656, 16920, 17187, 17456, 17727, 18001,
    18277, 18556, 18837, 19121, 19407, 19696, 19987, 20281, 20577, 20876, 21177, 21481,
    21787, 22096, 22407, 22721, 23038, 23357, 23678, 24002, 24329, 24658, 24990, 25325,
    25662, 26001, 26344, 26688, 27036, 27386, 27739, 28094, 28452, 28813, 29176, 29542,
    29911, 30282, 30656, 31033, 31412, 31794, 32179, 32567, 32957, 33350, 33745, 34143,
    34544, 34948, 35355, 35764, 36176, 36591, 37008, 37429, 37852, 38278, 38706, 39138,
    39572, 40009, 40449, 40891, 41337, 41785, 42236, 42690, 43147, 43606, 44069, 44534,
    45002, 45473, 45947, 46423, 46903, 47385, 47871, 48359, 48850, 49344, 49841, 50341,
    50844, 51349, 51858, 52369, 52884, 53401, 53921, 54445, 54971, 55500, 56032, 56567,
    57105, 57646, 58190, 58737, 59287, 59840, 60396, 60955, 61517, 62082, 62650, 63221,
    63795, 64372, 64952, 65535,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_arithmetic)]
    fn the_table_is_the_srgb_transfer_function() {
        for (channel, linear) in (0_u8..=255).zip(LINEAR) {
            let c = f64::from(channel) / 255.0;
            let exact = if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
            assert!((f64::from(linear) - exact * 65_535.0).abs() <= 0.5, "channel {channel}");
        }
    }

    /// Published ratios of well-known pairs.
    #[test]
    fn contrast_is_the_ratio_of_wcag() {
        for (a, b, shown) in [
            ("#000000", "#ffffff", "21.00:1"),
            ("#ffffff", "#ffffff", "1.00:1"),
            ("#767676", "#ffffff", "4.54:1"),
            ("#777777", "#ffffff", "4.47:1"),
            ("#ff0000", "#ffffff", "3.99:1"),
            ("#0000ff", "#ffffff", "8.59:1"),
        ] {
            let (a, b): (Rgb, Rgb) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(a.contrast_with(b).to_string(), shown, "{a} and {b}");
            assert_eq!(a.contrast_with(b), b.contrast_with(a));
        }
    }

    #[test]
    fn a_colour_reads_as_it_prints() {
        let colour: Rgb = "#1A2b3c".parse().unwrap();
        assert_eq!(colour, Rgb { red: 0x1a, green: 0x2b, blue: 0x3c });
        assert_eq!(colour.to_string(), "#1a2b3c");
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for text in ["", "#", "#fff", "1a2b3c", "#1a2b3", "#1a2b3c0", "#1a2b3g", "#+12345", "#é2345", "red"]
        {
            assert_eq!(text.parse::<Rgb>(), Err(Error::Colour), "{text:?}");
        }
    }
}
