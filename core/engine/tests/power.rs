//! The disk itself: its power fails at any write, and what no sync made durable is lost or torn; it is full, or it breaks.
//! Nothing that was acknowledged is missing afterwards, nothing is half there, and the till goes on.
//!
//! `SAOMA_SEED` chooses other moments, `SAOMA_POWER_EVERY` how many operations lie between two of them.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::collections::BTreeSet;

use rusqlite::Connection;
use saoma_contract::{AttemptNo, AttemptState, OrderNo, OrderState, RefundNo};
use saoma_engine::store::Storage as _;
use saoma_engine::{
    NewRefundWish, NewSale, PageQuery, PhaseWord, SaleView, Settings, SqliteStorage, Till, TillError,
};
use saoma_vfs::{Disk, Failure};
use shop::{Shop, sealing, tea, wait_ms};

/// What a person was told was done, and must find again.
#[derive(Default)]
struct Told {
    paired: bool,
    rung_up: BTreeSet<OrderNo>,
    paid: BTreeSet<OrderNo>,
    closed: BTreeSet<OrderNo>,
    in_cash: BTreeSet<OrderNo>,
    acknowledged: BTreeSet<String>,
    refunded: Option<(OrderNo, RefundNo)>,
    shift_closed: bool,
}

/// The sales of a day: paid by code, cancelled, refreshed, in cash, by the customer's code.
struct Plan {
    sales: [OrderNo; 5],
    refund: RefundNo,
}

const AMOUNTS: [i64; 5] = [100, 200, 300, 400, 500];

impl Plan {
    fn new(till: &Till) -> Self {
        Self { sales: std::array::from_fn(|_| till.new_order_no()), refund: till.new_refund_no() }
    }
}

async fn view(till: &Till, order_no: &OrderNo) -> Result<SaleView, TillError> {
    Ok(till.sale(order_no).await?.sale)
}

/// A day with a bit of everything, as far as the disk lets it. It may be lived again: what is done is not done twice.
async fn live(shop: &Shop, till: &Till, plan: &Plan, told: &mut Told) -> Result<(), TillError> {
    if till.pairing().await?.is_none() {
        till.pair(&shop.link(), "counter").await?;
    }
    told.paired = true;
    if till.shifts(10).await?.is_empty() {
        till.open_shift(0).await?;
    }
    for (at, (order_no, amount)) in plan.sales.iter().zip(AMOUNTS).enumerate() {
        till.charge(order_no, NewSale { by_code: at == 4, in_cash: at == 3, ..tea(amount) }).await?;
        told.rung_up.insert(order_no.clone());
        wait_ms(1_500).await;
    }
    let [paid, cancelled, refreshed, cash, by_code] = &plan.sales;
    told.in_cash.insert(cash.clone());
    let is_payable = |order_no: &OrderNo| {
        shop.backend.state().orders.get(order_no).is_some_and(|stored| stored.order.payments.is_empty())
    };
    if is_payable(paid) {
        shop.backend.pay(paid, "first");
        wait_ms(1_500).await;
    }
    if view(till, paid).await?.phase == PhaseWord::Paid {
        told.paid.insert(paid.clone());
        till.acknowledge("wechatpay:first").await?;
        told.acknowledged.insert("wechatpay:first".to_owned());
        let wish = NewRefundWish {
            transaction_id: "first".to_owned(),
            amount: 30,
            reason: "cold".to_owned(),
            ..Default::default()
        };
        till.refund(paid, &plan.refund, wish).await?;
        told.refunded = Some((paid.clone(), plan.refund.clone()));
        wait_ms(1_500).await;
    }
    if view(till, cancelled).await?.phase != PhaseWord::Closed {
        till.cancel(cancelled, AttemptNo::FIRST).await?;
        wait_ms(1_500).await;
        if shop.backend.state().orders.contains_key(cancelled) {
            shop.backend.prove_closed(cancelled);
            wait_ms(1_500).await;
        }
    }
    if view(till, cancelled).await?.phase == PhaseWord::Closed {
        told.closed.insert(cancelled.clone());
    }
    if view(till, refreshed).await?.last_attempt == Some(AttemptNo::FIRST) {
        till.refresh(refreshed, AttemptNo::FIRST).await?;
        wait_ms(1_500).await;
    }
    let waits_for_proof = {
        let state = shop.backend.state();
        state.orders.get(refreshed).is_some_and(|stored| stored.order.state == OrderState::Closing)
    };
    if waits_for_proof {
        shop.backend.open_next(refreshed);
        wait_ms(1_500).await;
    }
    if view(till, by_code).await?.phase == PhaseWord::Ready {
        shop.backend.state().next_charge = Some(AttemptState::Paid);
        till.scan(by_code, None, "134567890123456789".to_owned()).await?;
        wait_ms(3_000).await;
    }
    if view(till, by_code).await?.phase == PhaseWord::Paid {
        told.paid.insert(by_code.clone());
    }
    if till.shifts(1).await?.first().is_some_and(|shift| shift.closed_at.is_none()) {
        till.close_shift(None).await?;
        told.shift_closed = true;
    }
    Ok(())
}

/// What SQLite itself and the chain say of the file, and that it holds every entry which a request has named.
fn assert_the_file_is_whole(shop: &Shop, moment: &str) {
    if shop.database().exists() {
        let connection = Connection::open(shop.database()).unwrap();
        let checked: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(checked, "ok", "{moment}");
    }
    let mut storage =
        SqliteStorage::open(shop.database(), &sealing()).unwrap_or_else(|error| panic!("{moment}: {error}"));
    storage.restore().unwrap_or_else(|error| panic!("{moment}: {error}"));
    if let Some(named) = shop.backend.state().journal.last().filter(|head| head.entries > 0) {
        let entry = storage.entries_after(named.entries - 1, 1).unwrap();
        assert_eq!(entry.first().map(|entry| entry.hash), Some(named.hash), "{moment}: {named:?} was named");
    }
}

/// What was told is there, before anybody is asked again.
async fn assert_nothing_is_missing(till: &Till, told: &Told, moment: &str) {
    let paired = till.pairing().await.unwrap().is_some();
    assert!(paired || !told.paired, "{moment}: the pairing is lost");
    for order_no in &told.rung_up {
        let found = view(till, order_no).await;
        assert!(found.is_ok(), "{moment}: {order_no} is lost");
    }
    for (numbers, phase) in [(&told.paid, PhaseWord::Paid), (&told.closed, PhaseWord::Closed)] {
        for order_no in numbers {
            assert_eq!(view(till, order_no).await.unwrap().phase, phase, "{moment}: {order_no}");
        }
    }
    for order_no in &told.in_cash {
        assert!(view(till, order_no).await.unwrap().cash_taken_at.is_some(), "{moment}: {order_no}");
    }
    for result in till.results() {
        assert!(!told.acknowledged.contains(&result.key), "{moment}: {} is told again", result.key);
    }
    if let Some((order_no, refund_no)) = &told.refunded {
        let sale = view(till, order_no).await.unwrap();
        assert!(sale.refunds.iter().any(|refund| refund.refund_no == *refund_no), "{moment}: {sale:?}");
    }
    let closed = till.shifts(1).await.unwrap().first().is_some_and(|shift| shift.closed_at.is_some());
    assert!(closed || !told.shift_closed, "{moment}: the shift is open again");
}

/// The day is lived to its end, and everything came once.
async fn assert_the_day_ends_well(shop: &Shop, till: &Till, plan: &Plan, moment: &str) {
    let mut told = Told::default();
    for _ in 0..3 {
        live(shop, till, plan, &mut told).await.unwrap_or_else(|error| panic!("{moment}: {error}"));
        wait_ms(40_000).await;
    }
    let [_, cancelled, refreshed, cash, by_code] = &plan.sales;
    {
        let state = shop.backend.state();
        assert_eq!(state.charges.get(by_code), Some(&1), "{moment}");
        for order_no in &plan.sales {
            let order = &state.orders[order_no].order;
            let paid = usize::from(order_no != cancelled && order_no != refreshed);
            assert_eq!(order.payments.len(), paid, "{moment}: {order:?}");
        }
        assert_eq!(state.orders[&plan.sales[0]].order.refunds.len(), 1, "{moment}");
        assert!(state.orders[cash].order.attempts.is_empty(), "{moment}");
        assert_eq!(state.orders[refreshed].order.attempts.len(), 2, "{moment}");
    }
    let day = till.day(None).await.unwrap();
    assert_eq!((day.paid.amount, day.cash.amount), (600, 400), "{moment}");
    for _ in 0..200 {
        let diagnosis = till.diagnosis().await.unwrap();
        assert_eq!(diagnosis.storage_fault, None, "{moment}");
        if diagnosis.storage_checked {
            return;
        }
        wait_ms(1_000).await;
    }
    panic!("{moment}: the check never ended");
}

fn from_env(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Lives the day with the power failing after so many operations of the disk. False if the day ended before.
async fn power_fails_after(operations: u64, seed: u64) -> bool {
    let moment = format!("operation {operations}, seed {seed}");
    let shop = Shop::new();
    let disk = Disk::under(shop.folder.path());
    let fresh = shop.folder.path().join("plan.db");
    let till = Till::open(
        shop.parts(Box::new(SqliteStorage::open(fresh, &sealing()).unwrap())),
        Settings::default(),
    );
    let till = till.await.unwrap();
    let plan = Plan::new(&till);
    till.close().await;
    let mut told = Told::default();
    disk.power_fails_after(operations);
    if let Ok(storage) = SqliteStorage::open(shop.database(), &sealing())
        && let Ok(till) = Till::open(shop.parts(Box::new(storage)), Settings::default()).await
    {
        let lived = live(&shop, &till, &plan, &mut told).await;
        assert!(lived.is_ok() || disk.is_dead(), "{moment}: {lived:?}");
        till.close().await;
    }
    let died = disk.is_dead();
    disk.power_returns(seed);
    assert_the_file_is_whole(&shop, &moment);
    shop.backend.state().offline = true;
    let till = shop.open().await;
    assert_nothing_is_missing(&till, &told, &moment).await;
    shop.backend.state().offline = false;
    assert_the_day_ends_well(&shop, &till, &plan, &moment).await;
    till.close().await;
    died
}

#[test]
fn whenever_the_power_fails_nothing_that_was_acknowledged_is_missing() {
    let (seed, every) = (from_env("SAOMA_SEED", 20_261_126), from_env("SAOMA_POWER_EVERY", 11));
    println!("SAOMA_SEED={seed} SAOMA_POWER_EVERY={every}");
    let (mut operations, mut moments) = (seed % every, 0);
    loop {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        if !runtime.block_on(power_fails_after(operations, seed + operations)) {
            break;
        }
        moments += 1;
        operations += every;
    }
    println!("{moments} moments of {operations} operations");
    assert!(moments > 20, "the day was too short: {moments}");
}

/// Lives the day on a disk that fails from an operation on, and gives room again. False if the day ended before.
async fn disk_fails_after(operations: u64, failure: Failure, code: &str) -> bool {
    let moment = format!("{failure:?} after {operations} operations");
    let shop = Shop::new();
    shop.paired().await.close().await;
    let disk = Disk::under(shop.folder.path());
    let till = shop.open().await;
    let (plan, mut told) = (Plan::new(&till), Told::default());
    disk.fails_after(operations, failure);
    let lived = live(&shop, &till, &plan, &mut told).await;
    wait_ms(20_000).await;
    let failed = disk.failed() > 0;
    if failed {
        if let Err(error) = lived {
            assert_eq!((error.code(), error.retryable()), (code, true), "{moment}: {error}");
        }
        let refused = till.charge(&till.new_order_no(), tea(1)).await.unwrap_err();
        assert_eq!((refused.code(), refused.retryable()), (code, true), "{moment}: {refused}");
        let diagnosis = till.diagnosis().await.unwrap();
        assert_eq!(diagnosis.storage_fault_code, Some(code), "{moment}");
        // Everything can be read, and nothing that was told is missing.
        assert_nothing_is_missing(&till, &told, &moment).await;
        let sales = till.list(PageQuery { limit: Some(100), ..PageQuery::default() }).await.unwrap().sales;
        assert!(sales.len() >= told.rung_up.len(), "{moment}");
        till.day(None).await.unwrap();
    }
    disk.is_well();
    assert_the_day_ends_well(&shop, &till, &plan, &moment).await;
    till.close().await;
    assert_the_file_is_whole(&shop, &moment);
    failed
}

#[test]
fn a_disk_that_is_full_or_broken_from_any_write_on_rings_nothing_up_and_loses_nothing() {
    let (seed, every) = (from_env("SAOMA_SEED", 20_261_126), from_env("SAOMA_POWER_EVERY", 23));
    for (failure, code) in [(Failure::Full, "storage_full"), (Failure::Broken, "storage_failed")] {
        let (mut operations, mut moments) = (seed % every, 0);
        loop {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            if !runtime.block_on(disk_fails_after(operations, failure, code)) {
                break;
            }
            moments += 1;
            operations += every;
        }
        println!("{failure:?}: {moments} moments of {operations} operations");
        assert!(moments > 4, "the day was too short: {moments}");
    }
}
