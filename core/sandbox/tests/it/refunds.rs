//! Money back: whole and in parts, once for each number, and how each ends.

use serde_json::{Value, json};

use super::play::{Receiver, Stage};

const REFUNDS: &str = "/v3/refund/domestic/refunds";

#[tokio::test]
async fn a_refund_is_accepted_then_processing_then_done_within_a_minute() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let paid = merchant.paid(&stage, "REFUNDS-01").await;
    let reply = merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", "R-01@a|b*c", 1280)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let accepted = reply.json();
    assert_eq!(accepted["status"], "PROCESSING");
    assert_eq!(accepted["transaction_id"], paid["transaction_id"]);
    assert_eq!(accepted["refund_id"].as_str().unwrap().len(), 29);
    assert_eq!(accepted["amount"]["payer_refund"], 1280);
    assert!(accepted.get("success_time").is_none());
    assert_eq!(merchant.trade_state(&stage, "REFUNDS-01").await, "REFUND", "as soon as a refund exists");

    stage.advance(60).await;
    let done = merchant.query_refund(&stage, "R-01@a%7Cb*c").await.json();
    assert_eq!((&done["status"], &done["refund_id"]), (&json!("SUCCESS"), &accepted["refund_id"]));
    assert!(done["success_time"].is_string());
    let same = merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", "R-01@a|b*c", 1280)).await.json();
    assert_eq!(same, done, "the same call again tells the same refund");
}

#[tokio::test]
async fn one_number_gives_money_back_once_however_often_it_is_asked() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    let body = merchant.refund_of("REFUNDS-01", "R-01", 300);
    let asked = futures_util::future::join_all((0..8).map(|_| merchant.refund(&stage, &body))).await;
    let ids = asked.iter().map(|reply| reply.json()["refund_id"].clone()).collect::<Vec<_>>();
    assert!(ids.iter().all(|id| *id == ids[0] && id.is_string()), "{ids:?}");
    assert_eq!(stage.get("/_sandbox/refunds").await.as_array().unwrap().len(), 1);

    for (name, value) in [
        ("amount", json!({ "refund": 301, "total": 1280, "currency": "CNY" })),
        ("reason", json!("退货")),
        ("notify_url", json!("http://127.0.0.1:9/refund")),
        ("funds_account", json!("AVAILABLE")),
    ] {
        let mut other = body.clone();
        other[name] = value;
        let refused = merchant.refund(&stage, &other).await.refusal();
        assert_eq!(refused, (400, "INVALID_REQUEST".into(), "268498688".into()), "{name}");
    }
}

#[tokio::test]
async fn parts_come_a_minute_apart_and_never_exceed_the_sum() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    let ask = async |number: &str, fen: i64| {
        let reply = merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", number, fen)).await;
        (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
    };
    let accepted = (200, String::new());
    assert_eq!(ask("R-01", 1000).await, accepted);
    assert_eq!(ask("R-02", 281).await, (400, "INVALID_REQUEST".into()), "more than the rest");
    assert_eq!(ask("R-02", 100).await, (429, "FREQUENCY_LIMITED".into()));
    stage.advance(59).await;
    assert_eq!(ask("R-02", 100).await, (429, "FREQUENCY_LIMITED".into()));
    stage.advance(1).await;
    assert_eq!(ask("R-02", 100).await, accepted, "a refused number is not used up");
    stage.advance(60).await;
    assert_eq!(ask("R-03", 181).await, (400, "INVALID_REQUEST".into()));
    assert_eq!(ask("R-03", 180).await, accepted);
    stage.advance(60).await;
    assert_eq!(ask("R-04", 1).await, (400, "INVALID_REQUEST".into()));
    let held = stage.post("/_sandbox/balance", json!({ "mchid": merchant.mchid })).await.1;
    assert_eq!(held["balance"], 0, "all of the money and all of the fee is back");
}

#[tokio::test]
async fn an_order_has_fifty_parts_and_a_year() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    merchant.paid(&stage, "REFUNDS-02").await;
    for part in 0..50 {
        let reply = merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", &format!("R-{part}"), 1)).await;
        assert_eq!(reply.status, 200, "{part}: {reply:?}");
        stage.advance(60).await;
    }
    let refused = merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", "R-50", 1)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("INVALID_REQUEST")));
    assert!(refused.json()["message"].as_str().unwrap().contains("50"));

    stage.advance(365 * 24 * 3600 - 50 * 60).await;
    let in_time = merchant.refund(&stage, &merchant.refund_of("REFUNDS-02", "S-01", 1)).await;
    assert_eq!(in_time.status, 200, "{in_time:?}");
    stage.advance(61).await;
    let refused = merchant.refund(&stage, &merchant.refund_of("REFUNDS-02", "S-02", 1)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("INVALID_REQUEST")));
}

#[tokio::test]
async fn what_is_not_paid_or_not_the_callers_is_not_given_back() {
    let stage = Stage::set().await;
    let (merchant, other) = (stage.merchant(), stage.other_merchant());
    merchant.code_of(&stage, &merchant.order("REFUNDS-01")).await;
    let unpaid = merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", "R-01", 1)).await;
    assert_eq!(unpaid.refusal(), (404, "RESOURCE_NOT_EXISTS".into(), "268512771".into()));
    let unknown = merchant.refund(&stage, &merchant.refund_of("REFUNDS-XX", "R-01", 1)).await;
    assert_eq!(unknown.refusal(), (404, "RESOURCE_NOT_EXISTS".into(), "268512771".into()));
    let none = merchant.query_refund(&stage, "R-01").await;
    assert_eq!(none.refusal(), (404, "RESOURCE_NOT_EXISTS".into(), "268512771".into()));

    let paid = merchant.paid(&stage, "REFUNDS-02").await;
    let mut theirs = other.refund_of("", "R-02", 1);
    theirs.as_object_mut().unwrap().remove("out_trade_no");
    theirs["transaction_id"] = paid["transaction_id"].clone();
    assert_eq!(other.refund(&stage, &theirs).await.refusal(), (403, "NO_AUTH".into(), "268447843".into()));
    assert_eq!(merchant.refund(&stage, &theirs).await.status, 200, "by WeChat Pay's number too");
    let mut otherwise = merchant.refund_of("REFUNDS-02", "R-03", 1);
    otherwise["amount"]["total"] = json!(1281);
    let refused = merchant.refund(&stage, &otherwise).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("INVALID_REQUEST")));
}

#[tokio::test]
async fn money_that_is_not_there_is_not_given_back_until_it_is() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    let account = |body: Value| {
        let mut whole = json!({ "mchid": merchant.mchid });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        whole
    };
    let (status, held) = stage.post("/_sandbox/balance", account(json!({ "withdraw": 1000 }))).await;
    assert_eq!((status, &held["balance"]), (200, &json!(272)), "the fee is eight fen");
    let body = merchant.refund_of("REFUNDS-01", "R-01", 1280);
    let refused = merchant.refund(&stage, &body).await;
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("NOT_ENOUGH")));
    stage.post("/_sandbox/balance", account(json!({ "top_up": 1000 }))).await;
    assert_eq!(merchant.refund(&stage, &body).await.status, 200, "the same number again");

    for (body, says) in [
        (account(json!({ "withdraw": 1 })), "withdraw: the account holds only 0 fen"),
        (account(json!({ "top_up": 0 })), "top_up: fen, from 1"),
        (account(json!({ "withdraw": -5 })), "withdraw: fen, from 1"),
        (account(json!({ "top_up": 1, "withdraw": 1 })), "give top_up or withdraw"),
        (json!({ "mchid": "1900000000" }), "mchid: there is no such merchant"),
        (json!({}), "the body: missing field `mchid`"),
    ] {
        let (status, told) = stage.post("/_sandbox/balance", body).await;
        assert_eq!(status, 400, "{says}");
        assert!(told["message"].as_str().unwrap().starts_with(says), "{told}");
    }
}

#[tokio::test]
async fn the_end_of_a_refund_is_notified_in_its_own_shape() {
    for (fault, event, status) in [
        (None, "REFUND.SUCCESS", "SUCCESS"),
        (Some("refund_closed"), "REFUND.CLOSED", "CLOSED"),
        (Some("refund_abnormal"), "REFUND.ABNORMAL", "ABNORMAL"),
    ] {
        let stage = Stage::set().await;
        let (receiver, merchant) = (Receiver::answering(&[500, 204]).await, stage.merchant());
        merchant.paid(&stage, "REFUNDS-01").await;
        if let Some(fault) = fault {
            stage.fault(json!({ "on": REFUNDS, "do": fault, "times": 1 })).await;
        }
        let mut body = merchant.refund_of("REFUNDS-01", "R-01", 280);
        body["notify_url"] = json!(receiver.url);
        let refund_id = merchant.refund(&stage, &body).await.json()["refund_id"].clone();
        assert_eq!(receiver.count(), 0, "nothing is told before it ends");
        stage.advance(60).await;
        let arrived = receiver.arrived(2).await;
        let envelope: Value = serde_json::from_slice(&arrived[1].body).unwrap();
        assert_eq!(
            (&envelope["event_type"], &envelope["resource"]["original_type"]),
            (&json!(event), &json!("refund"))
        );
        let mut told = merchant.open(&arrived[1]).unwrap();
        let success_time = told.as_object_mut().unwrap().remove("success_time");
        assert_eq!(success_time.is_some(), status == "SUCCESS");
        let transaction = merchant.query(&stage, "REFUNDS-01").await.json();
        let expected = json!({
            "mchid": merchant.mchid,
            "out_trade_no": "REFUNDS-01",
            "transaction_id": transaction["transaction_id"],
            "out_refund_no": "R-01",
            "refund_id": refund_id,
            "refund_status": status,
            "user_received_account": "支付用户零钱",
            "amount": { "total": 1280, "refund": 280, "payer_total": 1280, "payer_refund": 280 },
        });
        assert_eq!(told, expected);
        assert_eq!(merchant.query_refund(&stage, "R-01").await.json()["status"], status);
        assert_eq!(transaction["trade_state"], "REFUND");
    }
}

#[tokio::test]
async fn a_slow_refund_is_under_way_until_its_time() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    stage.fault(json!({ "on": REFUNDS, "do": "refund_slow", "seconds": 300, "times": 1 })).await;
    merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", "R-01", 1280)).await;
    stage.advance(299).await;
    assert_eq!(merchant.query_refund(&stage, "R-01").await.json()["status"], "PROCESSING");
    stage.advance(1).await;
    assert_eq!(merchant.query_refund(&stage, "R-01").await.json()["status"], "SUCCESS");
}

#[tokio::test]
async fn a_closed_refund_leaves_the_money_and_needs_a_new_number() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    stage.fault(json!({ "on": REFUNDS, "do": "refund_closed", "times": 1 })).await;
    let body = merchant.refund_of("REFUNDS-01", "R-01", 1280);
    merchant.refund(&stage, &body).await;
    stage.advance(60).await;
    assert_eq!(
        merchant.refund(&stage, &body).await.json()["status"],
        "CLOSED",
        "the same number stays closed"
    );
    let anew = merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", "R-02", 1280)).await;
    assert_eq!(anew.status, 200, "{anew:?}");
}

#[tokio::test]
async fn an_abnormal_refund_can_be_sent_to_another_account() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    stage.fault(json!({ "on": REFUNDS, "do": "refund_abnormal", "times": 1 })).await;
    let refund_id =
        merchant.refund(&stage, &merchant.refund_of("REFUNDS-01", "R-01", 1280)).await.json()["refund_id"]
            .clone();
    let target = format!("{REFUNDS}/{}/apply-abnormal-refund", refund_id.as_str().unwrap());
    let body = json!({ "out_refund_no": "R-01", "type": "MERCHANT_BANK_CARD" });
    let apply = async |body: &Value| {
        let mut request = merchant.bent(http::Method::POST, &target, body.to_string().into_bytes());
        request.headers.push(("Wechatpay-Serial", merchant.verifier.serial().as_str().to_owned()));
        merchant.send(&stage, request).await.unwrap()
    };
    assert_eq!(apply(&body).await.json()["code"], "INVALID_REQUEST", "it is processing still");
    stage.advance(60).await;
    let without_serial = merchant.post(&stage, &target, &body).await;
    assert_eq!(without_serial.json()["code"], "PARAM_ERROR");
    let other_number = json!({ "out_refund_no": "R-02", "type": "MERCHANT_BANK_CARD" });
    assert_eq!(apply(&other_number).await.json()["code"], "RESOURCE_NOT_EXISTS");
    let unsealed = json!({ "out_refund_no": "R-01", "type": "USER_BANK_CARD", "bank_type": "CMB_DEBIT",
        "bank_account": "6225", "real_name": "张三" });
    assert_eq!(apply(&unsealed).await.json()["code"], "PARAM_ERROR");
    let sent = apply(&body).await;
    assert_eq!((sent.status, &sent.json()["status"]), (200, &json!("PROCESSING")));
    stage.advance(60).await;
    let done = merchant.query_refund(&stage, "R-01").await.json();
    assert_eq!((&done["status"], &done["channel"]), (&json!("SUCCESS"), &json!("OTHER_BANKCARD")));
}

#[tokio::test]
async fn each_field_of_a_refund_has_its_refusal() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.paid(&stage, "REFUNDS-01").await;
    let good = merchant.refund_of("REFUNDS-01", "R-01", 100);
    for (pointer, value, field) in [
        ("/out_refund_no", json!(""), "/out_refund_no"),
        ("/out_refund_no", json!("退款一"), "/out_refund_no"),
        ("/out_refund_no", json!("R".repeat(65)), "/out_refund_no"),
        ("/reason", json!("理".repeat(81)), "/reason"),
        ("/notify_url", json!("https://pay.example.cn/notify?a=1"), "/notify_url"),
        ("/funds_account", json!("BASIC"), "/funds_account"),
        ("/amount/refund", json!(0), "/amount/refund"),
        ("/amount/refund", json!("100"), "/amount/refund"),
        ("/amount/total", json!(1.5), "/amount/total"),
        ("/amount/currency", json!("USD"), "/amount/currency"),
        ("/amount/from", json!([{ "account": "AVAILABLE", "amount": 99 }]), "/amount/from"),
        ("/goods_detail", json!([]), "/goods_detail"),
        ("/transaction_id", json!(""), "/transaction_id"),
        ("/sum", json!(1), "/sum"),
    ] {
        let mut bad = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        bad.pointer_mut(parent).unwrap()[name] = value;
        let reply = merchant.refund(&stage, &bad).await;
        assert_eq!((reply.status, reply.json()["detail"]["field"].as_str()), (400, Some(field)), "{bad}");
    }
    for missing in ["out_trade_no", "out_refund_no", "amount"] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(missing);
        assert_eq!(merchant.refund(&stage, &bad).await.json()["code"], "PARAM_ERROR", "{missing}");
    }
    let from = json!([{ "account": "AVAILABLE", "amount": 60 }, { "account": "UNAVAILABLE", "amount": 40 }]);
    let mut whole = good.clone();
    whole["amount"]["from"] = from.clone();
    whole["goods_detail"] = json!([{ "merchant_goods_id": "latte", "unit_price": 100, "refund_amount": 100, "refund_quantity": 1 }]);
    let reply = merchant.refund(&stage, &whole).await;
    assert_eq!((reply.status, &reply.json()["amount"]["from"]), (200, &from));
}

#[tokio::test]
async fn a_refund_under_way_survives_a_restart() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[204]).await, stage.merchant());
    merchant.paid(&stage, "REFUNDS-01").await;
    let mut body = merchant.refund_of("REFUNDS-01", "R-01", 1280);
    body["notify_url"] = json!(receiver.url);
    let accepted = merchant.refund(&stage, &body).await.json();
    let stage = stage.again().await;
    assert_eq!(merchant.query_refund(&stage, "R-01").await.json(), accepted);
    stage.advance(60).await;
    receiver.arrived(1).await;
    assert_eq!(merchant.query_refund(&stage, "R-01").await.json()["status"], "SUCCESS");
}

#[tokio::test]
async fn a_refund_notification_can_tell_a_wrong_amount() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[204]).await, stage.merchant());
    merchant.paid(&stage, "REFUNDS-01").await;
    stage.fault(json!({ "on": REFUNDS, "do": "notify_wrong_amount" })).await;
    let mut body = merchant.refund_of("REFUNDS-01", "R-01", 280);
    body["notify_url"] = json!(receiver.url);
    merchant.refund(&stage, &body).await;
    stage.advance(60).await;
    let told = merchant.open(&receiver.arrived(1).await[0]).unwrap();
    assert_eq!((&told["amount"]["refund"], &told["amount"]["total"]), (&json!(281), &json!(1280)));
}
