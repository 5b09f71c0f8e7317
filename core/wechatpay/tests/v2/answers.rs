//! Which answers are believed, and what they say.

use bytes::Bytes;
use http::{Response, StatusCode};
use saoma_wechatpay::{
    v2::{
        CallError, CallName, Code, Fields, Merchant, OrderNumber, SIGN, SignType, Unsigned, ValueError,
        Verified, XmlError, close, native, query, reverse,
        transaction::{Coupon, CouponKind, Transaction},
    },
    v3::{
        Advice, Currency,
        transaction::{TradeState, TradeType},
    },
};

use crate::{
    requests::charge,
    support::{
        NOW, PAID, answer, failure, fen, merchant, number, partner, second, signed, signing, success, told,
        transaction_id,
    },
};

fn query(answer: &Response<Bytes>) -> Result<Verified<Transaction>, CallError> {
    query::read(&merchant(), &number(), answer, &signing())
}

fn state(state: &str) -> Transaction {
    let answer = success(&[("out_trade_no", "01K1J6QYV00000000000000A0101"), ("trade_state", state)]);
    query(&answer).unwrap().into_parts().0
}

/// A paid order's fields, one of them with another value.
fn paid_but<'a>(name: &'a str, value: &'a str) -> Response<Bytes> {
    let mut fields = told(PAID);
    fields.set(name, value);
    signed(fields)
}

#[test]
fn a_new_order_answers_with_its_code() {
    let opened = |code_url| {
        let answer = success(&[("trade_type", "NATIVE"), ("prepay_id", "wx01"), ("code_url", code_url)]);
        native::read(&merchant(), &answer, &signing())
    };
    let code = opened("weixin://wxpay/bizpayurl?pr=p4lpSuKzz").unwrap();
    assert_eq!(code.value().code_url.as_str(), "weixin://wxpay/bizpayurl?pr=p4lpSuKzz");
    assert_eq!(code.evidence().sign_type(), SignType::HmacSha256);
    for wrong in ["", "https://evil.example/pay", "weixin://"] {
        let error = opened(wrong).unwrap_err();
        assert!(
            matches!(&error, CallError::Malformed(ValueError { field, .. }) if field == "code_url"),
            "{error}"
        );
        assert_eq!(error.advice(CallName::NativeOrder), Advice::QueryFirst);
    }
}

#[test]
fn a_paid_order_says_everything_about_its_payment() {
    let paid = query(&success(PAID)).unwrap();
    let transaction = paid.value();
    assert!(transaction.trade_state.is_paid());
    let payment = transaction.payment().unwrap().unwrap();
    assert_eq!(payment.transaction_id, "4200001234202608017654321098");
    assert_eq!((payment.total, payment.payer_total), (fen(1280), fen(1180)));
    assert_eq!((payment.currency, payment.payer_currency), (&Currency::Cny, &Currency::Cny));
    assert_eq!(payment.success_time, second(NOW + 151));
    assert_eq!(transaction.trade_type, Some(TradeType::Native));
    assert_eq!(transaction.is_subscribe, Some(false));
    assert_eq!(transaction.openid.as_ref().unwrap().expose(), "oKB1xYz9Abc_defGHIjklMNOpqr0");
    let coupon = Coupon { id: "10000".into(), kind: Some(CouponKind::NoCash), fee: Some(fen(100)) };
    assert_eq!(transaction.coupons, [coupon]);
    assert!(!format!("{paid:?}").contains("oKB1xYz9"), "an openid is personal");
}

#[test]
fn an_order_is_asked_about_by_either_number() {
    let by_theirs = OrderNumber::from(transaction_id());
    assert!(query::read(&merchant(), &by_theirs, &success(PAID), &signing()).is_ok());
    let other = paid_but("transaction_id", "4200001234202608017654321099");
    let error = query::read(&merchant(), &by_theirs, &other, &signing()).unwrap_err();
    assert_eq!(error, CallError::OtherOrder { field: "transaction_id" });
}

#[test]
fn every_state_is_told_apart_and_an_unknown_one_is_neither_paid_nor_closed() {
    for (text, expected, is_paid, is_closed) in [
        ("NOTPAY", TradeState::NotPay, false, false),
        ("CLOSED", TradeState::Closed, false, true),
        ("REVOKED", TradeState::Revoked, false, true),
        ("USERPAYING", TradeState::UserPaying, false, false),
        ("PAYERROR", TradeState::PayError, false, false),
        ("ACCEPT", TradeState::Accept, false, false),
        ("REFUND", TradeState::Refund, true, false),
        ("SUCCESS", TradeState::Success, true, false),
        ("PAID", TradeState::Unknown("PAID".into()), false, false),
    ] {
        let found = state(text);
        assert_eq!(found.trade_state, expected);
        assert_eq!(
            (found.trade_state.is_paid(), found.trade_state.is_closed()),
            (is_paid, is_closed),
            "{text}"
        );
    }
    assert!(state("NOTPAY").payment().unwrap().is_none());
}

#[test]
fn paid_without_what_a_payment_needs_is_no_payment() {
    for field in ["transaction_id", "total_fee", "time_end"] {
        let found = query(&paid_but(field, "")).unwrap().into_parts().0;
        let problem = "missing from a paid transaction";
        assert_eq!(found.payment(), Err(ValueError { field: field.into(), problem }));
    }
    let whole = query(&paid_but("cash_fee", "")).unwrap().into_parts().0;
    assert_eq!(whole.payment().unwrap().unwrap().payer_total, fen(1280), "without discounts, all of it");
}

#[test]
fn values_that_are_not_as_documented_are_refused_by_field() {
    for (field, value) in [
        ("total_fee", "12.80"),
        ("total_fee", "-1"),
        ("total_fee", "+1"),
        ("total_fee", " 1"),
        ("total_fee", "9223372036854775808"),
        ("cash_fee", "１"),
        ("time_end", "2026-08-01T10:02:31+08:00"),
        ("time_end", "20260801100260x"),
        ("time_end", "20261301100231"),
        ("time_end", "2026080110023"),
        ("is_subscribe", "yes"),
        ("coupon_count", "101"),
        ("coupon_count", "4294967296"),
        ("coupon_fee_0", "1.0"),
    ] {
        let error = query(&paid_but(field, value)).unwrap_err();
        assert!(
            matches!(&error, CallError::Malformed(ValueError { field: found, .. }) if found == field),
            "{field}={value}: {error}"
        );
        assert!(!error.to_string().contains(value), "a value is never repeated");
        assert_eq!(error.advice(CallName::Query), Advice::RetrySame);
    }
    for field in ["trade_state", "mch_id"] {
        let error = query(&paid_but(field, "")).unwrap_err();
        assert_eq!(error.to_string(), format!("the answer is malformed at {field}: missing"));
    }
}

#[test]
fn an_answer_about_another_order_or_merchant_is_not_taken() {
    for (field, value) in [
        ("out_trade_no", "01K1J6QYV00000000000000A0102"),
        ("mch_id", "1688009999"),
        ("appid", "wx9999999999999999"),
        ("sub_mch_id", "1600000001"),
    ] {
        assert_eq!(query(&paid_but(field, value)).unwrap_err(), CallError::OtherOrder { field }, "{field}");
    }
    assert_eq!(
        query(&paid_but("out_trade_no", "")).unwrap_err(),
        CallError::OtherOrder { field: "out_trade_no" }
    );
}

#[test]
fn a_service_provider_takes_only_answers_about_its_sub_merchant() {
    let ask = |merchant: &Merchant, sub_mch_id| {
        query::read(merchant, &number(), &paid_but("sub_mch_id", sub_mch_id), &signing())
    };
    assert_eq!(ask(&partner(), "1600000001").unwrap().value().sub_mch_id.as_deref(), Some("1600000001"));
    assert_eq!(ask(&partner(), "1600000002").unwrap_err(), CallError::OtherOrder { field: "sub_mch_id" });
}

#[test]
fn nothing_in_an_answer_is_believed_without_its_signature() {
    let mut unsigned = told(PAID);
    let written = |fields: &Fields<'_>| answer(fields.write("xml").unwrap().to_vec());
    assert_eq!(query(&written(&unsigned)).unwrap_err(), CallError::Untrusted(Unsigned::Missing));
    unsigned.set(SIGN, "0".repeat(64));
    assert_eq!(query(&written(&unsigned)).unwrap_err(), CallError::Untrusted(Unsigned::Signature));
    unsigned.set(SIGN, "0".repeat(32));
    let error = query(&written(&unsigned)).unwrap_err();
    assert_eq!(error, CallError::Untrusted(Unsigned::Length { sign_type: SignType::HmacSha256 }));
    assert_eq!(error.advice(CallName::Query), Advice::RetrySame);
    assert_eq!(error.advice(CallName::Micropay), Advice::QueryFirst, "a payment code is never sent twice");
    // A forged refusal of the business kind is not read either.
    let refusal = told(&[("result_code", "FAIL"), ("err_code", "ORDERCLOSED")]);
    let error = close::read(&merchant(), &written(&refusal), &signing()).unwrap_err();
    assert_eq!(error, CallError::Untrusted(Unsigned::Missing));
}

#[test]
fn a_refusal_of_the_transport_is_unsigned_and_says_nothing_of_the_order() {
    let refused = answer("<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>");
    let CallError::Refused(error) = query(&refused).unwrap_err() else { panic!("a refusal") };
    assert_eq!((error.is_signed, &error.code), (false, &Some(Code::SignError)));
    assert_eq!(error.advice(), Advice::GiveUp, "asking again would not help");
    let error = charge().read(&refused, &signing()).unwrap_err();
    assert_eq!(error.advice(CallName::Micropay), Advice::QueryFirst);
    for code in ["", "OK", "success"] {
        let answer = answer(format!("<xml><return_code>{code}</return_code></xml>"));
        assert!(
            matches!(query(&answer), Err(CallError::Malformed(ValueError { field, .. })) if field == "return_code")
        );
    }
}

#[test]
fn a_refusal_of_the_business_is_signed_and_has_its_code() {
    let CallError::Refused(error) = query(&failure("ORDERNOTEXIST")).unwrap_err() else {
        panic!("a refusal")
    };
    assert_eq!((error.is_signed, &error.code), (true, &Some(Code::OrderNotExist)));
    assert_eq!(error.message, "不行");
    let neither = paid_but("result_code", "MAYBE");
    assert!(
        matches!(query(&neither), Err(CallError::Malformed(ValueError { field, .. })) if field == "result_code")
    );
}

#[test]
fn what_is_not_wechat_pays_is_told_apart() {
    let portal = answer("<html><body>Please log in</body></html>");
    assert_eq!(query(&portal).unwrap_err(), CallError::Xml(XmlError::Root));
    assert_eq!(query(&answer("")).unwrap_err(), CallError::Xml(XmlError::Root));
    let mut gateway = success(PAID);
    *gateway.status_mut() = StatusCode::BAD_GATEWAY;
    assert_eq!(query(&gateway).unwrap_err(), CallError::Status { status: StatusCode::BAD_GATEWAY });
    let mut cut = success(PAID);
    let bytes = cut.body().len();
    cut.headers_mut().insert("content-length", (bytes + 1).to_string().parse().unwrap());
    let announced = u64::try_from(bytes).unwrap() + 1;
    assert_eq!(query(&cut).unwrap_err(), CallError::Truncated { bytes, announced });
    let long = answer(vec![b' '; 64 * 1024 + 1]);
    assert_eq!(query(&long).unwrap_err(), CallError::Xml(XmlError::TooLarge { bytes: 64 * 1024 + 1 }));
}

#[test]
fn a_close_is_only_accepted() {
    assert!(close::read(&merchant(), &success(&[("result_msg", "OK")]), &signing()).is_ok());
    let closed = close::read(&merchant(), &failure("ORDERCLOSED"), &signing()).unwrap_err();
    assert_eq!(closed.advice(CallName::Close), Advice::Success);
}

#[test]
fn a_charge_is_paid_at_once_or_its_outcome_is_open() {
    let paid = charge().read(&paid_but("trade_type", "MICROPAY"), &signing()).unwrap();
    assert_eq!(paid.value().trade_state, TradeState::Success);
    assert!(paid.value().payment().unwrap().is_some());
    for (code, advice) in [
        ("USERPAYING", Advice::QueryFirst),
        ("SYSTEMERROR", Advice::QueryFirst),
        ("AUTHCODEEXPIRE", Advice::GiveUp),
    ] {
        let error = charge().read(&failure(code), &signing()).unwrap_err();
        assert_eq!(error.advice(CallName::Micropay), advice, "{code}");
    }
    let other =
        charge().read(&paid_but("out_trade_no", "01K1J6QYV00000000000000A0199"), &signing()).unwrap_err();
    assert_eq!(other, CallError::OtherOrder { field: "out_trade_no" });
    assert_eq!(other.advice(CallName::Micropay), Advice::QueryFirst);
}

#[test]
fn a_reverse_says_whether_to_call_again() {
    let read = |recall| reverse::read(&merchant(), &success(&[("recall", recall)]), &signing());
    assert!(read("Y").unwrap().value().recall);
    assert!(!read("N").unwrap().value().recall);
    for wrong in ["", "n"] {
        let error = read(wrong).unwrap_err();
        assert!(
            matches!(&error, CallError::Malformed(ValueError { field, .. }) if field == "recall"),
            "{error}"
        );
        assert_eq!(error.advice(CallName::Reverse), Advice::QueryFirst);
    }
    let paying = reverse::read(&merchant(), &failure("USERPAYING"), &signing()).unwrap_err();
    assert_eq!(paying.advice(CallName::Reverse), Advice::QueryFirst);
}

#[test]
fn an_answer_signed_with_md5_is_not_believed_where_hmac_is_agreed() {
    let md5 = saoma_wechatpay::v2::Signing { sign_type: SignType::Md5, ..signing() };
    let body = md5.write(told(PAID)).unwrap();
    let untrusted = CallError::Untrusted(Unsigned::Length { sign_type: SignType::HmacSha256 });
    assert_eq!(query(&answer(body.clone())).unwrap_err(), untrusted);
    assert!(query::read(&merchant(), &number(), &answer(body), &md5).is_ok());
}
