//! Messages of WeChat Pay v2 read into fields, against the bare events of `quick-xml`.
//!
//! The floor is what any reader on `quick-xml` pays: every event once, nothing looked at. Reading adds the check of UTF-8
//! and of control characters, names, entities, duplicates, limits, and the fields themselves. Exits 1 if it takes more
//! than twice the floor.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::hint::black_box;
use std::process::ExitCode;

use quick_xml::{Reader, events::Event};
use saoma_bench::{Verdict, medians, quotient};
use saoma_wechatpay::v2::xml::{Fields, ROOT};

const ROUNDS: usize = 101;

/// A payment's notification, as it is sent: two dozen fields.
const NOTIFICATION: &[(&str, &str)] = &[
    ("appid", "wx1f2e3d4c5b6a7988"),
    ("attach", "桌号 12 & 外卖"),
    ("bank_type", "CMB_DEBIT"),
    ("cash_fee", "1280"),
    ("cash_fee_type", "CNY"),
    ("device_info", "till07"),
    ("fee_type", "CNY"),
    ("is_subscribe", "N"),
    ("mch_id", "1688001234"),
    ("nonce_str", "5d2b6c2a8db53831f7eda20af46e531c"),
    ("openid", "oKB1xYz9Abc_defGHIjklMNOpqr0"),
    ("out_trade_no", "01JCXV7Q2M8ZKQ4T9B6N3R5WYD01"),
    ("result_code", "SUCCESS"),
    ("return_code", "SUCCESS"),
    ("settlement_total_fee", "1280"),
    ("sign", "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"),
    ("time_end", "20260801100231"),
    ("total_fee", "1280"),
    ("trade_type", "NATIVE"),
    ("transaction_id", "4200001234202608017654321098"),
];

fn main() -> ExitCode {
    let mut verdict = Verdict::default();
    let mut notification = Fields::new();
    for (name, value) in NOTIFICATION {
        notification.set(*name, *value);
    }
    let mut answer = Fields::new();
    answer.set("return_code", "SUCCESS");
    answer.set("return_msg", "OK");
    let mut refunds = notification.clone();
    for n in 0..10 {
        for (name, value) in [
            ("out_refund_no", "01JCXV7Q2M8ZKQ4T9B6N3R5WYD01"),
            ("refund_id", "50300012342026080112345678901"),
            ("refund_channel", "ORIGINAL"),
            ("refund_fee", "100"),
            ("settlement_refund_fee", "100"),
            ("refund_status", "SUCCESS"),
            ("refund_account", "REFUND_SOURCE_UNSETTLED_FUNDS"),
            ("refund_recv_accout", "招商银行借记卡0403"),
            ("refund_success_time", "2026-08-01 11:20:05"),
        ] {
            refunds.set(format!("{name}_{n}"), value);
        }
    }
    for (what, message) in [
        ("an answer of two fields", answer),
        ("a payment's notification", notification),
        ("a page of ten refunds", refunds),
    ] {
        let document = message.write(ROOT).expect("the fields hold no control characters");
        for (form, text) in [("CDATA", &document[..]), ("plain text", &plain(&message))] {
            let [ours, floor] = medians(
                ROUNDS,
                [
                    &mut || drop(black_box(Fields::read(ROOT, black_box(text)).expect("it is well-formed"))),
                    &mut || bare(black_box(text)),
                ],
            );
            println!("{what}, {form}, {} bytes:", text.len());
            verdict.figure("bare events", format!("{floor:.1?}"));
            let ratio = quotient(ours.as_nanos(), floor.as_nanos());
            verdict.figure("read into fields", format!("{ours:.1?}"));
            verdict.target("  times the bare events", ratio, "≤ 2", ours <= 2 * floor);
        }
    }
    verdict.exit_code()
}

/// The same message without CDATA.
fn plain(message: &Fields<'_>) -> Vec<u8> {
    let fields: String = message
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>\n", quick_xml::escape::partial_escape(value)))
        .collect();
    format!("<xml>\n{fields}</xml>").into_bytes()
}

fn bare(document: &[u8]) {
    let mut reader = Reader::from_reader(document);
    loop {
        match reader.read_event().expect("it is well-formed") {
            Event::Eof => break,
            event => drop(black_box(event)),
        }
    }
}
