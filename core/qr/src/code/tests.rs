use proptest::prelude::*;

use super::*;

const LEVELS: [EcLevel; 4] = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];

fn read(code: &Code) -> String {
    let grid = rqrr::SimpleGrid::from_func(code.size().into(), |x, y| {
        code.is_dark(u8::try_from(x).unwrap(), u8::try_from(y).unwrap())
    });
    rqrr::Grid::new(grid).decode().expect("an independent reader reads it").1
}

proptest! {
    #[test]
    fn every_text_is_read_back_at_every_level(text in "\\PC{1,150}", level in proptest::sample::select(LEVELS.as_slice())) {
        prop_assert_eq!(read(&Code::new(&text, level).unwrap()), text);
    }

    #[test]
    fn ascii_makes_the_same_code_as_the_crate_itself(
        text in "[ -~]{1,400}", level in proptest::sample::select(LEVELS.as_slice()),
    ) {
        let code = Code::new(&text, level).unwrap();
        let theirs = qrcode::QrCode::with_error_correction_level(&text, level.into()).unwrap();
        let dark = theirs.to_colors().into_iter().map(|colour| colour == qrcode::Color::Dark);
        prop_assert_eq!(code, Code::pack(u8::try_from(theirs.width()).unwrap(), dark));
    }
}

/// Bytes that look like Shift JIS and are not: the crate alone would give readers other characters.
#[test]
fn chinese_text_is_not_taken_for_kanji() {
    for text in ["扫码付款", "收款码：十二元八角", "茶 tea ¥12.80 茶茶茶"] {
        assert_eq!(read(&Code::new(text, EcLevel::M).unwrap()), text);
    }
}

#[test]
fn a_payment_code_takes_172_bytes_of_modules() {
    let code = Code::new(&"x".repeat(64), EcLevel::M).unwrap();
    assert_eq!(code.size(), 37);
    assert_eq!(code.modules().len(), 172);
}

#[test]
fn the_packed_modules_are_the_modules() {
    let code = Code::new("weixin://wxpay/bizpayurl?pr=p4lpSuKzz", EcLevel::Q).unwrap();
    let n = usize::from(code.size());
    for (i, (x, y)) in (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y))).enumerate() {
        assert_eq!(code.modules()[i / 8] & (0x80 >> (i % 8)) != 0, code.is_dark(x, y));
    }
    assert_eq!(code.modules()[n * n / 8] & (0xff >> (n * n % 8)), 0, "no bits beyond the last module");
    assert!(!code.is_dark(code.size(), 0) && !code.is_dark(0, code.size()) && !code.is_dark(255, 255));
}

#[test]
fn an_empty_text_is_refused() {
    let refused = Code::new("", EcLevel::M).unwrap_err();
    assert_eq!(refused.to_string(), "text: is empty; a code needs at least one character");
    assert_eq!(refused.code(), "text_empty");
}

#[test]
fn each_level_holds_as_much_as_the_standard_says_and_refuses_more() {
    for level in LEVELS {
        let (bytes_max, digits_max) = capacity(level);
        for (character, max) in [("a", bytes_max), ("7", digits_max)] {
            let full = Code::new(&character.repeat(max), level).unwrap();
            assert_eq!(full.size(), 177);
            assert_eq!(read(&full), character.repeat(max));
            let refused = Code::new(&character.repeat(max + 1), level).unwrap_err();
            assert_eq!(refused, Error::TextTooLong { bytes: max + 1, level, bytes_max, digits_max });
        }
    }
    assert_eq!(
        Code::new(&"a".repeat(2332), EcLevel::M).unwrap_err().to_string(),
        "text: 2332 bytes do not fit one code; at error correction M it holds 2331 bytes (or 5596 digits)"
    );
}

#[test]
fn symbols_wider_than_a_word_are_read_too() {
    for len in [230, 260, 400, 1000] {
        let text = "https://example.org/?".repeat(50)[..len].to_owned();
        let code = Code::new(&text, EcLevel::M).unwrap();
        assert!(len < 252 || code.size() > 61);
        assert_eq!(read(&code), text);
    }
}

#[test]
fn what_a_code_says_is_not_in_its_debug_output() {
    let code = Code::new("secret", EcLevel::L).unwrap();
    assert_eq!(format!("{code:?}"), "Code { size: 21, .. }");
}

#[test]
fn a_level_reads_as_it_prints() {
    for level in LEVELS {
        assert_eq!(level.to_string().parse(), Ok(level));
        assert_eq!(level.to_string().to_lowercase().parse(), Ok(level));
    }
    assert_eq!("X".parse::<EcLevel>(), Err(Error::Level));
}
