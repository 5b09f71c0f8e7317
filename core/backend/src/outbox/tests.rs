use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use saoma_contract::{AttemptNo, Currency, OrderNo, ServerLimits, Time};

use super::*;
use crate::clock::{Clock, SystemClock, SystemRandom};
use crate::ledger::sqlite::{Executor, SqliteLedger};
use crate::ledger::{Ledger, LedgerError, Listener, MerchantRow, Reading, Scope, Writing};
use crate::orders::{Due, OrderRecord, Phase, Step};
use crate::shop::Shop;

fn at(s: i64) -> Time {
    Time::from_unix_ms(1_785_549_600_000 + s * 1000)
}

/// An order with one attempt: in this phase, with this to be done so many seconds after the start.
fn order(number: u8, phase: Phase, step: Step, due_s: i64) -> OrderRecord {
    let order_no = OrderNo::new(1_785_549_600_000, [number; 10]);
    let mut record =
        OrderRecord::new(order_no, "tea".parse().unwrap(), "main".parse().unwrap(), false, at(0));
    let mut attempt = crate::orders::AttemptRecord::new(&record.order_no, AttemptNo::FIRST, at(0));
    attempt.phase = phase;
    attempt.due = Some(Due { step, at: at(due_s) });
    attempt.code_at = Some(at(0));
    record.attempts.push(attempt);
    record
}

fn awaiting() -> OrderRecord {
    order(1, Phase::Open, Step::Query, 300)
}

fn scope(store: &str) -> Scope {
    Scope { merchant: "tea".parse().unwrap(), store: Some(store.parse().unwrap()) }
}

/// When the channel is asked up to a time, with each answer coming at once and nothing learnt.
fn asked_until(schedule: &mut Schedule, end_s: i64) -> Vec<i64> {
    let mut times = Vec::new();
    for s in 0..=end_s {
        for task in schedule.take(at(s), 10) {
            times.push(s);
            schedule.done(&task, None);
        }
    }
    times
}

#[test]
fn what_has_fallen_due_is_taken_in_order_and_only_once() {
    let mut schedule = Schedule::default();
    for (number, due_s) in [(1, 5), (2, 3), (3, 9)] {
        schedule.note(&order(number, Phase::Closing, Step::Close, due_s));
    }
    assert_eq!(schedule.wakes_at(), Some(at(3)));
    assert_eq!(schedule.take(at(2), 10), []);
    let tasks = schedule.take(at(5), 10);
    let numbers: Vec<_> = tasks.iter().map(|task| task.order_no.clone()).collect();
    assert_eq!(numbers, [order(2, Phase::Open, Step::Query, 0).order_no, awaiting().order_no]);
    assert_eq!(schedule.take(at(5), 10), [], "under way");
    assert_eq!(schedule.wakes_at(), Some(at(9)));
}

#[test]
fn a_clock_that_is_set_back_does_not_make_phones_wait() {
    let mut schedule = Schedule::default();
    let order = awaiting();
    schedule.note(&order);
    schedule.time_is(at(10));
    schedule.interest(&Interest::Check(order.order_no.clone()), at(10));
    let task = schedule.take(at(10), 1).remove(0);
    schedule.done(&task, None);
    schedule.time_is(at(10 - 3600));
    schedule.interest(&Interest::Check(order.order_no), at(10 - 3600));
    assert_eq!(schedule.wakes_at(), Some(at(11 - 3600)), "a second after the last question");
    assert_eq!(schedule.take(at(11 - 3600), 1)[0].step, Step::Query);
}

#[test]
fn no_more_is_taken_than_there_is_room_for() {
    let mut schedule = Schedule::default();
    for number in 1..=5 {
        schedule.note(&order(number, Phase::Closing, Step::Close, 1));
    }
    assert_eq!(schedule.take(at(1), 3).len(), 3);
    assert_eq!(schedule.take(at(1), 3).len(), 2);
}

#[test]
fn a_change_during_a_call_counts_when_the_call_is_over() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    let task = schedule.take(at(300), 1).remove(0);
    schedule.note(&order(1, Phase::Closing, Step::Close, 301));
    assert_eq!(schedule.take(at(301), 1), []);
    schedule.done(&task, None);
    assert_eq!(schedule.take(at(301), 1)[0].step, Step::Close);
}

#[test]
fn what_has_ended_is_forgotten() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    let mut ended = awaiting();
    ended.attempts[0].due = None;
    schedule.note(&ended);
    assert_eq!((schedule.waiting(), schedule.holds(&ended.order_no)), ((0, None), false));
}

#[test]
fn nobody_asks_and_the_channel_is_left_alone() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    assert_eq!(asked_until(&mut schedule, 299), [0; 0]);
}

#[test]
fn while_a_phone_asks_the_channel_is_asked_every_3_s_and_after_a_minute_every_5_s() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    let mut times = Vec::new();
    for s in 0..=90 {
        if s % 2 == 0 {
            schedule.interest(&Interest::Order(awaiting().order_no), at(s));
        }
        for task in schedule.take(at(s), 10) {
            assert_eq!(task.step, Step::Query);
            times.push(s);
            schedule.done(&task, None);
        }
    }
    let first_minute: Vec<i64> = (1..=20).map(|n| n * 3).collect();
    assert_eq!(times[..20], first_minute);
    assert_eq!(times[20..], [65, 70, 75, 80, 85, 90]);
}

#[test]
fn a_phone_that_stopped_asking_is_soon_forgotten() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    schedule.interest(&Interest::Order(awaiting().order_no), at(0));
    let times = asked_until(&mut schedule, 200);
    assert_eq!(times, [3, 6, 9, 12, 15, 18]);
}

#[test]
fn an_open_stream_asks_as_long_as_it_is_open_and_only_for_its_scope() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    schedule.stream_opened(&scope("south"));
    assert_eq!(schedule.wakes_at(), Some(at(300)));
    schedule.stream_opened(&scope("main"));
    assert_eq!(asked_until(&mut schedule, 10), [3, 6, 9]);
    schedule.stream_closed(&scope("main"));
    assert_eq!(schedule.wakes_at(), Some(at(300)));
}

#[test]
fn a_check_asks_at_once_and_at_most_once_a_second() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    let check = Interest::Check(awaiting().order_no);
    schedule.interest(&check, at(1));
    let task = schedule.take(at(1), 1).remove(0);
    assert_eq!(task.step, Step::Query);
    schedule.interest(&check, at(1));
    schedule.done(&task, None);
    assert_eq!(schedule.wakes_at(), Some(at(4)), "the answer under way served both");
    schedule.interest(&check, at(1).plus_ms(500));
    assert_eq!(schedule.wakes_at(), Some(at(2)));
}

#[test]
fn a_check_of_a_closing_order_pulls_its_own_next_step() {
    let mut schedule = Schedule::default();
    schedule.note(&order(1, Phase::Closing, Step::Query, 300));
    schedule.interest(&Interest::Check(awaiting().order_no), at(1));
    assert_eq!(schedule.take(at(1), 1)[0].step, Step::Query);
}

#[test]
fn after_a_failure_of_the_ledger_nothing_is_called_for_a_while() {
    let mut schedule = Schedule::default();
    schedule.note(&order(1, Phase::Closing, Step::Close, 1));
    let task = schedule.take(at(1), 1).remove(0);
    schedule.done(&task, Some(at(3)));
    assert_eq!(schedule.wakes_at(), Some(at(3)));
}

#[test]
fn what_is_due_is_looked_at_after_the_start_and_whenever_the_clock_was_set_back() {
    let mut schedule = Schedule::default();
    schedule.note(&awaiting());
    let told: Vec<bool> = [10, 11, 11, 5, 6].into_iter().map(|s| schedule.time_is(at(s))).collect();
    assert_eq!(told, [true, false, false, true, false]);
    assert_eq!(schedule.orders().into_iter().collect::<Vec<_>>(), [awaiting().order_no]);
}

#[tokio::test]
async fn a_thousand_orders_that_wait_are_told_of_a_clock_set_back_in_a_few_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(SqliteLedger::open(folder.path(), Executor::Threads, at(0)).unwrap());
    let limits = ServerLimits { body_bytes_max: 1, page_max: 1, requests_per_minute: 1 };
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let shop = Shop::open(Arc::clone(&ledger) as Arc<dyn Ledger>, clock, random, BTreeMap::new(), limits);
    let shop = shop.await.unwrap();
    let ahead = SystemClock.now().plus_ms(2 * 86_400_000);
    let waiting = shop.ledger.write::<_, LedgerError, _>(move |rows| {
        rows.put_merchant(&MerchantRow { id: "tea".parse().unwrap(), live: false, currency: Currency::CNY })?;
        for number in 0..1000 {
            let mut record = order(1, Phase::Closing, Step::Query, 0);
            record.order_no = OrderNo::new(1_785_549_600_000 + number, [1; 10]);
            let mut attempt = crate::orders::AttemptRecord::new(&record.order_no, AttemptNo::FIRST, ahead);
            attempt.phase = Phase::Closing;
            record.attempts = vec![attempt];
            rows.put_order(record, Some(ahead))?;
        }
        rows.unsettled()
    });
    let waiting = waiting.await.unwrap();
    assert_eq!(waiting.len(), 1000);
    let before = ledger.commits();
    let orders = shop.schedule().orders();
    worker::set_right(Arc::clone(&shop), orders).await;
    let commits = ledger.commits() - before;
    assert!(commits <= 10, "{commits} commits");
    let right = shop.ledger.read(|rows| rows.unsettled()).await.unwrap();
    let soon = SystemClock.now().plus_ms(600_000);
    assert!(right.len() == 1000 && right.iter().all(|order| order.attempts[0].due.unwrap().at <= soon));
}

/// A ledger whose disk has no room for the first so many writes.
struct NoRoom(Arc<SqliteLedger>, AtomicU32);

impl Ledger for NoRoom {
    fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    fn listen(&self, listener: Listener) {
        self.0.listen(listener);
    }

    fn submit(&self, work: Writing) -> BoxFuture<'static, Result<(), LedgerError>> {
        let left = self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match left {
            Ok(_) => Box::pin(async { Err(LedgerError::Unavailable("no room".to_owned())) }),
            Err(_) => self.0.submit(work),
        }
    }

    fn consult(&self, work: Reading) -> BoxFuture<'static, Result<(), LedgerError>> {
        self.0.consult(work)
    }

    fn revision(&self) -> Option<i64> {
        self.0.revision()
    }

    fn close(&self) {
        self.0.close();
    }
}

/// A clock on which no wait lasts.
struct Leaping(Arc<AtomicI64>);

impl Clock for Leaping {
    fn now(&self) -> Time {
        at(0).plus_ms(self.monotonic_ms())
    }

    fn monotonic_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn sleep_until(&self, until: Time) -> BoxFuture<'static, ()> {
        self.0.fetch_max(until.ms_since(at(0)), Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn orders_are_told_of_a_clock_set_back_once_the_disk_has_room() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(SqliteLedger::open(folder.path(), Executor::Threads, at(0)).unwrap());
    let ahead = at(2 * 86_400);
    let placed = (Arc::clone(&ledger) as Arc<dyn Ledger>).write::<_, LedgerError, _>(move |rows| {
        rows.put_merchant(&MerchantRow { id: "tea".parse().unwrap(), live: false, currency: Currency::CNY })?;
        rows.put_order(order(1, Phase::Closing, Step::Query, 2 * 86_400), Some(ahead))
    });
    placed.await.unwrap();
    let limits = ServerLimits { body_bytes_max: 1, page_max: 1, requests_per_minute: 1 };
    let now_ms = Arc::new(AtomicI64::new(0));
    let clock = Arc::new(Leaping(Arc::clone(&now_ms)));
    let full = Arc::new(NoRoom(ledger, AtomicU32::new(3)));
    let shop = Shop::open(full, clock, Arc::new(SystemRandom), BTreeMap::new(), limits).await.unwrap();
    let orders = shop.schedule().orders();
    worker::set_right(Arc::clone(&shop), orders).await;
    let right = shop.ledger.read(|rows| rows.unsettled()).await.unwrap();
    assert!(right[0].attempts[0].due.unwrap().at <= at(600), "{right:?}");
    assert_eq!(now_ms.load(Ordering::Relaxed), 3 * 2_000, "two seconds after each failure");
}
