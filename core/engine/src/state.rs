//! What the till keeps of itself beside its sales.

use saoma_contract::statement::{StatementError, TrustedKeys};
use saoma_contract::{Cursor, Jws, OrderNo, PublicKey, Session, StaffId, Time};
use serde::{Deserialize, Serialize};

use crate::journal::TillFact;
use crate::pairing::Pairing;

/// The till's own state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TillState {
    /// With whom it is paired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pairing: Option<Pairing>,
    /// Sets of the merchant's keys that were replaced: what they signed stays good, even if a later set leaves them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) old_keys: Vec<Jws>,
    /// Which life of the backend's ledger it knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) epoch: Option<u64>,
    /// How far it has read the changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<Cursor>,
    /// How far it has come in offering its orders again.
    #[serde(default)]
    pub(crate) offering: Offering,
    /// The device's keys that this journal was written with, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) device_keys: Vec<PublicKey>,
    /// Who is signed in; the session may have run out since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<Session>,
    /// The merchant wants a person signed in for anything but reading.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) sign_in_required: bool,
    /// The open shift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shift: Option<OpenShift>,
    /// How many shifts were opened.
    #[serde(default)]
    pub(crate) shifts_made: u32,
    /// The last shifts that were closed: number, opening and close, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) closed_shifts: Vec<(u32, Time, Time)>,
    /// Why it may only be looked at until it is paired again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) read_only: Option<String>,
}

/// A shift that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenShift {
    pub(crate) no: u32,
    pub(crate) opened_at: Time,
    pub(crate) opened_by: Option<StaffId>,
    pub(crate) float: i64,
    pub(crate) after_entry: u64,
}

/// Sales of so many shifts back are told of in lines of theirs.
const CLOSED_SHIFTS_MAX: usize = 100;

/// Offering the orders of the last days to a ledger that may have lost them, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Offering {
    /// Nothing to offer.
    #[default]
    No,
    /// From the newest on.
    Begin,
    /// On after this one.
    After(OrderNo),
}

impl TillState {
    /// The state after something that happened to the till.
    pub(crate) fn apply(&mut self, fact: &TillFact, at: Time) {
        match fact {
            TillFact::DeviceKey { key, replaces } => {
                self.keep_device_key(key.clone());
                if *replaces {
                    self.read_only = Some("key_replaced".to_owned());
                }
            }
            TillFact::Paired { pairing, device_key } => {
                device_key.iter().for_each(|key| self.keep_device_key(key.clone()));
                self.keep_old_keys(&pairing.bundle.keys);
                self.pairing = Some((**pairing).clone());
                self.read_only = None;
                self.cursor = None;
                self.session = None;
            }
            TillFact::Bundled { bundle } => {
                if let Some(pairing) = &mut self.pairing {
                    pairing.bundle = (**bundle).clone();
                }
            }
            TillFact::KeysReplaced { keys } => {
                self.keep_old_keys(keys);
                if let Some(pairing) = &mut self.pairing {
                    pairing.bundle.keys = keys.clone();
                }
            }
            TillFact::Epoch { epoch } => {
                if self.epoch.is_some() {
                    self.cursor = None;
                    self.offering = Offering::Begin;
                }
                self.epoch = Some(*epoch);
            }
            TillFact::Refused { code } => self.read_only = Some(code.clone()),
            TillFact::Salvaged { .. } => {
                self.read_only = Some("salvaged".to_owned());
                self.cursor = None;
            }
            TillFact::SignedIn { session } => self.session = Some((**session).clone()),
            TillFact::SignedOut { person } => {
                self.session = self.session.take().filter(|session| session.person != *person);
            }
            TillFact::ShiftOpened { no, float, staff, after_entry } => {
                self.shifts_made = *no;
                self.shift = Some(OpenShift {
                    no: *no,
                    opened_at: at,
                    opened_by: staff.clone(),
                    float: *float,
                    after_entry: *after_entry,
                });
            }
            TillFact::ShiftClosed { shift } => {
                self.shift = None;
                self.closed_shifts.push((shift.no, shift.opened_at, shift.closed_at.unwrap_or(at)));
                let surplus = self.closed_shifts.len().saturating_sub(CLOSED_SHIFTS_MAX);
                self.closed_shifts.drain(..surplus);
            }
            TillFact::ShiftLine { .. }
            | TillFact::Pairing { .. }
            | TillFact::Acknowledged { .. }
            | TillFact::FindingSettled { .. } => {}
        }
    }

    /// The closed shift in which a sale was rung up, if it was in one.
    pub(crate) fn closed_shift_of(&self, made_at: Time) -> Option<u32> {
        let held = |(_, from, until): &&(u32, Time, Time)| *from <= made_at && made_at < *until;
        self.closed_shifts.iter().find(held).map(|(no, ..)| *no)
    }

    fn keep_device_key(&mut self, key: PublicKey) {
        self.device_keys.retain(|known| *known != key);
        self.device_keys.push(key);
    }

    fn keep_old_keys(&mut self, newer: &Jws) {
        let replaced = self.pairing.as_ref().map(|pairing| pairing.bundle.keys.clone());
        self.old_keys.extend(replaced.filter(|old| old != newer));
    }

    /// The merchant's keys, newest first, each verified down to the pinned root; empty before pairing.
    pub(crate) fn keys(&self) -> Result<Vec<TrustedKeys>, StatementError> {
        let Some(pairing) = &self.pairing else { return Ok(Vec::new()) };
        let old = self.old_keys.iter().rev();
        let old = old.map(|jws| TrustedKeys::verify(jws.clone(), &pairing.bundle.merchant.id, &pairing.root));
        std::iter::once(pairing.keys()).chain(old).collect()
    }
}
