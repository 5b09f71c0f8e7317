//! How a day's books agree with the channel's bill, and the settling of what does not.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use saoma_contract::{FINDINGS_MAX, FindingId, ProblemCode, Reconciliation, SettleFinding, Settled, Time};

use super::Api;
use super::caller::{Caller, PathPart, Received};
use super::refused::Refused;
use crate::reconciliation;
use crate::rights::Right;

/// A bill is of a whole merchant, so nobody sees it who is bound to one store.
fn may(caller: &Caller) -> Result<(), Refused> {
    caller.may(Right::Reconcile)?;
    if caller.scope.store.is_some() {
        return Err(Refused::new(
            ProblemCode::Forbidden,
            "the bill is of all stores; this takes somebody who sees them all",
        ));
    }
    Ok(())
}

fn day_start(date: &str) -> Result<Time, Refused> {
    reconciliation::day_start(date).map_err(|_| Refused::field("date", "must be a day such as 2026-08-01"))
}

/// The most findings of an answer: a phone shows fewer than are kept.
fn findings_max(asked: Option<&str>) -> Result<usize, Refused> {
    match asked.map(str::parse) {
        None => Ok(FINDINGS_MAX),
        Some(Ok(limit)) if (1..=FINDINGS_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(Refused::field("limit", format!("must be a number from 1 to {FINDINGS_MAX}"))),
    }
}

/// `GET /v1/days/{date}/reconciliation`
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    PathPart(date): PathPart,
    request: Request,
) -> Result<Json<Reconciliation>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    may(&caller)?;
    let [limit] = received.query(["limit"])?;
    let (from, findings_max) = (day_start(&date)?, findings_max(limit)?);
    Ok(Json(reconciliation::day(&api.shop, api.account(&caller)?, &date, from, findings_max).await?))
}

/// `POST /v1/days/{date}/reconciliation/{finding}/settle`
pub(super) async fn settle(
    State(api): State<Arc<Api>>,
    Path((date, finding)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Reconciliation>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    may(&caller)?;
    caller.may_change()?;
    let [limit] = received.query(["limit"])?;
    let (from, findings_max) = (day_start(&date)?, findings_max(limit)?);
    let id: FindingId = finding.parse().map_err(|error| Refused::field("finding", error))?;
    let SettleFinding { reason } = received.json()?;
    let settled = Settled {
        at: api.shop.clock.now(),
        by: caller.device.id.clone(),
        staff: caller.person.as_ref().map(|person| person.id.clone()),
        reason,
    };
    let merchant = &caller.scope.merchant;
    reconciliation::settle(&api.shop, caller.who(), settled, merchant, &date, &id).await.map_err(
        |error| {
            let (code, detail) = error.told();
            Refused::new(code, detail)
        },
    )?;
    Ok(Json(reconciliation::day(&api.shop, api.account(&caller)?, &date, from, findings_max).await?))
}
