//! How often the till asks and wakes, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::sync::atomic::Ordering;

use saoma_engine::PhaseWord;
use shop::{Shop, ring_up, until, wait_ms};

#[tokio::test(start_paused = true)]
async fn an_order_nobody_pays_takes_at_most_forty_requests_in_five_minutes() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let till = shop.paired().await;
    wait_ms(1_000).await;
    shop.backend.state().log.clear();
    let _order_no = ring_up(&till, 1280).await;
    wait_ms(300_000).await;
    let all = shop.backend.state().log.len();
    assert!((30..=40).contains(&all), "{all}");
}

#[tokio::test(start_paused = true)]
async fn with_a_live_stream_a_question_in_half_a_minute_is_enough() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    shop.backend.state().log.clear();
    let _order_no = ring_up(&till, 1280).await;
    wait_ms(300_000).await;
    assert!(shop.backend.state().log.len() <= 14, "{:?}", shop.backend.state().log);
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_at_once_however_its_chunks_are_split() {
    for chunk_bytes in [1, 7, 0] {
        let shop = Shop::new();
        shop.backend.state().chunk_bytes = chunk_bytes;
        let till = shop.paired().await;
        let order_no = ring_up(&till, 1280).await;
        until(&till, &order_no, |view| view.code.is_some()).await;
        wait_ms(5_000).await;
        let asked = shop.backend.count("GET /v1/orders");
        shop.backend.pay(&order_no, "42");
        wait_ms(1).await;
        assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Paid);
        assert_eq!(shop.backend.count("GET /v1/orders"), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_stream_the_ladder_learns_of_a_payment_within_seconds() {
    let mut waits = Vec::new();
    for pay_after_ms in [3_000, 6_300, 9_700, 14_100, 21_900] {
        let shop = Shop::new();
        shop.backend.state().has_stream = false;
        let till = shop.paired().await;
        let order_no = ring_up(&till, 1280).await;
        wait_ms(pay_after_ms).await;
        shop.backend.pay(&order_no, "42");
        let paid_at = shop.backend.now();
        until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
        waits.push(shop.backend.now().ms_since(paid_at));
    }
    waits.sort_unstable();
    assert!(waits[2] <= 2_200 && waits[4] <= 4_000, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_is_opened_again_and_nothing_is_missed() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    wait_ms(1_000).await;
    // The connection hangs: the backend's words go nowhere, and nothing says so.
    shop.backend.state().streams_hang = true;
    let hanging = std::mem::take(&mut shop.backend.state().streams);
    shop.backend.pay(&order_no, "42");
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert!(view.has_receipt);
    wait_ms(40_000).await;
    shop.backend.state().streams_hang = false;
    wait_ms(30_000).await;
    assert_eq!(shop.backend.count("GET /v1/stream"), 2);
    drop(hanging);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_by_word_is_opened_again_freshly_signed() {
    for (reason, again_within_ms) in [("age", 200), ("stopping", 3_000), ("rights", 3_000)] {
        let shop = Shop::new();
        let till = shop.paired().await;
        wait_ms(1_000).await;
        let end = format!("event: end\ndata: {{\"reason\":\"{reason}\"}}\n\n");
        for stream in std::mem::take(&mut shop.backend.state().streams) {
            stream.send(Ok(end.clone().into())).unwrap();
        }
        wait_ms(again_within_ms).await;
        assert_eq!(shop.backend.count("GET /v1/stream"), 2, "{reason}");
        assert!(till.diagnosis().await.unwrap().stream_alive, "{reason}");
        assert_eq!(shop.backend.count("GET /v1/bundle"), if reason == "rights" { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_open_orders_cost_few_requests_and_the_one_on_screen_is_served_first() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let till = shop.paired().await;
    let limits = saoma_engine::Limits { unproven_count_max: 200, unproven_sum_max: 1_000_000 };
    till.set_limits(limits).await.unwrap();
    for amount in 1..=100 {
        ring_up(&till, amount).await;
    }
    let last = ring_up(&till, 101).await;
    wait_ms(5_000).await;
    shop.backend.state().log.clear();
    let wakes = shop.clock.wakes.load(Ordering::Relaxed);
    wait_ms(60_000).await;
    let wakes = shop.clock.wakes.load(Ordering::Relaxed) - wakes;
    let log = shop.backend.state().log.clone();
    let of_last = log.iter().filter(|(_, line)| line.contains(last.as_str())).count();
    assert!(of_last >= 15, "{of_last}");
    assert!(log.len() <= 300, "{}", log.len());
    assert!(wakes <= 61, "{wakes} wake-ups in a minute");
}

#[tokio::test(start_paused = true)]
async fn in_the_background_the_stream_is_let_go_and_questions_are_few() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    till.foreground(false).await.unwrap();
    shop.backend.state().log.clear();
    wait_ms(120_000).await;
    assert!(shop.backend.state().log.len() <= 5, "{:?}", shop.backend.state().log);
    shop.backend.pay(&order_no, "42");
    till.foreground(true).await.unwrap();
    wait_ms(1_000).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Paid);
}

#[tokio::test(start_paused = true)]
async fn at_rest_with_nothing_open_the_till_sleeps() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let till = shop.paired().await;
    wait_ms(10_000).await;
    shop.backend.state().log.clear();
    wait_ms(3_600_000).await;
    assert!(shop.backend.state().log.is_empty());
    assert!(!till.diagnosis().await.unwrap().unreachable);
}
