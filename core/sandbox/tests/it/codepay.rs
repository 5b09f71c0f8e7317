//! The customer's payment code: charged, waited for, taken back.

use serde_json::{Value, json};

use super::play::{Merchant, Reply, Stage};

const CODEPAY: &str = "/v3/pay/transactions/codepay";

async fn shown(stage: &Stage, customer: Value) -> String {
    let (status, told) = stage.post("/_sandbox/wallet-code", customer).await;
    assert_eq!(status, 200, "{told}");
    told["auth_code"].as_str().unwrap().to_owned()
}

fn body(merchant: &Merchant, number: &str, auth_code: &str, total: i64) -> Value {
    json!({
        "appid": merchant.appid,
        "mchid": merchant.mchid,
        "description": "绿豆咖啡-拿铁",
        "out_trade_no": number,
        "payer": { "auth_code": auth_code },
        "amount": { "total": total },
        "scene_info": { "device_id": "till07", "store_info": { "out_id": "1001" } },
    })
}

async fn charge(stage: &Stage, number: &str, auth_code: &str) -> Reply {
    let merchant = stage.merchant();
    merchant.post(stage, CODEPAY, &body(&merchant, number, auth_code, 1280)).await
}

async fn reverse(stage: &Stage, number: &str) -> Reply {
    let merchant = stage.merchant();
    let body = json!({ "appid": merchant.appid, "mchid": merchant.mchid });
    merchant.post(stage, &format!("/v3/pay/transactions/out-trade-no/{number}/reverse"), &body).await
}

async fn balance(stage: &Stage) -> i64 {
    let mchid = stage.merchant().mchid;
    stage.post("/_sandbox/balance", json!({ "mchid": mchid })).await.1["balance"].as_i64().unwrap()
}

fn coded(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_charged_code_pays_at_once_and_nothing_is_notified() {
    let stage = Stage::set().await;
    let (status, told) = stage.post("/_sandbox/wallet-code", json!({})).await;
    let auth_code = told["auth_code"].as_str().unwrap();
    assert_eq!((status, auth_code.len()), (200, 18));
    assert!(("10".."15").contains(&&auth_code[..2]), "{auth_code}");
    let paid = charge(&stage, "CODEPAY-01", auth_code).await;
    assert_eq!(paid.status, 200, "{paid:?}");
    let paid = paid.json();
    assert_eq!((&paid["trade_state"], &paid["trade_type"]), (&json!("SUCCESS"), &json!("MICROPAY")));
    assert_eq!(paid["payer"]["openid"], told["openid"]);
    assert_eq!(stage.merchant().query(&stage, "CODEPAY-01").await.json(), paid);
    assert_eq!(stage.get("/_sandbox/notifications").await, json!([]));
    let again = charge(&stage, "CODEPAY-01", auth_code).await;
    assert_eq!(coded(&again), (400, "ORDER_PAID".into()));
}

#[tokio::test]
async fn a_code_that_needs_the_password_is_waited_for() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for (number, outcome, state) in [
        ("CODEPAY-01", "success", "SUCCESS"),
        ("CODEPAY-02", "cancel", "NOTPAY"),
        ("CODEPAY-03", "bank_error", "PAYERROR"),
        ("CODEPAY-04", "not_enough", "PAYERROR"),
    ] {
        let auth_code = shown(&stage, json!({ "password": true })).await;
        let pending = charge(&stage, number, &auth_code).await;
        assert_eq!(coded(&pending), (202, "USERPAYING".into()));
        assert_eq!(merchant.trade_state(&stage, number).await, "USERPAYING");
        assert_eq!(
            coded(&charge(&stage, number, &auth_code).await),
            (202, "USERPAYING".into()),
            "the same again"
        );
        stage.pay_with(json!({ "auth_code": auth_code, "outcome": outcome })).await;
        assert_eq!(merchant.trade_state(&stage, number).await, state, "{outcome}");
        let later = stage.pay_with(json!({ "auth_code": auth_code })).await;
        assert_eq!(later["trade_state"], state, "nobody comes back to {outcome}");
    }
}

#[tokio::test]
async fn large_amounts_ask_for_the_password_and_nobody_waits_for_ever() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let auth_code = shown(&stage, json!({})).await;
    let pending = merchant.post(&stage, CODEPAY, &body(&merchant, "CODEPAY-01", &auth_code, 100_000)).await;
    assert_eq!(coded(&pending), (202, "USERPAYING".into()));
    stage.advance(300).await;
    assert_eq!(merchant.trade_state(&stage, "CODEPAY-01").await, "NOTPAY");
    let late = stage.pay_with(json!({ "auth_code": auth_code })).await;
    assert_eq!((&late["trade_state"], &late["customer"]["saw"]), (&json!("NOTPAY"), &json!("code_dead")));
}

#[tokio::test]
async fn a_code_serves_one_order_once_within_a_minute() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let auth_code = shown(&stage, json!({})).await;
    charge(&stage, "CODEPAY-01", &auth_code).await;
    assert_eq!(coded(&charge(&stage, "CODEPAY-02", &auth_code).await), (400, "AUTH_CODE_INVALID".into()));
    assert_eq!(merchant.query(&stage, "CODEPAY-02").await.status, 404, "nothing happened");

    let pending = shown(&stage, json!({ "password": true })).await;
    charge(&stage, "CODEPAY-03", &pending).await;
    assert_eq!(coded(&charge(&stage, "CODEPAY-04", &pending).await), (400, "AUTH_CODE_INVALID".into()));

    let old = shown(&stage, json!({})).await;
    stage.advance(60).await;
    assert_eq!(coded(&charge(&stage, "CODEPAY-05", &old).await), (403, "AUTH_CODE_EXPIRE".into()));
    for wrong in ["134567890123456789", "164567890123456789", "1", "13456789012345678x"] {
        assert_eq!(
            coded(&charge(&stage, "CODEPAY-06", wrong).await),
            (400, "AUTH_CODE_INVALID".into()),
            "{wrong}"
        );
    }
    let others = shown(&stage, json!({ "mchid": stage.other_merchant().mchid })).await;
    assert_eq!(coded(&charge(&stage, "CODEPAY-07", &others).await), (400, "AUTH_CODE_INVALID".into()));
    let fresh = shown(&stage, json!({})).await;
    assert_eq!(coded(&charge(&stage, "CODEPAY-03", &fresh).await), (403, "OUT_TRADE_NO_USED".into()));
}

#[tokio::test]
async fn who_has_too_little_money_does_not_pay() {
    let stage = Stage::set().await;
    let poor = shown(&stage, json!({ "balance": 1279 })).await;
    assert_eq!(coded(&charge(&stage, "CODEPAY-01", &poor).await), (403, "NOT_ENOUGH".into()));
    assert_eq!(stage.merchant().trade_state(&stage, "CODEPAY-01").await, "PAYERROR");
    let just = shown(&stage, json!({ "balance": 1280 })).await;
    assert_eq!(charge(&stage, "CODEPAY-02", &just).await.status, 200);
}

#[tokio::test]
async fn an_outcome_nobody_heard_of_is_found_by_query() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for (number, fault, state) in [
        ("CODEPAY-01", json!({ "do": "system_error", "done": true }), Some("SUCCESS")),
        ("CODEPAY-02", json!({ "do": "system_error" }), None),
        ("CODEPAY-03", json!({ "do": "bank_error", "done": true }), Some("SUCCESS")),
        ("CODEPAY-04", json!({ "do": "bank_error" }), None),
    ] {
        let mut rule = json!({ "on": CODEPAY, "times": 1 });
        rule.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        stage.fault(rule).await;
        let auth_code = shown(&stage, json!({})).await;
        let reply = charge(&stage, number, &auth_code).await;
        let code = if fault["do"] == "bank_error" { "BANK_ERROR" } else { "SYSTEM_ERROR" };
        assert_eq!(coded(&reply), (500, code.into()));
        let seen = merchant.query(&stage, number).await.json();
        assert_eq!(seen["trade_state"].as_str(), state, "{fault}");
    }
}

#[tokio::test]
async fn reversing_gives_back_what_was_paid_and_ends_what_was_not() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let auth_code = shown(&stage, json!({})).await;
    let paid = charge(&stage, "CODEPAY-01", &auth_code).await.json();
    assert_eq!(balance(&stage).await, 1272);
    let reversed = reverse(&stage, "CODEPAY-01").await;
    let told = json!({ "appid": merchant.appid, "mchid": merchant.mchid, "out_trade_no": "CODEPAY-01" });
    assert_eq!((reversed.status, reversed.json()), (200, told.clone()));
    assert_eq!(balance(&stage).await, 0, "all of it is back, and the fee");
    assert_eq!(reverse(&stage, "CODEPAY-01").await.json(), told, "again changes nothing");
    assert_eq!(balance(&stage).await, 0);
    let by_id = format!(
        "/v3/pay/transactions/id/{}?mchid={}",
        paid["transaction_id"].as_str().unwrap(),
        merchant.mchid
    );
    assert_eq!(merchant.get(&stage, &by_id).await.json()["trade_state"], "REVOKED");
    let refund = merchant.refund(&stage, &merchant.refund_of("CODEPAY-01", "R-01", 1)).await;
    assert_eq!(coded(&refund), (403, "TRADE_ERROR".into()));

    let pending = shown(&stage, json!({ "password": true })).await;
    charge(&stage, "CODEPAY-02", &pending).await;
    assert_eq!(coded(&reverse(&stage, "CODEPAY-02").await), (202, "USERPAYING".into()), "too soon");
    stage.advance(15).await;
    assert_eq!(reverse(&stage, "CODEPAY-02").await.status, 200);
    assert_eq!(merchant.trade_state(&stage, "CODEPAY-02").await, "REVOKED");
    let late = stage.pay_with(json!({ "auth_code": pending })).await;
    assert_eq!((&late["trade_state"], &late["customer"]["saw"]), (&json!("REVOKED"), &json!("closed")));
    assert_eq!(balance(&stage).await, 0);
    let again = charge(&stage, "CODEPAY-02", &shown(&stage, json!({})).await).await;
    assert_eq!(coded(&again), (400, "ORDER_REVERSED".into()));
}

#[tokio::test]
async fn what_cannot_be_reversed_says_why_and_a_charge_cannot_be_closed() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    assert_eq!(coded(&reverse(&stage, "CODEPAY-XX").await), (404, "ORDER_NOT_EXIST".into()));
    merchant.paid(&stage, "CODEPAY-QR").await;
    assert_eq!(coded(&reverse(&stage, "CODEPAY-QR").await), (403, "TRADE_ERROR".into()), "it was a code_url");

    charge(&stage, "CODEPAY-01", &shown(&stage, json!({})).await).await;
    let close = merchant.close(&stage, "CODEPAY-01").await;
    assert_eq!(coded(&close), (400, "ORDER_PAID".into()));
    charge(&stage, "CODEPAY-02", &shown(&stage, json!({ "password": true })).await).await;
    let close = merchant.close(&stage, "CODEPAY-02").await;
    assert_eq!(close.refusal(), (400, "INVALID_REQUEST".into(), "268449641".into()));

    merchant.refund(&stage, &merchant.refund_of("CODEPAY-01", "R-01", 80)).await;
    assert_eq!(
        coded(&reverse(&stage, "CODEPAY-01").await),
        (403, "TRADE_ERROR".into()),
        "part of it is back"
    );
    stage.fault(json!({ "on": "*/reverse", "do": "reverse_recall", "times": 1 })).await;
    assert_eq!(coded(&reverse(&stage, "CODEPAY-02").await), (500, "SYSTEM_ERROR".into()));
    stage.advance(7 * 24 * 3600 + 1).await;
    assert_eq!(
        coded(&reverse(&stage, "CODEPAY-02").await),
        (400, "INVALID_REQUEST".into()),
        "after seven days"
    );
}

#[tokio::test]
async fn each_field_of_a_charge_has_its_refusal() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let auth_code = shown(&stage, json!({})).await;
    let good = body(&merchant, "CODEPAY-01", &auth_code, 1280);
    for (pointer, value, field) in [
        ("/notify_url", json!("https://pay.example.cn/notify"), "/notify_url"),
        ("/time_expire", json!("2099-01-01T00:00:00+08:00"), "/time_expire"),
        ("/payer", json!({}), "/payer/auth_code"),
        ("/payer/openid", json!("o"), "/payer/openid"),
        ("/scene_info", json!({ "device_id": "till07" }), "/scene_info/store_info"),
        ("/scene_info/store_info", json!({}), "/scene_info/store_info"),
        ("/amount/total", json!(0), "/amount/total"),
        (
            "/detail",
            json!({ "goods_detail": [{ "merchant_goods_id": "a", "wechatpay_goods_id": "b",
            "quantity": 1, "unit_price": 1 }] }),
            "/detail/goods_detail/0/wechatpay_goods_id",
        ),
    ] {
        let mut bad = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        bad.pointer_mut(parent).unwrap()[name] = value;
        let reply = merchant.post(&stage, CODEPAY, &bad).await;
        assert_eq!((reply.status, reply.json()["detail"]["field"].as_str()), (400, Some(field)), "{bad}");
    }
    assert_eq!(merchant.post(&stage, CODEPAY, &good).await.status, 200, "the code was not used up");
    for (customer, says) in [
        (json!({ "mchid": "1900000000" }), "mchid: there is no such merchant"),
        (json!({ "balance": -1 }), "balance: fen, not negative"),
        (json!({ "password": "yes" }), "the body: invalid type"),
        (json!({ "openid": "o" }), "the body: unknown field `openid`"),
    ] {
        let (status, told) = stage.post("/_sandbox/wallet-code", customer).await;
        assert_eq!(status, 400);
        assert!(told["message"].as_str().unwrap().starts_with(says), "{told}");
    }
}

#[tokio::test]
async fn a_pending_charge_and_its_code_survive_a_restart() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let auth_code = shown(&stage, json!({ "password": true })).await;
    charge(&stage, "CODEPAY-01", &auth_code).await;
    let unused = shown(&stage, json!({})).await;
    let stage = stage.again().await;
    assert_eq!(merchant.trade_state(&stage, "CODEPAY-01").await, "USERPAYING");
    stage.pay_with(json!({ "auth_code": auth_code })).await;
    assert_eq!(merchant.trade_state(&stage, "CODEPAY-01").await, "SUCCESS");
    assert_eq!(charge(&stage, "CODEPAY-02", &unused).await.status, 200);
}

#[tokio::test]
async fn a_service_provider_charges_for_its_sub_merchant() {
    let stage = Stage::set().await;
    let partner = stage.partner();
    let sub = stage.told["merchants"][2]["sub_merchants"][0].clone();
    let mut body = body(&partner, "CODEPAY-01", &shown(&stage, json!({})).await, 1280);
    let members = body.as_object_mut().unwrap();
    members.remove("appid");
    members.remove("mchid");
    let whose = json!({ "sp_appid": partner.appid, "sp_mchid": partner.mchid, "sub_mchid": sub["mchid"] });
    members.extend(whose.as_object().unwrap().clone());
    let paid = partner.post(&stage, "/v3/pay/partner/transactions/codepay", &body).await;
    assert_eq!((paid.status, &paid.json()["sub_mchid"]), (200, &sub["mchid"]), "{paid:?}");
    let target = "/v3/pay/partner/transactions/out-trade-no/CODEPAY-01/reverse";
    let reversed = partner.post(&stage, target, &whose).await;
    assert_eq!((reversed.status, &reversed.json()["sub_mchid"]), (200, &sub["mchid"]), "{reversed:?}");
}

#[tokio::test]
async fn the_wallet_page_shows_a_code_sees_the_charge_and_types_the_password() {
    let stage = Stage::set().await;
    let (status, mine) = stage.post("/wallet/code", json!({ "password": true })).await;
    assert_eq!(status, 200, "{mine}");
    assert!(mine["picture"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
    let auth_code = mine["auth_code"].as_str().unwrap();
    let by_code = json!({ "auth_code": auth_code });
    assert_eq!(stage.post("/wallet/see", by_code.clone()).await.0, 404, "nobody charged it yet");
    charge(&stage, "CODEPAY-01", auth_code).await;
    let (_, seen) = stage.post("/wallet/see", by_code.clone()).await;
    assert_eq!(
        (&seen["offer"], &seen["yuan"], &seen["merchant"]),
        (&json!("enter_password"), &json!("12.80"), &json!("绿豆咖啡"))
    );
    let (_, paid) = stage.post("/wallet/pay", by_code.clone()).await;
    assert_eq!((&paid["saw"], &paid["trade_state"]), (&json!("paid"), &json!("SUCCESS")));
    assert_eq!(stage.post("/wallet/cancel", json!({})).await.0, 400);

    let (_, poor) = stage.post("/wallet/code", json!({ "poor": true })).await;
    let refused = charge(&stage, "CODEPAY-02", poor["auth_code"].as_str().unwrap()).await;
    assert_eq!(coded(&refused), (403, "NOT_ENOUGH".into()));
}
