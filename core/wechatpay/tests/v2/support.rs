//! A merchant, its key, and answers that WeChat Pay would sign with it.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::Timestamp;
use saoma_wechatpay::{
    v2::{ApiKey, Caller, Fields, Merchant, OrderNumber, SignType, Signing, SubMerchant},
    v3::{Appid, Fen, Host, Mchid, Nonce, OutTradeNo, TransactionId},
};

/// 2026-08-01T10:00:00+08:00.
pub const NOW: i64 = 1_785_549_600;

static KEY: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    bytes.map(|byte| {
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[usize::from(byte % 64)]
    })
});

pub fn api_key() -> ApiKey {
    ApiKey::new(&*KEY).unwrap()
}

pub fn signing() -> Signing {
    Signing { key: api_key(), sign_type: SignType::HmacSha256 }
}

pub fn merchant() -> Merchant {
    Merchant::new(Appid::new("wx1f2e3d4c5b6a7988").unwrap(), Mchid::new("1688001234").unwrap())
}

pub fn partner() -> Merchant {
    let sub = SubMerchant {
        mch_id: Mchid::new("1600000001").unwrap(),
        appid: Some(Appid::new("wx00000000000000ab").unwrap()),
    };
    Merchant { sub: Some(sub), ..merchant() }
}

pub fn caller() -> Caller {
    Caller::new(Host::primary(), signing(), "Saoma/0.1").unwrap()
}

pub fn nonce() -> Nonce {
    Nonce::from_random([0x5a; 16])
}

pub fn out_trade_no() -> OutTradeNo {
    OutTradeNo::new("01K1J6QYV00000000000000A0101").unwrap()
}

pub fn number() -> OrderNumber {
    out_trade_no().into()
}

pub fn transaction_id() -> TransactionId {
    TransactionId::new("4200001234202608017654321098").unwrap()
}

pub fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

pub fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub fn fields<'a>(list: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = Fields::new();
    for (name, value) in list {
        fields.set(*name, *value);
    }
    fields
}

/// What every signed answer has, and these fields beside it.
pub fn told<'a>(list: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut told = fields(&[
        ("return_code", "SUCCESS"),
        ("return_msg", "OK"),
        ("result_code", "SUCCESS"),
        ("appid", "wx1f2e3d4c5b6a7988"),
        ("mch_id", "1688001234"),
        ("nonce_str", "7CqyVDsjvd3MFeYy"),
    ]);
    for (name, value) in list {
        told.set(*name, *value);
    }
    told
}

/// Signed by WeChat Pay, as an answer.
pub fn signed(fields: Fields<'_>) -> Response<Bytes> {
    answer(signing().write(fields).unwrap())
}

/// Signed by WeChat Pay: a success with these fields.
pub fn success(list: &[(&str, &str)]) -> Response<Bytes> {
    signed(told(list))
}

/// Signed by WeChat Pay: a refusal with this code.
pub fn failure(code: &str) -> Response<Bytes> {
    success(&[("result_code", "FAIL"), ("err_code", code), ("err_code_des", "不行")])
}

pub fn answer(body: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = StatusCode::OK;
    answer
}

/// A paid order's fields.
pub const PAID: &[(&str, &str)] = &[
    ("openid", "oKB1xYz9Abc_defGHIjklMNOpqr0"),
    ("is_subscribe", "N"),
    ("trade_type", "NATIVE"),
    ("trade_state", "SUCCESS"),
    ("bank_type", "CMB_DEBIT"),
    ("total_fee", "1280"),
    ("settlement_total_fee", "1280"),
    ("fee_type", "CNY"),
    ("cash_fee", "1180"),
    ("cash_fee_type", "CNY"),
    ("coupon_fee", "100"),
    ("coupon_count", "1"),
    ("coupon_id_0", "10000"),
    ("coupon_type_0", "NO_CASH"),
    ("coupon_fee_0", "100"),
    ("transaction_id", "4200001234202608017654321098"),
    ("out_trade_no", "01K1J6QYV00000000000000A0101"),
    ("attach", "till-07"),
    ("time_end", "20260801100231"),
    ("trade_state_desc", "支付成功"),
    ("device_info", "till07"),
];
