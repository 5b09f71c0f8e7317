//! What goes out, byte for byte, and what is refused before it does.

use http::Method;
use saoma_wechatpay::{
    v2::{
        Call, CallName, Fields, OrderNumber, SIGN, SignType, Signing, XmlError, bill, close,
        micropay::Charge,
        native::{self, Order},
        query, reverse,
        xml::ROOT,
    },
    v3::{AuthCode, CallerError, Host, NotifyUrl, Text, bill::FlowAccount, native::Amount},
};

use crate::support::{
    NOW, api_key, caller, fen, merchant, nonce, number, out_trade_no, partner, second, signing,
    transaction_id,
};

pub const AUTH_CODE: &str = "134567890123456789";

pub fn order() -> Order {
    Order::new(
        merchant(),
        Text::new("body", "绿豆咖啡-拿铁").unwrap(),
        out_trade_no(),
        Amount::cny(fen(1280)).unwrap(),
        "203.0.113.9".parse().unwrap(),
        NotifyUrl::new("https://pay.example.cn/notify/wechatpay/tea").unwrap(),
        Text::new("product_id", "01K1J6QYV00000000000000A01").unwrap(),
    )
}

/// An order with every field that this crate knows.
pub fn full_order() -> Order {
    Order {
        merchant: partner(),
        device_info: Some(Text::new("device_info", "till07").unwrap()),
        attach: Some(Text::new("attach", "till-07 & co").unwrap()),
        time_start: Some(second(NOW)),
        time_expire: Some(second(NOW + 300)),
        goods_tag: Some(Text::new("goods_tag", "TEA").unwrap()),
        detail: Some(
            Text::new(
                "detail",
                r#"{"cost_price":1280,"goods_detail":[{"goods_id":"latte","quantity":1,"price":1280}]}"#,
            )
            .unwrap(),
        ),
        scene_info: Some(Text::new("scene_info", r#"{"store_info":{"id":"SZ01"}}"#).unwrap()),
        no_credit: true,
        receipt: Some(true),
        profit_sharing: Some(false),
        ..order()
    }
}

pub fn charge() -> Charge {
    Charge::new(
        merchant(),
        Text::new("body", "绿豆咖啡-拿铁").unwrap(),
        out_trade_no(),
        Amount::cny(fen(1280)).unwrap(),
        "2001:db8::9".parse().unwrap(),
        AuthCode::new(AUTH_CODE).unwrap(),
    )
}

/// A charge with every field that this crate knows.
pub fn full_charge() -> Charge {
    let order = full_order();
    Charge {
        merchant: partner(),
        device_info: order.device_info,
        attach: order.attach,
        time_start: order.time_start,
        time_expire: order.time_expire,
        goods_tag: order.goods_tag,
        detail: order.detail,
        scene_info: order.scene_info,
        no_credit: true,
        receipt: Some(false),
        profit_sharing: Some(true),
        ..charge()
    }
}

fn text(call: &Call) -> &str {
    std::str::from_utf8(call.body()).unwrap()
}

#[test]
fn an_order_is_stored_without_nonce_and_signature() {
    assert_eq!(
        std::str::from_utf8(&order().body()).unwrap(),
        "<xml><appid><![CDATA[wx1f2e3d4c5b6a7988]]></appid><body><![CDATA[绿豆咖啡-拿铁]]></body>\
         <fee_type><![CDATA[CNY]]></fee_type><mch_id><![CDATA[1688001234]]></mch_id>\
         <notify_url><![CDATA[https://pay.example.cn/notify/wechatpay/tea]]></notify_url>\
         <out_trade_no><![CDATA[01K1J6QYV00000000000000A0101]]></out_trade_no>\
         <product_id><![CDATA[01K1J6QYV00000000000000A01]]></product_id>\
         <spbill_create_ip><![CDATA[203.0.113.9]]></spbill_create_ip><total_fee><![CDATA[1280]]></total_fee>\
         <trade_type><![CDATA[NATIVE]]></trade_type></xml>"
    );
}

#[test]
fn a_full_order_of_a_service_provider_has_every_field() {
    assert_eq!(
        std::str::from_utf8(&full_order().body()).unwrap(),
        "<xml><appid><![CDATA[wx1f2e3d4c5b6a7988]]></appid><attach><![CDATA[till-07 & co]]></attach>\
         <body><![CDATA[绿豆咖啡-拿铁]]></body>\
         <detail><![CDATA[{\"cost_price\":1280,\"goods_detail\":[{\"goods_id\":\"latte\",\"quantity\":1,\"price\":1280}]}]]></detail>\
         <device_info><![CDATA[till07]]></device_info><fee_type><![CDATA[CNY]]></fee_type>\
         <goods_tag><![CDATA[TEA]]></goods_tag><limit_pay><![CDATA[no_credit]]></limit_pay>\
         <mch_id><![CDATA[1688001234]]></mch_id>\
         <notify_url><![CDATA[https://pay.example.cn/notify/wechatpay/tea]]></notify_url>\
         <out_trade_no><![CDATA[01K1J6QYV00000000000000A0101]]></out_trade_no>\
         <product_id><![CDATA[01K1J6QYV00000000000000A01]]></product_id>\
         <profit_sharing><![CDATA[N]]></profit_sharing><receipt><![CDATA[Y]]></receipt>\
         <scene_info><![CDATA[{\"store_info\":{\"id\":\"SZ01\"}}]]></scene_info>\
         <spbill_create_ip><![CDATA[203.0.113.9]]></spbill_create_ip>\
         <sub_appid><![CDATA[wx00000000000000ab]]></sub_appid><sub_mch_id><![CDATA[1600000001]]></sub_mch_id>\
         <time_expire><![CDATA[20260801100500]]></time_expire><time_start><![CDATA[20260801100000]]></time_start>\
         <total_fee><![CDATA[1280]]></total_fee><trade_type><![CDATA[NATIVE]]></trade_type>\
         <version><![CDATA[1.0]]></version></xml>"
    );
}

#[test]
fn a_request_is_signed_anew_around_the_stored_fields() {
    let call = native::call(order().body());
    let request = caller().sign(&call, &nonce()).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/pay/unifiedorder");
    assert_eq!(request.headers()["content-type"], "text/xml");
    assert_eq!(request.headers()["user-agent"], "Saoma/0.1");
    let mut sent = Fields::read(ROOT, request.body()).unwrap();
    assert_eq!(sent.get("nonce_str"), Some("5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"));
    assert_eq!(sent.get("sign_type"), Some("HMAC-SHA256"));
    assert_eq!(SignType::of_request(&sent), Ok(SignType::HmacSha256));
    assert_eq!(signing().verify(&sent), Ok(()));
    // The rest is what was stored.
    let stored = call.body().clone();
    for (name, value) in Fields::read(ROOT, &stored).unwrap().iter() {
        assert_eq!(sent.get(name), Some(value));
    }
    sent.set(SIGN, "");
    assert_eq!(sent.iter().count(), Fields::read(ROOT, &stored).unwrap().iter().count() + 3);
}

#[test]
fn md5_is_the_default_and_not_named() {
    let md5 = Signing { key: api_key(), sign_type: SignType::Md5 };
    let caller = saoma_wechatpay::v2::Caller::new(Host::backup(), md5.clone(), "Saoma/0.1").unwrap();
    let request = caller.sign(&query::call(&merchant(), &number()), &nonce()).unwrap();
    let sent = Fields::read(ROOT, request.body()).unwrap();
    assert_eq!((sent.get("sign_type"), sent.get("sign").unwrap().len()), (None, 32));
    assert_eq!(md5.verify(&sent), Ok(()));
    // A fund flow bill is only given for HMAC-SHA256, whatever the merchant uses.
    let date = jiff::civil::date(2026, 8, 1);
    let call = bill::fund_flow(&merchant(), date, FlowAccount::Basic, false);
    let request = caller.sign(&call, &nonce()).unwrap();
    let sent = Fields::read(ROOT, request.body()).unwrap();
    assert_eq!((sent.get("sign_type"), sent.get("sign").unwrap().len()), (Some("HMAC-SHA256"), 64));
}

#[test]
fn the_other_calls_go_out_as_the_protocol_has_them() {
    let of_merchant = |more: &str| format!("<xml><appid><![CDATA[wx1f2e3d4c5b6a7988]]></appid>{more}</xml>");
    let by_ours = of_merchant(
        "<mch_id><![CDATA[1688001234]]></mch_id><out_trade_no><![CDATA[01K1J6QYV00000000000000A0101]]></out_trade_no>",
    );
    let by_theirs = of_merchant(
        "<mch_id><![CDATA[1688001234]]></mch_id><transaction_id><![CDATA[4200001234202608017654321098]]></transaction_id>",
    );
    assert_eq!(text(&query::call(&merchant(), &number())), by_ours);
    assert_eq!(text(&query::call(&merchant(), &OrderNumber::from(transaction_id()))), by_theirs);
    assert_eq!(text(&close::call(&merchant(), &out_trade_no())), by_ours);
    assert_eq!(text(&reverse::call(&merchant(), &number())), by_ours);
    assert_eq!(text(&reverse::call(&merchant(), &transaction_id().into())), by_theirs);
}

#[test]
fn a_charge_carries_the_payment_code_and_never_shows_it() {
    let call = charge().call();
    let sent = Fields::read(ROOT, call.body()).unwrap();
    assert_eq!(sent.get("auth_code"), Some(AUTH_CODE));
    assert_eq!(sent.get("notify_url"), None, "there is no notification");
    assert_eq!(sent.get("spbill_create_ip"), Some("2001:db8::9"));
    for shown in [format!("{:?}", charge()), format!("{call:?}"), format!("{sent:?}")] {
        assert!(!shown.contains(AUTH_CODE), "{shown}");
    }
    let full = full_charge().call();
    let full = Fields::read(ROOT, full.body()).unwrap();
    assert_eq!((full.get("version"), full.get("limit_pay")), (Some("1.0"), Some("no_credit")));
}

#[test]
fn three_calls_need_the_client_certificate() {
    let needing: Vec<_> = [
        CallName::NativeOrder,
        CallName::Query,
        CallName::Close,
        CallName::Micropay,
        CallName::Reverse,
        CallName::Refund,
        CallName::RefundQuery,
        CallName::TradeBill,
        CallName::FundFlowBill,
    ]
    .into_iter()
    .filter(|call| call.needs_client_certificate())
    .map(CallName::path)
    .collect();
    assert_eq!(needing, ["/secapi/pay/reverse", "/secapi/pay/refund", "/pay/downloadfundflow"]);
}

#[test]
fn fields_out_of_their_limits_are_refused_by_name() {
    let problem =
        |result: Result<Text<127>, saoma_wechatpay::v3::FieldError>| result.unwrap_err().to_string();
    assert_eq!(problem(Text::new("body", "")), "body must not be empty");
    assert_eq!(
        problem(Text::new("attach", &"x".repeat(128))),
        "attach must not be longer than WeChat Pay takes"
    );
    assert_eq!(problem(Text::new("body", "a\0b")), "body must not hold control characters");
    assert!(Text::<6000>::new("detail", &"x".repeat(6001)).is_err());
    assert!(Text::<256>::new("scene_info", &"x".repeat(257)).is_err());
    assert!(Text::<32>::new("product_id", &"x".repeat(33)).is_err());
    assert!(Amount::cny(fen(0)).is_err());
    for code in ["", "12345678901234567", "1345678901234567890", "164567890123456789", "13456789012345678x"] {
        assert_eq!(AuthCode::new(code).unwrap_err().field, "payer.auth_code", "{code}");
    }
}

#[test]
fn a_stored_body_that_was_damaged_is_not_sent() {
    let call = native::call("<xml><appid>wx".into());
    assert_eq!(caller().sign(&call, &nonce()).unwrap_err(), XmlError::Truncated);
}

#[test]
fn a_caller_says_who_it_is() {
    for user_agent in ["", " ", "Säoma", "a\nb"] {
        let refused = saoma_wechatpay::v2::Caller::new(Host::primary(), signing(), user_agent).unwrap_err();
        assert_eq!(refused, CallerError::UserAgent);
    }
    let at = caller().at(Host::backup());
    assert_eq!(at.host().name(), "api2.mch.weixin.qq.com");
    let shown = format!("{at:?}");
    assert!(shown.contains("ApiKey(…)"), "{shown}");
}
