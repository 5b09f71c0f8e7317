//! A payload to a PNG of 512 pixels, to SVG and to modules: the stock `qrcode` and `image` crates against `saoma-qr`.
//!
//! Exits 1 if a PNG takes more than a tenth of the stock crates' time.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::{hint::black_box, io::Cursor, process::ExitCode};

use image::{ImageFormat, Luma};
use qrcode::{QrCode, render::svg};
use saoma_bench::{medians, report};
use saoma_qr::{Code, EcLevel, Style};

const ROUNDS: usize = 31;

/// What a payment code says, a usual one and two longer ones.
const PAYLOADS: [(&str, EcLevel); 3] = [
    ("weixin://wxpay/bizpayurl?pr=p4lpSuKzz", EcLevel::M),
    ("https://pay.example.org/c/01JCXV7Q2M8ZKQ4T9B6N3R5WYD01?s=store-7", EcLevel::M),
    (
        "https://pay.example.org/c/01JCXV7Q2M8ZKQ4T9B6N3R5WYD01?s=store-7&n=a-longer-note-for-the-customer&d=3",
        EcLevel::H,
    ),
];

fn main() -> ExitCode {
    let style = Style::default().with_side_px(512).expect("512 is a size");
    let mut targets_met = true;
    for (text, level) in PAYLOADS {
        let ours = || Code::new(text, level).expect("the payload fits");
        let stock =
            || QrCode::with_error_correction_level(text, stock_level(level)).expect("the payload fits");
        println!("{} bytes, level {level}, {} modules a side:", text.len(), ours().size());

        let [png, stock_png, vector, stock_vector, modules, stock_modules] = medians(
            ROUNDS,
            [
                &mut || drop(black_box(ours().to_png(&style))),
                &mut || {
                    let picture = stock().render::<Luma<u8>>().min_dimensions(512, 512).build();
                    let mut file = Cursor::new(Vec::new());
                    picture.write_to(&mut file, ImageFormat::Png).expect("memory takes every write");
                    black_box(file);
                },
                &mut || drop(black_box(ours().to_svg(&style))),
                &mut || {
                    black_box(stock().render::<svg::Color<'_>>().min_dimensions(512, 512).build());
                },
                &mut || drop(black_box(ours())),
                &mut || drop(black_box(stock())),
            ],
        );
        targets_met &= report("  text to PNG of 512 px", png, "qrcode + image", stock_png, Some(10));
        report("  text to SVG", vector, "qrcode", stock_vector, None);
        report("  text to modules", modules, "qrcode", stock_modules, None);
    }
    if targets_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn stock_level(level: EcLevel) -> qrcode::EcLevel {
    match level {
        EcLevel::L => qrcode::EcLevel::L,
        EcLevel::M => qrcode::EcLevel::M,
        EcLevel::Q => qrcode::EcLevel::Q,
        EcLevel::H => qrcode::EcLevel::H,
    }
}
