//! The wallet page's own calls, and what guards them. The page itself is tried in a browser, in `tests/peers/wallet`.

use serde_json::{Value, json};

use super::play::{Stage, client};

async fn order(stage: &Stage, number: &str) -> String {
    let merchant = stage.merchant();
    let mut order = merchant.order(number);
    order["amount"]["total"] = json!(100_005);
    merchant.code_of(stage, &order).await
}

#[tokio::test]
async fn a_code_shows_who_asks_how_much_and_looking_changes_nothing() {
    let stage = Stage::set().await;
    let code = order(&stage, "WALLET-1").await;
    let (status, seen) = stage.post("/wallet/see", json!({ "code_url": code })).await;
    assert_eq!(status, 200);
    assert_eq!(seen["merchant"], stage.told["merchants"][0]["name"]);
    assert_eq!((&seen["yuan"], &seen["amount"]["total"]), (&json!("1000.05"), &json!(100_005)));
    assert_eq!((&seen["description"], &seen["offer"]), (&json!("绿豆咖啡-拿铁"), &json!("payable")));
    assert_eq!(stage.get("/_sandbox/orders").await[0]["scanned_by"], Value::Null);
}

#[tokio::test]
async fn the_page_pays_cancels_and_runs_out_of_money() {
    let stage = Stage::set().await;
    let code = order(&stage, "WALLET-1").await;
    for (path, outcome, saw, offer) in [
        ("/wallet/cancel", None, "cancelled", "payable"),
        ("/wallet/pay", Some("not_enough"), "not_enough", "payable"),
        ("/wallet/pay", Some("password_pending"), "enter_password", "enter_password"),
        ("/wallet/pay", Some("success"), "paid", "already_paid"),
        ("/wallet/pay", None, "already_paid", "already_paid"),
    ] {
        let mut body = json!({ "code_url": code });
        if let Some(outcome) = outcome {
            body["outcome"] = json!(outcome);
        }
        let (status, told) = stage.post(path, body).await;
        assert_eq!((status, &told["saw"], &told["offer"]), (200, &json!(saw), &json!(offer)), "{told}");
    }
    assert_eq!(stage.merchant().trade_state(&stage, "WALLET-1").await, "SUCCESS");
}

#[tokio::test]
async fn codes_that_no_longer_work_say_why() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let old = order(&stage, "WALLET-1").await;
    order(&stage, "WALLET-1").await;
    let closed = order(&stage, "WALLET-2").await;
    merchant.close(&stage, "WALLET-2").await;
    for (code, offer) in [(&old, "code_dead"), (&closed, "closed")] {
        let (_, seen) = stage.post("/wallet/see", json!({ "code_url": code })).await;
        assert_eq!(seen["offer"], offer);
    }
    for code in ["weixin://wxpay/bizpayurl?pr=unknown", "https://example.com", ""] {
        let (status, told) = stage.post("/wallet/see", json!({ "code_url": code })).await;
        assert_eq!((status, told["code"].as_str()), (404, Some("ORDER_NOT_EXIST")), "{code}");
    }
}

#[tokio::test]
async fn the_page_loads_nothing_and_runs_only_its_own_script() {
    let stage = Stage::set().await;
    let answer = client().get(stage.url("/wallet?code=x")).send().await.unwrap();
    let policy = answer.headers()["Content-Security-Policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = answer.text().await.unwrap();
    let drawing_names = page.matches("http://www.w3.org/2000/svg").count();
    assert_eq!(page.matches("http://").count() + page.matches("https://").count(), drawing_names);
    assert!(!page.contains(" style=") && !page.contains(" onclick=") && !page.contains(" src="));
}

#[tokio::test]
async fn other_pages_cannot_press_its_buttons() {
    let stage = Stage::set().await;
    let code = order(&stage, "WALLET-1").await;
    let json = ("Content-Type", "application/json");
    for (headers, status) in [
        (vec![("Content-Type", "text/plain")], 415),
        (vec![json, ("Host", "evil.example")], 403),
        (vec![json, ("Origin", "https://evil.example")], 403),
    ] {
        let mut request =
            client().post(stage.url("/wallet/pay")).body(json!({ "code_url": code }).to_string());
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        assert_eq!(request.send().await.unwrap().status(), status, "{headers:?}");
    }
    assert_eq!(stage.merchant().trade_state(&stage, "WALLET-1").await, "NOTPAY");
}
