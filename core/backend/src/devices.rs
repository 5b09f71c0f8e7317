//! Devices: listed with who is signed in on them, and revoked.

use std::collections::BTreeMap;
use std::path::Path;

use saoma_contract::{DeviceId, Note, PairedDevice, Session, Time};

use crate::audit::Who;
use crate::ledger::sqlite::{OpenError, write_beside};
use crate::ledger::{Device, LedgerError, ReadRows, Scope, WriteRows};
use crate::shop::Shop;

/// The devices of a scope, the newest first.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn list(shop: &Shop, scope: &Scope) -> Result<Vec<PairedDevice>, LedgerError> {
    let (scope, now) = (scope.clone(), shop.clock.now());
    shop.ledger
        .read(move |rows| {
            let mut signed_in: BTreeMap<DeviceId, Vec<Session>> = BTreeMap::new();
            for session in rows.sessions(&scope.merchant)? {
                let Some(person) = rows.person(&scope.merchant, &session.person)? else { continue };
                if session.expires_at > now && person.removed_at.is_none() {
                    signed_in.entry(session.device).or_default().push(Session {
                        person: person.id,
                        name: person.name,
                        role: person.role,
                        expires_at: session.expires_at,
                    });
                }
            }
            let devices = rows.devices(&scope.merchant)?.into_iter();
            let seen = devices.filter(|device| scope.holds(&device.merchant, &device.store));
            Ok(seen.map(|device| told(&device, signed_in.remove(&device.id).unwrap_or_default())).collect())
        })
        .await
}

fn told(device: &Device, sessions: Vec<Session>) -> PairedDevice {
    PairedDevice {
        device: device.id.clone(),
        name: device.name.clone(),
        role: device.role.clone(),
        store: device.store.clone(),
        paired_at: device.paired_at,
        revoked_at: device.revoked_at,
        forked_at: device.forked_at,
        sessions,
    }
}

/// Revokes a device of a scope and ends the sessions on it: its requests are refused from now on, and its streams end
/// within a second. Gives the device, or none if the scope has no such one; revoking again changes nothing.
///
/// # Errors
/// When the ledger cannot be written.
pub async fn revoke(
    shop: &Shop,
    who: Who,
    scope: &Scope,
    id: &DeviceId,
    reason: Option<Note>,
) -> Result<Option<PairedDevice>, LedgerError> {
    let (scope, id, now) = (scope.clone(), id.clone(), shop.clock.now());
    shop.ledger
        .write(move |rows| {
            let Some(mut device) = find(rows, &scope, &id)? else { return Ok(None) };
            end(rows, &mut device, &who, reason, now)?;
            Ok(Some(told(&device, Vec::new())))
        })
        .await
}

/// The same in the ledger of a folder, also while a backend runs on it: that backend sees it within a second. Gives whether
/// there was such a device.
///
/// # Errors
/// When there is no ledger of this version, or it cannot be written.
pub fn revoke_beside(state_dir: &Path, id: &DeviceId, now: Time) -> Result<bool, OpenError> {
    write_beside(state_dir, |rows| {
        let Some(mut device) = rows.device(id)? else { return Ok(false) };
        end(rows, &mut device, &Who::admin(), None, now)?;
        Ok(true)
    })
}

fn end(
    rows: &mut dyn WriteRows,
    device: &mut Device,
    who: &Who,
    reason: Option<Note>,
    now: Time,
) -> Result<(), LedgerError> {
    if device.revoked_at.is_some() {
        return Ok(());
    }
    device.revoked_at = Some(now);
    rows.put_device(device)?;
    rows.end_sessions(&device.merchant, Some(&device.id), None)?;
    let act = who.does("device_revoked", now).to(&device.id);
    let act = match reason {
        Some(reason) => act.with(String::from(reason)),
        None => act,
    };
    rows.put_audit(&device.merchant, act)
}

fn find(rows: &dyn ReadRows, scope: &Scope, id: &DeviceId) -> Result<Option<Device>, LedgerError> {
    Ok(rows.device(id)?.filter(|device| scope.holds(&device.merchant, &device.store)))
}
