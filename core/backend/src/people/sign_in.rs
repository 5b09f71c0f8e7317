//! Signing in on a shared device by PIN, and out again.

use saoma_contract::{DeviceId, MerchantId, Problem, ProblemCode, Session, SignIn, StaffId, Time};

use super::{PeopleError, is_right, pin};
use crate::audit::Who;
use crate::ledger::{Device, LedgerError, PersonRow, SessionRow, Tries, WriteRows};
use crate::shop::{MerchantAccount, Shop};

/// Under what name a person's wrong PINs are kept.
pub(super) fn of_person(merchant: &MerchantId, person: &StaffId) -> String {
    format!("person {merchant}/{person}")
}

fn on_device(device: &DeviceId) -> String {
    format!("device {device}")
}

/// The tries that were taken for one PIN, before it is known whether it is right.
struct Taken {
    of_person: Tries,
    on_device: Tries,
}

/// Signs a person in. The try is written down before the PIN is looked at, so that nothing (many at once, a kill) gives a
/// try for nothing.
///
/// # Errors
/// When the PIN is wrong or nobody of that id works at the device's store (told alike), or there were too many wrong ones.
pub async fn sign_in(
    shop: &Shop,
    account: &MerchantAccount,
    device: &Device,
    wanted: SignIn,
) -> Result<Session, PeopleError> {
    let now = shop.clock.now();
    let SignIn { person, pin } = wanted;
    let (of, id) = (device.clone(), person.clone());
    let (taken, found) =
        shop.ledger.write::<_, PeopleError, _>(move |rows| take(rows, &of, &id, now)).await?;
    let hours = account.people.session_hours;
    let is_right = match &found {
        Some(person) => is_right(shop, pin, person.pin.clone()).await,
        None => false,
    };
    let (of, who) = (device.clone(), Who::device(device.id.clone(), Some(person.clone())));
    let Some(found) = found.filter(|_| is_right) else {
        let left =
            pin::left(&taken.of_person, pin::OF_PERSON).min(pin::left(&taken.on_device, pin::ON_DEVICE));
        tracing::warn!(device = %device.id, %person, left, "a wrong PIN");
        let act = who.does("sign_in_failed", now).to(&person).with(format!("{left} tries left"));
        shop.ledger.write::<_, LedgerError, _>(move |rows| rows.put_audit(&of.merchant, act)).await?;
        let detail = "the PIN is wrong, or nobody of that id works at this store";
        return Err(Problem::new(ProblemCode::PinWrong, detail).tries_left(left).into());
    };
    let expires_at = now.plus_ms(i64::from(hours) * 60 * 60 * 1000);
    let session =
        Session { person: found.id.clone(), name: found.name.clone(), role: found.role.clone(), expires_at };
    shop.ledger
        .write::<_, PeopleError, _>(move |rows| {
            // Who was removed or given a new PIN while the old one was looked at is not signed in by it.
            if rows.person(&of.merchant, &found.id)?.as_ref() != Some(&found) {
                let detail = "the person was changed meanwhile; try again";
                return Err(Problem::new(ProblemCode::Unavailable, detail).into());
            }
            rows.put_tries(&of_person(&of.merchant, &found.id), None)?;
            let left =
                rows.tries(&on_device(&of.id))?.and_then(|tries| pin::give_back(tries, pin::ON_DEVICE));
            rows.put_tries(&on_device(&of.id), left.as_ref())?;
            rows.put_session(&SessionRow {
                merchant: of.merchant.clone(),
                device: of.id.clone(),
                person: found.id.clone(),
                started_at: now,
                expires_at,
            })?;
            Ok(rows.put_audit(&of.merchant, who.does("signed_in", now).to(&found.id))?)
        })
        .await?;
    Ok(session)
}

/// Takes a try of the person's and one of the device's, and finds who may sign in here.
fn take(
    rows: &mut dyn WriteRows,
    device: &Device,
    person: &StaffId,
    now: Time,
) -> Result<(Taken, Option<PersonRow>), PeopleError> {
    let locked = |until: Time| {
        let wait_s = u32::try_from(until.ms_since(now).max(0) / 1000 + 1).unwrap_or(u32::MAX);
        let detail = format!("too many wrong PINs; wait {wait_s} s, or have a manager set a new one");
        PeopleError::from(Problem::new(ProblemCode::PinLocked, detail).retry_after_s(wait_s))
    };
    let (person_key, device_key) = (of_person(&device.merchant, person), on_device(&device.id));
    let on_device = pin::take(rows.tries(&device_key)?, pin::ON_DEVICE, now).map_err(locked)?;
    rows.put_tries(&device_key, Some(&on_device))?;
    let found = rows.person(&device.merchant, person)?.filter(|found| {
        found.removed_at.is_none() && found.store.as_ref().is_none_or(|store| *store == device.store)
    });
    let of_person = pin::take(rows.tries(&person_key)?, pin::OF_PERSON, now).map_err(locked)?;
    if found.is_some() {
        rows.put_tries(&person_key, Some(&of_person))?;
    }
    Ok((Taken { of_person, on_device }, found))
}

/// Signs out: the person, or everybody on the device. Gives how many sessions ended.
///
/// # Errors
/// When the ledger cannot be written.
pub async fn sign_out(shop: &Shop, device: &Device, person: Option<&StaffId>) -> Result<u32, LedgerError> {
    let (device, person, now) = (device.clone(), person.cloned(), shop.clock.now());
    shop.ledger
        .write(move |rows| {
            let ended = rows.end_sessions(&device.merchant, Some(&device.id), person.as_ref())?;
            if ended > 0 {
                let act = Who::device(device.id.clone(), person).does("signed_out", now);
                rows.put_audit(&device.merchant, act)?;
            }
            Ok(ended)
        })
        .await
}
