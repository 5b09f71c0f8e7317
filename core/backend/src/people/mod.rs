//! People: added, changed, signed in. Every change is written with its line of the audit log.

mod pin;
mod sign_in;
mod standing;

use saoma_contract::{
    ChangePerson, FieldError, NewPerson, Person, Pin, Problem, ProblemCode, Role, SignInRule, StaffId,
    StoreId, Time,
};

pub use sign_in::{sign_in, sign_out};
pub use standing::{Known, NoStanding, Standing, known};

use crate::audit::Who;
use crate::ledger::{LedgerError, PersonRow, PinHash, Scope, WriteRows};
use crate::rights;
use crate::shop::{MerchantAccount, Shop};

/// How a merchant has its people sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleSettings {
    /// Whether devices may be used without a person.
    pub sign_in: SignInRule,
    /// How long a session lasts, in hours.
    pub session_hours: u32,
}

impl Default for PeopleSettings {
    fn default() -> Self {
        Self { sign_in: SignInRule::Optional, session_hours: 12 }
    }
}

/// Why nothing became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum PeopleError {
    /// It is not possible or not allowed; what to tell.
    Refused(Box<Problem>),
    /// The ledger.
    Ledger(LedgerError),
}

impl From<LedgerError> for PeopleError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<Problem> for PeopleError {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

/// A field that is wrong.
pub(crate) fn wrong(field: &str, detail: impl std::fmt::Display) -> PeopleError {
    Problem::from(FieldError::new(field, detail)).into()
}

/// Who keeps people: who it is, and what it may do and see.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// For the audit log.
    pub who: Who,
    /// Its role.
    pub role: Role,
    /// Its part of the merchant.
    pub scope: Scope,
}

impl Keeper {
    fn may_keep(&self, role: &Role) -> Result<(), PeopleError> {
        if rights::may_keep(&self.role, role) {
            return Ok(());
        }
        let detail = format!("a {} may not keep a {role}; it takes an owner", self.role);
        Err(Problem::new(ProblemCode::Forbidden, detail).field("role").into())
    }

    /// Whether a person of this store is in its part.
    fn may_place(&self, account: &MerchantAccount, store: Option<&StoreId>) -> Result<(), PeopleError> {
        if let Some(store) = store
            && !account.stores.contains_key(store)
        {
            return Err(wrong("store", "the merchant has no such store"));
        }
        match &self.scope.store {
            Some(own) if Some(own) != store => {
                Err(wrong("store", format!("must be {own}, the store of who asks")))
            }
            _ => Ok(()),
        }
    }
}

impl PersonRow {
    /// As it is told.
    pub fn told(&self) -> Person {
        Person {
            person: self.id.clone(),
            name: self.name.clone(),
            role: self.role.clone(),
            store: self.store.clone(),
        }
    }
}

/// Adds a person. Gives it, and whether it is new: the same again changes nothing.
///
/// # Errors
/// When a field is wrong, the keeper may not, or the id stands for another person.
pub async fn add(
    shop: &Shop,
    account: &MerchantAccount,
    keeper: Keeper,
    new: NewPerson,
) -> Result<(Person, bool), PeopleError> {
    if matches!(new.role, Role::Unknown(_)) {
        return Err(wrong("role", format!("must be one of {}", Role::KNOWN.join(", "))));
    }
    keeper.may_keep(&new.role)?;
    keeper.may_place(account, new.store.as_ref())?;
    new.pin.is_fit_to_set().map_err(|error| wrong("pin", error))?;
    let merchant = account.merchant.id.clone();
    let (of, id) = (merchant.clone(), new.person.clone());
    if let Some(there) = shop.ledger.read(move |rows| rows.person(&of, &id)).await? {
        let is_same = there.removed_at.is_none()
            && (&there.name, &there.role, &there.store) == (&new.name, &new.role, &new.store)
            && is_right(shop, new.pin, there.pin.clone()).await;
        return if is_same { Ok((there.told(), false)) } else { Err(exists(&there.id)) };
    }
    let pin = hashed(shop, new.pin).await;
    let at = shop.clock.now();
    let NewPerson { person: id, name, role, store, .. } = new;
    let row = PersonRow { merchant, id, name, role, store, pin, added_at: at, removed_at: None };
    let added = shop.ledger.write::<_, PeopleError, _>(move |rows| {
        if rows.person(&row.merchant, &row.id)?.is_some() {
            return Err(exists(&row.id));
        }
        rows.put_person(&row)?;
        let place = row.store.as_ref().map_or("all stores".to_owned(), ToString::to_string);
        let act = keeper.who.does("person_added", at).to(&row.id).with(format!("{}, {place}", row.role));
        rows.put_audit(&row.merchant, act)?;
        Ok(row.told())
    });
    Ok((added.await?, true))
}

fn exists(id: &StaffId) -> PeopleError {
    let detail = format!("{id} stands for another person, or for one who left; choose another id");
    Problem::new(ProblemCode::PersonExists, detail).field("person").into()
}

/// Changes a person. A PIN that a person sets for itself needs no right to keep people: `keeper.role` is then not asked.
///
/// # Errors
/// When nothing or something wrong is named, the keeper may not, or there is no such person in its part.
pub async fn change(
    shop: &Shop,
    account: &MerchantAccount,
    keeper: Keeper,
    id: &StaffId,
    change: ChangePerson,
) -> Result<Person, PeopleError> {
    let ChangePerson { name, role, store, pin, remove } = change;
    let is_own_pin = keeper.who.person.as_ref() == Some(id)
        && pin.is_some()
        && name.is_none()
        && role.is_none()
        && store.is_none()
        && !remove;
    if name.is_none() && role.is_none() && store.is_none() && pin.is_none() && !remove {
        return Err(wrong("body", "names nothing to change"));
    }
    if !is_own_pin && !rights::Right::KeepPeople.is_of(&keeper.role) {
        let detail = format!("this takes a manager; here it is a {}", keeper.role);
        return Err(Problem::new(ProblemCode::Forbidden, detail).into());
    }
    if let Some(role) = &role {
        if matches!(role, Role::Unknown(_)) {
            return Err(wrong("role", format!("must be one of {}", Role::KNOWN.join(", "))));
        }
        keeper.may_keep(role)?;
    }
    if let Some(store) = &store {
        keeper.may_place(account, store.as_ref())?;
    }
    let pin = match pin {
        Some(pin) => {
            pin.is_fit_to_set().map_err(|error| wrong("pin", error))?;
            Some(hashed(shop, pin).await)
        }
        None => None,
    };
    let (merchant, id, at) = (account.merchant.id.clone(), id.clone(), shop.clock.now());
    let changed = shop.ledger.write::<_, PeopleError, _>(move |rows| {
        let is_seen = |person: &PersonRow| {
            person.removed_at.is_none()
                && (is_own_pin || keeper.scope.store.is_none() || keeper.scope.store == person.store)
        };
        let Some(before) = rows.person(&merchant, &id)?.filter(is_seen) else {
            return Err(Problem::new(ProblemCode::NotFound, format!("no person {id} here")).into());
        };
        if !is_own_pin {
            keeper.may_keep(&before.role)?;
        }
        let has_new_pin = pin.is_some();
        let after = PersonRow {
            name: name.unwrap_or_else(|| before.name.clone()),
            role: role.unwrap_or_else(|| before.role.clone()),
            store: store.unwrap_or_else(|| before.store.clone()),
            pin: pin.unwrap_or_else(|| before.pin.clone()),
            removed_at: remove.then_some(at),
            ..before.clone()
        };
        if before.role == Role::Owner && (remove || after.role != Role::Owner) {
            let owners = rows.people(&merchant)?.iter().filter(|person| person.role == Role::Owner).count();
            if owners < 2 {
                return Err(wrong("role", "the merchant's last owner stays; make another one first"));
            }
        }
        write_change(rows, &keeper.who, &before, &after, has_new_pin, at)?;
        Ok(after.told())
    });
    changed.await
}

/// Writes what changed, with a line for each kind of change, and ends sessions that no longer stand for the same rights.
fn write_change(
    rows: &mut dyn WriteRows,
    who: &Who,
    before: &PersonRow,
    after: &PersonRow,
    has_new_pin: bool,
    at: Time,
) -> Result<(), LedgerError> {
    if before == after {
        return Ok(());
    }
    rows.put_person(after)?;
    let place =
        |person: &PersonRow| person.store.as_ref().map_or("all stores".to_owned(), ToString::to_string);
    let mut lines = Vec::new();
    if before.name != after.name {
        lines.push(("person_renamed", after.name.to_string()));
    }
    if (&before.role, &before.store) != (&after.role, &after.store) {
        lines.push(("person_moved", format!("{}, {}", after.role, place(after))));
    }
    if has_new_pin {
        lines.push(("pin_set", String::new()));
        rows.put_tries(&sign_in::of_person(&after.merchant, &after.id), None)?;
    }
    if after.removed_at.is_some() {
        lines.push(("person_removed", String::new()));
    }
    for (what, detail) in lines {
        let act = who.does(what, at).to(&after.id);
        rows.put_audit(&after.merchant, if detail.is_empty() { act } else { act.with(detail) })?;
    }
    if *before != (PersonRow { name: before.name.clone(), ..after.clone() }) {
        rows.end_sessions(&after.merchant, None, Some(&after.id))?;
    }
    Ok(())
}

/// Hashing a PIN takes tens of milliseconds: on a thread that may.
async fn hashed(shop: &Shop, pin: Pin) -> PinHash {
    let random = std::sync::Arc::clone(&shop.random);
    let hashed = tokio::task::spawn_blocking(move || pin::hash(&pin, random.as_ref())).await;
    hashed.expect("hashing has no way to panic, and nobody aborts it")
}

async fn is_right(shop: &Shop, given: Pin, kept: PinHash) -> bool {
    let Ok(_turn) = shop.pins.acquire().await else { return false };
    tokio::task::spawn_blocking(move || pin::is_right(&given, &kept)).await.unwrap_or(false)
}
