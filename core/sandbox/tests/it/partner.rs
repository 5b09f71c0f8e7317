//! A service provider speaks for its sub-merchants, on the partner paths and nowhere else.

use serde_json::{Value, json};

use super::play::{Merchant, Receiver, Stage};

const NATIVE: &str = "/v3/pay/partner/transactions/native";

fn sub(stage: &Stage, index: usize, name: &str) -> String {
    stage.told["merchants"][2]["sub_merchants"][index][name].as_str().unwrap().to_owned()
}

fn order(stage: &Stage, partner: &Merchant, out_trade_no: &str) -> Value {
    json!({
        "sp_appid": partner.appid,
        "sp_mchid": partner.mchid,
        "sub_mchid": sub(stage, 0, "mchid"),
        "description": "豆浆",
        "out_trade_no": out_trade_no,
        "notify_url": "http://127.0.0.1:9/notify",
        "amount": { "total": 1280 },
    })
}

fn of_sub(partner: &Merchant, sub_mchid: &str) -> String {
    format!("sp_mchid={}&sub_mchid={sub_mchid}", partner.mchid)
}

#[tokio::test]
async fn an_order_of_a_sub_merchant_is_placed_paid_told_and_refunded() {
    let stage = Stage::set().await;
    let (receiver, partner) = (Receiver::answering(&[204]).await, stage.partner());
    let (mchid, appid) = (sub(&stage, 0, "mchid"), sub(&stage, 0, "appid"));
    let mut order = order(&stage, &partner, "PARTNER-01");
    order["sub_appid"] = json!(appid);
    order["notify_url"] = json!(receiver.url);
    let placed = partner.post(&stage, NATIVE, &order).await;
    assert_eq!(placed.status, 200, "{placed:?}");
    stage.pay(placed.json()["code_url"].as_str().unwrap()).await;
    let told = partner.open(&receiver.arrived(1).await[0]).unwrap();
    assert_eq!((&told["sp_mchid"], &told["sub_mchid"]), (&json!(partner.mchid), &json!(mchid)));
    assert!(told.get("mchid").is_none() && told["payer"]["sp_openid"].is_string());
    assert!(told["payer"]["sub_openid"].is_string(), "{told}");
    let by_id = format!("/v3/pay/partner/transactions/id/{}", told["transaction_id"].as_str().unwrap());
    for path in ["/v3/pay/partner/transactions/out-trade-no/PARTNER-01", &by_id] {
        let seen = partner.get(&stage, &format!("{path}?{}", of_sub(&partner, &mchid))).await;
        assert_eq!(seen.json(), told, "{path}");
    }

    let mut refund = partner.refund_of("PARTNER-01", "R-01", 1280);
    assert_eq!(
        partner.refund(&stage, &refund).await.refusal(),
        (400, "PARAM_ERROR".into(), "268443704".into())
    );
    refund["sub_mchid"] = json!(sub(&stage, 1, "mchid"));
    assert_eq!(partner.refund(&stage, &refund).await.refusal(), (403, "NO_AUTH".into(), "268447845".into()));
    refund["sub_mchid"] = json!(mchid);
    refund["notify_url"] = json!(receiver.url);
    assert_eq!(partner.refund(&stage, &refund).await.status, 200);
    stage.advance(60).await;
    let notified = partner.open(&receiver.arrived(2).await[1]).unwrap();
    assert_eq!((&notified["sp_mchid"], &notified["sub_mchid"]), (&json!(partner.mchid), &json!(mchid)));
    let target = format!("/v3/refund/domestic/refunds/R-01?sub_mchid={mchid}");
    assert_eq!(partner.get(&stage, &target).await.json()["status"], "SUCCESS");
    assert_eq!(partner.query_refund(&stage, "R-01").await.json()["code"], "PARAM_ERROR");
}

#[tokio::test]
async fn one_number_serves_all_sub_merchants_once() {
    let stage = Stage::set().await;
    let partner = stage.partner();
    let first = order(&stage, &partner, "PARTNER-01");
    assert_eq!(partner.post(&stage, NATIVE, &first).await.status, 200);
    let mut second = first.clone();
    second["sub_mchid"] = json!(sub(&stage, 1, "mchid"));
    assert_eq!(partner.post(&stage, NATIVE, &second).await.json()["code"], "INVALID_REQUEST");
    let theirs = of_sub(&partner, &sub(&stage, 1, "mchid"));
    let seen =
        partner.get(&stage, &format!("/v3/pay/partner/transactions/out-trade-no/PARTNER-01?{theirs}")).await;
    assert_eq!(seen.refusal(), (403, "NO_AUTH".into(), "268447845".into()));
    let close = "/v3/pay/partner/transactions/out-trade-no/PARTNER-01/close";
    for (index, status) in [(1, 403), (0, 204)] {
        let body = json!({ "sp_mchid": partner.mchid, "sub_mchid": sub(&stage, index, "mchid") });
        assert_eq!(partner.post(&stage, close, &body).await.status, status);
    }
}

#[tokio::test]
async fn who_is_not_named_rightly_is_refused() {
    let stage = Stage::set().await;
    let (partner, direct) = (stage.partner(), stage.merchant());
    let good = order(&stage, &partner, "PARTNER-01");
    for (name, value, expected) in [
        ("sub_mchid", json!(partner.mchid), (400, "PARAM_ERROR", "268443705")),
        ("sub_mchid", json!(direct.mchid), (403, "NO_AUTH", "268443701")),
        ("sp_mchid", json!(direct.mchid), (400, "PARAM_ERROR", "268435461")),
        ("sp_appid", json!(direct.appid), (400, "APPID_MCHID_NOT_MATCH", "268445527")),
        ("sub_appid", json!(sub(&stage, 1, "appid")), (400, "APPID_MCHID_NOT_MATCH", "268445527")),
        ("mchid", json!(partner.mchid), (400, "PARAM_ERROR", "270924358")),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        let refused = partner.post(&stage, NATIVE, &bad).await.refusal();
        assert_eq!(refused, (expected.0, expected.1.into(), expected.2.into()), "{name}");
    }
    let on_direct_path = partner.place(&stage, &partner.order("PARTNER-02")).await;
    assert_eq!(on_direct_path.refusal(), (400, "PARAM_ERROR".into(), "268443704".into()));
    let mut of_direct = good.clone();
    of_direct["sp_mchid"] = json!(direct.mchid);
    of_direct["sp_appid"] = json!(direct.appid);
    assert_eq!(
        direct.post(&stage, NATIVE, &of_direct).await.refusal(),
        (403, "NO_AUTH".into(), "268443701".into())
    );
}
