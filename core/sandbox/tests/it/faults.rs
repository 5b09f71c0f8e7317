//! Every fault, as a client or a receiver meets it.

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::play::{Merchant, Receiver, Reply, Stage, client};

const NATIVE: &str = "/v3/pay/transactions/native";

/// Places an order and believes whatever comes.
async fn place(stage: &Stage, number: &str) -> Result<Reply, reqwest::Error> {
    let merchant = stage.merchant();
    let body = merchant.order(number).to_string().into_bytes();
    let request = merchant.bent(Method::POST, NATIVE, body);
    merchant.send_unverified(stage, request).await
}

async fn is_there(stage: &Stage, number: &str) -> bool {
    stage.merchant().query(stage, number).await.status == 200
}

/// A sandbox on which this fault happens once to an order, and the answer to that.
async fn once(fault: Value) -> (Stage, Result<Reply, reqwest::Error>) {
    let stage = Stage::set().await;
    let mut rule = json!({ "on": NATIVE, "times": 1 });
    rule.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
    stage.fault(rule).await;
    let reply = place(&stage, "FAULTS-01").await;
    (stage, reply)
}

#[tokio::test]
async fn a_dropped_request_never_arrives() {
    let (stage, reply) = once(json!({ "do": "drop_request" })).await;
    assert!(reply.is_err());
    assert!(!is_there(&stage, "FAULTS-01").await);
    assert_eq!(place(&stage, "FAULTS-01").await.unwrap().status, 200, "only once");
}

#[tokio::test]
async fn a_dropped_reply_is_done_all_the_same() {
    let (stage, reply) = once(json!({ "do": "drop_reply" })).await;
    assert!(reply.is_err());
    assert!(is_there(&stage, "FAULTS-01").await);
}

#[tokio::test]
async fn a_delayed_answer_is_done_at_once_and_comes_later() {
    let stage = Stage::set().await;
    stage.fault(json!({ "on": NATIVE, "do": "delay", "ms": 600_000 })).await;
    let placing = place(&stage, "FAULTS-01");
    let seen = async { while !is_there(&stage, "FAULTS-01").await {} };
    tokio::select! {
        biased;
        reply = placing => panic!("answered before its time: {reply:?}"),
        () = seen => {}
    }
}

#[tokio::test]
async fn a_short_delay_ends() {
    let start = std::time::Instant::now();
    let (_stage, reply) = once(json!({ "do": "delay", "ms": 50 })).await;
    assert_eq!(reply.unwrap().status, 200);
    assert!(start.elapsed().as_millis() >= 50);
}

#[tokio::test]
async fn any_status_and_body_can_come_instead_of_the_answer() {
    let (stage, reply) = once(
        json!({ "do": "status", "status": 502, "body": "<h1>bad gateway</h1>", "content_type": "text/html" }),
    )
    .await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, &reply.body[..]), (502, &b"<h1>bad gateway</h1>"[..]));
    assert_eq!(reply.header("Content-Type"), "text/html");
    assert!(!is_there(&stage, "FAULTS-01").await);

    let (_stage, reply) =
        once(json!({ "do": "status", "status": 200, "body": { "code_url": "weixin://evil" } })).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.json()), (200, json!({ "code_url": "weixin://evil" })));
    assert!(reply.headers.get("Wechatpay-Signature").is_none(), "it is not WeChat Pay's answer");

    let (_stage, reply) = once(json!({ "do": "status" })).await;
    let reply = reply.unwrap();
    assert_eq!(reply.status, 503);
    assert!(reply.json()["code"].is_string() && reply.json()["message"].is_string());
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_in_the_middle_of_its_body() {
    let (stage, reply) = once(json!({ "do": "truncate" })).await;
    assert!(reply.is_err());
    assert!(is_there(&stage, "FAULTS-01").await);
}

#[tokio::test]
async fn a_captive_portal_answers_html_and_nothing_arrives() {
    let (stage, reply) = once(json!({ "do": "html" })).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.header("Content-Type")), (200, "text/html; charset=utf-8"));
    assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
    assert!(!is_there(&stage, "FAULTS-01").await);
}

#[tokio::test]
async fn spoilt_signatures_fail_to_verify_each_in_its_way() {
    for (fault, says) in [
        ("bad_signature", "bad signature"),
        ("wrong_serial", "unknown serial"),
        ("no_signature", "no Wechatpay-Timestamp"),
    ] {
        let (stage, reply) = once(json!({ "do": fault })).await;
        let reply = reply.unwrap();
        assert_eq!(reply.status, 200);
        assert_eq!(stage.merchant().verify(&reply.headers, &reply.body), Err(says.to_owned()), "{fault}");
        assert!(is_there(&stage, "FAULTS-01").await, "{fault}: it was done");
    }
}

#[tokio::test]
async fn a_bad_signature_looks_like_wechat_pays_own_probes() {
    let (_stage, reply) = once(json!({ "do": "bad_signature" })).await;
    assert!(reply.unwrap().header("Wechatpay-Signature").starts_with("WECHATPAY/SIGNTEST/"));
}

#[tokio::test]
async fn a_stale_answer_is_signed_well_but_long_ago() {
    let (stage, reply) = once(json!({ "do": "stale_timestamp", "seconds": 301 })).await;
    let reply = reply.unwrap();
    let refused = stage.merchant().verify(&reply.headers, &reply.body).unwrap_err();
    assert!(refused.starts_with("signed 30"), "{refused}");
}

#[tokio::test]
async fn a_duplicated_request_is_done_twice_and_answered_with_the_second() {
    let (stage, reply) = once(json!({ "do": "duplicate" })).await;
    let reply = reply.unwrap();
    stage.merchant().verify(&reply.headers, &reply.body).unwrap();
    let code = reply.json()["code_url"].as_str().unwrap().to_owned();
    assert_eq!(stage.pay(&code).await["trade_state"], "SUCCESS", "the second code is the one that works");

    let merchant = stage.merchant();
    merchant.code_of(&stage, &merchant.order("FAULTS-02")).await;
    stage.fault(json!({ "on": "*/close", "do": "duplicate" })).await;
    assert_eq!(merchant.close(&stage, "FAULTS-02").await.status, 204);
}

#[tokio::test]
async fn a_refusal_is_not_undone_by_a_duplicate() {
    let stage = Stage::set().await;
    for fault in ["duplicate", "frequency_limited"] {
        stage.fault(json!({ "on": NATIVE, "do": fault })).await;
    }
    assert_eq!(place(&stage, "FAULTS-01").await.unwrap().status, 429);
    assert!(!is_there(&stage, "FAULTS-01").await);
}

#[tokio::test]
async fn a_reordered_request_waits_for_another() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.code_of(&stage, &merchant.order("FAULTS-01")).await;
    stage.fault(json!({ "on": "*/close", "do": "reorder", "ms": 600_000 })).await;
    let closing = merchant.close(&stage, "FAULTS-01");
    let asking = async {
        // The close was sent first; it is done only after a query, and that still reads NOTPAY.
        merchant.trade_state(&stage, "FAULTS-01").await
    };
    let (closed, state) = tokio::join!(closing, async {
        while stage.get("/_sandbox/faults").await["faults"][0]["happened"] == 0 {}
        asking.await
    });
    assert_eq!((closed.status, state.as_str()), (204, "NOTPAY"));
    assert_eq!(merchant.trade_state(&stage, "FAULTS-01").await, "CLOSED");
}

#[tokio::test]
async fn a_reordered_request_that_is_alone_goes_on_after_a_while() {
    let (_stage, reply) = once(json!({ "do": "reorder", "ms": 20 })).await;
    assert_eq!(reply.unwrap().status, 200);
}

#[tokio::test]
async fn a_system_error_leaves_open_whether_it_was_done() {
    for done in [false, true] {
        let (stage, reply) = once(json!({ "do": "system_error", "done": done })).await;
        assert_eq!(reply.unwrap().refusal(), (500, "SYSTEM_ERROR".into(), "0".into()));
        assert_eq!(is_there(&stage, "FAULTS-01").await, done);
    }
}

#[tokio::test]
async fn a_frequency_limit_is_told_and_nothing_done() {
    let (stage, reply) = once(json!({ "do": "frequency_limited" })).await;
    assert_eq!(reply.unwrap().refusal(), (429, "FREQUENCY_LIMITED".into(), "268447840".into()));
    assert!(!is_there(&stage, "FAULTS-01").await);
}

#[tokio::test]
async fn a_skewed_date_is_off_by_as_much_as_asked_and_the_signature_is_not() {
    let (stage, reply) = once(json!({ "do": "skew", "seconds": -3600 })).await;
    let reply = reply.unwrap();
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(reply.header("Date").replace("GMT", "+0000"));
    let off = Timestamp::now().duration_since(date.unwrap()).as_secs();
    assert!((3595..=3605).contains(&off), "{off}");
    stage.merchant().verify(&reply.headers, &reply.body).unwrap();
}

#[tokio::test]
async fn a_rotated_certificate_is_listed_beside_the_old_one_and_signs() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let old = stage.told["platform"]["certificate_serial_no"].as_str().unwrap().to_owned();
    stage.fault(json!({ "on": "/v3/certificates", "do": "rotate_certificate" })).await;
    let request = merchant.bent(Method::GET, "/v3/certificates", Vec::new());
    let listed = merchant.send_unverified(&stage, request).await.unwrap();
    let new = listed.header("Wechatpay-Serial").to_owned();
    let serials = listed.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["serial_no"].clone())
        .collect::<Vec<_>>();
    assert_eq!(serials, [json!(old), json!(new)]);
    assert_ne!(old, new);

    let mut request = merchant.bent(Method::GET, "/v3/certificates", Vec::new());
    request.headers.push(("Wechatpay-Serial", old.clone()));
    assert_eq!(
        merchant.send(&stage, request).await.unwrap().header("Wechatpay-Serial"),
        old,
        "who asks for it gets it"
    );
    let kept: Value = serde_json::from_slice(&std::fs::read(stage.path("sandbox.json")).unwrap()).unwrap();
    assert_eq!(kept["platform"]["certificate_serial_no"], new);

    let stage = stage.again().await;
    assert_eq!(stage.told["platform"]["certificate_serial_no"], new, "it survives a restart");
}

/// A sandbox, a receiver and a paid order whose notification meets these faults.
async fn notified(rules: &[Value], answers: &[u16]) -> (Stage, Merchant, Receiver) {
    let stage = Stage::set().await;
    let (merchant, receiver) = (stage.merchant(), Receiver::answering(answers).await);
    for rule in rules {
        stage.fault(rule.clone()).await;
    }
    let mut order = merchant.order("FAULTS-01");
    order["notify_url"] = json!(receiver.url);
    stage.pay(&merchant.code_of(&stage, &order).await).await;
    stage.advance(0).await;
    (stage, merchant, receiver)
}

#[tokio::test]
async fn a_lost_notification_comes_with_the_next_try() {
    let rule = json!({ "on": "notify", "do": "notify_lost", "times": 2 });
    let (stage, merchant, receiver) = notified(&[rule], &[204]).await;
    assert_eq!(receiver.count(), 0);
    stage.advance(15).await;
    assert_eq!(receiver.count(), 0);
    stage.advance(15).await;
    merchant.open(&receiver.arrived(1).await[0]).unwrap();
    let outcomes = stage.tries().await.iter().map(|one| one["outcome"].clone()).collect::<Vec<_>>();
    assert_eq!(outcomes, ["lost", "lost", "accepted"]);
}

#[tokio::test]
async fn a_notification_lost_for_good_never_comes() {
    let rule = json!({ "on": "notify", "do": "notify_lost" });
    let (stage, _, receiver) = notified(&[rule], &[204]).await;
    stage.advance(3 * 24 * 3600).await;
    assert_eq!(receiver.count(), 0);
    assert_eq!(stage.tries().await.len(), 16);
}

#[tokio::test]
async fn a_doubled_notification_arrives_twice_alike() {
    for fault in ["notify_twice", "duplicate"] {
        let rule = json!({ "on": "notify", "do": fault });
        let (_stage, merchant, receiver) = notified(&[rule], &[204]).await;
        let arrived = receiver.arrived(2).await;
        assert_eq!(merchant.open(&arrived[0]).unwrap(), merchant.open(&arrived[1]).unwrap(), "{fault}");
    }
}

#[tokio::test]
async fn a_forged_notification_is_right_but_for_its_signature_and_the_true_one_follows() {
    let rule = json!({ "on": "notify", "do": "notify_forged", "times": 1 });
    let (stage, merchant, receiver) = notified(&[rule], &[401, 204]).await;
    let forged = receiver.arrived(1).await.remove(0);
    assert_eq!(merchant.open(&forged), Err("bad signature".to_owned()));
    assert_eq!(forged.headers["Wechatpay-Signature"].len(), 344);
    stage.advance(15).await;
    let arrived = receiver.arrived(2).await;
    merchant.open(&arrived[1]).unwrap();
    assert_eq!(arrived[0].body, arrived[1].body);
}

#[tokio::test]
async fn a_wrong_amount_is_well_signed_and_one_fen_too_high() {
    let rule = json!({ "on": "notify", "do": "notify_wrong_amount", "times": 1 });
    let (stage, merchant, receiver) = notified(&[rule], &[500, 204]).await;
    stage.advance(15).await;
    let arrived = receiver.arrived(2).await;
    assert_eq!(merchant.open(&arrived[0]).unwrap()["amount"]["total"], 1281);
    assert_eq!(merchant.open(&arrived[1]).unwrap()["amount"]["total"], 1280);
    let nonce = |index: usize| {
        serde_json::from_slice::<Value>(&arrived[index].body).unwrap()["resource"]["nonce"].clone()
    };
    assert_ne!(nonce(0), nonce(1), "two texts are never sealed with one nonce");
    let told: Vec<bool> = stage.tries().await.iter().map(|one| one["wrong_amount"] == json!(true)).collect();
    assert_eq!(told, [true, false], "whoever judges can tell which try it was");
}

#[tokio::test]
async fn a_late_notification_comes_after_its_delay_on_the_doubles_clock() {
    let rule = json!({ "on": "notify", "do": "notify_late", "seconds": 600 });
    let (stage, _, receiver) = notified(&[rule], &[204]).await;
    stage.advance(599).await;
    assert_eq!(receiver.count(), 0);
    stage.advance(1).await;
    assert_eq!(receiver.count(), 1);
    assert_eq!(stage.tries().await.len(), 1, "it was late, not lost");
}

#[tokio::test]
async fn a_notification_whose_answer_is_lost_comes_again() {
    let rule = json!({ "on": "notify", "do": "drop_reply", "times": 1 });
    let (stage, _, receiver) = notified(&[rule], &[204]).await;
    assert_eq!(receiver.count(), 1);
    stage.advance(15).await;
    assert_eq!(receiver.count(), 2);
    assert_eq!(stage.tries().await[0]["outcome"], "answer_lost");
}

#[tokio::test]
async fn notifications_meet_the_faults_of_signatures_too() {
    for (fault, says) in [
        ("bad_signature", "bad signature"),
        ("wrong_serial", "unknown serial"),
        ("no_signature", "no Wechatpay-Timestamp"),
    ] {
        let (_stage, merchant, receiver) = notified(&[json!({ "on": "notify", "do": fault })], &[401]).await;
        assert_eq!(merchant.open(&receiver.arrived(1).await[0]), Err(says.to_owned()));
    }
    let stale = json!({ "on": "notify", "do": "stale_timestamp" });
    let (_stage, merchant, receiver) = notified(&[stale], &[401]).await;
    assert!(merchant.open(&receiver.arrived(1).await[0]).unwrap_err().starts_with("signed 60"));
}

#[tokio::test]
async fn a_reordered_notification_arrives_after_a_later_one() {
    let stage = Stage::set().await;
    let (merchant, receiver) = (stage.merchant(), Receiver::answering(&[204]).await);
    stage.fault(json!({ "on": "notify", "do": "reorder", "times": 1, "ms": 600_000 })).await;
    let mut ids = Vec::new();
    for number in ["FAULTS-01", "FAULTS-02"] {
        let mut order = merchant.order(number);
        order["notify_url"] = json!(receiver.url);
        let code = merchant.code_of(&stage, &order).await;
        ids.push(stage.pay(&code).await["transaction_id"].clone());
        // The first is held back before the second is paid.
        while !stage.get("/_sandbox/faults").await["faults"].as_array().unwrap().is_empty() {}
    }
    let arrived = receiver.arrived(2).await;
    let seen =
        arrived.iter().map(|one| merchant.open(one).unwrap()["transaction_id"].clone()).collect::<Vec<_>>();
    ids.reverse();
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn faults_are_listed_counted_cleared_and_outlive_a_restart() {
    let stage = Stage::set().await;
    stage.fault(json!({ "on": NATIVE, "do": "frequency_limited", "times": 2 })).await;
    assert_eq!(place(&stage, "FAULTS-01").await.unwrap().status, 429);
    let stage = stage.again().await;
    let listed = stage.get("/_sandbox/faults").await;
    assert_eq!(listed["faults"][0]["happened"], 1);
    assert_eq!(listed["faults"][0]["rule"]["do"], "frequency_limited");
    let answer = client().delete(stage.url("/_sandbox/faults")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(place(&stage, "FAULTS-01").await.unwrap().status, 200);
}
