//! The code itself: a text as a square of dark and light modules.

use std::{fmt, iter, ops::Range, str::FromStr};

use qrcode::{
    Version,
    bits::Bits,
    canvas::Canvas,
    ec,
    optimize::{Optimizer, Parser, Segment, total_encoded_len},
    types::Mode,
};

use crate::{Error, mask};

/// A QR code (ISO/IEC 18004, versions 1 to 40): a square of dark and light modules without its quiet zone.
///
/// The same text and level always make the same code, in the smallest version that holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    size: u8,
    packed: Box<[u8]>,
}

impl Code {
    /// Encodes a text. Text beyond ASCII is marked as UTF-8 (ECI 26).
    ///
    /// # Errors
    /// [`Error::TextEmpty`]; [`Error::TextTooLong`] if the largest version does not hold it.
    pub fn new(text: &str, level: EcLevel) -> Result<Self, Error> {
        let bits = encode(text, level)?;
        let version = bits.version();
        let size = u8::try_from(version.width()).expect("a symbol has at most 177 modules a side");
        let (words, check_words) = ec::construct_codewords(&bits.into_bytes(), version, level.into())
            .expect("every version has every level");
        let mut canvas = Canvas::new(version, level.into());
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&words, &check_words);
        if usize::from(size) <= mask::SIZE_MAX {
            let rows = mask::Unmasked::from_canvas(&canvas, size, level.into()).best();
            Ok(Self::pack(size, rows.iter().flat_map(|row| (0..size).map(move |x| row >> x & 1 == 1))))
        } else {
            let modules = canvas.apply_best_mask().into_colors();
            Ok(Self::pack(size, modules.into_iter().map(|module| module == qrcode::Color::Dark)))
        }
    }

    fn pack(size: u8, dark: impl Iterator<Item = bool>) -> Self {
        let mut packed = vec![0; usize::from(size).pow(2).div_ceil(8)].into_boxed_slice();
        for (at, _) in dark.enumerate().filter(|&(_, is_dark)| is_dark) {
            packed[at / 8] |= 0x80 >> (at % 8);
        }
        Self { size, packed }
    }

    /// Modules a side, 21 to 177, without the quiet zone.
    #[must_use]
    pub fn size(&self) -> u8 {
        self.size
    }

    /// All modules, for a caller who draws them: one bit each, 1 is dark, row after row from the top left, without gaps
    /// between rows. Module (x, y) is bit number `i = y * size + x`, that is `modules[i / 8] & (0x80 >> (i % 8))`.
    #[must_use]
    pub fn modules(&self) -> &[u8] {
        &self.packed
    }

    /// Whether the module in column x of row y, counted from 0 at the top left, is dark. Outside of the code none is.
    #[must_use]
    pub fn is_dark(&self, x: u8, y: u8) -> bool {
        let at = usize::from(y) * usize::from(self.size) + usize::from(x);
        x < self.size && y < self.size && self.packed[at / 8] & (0x80 >> (at % 8)) != 0
    }

    /// The columns of each run of dark modules in row y, from the left.
    pub(crate) fn runs(&self, y: u8) -> impl Iterator<Item = Range<u8>> + '_ {
        let row = usize::from(y) * usize::from(self.size);
        let dark = move |x: u8| {
            let at = row + usize::from(x);
            self.packed[at / 8] & (0x80 >> (at % 8)) != 0
        };
        let mut x = 0;
        iter::from_fn(move || {
            let start = (x..self.size).find(|&x| dark(x))?;
            x = (start + 1..self.size).find(|&x| !dark(x)).unwrap_or(self.size);
            Some(start..x)
        })
    }
}

/// The size only: what a code says may be worth money.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Error correction: how much of the code may be dirty or covered and still be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EcLevel {
    /// About 7 %.
    L,
    /// About 15 %, the usual choice for a screen.
    #[default]
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}

impl fmt::Display for EcLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::L => "L",
            Self::M => "M",
            Self::Q => "Q",
            Self::H => "H",
        })
    }
}

/// Reads `L`, `M`, `Q` or `H`, small letters too.
impl FromStr for EcLevel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "L" | "l" => Ok(Self::L),
            "M" | "m" => Ok(Self::M),
            "Q" | "q" => Ok(Self::Q),
            "H" | "h" => Ok(Self::H),
            _ => Err(Error::Level),
        }
    }
}

impl From<EcLevel> for qrcode::EcLevel {
    fn from(level: EcLevel) -> Self {
        match level {
            EcLevel::L => Self::L,
            EcLevel::M => Self::M,
            EcLevel::Q => Self::Q,
            EcLevel::H => Self::H,
        }
    }
}

/// The bits of a text in the smallest version that holds them.
///
/// For ASCII the same as the crate's `encode_auto`. For other text that function takes pairs of UTF-8 bytes that look
/// like Shift JIS for kanji, which readers give back as other characters.
fn encode(text: &str, level: EcLevel) -> Result<Bits, Error> {
    if text.is_empty() {
        return Err(Error::TextEmpty);
    }
    let (bytes_max, digits_max) = capacity(level);
    let too_long = Error::TextTooLong { bytes: text.len(), level, bytes_max, digits_max };
    if text.len() > digits_max {
        return Err(too_long);
    }
    let segments: Vec<Segment> = Parser::new(text.as_bytes())
        .map(|segment| match segment.mode {
            Mode::Kanji => Segment { mode: Mode::Byte, ..segment },
            _ => segment,
        })
        .collect();
    let utf8_mark_bits = if text.is_ascii() { 0 } else { ECI_BITS };
    // Within each range of versions a text takes the same number of bits.
    for versions in [1..=9, 10..=26, 27..=40] {
        let widest = Version::Normal(*versions.end());
        let segments: Vec<Segment> = Optimizer::new(segments.iter().copied(), widest).collect();
        let len = utf8_mark_bits + total_encoded_len(&segments, widest);
        for version in versions {
            let mut bits = Bits::new(Version::Normal(version));
            if len <= bits.max_len(level.into()).expect("every version has every level") {
                push(&mut bits, text, &segments, level).expect("the length was checked");
                return Ok(bits);
            }
        }
    }
    Err(too_long)
}

fn push(bits: &mut Bits, text: &str, segments: &[Segment], level: EcLevel) -> qrcode::QrResult<()> {
    if !text.is_ascii() {
        bits.push_eci_designator(ECI_UTF8)?;
    }
    bits.push_segments(text.as_bytes(), segments.iter().copied())?;
    bits.push_terminator(level.into())
}

/// The ECI assignment number of UTF-8, and what marking a text with it takes.
const ECI_UTF8: u32 = 26;
const ECI_BITS: usize = 12;

/// How many bytes, or digits, version 40 holds (ISO/IEC 18004, table of data capacity).
fn capacity(level: EcLevel) -> (usize, usize) {
    match level {
        EcLevel::L => (2953, 7089),
        EcLevel::M => (2331, 5596),
        EcLevel::Q => (1663, 3993),
        EcLevel::H => (1273, 3057),
    }
}

#[cfg(test)]
mod tests;
