//! Answers and notifications of WeChat Pay v3. Every signature counts as good, so that what lies behind is reached too; what
//! is sealed is tried from outside, and from inside.

use std::sync::LazyLock;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use saoma_wechatpay::aead::Apiv3Key;
use saoma_wechatpay::bill::TradeKind;
use saoma_wechatpay::keys::{Verifier, VerifyError, WechatPayKeys};
use saoma_wechatpay::v3::{
    Appid, AuthCode, CallError, Description, Fen, Mchid, OutRefundNo, OutTradeNo, Text, TransactionId, bill,
    certificates, close,
    codepay::{Charge, ChargeStore},
    native,
    notification::{self, Notice},
    partner::Merchant,
    query::Query,
    refund, reverse,
};
use serde_json::json;

use crate::message::Message;
use crate::{Target, told};

pub(super) const ANSWERS: Target = Target {
    name: "v3_answers",
    seeds: answer_seeds,
    words: &WORDS,
    input_bytes_max: 300 * 1024,
    // A few copies of the longest answer.
    memory_bytes_max: 8 << 20,
    executions: 2_000,
    run: answers,
};

pub(super) const NOTIFICATIONS: Target = Target {
    name: "v3_notifications",
    seeds: notification_seeds,
    words: &WORDS,
    input_bytes_max: 150 * 1024,
    memory_bytes_max: 8 << 20,
    executions: 2_000,
    run: notifications,
};

const WORDS: [&str; 26] = [
    "amount",
    "total",
    "payer_total",
    "currency",
    "CNY",
    "SUCCESS",
    "REFUND",
    "NOTPAY",
    "CLOSED",
    "REVOKED",
    "trade_state",
    "trade_type",
    "MICROPAY",
    "promotion_detail",
    "success_time",
    "2026-08-01T10:02:31+08:00",
    "out_trade_no",
    "transaction_id",
    "status",
    "PROCESSING",
    "code",
    "message",
    "detail",
    "wechatpay-timestamp: ",
    "wechatpay-signature: ",
    "content-length: ",
];

/// 2026-08-01T10:00:00+08:00, which the seeds are signed at.
const NOW: i64 = 1_785_549_600;

/// A head whose signature is in order; the body follows.
const SIGNED: &str = "wechatpay-timestamp: 1785549600\nwechatpay-nonce: AbCdEf0123456789\n\
    wechatpay-signature: AAAA\nwechatpay-serial: PUB_KEY_ID_0116888012342026010100000000000000\n\
    wechatpay-signature-type: WECHATPAY2-SHA256-RSA2048\nrequest-id: 08A1B2C3D4-0\n\
    content-type: application/json; charset=utf-8\n\n";

const PAID: &str = r#"{"amount":{"currency":"CNY","payer_currency":"CNY","payer_total":1180,"total":1280},"appid":"wx1f2e3d4c5b6a7988","attach":"till-07","bank_type":"OTHERS","mchid":"1688001234","out_trade_no":"KB20260801-0007","payer":{"openid":"oKB1xYz9Abc_defGHIjklMNOpqr0"},"promotion_detail":[{"amount":100,"coupon_id":"90001234","currency":"CNY","merchant_contribute":100,"name":"满12减1","other_contribute":0,"scope":"GLOBAL","stock_id":"700123","type":"NOCASH","wechatpay_contribute":0}],"success_time":"2026-08-01T10:02:31+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"NATIVE","transaction_id":"4200001234202608017654321098"}"#;

const REFUNDED: &str = r#"{"refund_id":"50000000382019052709732678859","out_refund_no":"01K1J6QYV00000000000000RF1","transaction_id":"4200001234202608017654321098","out_trade_no":"KB20260801-0007","channel":"ORIGINAL","user_received_account":"支付用户零钱","success_time":"2026-08-01T10:05:00+08:00","create_time":"2026-08-01T10:04:00+08:00","status":"SUCCESS","funds_account":"UNSETTLED","amount":{"total":1280,"refund":300,"from":[{"account":"AVAILABLE","amount":300}],"payer_total":1180,"payer_refund":300,"settlement_refund":300,"settlement_total":1280,"discount_refund":0,"currency":"CNY"},"promotion_detail":[{"promotion_id":"1","scope":"GLOBAL","type":"COUPON","amount":5,"refund_amount":5}]}"#;

const REFUND_NOTICE: &str = r#"{"mchid":"1688001234","out_trade_no":"KB20260801-0007","transaction_id":"4200001234202608017654321098","out_refund_no":"01K1J6QYV00000000000000RF1","refund_id":"50000000382019052709732678859","refund_status":"SUCCESS","success_time":"2026-08-01T10:05:00+08:00","user_received_account":"支付用户零钱","amount":{"total":1280,"refund":300,"payer_total":1180,"payer_refund":300}}"#;

/// Takes every signature as good.
struct AnyKey;

impl Verifier for AnyKey {
    fn verify(&self, _: &str, _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
        Ok(())
    }
}

struct Fixture {
    now: Timestamp,
    key: Apiv3Key,
    by_number: Query,
    by_transaction: Query,
    refund: OutRefundNo,
    order: OutTradeNo,
    merchant: Merchant,
    charge: Charge,
    bill: saoma_wechatpay::v3::Call,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let mchid = Mchid::new("1688001234").expect("a merchant number");
    let appid = Appid::new("wx1f2e3d4c5b6a7988").expect("an app id");
    let order = OutTradeNo::new("KB20260801-0007").expect("a number");
    let transaction = TransactionId::new("4200001234202608017654321098").expect("a number");
    let merchant = Merchant::new(appid, mchid.clone());
    let fen = Fen::new(1280).expect("an amount");
    let out_id = Text::new("out_id", "main").expect("a store");
    let charge = Charge::new(
        merchant.clone(),
        Description::new("description", "Tea").expect("a description"),
        order.clone(),
        native::Amount::cny(fen).expect("an amount"),
        ChargeStore::new(None, Some(out_id)).expect("a store"),
        AuthCode::new("134567890123456789").expect("a payment code"),
    );
    Fixture {
        now: Timestamp::from_second(NOW).expect("a time"),
        key: Apiv3Key::new(b"ForTestsOnlyForTestsOnlyForTests").expect("a key of 32 bytes"),
        by_number: Query::by_out_trade_no(mchid.clone(), order.clone()),
        by_transaction: Query::by_transaction_id(mchid.clone(), transaction),
        refund: OutRefundNo::new("01K1J6QYV00000000000000RF1").expect("a number"),
        bill: bill::trade(&mchid, jiff::civil::date(2026, 8, 1), TradeKind::All, None, true),
        order,
        merchant,
        charge,
    }
});

fn answer_seeds() -> Vec<Vec<u8>> {
    let sealed = |pem: &str| {
        let ciphertext = FIXTURE.key.seal("n0nce12bytes", "certificate", pem.as_bytes());
        let entry = json!({
            "serial_no": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
            "effective_time": "2026-01-01T00:00:00+08:00", "expire_time": "2031-01-01T00:00:00+08:00",
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM", "nonce": "n0nce12bytes", "associated_data": "certificate",
                "ciphertext": ciphertext.expect("a nonce of twelve bytes"),
            },
        });
        json!({ "data": [entry] }).to_string()
    };
    let good = [
        r#"{"code_url":"weixin://wxpay/bizpayurl?pr=Ab12Cd3"}"#.to_owned(),
        PAID.to_owned(),
        PAID.replace("SUCCESS", "NOTPAY"),
        REFUNDED.to_owned(),
        r#"{"appid":"wx1f2e3d4c5b6a7988","mchid":"1688001234","out_trade_no":"KB20260801-0007"}"#.to_owned(),
        r#"{"hash_type":"SHA1","hash_value":"79bb0f45fc4c42234a918000b2668d689e2bde04","download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx"}"#.to_owned(),
        sealed(crate::targets::config::CERTIFICATE),
    ];
    let mut seeds: Vec<String> = good.iter().map(|body| format!("200\n{SIGNED}{body}")).collect();
    seeds.push(format!("204\n{SIGNED}"));
    for (status, body) in [
        (
            "400",
            r#"{"code":"PARAM_ERROR","message":"参数错误","detail":{"field":"/amount/currency","value":"XYZ","issue":"Currency code is invalid","location":"body"}}"#,
        ),
        (
            "401",
            r#"{"code":"SIGN_ERROR","message":"签名错误","detail":{"detail":{"issue":"sign not match"},"sign_information":{"method":"POST"}}}"#,
        ),
        ("403", r#"{"code":"NO_AUTH","message":"商户无权限"}"#),
        ("404", r#"{"code":"ORDER_NOT_EXIST","message":"订单不存在"}"#),
        ("429", r#"{"code":"FREQUENCY_LIMITED","message":"频率超限"}"#),
        ("500", r#"{"code":"SYSTEM_ERROR","message":"系统异常"}"#),
        ("302", ""),
        ("502", "<html><body>Bad Gateway</body></html>"),
    ] {
        seeds.push(format!("{status}\ncontent-type: application/json\nrequest-id: 1\n\n{body}"));
    }
    seeds.push(format!("certificate\n\n{}", crate::targets::config::CERTIFICATE));
    seeds.into_iter().map(String::into_bytes).collect()
}

fn answers(input: &[u8]) {
    let fixture = &*FIXTURE;
    let message = Message::read(input);
    if message.word(0) == "certificate" {
        let text = String::from_utf8_lossy(&message.body);
        return seen(WechatPayKeys::new().add_certificate(&text));
    }
    let answer: Response<Bytes> = message.answer();
    let now = fixture.now;
    judged(native::read(&answer, now, &AnyKey));
    for query in [&fixture.by_number, &fixture.by_transaction] {
        if let Some(found) = judged(query.read(&answer, now, &AnyKey)) {
            seen(found.value().payment());
        }
    }
    judged(close::read(&answer, now, &AnyKey));
    judged(refund::read(&fixture.refund, &answer, now, &AnyKey));
    judged(refund::read_found(&fixture.refund, &answer, now, &AnyKey));
    judged(refund::read_abnormal(&fixture.refund, &answer, now, &AnyKey));
    judged(fixture.charge.read(&answer, now, &AnyKey));
    judged(reverse::read(&fixture.merchant, &fixture.order, &answer, now, &AnyKey));
    judged(bill::read(&fixture.bill, &answer, now, &AnyKey));
    judged(certificates::read(&answer, now, &WechatPayKeys::new(), &fixture.key));
    if let Err(error) = bill::is_file(&answer) {
        told(&error);
    }
}

/// What an answer was taken as; an error must be short and say what to do.
fn judged<T>(read: Result<T, CallError>) -> Option<T> {
    read.map_err(|error| {
        told(&error);
        error.advice()
    })
    .ok()
}

fn seen<T, E: std::fmt::Display>(read: Result<T, E>) {
    if let Err(error) = read {
        told(&error);
    }
}

fn envelope(event: &str, kind: &str, inside: &[u8]) -> String {
    let ciphertext = FIXTURE.key.seal("n0nce12bytes", kind, inside).expect("a nonce of twelve bytes");
    json!({
        "id": "7b1f0c52-5a64-5e0c-9d3f-0a1b2c3d4e5f", "create_time": "2026-08-01T10:02:32+08:00",
        "resource_type": "encrypt-resource", "event_type": event, "summary": "支付成功",
        "resource": {
            "original_type": kind, "algorithm": "AEAD_AES_256_GCM", "ciphertext": ciphertext,
            "associated_data": kind, "nonce": "n0nce12bytes",
        },
    })
    .to_string()
}

fn notification_seeds() -> Vec<Vec<u8>> {
    let outside = |body: String| format!("outside\n{SIGNED}{body}").into_bytes();
    vec![
        outside(envelope("TRANSACTION.SUCCESS", "transaction", PAID.as_bytes())),
        outside(envelope("REFUND.SUCCESS", "refund", REFUND_NOTICE.as_bytes())),
        format!("payment\n{SIGNED}{PAID}").into_bytes(),
        format!("refund\n{SIGNED}{REFUND_NOTICE}").into_bytes(),
    ]
}

fn notifications(input: &[u8]) {
    let message = Message::read(input);
    let body = match message.word(0) {
        "payment" => envelope("TRANSACTION.SUCCESS", "transaction", &message.body).into(),
        "refund" => envelope("REFUND.SUCCESS", "refund", &message.body).into(),
        _ => message.body,
    };
    match notification::read(&message.headers, &body, FIXTURE.now, &AnyKey, &FIXTURE.key) {
        Ok(Notice::Payment(payment)) => seen(payment.value().payment()),
        Ok(Notice::Refund(_)) => {}
        Err(error) => {
            told(&error);
            assert!(error.answer().status().as_u16() >= 400, "taken all the same: {error}");
        }
    }
}
