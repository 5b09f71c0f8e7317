use super::*;

fn problem<T: fmt::Debug>(result: Result<T, FieldError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn an_order_number_has_6_to_32_letters_digits_underscores_or_hyphens() {
    for text in ["KB20260801-0007", "123456", "_-_-_-", &"A".repeat(32)] {
        assert_eq!(OutTradeNo::new(text).unwrap().as_str(), text);
    }
    for text in [
        "",
        "12345",
        &"A".repeat(33),
        "KB|20260801",
        "KB*20260801",
        "KB 20260801",
        "订单订单订单",
        "a/../b/c",
    ] {
        assert_eq!(
            problem(OutTradeNo::new(text)),
            "out_trade_no must be 6 to 32 letters, digits, _ or -",
            "{text}"
        );
    }
}

#[test]
fn a_merchant_number_is_digits() {
    assert!(Mchid::new("1688001234").is_ok());
    for text in ["", "16880O1234", " 1688001234", "1688001234\n", &"1".repeat(33), "１６８８００１２３４"]
    {
        assert_eq!(problem(Mchid::new(text)), "mchid must be 1 to 32 digits", "{text}");
    }
}

#[test]
fn an_app_id_and_a_transaction_id_stay_within_their_alphabets() {
    assert!(Appid::new("wx1f2e3d4c5b6a7988").is_ok());
    assert!(Appid::new("wx?mchid=2").is_err());
    assert!(TransactionId::new("4200001234202608017654321098").is_ok());
    assert!(TransactionId::new("4200/..").is_err());
}

#[test]
fn a_description_holds_at_most_127_bytes_of_plain_text() {
    let description = |text: &str| Description::new("description", text);
    assert!(description("绿豆咖啡-拿铁").is_ok());
    assert!(description(&"a".repeat(127)).is_ok());
    assert!(description(&format!("{}a", "咖".repeat(42))).is_ok());
    for (text, expected) in [
        (String::new(), "description must not be empty"),
        ("a".repeat(128), "description must not be longer than WeChat Pay takes"),
        ("咖".repeat(43), "description must not be longer than WeChat Pay takes"),
        ("咖啡\n拿铁".into(), "description must not hold control characters"),
        ("a\u{0}b".into(), "description must not hold control characters"),
        ("咖啡☕️🥐".into(), "description must not hold emoji or other characters of four bytes"),
    ] {
        assert_eq!(problem(description(&text)), expected);
    }
}

#[test]
fn a_notify_url_is_public_plain_and_has_a_path() {
    let url = NotifyUrl::new("https://pay.example.cn/wx/v3/notify").unwrap();
    assert!(url.is_https());
    let private = NotifyUrl::new("http://127.0.0.1:8080/notify/wechat/1").unwrap();
    assert!(!private.is_https());
    let long = format!("https://pay.example.cn/{}", "a".repeat(255));
    for text in [
        "",
        "pay.example.cn/notify",
        "ftp://pay.example.cn/notify",
        "https://pay.example.cn",
        "https://pay.example.cn/",
        "https:///notify",
        " https://pay.example.cn/notify",
        "https://pay.example.cn/notify?a=b",
        "https://pay.example.cn/notify#a",
        "https://user@pay.example.cn/notify",
        "https://pay.example.cn/通知",
        &long,
    ] {
        assert!(NotifyUrl::new(text).is_err(), "{text}");
    }
}

#[test]
fn a_wrong_field_in_json_is_named_by_its_rule() {
    let error = serde_json::from_str::<OutTradeNo>("\"1\"").unwrap_err();
    assert!(error.to_string().starts_with("must be 6 to 32 letters"), "{error}");
}

#[test]
fn an_openid_is_never_printed() {
    assert_eq!(format!("{:?}", Openid::new("oKB1xYz9Abc")), "Openid(…)");
}
