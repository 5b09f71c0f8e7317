//! A trade bill of any number of rows, as a shop of two hundred trades an hour would get it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use jiff::Timestamp;
use saoma_wechatpay::bill::{RefundLine, RefundState, TradeKind, TradeLine, TradeState, TradeWriter, Yuan};

/// Midnight of 2026-08-01 in Beijing, in seconds since 1970.
pub const DAY_S: i64 = 1_785_513_600;

/// The order number of a row: 26 characters and the attempt, as the backend makes them. They come in no order, as a
/// bill's do not.
#[must_use]
pub fn out_trade_no(row: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut text = String::from("01K1HM");
    let mut mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for _ in 0..12 {
        text.push(char::from(DIGITS[usize::try_from(mixed >> 59).expect("five bits")]));
        mixed = mixed.rotate_left(5);
    }
    let mut rest = row;
    for _ in 0..8 {
        text.push(char::from(DIGITS[usize::try_from(rest & 31).expect("five bits")]));
        rest >>= 5;
    }
    text + "01"
}

/// WeChat Pay's number of a row.
#[must_use]
pub fn transaction_id(row: u64) -> String {
    format!("420000123420260801{row:010}")
}

/// What a row's order costs, in fen.
#[must_use]
pub fn amount(row: u64) -> i64 {
    100 + i64::try_from(row * 7919 % 99_900).expect("a small number")
}

/// The number of the refund that follows a row, as tills make them.
#[must_use]
pub fn out_refund_no(row: u64) -> String {
    let mut text = out_trade_no(row);
    text.truncate(26);
    text.replace_range(..6, "01K1HN");
    text
}

/// What a row's refund gives back, in fen.
#[must_use]
pub fn refund(row: u64) -> i64 {
    amount(row) / 2
}

/// Whether a refund follows a row.
#[must_use]
pub fn is_refunded(row: u64) -> bool {
    row % PAYMENTS_A_REFUND == PAYMENTS_A_REFUND - 1
}

/// Payments for each refund of a bill.
pub const PAYMENTS_A_REFUND: u64 = 100;

/// Writes a bill of so many payments, and refunds among them.
///
/// # Panics
/// When the file cannot be written.
pub fn write(path: &Path, payments: u64) {
    let file = BufWriter::with_capacity(1 << 20, File::create(path).expect("the folder takes a file"));
    let mut bill = TradeWriter::new(file, TradeKind::All).expect("a file takes every write");
    for row in 0..payments {
        let (out_trade_no, transaction_id) = (out_trade_no(row), transaction_id(row));
        let fen = amount(row);
        let fee = Yuan::from_fen((fen * 6 + 500) / 1000).expect("a small number");
        let mut line = TradeLine {
            time: Timestamp::from_second(DAY_S + i64::try_from(row % 86_400).expect("a second of a day"))
                .expect("a time of 2026"),
            appid: "wx1f2e3d4c5b6a7988",
            mchid: "1688001234",
            sub_mchid: None,
            device: "",
            transaction_id: &transaction_id,
            out_trade_no: &out_trade_no,
            openid: "oKB1xYz9Abc_defGHIjklMNOpqr0",
            trade_type: "NATIVE",
            state: TradeState::Success,
            bank: "OTHERS",
            amount: Yuan::from_fen(fen).expect("a small number"),
            coupon: Yuan::ZERO,
            refund: None,
            goods: "绿豆咖啡,拿铁",
            attach: "",
            fee,
            rate: "0.60%",
        };
        bill.line(&line).expect("a file takes every write");
        if is_refunded(row) {
            let (refund_id, out_refund_no, back) =
                (format!("503000{row:023}"), out_refund_no(row), refund(row));
            line.state = TradeState::Refund;
            line.amount = Yuan::ZERO;
            line.fee = Yuan::from_fen(-((back * 6 + 500) / 1000)).expect("a small number");
            line.refund = Some(RefundLine {
                refund_id: &refund_id,
                out_refund_no: &out_refund_no,
                amount: Yuan::from_fen(back).expect("a small number"),
                state: RefundState::Success,
                refunded_at: None,
            });
            bill.line(&line).expect("a file takes every write");
        }
    }
    bill.finish().expect("a file takes every write");
}
