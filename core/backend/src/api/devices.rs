//! The merchant's devices, for who may pair and revoke them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use saoma_contract::{DeviceId, Devices, ProblemCode, RevokeDevice};

use super::Api;
use super::caller::{PathPart, Received};
use super::refused::Refused;
use crate::devices;
use crate::rights::Right;

/// `GET /v1/devices`
pub(super) async fn list(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Devices>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::KeepDevices)?;
    received.query([])?;
    Ok(Json(Devices { devices: devices::list(&api.shop, &caller.scope).await? }))
}

/// `POST /v1/devices/{device}/revoke`
pub(super) async fn revoke(
    State(api): State<Arc<Api>>,
    PathPart(device): PathPart,
    request: Request,
) -> Result<Json<saoma_contract::PairedDevice>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::KeepDevices)?;
    caller.may_change()?;
    let id: DeviceId = device.parse().map_err(|error| Refused::field("device", error))?;
    received.query([])?;
    let RevokeDevice { reason } = received.json()?;
    let revoked = devices::revoke(&api.shop, caller.who(), &caller.scope, &id, reason).await?;
    let not_found = || Refused::new(ProblemCode::NotFound, format!("no device {id} here"));
    Ok(Json(revoked.ok_or_else(not_found)?))
}
