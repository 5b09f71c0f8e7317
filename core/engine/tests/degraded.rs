//! The backend is gone for a day: the till keeps drafts, holds its limits, and lets them out in order once somebody says so.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use saoma_engine::{DraftChoice, Limits, ListFilter, PageQuery, PhaseWord};
use shop::{Shop, ring_up, tea, until, wait_ms};

const HOUR_MS: u64 = 3_600_000;

#[tokio::test(start_paused = true)]
async fn a_till_without_its_backend_for_a_day_keeps_drafts_within_its_limits_and_lets_them_out_in_order() {
    let shop = Shop::new();
    let till = shop.paired().await;
    till.set_limits(Limits { unproven_count_max: 40, unproven_sum_max: 60_000 }).await.unwrap();
    shop.backend.state().offline = true;
    let began_at = shop.clock.true_time();
    let mut drafts = Vec::new();
    for _ in 0..10 {
        for _ in 0..3 {
            drafts.push(ring_up(&till, 1_280).await);
            wait_ms(1_000).await;
        }
        wait_ms(HOUR_MS).await;
    }
    // The sum is full before the count: 30 × 12.80 and a large one.
    drafts.push(ring_up(&till, 21_600).await);
    let refused = till.charge(&till.new_order_no(), tea(1)).await.unwrap_err();
    assert_eq!(refused.code(), "too_many_unproven");
    till.on_screen(None).await.unwrap();
    wait_ms(13 * HOUR_MS).await;
    let offline = shop.backend.state().log.len();
    let asked_for_s = u64::try_from(shop.clock.true_time().ms_since(began_at)).unwrap() / 1_000;
    assert!(
        offline as u64 <= asked_for_s / 20,
        "{offline} tries in {asked_for_s} s: one road, tried at growing pauses"
    );

    // A kill in the middle of it loses none.
    drop(till);
    wait_ms(1_000).await;
    let till = shop.open().await;
    shop.backend.state().offline = false;
    wait_ms(120_000).await;
    assert!(shop.backend.state().orders.is_empty(), "old drafts wait for a person");
    let query = PageQuery { filter: Some(ListFilter::Unanswered), limit: Some(100), ..PageQuery::default() };
    let waiting = till.list(query).await.unwrap().sales;
    assert_eq!(waiting.len(), drafts.len());
    assert!(waiting.iter().all(|sale| sale.phase == PhaseWord::WaitingForPerson));

    shop.backend.state().log.clear();
    for draft in drafts.iter().rev() {
        till.decide_draft(draft, DraftChoice::Send).await.unwrap();
    }
    for draft in &drafts {
        until(&till, draft, |view| view.phase == PhaseWord::Awaiting).await;
    }
    let state = shop.backend.state();
    let sent: Vec<&(u64, String)> = state.log.iter().filter(|(_, line)| line.starts_with("PUT")).collect();
    assert_eq!(sent.len(), drafts.len(), "each once");
    assert!(sent.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 900), "one a second: {sent:?}");
    assert!(sent[1..].windows(2).all(|pair| pair[0].1 < pair[1].1), "the oldest first: {sent:?}");
}
