//! What can be wrong with a text or a style, said so that the caller can mend it.

use crate::{Contrast, EcLevel, Rgb};

/// Why a code or a picture was refused. Every message begins with the field to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no text to encode.
    #[error("text: is empty; a code needs at least one character")]
    TextEmpty,
    /// The text does not fit the largest symbol (177 × 177 modules) at this error correction level.
    #[error(
        "text: {bytes} bytes do not fit one code; at error correction {level} it holds {bytes_max} bytes (or {digits_max} digits)"
    )]
    TextTooLong {
        /// Length of the text in UTF-8 bytes.
        bytes: usize,
        /// The level asked for.
        level: EcLevel,
        /// What the largest symbol holds at that level, as bytes.
        bytes_max: usize,
        /// The same for a text of digits only.
        digits_max: usize,
    },
    /// Not the letter of an error correction level.
    #[error("level: must be L, M, Q or H")]
    Level,
    /// Not a colour.
    #[error("colour: must be # and six hexadecimal digits, such as #1a2b3c")]
    Colour,
    /// The two colours are too alike for a scanner.
    #[error(
        "dark, light: {dark} on {light} has a contrast of {contrast} and would not scan; at least {} is needed",
        Contrast::MIN
    )]
    LowContrast {
        /// Colour of the dark modules.
        dark: Rgb,
        /// Colour of the light modules and the quiet zone.
        light: Rgb,
        /// The contrast between the two.
        contrast: Contrast,
    },
    /// Light modules on a dark ground, which many scanners do not read.
    #[error(
        "dark, light: {dark} is lighter than {light} (contrast {contrast} the wrong way round) and would not scan; swap the two colours"
    )]
    Inverted {
        /// Colour of the dark modules.
        dark: Rgb,
        /// Colour of the light modules and the quiet zone.
        light: Rgb,
        /// The contrast between the two.
        contrast: Contrast,
    },
    /// The quiet zone is out of range.
    #[error("quiet_zone: {modules} modules is out of range; {min} to {max} are allowed here")]
    QuietZone {
        /// The width asked for, in modules.
        modules: u32,
        /// The least allowed.
        min: u32,
        /// The most allowed.
        max: u32,
    },
    /// The picture would have less than one pixel for a module.
    #[error("{field}: {px} px is too small; this code with its quiet zone needs at least {px_min} px")]
    TooSmall {
        /// `module_px` or `side_px`.
        field: &'static str,
        /// The size asked for.
        px: u32,
        /// The least that works.
        px_min: u32,
    },
    /// The picture would be larger than 4096 × 4096 pixels.
    #[error("{field}: {px} px is too large; at most {px_max} px are allowed here")]
    TooLarge {
        /// `module_px` or `side_px`.
        field: &'static str,
        /// The size asked for.
        px: u32,
        /// The most that works.
        px_max: u32,
    },
}

impl Error {
    /// A stable name of the kind of error, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TextEmpty => "text_empty",
            Self::TextTooLong { .. } => "text_too_long",
            Self::Level => "level_unknown",
            Self::Colour => "colour_malformed",
            Self::LowContrast { .. } => "contrast_too_low",
            Self::Inverted { .. } => "colours_inverted",
            Self::QuietZone { .. } => "quiet_zone_out_of_range",
            Self::TooSmall { .. } => "picture_too_small",
            Self::TooLarge { .. } => "picture_too_large",
        }
    }
}
