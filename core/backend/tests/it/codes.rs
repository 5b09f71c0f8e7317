//! The customer's payment code and cash, through the double of WeChat Pay.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::statement::Checked;
use saoma_contract::{
    CashTaken, CreateOrder, DeviceRole, LateMoney, Method as PayMethod, Order, OrderNo, path,
};
use serde_json::{Value, json};

use crate::counter::Speaks;
use crate::world::{Call, Till, World, in_each_protocol, in_time, order_of, problem_of};

in_each_protocol! {
    a_code_is_charged_at_once_and_kept_nowhere
    a_repeat_of_a_charge_answers_the_order_and_charges_nothing
    a_password_that_never_comes_is_reversed_and_proven_closed
    a_lost_answer_is_asked_about_and_never_charged_twice
    a_kill_between_the_writing_and_the_charge_ends_in_proof
    a_code_that_is_none_is_refused_and_the_next_scan_pays
    a_code_over_a_shown_qr_closes_it_first
    a_shown_qr_that_cannot_be_closed_yet_charges_nothing
    cash_hides_the_code_and_money_by_it_is_late
    beside_cash_the_proof_is_told_that_the_code_is_dead
}

async fn shop(speaks: Speaks) -> (World, Till) {
    let world = World::speaking(speaks).await;
    let till = world.till(DeviceRole::Manager).await;
    (world, till)
}

/// Rings up an amount that waits for a payment code.
async fn by_code(world: &World, till: &Till) -> Order {
    let mut body = till.body(1280, world.clock.now());
    body.method = PayMethod::WechatpayCode;
    let signed = till.sign(body);
    let order = order_of(world.put(till, signed.jws(), &signed.body().order_no).await, 201).await;
    assert_eq!((order.state.as_str(), order.attempts.len()), ("ready", 0));
    order
}

/// A customer's payment code, as the wallet shows it.
async fn wallet(world: &World, wallet: Value) -> String {
    world.play("wallet-code", wallet).await["auth_code"].as_str().unwrap().to_owned()
}

async fn charge(
    world: &World,
    till: &Till,
    order: &OrderNo,
    attempt: Option<u8>,
    code: &str,
) -> reqwest::Response {
    let body = match attempt {
        Some(attempt) => json!({ "attempt": attempt, "auth_code": code }),
        None => json!({ "auth_code": code }),
    };
    till.call(world, Method::POST, &path::charge(order), body).await
}

/// Lets the shop's time pass until a call is answered.
async fn while_time_passes(
    world: &World,
    call: impl Future<Output = reqwest::Response>,
) -> reqwest::Response {
    let mut call = std::pin::pin!(call);
    loop {
        tokio::select! {
            biased;
            answer = &mut call => return answer,
            () = world.advance_s(1) => {}
        }
    }
}

fn last(order: &Order) -> &str {
    order.last_attempt().unwrap().state.as_str()
}

/// Everything that the backend wrote: none of it may hold a payment code.
fn is_written(world: &World, code: &str) -> bool {
    let folder = world.state_dir();
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.is_file()
            && std::fs::read(&path).unwrap().windows(code.len()).any(|bytes| bytes == code.as_bytes())
    })
}

async fn a_code_is_charged_at_once_and_kept_nowhere(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = by_code(&world, &till).await;
    let code = wallet(&world, json!({})).await;
    let paid = order_of(charge(&world, &till, &order.order_no, None, &code).await, 200).await;
    assert_eq!((paid.state.as_str(), last(&paid), paid.attempts[0].kind.as_str()), ("paid", "paid", "code"));
    assert!(matches!(till.statements(&paid).as_slice(), [Checked::Paid(_)]));
    let again = order_of(charge(&world, &till, &order.order_no, None, &code).await, 200).await;
    assert_eq!((again.version, again.attempts.len()), (paid.version, 1));
    let problem = problem_of(charge(&world, &till, &order.order_no, Some(1), &code).await).await;
    assert_eq!(problem.code.as_str(), "order_paid");
    assert!(!is_written(&world, &code), "a payment code was written down");
}

async fn a_repeat_of_a_charge_answers_the_order_and_charges_nothing(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = by_code(&world, &till).await;
    let code = wallet(&world, json!({ "password": true })).await;
    let paying = order_of(charge(&world, &till, &order.order_no, None, &code).await, 200).await;
    assert_eq!((paying.state.as_str(), last(&paying)), ("paying", "paying"));
    let again = order_of(charge(&world, &till, &order.order_no, None, &code).await, 200).await;
    assert_eq!(again.attempts.len(), 1);
    assert!(!is_written(&world, &code), "a payment code was written down");
}

async fn a_password_that_never_comes_is_reversed_and_proven_closed(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = by_code(&world, &till).await;
    let code = wallet(&world, json!({ "password": true })).await;
    order_of(charge(&world, &till, &order.order_no, None, &code).await, 200).await;
    let closed = in_time(&world, &till, &order.order_no, |order| order.state.as_str() == "closed").await;
    assert!(matches!(till.statements(&closed).as_slice(), [Checked::Closed(_)]));
}

async fn a_lost_answer_is_asked_about_and_never_charged_twice(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = by_code(&world, &till).await;
    let code = wallet(&world, json!({})).await;
    world.fault(world.at(Call::CodePay), "drop_reply", 1).await;
    let charging = charge(&world, &till, &order.order_no, None, &code);
    let answer = while_time_passes(&world, charging).await;
    order_of(answer, 200).await;
    let paid = in_time(&world, &till, &order.order_no, |order| order.state.as_str() == "paid").await;
    assert_eq!((paid.payments.len(), paid.attempts.len()), (1, 1));
}

async fn a_kill_between_the_writing_and_the_charge_ends_in_proof(speaks: Speaks) {
    let (mut world, till) = shop(speaks).await;
    let order = by_code(&world, &till).await;
    let code = wallet(&world, json!({})).await;
    world.fault(world.at(Call::CodePay), "drop_request", 1).await;
    let charging = charge(&world, &till, &order.order_no, None, &code);
    let answer = while_time_passes(&world, charging).await;
    order_of(answer, 200).await;
    world.stop().await;
    world.start().await;
    let closed = in_time(&world, &till, &order.order_no, |order| order.state.as_str() == "closed").await;
    assert_eq!((closed.payments.len(), closed.attempts.len()), (0, 1));
    assert!(!is_written(&world, &code), "a payment code was written down");
    let code = wallet(&world, json!({})).await;
    let paid = order_of(charge(&world, &till, &order.order_no, Some(1), &code).await, 200).await;
    assert_eq!((paid.state.as_str(), paid.attempts.len()), ("paid", 2));
}

async fn a_code_that_is_none_is_refused_and_the_next_scan_pays(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = by_code(&world, &till).await;
    let refused =
        order_of(charge(&world, &till, &order.order_no, None, "130000000000000001").await, 200).await;
    let refused = match last(&refused) {
        "closed" => refused,
        _ => in_time(&world, &till, &order.order_no, |order| last(order) == "closed").await,
    };
    assert!(refused.attempts[0].refusal.is_some(), "{refused:?}");
    assert_eq!(refused.state.as_str(), "ready", "another code may be scanned");
    let code = wallet(&world, json!({})).await;
    let paid = order_of(charge(&world, &till, &order.order_no, Some(1), &code).await, 200).await;
    assert_eq!((paid.state.as_str(), paid.attempts.len()), ("paid", 2));
}

async fn a_code_over_a_shown_qr_closes_it_first(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    let code = wallet(&world, json!({})).await;
    let paid = order_of(charge(&world, &till, &order.order_no, Some(1), &code).await, 200).await;
    let states: Vec<_> = paid.attempts.iter().map(|attempt| attempt.state.as_str().to_owned()).collect();
    assert_eq!((paid.state.as_str(), states), ("paid", vec!["closed".to_owned(), "paid".to_owned()]));
}

async fn a_shown_qr_that_cannot_be_closed_yet_charges_nothing(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    world.fault(world.at(Call::Close), "frequency_limited", 100).await;
    let code = wallet(&world, json!({})).await;
    let charging = charge(&world, &till, &order.order_no, Some(1), &code);
    let answer = while_time_passes(&world, charging).await;
    let problem = problem_of(answer).await;
    assert_eq!(problem.code.as_str(), "attempt_closing");
    assert!(problem.retry_after_s.is_some_and(|seconds| seconds > 0));
    assert_eq!(world.get(&till, &order.order_no).await.attempts.len(), 1);
    world.clear_faults().await;
    in_time(&world, &till, &order.order_no, |order| last(order) == "closed").await;
    let paid = order_of(charge(&world, &till, &order.order_no, Some(1), &code).await, 200).await;
    assert_eq!(paid.state.as_str(), "paid");
}

#[tokio::test]
async fn what_is_wrong_with_a_charge_is_named_and_the_code_is_not() {
    let (world, till) = shop(Speaks::V3).await;
    let order = by_code(&world, &till).await;
    for (body, field) in [
        (json!({ "auth_code": "164567890123456789" }), "auth_code"),
        (json!({ "auth_code": 134_567_890_123_456_789_i64 }), "auth_code"),
        (json!({ "auth_code": "13456789012345678" }), "auth_code"),
        (json!({ "attempt": 0, "auth_code": "134567890123456789" }), "attempt"),
        (json!({ "attempt": 1 }), "auth_code"),
    ] {
        let answer = till.call(&world, Method::POST, &path::charge(&order.order_no), body).await;
        let problem = problem_of(answer).await;
        assert_eq!(problem.field.as_deref(), Some(field));
        assert!(!problem.detail.contains("4567"), "{}", problem.detail);
    }
    let code = wallet(&world, json!({})).await;
    let problem = problem_of(charge(&world, &till, &order.order_no, Some(3), &code).await).await;
    assert_eq!(problem.code.as_str(), "not_last_attempt");
}

async fn cash_hides_the_code_and_money_by_it_is_late(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    // The close is refused while the customer pays.
    world.fault(world.at(Call::Close), "drop_request", 1).await;
    let cash = json!({ "attempt": 1, "taken_at": world.clock.now() });
    let taken =
        order_of(till.call(&world, Method::POST, &path::cash(&order.order_no), cash.clone()).await, 200)
            .await;
    assert_eq!((taken.state.as_str(), taken.payments[0].proof.as_str()), ("cash", "attested"));
    assert_eq!(last(&taken), "closing");
    world.pay(&order).await;
    let twice = world.until(&till, &order.order_no, |order| order.payments.len() == 2).await;
    assert!(twice.payments[1].late);
    assert_eq!(twice.payments[1].late_money.as_ref().map(LateMoney::as_str), Some("ask"));
    order_of(till.call(&world, Method::POST, &path::cash(&order.order_no), cash).await, 200).await;
    let accept = path::accept_payment(&order.order_no, &twice.payments[1].transaction_id);
    let kept =
        order_of(till.call(&world, Method::POST, &accept, json!({ "channel": "wechatpay" })).await, 200)
            .await;
    assert_eq!(kept.payments[1].late_money.as_ref().map(LateMoney::as_str), Some("accepted"));
    let problem =
        problem_of(till.call(&world, Method::POST, &accept, json!({ "channel": "cash" })).await).await;
    assert_eq!(problem.code.as_str(), "payment_unknown");
    let day = world.clock.now().date(480);
    let day: Value =
        till.call(&world, Method::GET, &path::day(&day), json!(null)).await.json().await.unwrap();
    assert_eq!((day["cash"]["amount"].as_i64(), day["paid"]["amount"].as_i64()), (Some(1280), Some(1280)));
}

async fn beside_cash_the_proof_is_told_that_the_code_is_dead(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    let cash = json!({ "attempt": 1, "taken_at": world.clock.now() });
    order_of(till.call(&world, Method::POST, &path::cash(&order.order_no), cash).await, 200).await;
    let ended = world.until(&till, &order.order_no, |order| last(order) == "closed").await;
    assert_eq!(ended.state.as_str(), "cash");
    let kinds = till.statements(&ended);
    assert!(matches!(&kinds[..], [Checked::Paid(_), Checked::Closed(_)]), "{kinds:?}");
}

#[tokio::test]
async fn cash_that_comes_with_its_order_never_makes_a_code() {
    let (world, till) = shop(Speaks::V3).await;
    let signed = till.sign(till.body(1280, world.clock.now()));
    let body = CreateOrder {
        order: signed.jws().clone(),
        statements: vec![],
        cash: Some(CashTaken { taken_at: world.clock.now() }),
    };
    let order_no = signed.body().order_no.clone();
    for status in [201, 200] {
        let body = serde_json::to_value(&body).unwrap();
        let order =
            order_of(till.call(&world, Method::PUT, &path::order(&order_no), body).await, status).await;
        assert_eq!((order.state.as_str(), order.payments.len()), ("cash", 1));
        assert!(order.attempts.iter().all(|attempt| attempt.code.is_none()));
    }
    assert!(world.held("orders").await.as_array().unwrap().is_empty(), "WeChat Pay never heard of it");
}
