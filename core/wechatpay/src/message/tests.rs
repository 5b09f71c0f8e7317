use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

const NONCE_STR: &str = "Q7wErTy01Zx3CvBn";

fn sha256(text: &[u8]) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_get_request_is_five_lines_and_ends_with_two_line_feeds() {
    let text = request_text(
        "GET",
        "/v3/pay/transactions/out-trade-no/KB20260801-0007?mchid=1688001234",
        1_785_549_600,
        NONCE_STR,
        b"",
    );
    assert_eq!(text.len(), 100);
    assert_eq!(sha256(&text), "279ff201552c89ae001082061358a3064e45bc8647b109fb78268ad4b4231fb1");
}

#[test]
fn a_post_request_signs_its_body_byte_for_byte() {
    let body = r#"{"appid":"wx1f2e3d4c5b6a7988","mchid":"1688001234","description":"绿豆咖啡-拿铁","out_trade_no":"KB20260801-0007","notify_url":"https://pay.example.cn/wx/v3/notify","amount":{"total":1280,"currency":"CNY"}}"#;
    let text = request_text("POST", "/v3/pay/transactions/native", 1_785_549_600, NONCE_STR, body.as_bytes());
    assert_eq!(text.len(), 274);
    assert_eq!(sha256(&text), "be688efe4c91afa1d0e0dfc0081d17f89efb46e6fa73a0e7947aeb1362df5e3c");
}

#[test]
fn an_answer_without_body_still_has_its_third_line() {
    let text = answer_text("1785549601", "AbCdEf0123456789", b"");
    assert_eq!(text.len(), 29);
    assert_eq!(sha256(&text), "d485d6ab0c47680047158f79f23a0b31b0175c5bbc8e035f34dba450fa7b1fde");
}

#[test]
fn an_answer_signs_its_raw_body() {
    let text = answer_text(
        "1785549601",
        "AbCdEf0123456789",
        br#"{"code_url":"weixin://wxpay/bizpayurl?pr=Ab12Cd3"}"#,
    );
    assert_eq!(text.len(), 79);
    assert_eq!(sha256(&text), "95fbf1d6ff93912fedab994b7edce6e8dae43029c960ab9f2b4e275dc8e43147");
}

#[test]
fn authorization_is_written_as_the_protocol_shows_it() {
    let value = Authorization::build(
        "1688001234",
        "5F1E2D3C4B5A69788796A5B4C3D2E1F001234567",
        NONCE_STR,
        1_785_549_600,
        "c2ln",
    )
    .unwrap();
    assert_eq!(
        value,
        r#"WECHATPAY2-SHA256-RSA2048 mchid="1688001234",nonce_str="Q7wErTy01Zx3CvBn",timestamp="1785549600",serial_no="5F1E2D3C4B5A69788796A5B4C3D2E1F001234567",signature="c2ln""#
    );
    assert!(value.is_sensitive());
}

#[test]
fn authorization_is_read_in_any_order_and_with_blanks() {
    let read = Authorization::parse(
        r#"WECHATPAY2-SHA256-RSA2048 signature="c2ln==" , timestamp="1785549600",mchid="1688001234", serial_no="5F",nonce_str="n" "#,
    )
    .unwrap();
    assert_eq!(
        read,
        Authorization {
            mchid: "1688001234".into(),
            nonce_str: "n".into(),
            timestamp: 1_785_549_600,
            serial_no: "5F".into(),
            signature: "c2ln==".into(),
        }
    );
}

#[test]
fn a_wrong_authorization_names_what_is_wrong() {
    let full = r#"mchid="1",nonce_str="n",timestamp="2",serial_no="5F",signature="c2ln""#;
    let missing = AuthorizationError::Missing { name: "signature" };
    let doubled = AuthorizationError::Doubled { name: "mchid" };
    let timestamp = AuthorizationError::Value { name: "timestamp" };
    for (value, expected) in [
        (String::new(), AuthorizationError::Scheme),
        (format!("Bearer {full}"), AuthorizationError::Scheme),
        (format!("WECHATPAY2-SM2-WITH-SM3 {full}"), AuthorizationError::Scheme),
        (format!("{SCHEME} "), AuthorizationError::Pair),
        (format!("{SCHEME} {full},"), AuthorizationError::Pair),
        (format!("{SCHEME} {full},more=\"x\""), AuthorizationError::Pair),
        (format!("{SCHEME} {}", full.replace('"', "'")), AuthorizationError::Pair),
        (format!("{SCHEME} {full},mchid=\"1\""), doubled),
        (format!("{SCHEME} {}", &full[..full.len() - 17]), missing),
        (format!("{SCHEME} {}", full.replace("\"2\"", "\"+2\"")), timestamp.clone()),
        (format!("{SCHEME} {}", full.replace("\"2\"", "\"2e3\"")), timestamp),
        (format!("{SCHEME} {full}{}", " ".repeat(5000)), AuthorizationError::TooLong),
    ] {
        assert_eq!(Authorization::parse(&value), Err(expected), "{value}");
    }
}

#[test]
fn a_value_that_would_break_out_of_its_quotes_is_not_written() {
    assert_eq!(
        Authorization::build("1\",mchid=\"2", "5F", "n", 0, "c2ln"),
        Err(AuthorizationError::Value { name: "mchid" })
    );
}

#[test]
fn debug_output_keeps_the_signature_to_itself() {
    let read = Authorization::parse(
        r#"WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="2",serial_no="5F",signature="c2VjcmV0""#,
    )
    .unwrap();
    assert!(!format!("{read:?}").contains("c2VjcmV0"));
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        mchid in "[0-9]{8,10}", serial in "[0-9A-F]{1,40}", nonce in "[0-9A-Za-z]{1,32}",
        timestamp in 0..i64::MAX, signature in "[0-9A-Za-z+/]{1,344}={0,2}",
    ) {
        let value = Authorization::build(&mchid, &serial, &nonce, timestamp, &signature).unwrap();
        let read = Authorization::parse(value.to_str().unwrap()).unwrap();
        prop_assert_eq!(
            read,
            Authorization { mchid, nonce_str: nonce, timestamp, serial_no: serial, signature }
        );
    }

    #[test]
    fn garbage_in_authorization_never_panics(value in "(WECHATPAY2-SHA256-RSA2048 )?.{0,200}") {
        let _ = Authorization::parse(&value);
    }
}
