use http::HeaderValue;

use super::*;
use Advice::{GiveUp, QueryFirst, RetrySame, Success};
use CallName::{Certificates, Close, NativeOrder, Query};

fn error(call: CallName, status: u16, body: &str) -> ApiError {
    ApiError::read(
        call,
        StatusCode::from_u16(status).unwrap(),
        &HeaderMap::new(),
        &Bytes::copy_from_slice(body.as_bytes()),
    )
}

fn advice(call: CallName, status: u16, code: &str) -> Advice {
    error(call, status, &format!(r#"{{"code":"{code}","message":"…"}}"#)).advice()
}

#[test]
fn an_error_is_read_with_all_it_says() {
    let mut headers = HeaderMap::new();
    headers.insert(REQUEST_ID, HeaderValue::from_static("08A1B2C3D40610FF0118C0FFEE0120010A-268435461"));
    headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
    let body = r#"{"code":"PARAM_ERROR","message":"值低于最小值 1","detail":{"field":"/amount/total","value":"0","issue":"值低于最小值","location":"body"},"new":[]}"#;
    let error = ApiError::read(NativeOrder, StatusCode::BAD_REQUEST, &headers, &body.into());
    let detail = error.detail.clone().unwrap();
    assert_eq!(error.code, Some(Code::ParamError));
    assert_eq!(detail.field.as_deref(), Some("/amount/total"));
    assert_eq!(detail.value.as_deref(), Some("0"));
    assert_eq!(detail.location.as_deref(), Some("body"));
    assert_eq!(error.inner_code(), Some(268_435_461));
    assert_eq!(error.retry_after_seconds, Some(7));
    assert_eq!(
        error.to_string(),
        "WeChat Pay refused the Native order call: 400 PARAM_ERROR (a field is wrong), \"值低于最小值 1\", field \
         /amount/total, Request-ID 08A1B2C3D40610FF0118C0FFEE0120010A-268435461"
    );
    assert!(!format!("{error:?}").contains("value"));
}

#[test]
fn both_spellings_are_one_code() {
    for (one, other) in [
        ("ORDER_NOT_EXIST", "ORDERNOTEXIST"),
        ("ORDER_NOT_EXIST", "ORDER_NOT_EXISTS"),
        ("NO_AUTH", "NOAUTH"),
        ("USER_PAYING", "USERPAYING"),
        ("ACCOUNT_ERROR", "ACCOUNTERROR"),
        ("SYSTEM_ERROR", "SYSTEMERROR"),
        ("FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"),
        ("FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED"),
    ] {
        assert_eq!(Code::new(one), Code::new(other));
        assert!(!matches!(Code::new(one), Code::Unknown(_)), "{one}");
    }
}

#[test]
fn every_code_reads_back_from_its_own_name() {
    for code in Code::ALL {
        assert_eq!(&Code::new(code.as_str()), code);
    }
}

#[test]
fn an_unknown_code_is_a_value_and_the_status_decides() {
    let unknown = Code::new("BRAND_NEW");
    assert_eq!(unknown, Code::Unknown("BRAND_NEW".into()));
    assert_eq!(advice(NativeOrder, 400, "BRAND_NEW"), QueryFirst);
    assert_eq!(advice(Query, 400, "BRAND_NEW"), GiveUp);
    assert_eq!(advice(NativeOrder, 401, "BRAND_NEW"), GiveUp);
    assert_eq!(advice(Close, 202, "BRAND_NEW"), QueryFirst);
    assert_eq!(advice(Close, 429, "BRAND_NEW"), RetrySame);
    assert_eq!(advice(Query, 503, "BRAND_NEW"), RetrySame);
}

#[test]
fn an_unclear_outcome_is_made_clear_by_the_same_call_or_a_query() {
    for call in [NativeOrder, Query, Close, Certificates] {
        assert_eq!(advice(call, 500, "SYSTEM_ERROR"), RetrySame);
        assert_eq!(error(call, 502, "<html>bad gateway</html>").advice(), RetrySame);
    }
    assert_eq!(advice(NativeOrder, 429, "FREQUENCY_LIMITED"), RetrySame);
    assert_eq!(advice(NativeOrder, 500, "BANK_ERROR"), QueryFirst);
    assert_eq!(advice(NativeOrder, 403, "TRADE_ERROR"), QueryFirst);
}

#[test]
fn a_number_used_before_is_queried_before_a_new_one_is_taken() {
    assert_eq!(advice(NativeOrder, 400, "INVALID_REQUEST"), QueryFirst);
    assert_eq!(advice(NativeOrder, 403, "OUT_TRADE_NO_USED"), QueryFirst);
    assert_eq!(advice(NativeOrder, 400, "ORDER_CLOSED"), QueryFirst);
    assert_eq!(advice(NativeOrder, 400, "ORDER_PAID"), QueryFirst);
}

#[test]
fn what_only_a_person_can_put_right_is_given_up() {
    for (status, code) in [
        (400, "PARAM_ERROR"),
        (401, "SIGN_ERROR"),
        (400, "APPID_MCHID_NOT_MATCH"),
        (404, "MCH_NOT_EXISTS"),
        (400, "MCH_NOT_EXISTS"),
        (403, "NO_AUTH"),
        (403, "RULE_LIMIT"),
        (403, "REQUEST_BLOCKED"),
        (500, "OPENID_MISMATCH"),
    ] {
        for call in [NativeOrder, Query, Close] {
            assert_eq!(advice(call, status, code), GiveUp, "{code}");
        }
    }
}

#[test]
fn closing_a_closed_order_is_success_and_a_paid_one_is_queried() {
    assert_eq!(advice(Close, 400, "ORDER_CLOSED"), Success);
    assert_eq!(advice(Close, 400, "ORDER_PAID"), QueryFirst);
    assert_eq!(advice(Close, 202, "USER_PAYING"), QueryFirst);
    assert_eq!(advice(Close, 429, "FREQUENCY_LIMITED"), QueryFirst);
    assert_eq!(advice(Close, 404, "ORDER_NOT_EXIST"), QueryFirst);
}

#[test]
fn an_order_not_found_may_show_a_little_later() {
    assert_eq!(advice(Query, 404, "ORDER_NOT_EXIST"), RetrySame);
}

#[test]
fn a_query_is_never_told_to_query_first() {
    for code in Code::ALL {
        for status in [202, 400, 403, 404, 429, 500] {
            assert_ne!(advice(Query, status, code.as_str()), QueryFirst, "{code}");
        }
    }
}

#[test]
fn a_merchant_without_platform_certificates_does_not_ask_for_ever() {
    assert_eq!(advice(Certificates, 404, "RESOURCE_NOT_EXISTS"), GiveUp);
    assert_eq!(advice(Certificates, 404, "NOT_FOUND"), GiveUp);
}

#[test]
fn an_error_answer_of_any_shape_is_read_as_far_as_it_goes() {
    for body in
        ["", "null", "[]", "<html>", r#"{"code":null}"#, r#"{"code":{"a":1},"message":7,"detail":"x"}"#]
    {
        let error = error(Query, 500, body);
        assert_eq!(error.code, None, "{body}");
        assert_eq!(error.advice(), RetrySame);
    }
}

#[test]
fn control_characters_never_reach_a_log() {
    let error = error(Query, 400, "{\"code\":\"A\\u001bB\",\"message\":\"a\\nb\\u001b[31m\"}");
    assert_eq!(error.code, Some(Code::Unknown("AB".into())));
    assert_eq!(error.message, "ab[31m");
}
