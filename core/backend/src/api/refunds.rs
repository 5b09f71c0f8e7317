//! Money back, and what becomes of late money.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use saoma_contract::{
    AcceptPayment, Amount, DecideRefund, NewRefund, OrderNo, ProblemCode, RefundNo, RefundToMerchant, planted,
};

use super::Api;
use super::caller::{Caller, Received};
use super::orders::{Answer, order_no};
use super::refused::Refused;
use crate::orders::{By, Event, NO_CALL_TO_MERCHANT, decide};
use crate::rights::Right;
use crate::rules::{self, Doing, Refunding};
use crate::shop::{ApplyError, in_scope, record_event};

impl Caller {
    /// Who asks, as an order keeps it.
    pub(super) fn by(&self) -> By {
        By {
            device: Some(self.device.id.clone()),
            staff: self.person.as_ref().map(|person| person.id.clone()),
        }
    }

    /// Whether a refund that it asks for must wait for a manager.
    fn waits_for_manager(&self) -> bool {
        !Right::DecideRefund.is_of(&self.role) && !planted("manager-unasked")
    }
}

fn refund_no(text: &str) -> Result<RefundNo, Refused> {
    text.parse().map_err(|error| Refused::field("refund_no", error))
}

/// `PUT /v1/orders/{order_no}/refunds/{refund_no}`
pub(super) async fn put(
    State(api): State<Arc<Api>>,
    Path((order, refund)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may_change()?;
    caller.may(Right::AskRefund)?;
    let (order_no, refund_no) = (order_no(&order)?, refund_no(&refund)?);
    received.query([])?;
    let asked: NewRefund = received.json()?;
    asked.check()?;
    let account = api.account(&caller)?;
    let (moment, rule, scope) = (api.shop.moment(), account.late_money, caller.scope.clone());
    let (by, who, waits_for_manager) = (caller.by(), caller.who(), caller.waits_for_manager());
    let (rules, device) = (account.rules.clone(), caller.device.id.clone());
    let utc_offset_minutes = account.merchant.utc_offset_minutes;
    let put = api
        .shop
        .ledger
        .write(move |rows| {
            let record = in_scope(rows, &order_no, &scope)?;
            let is_new = record.refund(&refund_no).is_none();
            if is_new && rows.order_of_refund(&refund_no)?.is_some() {
                let detail = "the number stands for another order's refund; make a new number";
                return Err(ApplyError::conflict(ProblemCode::OtherBytes, detail, None));
            }
            let number = refund_no.to_string();
            let (amount, currency) = (asked.amount, asked.currency);
            let paid_at = record.paid_at(&asked.channel, &asked.transaction_id).unwrap_or(moment.now);
            let line = who.does("refund_asked", moment.now).to(&number).with(format!(
                "{} {} of {} {}, order {}: {}",
                Amount::print_minor(amount, currency),
                currency,
                asked.channel,
                asked.transaction_id,
                record.order_no,
                asked.reason
            ));
            let event = Event::AskRefund { refund_no, asked, by, waits_for_manager };
            if is_new {
                // Whether it can be at all is said before the rules are asked, and nothing is written before they are.
                decide(&record, event.clone(), moment)
                    .map_err(|conflict| ApplyError::Conflict(conflict, Some(Box::new(record.clone()))))?;
                let doing = Doing {
                    merchant: &record.merchant,
                    who: &who,
                    may_decide: !waits_for_manager,
                    about: &number,
                    now: moment.now,
                };
                let refund = Refunding { device: &device, amount, currency, paid_at, utc_offset_minutes };
                if let Some(problem) = rules::check_refund(rows, &rules, &doing, &refund)? {
                    return Ok(Err(problem));
                }
                rows.put_audit(&record.merchant, line)?;
            }
            Ok(Ok((record_event(rows, &record, event, moment, rule)?, is_new)))
        })
        .await
        .map_err(|error| Refused::from_apply(&api, error))?;
    let (record, is_new) = put.map_err(|problem| Refused::from(*problem))?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(api.shop.views.order(&record, account))))
}

/// `POST /v1/orders/{order_no}/refunds/{refund_no}/decide`
pub(super) async fn say(
    State(api): State<Arc<Api>>,
    Path((order, refund)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may_change()?;
    caller.may(Right::DecideRefund)?;
    let (order_no, refund_no) = (order_no(&order)?, refund_no(&refund)?);
    received.query([])?;
    let DecideRefund { approve, reason } = received.json()?;
    let what = if approve { "refund_allowed" } else { "refund_declined" };
    let event = Event::DecideRefund { refund_no: refund_no.clone(), approve, reason, by: caller.by() };
    happen(&api, &caller, &order_no, event, what, refund_no.to_string()).await
}

/// `POST /v1/orders/{order_no}/refunds/{refund_no}/to-merchant`
pub(super) async fn to_merchant(
    State(api): State<Arc<Api>>,
    Path((order, refund)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let (caller, order_no, RefundToMerchant {}) = api.acting(request, Right::SettleMoney, &order).await?;
    let refund_no = refund_no(&refund)?;
    if !api.account(&caller)?.channel().pays_abnormal_refunds_to_merchant() {
        return Err(Refused::new(ProblemCode::MethodUnavailable, NO_CALL_TO_MERCHANT));
    }
    let about = refund_no.to_string();
    happen(&api, &caller, &order_no, Event::RefundToMerchant(refund_no), "refund_to_merchant", about).await
}

/// `POST /v1/orders/{order_no}/payments/{transaction_id}/accept`
pub(super) async fn accept(
    State(api): State<Arc<Api>>,
    Path((order, transaction_id)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let (caller, order_no, asked) = api.acting(request, Right::SettleMoney, &order).await?;
    let AcceptPayment { channel } = asked;
    let about = transaction_id.clone();
    let event = Event::AcceptMoney { channel, transaction_id, by: caller.by() };
    happen(&api, &caller, &order_no, event, "late_money_accepted", about).await
}

/// Lets something happen to an order that the caller sees, with a line in the audit log if it changes it.
async fn happen(
    api: &Api,
    caller: &Caller,
    order_no: &OrderNo,
    event: Event,
    what: &'static str,
    about: String,
) -> Answer {
    let account = api.account(caller)?;
    let act = caller.who().does(what, api.shop.clock.now()).to(&about);
    let applied = api.shop.apply_as(&caller.scope, order_no, event, act).await;
    let record = applied.map_err(|error| Refused::from_apply(api, error))?;
    Ok((StatusCode::OK, Json(api.shop.views.order(&record, account))))
}
