//! The customer's payment code: charged once, reversed, and shown nowhere.

use std::sync::Arc;

use saoma_wechatpay::v3::{
    Advice, Appid, AuthCode, CallError, Caller, Description, Fen, FieldError, Host, Nonce, Stamp, Text,
    Verified,
    codepay::{Charge, ChargeDetail, ChargeGoods, ChargeStore},
    native::{Amount, SettleInfo},
    partner::Merchant,
    reverse,
    transaction::{TradeState, Transaction},
};
use serde_json::{Value, json};

use crate::{
    answers::PAID,
    requests::{mchid, out_trade_no},
    support::{MERCHANT, NOW, Signed, second, unsigned, wechat_pay_keys},
};

const CODE: &str = "134567890123456789";

pub fn merchant() -> Merchant {
    Merchant::new(Appid::new("wx1f2e3d4c5b6a7988").unwrap(), mchid())
}

pub fn charge() -> Charge {
    Charge::new(
        merchant(),
        Description::new("description", "绿豆咖啡-拿铁").unwrap(),
        out_trade_no(),
        Amount::cny(Fen::new(1280).unwrap()).unwrap(),
        ChargeStore::new(None, Some(Text::new("out_id", "main").unwrap())).unwrap(),
        AuthCode::new(CODE).unwrap(),
    )
}

/// A charge with every field that this crate knows.
pub fn full_charge() -> Charge {
    let mut charge = charge();
    charge.attach = Some(Text::new("attach", "till-07").unwrap());
    charge.goods_tag = Some(Text::new("goods_tag", "WXG").unwrap());
    charge.support_fapiao = Some(true);
    charge.scene_info.device_id = Some(Text::new("device_id", "till07").unwrap());
    charge.scene_info.device_ip = Some("192.0.2.7".parse().unwrap());
    charge.scene_info.store_info =
        ChargeStore::new(Some(Text::new("id", "0001").unwrap()), Some(Text::new("out_id", "A1111").unwrap()))
            .unwrap();
    charge.detail = Some(ChargeDetail {
        cost_price: Some(Fen::new(1280).unwrap()),
        invoice_id: Some(Text::new("invoice_id", "R-1").unwrap()),
        goods_detail: vec![ChargeGoods {
            merchant_goods_id: Text::new("merchant_goods_id", "latte").unwrap(),
            wxpay_goods_id: Some(Text::new("wxpay_goods_id", "1001").unwrap()),
            goods_name: Some(Text::new("goods_name", "拿铁").unwrap()),
            quantity: 1.try_into().unwrap(),
            unit_price: Fen::new(1280).unwrap(),
        }],
    });
    charge.settle_info = Some(SettleInfo { profit_sharing: false });
    charge
}

fn read(body: &str) -> Result<Verified<Transaction>, CallError> {
    charge().read(&Signed::new(body.to_owned()).answer(200), second(NOW), &wechat_pay_keys())
}

#[test]
fn a_charge_goes_out_as_the_protocol_shows_it() {
    let call = charge().call();
    assert_eq!(call.path_and_query(), "/v3/pay/transactions/codepay");
    assert_eq!(
        std::str::from_utf8(call.body()).unwrap(),
        r#"{"appid":"wx1f2e3d4c5b6a7988","mchid":"1688001234","description":"绿豆咖啡-拿铁","out_trade_no":"KB20260801-0007","payer":{"auth_code":"134567890123456789"},"amount":{"total":1280,"currency":"CNY"},"scene_info":{"store_info":{"out_id":"main"}}}"#
    );
    let call = reverse::call(&merchant(), &out_trade_no());
    assert_eq!(call.path_and_query(), "/v3/pay/transactions/out-trade-no/KB20260801-0007/reverse");
    assert_eq!(call.body(), r#"{"appid":"wx1f2e3d4c5b6a7988","mchid":"1688001234"}"#);
}

#[test]
fn a_payment_code_is_eighteen_digits_of_a_known_prefix() {
    for prefix in 10..=15 {
        assert!(AuthCode::new(&format!("{prefix}4567890123456789")).is_ok());
    }
    for wrong in [
        "",
        "164567890123456789",
        "094567890123456789",
        "13456789012345678",
        "13456789012345678x",
        "1345678901234567890",
    ] {
        let error = AuthCode::new(wrong).unwrap_err();
        assert_eq!(error.field, "payer.auth_code");
        assert!(!error.to_string().contains("3456"));
    }
}

#[test]
fn a_payment_code_is_printed_nowhere() {
    let charge = charge();
    let host = Host::new("https://api.mch.weixin.qq.com").unwrap();
    let caller = Caller::new(host, Arc::new(MERCHANT.signer()), "saoma/0.1.0 (linux)").unwrap();
    let stamp = Stamp { timestamp: NOW, nonce: Nonce::from_random([0x5a; 16]) };
    let request = caller.sign(&charge.call(), &stamp, None).unwrap();
    let headers = format!("{:?} {}", request.headers(), request.uri());
    for text in [format!("{charge:?}"), format!("{:?}", charge.call()), headers] {
        assert!(!text.contains("3456789"), "{text}");
    }
}

#[test]
fn a_shop_needs_a_number() {
    assert!(matches!(ChargeStore::new(None, None), Err(FieldError { field: "scene_info.store_info", .. })));
    let out_id = Some(Text::new("out_id", "west lake").unwrap());
    assert!(matches!(
        ChargeStore::new(None, out_id),
        Err(FieldError { field: "scene_info.store_info.out_id", .. })
    ));
}

#[test]
fn a_charge_is_paid_only_when_its_state_says_so() {
    let mut body: Value = serde_json::from_str(PAID).unwrap();
    body["trade_type"] = json!("MICROPAY");
    assert!(read(&body.to_string()).unwrap().value().payment().unwrap().is_some());
    body["trade_state"] = json!("USERPAYING");
    let found = read(&body.to_string()).unwrap();
    assert_eq!(
        (found.value().trade_state.clone(), found.value().payment()),
        (TradeState::UserPaying, Ok(None))
    );
}

#[test]
fn the_answer_about_another_charge_is_not_taken() {
    for (member, field) in [("mchid", "mchid"), ("out_trade_no", "out_trade_no")] {
        let mut body: Value = serde_json::from_str(PAID).unwrap();
        body[member] = json!("1688009999");
        assert_eq!(read(&body.to_string()), Err(CallError::OtherOrder { field }));
        let body = json!({"mchid": "1688001234", "out_trade_no": "KB20260801-0007"});
        let mut other = body.clone();
        other[member] = json!("1688009999");
        let reversed = |body: &Value| {
            let answer = Signed::new(body.to_string()).answer(200);
            reverse::read(&merchant(), &out_trade_no(), &answer, second(NOW), &wechat_pay_keys())
        };
        assert!(reversed(&body).is_ok());
        assert_eq!(reversed(&other), Err(CallError::OtherOrder { field }));
    }
}

fn advice(status: u16, code: &str) -> Advice {
    let answer = unsigned(status, "application/json", &format!(r#"{{"code":"{code}","message":"…"}}"#));
    charge().read(&answer, second(NOW), &wechat_pay_keys()).unwrap_err().advice()
}

#[test]
fn a_code_is_never_said_to_be_sent_again() {
    for (status, code) in [
        (202, "USERPAYING"),
        (202, "USER_PAYING"),
        (500, "SYSTEM_ERROR"),
        (500, "BANK_ERROR"),
        (500, "ERROR"),
        (429, "FREQUENCY_LIMITED"),
        (400, "ORDER_PAID"),
        (403, "OUT_TRADE_NO_USED"),
        (400, "INVALID_REQUEST"),
        (400, "BRAND_NEW"),
        (503, ""),
        (429, ""),
    ] {
        assert_eq!(advice(status, code), Advice::QueryFirst, "{code}");
    }
    for (status, code) in [
        (400, "AUTH_CODE_INVALID"),
        (403, "AUTH_CODE_EXPIRE"),
        (403, "AUTHCODEEXPIRE"),
        (400, "AUTH_CODE_ERROR"),
        (403, "NOT_ENOUGH"),
        (403, "RULE_LIMIT"),
        (400, "BUYER_MISMATCH"),
        (400, "NOTSUPORTCARD"),
        (400, "PARAM_ERROR"),
        (403, "NO_AUTH"),
    ] {
        assert_eq!(advice(status, code), Advice::GiveUp, "{code}");
    }
}

#[test]
fn a_reverse_is_made_again_until_a_query_knows() {
    for (status, code, advice) in [
        (500, "SYSTEM_ERROR", Advice::RetrySame),
        (202, "USERPAYING", Advice::QueryFirst),
        (403, "TRADE_ERROR", Advice::QueryFirst),
        (404, "ORDER_NOT_EXIST", Advice::QueryFirst),
        (400, "ORDER_REVERSED", Advice::Success),
        (400, "PARAM_ERROR", Advice::GiveUp),
    ] {
        let answer = unsigned(status, "application/json", &format!(r#"{{"code":"{code}","message":"…"}}"#));
        let error = reverse::read(&merchant(), &out_trade_no(), &answer, second(NOW), &wechat_pay_keys());
        assert_eq!(error.unwrap_err().advice(), advice, "{code}");
    }
}
