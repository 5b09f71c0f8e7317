//! Pictures read by ZBar, a scanner of another family (Debian's `zbar-tools`).

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests only")]

mod reader;

use std::{env, fs, path::PathBuf, process::Command};

use reader::Picture;
use saoma_qr::{Code, EcLevel, Style};

const CODE_URL: &str = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz";
const LEVELS: [EcLevel; 4] = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];

/// Whether `zbarimg` can be run here; in CI it must.
fn zbar_is_here() -> bool {
    let here = Command::new("zbarimg").arg("--version").output().is_ok();
    assert!(
        here || env::var("CI").as_deref() != Ok("true"),
        "zbarimg is missing: apt-get install zbar-tools"
    );
    if !here {
        println!("zbarimg is not installed (Debian: zbar-tools); nothing was read by ZBar");
    }
    here
}

/// The one code ZBar sees in a picture.
fn read(png: &[u8], name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("zbar-{name}.png"));
    fs::write(&path, png).unwrap();
    let zbar = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(&path)
        .output()
        .unwrap();
    fs::remove_file(&path).unwrap();
    let text = String::from_utf8(zbar.stdout).unwrap();
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

#[test]
fn zbar_reads_every_level_and_size() {
    if !zbar_is_here() {
        return;
    }
    for level in LEVELS {
        let code = Code::new(CODE_URL, level).unwrap();
        for side_px in [120, 200, 300, 512, 1024] {
            let png = code.to_png(&Style::default().with_side_px(side_px).unwrap()).unwrap();
            assert_eq!(read(&png, "sizes"), CODE_URL, "{level} at {side_px} px");
        }
    }
}

#[test]
fn zbar_reads_chinese_long_and_short_texts() {
    if !zbar_is_here() {
        return;
    }
    for text in ["1", "扫码付款 ¥12.80", "收款码：十二元八角", &CODE_URL.repeat(20), &"0123456789".repeat(60)]
    {
        let png = Code::new(text, EcLevel::M)
            .unwrap()
            .to_png(&Style::default().with_module_px(4).unwrap())
            .unwrap();
        assert_eq!(read(&png, "texts"), text);
    }
}

#[test]
fn zbar_reads_colours_at_the_least_contrast() {
    if !zbar_is_here() {
        return;
    }
    for (dark, light) in [("#949494", "#ffffff"), ("#e00000", "#ffffff"), ("#000000", "#5a5a5a")] {
        let style = Style::default().with_colours(dark.parse().unwrap(), light.parse().unwrap()).unwrap();
        let png = Code::new(CODE_URL, EcLevel::M).unwrap().to_png(&style).unwrap();
        assert_eq!(read(&png, "colours"), CODE_URL, "{dark} on {light}");
    }
}

#[test]
fn zbar_reads_turned_and_blurred_pictures() {
    if !zbar_is_here() {
        return;
    }
    let code = Code::new(CODE_URL, EcLevel::M).unwrap();
    let picture = Picture::of_png(&code.to_png(&Style::default().with_side_px(512).unwrap()).unwrap());
    for degrees in [0.0, 15.0, 45.0, 90.0, 200.0] {
        for radius in [0, 2, 4] {
            let png = picture.turned(degrees).blurred(radius).to_png();
            assert_eq!(read(&png, "turned"), CODE_URL, "{degrees}°, radius {radius}");
        }
    }
}
