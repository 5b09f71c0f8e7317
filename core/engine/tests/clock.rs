//! A phone whose clock is wrong: what a person asks for is done at the first asking.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::sync::atomic::Ordering;

use saoma_contract::{
    AttemptNo, LateMoney, OrderNo, PROBLEM_MEDIA_TYPE, Problem, ProblemCode, RefundNo, RefundState,
};
use saoma_engine::{NewRefundWish, NewSale, PhaseWord, RefundWord, Till};
use shop::{Fault, Shop, ring_up, tea, until, wait_ms};

const AHEAD_MS: i64 = 12 * 60_000;
const BEHIND_MS: i64 = -2 * 24 * 3_600_000;
const CODE: &str = "134567890123456789";

/// The app starts anew on a phone whose clock is off, and nothing but a refusal tells it so.
async fn started_anew(shop: &Shop, till: Till, off_ms: i64) -> Till {
    till.close().await;
    shop.clock.wall_off_ms.store(off_ms, Ordering::Relaxed);
    shop.backend.fault("/v1/time", Fault::DropRequest);
    shop.open().await
}

/// A paid sale with a refund that waits for a manager and another payment that came late.
async fn with_open_questions(shop: &Shop, till: &Till) -> (OrderNo, RefundNo) {
    shop.backend.state().refunds_wait = true;
    let order_no = ring_up(till, 1280).await;
    until(till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, "42");
    until(till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    shop.backend.pay(&order_no, "43");
    shop.backend.say(&order_no, |order| order.payments[1].late_money = Some(LateMoney::Ask));
    shop.backend.touch_order(&order_no);
    let refund_no = till.new_refund_no();
    let wish = NewRefundWish {
        transaction_id: "42".to_owned(),
        amount: 300,
        reason: "cold tea".to_owned(),
        ..NewRefundWish::default()
    };
    till.refund(&order_no, &refund_no, wish).await.unwrap();
    until(till, &order_no, |view| {
        view.refunds.iter().any(|refund| refund.state == RefundWord::Requested) && view.payments.len() == 2
    })
    .await;
    (order_no, refund_no)
}

async fn every_wait_ends_well(off_ms: i64) {
    let shop = Shop::new();
    let till = shop.paired().await;
    let (order_no, refund_no) = with_open_questions(&shop, &till).await;

    let till = started_anew(&shop, till, off_ms).await;
    assert_eq!(till.day_from_backend(Some("2026-08-01")).await.unwrap().paid.count, 2);
    let till = started_anew(&shop, till, off_ms).await;
    assert!(till.people().await.unwrap().people.is_empty());
    let till = started_anew(&shop, till, off_ms).await;
    assert_eq!(till.sign_in("mei", "2580".to_owned()).await.unwrap().person.as_str(), "mei");
    let till = started_anew(&shop, till, off_ms).await;
    assert_eq!(till.check_now(&order_no).await.unwrap().phase, PhaseWord::Paid);
    let till = started_anew(&shop, till, off_ms).await;
    let view = till.accept_late_money(&order_no, "wechatpay", "43").await.unwrap();
    assert_eq!(view.payments[1].late_money, Some(LateMoney::Accepted));
    let till = started_anew(&shop, till, off_ms).await;
    let view = till.decide_refund(&order_no, &refund_no, true, None).await.unwrap();
    assert_eq!(view.refunds[0].state, RefundWord::Queued);
    let state = shop.backend.state();
    assert_eq!(state.orders[&order_no].order.refunds[0].state, RefundState::Queued);
}

#[tokio::test(start_paused = true)]
async fn twelve_minutes_ahead_all_that_people_wait_for_is_done_at_the_first_asking() {
    every_wait_ends_well(AHEAD_MS).await;
}

#[tokio::test(start_paused = true)]
async fn two_days_behind_all_that_people_wait_for_is_done_at_the_first_asking() {
    every_wait_ends_well(BEHIND_MS).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_with_a_wrong_clock_is_paired_at_once() {
    for off_ms in [AHEAD_MS, BEHIND_MS] {
        let shop = Shop::new();
        shop.clock.wall_off_ms.store(off_ms, Ordering::Relaxed);
        shop.paired().await;
        assert_eq!(shop.backend.count("POST /v1/pairings"), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_for_the_time_is_told() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    let refusal = || {
        let problem = Problem::new(ProblemCode::ClockSkew, "off").server_time(shop.backend.now());
        Fault::Answer(401, PROBLEM_MEDIA_TYPE, serde_json::to_string(&problem).unwrap())
    };
    for path in ["/v1/days", "/v1/days", "/v1/sessions", "/v1/sessions"] {
        shop.backend.fault(path, refusal());
    }
    assert_eq!(till.day_from_backend(None).await.unwrap_err().code(), "clock_skew");
    assert_eq!(shop.backend.count("/v1/days"), 2);
    assert_eq!(till.sign_in("mei", "2580".to_owned()).await.unwrap_err().code(), "clock_skew");
    assert_eq!(shop.backend.count("/v1/sessions"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_payment_code_refused_for_the_time_is_charged_once_by_the_same_call() {
    for off_ms in [AHEAD_MS, BEHIND_MS] {
        let shop = Shop::new();
        let till = shop.paired().await;
        let order_no = till.new_order_no();
        till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap();
        until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
        let till = started_anew(&shop, till, off_ms).await;
        till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
        until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
        assert_eq!(shop.backend.state().charges[&order_no], 1);
        assert_eq!(shop.backend.count("/charge"), 2);
    }
}

/// However the first answer came about: both name the same attempt, so the code is used for one of them at most.
#[tokio::test(start_paused = true)]
async fn a_charge_that_was_made_although_its_answer_refuses_the_time_is_not_made_again() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = till.new_order_no();
    till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap();
    until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
    let problem = Problem::new(ProblemCode::ClockSkew, "off").server_time(shop.backend.now());
    let problem = serde_json::to_string(&problem).unwrap();
    shop.backend.fault("/charge", Fault::DoneButAnswered(401, PROBLEM_MEDIA_TYPE, problem));
    till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!((view.payments.len(), view.last_attempt), (1, Some(AttemptNo::FIRST)));
    assert_eq!(shop.backend.state().charges[&order_no], 1);
    assert_eq!(shop.backend.count("/charge"), 2);
}
