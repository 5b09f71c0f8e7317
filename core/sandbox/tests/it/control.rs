//! `/_sandbox/…`: strict about its bodies, and closed to other machines and other pages.

use serde_json::{Value, json};

use super::play::{Stage, client};

#[tokio::test]
async fn paying_needs_one_way_to_the_order_and_knows_its_words() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let code = merchant.code_of(&stage, &merchant.order("CONTROL-1")).await;
    for (body, status, says) in [
        (json!({}), 400, "give code_url, or auth_code"),
        (json!({ "mchid": merchant.mchid }), 400, "give code_url, or auth_code"),
        (json!({ "code_url": code, "mchid": "1", "out_trade_no": "2" }), 400, "give code_url, or auth_code"),
        (json!({ "code_url": code, "outcome": "explode" }), 400, "unknown variant `explode`"),
        (json!({ "code_url": code, "payer": "" }), 400, "payer"),
        (json!({ "code_url": code, "payer": "o anna" }), 400, "payer"),
        (json!({ "code_url": code, "amount": 1 }), 400, "unknown field `amount`"),
        (json!({ "code_url": 7 }), 400, "invalid type"),
        (json!([]), 400, "the body"),
        (json!({ "code_url": "weixin://wxpay/bizpayurl?pr=unknown" }), 404, "no order"),
        (json!({ "code_url": "https://example.com" }), 404, "no order"),
        (json!({ "mchid": merchant.mchid, "out_trade_no": "CONTROL-2" }), 404, "no order"),
    ] {
        let (answered, told) = stage.post("/_sandbox/pay", body.clone()).await;
        assert_eq!(answered, status, "{body}: {told}");
        assert!(told["message"].as_str().unwrap().contains(says), "{body}: {told}");
        assert!(told["code"].is_string());
    }
    assert_eq!(merchant.trade_state(&stage, "CONTROL-1").await, "NOTPAY");
}

#[tokio::test]
async fn the_clock_stands_still_until_moved_and_never_goes_back() {
    let stage = Stage::set().await;
    let (_, before) = stage.post("/_sandbox/clock", json!({ "advance_seconds": 0 })).await;
    let (_, after) = stage.post("/_sandbox/clock", json!({ "advance_seconds": 0 })).await;
    assert_eq!((&before, &before["clock"]), (&after, &json!("manual")));
    let (status, told) = stage.post("/_sandbox/clock", json!({ "set": "2090-01-01T00:00:00+08:00" })).await;
    assert_eq!(status, 400, "more than ten years: {told}");
    for _ in 0..20 {
        stage.post("/_sandbox/clock", json!({ "advance_seconds": 10 * 365 * 24 * 3600 })).await;
    }
    let (status, far) = stage.post("/_sandbox/clock", json!({ "advance_seconds": 0 })).await;
    assert_eq!((status, &far["now"].as_str().unwrap()[..3]), (200, "219"), "it stays within its calendar");
    let before = far;

    let now = before["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let later = now + jiff::SignedDuration::from_hours(30);
    let (_, told) = stage.post("/_sandbox/clock", json!({ "set": later.to_string() })).await;
    assert_eq!(told["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap(), later);
    let (_, told) = stage.post("/_sandbox/clock", json!({ "set": later.as_second() + 60 })).await;
    let minute = jiff::SignedDuration::from_mins(1);
    assert_eq!(told["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap(), later + minute);

    for (body, says) in [
        (json!({ "advance_seconds": -1 }), "advance_seconds: the clock never goes back"),
        (json!({ "set": now.to_string() }), "set: the clock never goes back"),
        (json!({ "set": "tomorrow" }), "set: give RFC 3339"),
        (json!({ "set": true }), "set: give RFC 3339"),
        (json!({ "advance_seconds": i64::MAX }), "ten years at most"),
        (json!({ "advance_seconds": 1.5 }), "the body"),
        (json!({}), "give either"),
        (json!({ "advance_seconds": 1, "set": 1 }), "give either"),
        (json!({ "advance": 1 }), "unknown field `advance`"),
    ] {
        let (status, told) = stage.post("/_sandbox/clock", body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(told["message"].as_str().unwrap().contains(says), "{body}: {told}");
    }
}

#[tokio::test]
async fn orders_are_told_with_all_that_is_held() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let code = merchant.code_of(&stage, &merchant.order("CONTROL-1")).await;
    let orders = stage.get("/_sandbox/orders").await;
    let [order] = &orders.as_array().unwrap()[..] else { panic!("one order: {orders}") };
    assert_eq!(order["mchid"], merchant.mchid);
    assert_eq!(order["out_trade_no"], "CONTROL-1");
    assert_eq!(order["trade_state"], "NOTPAY");
    assert_eq!(order["amount"], json!({ "total": 1280, "currency": "CNY" }));
    assert_eq!(order["code_url"], code);
    assert_eq!(order["scanned_by"], Value::Null);
    stage.pay(&code).await;
    let order = stage.get("/_sandbox/orders").await[0].clone();
    assert_eq!((&order["trade_state"], &order["amount"]["payer_total"]), (&json!("SUCCESS"), &json!(1280)));
    assert_eq!(order["scanned_by"], order["payer"]["openid"]);
}

#[tokio::test]
async fn paths_of_later_parts_and_unknown_ones_are_clearly_not_here() {
    let stage = Stage::set().await;
    for (path, says) in [("/_sandbox/elsewhere", "does not exist")] {
        let (status, told) = stage.post(path, json!({})).await;
        assert_eq!((status, told["code"].as_str()), (404, Some("NOT_FOUND")));
        let message = told["message"].as_str().unwrap();
        assert!(message.starts_with(path) && message.ends_with(says), "{message}");
    }
    let answer = client().get(stage.url("/_sandbox/pay")).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(
        serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap()["code"],
        "METHOD_NOT_ALLOWED"
    );
}

/// What a page of another origin could try.
async fn tried(stage: &Stage, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = client().post(stage.url(path)).body("{\"advance_seconds\":1}");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_web_page_elsewhere_cannot_drive_it() {
    let stage = Stage::set().await;
    let json = ("Content-Type", "application/json");
    for (headers, status) in [
        (vec![json], 200),
        (vec![json, ("Host", "localhost:1234")], 200),
        (vec![json, ("Host", "[::1]:1234")], 200),
        (vec![json, ("Origin", "http://127.0.0.1:3000")], 200),
        (vec![("Content-Type", "application/json; charset=utf-8")], 200),
        (vec![json, ("Host", "evil.example")], 403),
        (vec![json, ("Host", "127.0.0.1.evil.example:80")], 403),
        (vec![json, ("Host", "localhost.evil.example")], 403),
        (vec![json, ("Origin", "https://evil.example")], 403),
        (vec![json, ("Origin", "null")], 403),
        (vec![], 415),
        (vec![("Content-Type", "text/plain")], 415),
        (vec![("Content-Type", "application/x-www-form-urlencoded")], 415),
    ] {
        assert_eq!(tried(&stage, "/_sandbox/clock", &headers).await, status, "{headers:?}");
    }
    let answer =
        client().get(stage.url("/_sandbox/orders")).header("Host", "evil.example").send().await.unwrap();
    assert_eq!(answer.status(), 403, "reading is guarded too");
}
