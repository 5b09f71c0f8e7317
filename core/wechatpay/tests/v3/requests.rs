//! What goes on the wire, byte for byte.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, header};
use jiff::civil::date;
use saoma_wechatpay::{
    bill::TradeKind,
    keys::{Serial, SignError, Signer},
    message::{self, Authorization},
    v3::{
        Appid, Call, Caller, CallerError, Description, Fen, FieldError, Host, Mchid, Nonce, NotifyUrl,
        OutTradeNo, Stamp, Text, TransactionId,
        bill::{self, DownloadUrl, FlowAccount},
        certificates, close,
        native::{self, Amount, Detail, Goods, Order, SceneInfo, SettleInfo, StoreInfo},
        query::Query,
    },
};

use crate::support::{MERCHANT, NOW, second};

pub fn mchid() -> Mchid {
    Mchid::new("1688001234").unwrap()
}

pub fn out_trade_no() -> OutTradeNo {
    OutTradeNo::new("KB20260801-0007").unwrap()
}

pub fn order() -> Order {
    Order::new(
        Appid::new("wx1f2e3d4c5b6a7988").unwrap(),
        mchid(),
        Description::new("description", "绿豆咖啡-拿铁").unwrap(),
        out_trade_no(),
        NotifyUrl::new("https://pay.example.cn/wx/v3/notify").unwrap(),
        Amount::cny(Fen::new(1280).unwrap()).unwrap(),
    )
}

/// An order with every field that this crate knows.
pub fn full_order() -> Order {
    let fen = |fen| Fen::new(fen).unwrap();
    Order {
        // 2026-08-01T10:05:00.750+08:00
        time_expire: Some(second(NOW + 300) + std::time::Duration::from_millis(750)),
        attach: Some(Text::new("attach", "till-07").unwrap()),
        goods_tag: Some(Text::new("goods_tag", "WXG").unwrap()),
        support_fapiao: Some(true),
        detail: Some(Detail {
            cost_price: Some(fen(1280)),
            invoice_id: Some(Text::new("invoice_id", "R-1").unwrap()),
            goods_detail: vec![Goods {
                merchant_goods_id: Text::new("merchant_goods_id", "latte").unwrap(),
                wechatpay_goods_id: Some(Text::new("wechatpay_goods_id", "1001").unwrap()),
                goods_name: Some(Text::new("goods_name", "拿铁").unwrap()),
                quantity: 1.try_into().unwrap(),
                unit_price: fen(1280),
            }],
        }),
        scene_info: Some(SceneInfo {
            payer_client_ip: "2001:db8::1".parse().unwrap(),
            device_id: Some(Text::new("device_id", "till07").unwrap()),
            store_info: Some(StoreInfo {
                id: Text::new("id", "0001").unwrap(),
                name: Text::new("name", "南山店").unwrap(),
                area_code: Text::new("area_code", "440305").unwrap(),
                address: Text::new("address", "深圳市南山区").unwrap(),
            }),
        }),
        settle_info: Some(SettleInfo { profit_sharing: false }),
        ..order()
    }
}

fn caller() -> Caller {
    let host = Host::new("https://api.mch.weixin.qq.com/").unwrap();
    Caller::new(host, Arc::new(MERCHANT.signer()), "saoma/0.1.0 (linux)").unwrap()
}

fn stamp() -> Stamp {
    Stamp { timestamp: NOW, nonce: Nonce::from_random([0x5a; 16]) }
}

fn signed(call: &Call) -> Request<Bytes> {
    caller().sign(call, &stamp(), None).unwrap()
}

fn header(request: &Request<Bytes>, name: header::HeaderName) -> &str {
    request.headers()[name].to_str().unwrap()
}

/// What a server of WeChat Pay's concludes from the request as sent.
fn verifies(request: &Request<Bytes>) -> bool {
    let sent = Authorization::parse(header(request, header::AUTHORIZATION)).unwrap();
    let text = message::request_text(
        request.method().as_str(),
        request.uri().path_and_query().unwrap().as_str(),
        sent.timestamp,
        &sent.nonce_str,
        request.body(),
    );
    assert_eq!(sent.mchid, "1688001234");
    assert_eq!(sent.serial_no, MERCHANT.serial);
    let signature = STANDARD.decode(sent.signature).unwrap();
    MERCHANT.verifier().verify_signature(&text, &signature).is_ok()
}

#[test]
fn a_native_order_goes_out_as_the_protocol_shows_it() {
    let request = signed(&native::call(&mchid(), order().body()));
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/pay/transactions/native");
    assert_eq!(header(&request, header::ACCEPT), "application/json");
    assert_eq!(header(&request, header::CONTENT_TYPE), "application/json");
    assert_eq!(header(&request, header::USER_AGENT), "saoma/0.1.0 (linux)");
    assert!(!request.headers().contains_key(message::SERIAL));
    assert_eq!(
        std::str::from_utf8(request.body()).unwrap(),
        r#"{"appid":"wx1f2e3d4c5b6a7988","mchid":"1688001234","description":"绿豆咖啡-拿铁","out_trade_no":"KB20260801-0007","notify_url":"https://pay.example.cn/wx/v3/notify","amount":{"total":1280,"currency":"CNY"}}"#
    );
    assert!(verifies(&request));
}

#[test]
fn every_call_is_signed_over_what_is_sent() {
    for (call, method, path_and_query, body) in [
        (
            Query::by_out_trade_no(mchid(), out_trade_no()).call(),
            "GET",
            "/v3/pay/transactions/out-trade-no/KB20260801-0007?mchid=1688001234",
            "",
        ),
        (
            Query::by_transaction_id(mchid(), TransactionId::new("4200001234202608017654321098").unwrap())
                .call(),
            "GET",
            "/v3/pay/transactions/id/4200001234202608017654321098?mchid=1688001234",
            "",
        ),
        (
            close::call(&mchid(), &out_trade_no()),
            "POST",
            "/v3/pay/transactions/out-trade-no/KB20260801-0007/close",
            r#"{"mchid":"1688001234"}"#,
        ),
        (certificates::call(&mchid()), "GET", "/v3/certificates", ""),
        (
            bill::trade(&mchid(), date(2026, 8, 1), TradeKind::All, None, false),
            "GET",
            "/v3/bill/tradebill?bill_date=2026-08-01&bill_type=ALL",
            "",
        ),
        (
            bill::trade(&mchid(), date(2026, 8, 1), TradeKind::Refund, Some(&mchid()), true),
            "GET",
            "/v3/bill/tradebill?bill_date=2026-08-01&bill_type=REFUND&sub_mchid=1688001234&tar_type=GZIP",
            "",
        ),
        (
            bill::fund_flow(&mchid(), date(2026, 8, 1), FlowAccount::Basic, true),
            "GET",
            "/v3/bill/fundflowbill?bill_date=2026-08-01&account_type=BASIC&tar_type=GZIP",
            "",
        ),
        (
            bill::download(&mchid(), &download_url()),
            "GET",
            "/v3/billdownload/file?token=Inv3ntedT0ken&tartype=gzip",
            "",
        ),
    ] {
        let request = signed(&call);
        assert_eq!(request.method(), method);
        assert_eq!(request.uri().path_and_query().unwrap(), path_and_query);
        assert_eq!(request.body(), body);
        assert_eq!(request.headers().contains_key(header::CONTENT_TYPE), !body.is_empty());
        assert!(verifies(&request), "{path_and_query}");
    }
}

fn download_url() -> DownloadUrl {
    DownloadUrl::new(" https://api.mch.weixin.qq.com/v3/billdownload/file?token=Inv3ntedT0ken&tartype=gzip")
        .unwrap()
}

#[test]
fn a_bill_is_downloaded_from_wechat_pay_alone() {
    let at = |host: &str| caller().at(Host::new(host).unwrap());
    let url = download_url();
    let elsewhere = at("https://api2.mch.weixin.qq.com");
    assert_eq!(url.caller(&elsewhere).unwrap().host(), caller().host());
    assert!(url.caller(&at("https://double.example.cn")).is_none(), "a double has no files at WeChat Pay");
    let double = DownloadUrl::new("http://127.0.0.1:8080/v3/billdownload/file?token=1").unwrap();
    assert!(double.caller(&caller()).is_none(), "a signed request never leaves WeChat Pay's hosts");
    assert!(double.caller(&at("http://127.0.0.1:8080")).is_some());
    assert!(double.caller(&at("http://127.0.0.1:8081")).is_none());
    assert!(!format!("{url:?}").contains("Inv3nted"), "the token is a secret");
    for wrong in ["", "/v3/billdownload/file", "ftp://a.example/b", "https://u@a.example/b", "https://a b/c"]
    {
        assert_eq!(DownloadUrl::new(wrong).unwrap_err().field, "download_url", "{wrong}");
    }
    assert!(DownloadUrl::new(&format!("https://a.example/{}", "x".repeat(2048))).is_err());
}

#[test]
fn a_stored_body_is_sent_again_byte_for_byte_under_a_fresh_signature() {
    let stored = full_order().body();
    let call = native::call(&mchid(), stored.clone());
    let first = signed(&call);
    let later = Stamp { timestamp: NOW + 60, nonce: Nonce::from_random([7; 16]) };
    let second = caller().sign(&call, &later, None).unwrap();
    assert_eq!(first.body(), &stored);
    assert_eq!(second.body(), &stored);
    assert_ne!(header(&first, header::AUTHORIZATION), header(&second, header::AUTHORIZATION));
    assert!(verifies(&first) && verifies(&second));
}

#[test]
fn the_key_to_answer_with_is_named_in_every_call_once_it_is_known() {
    let id = Serial::new("PUB_KEY_ID_0116880012342026080100000000001234").unwrap();
    let request =
        caller().sign(&Query::by_out_trade_no(mchid(), out_trade_no()).call(), &stamp(), Some(&id)).unwrap();
    assert_eq!(header(&request, message::SERIAL), id.as_str());
}

#[test]
fn the_backup_host_gets_the_same_call() {
    let call = certificates::call(&mchid());
    let request = caller().at(Host::backup()).sign(&call, &stamp(), None).unwrap();
    assert_eq!(request.uri(), "https://api2.mch.weixin.qq.com/v3/certificates");
    // The host is not signed, so one signature is good at both.
    assert_eq!(header(&request, header::AUTHORIZATION), header(&signed(&call), header::AUTHORIZATION));
}

#[test]
fn the_authorization_stays_out_of_debug_output() {
    let request = signed(&certificates::call(&mchid()));
    assert!(!format!("{request:?}").contains("signature="));
}

#[test]
fn a_nonce_has_32_characters() {
    assert_eq!(Nonce::from_random([0x0f; 16]).as_str(), "0f".repeat(16));
}

#[test]
fn time_expire_is_written_in_beijing_time_and_whole_seconds() {
    let body: serde_json::Value = serde_json::from_slice(&full_order().body()).unwrap();
    assert_eq!(body["time_expire"], "2026-08-01T10:05:00+08:00");
}

#[test]
fn an_order_of_nothing_cannot_be_built() {
    assert_eq!(
        Amount::cny(Fen::new(0).unwrap()),
        Err(FieldError { field: "amount.total", problem: "must be at least 1 fen" })
    );
    assert!(Fen::new(-1).is_err());
}

#[test]
fn only_wechat_pays_own_hosts_are_real_money() {
    for url in
        ["https://api.mch.weixin.qq.com", "https://API2.mch.weixin.qq.com:443/", "https://api.wechatpay.cn"]
    {
        assert!(Host::new(url).unwrap().is_wechat_pay(), "{url}");
    }
    for url in [
        "http://api.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com:8443",
        "https://api.mch.weixin.qq.com.example.cn",
        "http://127.0.0.1:8080",
        "https://[::1]:8080",
    ] {
        assert!(!Host::new(url).unwrap().is_wechat_pay(), "{url}");
    }
    assert!(Host::primary().is_wechat_pay() && Host::backup().is_wechat_pay());
}

#[test]
fn what_is_no_host_is_refused() {
    for url in [
        "",
        "api.mch.weixin.qq.com",
        "ftp://api.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com/v3",
        "https://api.mch.weixin.qq.com?a=b",
        "https://user@api.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com#a",
        "https://",
    ] {
        assert_eq!(Host::new(url), Err(CallerError::Host), "{url}");
    }
}

#[test]
fn a_caller_without_a_user_agent_cannot_be_built() {
    for user_agent in ["", "  ", "扫码", "a\r\nb"] {
        let caller = Caller::new(Host::primary(), Arc::new(MERCHANT.signer()), user_agent);
        assert_eq!(caller.unwrap_err(), CallerError::UserAgent);
    }
}

#[test]
fn a_signer_that_cannot_sign_is_told() {
    struct Locked;
    impl Signer for Locked {
        fn serial_no(&self) -> &str {
            "5F"
        }
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
            Err(SignError { serial_no: "5F".into(), reason: "the key service is away".into() })
        }
    }
    let caller = Caller::new(Host::primary(), Arc::new(Locked), "saoma").unwrap();
    let error = caller.sign(&certificates::call(&mchid()), &stamp(), None).unwrap_err();
    assert_eq!(error.to_string(), "cannot sign with key 5F: the key service is away");
}
