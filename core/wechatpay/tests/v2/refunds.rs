//! Money back: what goes out, which answers are believed, how refunds stand.

use bytes::Bytes;
use http::Response;
use saoma_wechatpay::{
    v2::{
        CallError, CallName, Code, OrderNumber, ValueError, Verified,
        refund::{self, Accepted, NewRefund, RefundAccount, RefundPage, RefundQuery},
    },
    v3::{Advice, NotifyUrl, OutRefundNo, RefundId, Text, refund::RefundStatus},
};

use crate::support::{
    NOW, failure, fen, merchant, number, out_trade_no, second, signing, success, told, transaction_id,
};

pub fn out_refund_no() -> OutRefundNo {
    OutRefundNo::new("01K1J6QYV00000000000000RF1").unwrap()
}

pub fn new_refund() -> NewRefund {
    NewRefund::new(merchant(), transaction_id().into(), out_refund_no(), fen(1280), fen(300)).unwrap()
}

/// A refund with every field that this crate knows.
pub fn full_refund() -> NewRefund {
    let mut refund = new_refund();
    refund.refund_desc = Some(Text::new("refund_desc", "少糖").unwrap());
    refund.refund_account = Some(RefundAccount::Recharged);
    refund.notify_url = Some(NotifyUrl::new("https://pay.example.cn/notify/wechatpay/tea").unwrap());
    refund
}

const TAKEN: &[(&str, &str)] = &[
    ("transaction_id", "4200001234202608017654321098"),
    ("out_trade_no", "01K1J6QYV00000000000000A0101"),
    ("out_refund_no", "01K1J6QYV00000000000000RF1"),
    ("refund_id", "50300012342026080112345678901"),
    ("refund_fee", "300"),
    ("settlement_refund_fee", "300"),
    ("total_fee", "1280"),
    ("cash_refund_fee", "250"),
    ("coupon_refund_fee", "50"),
];

fn read(answer: &Response<Bytes>) -> Result<Verified<Accepted>, CallError> {
    refund::read(&merchant(), &out_refund_no(), answer, &signing())
}

const PAGE: &[(&str, &str)] = &[
    ("transaction_id", "4200001234202608017654321098"),
    ("out_trade_no", "01K1J6QYV00000000000000A0101"),
    ("total_fee", "1280"),
    ("total_refund_count", "12"),
    ("refund_count", "2"),
    ("out_refund_no_0", "01K1J6QYV00000000000000RF1"),
    ("refund_id_0", "50300012342026080112345678901"),
    ("refund_channel_0", "ORIGINAL"),
    ("refund_fee_0", "300"),
    ("settlement_refund_fee_0", "300"),
    ("coupon_refund_fee_0", "50"),
    ("refund_status_0", "SUCCESS"),
    ("refund_account_0", "REFUND_SOURCE_UNSETTLED_FUNDS"),
    ("refund_recv_accout_0", "支付用户零钱"),
    ("refund_success_time_0", "2026-08-01 10:05:00"),
    ("out_refund_no_1", "01K1J6QYV00000000000000RF2"),
    ("refund_id_1", "50300012342026080112345678902"),
    ("refund_fee_1", "100"),
    ("refund_status_1", "CHANGE"),
];

fn page(query: &RefundQuery, more: &[(&str, &str)]) -> Result<Verified<RefundPage>, CallError> {
    let mut fields = told(PAGE);
    for (name, value) in more {
        fields.set((*name).to_owned(), (*value).to_owned());
    }
    query.read(&merchant(), &crate::support::signed(fields), &signing())
}

#[test]
fn a_refund_goes_out_as_the_protocol_has_it() {
    let call = refund::call(full_refund().body());
    assert!(call.name().needs_client_certificate());
    assert_eq!(
        std::str::from_utf8(call.body()).unwrap(),
        "<xml><appid><![CDATA[wx1f2e3d4c5b6a7988]]></appid><mch_id><![CDATA[1688001234]]></mch_id>\
         <notify_url><![CDATA[https://pay.example.cn/notify/wechatpay/tea]]></notify_url>\
         <out_refund_no><![CDATA[01K1J6QYV00000000000000RF1]]></out_refund_no>\
         <refund_account><![CDATA[REFUND_SOURCE_RECHARGE_FUNDS]]></refund_account>\
         <refund_desc><![CDATA[少糖]]></refund_desc><refund_fee><![CDATA[300]]></refund_fee>\
         <refund_fee_type><![CDATA[CNY]]></refund_fee_type><total_fee><![CDATA[1280]]></total_fee>\
         <transaction_id><![CDATA[4200001234202608017654321098]]></transaction_id></xml>"
    );
}

#[test]
fn more_than_was_paid_or_nothing_is_refused_before_it_is_sent() {
    let refund = |total, part| {
        NewRefund::new(merchant(), number(), out_refund_no(), fen(total), fen(part)).map(|_| ())
    };
    assert_eq!(refund(1280, 1280), Ok(()));
    assert_eq!(refund(1280, 1281).unwrap_err().to_string(), "refund_fee must not be more than total_fee");
    assert_eq!(refund(1280, 0).unwrap_err().to_string(), "refund_fee must be at least 1 fen");
    assert!(Text::<80>::new("refund_desc", &"x".repeat(81)).is_err());
    assert!(OutRefundNo::new(&"x".repeat(65)).is_err());
}

#[test]
fn an_accepted_refund_says_what_is_given_back() {
    let taken = read(&success(TAKEN)).unwrap().into_parts().0;
    assert_eq!((taken.total_fee, taken.refund_fee), (fen(1280), fen(300)));
    assert_eq!((taken.cash_refund_fee, taken.coupon_refund_fee), (Some(fen(250)), Some(fen(50))));
    assert_eq!(taken.refund_id, "50300012342026080112345678901");
    for field in ["refund_id", "transaction_id", "out_trade_no", "total_fee", "refund_fee"] {
        let mut fields = told(TAKEN);
        fields.set(field, "");
        let error = read(&crate::support::signed(fields)).unwrap_err();
        assert_eq!(error, CallError::Malformed(ValueError { field: field.into(), problem: "missing" }));
        assert_eq!(error.advice(CallName::Refund), Advice::QueryFirst);
    }
    let mut other = told(TAKEN);
    other.set("out_refund_no", "01K1J6QYV00000000000000RF9");
    let error = read(&crate::support::signed(other)).unwrap_err();
    assert_eq!(error, CallError::OtherOrder { field: "out_refund_no" });
}

#[test]
fn an_unclear_refund_is_repeated_with_the_same_number() {
    for code in ["SYSTEMERROR", "BIZERR_NEED_RETRY"] {
        assert_eq!(read(&failure(code)).unwrap_err().advice(CallName::Refund), Advice::RetrySame, "{code}");
    }
    // Users report one meaning in several ways (WeChat Pay protocol J).
    let unsigned = crate::support::answer(
        "<xml><return_code>FAIL</return_code><return_msg>invalid refund_fee</return_msg></xml>",
    );
    for answer in [failure("INVALID_REQUEST"), failure("ERROR"), failure("REFUND_FEE_MISMATCH"), unsigned] {
        assert_eq!(read(&answer).unwrap_err().advice(CallName::Refund), Advice::QueryFirst);
    }
}

#[test]
fn a_question_about_refunds_goes_out_by_any_number() {
    let ask = |query: RefundQuery| {
        let call = query.call(&merchant());
        assert!(!call.name().needs_client_certificate());
        String::from_utf8(call.body().to_vec()).unwrap().replace("<![CDATA[", "").replace("]]>", "")
    };
    let around =
        |more: &str| format!("<xml><appid>wx1f2e3d4c5b6a7988</appid><mch_id>1688001234</mch_id>{more}</xml>");
    assert_eq!(
        ask(RefundQuery::OutRefundNo(out_refund_no())),
        around("<out_refund_no>01K1J6QYV00000000000000RF1</out_refund_no>")
    );
    assert_eq!(
        ask(RefundQuery::RefundId(RefundId::new("50300012342026080112345678901").unwrap())),
        around("<refund_id>50300012342026080112345678901</refund_id>")
    );
    assert_eq!(
        ask(RefundQuery::Order { number: number(), offset: 0 }),
        around("<out_trade_no>01K1J6QYV00000000000000A0101</out_trade_no>")
    );
    assert_eq!(
        ask(RefundQuery::Order { number: number(), offset: 10 }),
        around("<offset>10</offset><out_trade_no>01K1J6QYV00000000000000A0101</out_trade_no>")
    );
}

#[test]
fn a_page_of_refunds_says_how_each_stands() {
    let query = RefundQuery::Order { number: OrderNumber::from(out_trade_no()), offset: 0 };
    let found = page(&query, &[]).unwrap().into_parts().0;
    assert_eq!((found.total_refund_count, found.refunds.len(), found.total_fee), (Some(12), 2, fen(1280)));
    let first = &found.refunds[0];
    assert_eq!((&first.status, first.refund_fee), (&RefundStatus::Success, fen(300)));
    assert_eq!(first.success_time, Some(second(NOW + 300)));
    assert_eq!(first.received_account.as_deref(), Some("支付用户零钱"));
    assert_eq!(found.refunds[1].status, RefundStatus::Abnormal);
    for (text, status) in [
        ("PROCESSING", RefundStatus::Processing),
        ("REFUNDCLOSE", RefundStatus::Closed),
        ("CLOSED", RefundStatus::Unknown("CLOSED".into())),
        ("DONE", RefundStatus::Unknown("DONE".into())),
    ] {
        let found = page(&query, &[("refund_status_0", text)]).unwrap();
        assert_eq!(found.value().refunds[0].status, status);
    }
}

#[test]
fn a_page_about_another_order_or_refund_is_not_taken() {
    let other = |query: RefundQuery, field| {
        assert_eq!(page(&query, &[]).unwrap_err(), CallError::OtherOrder { field });
    };
    other(RefundQuery::OutRefundNo(OutRefundNo::new("RF9").unwrap()), "out_refund_no");
    other(RefundQuery::RefundId(RefundId::new("5039").unwrap()), "refund_id");
    let order = saoma_wechatpay::v3::OutTradeNo::new("01K1J6QYV00000000000000A0199").unwrap();
    other(RefundQuery::Order { number: order.into(), offset: 0 }, "out_trade_no");
    assert!(page(&RefundQuery::OutRefundNo(out_refund_no()), &[]).is_ok());
}

#[test]
fn a_page_that_is_not_as_documented_is_refused_by_field() {
    let query = RefundQuery::OutRefundNo(out_refund_no());
    for (field, value) in [
        ("refund_count", ""),
        ("refund_count", "51"),
        ("refund_count", "3"),
        ("refund_fee_0", ""),
        ("refund_fee_1", "1.00"),
        ("refund_status_0", ""),
        ("refund_success_time_0", "20260801100500"),
        ("refund_success_time_0", "2026-02-30 10:05:00"),
        ("total_fee", ""),
    ] {
        let CallError::Malformed(error) = page(&query, &[(field, value)]).unwrap_err() else {
            panic!("{field}")
        };
        let expected = if value == "3" { "refund_id_2" } else { field };
        assert_eq!(error.field, expected, "{field}={value}");
    }
}

#[test]
fn an_unknown_refund_may_show_a_little_later() {
    let query = RefundQuery::OutRefundNo(out_refund_no());
    let error = query.read(&merchant(), &failure("REFUNDNOTEXIST"), &signing()).unwrap_err();
    assert!(matches!(&error, CallError::Refused(refused) if refused.code == Some(Code::RefundNotExist)));
    assert_eq!(error.advice(CallName::RefundQuery), Advice::RetrySame);
}
