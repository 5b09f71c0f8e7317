//! The whole road of one payment, for both ways of verifying.

use serde_json::json;

use super::play::{Merchant, Receiver, Stage};

#[tokio::test]
async fn a_payment_travels_the_whole_road_verified_by_certificate() {
    let stage = Stage::set().await;
    travel(&stage, &stage.merchant(), "ROAD-CERT-1").await;
}

#[tokio::test]
async fn a_payment_travels_the_whole_road_verified_by_public_key() {
    let stage = Stage::set().await;
    travel(&stage, &stage.other_merchant(), "ROAD-KEY-1").await;
}

async fn travel(stage: &Stage, merchant: &Merchant, number: &str) {
    let receiver = Receiver::answering(&[204]).await;
    let mut order = merchant.order(number);
    order["notify_url"] = json!(receiver.url);
    order["attach"] = json!("till-07");
    order["scene_info"] = json!({ "payer_client_ip": "127.0.0.1", "device_id": "till07" });

    let code_url = merchant.code_of(stage, &order).await;
    assert!(code_url.starts_with("weixin://wxpay/bizpayurl?pr="), "{code_url}");
    let unpaid = merchant.query(stage, number).await.json();
    assert_eq!(
        unpaid,
        json!({
            "appid": merchant.appid, "mchid": merchant.mchid, "out_trade_no": number,
            "trade_state": "NOTPAY", "trade_state_desc": "订单未支付",
        })
    );

    let seen = stage.pay(&code_url).await;
    assert_eq!(seen["trade_state"], "SUCCESS");
    assert_eq!(seen["customer"]["saw"], "paid");

    let notified = receiver.arrived(1).await.remove(0);
    let transaction = merchant.open(&notified).unwrap();
    let id = transaction["transaction_id"].as_str().unwrap();
    assert!(id.len() == 28 && id.bytes().all(|b| b.is_ascii_digit()), "{id}");
    assert_eq!(
        transaction,
        json!({
            "appid": merchant.appid, "mchid": merchant.mchid, "out_trade_no": number, "attach": "till-07",
            "transaction_id": id, "trade_type": "NATIVE", "bank_type": "OTHERS",
            "trade_state": "SUCCESS", "trade_state_desc": "支付成功",
            "success_time": seen["success_time"], "payer": { "openid": "oSaomaPlayCustomer0000000001" },
            "amount": { "total": 1280, "payer_total": 1280, "currency": "CNY", "payer_currency": "CNY" },
            "scene_info": { "device_id": "till07" },
        })
    );

    assert_eq!(merchant.query(stage, number).await.json(), transaction);
    let by_id = format!("/v3/pay/transactions/id/{id}?mchid={}", merchant.mchid);
    assert_eq!(merchant.get(stage, &by_id).await.json(), transaction);

    let refused = merchant.close(stage, number).await;
    assert_eq!(refused.refusal(), (400, "ORDER_PAID".into(), "268449538".into()));
}

#[tokio::test]
async fn an_order_nobody_pays_is_closed() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let code_url = merchant.code_of(&stage, &merchant.order("ROAD-CLOSE")).await;
    for _ in 0..2 {
        let closed = merchant.close(&stage, "ROAD-CLOSE").await;
        assert_eq!((closed.status, closed.body.len()), (204, 0), "closing is reentrant");
    }
    assert_eq!(merchant.trade_state(&stage, "ROAD-CLOSE").await, "CLOSED");
    let seen = stage.pay(&code_url).await;
    assert_eq!((&seen["trade_state"], &seen["customer"]["saw"]), (&json!("CLOSED"), &json!("closed")));
}

#[tokio::test]
async fn certificates_come_sealed_with_the_merchants_own_key() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for target in
        ["/v3/certificates", "/v3/certificates?algorithm_type=RSA", "/v3/certificates?algorithm_type=ALL"]
    {
        let list = merchant.get(&stage, target).await.json();
        let [listed] = &list["data"].as_array().unwrap()[..] else { panic!("one certificate: {list}") };
        let sealed = &listed["encrypt_certificate"];
        assert_eq!(
            (&sealed["algorithm"], &sealed["associated_data"]),
            (&json!("AEAD_AES_256_GCM"), &json!("certificate"))
        );
        let text = |name: &str| sealed[name].as_str().unwrap();
        let opened = merchant.api_v3_key.open(text("nonce"), "certificate", text("ciphertext")).unwrap();
        assert_eq!(String::from_utf8(opened).unwrap(), stage.told["platform"]["certificate_pem"]);
        assert_eq!(listed["serial_no"], stage.told["platform"]["certificate_serial_no"]);
    }
    let none = merchant.get(&stage, "/v3/certificates?algorithm_type=SM2").await.json();
    assert_eq!(none, json!({ "data": [] }));
}

#[tokio::test]
async fn a_public_key_merchant_has_no_certificates() {
    let stage = Stage::set().await;
    let refused = stage.other_merchant().get(&stage, "/v3/certificates").await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (404, Some("RESOURCE_NOT_EXISTS")));
}
