//! What is due when: an index over the due times in the ledger's rows, and who is asking about them.
//!
//! It is rebuilt from the ledger at each start and told of every committed change, so it is never ahead of the disk.

use std::collections::{BTreeMap, BTreeSet};

use saoma_contract::{AttemptNo, MerchantId, OrderNo, RefundNo, StoreId, Time};

use crate::ledger::Scope;
use crate::orders::{Due, OrderRecord, Phase, Step, asking_interval_ms};

/// How long one question of a phone keeps the channel being asked: longer than the till's slowest step while a code is
/// on its screen.
const INTEREST_MS: i64 = 20_000;

/// How often the channel is asked at once when phones demand it.
const CHECK_EVERY_MS: i64 = 1_000;

/// What of an order a call is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An attempt.
    Attempt(AttemptNo),
    /// A refund.
    Refund(RefundNo),
}

type Key = (OrderNo, Subject);

/// A call that has fallen due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The order.
    pub order_no: OrderNo,
    /// What of it.
    pub subject: Subject,
    /// The call.
    pub step: Step,
}

/// Whose interest keeps the channel being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interest {
    /// A phone asked about this order.
    Order(OrderNo),
    /// A phone demands that the channel is asked now.
    Check(OrderNo),
}

#[derive(Clone, Debug)]
struct Entry {
    merchant: MerchantId,
    store: StoreId,
    due: Due,
    /// When the code came, while it can be paid.
    code_at: Option<Time>,
    /// When the last call about it began.
    called_at: Option<Time>,
    /// Until when a phone's question counts.
    interest_until: Option<Time>,
    is_checked: bool,
    /// No call before this, after the ledger could not be written.
    not_before: Option<Time>,
    is_in_flight: bool,
    wakes_at: Time,
}

/// The index.
#[derive(Debug, Default)]
pub struct Schedule {
    entries: BTreeMap<Key, Entry>,
    by_time: BTreeSet<(Time, Key)>,
    streams: BTreeMap<Scope, u32>,
    /// The latest time that was told.
    told: Option<Time>,
}

impl Schedule {
    /// Takes in an order as it was committed.
    pub fn note(&mut self, order: &OrderRecord) {
        let attempts = order.attempts.iter().map(|attempt| {
            let code_at = attempt.code_at.filter(|_| attempt.phase == Phase::Open);
            (Subject::Attempt(attempt.attempt), attempt.due, code_at, attempt.asked_at)
        });
        let refunds = order
            .refunds
            .iter()
            .map(|refund| (Subject::Refund(refund.refund_no.clone()), refund.due, None, refund.sent_at));
        for (subject, due, code_at, called_at) in attempts.chain(refunds) {
            let key = (order.order_no.clone(), subject);
            let Some(due) = due else {
                if let Some(gone) = self.entries.remove(&key) {
                    self.by_time.remove(&(gone.wakes_at, key));
                }
                continue;
            };
            match self.entries.get_mut(&key) {
                Some(entry) => {
                    entry.due = due;
                    entry.code_at = code_at;
                }
                None => {
                    let entry = Entry {
                        merchant: order.merchant.clone(),
                        store: order.store.clone(),
                        due,
                        code_at,
                        called_at,
                        interest_until: None,
                        is_checked: false,
                        not_before: None,
                        is_in_flight: false,
                        wakes_at: due.at,
                    };
                    self.by_time.insert((entry.wakes_at, key.clone()));
                    self.entries.insert(key.clone(), entry);
                }
            }
            self.reckon(&key);
        }
    }

    /// A phone asks about an order.
    pub fn interest(&mut self, interest: &Interest, now: Time) {
        let (Interest::Order(order_no) | Interest::Check(order_no)) = interest;
        let keys: Vec<Key> = self.of(order_no).cloned().collect();
        for key in keys {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.interest_until = Some(now.plus_ms(INTEREST_MS));
                // An answer that is on its way serves all who ask. What must keep its distance keeps it.
                entry.is_checked |= matches!(interest, Interest::Check(_))
                    && !entry.is_in_flight
                    && !matches!(entry.due.step, Step::Refund | Step::Reverse | Step::RefundToMerchant);
            }
            self.reckon(&key);
        }
    }

    /// A phone holds a stream of a scope open from now on.
    pub fn stream_opened(&mut self, scope: &Scope) {
        *self.streams.entry(scope.clone()).or_insert(0) += 1;
        self.reckon_scope(scope);
    }

    /// A stream ended.
    pub fn stream_closed(&mut self, scope: &Scope) {
        if let Some(count) = self.streams.get_mut(scope) {
            *count -= 1;
            if *count == 0 {
                self.streams.remove(scope);
            }
        }
        self.reckon_scope(scope);
    }

    /// Tells the time. If the clock was set back, what is remembered of calls and questions moves with it, so that phones that
    /// ask are served as before. What is due by the ledger keeps its time: gives whether that has to be looked at, since times
    /// may have been written by a clock that was ahead; so it is at the first word, for nobody knows the clock before.
    pub fn time_is(&mut self, now: Time) -> bool {
        let Some(told) = self.told.replace(now) else { return true };
        let back_ms = told.ms_since(now);
        if back_ms <= 0 {
            return false;
        }
        tracing::warn!(back_ms, "the clock was set back");
        let keys: Vec<Key> = self.entries.keys().cloned().collect();
        for key in keys {
            if let Some(entry) = self.entries.get_mut(&key) {
                let times = [
                    &mut entry.code_at,
                    &mut entry.called_at,
                    &mut entry.interest_until,
                    &mut entry.not_before,
                ];
                for time in times.into_iter().flatten() {
                    *time = time.plus_ms(-back_ms);
                }
            }
            self.reckon(&key);
        }
        true
    }

    /// The orders that wait for something.
    pub fn orders(&self) -> BTreeSet<OrderNo> {
        self.entries.keys().map(|(order_no, _)| order_no.clone()).collect()
    }

    /// Takes up to so many calls that are due now; each is under way until [`Schedule::done`].
    pub fn take(&mut self, now: Time, calls_max: usize) -> Vec<Task> {
        let due: Vec<Key> = self
            .by_time
            .iter()
            .take_while(|(at, _)| *at <= now)
            .take(calls_max)
            .map(|(_, key)| key.clone())
            .collect();
        let mut tasks = Vec::with_capacity(due.len());
        for key in due {
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            // A code that phones ask about is asked about; what else is due keeps its own time.
            let step =
                if entry.due.at > now && entry.code_at.is_some() { Step::Query } else { entry.due.step };
            entry.is_in_flight = true;
            entry.is_checked = false;
            entry.called_at = Some(now);
            self.by_time.remove(&(entry.wakes_at, key.clone()));
            tasks.push(Task { order_no: key.0, subject: key.1, step });
        }
        tasks
    }

    /// A call is over. After a failure of the ledger nothing is called before the given time.
    pub fn done(&mut self, task: &Task, not_before: Option<Time>) {
        let key = (task.order_no.clone(), task.subject.clone());
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.is_in_flight = false;
            entry.not_before = not_before;
        }
        self.reckon(&key);
    }

    /// When the next call falls due.
    pub fn wakes_at(&self) -> Option<Time> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// How many attempts and refunds wait for something, and since when the oldest is overdue.
    pub fn waiting(&self) -> (usize, Option<Time>) {
        (self.entries.len(), self.wakes_at())
    }

    /// Whether a call about this order is waiting or under way.
    pub fn holds(&self, order_no: &OrderNo) -> bool {
        self.of(order_no).next().is_some()
    }

    /// The keys of an order.
    fn of<'a>(&'a self, order_no: &'a OrderNo) -> impl Iterator<Item = &'a Key> {
        let first = (order_no.clone(), Subject::Attempt(AttemptNo::FIRST));
        self.entries.range(first..).map(|(key, _)| key).take_while(move |key| key.0 == *order_no)
    }

    fn reckon_scope(&mut self, scope: &Scope) {
        let within = |entry: &Entry| scope.holds(&entry.merchant, &entry.store);
        let keys: Vec<Key> =
            self.entries.iter().filter(|(_, entry)| within(entry)).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.reckon(&key);
        }
    }

    fn reckon(&mut self, key: &Key) {
        let Some(entry) = self.entries.get(key) else { return };
        let is_streamed = self.streams.keys().any(|scope| scope.holds(&entry.merchant, &entry.store));
        let wakes_at = wake(entry, is_streamed);
        let is_in_flight = entry.is_in_flight;
        self.by_time.remove(&(entry.wakes_at, key.clone()));
        if !is_in_flight {
            self.by_time.insert((wakes_at, key.clone()));
        }
        if let Some(entry) = self.entries.get_mut(key) {
            entry.wakes_at = wakes_at;
        }
    }
}

/// The entry's own time, or earlier when phones ask.
fn wake(entry: &Entry, is_streamed: bool) -> Time {
    let mut at = entry.due.at;
    if let Some(code_at) = entry.code_at {
        let last = entry.called_at.map_or(code_at, |called_at| called_at.max(code_at));
        let asked_at = last.plus_ms(asking_interval_ms(code_at, last));
        if is_streamed || entry.interest_until.is_some_and(|until| asked_at <= until) {
            at = at.min(asked_at);
        }
    }
    if entry.is_checked {
        let earliest =
            entry.called_at.map_or(Time::from_unix_ms(0), |called_at| called_at.plus_ms(CHECK_EVERY_MS));
        at = at.min(earliest);
    }
    entry.not_before.map_or(at, |not_before| at.max(not_before))
}
