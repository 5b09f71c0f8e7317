//! A day in a shop where everything goes wrong, from one seed: lost answers, dead networks, strangers, kills. In the end no
//! sale is lost, none is paid or closed that is not, and every payment was told.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::collections::BTreeSet;

use saoma_contract::{OrderNo, OrderState, Problem, ProblemCode};
use saoma_engine::{PhaseWord, Till};
use shop::{Fault, Shop, tea, wait_ms};

/// SplitMix64: the same day for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % sides
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let sides = u64::try_from(of.len()).unwrap();
        (sides > 0).then(|| &of[usize::try_from(self.roll(sides)).unwrap()])
    }
}

fn misfortune(dice: &mut Dice) -> Fault {
    let problem = |code| {
        let problem = Problem::new(code, "so").retry_after_s(3);
        Fault::Answer(problem.status, "application/problem+json", serde_json::to_string(&problem).unwrap())
    };
    match dice.roll(6) {
        0 => Fault::DropReply,
        1 => Fault::DropRequest,
        2 => Fault::Refuse,
        3 => Fault::Answer(200, "text/html", "<h1>please sign in</h1>".to_owned()),
        4 => problem(ProblemCode::Unavailable),
        _ => problem(ProblemCode::RateLimited),
    }
}

/// What is on screen must be true at every moment: never paid without money, never closed while payable.
async fn nothing_false(shop: &Shop, till: &Till, numbers: &[OrderNo]) {
    for order_no in numbers {
        let view = till.sale(order_no).await.unwrap().sale;
        let state = shop.backend.state();
        let stored = state.orders.get(order_no).map(|stored| &stored.order);
        match view.phase {
            PhaseWord::Paid => assert!(stored.is_some_and(|order| !order.payments.is_empty()), "{view:?}"),
            PhaseWord::Closed => {
                let ended =
                    stored.is_some_and(|order| matches!(order.state, OrderState::Closed | OrderState::Paid));
                assert!(ended, "{view:?}");
            }
            PhaseWord::Dropped => assert!(stored.is_none(), "{view:?}"),
            PhaseWord::Rejected | PhaseWord::Joined | PhaseWord::Unknown => panic!("{view:?}"),
            _ => {}
        }
        if let (Some(code), Some(order)) = (&view.code, stored) {
            let known = order.attempts.iter().filter_map(|attempt| attempt.code.as_ref());
            assert!(known.into_iter().any(|known| *known == code.code), "{view:?}");
        }
    }
}

async fn day(seed: u64) {
    let mut dice = Dice(seed);
    let shop = Shop::new();
    shop.backend.state().has_stream = dice.roll(2) == 0;
    let mut till = shop.paired().await;
    let (mut numbers, mut transactions) = (Vec::new(), 0u64);
    for _ in 0..60 {
        let order_no = dice.pick(&numbers).cloned();
        match (dice.roll(16), order_no) {
            (0..=2, _) => {
                let order_no = till.new_order_no();
                till.charge(&order_no, tea(100)).await.unwrap();
                numbers.push(order_no);
            }
            (3..=4, Some(order_no)) => {
                let payable = shop.backend.state().orders.get(&order_no).is_some_and(|stored| {
                    let payable = matches!(stored.order.state, OrderState::Awaiting | OrderState::Closing);
                    payable && !stored.order.attempts.is_empty()
                });
                if payable {
                    transactions += 1;
                    shop.backend.pay(&order_no, &transactions.to_string());
                }
            }
            (5, Some(order_no)) => {
                let attempt = till.sale(&order_no).await.unwrap().sale.attempt;
                // A sale that is paid says so.
                let _ = till.cancel(&order_no, attempt).await;
            }
            (6, Some(order_no)) => {
                let attempt = till.sale(&order_no).await.unwrap().sale.attempt;
                let _ = till.refresh(&order_no, attempt).await;
            }
            (7..=9, _) => {
                let path = ["PUT", "GET /v1/orders", "close", "refresh", "changes", "time", "stream", "/v1/"];
                let path = dice.pick(&path).unwrap();
                let fault = misfortune(&mut dice);
                shop.backend.fault(path, fault);
            }
            (10, _) => {
                let mut state = shop.backend.state();
                state.offline = !state.offline;
                state.streams.clear();
            }
            (11, _) => till.network(dice.roll(3) > 0).await.unwrap(),
            (12, _) => till.foreground(dice.roll(3) > 0).await.unwrap(),
            (13, _) => {
                // Killed: whatever was under way is gone, also in the middle of a call.
                drop(till);
                wait_ms(1 + dice.roll(100)).await;
                till = shop.open().await;
            }
            (14, Some(order_no)) => till.on_screen(Some(order_no)).await.unwrap(),
            _ => {}
        }
        wait_ms(dice.roll(4_000)).await;
        nothing_false(&shop, &till, &numbers).await;
    }

    {
        let mut state = shop.backend.state();
        state.offline = false;
        state.faults.clear();
    }
    till.network(true).await.unwrap();
    till.foreground(true).await.unwrap();
    for _ in 0..20 {
        wait_ms(60_000).await;
        for order_no in &numbers {
            let phase = till.sale(order_no).await.unwrap().sale.phase;
            let told = shop.backend.state().orders.get(order_no).map(|stored| stored.order.state.clone());
            match (phase, told) {
                (PhaseWord::Refreshing, Some(OrderState::Closing)) => shop.backend.open_next(order_no),
                (_, Some(OrderState::Closing | OrderState::Awaiting)) => shop.backend.prove_closed(order_no),
                (PhaseWord::WaitingForPerson, _) => {
                    till.decide_draft(order_no, saoma_engine::DraftChoice::Send).await.unwrap();
                }
                _ => {}
            }
        }
        nothing_false(&shop, &till, &numbers).await;
    }

    let mut paid = BTreeSet::new();
    for order_no in &numbers {
        let view = till.sale(order_no).await.unwrap().sale;
        let state = shop.backend.state();
        let stored = state.orders.get(order_no).map(|stored| &stored.order);
        let payments = stored.map_or(0, |order| order.payments.len());
        let expected = match stored.map(|order| &order.state) {
            Some(OrderState::Paid) => PhaseWord::Paid,
            Some(OrderState::Closed) => PhaseWord::Closed,
            None => PhaseWord::Dropped,
            other => panic!("{other:?} of {view:?}"),
        };
        assert_eq!(view.phase, expected, "{view:?}");
        assert!(payments <= 1, "{view:?}");
        let keys = stored.into_iter().flat_map(|order| &order.payments);
        paid.extend(keys.map(|payment| format!("wechatpay:{}", payment.transaction_id)));
    }
    let told: BTreeSet<String> = till.results().into_iter().map(|result| result.key).collect();
    assert_eq!(told, paid);
    let sum = till.day(None).await.unwrap().paid;
    assert_eq!(usize::try_from(sum.count).unwrap(), paid.len());
    let diagnosis = till.diagnosis().await.unwrap();
    assert_eq!((diagnosis.unproven_count, diagnosis.storage_fault), (0, None));
    assert_eq!(
        till.list(saoma_engine::PageQuery { limit: Some(100), ..Default::default() })
            .await
            .unwrap()
            .sales
            .len(),
        numbers.len()
    );
    let state = shop.backend.state();
    let heads_only_grow = state.journal.windows(2).all(|pair| pair[0].entries <= pair[1].entries);
    assert!(heads_only_grow, "each request carries the journal's head, and no kill takes it back");
}

#[test]
fn whatever_goes_wrong_no_sale_is_lost_and_nothing_false_is_shown() {
    let seeds = std::env::var("SAOMA_STORM_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(10);
    let from = std::env::var("SAOMA_STORM_FROM").ok().and_then(|from| from.parse().ok()).unwrap_or(0u64);
    for seed in from..from + seeds {
        println!("seed {seed}");
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(day(seed));
    }
}
