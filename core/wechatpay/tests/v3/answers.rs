//! Which answers are believed, and what the others are called.

use bytes::Bytes;
use http::Response;
use saoma_wechatpay::{
    bill::TradeKind,
    keys::WechatPayKeys,
    message,
    v3::{
        ANSWER_BYTES_MAX, Advice, CallError, Code, Currency, JsonError, TransactionId, Untrusted, Verified,
        bill, close,
        native::{self, CodeUrl, Opened},
        query::Query,
        transaction::{PromotionKind, TradeState, TradeType, Transaction},
    },
};

use crate::{
    requests::{mchid, out_trade_no},
    support::{CERTIFICATE_UNTIL, MERCHANT, NOW, Signed, WECHAT_PAY, second, unsigned, wechat_pay_keys},
};

const OPENED: &str = r#"{"code_url":"weixin://wxpay/bizpayurl?pr=Ab12Cd3"}"#;

/// The paid transaction of WeChat Pay protocol B.4.1.
pub const PAID: &str = r#"{"amount":{"currency":"CNY","payer_currency":"CNY","payer_total":1180,"total":1280},"appid":"wx1f2e3d4c5b6a7988","attach":"till-07","bank_type":"OTHERS","mchid":"1688001234","out_trade_no":"KB20260801-0007","payer":{"openid":"oKB1xYz9Abc_defGHIjklMNOpqr0"},"promotion_detail":[{"amount":100,"coupon_id":"90001234","currency":"CNY","merchant_contribute":100,"name":"满12减1","other_contribute":0,"scope":"GLOBAL","stock_id":"700123","type":"NOCASH","wechatpay_contribute":0}],"success_time":"2026-08-01T10:02:31+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"NATIVE","transaction_id":"4200001234202608017654321098"}"#;

fn read_order(answer: &Response<Bytes>) -> Result<Verified<Opened>, CallError> {
    native::read(answer, second(NOW), &wechat_pay_keys())
}

fn read_query(body: &str) -> Result<Verified<Transaction>, CallError> {
    let answer = Signed::new(body.to_owned()).answer(200);
    Query::by_out_trade_no(mchid(), out_trade_no()).read(&answer, second(NOW), &wechat_pay_keys())
}

fn untrusted(signed: Signed) -> Untrusted {
    match read_order(&signed.answer(200)) {
        Err(CallError::Untrusted(reason)) => reason,
        other => panic!("believed or misnamed: {other:?}"),
    }
}

#[test]
fn a_signed_code_is_believed_with_its_evidence() {
    let opened = read_order(&Signed::new(OPENED).answer(200)).unwrap();
    assert_eq!(opened.value().code_url.as_str(), "weixin://wxpay/bizpayurl?pr=Ab12Cd3");
    let evidence = opened.evidence();
    assert_eq!(evidence.body(), OPENED);
    assert_eq!(evidence.serial(), WECHAT_PAY.serial);
    assert_eq!(evidence.timestamp(), NOW.to_string());
    assert_eq!(evidence.nonce(), "AbCdEf0123456789");
    assert_eq!(evidence.request_id(), Some("08A1B2C3D4-0"));
    assert_eq!(
        evidence.signed_text(),
        message::answer_text(&NOW.to_string(), "AbCdEf0123456789", OPENED.as_bytes())
    );
}

#[test]
fn an_answer_lacking_any_of_the_four_headers_is_forged() {
    for name in [message::TIMESTAMP, message::NONCE, message::SIGNATURE, message::SERIAL] {
        let missing = Untrusted::MissingHeader { name: name.clone() };
        assert_eq!(untrusted(Signed::new(OPENED).without(name.clone())), missing);
        assert_eq!(untrusted(Signed::new(OPENED).with(name, "")), missing);
    }
}

#[test]
fn the_signature_type_may_be_missing_but_not_another() {
    assert!(read_order(&Signed::new(OPENED).without(message::SIGNATURE_TYPE).answer(200)).is_ok());
    let other = Signed::new(OPENED).with(message::SIGNATURE_TYPE, "WECHATPAY2-SM2-WITH-SM3");
    assert_eq!(untrusted(other), Untrusted::SignatureType);
}

#[test]
fn a_doubled_or_overlong_header_is_malformed() {
    let mut doubled = Signed::new(OPENED);
    let again = doubled.headers[message::NONCE].clone();
    doubled.headers.append(message::NONCE, again);
    assert_eq!(untrusted(doubled), Untrusted::MalformedHeader { name: message::NONCE });
    let long = Signed::new(OPENED).with(message::NONCE, &"a".repeat(2000));
    assert_eq!(untrusted(long), Untrusted::MalformedHeader { name: message::NONCE });
}

#[test]
fn five_minutes_off_is_too_old_and_a_second_less_is_not() {
    for off in [-299, -1, 0, 1, 299] {
        let answer = Signed::by(&WECHAT_PAY, NOW + off, OPENED).answer(200);
        assert!(read_order(&answer).is_ok(), "{off}");
    }
    for off in [-86_400, -301, -300, 300, 301] {
        let answer = Signed::by(&WECHAT_PAY, NOW + off, OPENED);
        assert_eq!(untrusted(answer), Untrusted::Stale { seconds_off: off });
    }
}

#[test]
fn a_timestamp_that_is_no_number_of_seconds_is_malformed() {
    for text in ["now", "+1785549600", "1785549600.0", "99999999999999999999999", "-1"] {
        let answer = Signed::new(OPENED).with(message::TIMESTAMP, text);
        assert_eq!(untrusted(answer), Untrusted::MalformedHeader { name: message::TIMESTAMP });
    }
    let far = Signed::new(OPENED).with(message::TIMESTAMP, "9223372036854775807");
    assert!(matches!(untrusted(far), Untrusted::Stale { .. }));
}

#[test]
fn an_answer_by_an_unknown_key_tells_which_so_that_keys_can_be_fetched() {
    let answer = Signed::by(&MERCHANT, NOW, OPENED);
    assert_eq!(untrusted(answer), Untrusted::UnknownSerial { serial: MERCHANT.serial.clone() });
}

#[test]
fn a_known_serial_with_another_keys_signature_is_refused() {
    let answer = Signed::by(&MERCHANT, NOW, OPENED).with(message::SERIAL, &WECHAT_PAY.serial);
    assert_eq!(untrusted(answer), Untrusted::Signature { is_probe: false });
}

#[test]
fn a_certificate_is_not_believed_beyond_its_time() {
    let read = |now| {
        let answer = Signed::by(&WECHAT_PAY, now, OPENED).answer(200);
        native::read(&answer, second(now), &wechat_pay_keys())
    };
    assert!(read(CERTIFICATE_UNTIL - 1).is_ok());
    assert_eq!(
        read(CERTIFICATE_UNTIL),
        Err(CallError::Untrusted(Untrusted::ExpiredKey { serial: WECHAT_PAY.serial.clone() }))
    );
}

#[test]
fn a_signature_probe_fails_like_any_wrong_signature_and_is_labelled() {
    for signature in ["WECHATPAY/SIGNTEST/AbC=", "WECHATPAY/SIGNTEST/A"] {
        let probe = Signed::new(OPENED).with(message::SIGNATURE, signature);
        let reason = untrusted(probe);
        assert_eq!(reason, Untrusted::Signature { is_probe: true });
        assert_eq!(reason.to_string(), "the signature is not WeChat Pay's (a signature probe)");
    }
    let error = CallError::Untrusted(Untrusted::Signature { is_probe: true });
    assert_eq!(error.advice(), Advice::RetrySame);
}

#[test]
fn a_captive_portals_page_is_not_wechat_pays_answer() {
    let page = unsigned(200, "text/html", "<html>Please log in</html>");
    let error = read_order(&page).unwrap_err();
    assert_eq!(error, CallError::NotWechatPay { content_type: "text/html".into() });
    assert_eq!(error.advice(), Advice::RetrySame);
}

#[test]
fn unsigned_json_is_not_believed_even_if_it_looks_right() {
    let forged = unsigned(200, "application/json", OPENED);
    assert_eq!(
        read_order(&forged),
        Err(CallError::Untrusted(Untrusted::MissingHeader { name: message::TIMESTAMP }))
    );
}

#[test]
fn a_truncated_answer_is_told_from_a_forged_one() {
    let cut = Bytes::copy_from_slice(&OPENED.as_bytes()[..20]);
    let mut signed = Signed::new(OPENED);
    signed.body = cut;
    let length = OPENED.len().to_string();
    let error = read_order(&signed.with(http::header::CONTENT_LENGTH, &length).answer(200));
    assert_eq!(error, Err(CallError::Truncated { bytes: 20, announced: OPENED.len().try_into().unwrap() }));
}

#[test]
fn a_truncated_answer_without_a_length_fails_its_signature() {
    let mut signed = Signed::new(OPENED);
    signed.body.truncate(20);
    assert_eq!(untrusted(signed), Untrusted::Signature { is_probe: false });
}

#[test]
fn an_oversize_answer_is_refused_before_anything_else() {
    let bytes = ANSWER_BYTES_MAX + 1;
    let answer = Signed::new(vec![b' '; bytes]).answer(200);
    assert_eq!(read_order(&answer), Err(CallError::TooLarge { bytes }));
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [201, 301, 302, 307] {
        let error = read_order(&unsigned(status, "text/html", "")).unwrap_err();
        assert!(matches!(error, CallError::Status { .. }), "{error:?}");
        assert_eq!(error.advice(), Advice::RetrySame);
    }
}

#[test]
fn an_error_answer_needs_no_signature_but_is_only_an_error() {
    let body = r#"{"code":"ORDERPAID","message":"该订单已支付"}"#;
    let Err(CallError::Refused(error)) = read_order(&unsigned(400, "application/json", body)) else {
        panic!("not read as an error")
    };
    assert_eq!(error.code, Some(Code::OrderPaid));
    assert_eq!(error.advice(), Advice::QueryFirst);
}

#[test]
fn accepted_is_not_done() {
    let body = r#"{"code":"USERPAYING","message":"用户支付中"}"#;
    let answer = unsigned(202, "application/json", body);
    let error = close::read(&answer, second(NOW), &wechat_pay_keys()).unwrap_err();
    assert_eq!(error.advice(), Advice::QueryFirst);
}

#[test]
fn a_close_is_accepted_by_a_signature_over_nothing() {
    let answer = Signed::new("").answer(204);
    let accepted = close::read(&answer, second(NOW), &wechat_pay_keys()).unwrap();
    assert!(accepted.evidence().body().is_empty());
    let forged = Signed::new("").without(message::SIGNATURE).answer(204);
    assert!(close::read(&forged, second(NOW), &wechat_pay_keys()).is_err());
}

#[test]
fn closing_a_closed_order_counts_as_success() {
    let body = r#"{"code":"ORDER_CLOSED","message":"订单已关闭"}"#;
    let answer = unsigned(400, "application/json", body);
    let error = close::read(&answer, second(NOW), &wechat_pay_keys()).unwrap_err();
    assert_eq!(error.advice(), Advice::Success);
}

#[test]
fn a_bill_is_announced_with_its_hash_and_place() {
    let call = bill::trade(&mchid(), jiff::civil::date(2026, 8, 1), TradeKind::All, None, true);
    let read = |body: &str| {
        bill::read(&call, &Signed::new(body.to_owned()).answer(200), second(NOW), &wechat_pay_keys())
    };
    let body = r#"{"hash_type":"SHA1","hash_value":"79BB0f45fc4c42234a918000b2668d689e2bde04","download_url":" https://api.mch.weixin.qq.com/v3/billdownload/file?token=x"}"#;
    let ready = read(body).unwrap();
    assert_eq!(ready.value().hash.to_string(), "79bb0f45fc4c42234a918000b2668d689e2bde04");
    let problem = |from: &str, to: &str| match read(&body.replace(from, to)) {
        Err(CallError::Malformed(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(problem("SHA1", "MD5"), "hash_type: must be SHA1");
    assert_eq!(problem("79BB", "79B"), "hash_value: must be 40 hexadecimal digits");
    assert_eq!(
        problem("https://", "ftp://"),
        "download_url: must be an https (or http) address of up to 2048 characters"
    );
}

#[test]
fn a_bill_that_is_not_there_yet_is_told_from_a_day_without_trades() {
    let call = bill::trade(&mchid(), jiff::civil::date(2026, 8, 1), TradeKind::All, None, true);
    let refused = |code: &str| {
        let answer = unsigned(400, "application/json", &format!(r#"{{"code":"{code}","message":""}}"#));
        match bill::read(&call, &answer, second(NOW), &wechat_pay_keys()) {
            Err(CallError::Refused(error)) => (error.code.clone().unwrap(), error.advice()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused("STATEMENT_CREATING"), (Code::StatementCreating, Advice::RetrySame));
    assert_eq!(refused("NO_STATEMENT_EXIST"), (Code::NoStatementExist, Advice::GiveUp));
}

#[test]
fn a_downloaded_file_needs_no_signature_but_a_refusal_is_no_file() {
    assert_eq!(bill::is_file(&unsigned(200, "text/plain", "")), Ok(()));
    let refused = bill::is_file(&unsigned(400, "application/json", r#"{"code":"INVALID_REQUEST"}"#));
    assert!(matches!(refused, Err(CallError::Refused(error)) if error.code == Some(Code::InvalidRequest)));
    assert!(matches!(bill::is_file(&unsigned(302, "text/html", "")), Err(CallError::Status { .. })));
}

#[test]
fn nothing_is_believed_without_keys() {
    let answer = Signed::new(OPENED).answer(200);
    assert!(native::read(&answer, second(NOW), &WechatPayKeys::new()).is_err());
}

#[test]
fn a_code_that_is_none_is_refused_by_its_path() {
    for code_url in ["https://evil.example/pay", "weixin://", "weixin://wxpay/码"] {
        let body = format!(r#"{{"code_url":"{code_url}"}}"#);
        let Err(CallError::Malformed(error)) = read_order(&Signed::new(body).answer(200)) else {
            panic!("believed {code_url}")
        };
        assert_eq!(error.path, "code_url");
    }
    assert!(CodeUrl::new(&format!("weixin://{}", "a".repeat(504))).is_err());
    assert!(CodeUrl::new("weixin://pay.weixin.qq.com/bizpayurl/up?pr=XXXXXXX&groupid=00").is_ok());
}

#[test]
fn a_paid_transaction_is_read_whole() {
    let answer = read_query(PAID).unwrap();
    let paid = answer.value();
    assert_eq!(paid.trade_state, TradeState::Success);
    assert_eq!(paid.trade_type, Some(TradeType::Native));
    assert_eq!(paid.promotion_detail[0].kind, Some(PromotionKind::NoCash));
    assert_eq!(paid.promotion_detail[0].amount.get(), 100);
    assert_eq!(paid.attach.as_deref(), Some("till-07"));

    let payment = paid.payment().unwrap().unwrap();
    assert_eq!(payment.transaction_id, "4200001234202608017654321098");
    assert_eq!((payment.total.get(), payment.payer_total.get()), (1280, 1180));
    assert_eq!(payment.currency, &Currency::Cny);
    assert_eq!(payment.success_time, "2026-08-01T10:02:31+08:00".parse().unwrap());
}

#[test]
fn a_transaction_is_written_as_it_was_read() {
    let value: serde_json::Value = serde_json::from_str(PAID).unwrap();
    let transaction: Transaction = serde_json::from_str(PAID).unwrap();
    assert_eq!(serde_json::to_value(transaction).unwrap(), value);
}

#[test]
fn an_unpaid_transaction_has_little_to_say() {
    let answer = read_query(
        r#"{"amount":{"payer_currency":"CNY","total":0},"appid":"wx1f2e3d4c5b6a7988","mchid":"1688001234","out_trade_no":"KB20260801-0007","payer":{},"promotion_detail":[],"scene_info":{"device_id":""},"success_time":"","trade_state":"NOTPAY","trade_state_desc":"订单未支付"}"#,
    )
    .unwrap();
    assert_eq!(answer.value().trade_state, TradeState::NotPay);
    assert_eq!(answer.value().payment(), Ok(None));
}

#[test]
fn unknown_members_and_values_are_no_errors() {
    let body = PAID
        .replace("\"SUCCESS\"", "\"PARTLY_PAID\"")
        .replace("\"NATIVE\"", "\"SMILE\"")
        .replace("\"bank_type\"", "\"new_thing\":{\"a\":[1]},\"bank_type\"");
    let answer = read_query(&body).unwrap();
    let transaction = answer.value();
    assert_eq!(transaction.trade_state, TradeState::Unknown("PARTLY_PAID".into()));
    assert!(!transaction.trade_state.is_paid() && !transaction.trade_state.is_closed());
    assert_eq!(transaction.trade_type, Some(TradeType::Unknown("SMILE".into())));
    assert_eq!(transaction.payment(), Ok(None));
}

#[test]
fn a_missing_or_malformed_member_is_named_by_its_path() {
    for (from, to, path, problem) in [
        (r#""trade_state":"SUCCESS","#, "", "trade_state", "missing"),
        (r#""mchid":"1688001234","#, "", "mchid", "missing"),
        (r#""total":1280"#, r#""total":12.80"#, "amount.total", "expected i64"),
        (r#""total":1280"#, r#""total":"1280""#, "amount.total", "expected i64"),
        (r#""total":1280"#, r#""total":-1"#, "amount.total", "must not be negative"),
        (r#""total":1280"#, r#""total":1280,"total":1"#, "amount.total", "there twice"),
        (r#""coupon_id":"90001234","#, "", "promotion_detail[0].coupon_id", "missing"),
        ("2026-08-01T10:02:31+08:00", "yesterday", "success_time", "must be an RFC 3339 time"),
    ] {
        assert!(PAID.contains(from), "{from}");
        let error = read_query(&PAID.replace(from, to)).unwrap_err();
        assert_eq!(error.advice(), Advice::QueryFirst);
        let CallError::Malformed(error) = error else { panic!("misnamed: {error:?}") };
        assert_eq!(error, JsonError { path: path.into(), problem: problem.into() });
    }
}

#[test]
fn a_paid_transaction_that_lacks_its_payment_is_an_error() {
    for (from, to, path) in [
        (r#","transaction_id":"4200001234202608017654321098""#, "", "transaction_id"),
        (r#""4200001234202608017654321098""#, r#""""#, "transaction_id"),
        (r#","total":1280"#, "", "amount.total"),
        (r#""success_time":"2026-08-01T10:02:31+08:00","#, "", "success_time"),
    ] {
        let answer = read_query(&PAID.replace(from, to)).unwrap();
        assert_eq!(answer.value().payment().unwrap_err().path, path);
    }
}

#[test]
fn milliseconds_in_times_are_taken() {
    let body = PAID.replace("10:02:31+08:00", "10:02:31.120+08:00");
    assert!(read_query(&body).unwrap().value().payment().unwrap().is_some());
}

#[test]
fn a_signed_answer_about_another_order_is_not_this_ones() {
    for (from, to, field) in [
        ("KB20260801-0007", "KB20260801-0008", "out_trade_no"),
        ("\"1688001234\"", "\"1688001235\"", "mchid"),
    ] {
        assert_eq!(read_query(&PAID.replace(from, to)), Err(CallError::OtherOrder { field }));
    }
    let id = TransactionId::new("4200001234202608017654321099").unwrap();
    let answer = Signed::new(PAID).answer(200);
    assert_eq!(
        Query::by_transaction_id(mchid(), id).read(&answer, second(NOW), &wechat_pay_keys()),
        Err(CallError::OtherOrder { field: "transaction_id" })
    );
}

#[test]
fn a_query_by_wechat_pays_number_finds_the_order() {
    let id = TransactionId::new("4200001234202608017654321098").unwrap();
    let answer = Signed::new(PAID).answer(200);
    let found = Query::by_transaction_id(mchid(), id).read(&answer, second(NOW), &wechat_pay_keys()).unwrap();
    assert_eq!(found.value().out_trade_no, "KB20260801-0007");
}

#[test]
fn the_customers_id_is_in_no_debug_output() {
    let answer = read_query(PAID).unwrap();
    assert_eq!(
        answer.value().payer.as_ref().unwrap().openid.as_ref().unwrap().expose(),
        "oKB1xYz9Abc_defGHIjklMNOpqr0"
    );
    assert!(!format!("{answer:?}").contains("oKB1xYz9"));
}
