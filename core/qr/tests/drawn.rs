//! Sizes, margins and colours of what is drawn, and what is refused before anything is.

#![allow(clippy::unwrap_used, reason = "tests only")]

mod reader;

use reader::Picture;
use saoma_qr::{Code, EcLevel, Error, Rgb, Style, Terminal};

const CODE_URL: &str = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz";

/// 29 modules a side, 37 with the standard quiet zone.
fn code() -> Code {
    let code = Code::new(CODE_URL, EcLevel::M).unwrap();
    assert_eq!(code.size(), 29);
    code
}

fn colour(text: &str) -> Rgb {
    text.parse().unwrap()
}

#[test]
fn png_rgba_and_svg_show_the_same_picture() {
    for style in [
        Style::default(),
        Style::default().with_module_px(1).unwrap(),
        Style::default().with_quiet_zone(7).unwrap().with_module_px(3).unwrap(),
        Style::default().with_narrow_quiet_zone(0).unwrap().with_module_px(5).unwrap(),
        Style::default().with_colours(colour("#10409f"), colour("#ffe0b0")).unwrap(),
    ] {
        let mut pixels = Vec::new();
        let side = code().to_rgba(&style, &mut pixels).unwrap();
        let rgba = Picture::of_rgba(&pixels, side);
        assert!(rgba.grey == Picture::of_png(&code().to_png(&style).unwrap()).grey, "PNG {style:?}");
        assert!(rgba.grey == Picture::of_svg(&code().to_svg(&style).unwrap()).grey, "SVG {style:?}");
    }
}

#[test]
fn the_quiet_zone_is_light_and_as_wide_as_asked() {
    for modules in [4, 5, 64] {
        let style = Style::default().with_quiet_zone(modules).unwrap().with_module_px(2).unwrap();
        let picture = Picture::of_png(&code().to_png(&style).unwrap());
        let margin = 2 * usize::try_from(modules).unwrap();
        assert_eq!(picture.side, 58 + 2 * margin);
        let dark = |x: usize, y: usize| picture.grey[y * picture.side + x] == 0;
        let inside = margin..margin + 58;
        for y in 0..picture.side {
            for x in 0..picture.side {
                assert!(!dark(x, y) || inside.contains(&x) && inside.contains(&y), "({x}, {y})");
            }
        }
        assert!(
            dark(margin, margin) && dark(margin + 57, margin) && dark(margin, margin + 57),
            "the finders' corners"
        );
    }
}

#[test]
fn a_picture_of_a_given_side_has_that_side_and_even_modules() {
    let picture = Picture::of_png(&code().to_png(&Style::default().with_side_px(512).unwrap()).unwrap());
    assert_eq!(picture.side, 512);
    // 512 / 37 = 13 px a module, 377 px of code, the rest is margin: 67 px and 68 px.
    for y in 0..29_u8 {
        for x in 0..29_u8 {
            for (dx, dy) in [(0, 0), (12, 0), (0, 12), (12, 12)] {
                let (px, py) = (67 + 13 * usize::from(x) + dx, 67 + 13 * usize::from(y) + dy);
                assert_eq!(picture.grey[py * 512 + px] == 0, code().is_dark(x, y));
            }
        }
    }
}

#[test]
fn the_rgba_buffer_is_used_again_and_fully_overwritten() {
    let large = Style::default().with_side_px(600).unwrap();
    let small = Style::default().with_side_px(300).unwrap();
    let (mut fresh, mut used) = (Vec::new(), Vec::new());
    code().to_rgba(&large, &mut used).unwrap();
    used.fill(0x55);
    let (capacity, place) = (used.capacity(), used.as_ptr());
    assert_eq!(code().to_rgba(&small, &mut used), Ok(300));
    assert_eq!(code().to_rgba(&small, &mut fresh), Ok(300));
    assert!(used == fresh);
    assert_eq!((used.capacity(), used.as_ptr()), (capacity, place));
}

#[test]
fn a_picture_at_the_limit_is_drawn() {
    let style = Style::default().with_side_px(Style::SIDE_PX_MAX).unwrap();
    assert_eq!(Picture::of_png(&code().to_png(&style).unwrap()).side, 4096);
}

#[test]
fn the_png_is_one_bit_with_a_palette_and_small() {
    let png = code().to_png(&Style::default().with_side_px(512).unwrap()).unwrap();
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&png));
    let header = decoder.read_header_info().unwrap();
    assert_eq!((header.color_type, header.bit_depth), (png::ColorType::Indexed, png::BitDepth::One));
    assert!(png.len() < 4096, "{} bytes", png.len());
}

#[test]
fn a_terminal_picture_has_a_column_a_module_and_a_line_for_two() {
    for terminal in [Terminal::Ansi, Terminal::PlainOnDark, Terminal::PlainOnLight] {
        let shown = code().to_terminal(&Style::default(), terminal);
        assert_eq!(shown.lines().count(), 19);
        assert!(shown.ends_with('\n'));
        for line in shown.lines() {
            let blocks = line.chars().filter(|c| " ▀▄█".contains(*c)).count();
            assert_eq!(blocks, 37, "{line:?}");
        }
    }
}

#[test]
fn ansi_lines_set_both_colours_and_reset_them() {
    let shown = code().to_terminal(&Style::default(), Terminal::Ansi);
    for line in shown.lines() {
        assert!(line.starts_with("\x1b[38;5;16;48;5;231m") && line.ends_with("\x1b[0m"), "{line:?}");
    }
    let style = Style::default().with_colours(colour("#123456"), colour("#ffffff")).unwrap();
    assert!(code().to_terminal(&style, Terminal::Ansi).starts_with("\x1b[38;2;18;52;86;48;5;231m"));
}

#[test]
fn plain_output_has_no_escape_codes() {
    for terminal in [Terminal::PlainOnDark, Terminal::PlainOnLight] {
        assert!(!code().to_terminal(&Style::default(), terminal).contains('\x1b'));
    }
}

/// Pinned: the same text and style make the same code on every machine and in every version of this crate.
#[test]
fn a_code_stays_the_same() {
    let code = Code::new("1", EcLevel::L).unwrap();
    let style = Style::default().with_narrow_quiet_zone(1).unwrap();
    let expected = concat!(
        " ▄▄▄▄▄▄▄  ▄ ▄▄ ▄▄▄▄▄▄▄ \n",
        " █ ▄▄▄ █ ▄█▀█▄ █ ▄▄▄ █ \n",
        " █ ███ █  ▀▄▀▄ █ ███ █ \n",
        " █▄▄▄▄▄█ ▄ ▄ █ █▄▄▄▄▄█ \n",
        " ▄▄▄ ▄▄▄▄██▄█▀▄▄   ▄   \n",
        " ▄▄ █ ▀▄▄█▄▀ ▄ ▀ ▄ ▀▀▄ \n",
        "   █▀▄█▄█ ▀  ▄ █ ▄ ██▄ \n",
        " ▄▄▄▄▄▄▄ █ ▀█ █▄█ █▄█▄ \n",
        " █ ▄▄▄ █ █  █▀█▄█▀█▄▀▄ \n",
        " █ ███ █ ▄▀  ▄ ▀ ▄ ▀▀▄ \n",
        " █▄▄▄▄▄█ █▀▄ ▄ █ ▄ █ ▄ \n",
        "                       \n",
    );
    assert_eq!(code.to_terminal(&style, Terminal::PlainOnLight), expected);
}

#[test]
fn colours_too_alike_are_refused_with_their_ratio() {
    let refused = Style::default().with_colours(colour("#777777"), colour("#999999")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "dark, light: #777777 on #999999 has a contrast of 1.57:1 and would not scan; at least 3.00:1 is needed"
    );
    assert_eq!(refused.code(), "contrast_too_low");
    for (dark, light) in
        [("#ffffff", "#ffffff"), ("#000000", "#000000"), ("#ffff00", "#ffffff"), ("#959595", "#ffffff")]
    {
        let refused = Style::default().with_colours(colour(dark), colour(light)).unwrap_err();
        assert!(matches!(refused, Error::LowContrast { .. }), "{dark} on {light}: {refused}");
    }
}

#[test]
fn light_on_dark_is_refused_with_its_ratio() {
    let refused = Style::default().with_colours(Rgb::WHITE, Rgb::BLACK).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "dark, light: #ffffff is lighter than #000000 (contrast 21.00:1 the wrong way round) and would not scan; swap the two colours"
    );
    assert_eq!(refused.code(), "colours_inverted");
}

#[test]
fn a_quiet_zone_below_four_must_be_asked_for_by_name() {
    let refused = Style::default().with_quiet_zone(3).unwrap_err();
    assert_eq!(refused.to_string(), "quiet_zone: 3 modules is out of range; 4 to 64 are allowed here");
    assert_eq!(Style::default().with_narrow_quiet_zone(3).unwrap().quiet_zone(), 3);
    for modules in [65, 256, 260, u32::MAX] {
        let refused = Error::QuietZone { modules, min: 4, max: 64 };
        assert_eq!(Style::default().with_quiet_zone(modules), Err(refused));
        assert!(Style::default().with_narrow_quiet_zone(modules).is_err());
    }
}

#[test]
fn sizes_out_of_range_are_refused_by_field() {
    let style = Style::default();
    for (refused, message) in [
        (
            style.with_module_px(0),
            "module_px: 0 px is too small; this code with its quiet zone needs at least 1 px",
        ),
        (
            style.with_side_px(0),
            "side_px: 0 px is too small; this code with its quiet zone needs at least 1 px",
        ),
        (style.with_side_px(4097), "side_px: 4097 px is too large; at most 4096 px are allowed here"),
        (
            style.with_module_px(u32::MAX),
            "module_px: 4294967295 px is too large; at most 195 px are allowed here",
        ),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
}

#[test]
fn sizes_that_do_not_suit_the_code_are_refused_when_it_is_drawn() {
    let mut pixels = vec![1, 2, 3];
    for (style, refused) in [
        (
            Style::default().with_side_px(36).unwrap(),
            Error::TooSmall { field: "side_px", px: 36, px_min: 37 },
        ),
        (
            Style::default().with_module_px(111).unwrap(),
            Error::TooLarge { field: "module_px", px: 111, px_max: 110 },
        ),
    ] {
        assert_eq!(code().to_png(&style), Err(refused.clone()));
        assert_eq!(code().to_svg(&style), Err(refused.clone()));
        assert_eq!(code().to_rgba(&style, &mut pixels), Err(refused));
    }
    assert_eq!(pixels, [1, 2, 3], "a refused picture leaves the buffer as it was");
}
