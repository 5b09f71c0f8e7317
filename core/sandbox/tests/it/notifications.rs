//! Notifications: what arrives, when it is tried again, on the double's own clock.

use serde_json::{Value, json};

use super::play::{Merchant, Receiver, Stage};

/// Places and pays an order that is notified to `url`.
async fn pay(stage: &Stage, merchant: &Merchant, number: &str, url: &str) -> Value {
    let mut order = merchant.order(number);
    order["notify_url"] = json!(url);
    stage.pay(&merchant.code_of(stage, &order).await).await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn a_notification_has_the_envelope_and_headers_of_the_real_one() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[200]).await, stage.merchant());
    let paid = pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    let notified = receiver.arrived(1).await.remove(0);
    merchant.verify(&notified.headers, &notified.body).unwrap();
    assert_eq!(notified.headers["Content-Type"], "application/json");
    let envelope: Value = serde_json::from_slice(&notified.body).unwrap();
    assert_eq!(text(&envelope["id"]).len(), 36);
    assert_eq!(envelope["create_time"], paid["success_time"]);
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(envelope["resource_type"], "encrypt-resource");
    assert_eq!(envelope["summary"], "支付成功");
    let resource = &envelope["resource"];
    assert_eq!(resource["original_type"], "transaction");
    assert_eq!(resource["algorithm"], "AEAD_AES_256_GCM");
    assert_eq!(resource["associated_data"], "transaction");
    assert_eq!(text(&resource["nonce"]).len(), 12);
}

#[tokio::test]
async fn a_refused_notification_comes_again_by_the_schedule_as_the_same_one_signed_anew() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[500, 401, 204]).await, stage.merchant());
    pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    receiver.arrived(1).await;
    stage.advance(14).await;
    assert_eq!(receiver.count(), 1, "not before its time");
    stage.advance(1).await;
    assert_eq!(receiver.count(), 2);
    stage.advance(3600).await;
    let arrived = receiver.arrived(3).await;
    assert_eq!(arrived.len(), 3, "accepted is done");
    assert!(arrived.iter().all(|one| one.body == arrived[0].body));
    assert_ne!(arrived[0].headers["Wechatpay-Nonce"], arrived[1].headers["Wechatpay-Nonce"]);
    for one in &arrived {
        merchant.open(one).unwrap();
    }
    let tries = stage.tries().await;
    let outcomes = tries.iter().map(|one| (text(&one["outcome"]), &one["status"])).collect::<Vec<_>>();
    assert_eq!(outcomes, [("refused", &json!(500)), ("refused", &json!(401)), ("accepted", &json!(204))]);
    assert_eq!(tries[2]["next_at"], Value::Null);
}

#[tokio::test]
async fn in_one_day_and_four_minutes_all_sixteen_tries_are_made_each_at_its_time() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[503]).await, stage.merchant());
    let paid = pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    receiver.arrived(1).await;
    stage.advance(2 * 24 * 3600).await;
    assert_eq!(receiver.count(), 16);
    let tries = stage.tries().await;
    let start = text(&paid["success_time"]).parse::<jiff::Timestamp>().unwrap();
    let seconds =
        |one: &Value| text(&one["at"]).parse::<jiff::Timestamp>().unwrap().duration_since(start).as_secs();
    let at = tries.iter().map(seconds).collect::<Vec<_>>();
    let wanted =
        [0, 15, 30, 60, 240, 840, 2040, 3840, 5640, 7440, 11_040, 21_840, 32_640, 43_440, 65_040, 86_640];
    assert_eq!(at, wanted);
    for (one, next) in tries.iter().zip(&tries[1..]) {
        assert_eq!(one["next_at"], next["at"], "what was announced came true");
    }
    assert_eq!(stage.get("/_sandbox/notifications").await[0]["state"], "given_up");
}

#[tokio::test]
async fn what_falls_due_for_several_orders_happens_in_order() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[500]).await, stage.merchant());
    let first = pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    receiver.arrived(1).await;
    stage.advance(10).await;
    let second = pay(&stage, &merchant, "NOTIFY-02", &receiver.url).await;
    receiver.arrived(2).await;
    stage.advance(30).await;
    let arrived = receiver.arrived(6).await;
    let ids =
        arrived.iter().map(|one| merchant.open(one).unwrap()["transaction_id"].clone()).collect::<Vec<_>>();
    let (a, b) = (&first["transaction_id"], &second["transaction_id"]);
    // The first order at 0, 15, 30; the second at 10, 25, 40.
    assert_eq!(ids.iter().collect::<Vec<_>>(), [a, b, a, b, a, b]);
}

#[tokio::test]
async fn nobody_at_the_address_is_told_from_a_refusal_and_tried_again() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notify", free.local_addr().unwrap());
    drop(free);
    pay(&stage, &merchant, "NOTIFY-01", &url).await;
    stage.advance(15).await;
    let tries = stage.tries().await;
    assert_eq!(tries.len(), 2);
    assert!(
        tries.iter().all(|one| one["outcome"] == "unreachable" && one["reason"].is_string()),
        "{tries:?}"
    );
}

#[tokio::test]
async fn a_receiver_that_hangs_up_gave_no_answer() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    pay(&stage, &merchant, "NOTIFY-01", &url).await;
    stage.advance(0).await;
    assert_eq!(stage.tries().await[0]["outcome"], "no_answer");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[302]).await, stage.merchant());
    pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    stage.advance(0).await;
    let tries = stage.tries().await;
    assert_eq!((&tries[0]["outcome"], &tries[0]["status"]), (&json!("refused"), &json!(302)));
}

#[tokio::test]
async fn a_redelivery_comes_at_once_and_also_after_acceptance() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[500, 204]).await, stage.merchant());
    pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    receiver.arrived(1).await;
    stage.advance(0).await;
    let id = stage.get("/_sandbox/notifications").await[0]["id"].clone();
    for count in 2..4 {
        let (status, told) = stage.post("/_sandbox/notifications/redeliver", json!({ "id": id })).await;
        assert_eq!((status, &told["state"]), (200, &json!("accepted")));
        assert_eq!(receiver.count(), count);
    }
    stage.advance(24 * 3600).await;
    assert_eq!(receiver.count(), 3, "accepted by hand is accepted");
    let (status, told) = stage.post("/_sandbox/notifications/redeliver", json!({ "id": "x" })).await;
    assert_eq!((status, told["code"].as_str()), (404, Some("NOTIFICATION_NOT_EXIST")));
}

#[tokio::test]
async fn the_other_merchants_notifications_are_signed_by_the_public_key() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[204]).await, stage.other_merchant());
    pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    let notified = receiver.arrived(1).await.remove(0);
    assert_eq!(
        notified.headers["Wechatpay-Serial"],
        stage.told["platform"]["public_key_id"].as_str().unwrap()
    );
    merchant.open(&notified).unwrap();
    stage.merchant().open(&notified).expect_err("keys are not shared between merchants");
}

#[tokio::test]
async fn nothing_is_sent_twice_when_many_clocks_are_moved_at_once() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[500]).await, stage.merchant());
    pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    receiver.arrived(1).await;
    tokio::join!(stage.advance(15), stage.advance(15), stage.advance(15), stage.advance(15));
    // Whatever order they came in, the clock stood between 15 and 60 seconds on, and each try was made once.
    let tries = stage.tries().await;
    let mut times = tries.iter().map(|one| text(&one["at"]).to_owned()).collect::<Vec<_>>();
    times.dedup();
    assert_eq!((times.len(), receiver.count()), (tries.len(), tries.len()));
}

#[tokio::test]
async fn on_the_real_clock_a_retry_comes_by_itself() {
    let stage = Stage::on_the_real_clock().await;
    let (receiver, merchant) = (Receiver::answering(&[500, 204]).await, stage.merchant());
    pay(&stage, &merchant, "NOTIFY-01", &receiver.url).await;
    receiver.arrived(1).await;
    stage.advance(14).await;
    assert_eq!(receiver.count(), 1);
    receiver.arrived(2).await;
    let (_, told) = stage.post("/_sandbox/clock", json!({ "advance_seconds": 0 })).await;
    assert_eq!(told["clock"], "real");
}
