//! Downloading bills: what goes out, and what is a file.

use http::StatusCode;
use jiff::civil::date;
use saoma_wechatpay::{
    bill::{Sha1Hash, TradeKind},
    v2::{Call, CallError, Code, Fields, XmlError, bill, xml::ROOT},
    v3::{Advice, bill::FlowAccount},
};

use crate::support::{answer, merchant};

fn trade() -> Call {
    bill::trade(&merchant(), date(2026, 8, 1), TradeKind::All, false)
}

fn sent(call: &Call, name: &str) -> Option<String> {
    Fields::read(ROOT, call.body()).unwrap().get(name).map(str::to_owned)
}

#[test]
fn bills_are_asked_for_by_day_and_kind() {
    assert_eq!(sent(&trade(), "bill_date").as_deref(), Some("20260801"));
    assert_eq!(sent(&trade(), "bill_type").as_deref(), Some("ALL"));
    assert_eq!(sent(&trade(), "tar_type"), None);
    for (kind, text) in [(TradeKind::Success, "SUCCESS"), (TradeKind::Refund, "REFUND")] {
        let call = bill::trade(&merchant(), date(2026, 8, 1), kind, true);
        assert_eq!(sent(&call, "bill_type").as_deref(), Some(text));
        assert_eq!(sent(&call, "tar_type").as_deref(), Some("GZIP"));
    }
    for (account, text) in
        [(FlowAccount::Basic, "Basic"), (FlowAccount::Operation, "Operation"), (FlowAccount::Fees, "Fees")]
    {
        let call = bill::fund_flow(&merchant(), date(2026, 8, 1), account, false);
        assert_eq!(sent(&call, "account_type").as_deref(), Some(text));
        assert!(call.name().needs_client_certificate());
    }
}

#[test]
fn a_file_is_told_by_its_first_bytes() {
    for body in [&b"\xef\xbb\xbf\xe4\xba\xa4"[..], b"\x1f\x8b\x08", "交易时间,".as_bytes(), b""] {
        assert_eq!(bill::is_file(&trade(), &answer(body.to_vec())), Ok(()));
    }
    let mut gateway = answer("");
    *gateway.status_mut() = StatusCode::BAD_GATEWAY;
    let error = bill::is_file(&trade(), &gateway).unwrap_err();
    assert_eq!(error, CallError::Status { status: StatusCode::BAD_GATEWAY });
}

#[test]
fn a_refusal_in_the_place_of_a_file_says_why() {
    let refusal = |text: &str| {
        let body = format!(
            "<xml><return_code>FAIL</return_code><return_msg>{text}</return_msg><error_code>20002</error_code></xml>"
        );
        let CallError::Refused(refused) = bill::is_file(&trade(), &answer(body)).unwrap_err() else {
            panic!()
        };
        (refused.code.clone(), refused.advice())
    };
    assert_eq!(refusal("No Bill Exist"), (Some(Code::NoBillExist), Advice::GiveUp));
    assert_eq!(refusal("NO Bill Exist"), (Some(Code::NoBillExist), Advice::GiveUp));
    assert_eq!(refusal("Bill Creating"), (Some(Code::BillCreating), Advice::RetrySame));
    assert_eq!(refusal("CompressGZip Error"), (Some(Code::SystemError), Advice::RetrySame));
    assert_eq!(refusal("invalid bill_type"), (Some(Code::ParamError), Advice::GiveUp));
    assert_eq!(refusal("SIGN ERROR"), (Some(Code::SignError), Advice::GiveUp));
    assert_eq!(refusal("something else"), (None, Advice::RetrySame));
    let business = "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
        <err_code>NO_BILL_EXIST</err_code></xml>";
    let CallError::Refused(refused) = bill::is_file(&trade(), &answer(business)).unwrap_err() else {
        panic!()
    };
    assert_eq!((refused.code, refused.is_signed), (Some(Code::NoBillExist), false));
}

#[test]
fn a_message_that_is_neither_file_nor_refusal_is_refused() {
    assert_eq!(bill::is_file(&trade(), &answer("<xml><a>")), Err(CallError::Xml(XmlError::Truncated)));
    let success = answer("<xml><return_code>SUCCESS</return_code></xml>");
    assert!(matches!(bill::is_file(&trade(), &success), Err(CallError::Malformed(_))));
}

#[test]
fn a_fund_flow_bills_hash_stands_in_a_header() {
    let mut head = answer("");
    assert_eq!(bill::digest(head.headers()), None);
    let hash = Sha1Hash::of(b"a bill");
    head.headers_mut().insert("Digest", format!("SHA={hash}").parse().unwrap());
    assert_eq!(bill::digest(head.headers()), Some(hash));
    head.headers_mut().insert("Digest", "SHA-256=00".parse().unwrap());
    assert_eq!(bill::digest(head.headers()), None);
}
