//! What changed since a cursor, page by page.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use saoma_contract::{Changes, ProblemCode};

use super::Api;
use super::caller::Received;
use super::cursor::{self, CursorError};
use super::refused::Refused;
use crate::ledger::Scope;
use crate::rights::Right;

impl Api {
    /// The counter after which to go on. A cursor that this ledger has not reached yet comes from a life that was lost.
    pub(super) async fn after(&self, cursor: Option<&str>, scope: &Scope) -> Result<u64, Refused> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(0) };
        let resync =
            || Refused::new(ProblemCode::Resync, "the cursor is of another scope or time; start without one");
        let counter = cursor::read(cursor, self.shop.ledger.epoch(), scope).map_err(|error| match error {
            CursorError::Form => Refused::field("after", "must be a cursor as this backend gave it"),
            CursorError::Other => resync(),
        })?;
        if counter > self.shop.ledger.read(|rows| rows.counter()).await? {
            return Err(resync());
        }
        Ok(counter)
    }

    /// How many a page may hold, as it was asked for.
    pub(super) fn limit(&self, asked: Option<&str>) -> Result<u32, Refused> {
        let page_max = self.shop.limits.page_max;
        match asked.map(str::parse) {
            None => Ok(page_max),
            Some(Ok(limit)) if (1..=page_max).contains(&limit) => Ok(limit),
            Some(_) => Err(Refused::field("limit", format!("must be a number from 1 to {page_max}"))),
        }
    }

    /// A page of the orders of a scope that changed after a counter.
    pub(super) async fn page(&self, scope: &Scope, after: u64, limit: u32) -> Result<Changes, Refused> {
        let of = scope.clone();
        let mut records = self.shop.ledger.read(move |rows| rows.changes(&of, after, limit + 1)).await?;
        if saoma_contract::planted("strangers-told") {
            for merchant in self.shop.merchants.keys().filter(|other| **other != scope.merchant).cloned() {
                let of = Scope { merchant, ..scope.clone() };
                records.extend(self.shop.ledger.read(move |rows| rows.changes(&of, after, limit)).await?);
            }
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = records.len() > limit;
        records.truncate(limit);
        let reached = records.last().map_or(after, |record| record.version.counter);
        let account = self.shop.merchant(&scope.merchant);
        let orders = records
            .iter()
            .filter_map(|record| account.map(|account| self.shop.views.order(record, account)))
            .collect();
        let epoch = self.shop.ledger.epoch();
        Ok(Changes { orders, cursor: cursor::write(epoch, reached, scope), more, epoch })
    }
}

/// `GET /v1/changes`
pub(super) async fn changes(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Changes>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::SeeOrders)?;
    let [after, limit] = received.query(["after", "limit"])?;
    let limit = api.limit(limit)?;
    let after = api.after(after, &caller.scope).await?;
    Ok(Json(api.page(&caller.scope, after, limit).await?))
}
