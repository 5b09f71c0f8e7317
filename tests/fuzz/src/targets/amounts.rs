//! Amounts as people type them, and as bills write them.

use saoma_contract::{Amount, Currency};
use saoma_wechatpay::bill::Yuan;

use crate::{Target, told};

pub(super) const AMOUNTS: Target = Target {
    name: "amounts",
    seeds: || {
        super::texts([
            "12.80",
            "0.01",
            "10000000",
            "12.8+3",
            "1+2+3.50",
            "¥12",
            "１２．８０",
            "12,80",
            "1e3",
            " 5 ",
            "-1",
        ])
    },
    words: &[
        "+",
        ".",
        "0",
        "00",
        "¥",
        "元",
        ",",
        "，",
        "。",
        "．",
        "１",
        "٣",
        " ",
        "\u{a0}",
        "e",
        "-",
        "999999999999999999",
    ],
    input_bytes_max: 4 * 1024,
    memory_bytes_max: 1 << 20,
    executions: 40_000,
    run,
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let yen: Currency = "JPY".parse().expect("a currency");
    for currency in [Currency::CNY, yen] {
        for read in [Amount::parse(&text, currency), Amount::parse_sum(&text, currency)] {
            match read {
                Ok(amount) => {
                    assert!(amount.minor() > 0, "{text:?} is {amount}");
                    let again = Amount::parse(&amount.to_string(), currency);
                    assert_eq!(again, Ok(amount), "an amount that was printed can be read again");
                }
                Err(error) => told(&error),
            }
        }
    }
    if let Some(yuan) = Yuan::parse(input) {
        assert_eq!(Yuan::parse(yuan.to_string().as_bytes()), Some(yuan));
        if let Some(fen) = yuan.fen() {
            assert_eq!(Yuan::from_fen(fen), Some(yuan));
        }
    }
}
