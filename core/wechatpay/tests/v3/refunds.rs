//! Money back: what goes out, which answers are believed, what a notification says.

use http::Response;
use saoma_wechatpay::v3::{
    Advice, CallError, Code, Fen, FieldError, JsonError, NotifyUrl, OutRefundNo, RefundId, Text,
    TransactionId, Verified,
    notification::{self, Notice, NotificationError},
    refund::{self, FromAccount, FundsAccount, NewAmount, NewRefund, Refund, RefundGoods, RefundStatus},
};
use serde_json::{Value, json};

use crate::{
    notifications::body_with_refund,
    requests::mchid,
    support::{NOW, Signed, apiv3_key, second, unsigned, wechat_pay_keys},
};

fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

pub fn out_refund_no() -> OutRefundNo {
    OutRefundNo::new("01K1J6QYV00000000000000RF1").unwrap()
}

pub fn new_refund() -> NewRefund {
    let transaction_id = TransactionId::new("4200001234202608017654321098").unwrap();
    NewRefund::new(transaction_id, out_refund_no(), NewAmount::cny(fen(300), fen(1280)).unwrap())
}

/// A refund with every field that this crate knows.
pub fn full_refund() -> NewRefund {
    let mut amount = NewAmount::cny(fen(300), fen(1280)).unwrap();
    amount.from = vec![FromAccount { account: FundsAccount::Available, amount: fen(300) }];
    NewRefund {
        reason: Some(Text::new("reason", "少糖").unwrap()),
        notify_url: Some(NotifyUrl::new("https://pay.example.cn/notify/wechatpay/tea").unwrap()),
        funds_account: Some(FundsAccount::Available),
        amount,
        goods_detail: vec![RefundGoods {
            merchant_goods_id: Text::new("merchant_goods_id", "latte").unwrap(),
            wechatpay_goods_id: Some(Text::new("wechatpay_goods_id", "1001").unwrap()),
            goods_name: Some(Text::new("goods_name", "拿铁").unwrap()),
            unit_price: fen(300),
            refund_amount: fen(300),
            refund_quantity: 1,
        }],
        ..new_refund()
    }
}

/// The least that says how a refund stands.
fn told(status: &str) -> Value {
    json!({
        "refund_id": "50000000382019052709732678859", "out_refund_no": "01K1J6QYV00000000000000RF1",
        "transaction_id": "4200001234202608017654321098", "out_trade_no": "KB20260801-0007",
        "status": status, "amount": {"total": 1280, "refund": 300},
    })
}

fn read(body: &Value) -> Result<Verified<Refund>, CallError> {
    let answer = Signed::new(body.to_string()).answer(200);
    refund::read(&out_refund_no(), &answer, second(NOW), &wechat_pay_keys())
}

#[test]
fn a_refund_goes_out_as_the_protocol_shows_it() {
    let call = refund::call(&mchid(), full_refund().body());
    assert_eq!(call.path_and_query(), "/v3/refund/domestic/refunds");
    assert_eq!(
        std::str::from_utf8(call.body()).unwrap(),
        r#"{"transaction_id":"4200001234202608017654321098","out_refund_no":"01K1J6QYV00000000000000RF1","reason":"少糖","notify_url":"https://pay.example.cn/notify/wechatpay/tea","funds_account":"AVAILABLE","amount":{"refund":300,"from":[{"account":"AVAILABLE","amount":300}],"total":1280,"currency":"CNY"},"goods_detail":[{"merchant_goods_id":"latte","wechatpay_goods_id":"1001","goods_name":"拿铁","unit_price":300,"refund_amount":300,"refund_quantity":1}]}"#
    );
    let again: NewRefund = serde_json::from_slice(call.body()).unwrap();
    assert_eq!(again.body(), full_refund().body(), "what was stored is what is sent again");
    assert_eq!(
        refund::query(&mchid(), None, &out_refund_no()).path_and_query(),
        "/v3/refund/domestic/refunds/01K1J6QYV00000000000000RF1"
    );
    let id = RefundId::new("50000000382019052709732678859").unwrap();
    let call = refund::abnormal_to_merchant(&mchid(), None, &id, &out_refund_no());
    assert_eq!(
        call.path_and_query(),
        "/v3/refund/domestic/refunds/50000000382019052709732678859/apply-abnormal-refund"
    );
    assert_eq!(call.body(), r#"{"out_refund_no":"01K1J6QYV00000000000000RF1","type":"MERCHANT_BANK_CARD"}"#);
}

#[test]
fn an_amount_of_nothing_or_of_more_than_the_order_is_refused() {
    for (refund, total) in [(0, 1280), (1281, 1280)] {
        let refused = NewAmount::cny(fen(refund), fen(total));
        assert!(matches!(refused, Err(FieldError { field: "amount.refund", .. })), "{refund}");
    }
    assert!(NewAmount::cny(fen(1280), fen(1280)).is_ok());
}

#[test]
fn a_refunds_number_is_letters_digits_and_two_signs() {
    for wrong in ["", "a|b", "a@b", "a*b", "a/b", "a b", "退款", &"a".repeat(65)] {
        assert!(matches!(OutRefundNo::new(wrong), Err(FieldError { field: "out_refund_no", .. })), "{wrong}");
    }
    assert!(OutRefundNo::new(&"a_-".repeat(21)).is_ok());
    assert!(matches!(RefundId::new("5/0"), Err(FieldError { field: "refund_id", .. })));
}

#[test]
fn accepted_is_not_given_back() {
    for (text, status) in [
        ("SUCCESS", RefundStatus::Success),
        ("PROCESSING", RefundStatus::Processing),
        ("CLOSED", RefundStatus::Closed),
        ("ABNORMAL", RefundStatus::Abnormal),
        ("NEW", RefundStatus::Unknown("NEW".into())),
    ] {
        assert_eq!(read(&told(text)).unwrap().value().status, status);
    }
}

#[test]
fn the_answer_about_another_refund_is_not_taken() {
    let mut other = told("SUCCESS");
    other["out_refund_no"] = json!("01K1J6QYV00000000000000RF2");
    assert_eq!(read(&other), Err(CallError::OtherOrder { field: "out_refund_no" }));
    let answer = Signed::new(other.to_string()).answer(200);
    let found = refund::read_found(&out_refund_no(), &answer, second(NOW), &wechat_pay_keys());
    assert_eq!(found, Err(CallError::OtherOrder { field: "out_refund_no" }));
    let abnormal = refund::read_abnormal(&out_refund_no(), &answer, second(NOW), &wechat_pay_keys());
    assert_eq!(abnormal, Err(CallError::OtherOrder { field: "out_refund_no" }));
}

#[test]
fn a_missing_or_wrong_member_is_named() {
    for (pointer, wrong, path) in [
        ("/status", None, "status"),
        ("/amount/refund", None, "amount.refund"),
        ("/amount/refund", Some(json!(-1)), "amount.refund"),
        ("/amount/refund", Some(json!(3.5)), "amount.refund"),
        ("/success_time", Some(json!("yesterday")), "success_time"),
    ] {
        let mut body = told("SUCCESS");
        match (pointer.rsplit_once('/').unwrap(), wrong) {
            ((parent, name), Some(wrong)) => body.pointer_mut(parent).unwrap()[name] = wrong,
            ((parent, name), None) => {
                body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
            }
        }
        match read(&body) {
            Err(CallError::Malformed(JsonError { path: found, .. })) => assert_eq!(found, path),
            other => panic!("{pointer}: {other:?}"),
        }
    }
}

#[test]
fn from_may_be_missing_null_or_empty() {
    for from in [json!(null), json!([]), json!([{"account": "AVAILABLE", "amount": 300}])] {
        let mut body = told("SUCCESS");
        body["amount"]["from"] = from;
        assert!(read(&body).is_ok(), "{body}");
    }
}

fn refused(status: u16, code: &str) -> (Option<Code>, Advice) {
    let answer: Response<_> =
        unsigned(status, "application/json", &format!(r#"{{"code":"{code}","message":"…"}}"#));
    match refund::read(&out_refund_no(), &answer, second(NOW), &wechat_pay_keys()) {
        Err(CallError::Refused(error)) => (error.code.clone(), error.advice()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unclear_refund_is_made_again_under_the_same_number_and_a_no_is_asked_about() {
    for (status, code) in
        [(500, "SYSTEM_ERROR"), (500, "BIZ_ERR_NEED_RETRY"), (429, "FREQUENCY_LIMITED"), (502, "")]
    {
        assert_eq!(refused(status, code).1, Advice::RetrySame, "{code}");
    }
    for (status, code) in [
        (400, "INVALID_REQUEST"),
        (404, "RESOURCE_NOT_EXISTS"),
        (404, "ORDER_NOT_EXIST"),
        (403, "USER_ACCOUNT_ABNORMAL"),
        (403, "TRADE_ERROR"),
        (400, "BRAND_NEW"),
    ] {
        assert_eq!(refused(status, code).1, Advice::QueryFirst, "{code}");
    }
    for (status, code) in [(400, "PARAM_ERROR"), (401, "SIGN_ERROR"), (403, "NO_AUTH"), (403, "NOT_ENOUGH")] {
        assert_eq!(refused(status, code).1, Advice::GiveUp, "{code}");
    }
}

#[test]
fn a_refund_that_is_not_found_may_show_a_little_later() {
    for code in ["RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS"] {
        let answer = unsigned(404, "application/json", &format!(r#"{{"code":"{code}","message":"…"}}"#));
        let found = refund::read_found(&out_refund_no(), &answer, second(NOW), &wechat_pay_keys());
        assert!(matches!(found, Err(CallError::Refused(error)) if error.advice() == Advice::RetrySame));
    }
}

/// What is inside a refund notification (WeChat Pay protocol B.9).
fn notice(status: &str) -> Value {
    json!({
        "mchid": "1688001234", "out_trade_no": "KB20260801-0007",
        "transaction_id": "4200001234202608017654321098", "out_refund_no": "01K1J6QYV00000000000000RF1",
        "refund_id": "50000000382019052709732678859", "refund_status": status,
        "success_time": "2026-08-01T10:05:00+08:00", "user_received_account": "支付用户零钱",
        "amount": {"total": 1280, "refund": 300, "payer_total": 1180, "payer_refund": 276},
    })
}

fn notified(event: &str, inside: &Value) -> Result<Notice, NotificationError> {
    let signed = Signed::new(body_with_refund(event, &inside.to_string()));
    notification::read(&signed.headers, &signed.body, second(NOW), &wechat_pay_keys(), &apiv3_key())
}

#[test]
fn a_refund_notification_is_opened_by_its_own_shape() {
    for (event, status) in [
        ("REFUND.SUCCESS", RefundStatus::Success),
        ("REFUND.ABNORMAL", RefundStatus::Abnormal),
        ("REFUND.CLOSED", RefundStatus::Closed),
    ] {
        let Ok(Notice::Refund(found)) = notified(event, &notice(status.as_str())) else { panic!("{event}") };
        assert_eq!(found.value().refund_status, status);
        assert_eq!(found.value().amount.refund.get(), 300);
        assert_eq!(found.value().out_refund_no, "01K1J6QYV00000000000000RF1");
    }
}

#[test]
fn a_refund_object_in_a_notification_is_not_taken_for_a_notice() {
    let Err(error) = notified("REFUND.SUCCESS", &told("SUCCESS")) else { panic!("taken") };
    assert!(matches!(&error, NotificationError::MalformedInside(JsonError { path, .. }) if path == "mchid"));
    assert_eq!(error.answer().status(), 500);
}

#[test]
fn a_payment_event_with_a_refund_inside_is_refused_and_the_other_way_round() {
    let error = notified("TRANSACTION.SUCCESS", &notice("SUCCESS")).unwrap_err();
    assert!(matches!(error, NotificationError::OtherKind { field: "resource.original_type", .. }));
    let signed = Signed::new(crate::notifications::body_with(crate::answers::PAID, |body| {
        body["event_type"] = json!("REFUND.SUCCESS");
    }));
    let error =
        notification::read(&signed.headers, &signed.body, second(NOW), &wechat_pay_keys(), &apiv3_key());
    assert!(matches!(error, Err(NotificationError::OtherKind { field: "resource.original_type", .. })));
}
