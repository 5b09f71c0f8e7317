//! Text to QR code: modules, SVG, PNG, RGBA and terminal blocks.
//!
//! A [`Code`] is the square of dark and light modules; a [`Style`] says how it looks, the same for every output. Colours
//! that would not scan (too little contrast, light on dark) are an error when the style is made, and so is a quiet zone
//! below the standard's unless asked for by name. This crate knows nothing of payments.
//!
//! ```
//! use saoma_qr::{Code, EcLevel, Style, Terminal};
//!
//! let code = Code::new("weixin://wxpay/bizpayurl?pr=p4lpSuKzz", EcLevel::M)?;
//! let style = Style::default().with_side_px(512)?;
//! let png: Vec<u8> = code.to_png(&style)?;
//! let svg: String = code.to_svg(&style)?;
//! print!("{}", code.to_terminal(&style, Terminal::Ansi));
//! # assert!(png.starts_with(b"\x89PNG") && svg.starts_with("<svg"));
//! # Ok::<(), saoma_qr::Error>(())
//! ```

mod code;
mod colour;
mod error;
mod mask;
mod raster;
mod style;
mod svg;
mod terminal;

pub use code::{Code, EcLevel};
pub use colour::{Contrast, Rgb};
pub use error::Error;
pub use style::Style;
pub use terminal::Terminal;
