//! Payment notifications: verified, opened, or refused with the answer that makes WeChat Pay send them again.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use saoma_wechatpay::{
    aead::{Apiv3Key, OpenError},
    keys::WechatPayKeys,
    message,
    v3::{
        Untrusted, Verified,
        notification::{self, EventType, NOTIFICATION_BYTES_MAX, Notice, NotificationError},
        transaction::{TradeState, Transaction},
    },
};
use serde_json::json;

use crate::{
    answers::PAID,
    support::{MERCHANT, NOW, Signed, WECHAT_PAY, apiv3_key, second, wechat_pay_keys},
    vectors::{text, vectors},
};

const NONCE: &str = "n0nce12bytes";

pub fn body_with(transaction: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut body = json!({
        "id": "7b1f0c52-5a64-5e0c-9d3f-0a1b2c3d4e5f",
        "create_time": "2026-08-01T10:02:32+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {
            "original_type": "transaction",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": apiv3_key().seal(NONCE, "transaction", transaction.as_bytes()).unwrap(),
            "associated_data": "transaction",
            "nonce": NONCE,
        },
    });
    change(&mut body);
    body.to_string()
}

/// A notification of a refund (WeChat Pay protocol B.9).
pub fn body_with_refund(event: &str, notice: &str) -> String {
    body_with("", |body| {
        body["event_type"] = json!(event);
        body["summary"] = json!("退款");
        body["resource"]["original_type"] = json!("refund");
        body["resource"]["associated_data"] = json!("refund");
        body["resource"]["ciphertext"] = json!(apiv3_key().seal(NONCE, "refund", notice.as_bytes()).unwrap());
    })
}

fn read(signed: &Signed) -> Result<Verified<Transaction>, NotificationError> {
    read_with(signed, &apiv3_key())
}

fn read_with(signed: &Signed, key: &Apiv3Key) -> Result<Verified<Transaction>, NotificationError> {
    match notification::read(&signed.headers, &signed.body, second(NOW), &wechat_pay_keys(), key)? {
        Notice::Payment(payment) => Ok(*payment),
        Notice::Refund(_) => panic!("taken for a refund"),
    }
}

#[test]
fn a_payment_is_verified_over_its_raw_bytes_and_opened() {
    let body = body_with(PAID, |_| {});
    let found = read(&Signed::new(body.clone())).unwrap();
    let payment = found.value().payment().unwrap().unwrap();
    assert_eq!(payment.total.get(), 1280);
    assert_eq!(found.evidence().body(), &body);
    assert_eq!(found.evidence().serial(), WECHAT_PAY.serial);
}

#[test]
fn the_protocols_own_example_is_read() {
    let body = r#"{"id":"7b1f0c52-5a64-5e0c-9d3f-0a1b2c3d4e5f","create_time":"2026-08-01T10:02:32+08:00","resource_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"支付成功","resource":{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"IazJjsRsJuBgwXKzs8Jm88PqXulrPU4FFVmayhlLm+VPLSqKYGpFaAsygasfZJBSaJo1q6sT3Slg6hvFniG+O0giT0UrmxRgHdr6wfIDfvQj+GlgeXgNHEW9CXgfYxkd1/bhnhgfyzgT3IwfVTAouo63Y81nmTyFTX0EUq9mTl8MxS1/UY14DYEup/2BCJjYJDz2VftjAD6kNxdLY26OG4RM6EE2WzWNEN5EuAk3GwvyCA==","associated_data":"transaction","nonce":"n0nce12bytes"}}"#;
    let signed = Signed::new(body);
    let key = Apiv3Key::new(b"v3k3yForDocsOnly0123456789abcdEF").unwrap();
    let found = read_with(&signed, &key).unwrap();
    assert_eq!(found.value().out_trade_no, "KB20260801-0007");
    assert_eq!(found.value().trade_state, TradeState::Success);
}

#[test]
fn the_go_clients_notification_verifies_with_its_envelope() {
    let Some(vectors) = vectors() else { return };
    let vector = &vectors.all["v3_notification"];
    let headers: HeaderMap = vector["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            (name, HeaderValue::from_str(text(value)).unwrap())
        })
        .collect();
    let body = Bytes::copy_from_slice(text(&vector["body"]).as_bytes());
    let mut keys = WechatPayKeys::new();
    keys.add_certificate(&vectors.certificate_pem).unwrap();
    let received_at = vector["received_at_unix"].as_i64().unwrap();

    let verified = notification::verify(&headers, &body, second(received_at), &keys).unwrap();
    let envelope = verified.value();
    assert_eq!(envelope.id, "3119dfba-e649-5eec-ab1e-3412bc4d2e17");
    assert!(matches!(&envelope.event_type, EventType::Unknown(name) if name.starts_with("PAYSCORE.")));
    assert!(matches!(
        notification::open_payment(&verified, &apiv3_key()),
        Err(NotificationError::OtherKind { field: "event_type", .. })
    ));

    let five_minutes_later = second(received_at + 300);
    assert_eq!(
        notification::verify(&headers, &body, five_minutes_later, &keys),
        Err(NotificationError::Untrusted(Untrusted::Stale { seconds_off: -300 }))
    );
}

#[test]
fn missing_associated_data_is_the_empty_text() {
    let body = body_with(PAID, |body| {
        let sealed = apiv3_key().seal(NONCE, "", PAID.as_bytes()).unwrap();
        let resource = body["resource"].as_object_mut().unwrap();
        resource.remove("associated_data");
        resource["ciphertext"] = json!(sealed);
    });
    assert!(read(&Signed::new(body)).is_ok());
}

#[test]
fn a_rewritten_body_is_refused_with_401() {
    let mut signed = Signed::new(body_with(PAID, |_| {}));
    let rewritten: serde_json::Value = serde_json::from_slice(&signed.body).unwrap();
    signed.body = serde_json::to_string_pretty(&rewritten).unwrap().into();
    let error = read(&signed).unwrap_err();
    assert_eq!(error, NotificationError::Untrusted(Untrusted::Signature { is_probe: false }));
    assert_eq!(error.answer().status(), 401);
}

#[test]
fn a_signature_probe_is_refused_with_401() {
    let signed = Signed::new(body_with(PAID, |_| {})).with(message::SIGNATURE, "WECHATPAY/SIGNTEST/AbCdEfGh");
    let error = read(&signed).unwrap_err();
    assert_eq!(error, NotificationError::Untrusted(Untrusted::Signature { is_probe: true }));
    assert_eq!(error.answer().status(), 401);
    assert_eq!(error.answer().body(), r#"{"code":"FAIL","message":"signature refused"}"#);
}

#[test]
fn a_forger_with_a_key_of_his_own_is_refused() {
    let forged = Signed::by(&MERCHANT, NOW, body_with(PAID, |_| {}));
    assert!(matches!(read(&forged), Err(NotificationError::Untrusted(Untrusted::UnknownSerial { .. }))));
}

#[test]
fn nothing_is_parsed_before_the_signature_holds() {
    let mut signed = Signed::new("{}");
    signed.body = Bytes::from_static(b"not json at all");
    assert!(matches!(read(&signed), Err(NotificationError::Untrusted(_))));
}

#[test]
fn what_is_neither_a_payment_nor_a_refund_is_told_by_the_field_that_says_so() {
    for (pointer, field) in [
        ("/event_type", "event_type"),
        ("/resource_type", "resource_type"),
        ("/resource/original_type", "resource.original_type"),
        ("/resource/algorithm", "resource.algorithm"),
    ] {
        let body = body_with(PAID, |body| *body.pointer_mut(pointer).unwrap() = json!("other"));
        let error = read(&Signed::new(body)).unwrap_err();
        assert_eq!(error, NotificationError::OtherKind { field, found: "other".into() });
        assert_eq!(error.answer().status(), 500);
    }
}

#[test]
fn another_apiv3_key_does_not_open_it_but_the_former_one_may() {
    let signed = Signed::new(body_with(PAID, |_| {}));
    let verified =
        notification::verify(&signed.headers, &signed.body, second(NOW), &wechat_pay_keys()).unwrap();
    let present = Apiv3Key::new(b"AnotherKeyAnotherKeyAnotherKey32").unwrap();
    let error = notification::open_payment(&verified, &present).unwrap_err();
    assert_eq!(error, NotificationError::Sealed(OpenError::Tag));
    assert_eq!(error.answer().status(), 500);
    assert!(notification::open_payment(&verified, &apiv3_key()).is_ok());
}

#[test]
fn a_malformed_envelope_or_transaction_is_named_by_its_path() {
    let body = body_with(PAID, |body| {
        body["resource"].as_object_mut().unwrap().remove("nonce");
    });
    let error = read(&Signed::new(body)).unwrap_err();
    assert_eq!(error.to_string(), "the signed notification is malformed at resource.nonce: missing");

    let body = body_with(r#"{"mchid":"1688001234","out_trade_no":"KB20260801-0007"}"#, |_| {});
    let error = read(&Signed::new(body)).unwrap_err();
    assert_eq!(error.to_string(), "what is in the notification is malformed at trade_state: missing");
}

#[test]
fn an_oversize_notification_is_refused_unread() {
    let bytes = NOTIFICATION_BYTES_MAX + 1;
    let signed = Signed::new(vec![b' '; bytes]);
    let error = read(&signed).unwrap_err();
    assert_eq!(error, NotificationError::TooLarge { bytes });
    assert_eq!(error.answer().status(), 413);
}

#[test]
fn a_notification_taken_in_is_answered_with_204_and_nothing() {
    let answer = notification::accepted();
    assert_eq!(answer.status(), 204);
    assert!(answer.body().is_empty());
}
