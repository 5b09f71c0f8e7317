//! The customer's payment code, and cash.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use saoma_contract::{AttemptNo, AuthCode, ChargeOrder, OrderNo, Problem, ProblemCode, TakeCash, planted};

use super::Api;
use super::caller::{Caller, PathPart};
use super::orders::{Answer, may_open};
use super::refused::Refused;
use crate::ledger::LedgerError;
use crate::orders::{ChargeAnswer, Event, Kind, OrderRecord, closes_in_s};
use crate::rights::Right;
use crate::rules::{self, Doing};
use crate::shop::{in_scope, record_event};

/// `POST /v1/orders/{order_no}/charge`
pub(super) async fn charge(
    State(api): State<Arc<Api>>,
    PathPart(number): PathPart,
    request: Request,
) -> Answer {
    let (caller, order_no, asked) = api.acting(request, Right::Sell, &number).await?;
    let ChargeOrder { attempt, auth_code } = asked;
    let account = api.account(&caller)?;
    if !account.channel().charges_codes() {
        let detail = "this merchant's account does not charge payment codes; show a code or take cash";
        return Err(Refused::new(ProblemCode::MethodUnavailable, detail));
    }
    let mut changes = api.shop.hub.watch_order(&order_no);
    let mut opened = api.open_charge(&caller, &order_no, attempt).await?;
    if let (record, None) = &opened
        && is_ending(record, attempt)
    {
        let ended = |record: &OrderRecord| !is_ending(record, attempt);
        let record = api.wait(&mut changes, record.clone(), ended).await;
        if is_ending(&record, attempt) {
            let seconds = closes_in_s(&record, api.shop.clock.now());
            let detail = "the code before cannot be closed yet, so this one was not charged; scan again later or take cash";
            let problem = Problem::new(ProblemCode::AttemptClosing, detail).retry_after_s(seconds);
            return Err(problem.order(api.shop.views.order(&record, account)).into());
        }
        opened = api.open_charge(&caller, &order_no, attempt).await?;
    }
    let (record, new) = opened;
    let record = match new {
        Some(new) => {
            api.charge_once(&record, new, auth_code, &caller);
            let is_known = |record: &OrderRecord| {
                record.attempt(new).is_none_or(|attempt| attempt.phase.has_ended() || attempt.known)
            };
            api.wait(&mut changes, record, is_known).await
        }
        None => record,
    };
    Ok((StatusCode::OK, Json(api.shop.views.order(&record, account))))
}

/// Whether the attempt that a charge ends is the order's last, and not proven ended with all before it.
fn is_ending(record: &OrderRecord, ended: Option<AttemptNo>) -> bool {
    let is_settled = !record.payments.is_empty() || record.mismatch;
    !is_settled
        && record.last().is_some_and(|last| Some(last.attempt) == ended)
        && record.attempts.iter().any(|attempt| !attempt.phase.has_ended())
}

impl Api {
    /// Writes the charge before it is made; gives its attempt only to the one call that opened it.
    async fn open_charge(
        &self,
        caller: &Caller,
        order_no: &OrderNo,
        ended: Option<AttemptNo>,
    ) -> Result<(OrderRecord, Option<AttemptNo>), Refused> {
        let (of, scope, moment) = (order_no.clone(), caller.scope.clone(), self.shop.moment());
        let account = self.account(caller)?;
        let (rule, rules, open_orders_max) =
            (account.late_money, account.rules.clone(), account.limits.open_orders_max);
        let (device, who) = (caller.device.id.clone(), caller.who());
        let may_decide = caller.may(Right::DecideRefund).is_ok();
        let opened = self
            .shop
            .ledger
            .write(move |rows| {
                let before = in_scope(rows, &of, &scope)?;
                if !before.is_open() {
                    may_open(rows, &before.merchant, before.business_key(), &device, open_orders_max)?;
                }
                let doing = Doing {
                    merchant: &before.merchant,
                    who: &who,
                    may_decide,
                    about: of.as_str(),
                    now: moment.now,
                };
                if let Some(problem) = rules::check_charge(rows, &rules, &doing, &device)? {
                    return Ok(Err(problem));
                }
                let after = record_event(rows, &before, Event::Charge(ended), moment, rule)?;
                let new = after
                    .last()
                    .filter(|last| last.kind == Kind::Code && before.attempt(last.attempt).is_none())
                    .map(|last| last.attempt);
                Ok(Ok((after, new)))
            })
            .await
            .map_err(|error| Refused::from_apply(self, error))?;
        opened.map_err(|problem| Refused::from(*problem))
    }

    /// Makes the one call that charges the code, to its end, whether or not the till waits for it.
    /// A code that was refused is counted on its device.
    fn charge_once(&self, record: &OrderRecord, attempt: AttemptNo, auth_code: AuthCode, caller: &Caller) {
        let Some(signed) = &record.signed else { return };
        let Some(number) = record.attempt(attempt).map(|attempt| attempt.out_trade_no.clone()) else {
            return;
        };
        let (shop, body, order_no) = (Arc::clone(&self.shop), signed.body.clone(), record.order_no.clone());
        let (device, who) = (caller.device.id.clone(), caller.who());
        tokio::spawn(async move {
            let Some(channel) = shop.merchant(&body.merchant).map(crate::shop::MerchantAccount::channel)
            else {
                return;
            };
            let answer = channel.charge(&body, &number, auth_code).await;
            if matches!(answer, ChargeAnswer::Refused(_)) {
                let (merchant, now) = (body.merchant.clone(), shop.clock.now());
                let counted = shop.ledger.write::<_, LedgerError, _>(move |rows| {
                    let about = number.as_str();
                    let doing = Doing { merchant: &merchant, who: &who, may_decide: false, about, now };
                    rules::count_failed_code(rows, &doing, &device)
                });
                if let Err(error) = counted.await {
                    tracing::error!(%order_no, %error, "a refused payment code could not be counted");
                }
            }
            if let Err(error) = shop.apply(&order_no, Event::Charged(attempt, answer)).await {
                tracing::error!(%order_no, ?error, "the answer to a charge could not be recorded; it is asked about");
            }
        });
    }
}

/// `POST /v1/orders/{order_no}/cash`
pub(super) async fn cash(
    State(api): State<Arc<Api>>,
    PathPart(number): PathPart,
    request: Request,
) -> Answer {
    let (caller, order_no, asked) = api.acting(request, Right::Sell, &number).await?;
    let TakeCash { attempt, taken_at } = asked;
    let record = api.visible(&order_no, &caller).await?;
    if record.signed.is_none() {
        let detail = "the number was closed before its order came; bring the order with its cash";
        return Err(Refused::new(ProblemCode::NotFound, detail));
    }
    if planted("cash-unwritten") {
        return Ok((StatusCode::OK, Json(api.shop.views.order(&record, api.account(&caller)?))));
    }
    let applied = api.shop.apply(&order_no, Event::Cash(attempt, taken_at, caller.by())).await;
    let record = applied.map_err(|error| Refused::from_apply(&api, error))?;
    Ok((StatusCode::OK, Json(api.shop.views.order(&record, api.account(&caller)?))))
}
