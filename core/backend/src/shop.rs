//! What the API, the notification endpoint and the worker share: the ledger, the merchants, the time, who waits for what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use saoma_contract::{
    Currency, DeviceLimits, Merchant, MerchantId, OrderNo, ProblemCode, ServerLimits, Store, StoreId, Time,
    planted,
};
use tokio::sync::{Notify, Semaphore, watch};

use crate::channel::Channel;
use crate::clock::{Clock, Random};
use crate::hub::Hub;
use crate::keys::MerchantKeys;
use crate::ledger::{Act, Ledger, LedgerError, ReadRows, Scope, UnmatchedMoney, WriteRows};
use crate::orders::{Alarm, Conflict, Event, LateRule, Moment, Money, OrderRecord, Phase, decide, follow};
use crate::outbox::{Interest, Schedule};
use crate::people::PeopleSettings;
use crate::reconciliation::Rate;
use crate::rules::Rules;
use crate::view::Views;

/// PINs looked at at once.
const PINS_MAX: usize = 2;

/// A merchant: who it is, its keys, its account at the channel.
pub struct MerchantAccount {
    /// As its devices know it.
    pub merchant: Merchant,
    /// Its stores.
    pub stores: BTreeMap<StoreId, Store>,
    /// Its keys.
    pub keys: MerchantKeys,
    channel: RwLock<Arc<dyn Channel>>,
    /// What its devices may do at most.
    pub limits: DeviceLimits,
    /// How its people sign in.
    pub people: PeopleSettings,
    /// What guards its money.
    pub rules: Rules,
    /// What is done with late money.
    pub late_money: LateRule,
    /// The channel's fee, as the merchant agreed on it; without it, the bill's own rate is believed.
    pub fee_rate: Option<Rate>,
}

/// Everything that the parts of a backend share.
pub struct Shop {
    /// Where orders are kept.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Who is paid here.
    pub merchants: BTreeMap<MerchantId, MerchantAccount>,
    /// Limits of the calls.
    pub limits: ServerLimits,
    /// Who waits for changes.
    pub hub: Hub,
    /// Orders as tills see them.
    pub views: Views,
    /// Turns true when the backend stops.
    pub stopping: watch::Sender<bool>,
    /// How many PINs may be looked at at once: each takes some 20 MB for tens of milliseconds.
    pub(crate) pins: Semaphore,
    /// Held while a bill is fetched and held against the books.
    pub(crate) bills: tokio::sync::Mutex<()>,
    /// Wakes the worker.
    pub(crate) kick: Notify,
    /// When the last verified notification came.
    pub(crate) notified_at: Mutex<Option<Time>>,
    schedule: Mutex<Schedule>,
    late_money: Arc<BTreeMap<MerchantId, LateRule>>,
}

/// Why nothing became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum ApplyError {
    /// The order's state does not allow it; the order as it is, when it may be shown.
    Conflict(Conflict, Option<Box<OrderRecord>>),
    /// There is no such order here.
    NotFound,
    /// The ledger.
    Ledger(LedgerError),
}

impl From<LedgerError> for ApplyError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl ApplyError {
    pub(crate) fn conflict(code: ProblemCode, detail: &str, order: Option<OrderRecord>) -> Self {
        Self::Conflict(Conflict { code, detail: detail.to_owned(), field: None }, order.map(Box::new))
    }
}

impl Shop {
    /// Puts the parts together, with everything that waits in the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn open(
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        merchants: BTreeMap<MerchantId, MerchantAccount>,
        limits: ServerLimits,
    ) -> Result<Arc<Self>, LedgerError> {
        let late_money = merchants.iter().map(|(id, account)| (id.clone(), account.late_money)).collect();
        let shop = Arc::new(Self {
            late_money: Arc::new(late_money),
            ledger,
            clock,
            random,
            merchants,
            limits,
            hub: Hub::default(),
            views: Views::default(),
            stopping: watch::channel(false).0,
            pins: Semaphore::new(PINS_MAX),
            bills: tokio::sync::Mutex::default(),
            kick: Notify::new(),
            notified_at: Mutex::new(None),
            schedule: Mutex::new(Schedule::default()),
        });
        let weak = Arc::downgrade(&shop);
        shop.ledger.listen(Arc::new(move |order| {
            if let Some(shop) = weak.upgrade() {
                shop.schedule().note(order);
                shop.hub.publish(order);
                shop.kick.notify_one();
            }
        }));
        let waiting = shop.ledger.read(|rows| rows.unsettled()).await?;
        for order in waiting.iter().filter(|_| !planted("outbox-forgotten")) {
            shop.schedule().note(order);
        }
        if !waiting.is_empty() {
            tracing::info!(orders = waiting.len(), "going on with what was waiting");
        }
        Ok(shop)
    }

    pub(crate) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A merchant of this backend.
    pub fn merchant(&self, id: &MerchantId) -> Option<&MerchantAccount> {
        self.merchants.get(id)
    }

    /// Now, and a little chance.
    pub fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), permille: self.random.permille() }
    }

    /// Phones ask about an order: the channel is asked for them.
    pub fn asked_for(&self, interest: &Interest) {
        self.schedule().interest(interest, self.clock.now());
        self.kick.notify_one();
    }

    /// Counts a stream as interest in its scope as long as the guard lives.
    pub fn stream_interest(self: &Arc<Self>, scope: &Scope) -> StreamInterest {
        self.schedule().stream_opened(scope);
        self.kick.notify_one();
        StreamInterest { shop: Arc::clone(self), scope: scope.clone() }
    }

    /// Somebody lets something happen to an order of a scope; if it changes anything, the audit log says so.
    ///
    /// # Errors
    /// When the scope has no such order, the event is in conflict with its state, or the ledger cannot be written.
    pub(crate) async fn apply_as(
        &self,
        scope: &Scope,
        order_no: &OrderNo,
        event: Event,
        act: Act,
    ) -> Result<OrderRecord, ApplyError> {
        let (moment, rules) = (self.moment(), Arc::clone(&self.late_money));
        let (scope, order_no) = (scope.clone(), order_no.clone());
        self.ledger
            .write(move |rows| {
                let before = in_scope(rows, &order_no, &scope)?;
                let rule = rules.get(&before.merchant).copied().unwrap_or_default();
                let after = record_event(rows, &before, event, moment, rule)?;
                if after != before {
                    rows.put_audit(&before.merchant, act.with(format!("order {order_no}")))?;
                }
                Ok(after)
            })
            .await
    }

    /// Something happens to an order that the ledger has.
    ///
    /// # Errors
    /// When it is unknown, the event is in conflict with its state, or the ledger cannot be written.
    pub async fn apply(&self, order_no: &OrderNo, event: Event) -> Result<OrderRecord, ApplyError> {
        let (moment, rules) = (self.moment(), Arc::clone(&self.late_money));
        let order_no = order_no.clone();
        self.ledger
            .write(move |rows| {
                let record = rows.order(&order_no)?.ok_or(ApplyError::NotFound)?;
                let rule = rules.get(&record.merchant).copied().unwrap_or_default();
                record_event(rows, &record, event, moment, rule)
            })
            .await
    }
}

/// An order of this scope. One of another is as unknown as one that is not there.
pub(crate) fn in_scope(
    rows: &dyn ReadRows,
    order_no: &OrderNo,
    scope: &Scope,
) -> Result<OrderRecord, ApplyError> {
    let found = rows.order(order_no)?;
    found.filter(|record| scope.holds(&record.merchant, &record.store)).ok_or(ApplyError::NotFound)
}

/// Decides, does with late money what the merchant's rule says, and writes what changed.
pub(crate) fn record_event(
    rows: &mut dyn WriteRows,
    record: &OrderRecord,
    event: Event,
    moment: Moment,
    rule: LateRule,
) -> Result<OrderRecord, ApplyError> {
    let mut decision = decide(record, event, moment)
        .map_err(|conflict| ApplyError::Conflict(conflict, Some(Box::new(record.clone()))))?;
    match decision.alarm {
        Some(Alarm::Mismatch(reason)) => tracing::error!(
            order_no = %record.order_no, reason, "ALARM: money came or went that does not match; a person must look"
        ),
        Some(Alarm::Vanished) => tracing::error!(
            order_no = %record.order_no, "ALARM: the channel denies an attempt or a refund that it had before"
        ),
        None => {}
    }
    let is_dropped = planted("late-money-dropped") && record.cancelled.is_some()
        || planted("second-payment-dropped") && !record.payments.is_empty();
    if is_dropped {
        decision.record.payments.truncate(record.payments.len());
    }
    let rule = if planted("late-rule-forgotten") { LateRule::Ask } else { rule };
    let after = follow(record, decision.record, rule, moment);
    if after == *record && record.version.counter > 0 {
        return Ok(after);
    }
    let is_shown = record.version.counter == 0 || !after.looks_like(record);
    if record.version.counter == 0 || after.state() != record.state() {
        tracing::info!(order_no = %after.order_no, state = %after.state(), "the order is now");
    }
    Ok(rows.put_order(after, is_shown.then_some(moment.now))?)
}

/// Money for a number that is not known, as the ledger keeps it.
pub(crate) fn unmatched(merchant: &MerchantId, reason: String, money: Money) -> UnmatchedMoney {
    UnmatchedMoney {
        channel: money.channel.to_owned(),
        merchant: merchant.clone(),
        transaction_id: money.transaction_id,
        out_trade_no: money.out_trade_no,
        order_no: None,
        reason,
        amount: money.amount,
        currency: money.currency,
        paid_at: money.paid_at,
        evidence: money.evidence,
    }
}

/// Keeps the channel being asked about a scope's codes while a stream of it is open.
pub struct StreamInterest {
    shop: Arc<Shop>,
    scope: Scope,
}

impl Drop for StreamInterest {
    fn drop(&mut self) {
        self.shop.schedule().stream_closed(&self.scope);
    }
}

impl MerchantAccount {
    /// A merchant's account; a person says what is done with late money.
    pub fn new(
        merchant: Merchant,
        stores: BTreeMap<StoreId, Store>,
        keys: MerchantKeys,
        channel: Arc<dyn Channel>,
        limits: DeviceLimits,
        people: PeopleSettings,
        rules: Rules,
    ) -> Self {
        let late_money = LateRule::default();
        let channel = RwLock::new(channel);
        Self { merchant, stores, keys, channel, limits, people, rules, late_money, fee_rate: None }
    }

    /// The same with this rule for late money.
    #[must_use]
    pub fn with_late_money(self, late_money: LateRule) -> Self {
        Self { late_money, ..self }
    }

    /// The same with this rate of fees.
    #[must_use]
    pub fn with_fee_rate(self, fee_rate: Option<Rate>) -> Self {
        Self { fee_rate, ..self }
    }

    /// Its account at WeChat Pay, as it is now.
    pub fn channel(&self) -> Arc<dyn Channel> {
        Arc::clone(&self.channel.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the account with other keys from now on; calls under way end with the former ones.
    pub fn set_channel(&self, channel: Arc<dyn Channel>) {
        *self.channel.write().unwrap_or_else(PoisonError::into_inner) = channel;
    }

    /// What it sells in.
    pub fn currency(&self) -> Currency {
        self.merchant.currency
    }
}

/// Whether a till that waits for a code need not wait on: there is one, or there will be none for now.
pub(crate) fn is_settled_for_now(record: &OrderRecord) -> bool {
    let is_opening = record.last().is_some_and(|last| last.phase == Phase::Opening);
    !record.payments.is_empty() || record.mismatch || !(record.refresh_wanted || is_opening)
}
