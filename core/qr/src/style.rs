//! How a code looks, the same for every output: colours, quiet zone, size.

use crate::{Contrast, Error, Rgb};

/// Colours, quiet zone and size of a drawn code. A style that would not scan cannot be made.
///
/// The default is black on white, a quiet zone of 4 modules, 8 pixels a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    dark: Rgb,
    light: Rgb,
    quiet_zone: u8,
    size: Size,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    ModulePx(u32),
    SidePx(u32),
}

impl Default for Style {
    fn default() -> Self {
        Self {
            dark: Rgb::BLACK,
            light: Rgb::WHITE,
            quiet_zone: Self::QUIET_ZONE_STANDARD,
            size: Size::ModulePx(8),
        }
    }
}

impl Style {
    /// The quiet zone ISO/IEC 18004 asks for, in modules on each side; the default and the least without saying so.
    pub const QUIET_ZONE_STANDARD: u8 = 4;
    /// The widest quiet zone, in modules on each side.
    pub const QUIET_ZONE_MAX: u8 = 64;
    /// The largest picture, in pixels a side: 64 MiB as RGBA.
    pub const SIDE_PX_MAX: u32 = 4096;

    /// The colours of the dark modules, and of the light ones with the quiet zone.
    ///
    /// # Errors
    /// [`Error::Inverted`] if `dark` is the lighter of the two; [`Error::LowContrast`] below [`Contrast::MIN`].
    pub fn with_colours(self, dark: Rgb, light: Rgb) -> Result<Self, Error> {
        let contrast = dark.contrast_with(light);
        if dark.luminance() > light.luminance() {
            return Err(Error::Inverted { dark, light, contrast });
        }
        if contrast < Contrast::MIN {
            return Err(Error::LowContrast { dark, light, contrast });
        }
        Ok(Self { dark, light, ..self })
    }

    /// The light margin on each side, in modules: 4 to 64.
    ///
    /// # Errors
    /// [`Error::QuietZone`] out of that range; see [`with_narrow_quiet_zone`](Self::with_narrow_quiet_zone) for less.
    pub fn with_quiet_zone(self, modules: u32) -> Result<Self, Error> {
        self.with_quiet_zone_from(Self::QUIET_ZONE_STANDARD, modules)
    }

    /// The light margin on each side, in modules, also below the standard's 4: 0 to 64. For a caller who puts the
    /// picture on a light ground of its own that makes up the rest.
    ///
    /// # Errors
    /// [`Error::QuietZone`] above 64.
    pub fn with_narrow_quiet_zone(self, modules: u32) -> Result<Self, Error> {
        self.with_quiet_zone_from(0, modules)
    }

    fn with_quiet_zone_from(self, min: u8, modules: u32) -> Result<Self, Error> {
        match u8::try_from(modules) {
            Ok(quiet_zone) if (min..=Self::QUIET_ZONE_MAX).contains(&quiet_zone) => {
                Ok(Self { quiet_zone, ..self })
            }
            _ => Err(Error::QuietZone { modules, min: min.into(), max: Self::QUIET_ZONE_MAX.into() }),
        }
    }

    /// So many pixels a side for each module; the picture is as large as that makes it.
    ///
    /// # Errors
    /// [`Error::TooSmall`] for 0; [`Error::TooLarge`] above what [`SIDE_PX_MAX`](Self::SIDE_PX_MAX) leaves for the
    /// smallest code. A larger code may still be refused when it is drawn.
    pub fn with_module_px(self, px: u32) -> Result<Self, Error> {
        const PX_MAX: u32 = Style::SIDE_PX_MAX / 21;
        in_range("module_px", px, PX_MAX)?;
        Ok(Self { size: Size::ModulePx(px), ..self })
    }

    /// A picture of exactly so many pixels a side: each module gets the same whole number of pixels, and what is left
    /// over goes to the margin. (An SVG has no pixels, and is stretched to fill the side.)
    ///
    /// # Errors
    /// [`Error::TooSmall`] for 0; [`Error::TooLarge`] above [`SIDE_PX_MAX`](Self::SIDE_PX_MAX). A side with less than
    /// one pixel a module is refused when the code is drawn.
    pub fn with_side_px(self, px: u32) -> Result<Self, Error> {
        in_range("side_px", px, Self::SIDE_PX_MAX)?;
        Ok(Self { size: Size::SidePx(px), ..self })
    }

    /// Colour of the dark modules.
    #[must_use]
    pub fn dark(&self) -> Rgb {
        self.dark
    }

    /// Colour of the light modules and the quiet zone.
    #[must_use]
    pub fn light(&self) -> Rgb {
        self.light
    }

    /// Width of the light margin on each side, in modules.
    #[must_use]
    pub fn quiet_zone(&self) -> u8 {
        self.quiet_zone
    }

    /// Where the pixels of a code of `modules` modules a side go.
    pub(crate) fn layout(&self, modules: u8) -> Result<Layout, Error> {
        let with_margin = u32::from(modules) + 2 * u32::from(self.quiet_zone);
        let (module_px, side_px) = match self.size {
            Size::ModulePx(px) => {
                let px_max = Self::SIDE_PX_MAX / with_margin;
                if px > px_max {
                    return Err(Error::TooLarge { field: "module_px", px, px_max });
                }
                (px, px * with_margin)
            }
            Size::SidePx(px) if px < with_margin => {
                return Err(Error::TooSmall { field: "side_px", px, px_min: with_margin });
            }
            Size::SidePx(px) => (px / with_margin, px),
        };
        let margin_px = (side_px - u32::from(modules) * module_px) / 2;
        Ok(Layout { side_px, module_px, margin_px })
    }
}

/// Where the pixels go: a margin, then the modules, then the rest of the side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) side_px: u32,
    pub(crate) module_px: u32,
    pub(crate) margin_px: u32,
}

fn in_range(field: &'static str, px: u32, px_max: u32) -> Result<(), Error> {
    match px {
        0 => Err(Error::TooSmall { field, px, px_min: 1 }),
        px if px > px_max => Err(Error::TooLarge { field, px, px_max }),
        _ => Ok(()),
    }
}
