//! QR codes both ways: any text drawn, in any form, and whatever a camera gives read as a link, a payment code, a code of
//! WeChat Pay's.

use saoma_contract::{AuthCode, PairingLink};
use saoma_qr::{Code, EcLevel, Style, Terminal};
use saoma_wechatpay::v3::native::CodeUrl;

use crate::{Target, told};

pub(super) const CODES: Target = Target {
    name: "codes",
    seeds: || {
        super::texts([
            "weixin://wxpay/bizpayurl?pr=Ab12Cd3",
            "weixin://wxpay/s/An4baqw",
            "saoma://pair?u=https://pay.example.com&m=tea&s=AAECAwQFBgcICQoLDA0ODw&r=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "134567890123456789",
            "绿豆咖啡",
            "HTTPS://EXAMPLE.COM/PAY $%*+-./:",
        ])
    },
    words: &[
        "weixin://",
        "saoma://pair?",
        "&u=",
        "&r=",
        "&t=",
        "%2F",
        "https://",
        "http://127.0.0.1",
        "13",
        "咖",
        "A",
        "7",
    ],
    input_bytes_max: 8 * 1024,
    memory_bytes_max: 8 << 20,
    executions: 400,
    run,
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    drawn(&text);
    match text.parse::<PairingLink>() {
        Ok(link) => {
            let written = link.to_string();
            let again: PairingLink = written.parse().expect("a link that was written can be read");
            assert_eq!(again.to_string(), written);
            assert!(!format!("{link:?}").contains(&secret(&written)), "a link's secret is shown");
        }
        Err(error) => told(&error),
    }
    if let Err(error) = AuthCode::new(text.clone().into_owned()) {
        told(&error);
        assert!(
            text.trim().len() < 10 || !error.to_string().contains(text.trim()),
            "what was scanned is repeated"
        );
    }
    match CodeUrl::new(&text) {
        // What WeChat Pay may send can always be shown.
        Ok(code_url) => drop(Code::new(code_url.as_str(), EcLevel::M).expect("a code_url can be drawn")),
        Err(error) => told(&error),
    }
}

/// The secret in a link's text.
fn secret(link: &str) -> String {
    let part = link.split(['?', '&']).find_map(|part| part.strip_prefix("s="));
    part.unwrap_or("no link without a secret").to_owned()
}

fn drawn(text: &str) {
    let style = Style::default();
    for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
        let code = match Code::new(text, level) {
            Ok(code) => code,
            Err(error) => {
                told(&error);
                continue;
            }
        };
        let side = usize::from(code.size());
        assert!(code.modules().len() >= side * side / 8, "a code without modules");
        if level == EcLevel::M {
            assert!(code.to_svg(&style).is_ok_and(|svg| svg.starts_with("<svg")));
            assert!(code.to_png(&style).is_ok_and(|png| png.starts_with(b"\x89PNG")));
            assert!(!code.to_terminal(&style, Terminal::PlainOnDark).is_empty());
        }
    }
}
