//! What WeChat Pay tells of its own accord: payments, signed; refunds, sealed.

use bytes::Bytes;
use http::HeaderMap;
use saoma_wechatpay::{
    v2::{
        ApiKey, Fields, SignType, Signing, Unsigned, ValueError, XmlError,
        notification::{self, Notice, NotificationError},
        req_info::{self, ReqInfoError},
        xml::ROOT,
    },
    v3::{refund::RefundStatus, transaction::TradeState},
};

use crate::support::{NOW, PAID, api_key, fen, second, signing, told};

fn read(body: impl Into<Bytes>) -> Result<Notice, NotificationError> {
    notification::read(&HeaderMap::new(), &body.into(), &signing())
}

/// A payment notification's fields: those of a query but for the state.
fn paid() -> Fields<'static> {
    let mut fields = told(PAID);
    fields.set("trade_state", "");
    fields.set("trade_state_desc", "");
    fields
}

const REFUNDED: &[(&str, &str)] = &[
    ("transaction_id", "4200001234202608017654321098"),
    ("out_trade_no", "01K1J6QYV00000000000000A0101"),
    ("refund_id", "50300012342026080112345678901"),
    ("out_refund_no", "01K1J6QYV00000000000000RF1"),
    ("total_fee", "1280"),
    ("settlement_total_fee", "1280"),
    ("refund_fee", "300"),
    ("settlement_refund_fee", "300"),
    ("refund_status", "SUCCESS"),
    ("success_time", "2026-08-01 10:05:00"),
    ("refund_recv_accout", "支付用户零钱"),
    ("refund_account", "REFUND_SOURCE_UNSETTLED_FUNDS"),
    ("refund_request_source", "API"),
];

/// A refund notification around a sealed document.
fn sealed(document: &[u8]) -> Vec<u8> {
    let req_info = req_info::seal(&api_key(), document);
    let mut fields = Fields::new();
    for (name, value) in [
        ("return_code", "SUCCESS"),
        ("appid", "wx1f2e3d4c5b6a7988"),
        ("mch_id", "1688001234"),
        ("nonce_str", "n1"),
    ] {
        fields.set(name, value);
    }
    fields.set("req_info", req_info);
    fields.write(ROOT).unwrap().to_vec()
}

fn refunded(name: &str, value: &str) -> Vec<u8> {
    let mut fields = crate::support::fields(REFUNDED);
    fields.set(name.to_owned(), value.to_owned());
    sealed(&fields.write("root").unwrap())
}

#[test]
fn a_payment_is_verified_and_read() {
    let body = signing().write(paid()).unwrap();
    let Notice::Payment(payment) = read(body.clone()).unwrap() else { panic!("a payment") };
    assert_eq!(payment.value().trade_state, TradeState::Success);
    let money = payment.value().payment().unwrap().unwrap();
    assert_eq!((money.total, money.payer_total), (fen(1280), fen(1180)));
    assert_eq!((payment.evidence().body(), payment.evidence().sign_type()), (&body, SignType::HmacSha256));
}

#[test]
fn a_payment_may_name_its_algorithm_and_carry_fields_that_are_new() {
    let mut fields = paid();
    fields.set("sign_type", "HMAC-SHA256");
    fields.set("something_new", "1");
    assert!(read(signing().write(fields.clone()).unwrap()).is_ok());
    fields.set("sign_type", "MD5");
    let refused = read(signing().write(fields).unwrap()).unwrap_err();
    assert_eq!(refused, NotificationError::Untrusted(Unsigned::SignType));
}

#[test]
fn a_forged_payment_is_refused() {
    let unsigned = paid().write(ROOT).unwrap().to_vec();
    assert_eq!(read(unsigned), Err(NotificationError::Untrusted(Unsigned::Missing)));
    let body = String::from_utf8(signing().write(paid()).unwrap().to_vec()).unwrap();
    let forged = body.replace("<total_fee><![CDATA[1280]]>", "<total_fee><![CDATA[1]]>");
    assert_ne!(forged, body);
    assert_eq!(read(forged), Err(NotificationError::Untrusted(Unsigned::Signature)));
    let twice = body.replace("<total_fee>", "<total_fee>1</total_fee><total_fee>");
    assert_eq!(read(twice), Err(NotificationError::Xml(XmlError::Duplicate { field: "total_fee".into() })));
    let md5 = Signing { sign_type: SignType::Md5, ..signing() };
    assert!(matches!(
        read(md5.write(paid()).unwrap()),
        Err(NotificationError::Untrusted(Unsigned::Length { .. }))
    ));
}

#[test]
fn an_attacker_without_the_key_cannot_have_files_read() {
    let body =
        "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><return_code>&x;</return_code></xml>";
    assert_eq!(read(body), Err(NotificationError::Xml(XmlError::Doctype)));
}

#[test]
fn a_notification_that_tells_of_no_payment_is_not_taken_for_one() {
    let mut failed = paid();
    failed.set("result_code", "FAIL");
    let refused = read(signing().write(failed).unwrap()).unwrap_err();
    assert_eq!(refused, NotificationError::NotPaid { field: "result_code" });
    let refused = read("<xml><return_code>FAIL</return_code></xml>").unwrap_err();
    assert_eq!(refused, NotificationError::NotPaid { field: "return_code" });
    let malformed = |field: &str| ValueError { field: field.into(), problem: "missing" };
    assert_eq!(read("<xml/>"), Err(NotificationError::Malformed(malformed("return_code"))));
    for field in ["mch_id", "out_trade_no"] {
        let mut fields = paid();
        fields.set(field, "");
        let refused = read(signing().write(fields).unwrap()).unwrap_err();
        assert_eq!(refused, NotificationError::Malformed(malformed(field)));
    }
}

#[test]
fn a_refund_is_opened_and_is_only_a_hint() {
    let Notice::Refund(refund) = read(refunded("refund_status", "SUCCESS")).unwrap() else {
        panic!("a refund")
    };
    assert_eq!(refund.refund_status, RefundStatus::Success);
    assert_eq!((refund.total_fee, refund.refund_fee), (fen(1280), fen(300)));
    assert_eq!(refund.success_time, Some(second(NOW + 300)));
    assert_eq!((refund.mch_id.as_str(), refund.appid.as_deref()), ("1688001234", Some("wx1f2e3d4c5b6a7988")));
    assert_eq!(refund.request_source.as_deref(), Some("API"));
    for (text, status) in [("CHANGE", RefundStatus::Abnormal), ("REFUNDCLOSE", RefundStatus::Closed)] {
        let Notice::Refund(refund) = read(refunded("refund_status", text)).unwrap() else {
            panic!("a refund")
        };
        assert_eq!(refund.refund_status, status);
    }
}

#[test]
fn a_refund_that_does_not_open_or_is_malformed_inside_is_refused() {
    let other = Signing { key: ApiKey::new(&[b'x'; 32]).unwrap(), ..signing() };
    let body = Bytes::from(refunded("refund_status", "SUCCESS"));
    let refused = notification::read(&HeaderMap::new(), &body, &other).unwrap_err();
    assert_eq!(refused, NotificationError::Sealed(ReqInfoError::Sealed));
    assert_eq!(read(sealed(b"{}")), Err(NotificationError::XmlInside(XmlError::Root)));
    assert_eq!(read(sealed(b"<xml><a>1</a></xml>")), Err(NotificationError::XmlInside(XmlError::Root)));
    for field in [
        "refund_id",
        "out_refund_no",
        "transaction_id",
        "out_trade_no",
        "total_fee",
        "refund_fee",
        "refund_status",
    ] {
        let refused = read(refunded(field, "")).unwrap_err();
        let error = ValueError { field: field.into(), problem: "missing" };
        assert_eq!(refused, NotificationError::MalformedInside(error));
    }
}

#[test]
fn what_is_answered_is_exactly_what_wechat_pay_wants() {
    let accepted = notification::accepted();
    assert_eq!(accepted.status(), 200);
    assert_eq!(
        accepted.body(),
        "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
    );
    let refused = notification::refused();
    let fields = Fields::read(ROOT, refused.body()).unwrap();
    assert_eq!((refused.status().as_u16(), fields.get("return_code")), (200, Some("FAIL")));
}
