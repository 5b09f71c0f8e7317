//! The audit log, page by page.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use saoma_contract::{Audit, ProblemCode};

use super::Api;
use super::caller::Received;
use super::refused::Refused;
use crate::rights::Right;

/// `GET /v1/audit`
pub(super) async fn audit(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Audit>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::ReadAudit)?;
    if let Some(store) = &caller.scope.store {
        let detail = format!("the log is the whole merchant's; here only the store {store} is seen");
        return Err(Refused::new(ProblemCode::Forbidden, detail));
    }
    let [after, limit] = received.query(["after", "limit"])?;
    let after: u64 = match after {
        None => 0,
        Some(text) => text.parse().map_err(|_| Refused::field("after", "must be the number of a line"))?,
    };
    let limit = api.limit(limit)?;
    let merchant = caller.scope.merchant.clone();
    let mut lines = api.shop.ledger.read(move |rows| rows.audit(&merchant, after, limit + 1)).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = lines.len() > limit;
    lines.truncate(limit);
    Ok(Json(Audit { lines, more }))
}
