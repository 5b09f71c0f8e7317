//! QR codes: modules for a shell to draw crisply at any size, and pictures.

use saoma_qr::{Code, EcLevel, Style};

use crate::error::SaomaError;

/// A QR code as a square of modules, without its quiet zone: draw it on a light plate with at least four modules of margin.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct QrModules {
    /// Modules a side, 21 to 177.
    pub size: u32,
    /// One bit each, 1 is dark, row after row from the top left, without gaps between rows: module (x, y) is bit
    /// `i = y * size + x`, that is `modules[i / 8] & (0x80 >> (i % 8))`.
    pub modules: Vec<u8>,
}

impl std::fmt::Debug for QrModules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QrModules({0} x {0})", self.size)
    }
}

impl QrModules {
    pub(crate) fn new(text: &str) -> Result<Self, saoma_qr::Error> {
        let code = Code::new(text, EcLevel::M)?;
        Ok(Self { size: code.size().into(), modules: code.modules().to_vec() })
    }
}

/// The QR code of a text (1 byte to about 2,300), with medium error correction. In memory only; well below a millisecond.
#[uniffi::export]
pub fn qr_modules(text: &str) -> Result<QrModules, SaomaError> {
    QrModules::new(text).map_err(|error| SaomaError::input("text", error))
}

/// The QR code of a text as a PNG of exactly `side_px` pixels a side (at least one a module, at most 4096), black on white with its quiet zone.
#[uniffi::export]
pub fn qr_png(text: &str, side_px: u32) -> Result<Vec<u8>, SaomaError> {
    let code = Code::new(text, EcLevel::M).map_err(|error| SaomaError::input("text", error))?;
    let style = Style::default().with_side_px(side_px);
    style.and_then(|style| code.to_png(&style)).map_err(|error| SaomaError::input("side_px", error))
}
