//! Orders: bring, read, refresh, close, check.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use saoma_contract::statement::{Checked, RefundedStatement};
use saoma_contract::{
    Amount, AttemptNo, BusinessKey, CASH_CHANNEL, CheckOrder, CloseOrder, CreateOrder, DeviceId, Jws,
    MerchantId, NewRefund, Order, OrderBody, OrderNo, Problem, ProblemCode, RefreshOrder, RefundReason,
    SignedOrder, Time, planted,
};
use tokio::sync::watch;

use super::Api;
use super::caller::{Caller, PathPart, Received};
use super::refused::Refused;
use crate::audit::Who;
use crate::ledger::{LedgerError, ReadRows, WriteRows};
use crate::orders::{Event, Held, HeldRefund, LateRule, Moment, OrderRecord, StoredOrder};
use crate::outbox::Interest;
use crate::rights::Right;
use crate::rules::{self, Doing, Rules, Selling};
use crate::shop::{ApplyError, MerchantAccount, is_settled_for_now, record_event};

/// How long a till's call waits for the channel before it is told "sending".
const WAIT_MS: i64 = 8_000;

/// The most statements that a device may send with an order.
const STATEMENTS_MAX: usize = 20;

pub(super) type Answer = Result<(StatusCode, Json<Order>), Refused>;

/// `PUT /v1/orders/{order_no}`
pub(super) async fn create(
    State(api): State<Arc<Api>>,
    PathPart(number): PathPart,
    request: Request,
) -> Answer {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.role_has(Right::Sell)?;
    let order_no = order_no(&number)?;
    received.query([])?;
    let create: CreateOrder = received.json()?;
    let account = api.account(&caller)?;
    let order = api.signed_order(create.order, &order_no, &caller, account).await?;
    api.may_bring(&caller, &order).await?;
    let held = held(&create.statements, &order_no, account)?;
    let mut changes = api.shop.hub.watch_order(&order_no);
    let event = match held {
        Some(held) => Event::Restored(order.clone(), held),
        None => Event::Put(order.clone()),
    };
    let cash = create.cash.map(|cash| Event::Cash(None, cash.taken_at, caller.by()));
    let (moment, live, rule) = (api.shop.moment(), account.merchant.live, account.late_money);
    let open_orders_max = account.limits.open_orders_max;
    let guard = Guard {
        rules: account.rules.clone(),
        who: caller.who(),
        may_decide: caller.may(Right::DecideRefund).is_ok(),
    };
    let put = api
        .shop
        .ledger
        .write(move |rows| {
            let open_orders_max = cash.is_none().then_some(open_orders_max);
            let put = put(rows, &order, event, (live, rule), open_orders_max, &guard, moment)?;
            Ok(match (put, cash) {
                (Put::Done(record, is_new), Some(cash)) => {
                    Put::Done(Box::new(record_event(rows, &record, cash, moment, rule)?), is_new)
                }
                (put, _) => put,
            })
        })
        .await
        .map_err(|error| Refused::from_apply(&api, error))?;
    let (record, is_new) = match put {
        Put::Done(record, is_new) => (*record, is_new),
        Put::Guarded(problem) => return Err(Refused::from(*problem)),
    };
    let record = api.wait(&mut changes, record, is_settled_for_now).await;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(api.shop.views.order(&record, account))))
}

/// What became of an order that a till brings.
enum Put {
    /// It is there, as it is now; whether its number was new.
    Done(Box<OrderRecord>, bool),
    /// A rule stands in its way.
    Guarded(Box<Problem>),
}

/// The rules, and for whom they are looked at.
struct Guard {
    rules: Rules,
    who: Who,
    may_decide: bool,
}

impl Guard {
    fn check(
        &self,
        rows: &mut dyn WriteRows,
        body: &OrderBody,
        now: Time,
    ) -> Result<Option<Box<Problem>>, LedgerError> {
        let (merchant, who, about) = (&body.merchant, &self.who, body.order_no.as_str());
        let doing = Doing { merchant, who, may_decide: self.may_decide, about, now };
        let Ok(amount) = Amount::from_minor(body.amount, body.currency) else { return Ok(None) };
        rules::check_sale(rows, &self.rules, &doing, &Selling { device: &body.device, amount })
    }
}

/// Writes an order that a till brings. One that comes with its cash opens nothing: it may come above the limit of open
/// orders, which is then none, and beside another of its key.
fn put(
    rows: &mut dyn WriteRows,
    order: &StoredOrder,
    event: Event,
    (live, rule): (bool, LateRule),
    open_orders_max: Option<u32>,
    guard: &Guard,
    moment: Moment,
) -> Result<Put, ApplyError> {
    let body = &order.body;
    if let Some(record) = rows.order(&body.order_no)? {
        if record.merchant != body.merchant {
            let detail = "the number stands for another order; make a new number";
            return Err(ApplyError::conflict(ProblemCode::OtherBytes, detail, None));
        }
        let record = record_event(rows, &record, event, moment, rule)?;
        return Ok(Put::Done(Box::new(record), false));
    }
    if let Some(open_orders_max) = open_orders_max {
        may_open(rows, &body.merchant, body.business_key.as_ref(), &body.device, open_orders_max)?;
    }
    // An order that comes back with its statements was rung up long ago; cash is in the drawer already.
    if matches!(event, Event::Put(_))
        && open_orders_max.is_some()
        && let Some(problem) = guard.check(rows, body, moment.now)?
    {
        return Ok(Put::Guarded(problem));
    }
    let (merchant, store) = (body.merchant.clone(), body.store.clone());
    let record = OrderRecord::new(body.order_no.clone(), merchant, store, live, moment.now);
    let record = record_event(rows, &record, event, moment, rule)?;
    Ok(Put::Done(Box::new(record), true))
}

/// Refuses an order to be opened beside another of its key, and above the device's limit of open ones.
pub(super) fn may_open(
    rows: &dyn ReadRows,
    merchant: &MerchantId,
    key: Option<&BusinessKey>,
    device: &DeviceId,
    open_orders_max: u32,
) -> Result<(), ApplyError> {
    if let Some(key) = key
        && let Some(holder) = rows.holder(merchant, key)?
        && !planted("key-ignored")
    {
        let detail = "an order for the same business key is open; use that one";
        return Err(ApplyError::conflict(ProblemCode::BusinessKeyOpen, detail, Some(holder)));
    }
    if rows.open_orders_of(device)? >= open_orders_max {
        let detail = format!("the device has {open_orders_max} open orders, its limit; end some first");
        return Err(ApplyError::conflict(ProblemCode::TooManyOpenOrders, &detail, None));
    }
    Ok(())
}

/// `GET /v1/orders/{order_no}`
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    PathPart(number): PathPart,
    request: Request,
) -> Answer {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::SeeOrders)?;
    let order_no = order_no(&number)?;
    received.query([])?;
    let record = api.visible(&order_no, &caller).await?;
    api.shop.asked_for(&Interest::Order(order_no));
    Ok((StatusCode::OK, Json(api.shop.views.order(&record, api.account(&caller)?))))
}

/// `POST /v1/orders/{order_no}/refresh`
pub(super) async fn refresh(
    State(api): State<Arc<Api>>,
    PathPart(number): PathPart,
    request: Request,
) -> Answer {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::Sell)?;
    caller.may_change()?;
    let order_no = order_no(&number)?;
    received.query([])?;
    let RefreshOrder { attempt } = received.json()?;
    api.visible(&order_no, &caller).await?;
    let mut changes = api.shop.hub.watch_order(&order_no);
    let applied = api.shop.apply(&order_no, Event::Refresh(attempt)).await;
    let record = applied.map_err(|error| Refused::from_apply(&api, error))?;
    let record = api.wait(&mut changes, record, is_settled_for_now).await;
    Ok((StatusCode::OK, Json(api.shop.views.order(&record, api.account(&caller)?))))
}

/// `POST /v1/orders/{order_no}/close`
pub(super) async fn close(
    State(api): State<Arc<Api>>,
    PathPart(number): PathPart,
    request: Request,
) -> Answer {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::Sell)?;
    caller.may_change()?;
    let order_no = order_no(&number)?;
    received.query([])?;
    let CloseOrder { attempt } = received.json()?;
    let account = api.account(&caller)?;
    let (moment, live, of) = (api.shop.moment(), account.merchant.live, order_no.clone());
    let rule = account.late_money;
    let (scope, device, store) =
        (caller.scope.clone(), caller.device.id.clone(), caller.device.store.clone());
    let record = api
        .shop
        .ledger
        .write(move |rows| {
            let record = match rows.order(&of)? {
                Some(record) if scope.holds(&record.merchant, &record.store) => record,
                Some(_) => return Err(ApplyError::NotFound),
                None => OrderRecord::new(of, scope.merchant, store, live, moment.now),
            };
            record_event(rows, &record, Event::Cancel(attempt, device), moment, rule)
        })
        .await
        .map_err(|error| Refused::from_apply(&api, error))?;
    Ok((StatusCode::OK, Json(api.shop.views.order(&record, account))))
}

/// `POST /v1/orders/{order_no}/check`
pub(super) async fn check(
    State(api): State<Arc<Api>>,
    PathPart(number): PathPart,
    request: Request,
) -> Answer {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::Sell)?;
    let order_no = order_no(&number)?;
    received.query([])?;
    let CheckOrder {} = received.json()?;
    let mut changes = api.shop.hub.watch_order(&order_no);
    let record = api.visible(&order_no, &caller).await?;
    let asked_at = record.last().and_then(|last| last.asked_at);
    api.shop.asked_for(&Interest::Check(order_no.clone()));
    let record = if api.shop.schedule().holds(&order_no) {
        let is_answered = move |record: &OrderRecord| {
            !record.is_unsettled() || record.last().is_some_and(|last| last.asked_at > asked_at)
        };
        api.wait(&mut changes, record, is_answered).await
    } else {
        record
    };
    Ok((StatusCode::OK, Json(api.shop.views.order(&record, api.account(&caller)?))))
}

pub(super) fn order_no(text: &str) -> Result<OrderNo, Refused> {
    text.parse().map_err(|error| Refused::field("order_no", error))
}

impl Api {
    /// A call that changes an order: who makes it, which order it names, and what it asks. Nothing of its body is kept.
    pub(super) async fn acting<T: serde::de::DeserializeOwned>(
        &self,
        request: Request,
        right: Right,
        number: &str,
    ) -> Result<(Caller, OrderNo, T), Refused> {
        let received = Received::read(self, request).await?;
        let caller = self.caller(&received).await?;
        caller.may_change()?;
        caller.may(right)?;
        let order_no = order_no(number)?;
        received.query([])?;
        Ok((caller, order_no, received.json()?))
    }

    /// Verifies an order with the key of the device that rang it up, and checks what only this backend can know.
    async fn signed_order(
        &self,
        jws: Jws,
        order_no: &OrderNo,
        caller: &Caller,
        account: &MerchantAccount,
    ) -> Result<StoredOrder, Refused> {
        let refused = |error: saoma_contract::OrderError| match error {
            saoma_contract::OrderError::Field(error) => Refused::from(error),
            error @ saoma_contract::OrderError::Jws(_) => Refused::field("order", error),
        };
        let maker: DeviceId = SignedOrder::device_of(&jws).map_err(refused)?;
        let maker = if maker == caller.device.id {
            caller.device.clone()
        } else {
            let found = self.shop.ledger.read(move |rows| rows.device(&maker)).await?;
            found.filter(|device| device.merchant == caller.device.merchant).ok_or_else(|| {
                Refused::field("order", "the device that signed it is not paired with this merchant")
            })?
        };
        let signed = SignedOrder::verify(jws, &maker.key).map_err(refused)?;
        let body = signed.body();
        if body.order_no != *order_no {
            return Err(Refused::field("order_no", "must be the number in the path"));
        }
        if body.merchant != caller.device.merchant {
            self.moved(&caller.device).await?;
            return Err(Refused::field("merchant", "must be the merchant that the device is paired with"));
        }
        if !account.stores.contains_key(&body.store) {
            return Err(Refused::field("store", "the merchant has no such store"));
        }
        if !caller.scope.holds(&body.merchant, &body.store) {
            return Err(Refused::new(
                ProblemCode::Forbidden,
                "this device may only bring orders of its own store",
            ));
        }
        if maker.revoked_at.is_some_and(|at| body.made_at >= at) {
            return Err(Refused::new(
                ProblemCode::DeviceRevoked,
                "the device that signed the order was revoked before",
            ));
        }
        if body.currency != account.currency() {
            return Err(Refused::field("currency", format!("must be {}", account.currency())));
        }
        if body.method == saoma_contract::Method::WechatpayCode && !account.channel().charges_codes() {
            return Err(Refused::field("method", "this merchant's account does not charge payment codes"));
        }
        let amount_max = account.limits.amount_max;
        if body.amount > amount_max {
            return Err(Refused::field(
                "amount",
                format!("must be at most {amount_max} minor units for this merchant"),
            ));
        }
        // Whether the channel takes it is known before anything is written.
        let first = saoma_contract::OutTradeNo::new(order_no, AttemptNo::FIRST);
        account.channel().request(body, &first, self.shop.clock.now())?;
        Ok(StoredOrder { jws: signed.jws().clone(), body: body.clone() })
    }

    /// Where people must sign in, a device brings only orders that name who made them, and only of people known here.
    async fn may_bring(&self, caller: &Caller, order: &StoredOrder) -> Result<(), Refused> {
        if !caller.wants_person {
            return Ok(());
        }
        let Some(staff) = order.body.staff.clone() else { return caller.may(Right::Sell) };
        let merchant = caller.device.merchant.clone();
        match self.shop.ledger.read(move |rows| rows.person(&merchant, &staff)).await? {
            Some(_) => Ok(()),
            None => Err(Refused::field("staff", "no such person works or worked at the merchant")),
        }
    }

    /// An order that the caller may see. One that it may not see is as unknown as one that is not there.
    pub(super) async fn visible(&self, order_no: &OrderNo, caller: &Caller) -> Result<OrderRecord, Refused> {
        let number = order_no.clone();
        let found = self.shop.ledger.read(move |rows| rows.order(&number)).await?;
        found
            .filter(|record| caller.scope.holds(&record.merchant, &record.store))
            .ok_or_else(|| Refused::new(ProblemCode::NotFound, format!("no order {order_no} here")))
    }

    /// Waits for a state of the order, for a while; gives the newest state known.
    pub(super) async fn wait(
        &self,
        changes: &mut watch::Receiver<Option<OrderRecord>>,
        record: OrderRecord,
        is_enough: impl Fn(&OrderRecord) -> bool,
    ) -> OrderRecord {
        if is_enough(&record) {
            return record;
        }
        let mut stopping = self.shop.stopping.subscribe();
        let until: Time = self.shop.clock.now().plus_ms(WAIT_MS);
        let outcome = tokio::select! {
            biased;
            found = changes.wait_for(|record| record.as_ref().is_some_and(&is_enough)) => {
                found.ok().and_then(|record| record.clone())
            }
            _ = stopping.wait_for(|stopping| *stopping) => None,
            () = self.shop.clock.sleep_until(until) => None,
        };
        outcome.or_else(|| changes.borrow().clone()).unwrap_or(record)
    }
}

/// What the statements say that a device sent with an order; none if it sent none.
fn held(statements: &[Jws], order_no: &OrderNo, account: &MerchantAccount) -> Result<Option<Held>, Refused> {
    if statements.is_empty() {
        return Ok(None);
    }
    if statements.len() > STATEMENTS_MAX {
        return Err(Refused::field("statements", format!("must be at most {STATEMENTS_MAX}")));
    }
    let trusted = account.keys.trusted();
    let mut held = Held::default();
    for (at, jws) in statements.iter().enumerate() {
        let field = format!("statements[{at}]");
        let checked = trusted.check(jws).map_err(|error| Refused::field(&field, error))?;
        let (number, attempt) = match &checked {
            Checked::Code(code) => {
                let said = code.statement();
                held.codes.push((said.attempt, said.code.text.clone(), said.code.expires_at));
                (&said.order_no, Some(said.attempt))
            }
            Checked::Paid(receipt) => {
                let said = receipt.statement();
                (&said.order_no, held.was_paid(&said.payment))
            }
            Checked::Refunded(receipt) => {
                let said = receipt.statement();
                held.refunds.extend(refunds(said));
                (&said.order_no, held.was_paid(&said.payment))
            }
            Checked::Closed(proof) => {
                held.closed = true;
                (&proof.statement().order_no, proof.statement().attempt)
            }
        };
        if number != order_no {
            return Err(Refused::field(&field, "is about another order"));
        }
        held.last = held.last.max(attempt);
    }
    Ok(Some(held))
}

/// What a statement says was given back by a channel; cash that was given back leaves no trace at one.
fn refunds(said: &RefundedStatement) -> Vec<HeldRefund> {
    if said.payment.channel == CASH_CHANNEL {
        return Vec::new();
    }
    let parts = said.refunds.iter().map(|part| HeldRefund {
        refund_no: part.refund_no.clone(),
        asked: NewRefund {
            channel: said.payment.channel.clone(),
            transaction_id: said.payment.transaction_id.clone(),
            amount: part.amount,
            currency: said.payment.currency,
            // The statement does not say why.
            reason: "-".parse::<RefundReason>().expect("one sign is a reason"),
        },
        done_at: part.done_at,
    });
    parts.collect()
}
