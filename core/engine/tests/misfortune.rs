//! Lost answers, dead networks, strangers who answer, wrong clocks, kills.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::sync::atomic::Ordering;

use saoma_contract::{AttemptNo, Problem, ProblemCode};
use saoma_engine::PhaseWord;
use shop::{Fault, Shop, ring_up, tea, until, wait_ms};

fn problem(code: ProblemCode, wait_s: Option<u32>) -> Fault {
    let mut problem = Problem::new(code, "so");
    problem.retry_after_s = wait_s;
    Fault::Answer(problem.status, "application/problem+json", serde_json::to_string(&problem).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_makes_no_second_order() {
    for fault in [Fault::DropReply, Fault::DropRequest, Fault::Refuse] {
        let shop = Shop::new();
        let till = shop.paired().await;
        shop.backend.fault("PUT /v1/orders", fault);
        let order_no = ring_up(&till, 1280).await;
        until(&till, &order_no, |view| view.code.is_some()).await;
        let state = shop.backend.state();
        assert_eq!(state.orders.len(), 1);
        assert_eq!(state.orders[&order_no].order.attempts.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_outcome_is_unknown_it_reads_sending_and_says_why() {
    let shop = Shop::new();
    let till = shop.paired().await;
    for _ in 0..3 {
        shop.backend.fault("orders", problem(ProblemCode::Unavailable, None));
    }
    let order_no = ring_up(&till, 1280).await;
    let view = until(&till, &order_no, |view| view.trouble.is_some()).await;
    assert_eq!(view.phase, PhaseWord::Sending);
    until(&till, &order_no, |view| view.code.is_some() && view.trouble.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_captive_portal_changes_nothing() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    shop.backend.state().streams.clear();
    shop.backend.state().has_stream = false;
    for _ in 0..5 {
        shop.backend.fault("/v1/", Fault::Answer(200, "text/html", "<h1>paid</h1>".to_owned()));
    }
    wait_ms(5_000).await;
    let view = till.sale(&order_no).await.unwrap().sale;
    assert_eq!(view.phase, PhaseWord::Awaiting);
    assert!(till.diagnosis().await.unwrap().unreachable);
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_phone_clock_is_corrected_and_told() {
    let shop = Shop::new();
    shop.clock.wall_off_ms.store(7_200_000, Ordering::Relaxed);
    let till = shop.paired().await;
    let order_no = ring_up(&till, 1280).await;
    let view = until(&till, &order_no, |view| view.code.is_some()).await;
    assert_eq!(view.made_by_clock, saoma_contract::ClockTrust::Server);
    let diagnosis = till.diagnosis().await.unwrap();
    assert!(diagnosis.clock_warning);
    assert!(diagnosis.server_time.ms_since(shop.backend.now()).abs() < 1_000);
    assert!(diagnosis.wall_ahead_ms.unwrap().abs_diff(7_200_000) < 1_000);
    shop.clock.wall_off_ms.store(0, Ordering::Relaxed);
    let next = till.new_order_no();
    assert!(next > order_no, "numbers sort as sales were rung up");
}

#[tokio::test(start_paused = true)]
async fn a_till_that_starts_with_a_wrong_clock_corrects_it_before_it_sells() {
    let shop = Shop::new();
    shop.paired().await.close().await;
    shop.clock.wall_off_ms.store(7_200_000, Ordering::Relaxed);
    let till = shop.open().await;
    let order_no = ring_up(&till, 1280).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    assert_eq!(shop.backend.state().orders.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_till_killed_with_the_code_on_screen_learns_of_the_payment_when_it_starts_again() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    drop(till);
    wait_ms(60_000).await;
    shop.backend.pay(&order_no, "42");
    let till = shop.open().await;
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!(till.results().len(), 1);
    till.close().await;
    let till = shop.open().await;
    assert_eq!(till.results()[0].key, "wechatpay:42");
    till.acknowledge("wechatpay:42").await.unwrap();
    till.close().await;
    assert!(shop.open().await.results().is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_kill_an_unknown_outcome_is_asked_and_not_remade() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let (_sender, hold) = tokio::sync::oneshot::channel();
    shop.backend.state().hold.push_back(hold);
    let order_no = ring_up(&till, 1280).await;
    drop(till);
    wait_ms(1_000).await;
    shop.backend.state().log.clear();
    let till = shop.open().await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    let log = shop.backend.state().log.clone();
    let of_order: Vec<&str> =
        log.iter().map(|(_, line)| line.as_str()).filter(|line| line.contains(order_no.as_str())).collect();
    assert_eq!(of_order[0], format!("GET /v1/orders/{order_no}"));
    assert_eq!(of_order[1], format!("PUT /v1/orders/{order_no}"));
}

#[tokio::test(start_paused = true)]
async fn the_servers_word_to_wait_is_obeyed() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let _till = shop.awaiting().await;
    shop.backend.fault("GET /v1/orders", problem(ProblemCode::RateLimited, Some(40)));
    wait_ms(10_000).await;
    let asked: Vec<u64> = {
        let state = shop.backend.state();
        state.log.iter().filter(|(_, line)| line.starts_with("GET /v1/orders")).map(|(at, _)| *at).collect()
    };
    let refused_at = *asked.last().unwrap();
    wait_ms(40_000).await;
    let state = shop.backend.state();
    let next = state.log.iter().find(|(at, line)| *at > refused_at && line.starts_with("GET /v1/orders"));
    assert!(next.unwrap().0 >= refused_at + 40_000);
}

#[tokio::test(start_paused = true)]
async fn a_sale_rung_up_without_network_goes_out_when_there_is_one() {
    let shop = Shop::new();
    let till = shop.paired().await;
    till.network(false).await.unwrap();
    let first = ring_up(&till, 100).await;
    let second = ring_up(&till, 200).await;
    let third = ring_up(&till, 300).await;
    wait_ms(60_000).await;
    assert_eq!(till.sale(&third).await.unwrap().sale.phase, PhaseWord::Draft);
    assert_eq!(shop.backend.count("PUT"), 0);
    till.network(true).await.unwrap();
    for order_no in [&first, &second, &third] {
        until(&till, order_no, |view| view.phase == PhaseWord::Awaiting).await;
    }
    let log = shop.backend.state().log.clone();
    let puts: Vec<(u64, String)> = log.into_iter().filter(|(_, line)| line.starts_with("PUT")).collect();
    let numbers: Vec<&str> = puts.iter().map(|(_, line)| line.rsplit('/').next().unwrap()).collect();
    assert_eq!(numbers, [third.as_str(), first.as_str(), second.as_str()]);
    assert!(puts[2].0 - puts[1].0 >= 900, "drafts go out at a limited rate");
}

#[tokio::test(start_paused = true)]
async fn a_dead_network_is_noticed_by_itself_and_so_is_its_return() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    shop.backend.state().offline = true;
    shop.backend.state().streams.clear();
    let order_no = ring_up(&till, 1280).await;
    let view = until(&till, &order_no, |view| view.trouble.is_some()).await;
    assert_eq!(view.phase, PhaseWord::Draft, "it surely did not leave");
    wait_ms(120_000).await;
    let tries = shop.backend.state().log.len();
    shop.backend.state().offline = false;
    until(&till, &order_no, |view| view.phase == PhaseWord::Awaiting).await;
    assert!(tries < 25, "{tries} tries in two minutes without network");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_have_left_once_stays_in_doubt_though_later_tries_surely_did_not() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    shop.backend.fault("PUT", Fault::DropRequest);
    let order_no = ring_up(&till, 1280).await;
    until(&till, &order_no, |view| view.trouble.is_some()).await;
    shop.backend.state().offline = true;
    shop.backend.state().streams.clear();
    wait_ms(700_000).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Sending);
    till.cancel(&order_no, AttemptNo::FIRST).await.unwrap();
    shop.backend.state().offline = false;
    until(&till, &order_no, |view| view.phase == PhaseWord::Closed).await;
    assert!(shop.backend.count("close") > 0);
}

#[tokio::test(start_paused = true)]
async fn old_drafts_wait_for_a_person_who_sends_or_drops_them() {
    let shop = Shop::new();
    let till = shop.paired().await;
    till.network(false).await.unwrap();
    let sent = ring_up(&till, 100).await;
    let dropped = ring_up(&till, 200).await;
    till.on_screen(None).await.unwrap();
    until(&till, &sent, |view| view.phase == PhaseWord::WaitingForPerson).await;
    till.network(true).await.unwrap();
    wait_ms(60_000).await;
    assert_eq!(shop.backend.count("PUT"), 0);
    till.decide_draft(&sent, saoma_engine::DraftChoice::Send).await.unwrap();
    let reason = "the customer left".to_owned();
    let view = till.decide_draft(&dropped, saoma_engine::DraftChoice::Drop { reason }).await.unwrap();
    assert_eq!((view.phase, view.notice.unwrap().detail.as_str()), (PhaseWord::Dropped, "the customer left"));
    until(&till, &sent, |view| view.phase == PhaseWord::Awaiting).await;
    assert_eq!(shop.backend.count("PUT"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_that_is_dropped_loses_nothing() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = till.new_order_no();
    // Polled once: the command has been handed over; then nobody waits for it.
    let charge = tokio::time::timeout(std::time::Duration::ZERO, till.charge(&order_no, tea(1280)));
    assert!(charge.await.is_err());
    until_there(&till, &order_no).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
}

async fn until_there(till: &saoma_engine::Till, order_no: &saoma_contract::OrderNo) {
    for _ in 0..100 {
        if till.sale(order_no).await.is_ok() {
            return;
        }
        wait_ms(10).await;
    }
    panic!("the sale never came");
}

#[tokio::test(start_paused = true)]
async fn a_revoked_device_may_only_be_looked_at_and_stops_asking() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    shop.backend.state().revoked = true;
    shop.backend.state().streams.clear();
    wait_ms(60_000).await;
    assert_eq!(till.diagnosis().await.unwrap().read_only.as_deref(), Some("device_revoked"));
    let refused = till.charge(&till.new_order_no(), tea(100)).await.unwrap_err();
    assert_eq!(refused.code(), "read_only");
    let asked = shop.backend.state().log.len();
    wait_ms(600_000).await;
    assert_eq!(shop.backend.state().log.len(), asked);
    assert_eq!(till.sale(&order_no).await.unwrap().sale.order_no, order_no);
    till.pair(&shop.link(), "counter").await.unwrap();
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
}

#[tokio::test(start_paused = true)]
async fn a_ledger_with_a_new_life_is_offered_everything_again() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let paid = ring_up(&till, 100).await;
    until(&till, &paid, |view| view.code.is_some()).await;
    shop.backend.pay(&paid, "42");
    until(&till, &paid, |view| view.phase == PhaseWord::Paid).await;
    let open = ring_up(&till, 200).await;
    until(&till, &open, |view| view.code.is_some()).await;
    {
        let mut state = shop.backend.state();
        state.orders.clear();
        state.feed.clear();
        state.offered_statements.clear();
        (state.epoch, state.counter) = (2, 0);
        state.streams.clear();
    }
    for order_no in [&paid, &open] {
        let mut tries = 0;
        while !shop.backend.state().orders.contains_key(order_no) {
            wait_ms(1_000).await;
            tries += 1;
            assert!(tries < 120, "never offered again");
        }
    }
    assert_eq!(till.diagnosis().await.unwrap().epoch, Some(2));
    assert_eq!(shop.backend.state().offered_statements, [1, 1]);
    assert_eq!(till.sale(&paid).await.unwrap().sale.phase, PhaseWord::Paid);
    assert_eq!(till.results().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_is_too_old_is_given_up() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.fault("GET /v1/changes", problem(ProblemCode::Resync, None));
    till.foreground(false).await.unwrap();
    till.foreground(true).await.unwrap();
    wait_ms(5_000).await;
    assert!(till.diagnosis().await.unwrap().stream_alive);
    shop.backend.pay(&order_no, "42");
    wait_ms(100).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Paid);
}

#[tokio::test(start_paused = true)]
async fn a_refused_refresh_or_close_shows_the_order_as_it_is() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let (till, order_no) = shop.awaiting().await;
    shop.backend.pay(&order_no, "42");
    till.cancel(&order_no, AttemptNo::FIRST).await.unwrap();
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert!(view.has_receipt);
    assert_eq!(till.cancel(&order_no, AttemptNo::FIRST).await.unwrap_err().code(), "order_paid");
}

#[tokio::test(start_paused = true)]
async fn a_till_that_was_killed_asks_as_often_as_the_orders_age_wants_and_not_as_for_a_new_one() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let (till, order_no) = shop.awaiting().await;
    wait_ms(120_000).await;
    drop(till);
    wait_ms(1_000).await;
    let till = shop.open().await;
    till.on_screen(Some(order_no.clone())).await.unwrap();
    shop.backend.state().log.clear();
    wait_ms(60_000).await;
    let asked = shop.backend.count(&format!("GET /v1/orders/{order_no}"));
    assert!((3..=7).contains(&asked), "one question in 15 s: {asked}");
}

#[tokio::test(start_paused = true)]
async fn what_wechat_pay_forbids_the_merchant_is_said_in_words_of_our_own() {
    use saoma_contract::{OrderState, Refusal};
    use saoma_engine::wording::Language;
    for code in ["NO_AUTH", "ACCOUNT_ERROR", "RULE_LIMIT"] {
        let shop = Shop::new();
        shop.backend.state().has_stream = false;
        let till = shop.paired().await;
        shop.backend.fault("PUT /v1/orders", Fault::DropReply);
        let order_no = ring_up(&till, 1280).await;
        wait_ms(50).await;
        shop.backend.say(&order_no, |order| {
            order.state = OrderState::Rejected;
            order.attempts.clear();
            order.statements.clear();
            order.refusal = Some(Refusal {
                code: code.to_owned(),
                detail: "商户号该产品权限未开通".to_owned(),
            });
        });
        let view = until(&till, &order_no, |view| view.phase == PhaseWord::Rejected).await;
        for language in [Language::Chinese, Language::English] {
            let said = format!("{:?}", language.sale(&view));
            assert!(
                said.contains(if language == Language::Chinese { "微信支付" } else { "WeChat Pay" }),
                "{said}"
            );
            assert!(!said.contains("权限未开通"), "{said}");
        }
        // What was rung up before is asked about as ever.
        assert!(!till.diagnosis().await.unwrap().unreachable);
    }
}
