//! What can be known of the backend itself: its time, its health, its keys.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use saoma_contract::{Health, KeysAnswer, ServerTime};

use super::caller::Received;
use super::refused::Refused;
use super::{Api, FEATURES};

/// `GET /v1/time`
pub(super) async fn time(State(api): State<Arc<Api>>) -> Json<ServerTime> {
    Json(ServerTime {
        time: api.shop.clock.now(),
        epoch: api.shop.ledger.epoch(),
        features: FEATURES.map(str::to_owned).to_vec(),
        limits: api.shop.limits.clone(),
    })
}

/// `GET /v1/health`
pub(super) async fn health(State(api): State<Arc<Api>>) -> (StatusCode, Json<Health>) {
    let is_readable = api.shop.ledger.read(|rows| rows.counter()).await.is_ok();
    let (waiting, next_due_at) = api.shop.schedule().waiting();
    let health = Health {
        status: if is_readable { "ok" } else { "failing" }.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: api.shop.clock.now(),
        notified_at: *api.shop.notified_at.lock().unwrap_or_else(PoisonError::into_inner),
        waiting: u64::try_from(waiting).unwrap_or(u64::MAX),
        next_due_at,
    };
    (if is_readable { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(health))
}

/// `GET /v1/keys`
pub(super) async fn keys(State(api): State<Arc<Api>>, request: Request) -> Result<Json<KeysAnswer>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    received.query([])?;
    Ok(Json(KeysAnswer { keys: api.account(&caller)?.keys.statement() }))
}
