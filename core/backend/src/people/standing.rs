//! How a request stands: its device, the person signed in on it, and what the two together may do and see.

use saoma_contract::{DeviceId, Role, StaffId, Time};

use crate::ledger::{Device, LedgerError, PersonRow, ReadRows, Scope, SessionRow};
use crate::rights;

/// What the ledger knows of who sends a request.
#[derive(Clone, Debug)]
pub struct Known {
    /// The device.
    pub device: Device,
    /// The session of the person named, and the person.
    pub signed_in: Option<(SessionRow, PersonRow)>,
}

/// A device that is not revoked, with a person who is signed in if one was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The device.
    pub device: Device,
    /// Who is signed in.
    pub person: Option<PersonRow>,
    /// The smaller of the person's role and the device's.
    pub role: Role,
    /// What may be seen.
    pub scope: Scope,
}

/// Why there is no standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoStanding {
    /// The device was revoked.
    Revoked,
    /// The person named is not signed in here, no longer, or has left.
    SessionEnded,
}

/// Reads a device and the session of the person named; none if there is no such device.
///
/// # Errors
/// When the ledger cannot be read.
pub fn known(
    rows: &dyn ReadRows,
    device: &DeviceId,
    person: Option<&StaffId>,
) -> Result<Option<Known>, LedgerError> {
    let Some(device) = rows.device(device)? else { return Ok(None) };
    let signed_in = match person {
        None => None,
        Some(person) => match rows.session(&device.id, person)? {
            Some(session) => rows.person(&device.merchant, person)?.map(|person| (session, person)),
            None => None,
        },
    };
    Ok(Some(Known { device, signed_in }))
}

impl Known {
    /// How the request stands now; `named` says whether it names a person.
    ///
    /// # Errors
    /// When the device was revoked, or the person is not signed in.
    pub fn standing(self, named: bool, now: Time) -> Result<Standing, NoStanding> {
        let Self { device, signed_in } = self;
        if device.revoked_at.is_some() {
            return Err(NoStanding::Revoked);
        }
        let holds = |(session, person): &(SessionRow, PersonRow)| {
            session.expires_at > now
                && person.removed_at.is_none()
                && person.store.as_ref().is_none_or(|store| *store == device.store)
        };
        let person = signed_in.filter(holds).map(|(_, person)| person);
        if named && person.is_none() {
            return Err(NoStanding::SessionEnded);
        }
        let ceiling = rights::ceiling(&device.role);
        let role = match &person {
            Some(person) => rights::smaller(person.role.clone(), ceiling),
            None => ceiling,
        };
        let store = match person.as_ref().and_then(|person| person.store.clone()) {
            None if rights::sees_all_stores(&role) => None,
            Some(store) => Some(store),
            None => Some(device.store.clone()),
        };
        let scope = Scope { merchant: device.merchant.clone(), store };
        Ok(Standing { device, person, role, scope })
    }
}
