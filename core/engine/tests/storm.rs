//! A day in a shop where everything goes wrong, from one seed: lost answers, dead networks, strangers, kills. In the end no
//! sale is lost, none is paid, given back or closed that is not, no payment code was charged twice, and everything was told.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::collections::{BTreeMap, BTreeSet};

use saoma_chance::Chance;
use saoma_contract::{
    AttemptState, Order, OrderNo, OrderState, Payment, Problem, ProblemCode, RefundNo, RefundState,
};
use saoma_engine::{NewRefundWish, NewSale, PhaseWord, RefundWord, Till};
use shop::{Fault, Shop, tea, wait_ms};

const CODE: &str = "134567890123456789";

/// One of several, if there is any.
fn pick<'a, T>(chance: &mut Chance, of: &'a [T]) -> Option<&'a T> {
    (!of.is_empty()).then(|| chance.one_of(of))
}

fn misfortune(chance: &mut Chance) -> Fault {
    let problem = |code| {
        let problem = Problem::new(code, "so").retry_after_s(3);
        Fault::Answer(problem.status, "application/problem+json", serde_json::to_string(&problem).unwrap())
    };
    match chance.below(6) {
        0 => Fault::DropReply,
        1 => Fault::DropRequest,
        2 => Fault::Refuse,
        3 => Fault::Answer(200, "text/html", "<h1>please sign in</h1>".to_owned()),
        4 => problem(ProblemCode::Unavailable),
        _ => problem(ProblemCode::RateLimited),
    }
}

fn proven(order: &Order) -> impl Iterator<Item = &Payment> {
    order.payments.iter().filter(|payment| payment.channel != "cash")
}

/// Whether the customer can still pay the code that was shown.
fn is_payable(order: &Order) -> bool {
    let open = order.last_attempt().is_some_and(|last| {
        last.code.is_some() && matches!(last.state, AttemptState::Open | AttemptState::Closing)
    });
    open && matches!(order.state, OrderState::Awaiting | OrderState::Closing | OrderState::Cash)
}

/// What is on screen must be true at every moment: never paid without money, never closed while payable.
async fn nothing_false(shop: &Shop, till: &Till, numbers: &[OrderNo]) {
    for order_no in numbers {
        let view = till.sale(order_no).await.unwrap().sale;
        let state = shop.backend.state();
        let stored = state.orders.get(order_no).map(|stored| &stored.order);
        match view.phase {
            PhaseWord::Paid => assert!(stored.is_some_and(|order| proven(order).count() > 0), "{view:?}"),
            PhaseWord::Cash | PhaseWord::CashUnproven => assert!(view.cash_taken_at.is_some(), "{view:?}"),
            PhaseWord::Closed => {
                let ended =
                    stored.is_some_and(|order| matches!(order.state, OrderState::Closed | OrderState::Paid));
                assert!(ended, "{view:?}");
            }
            PhaseWord::Dropped => assert!(stored.is_none(), "{view:?}"),
            PhaseWord::Rejected | PhaseWord::Joined | PhaseWord::Unknown => panic!("{view:?}"),
            _ => {}
        }
        for refund in view.refunds.iter().filter(|refund| refund.state == RefundWord::Done) {
            let told =
                stored.and_then(|order| order.refunds.iter().find(|one| one.refund_no == refund.refund_no));
            assert_eq!(told.map(|told| &told.state), Some(&RefundState::Done), "{view:?}");
        }
        if let (Some(code), Some(order)) = (&view.code, stored) {
            let known = order.attempts.iter().filter_map(|attempt| attempt.code.as_ref());
            assert!(known.into_iter().any(|known| *known == code.code), "{view:?}");
        }
    }
}

/// The channel comes to an end with what it has in hand: refunds are done or not, passwords typed or not.
fn channel_goes_on(shop: &Shop, end: usize) {
    let orders: Vec<Order> =
        shop.backend.state().orders.values().map(|stored| stored.order.clone()).collect();
    for order in orders {
        if order.last_attempt().is_some_and(|last| last.state == AttemptState::Paying) {
            shop.backend.charge_comes_to(&order.order_no, end.is_multiple_of(2));
        }
        for refund in order.refunds.iter().filter(|refund| refund.state == RefundState::Processing) {
            let state = match end {
                1 => RefundState::Closed,
                2 => RefundState::Abnormal,
                _ => RefundState::Done,
            };
            shop.backend.refund_comes_to(&order.order_no, &refund.refund_no, state);
        }
    }
}

async fn day(seed: u64) {
    let mut chance = Chance::new(seed);
    let shop = Shop::new();
    shop.backend.state().has_stream = chance.below(2) == 0;
    let mut till = shop.paired().await;
    let (mut numbers, mut transactions) = (Vec::new(), 0u64);
    let mut scans: BTreeMap<OrderNo, u32> = BTreeMap::new();
    let mut refunds: Vec<(OrderNo, RefundNo)> = Vec::new();
    for _ in 0..80 {
        let order_no = pick(&mut chance, &numbers).cloned();
        match (chance.below(26), order_no) {
            (0..=2, _) => {
                let order_no = till.new_order_no();
                till.charge(&order_no, tea(100)).await.unwrap();
                numbers.push(order_no);
            }
            (3..=4, Some(order_no)) => {
                let stored = |state: &shop::State| state.orders.get(&order_no).map(|one| one.order.clone());
                if stored(&shop.backend.state()).is_some_and(|order| is_payable(&order)) {
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
                let path = [
                    "PUT",
                    "GET /v1/orders",
                    "close",
                    "refresh",
                    "changes",
                    "time",
                    "stream",
                    "charge",
                    "cash",
                    "refunds",
                    "/v1/",
                ];
                let path = pick(&mut chance, &path).unwrap();
                let fault = misfortune(&mut chance);
                shop.backend.fault(path, fault);
            }
            (10, _) => {
                let mut state = shop.backend.state();
                state.offline = !state.offline;
                state.streams.clear();
            }
            (11, _) => till.network(chance.below(3) > 0).await.unwrap(),
            (12, _) => till.foreground(chance.below(3) > 0).await.unwrap(),
            (13, _) => {
                // Killed: whatever was under way is gone, also in the middle of a call.
                drop(till);
                wait_ms(1 + u64::try_from(chance.below(100)).unwrap()).await;
                till = shop.open().await;
            }
            (14, Some(order_no)) => till.on_screen(Some(order_no)).await.unwrap(),
            (15, _) => {
                let order_no = till.new_order_no();
                till.charge(&order_no, NewSale { by_code: true, ..tea(100) }).await.unwrap();
                numbers.push(order_no);
            }
            (16..=18, Some(order_no)) => {
                let ways = [AttemptState::Paid, AttemptState::Paying];
                shop.backend.state().next_charge = pick(&mut chance, &ways).cloned();
                shop.backend.state().closes_late = chance.below(4) == 0;
                let last = till.sale(&order_no).await.unwrap().sale.last_attempt;
                if till.scan(&order_no, last, CODE.to_owned()).await.is_ok() {
                    *scans.entry(order_no).or_default() += 1;
                }
            }
            (19, _) => {
                let order_no = till.new_order_no();
                till.charge(&order_no, NewSale { in_cash: true, ..tea(100) }).await.unwrap();
                numbers.push(order_no);
            }
            (20, Some(order_no)) => {
                // A sale that is paid or has ended says so.
                let _ = till.take_cash(&order_no).await;
            }
            (21..=22, Some(order_no)) => {
                let view = till.sale(&order_no).await.unwrap().sale;
                let refund_no = till.new_refund_no();
                if let Some(payment) = view.payments.iter().find(|payment| payment.left > 0) {
                    let wish = NewRefundWish {
                        channel: payment.channel.clone(),
                        transaction_id: payment.transaction_id.clone(),
                        amount: 1 + i64::try_from(chance.below(60)).unwrap().min(payment.left - 1),
                        reason: "cold".to_owned(),
                    };
                    till.refund(&order_no, &refund_no, wish).await.unwrap();
                    refunds.push((order_no, refund_no));
                }
            }
            (23..=24, _) => {
                let end = chance.below(4);
                channel_goes_on(&shop, end);
            }
            _ => {}
        }
        wait_ms(u64::try_from(chance.below(4_000)).unwrap()).await;
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
        channel_goes_on(&shop, 0);
        for order_no in &numbers {
            let sale = till.sale(order_no).await.unwrap().sale;
            let phase = sale.phase;
            let told = shop.backend.state().orders.get(order_no).map(|stored| stored.order.state.clone());
            match (phase, told) {
                (PhaseWord::Refreshing, Some(OrderState::Closing)) => shop.backend.open_next(order_no),
                (_, Some(OrderState::Closing | OrderState::Awaiting)) => shop.backend.prove_closed(order_no),
                (PhaseWord::CashUnproven, Some(OrderState::Cash)) => shop.backend.prove_closed(order_no),
                (PhaseWord::Ready, _) => drop(till.cancel(order_no, sale.attempt).await),
                (PhaseWord::WaitingForPerson, _) => {
                    till.decide_draft(order_no, saoma_engine::DraftChoice::Send).await.unwrap();
                }
                _ => {}
            }
        }
        nothing_false(&shop, &till, &numbers).await;
    }

    let (mut paid, mut back) = (BTreeSet::new(), BTreeSet::new());
    let (mut cash, mut cash_back) = (0, 0);
    for order_no in &numbers {
        let view = till.sale(order_no).await.unwrap().sale;
        let state = shop.backend.state();
        let stored = state.orders.get(order_no).map(|stored| &stored.order);
        let expected = match stored.map(|order| &order.state) {
            Some(OrderState::Paid) => PhaseWord::Paid,
            Some(OrderState::Closed) => PhaseWord::Closed,
            Some(OrderState::Cash) => PhaseWord::Cash,
            None => PhaseWord::Dropped,
            other => panic!("{other:?} of {view:?}"),
        };
        assert_eq!(view.phase, expected, "{view:?}");
        let charges = state.charges.get(order_no).copied().unwrap_or(0);
        assert!(charges <= scans.get(order_no).copied().unwrap_or(0), "a code was charged again: {view:?}");
        let Some(order) = stored else { continue };
        assert!(proven(order).count() <= 1, "{view:?}");
        paid.extend(proven(order).map(|payment| format!("wechatpay:{}", payment.transaction_id)));
        cash += order.payments.len() - proven(order).count();
        for refund in order.refunds.iter().filter(|refund| refund.state == RefundState::Done) {
            if refund.channel == "cash" {
                cash_back += refund.amount;
            } else {
                back.insert(format!("refund:{}", refund.refund_no));
            }
        }
    }
    for (order_no, refund_no) in &refunds {
        let view = till.sale(order_no).await.unwrap().sale;
        let refund = view.refunds.iter().find(|refund| refund.refund_no == *refund_no).unwrap();
        assert!(!refund.state.is_under_way(), "{view:?}");
        let state = shop.backend.state();
        let brought = state.orders[order_no].order.refunds.iter().filter(|one| one.refund_no == *refund_no);
        assert_eq!(brought.count(), usize::from(refund.state != RefundWord::Refused), "{view:?}");
    }
    let told: BTreeSet<String> = till.results().into_iter().map(|result| result.key).collect();
    let of = |prefix: &str, parts: usize| {
        let is_of = |key: &&String| key.starts_with(prefix) && key.split(':').count() == parts;
        told.iter().filter(is_of).cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!((of("wechatpay:", 2), of("refund:", 2)), (paid.clone(), back.clone()));
    let sums = till.day(None).await.unwrap();
    let count = |count: u32| usize::try_from(count).unwrap();
    assert_eq!((count(sums.paid.count), count(sums.cash.count)), (paid.len(), cash));
    assert_eq!((count(sums.refunded.count), sums.cash_refunded.amount), (back.len(), cash_back));
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
