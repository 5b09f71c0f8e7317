//! People and their sessions.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use saoma_contract::{ChangePerson, NewPerson, People, Person, ProblemCode, Session, SignIn, StaffId};

use super::Api;
use super::caller::{Caller, PathPart, Received};
use super::refused::Refused;
use crate::people::{self, Keeper};
use crate::rights::Right;

impl Caller {
    /// As who keeps people.
    fn keeper(&self) -> Keeper {
        Keeper { who: self.who(), role: self.role.clone(), scope: self.scope.clone() }
    }
}

/// `POST /v1/sessions`
pub(super) async fn sign_in(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<(StatusCode, Json<Session>), Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may_change()?;
    received.query([])?;
    let wanted: SignIn = received.json()?;
    let session = people::sign_in(&api.shop, api.account(&caller)?, &caller.device, wanted).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

/// `DELETE /v1/sessions`; a session that is over is signed out already.
pub(super) async fn sign_out(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Refused> {
    let received = Received::read(&api, request).await?;
    let (device, person) = match api.caller(&received).await {
        Ok(caller) => (caller.device, caller.person.map(|person| person.id)),
        Err(refused) if refused.code() == &ProblemCode::SessionEnded => return Ok(StatusCode::NO_CONTENT),
        Err(refused) => return Err(refused),
    };
    received.query([])?;
    people::sign_out(&api.shop, &device, person.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/people`
pub(super) async fn list(State(api): State<Arc<Api>>, request: Request) -> Result<Json<People>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    received.query([])?;
    let merchant = caller.device.merchant.clone();
    let all = api.shop.ledger.read(move |rows| rows.people(&merchant)).await?;
    let sees_all = caller.may(Right::KeepPeople).is_ok() && caller.scope.store.is_none();
    let is_seen =
        |person: &Person| sees_all || person.store.as_ref().is_none_or(|store| *store == caller.device.store);
    let people = all.iter().map(crate::ledger::PersonRow::told).filter(is_seen).collect();
    Ok(Json(People { people, sign_in: api.account(&caller)?.people.sign_in.clone() }))
}

/// `POST /v1/people`
pub(super) async fn add(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<(StatusCode, Json<Person>), Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::KeepPeople)?;
    caller.may_change()?;
    received.query([])?;
    let new: NewPerson = received.json()?;
    let (person, is_new) = people::add(&api.shop, api.account(&caller)?, caller.keeper(), new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(person)))
}

/// `POST /v1/people/{person}`; who may is asked of the person's role too, so it is asked there.
pub(super) async fn change(
    State(api): State<Arc<Api>>,
    PathPart(person): PathPart,
    request: Request,
) -> Result<Json<Person>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    if caller.person.is_none() {
        caller.may(Right::KeepPeople)?;
    }
    caller.may_change()?;
    let id: StaffId = person.parse().map_err(|error| Refused::field("person", error))?;
    received.query([])?;
    let change: ChangePerson = received.json()?;
    Ok(Json(people::change(&api.shop, api.account(&caller)?, caller.keeper(), &id, change).await?))
}
