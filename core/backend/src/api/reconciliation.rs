//! How a day's books agree with the channel's bill, and the settling of what does not.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use saoma_contract::{FindingId, ProblemCode, Reconciliation, SettleFinding, Settled, Time};

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

/// `GET /v1/days/{date}/reconciliation`
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    PathPart(date): PathPart,
    request: Request,
) -> Result<Json<Reconciliation>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    may(&caller)?;
    received.query([])?;
    let from = day_start(&date)?;
    Ok(Json(reconciliation::day(&api.shop, api.account(&caller)?, &date, from).await?))
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
    received.query([])?;
    let from = day_start(&date)?;
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
    Ok(Json(reconciliation::day(&api.shop, api.account(&caller)?, &date, from).await?))
}
