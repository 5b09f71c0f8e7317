//! People: who works at a merchant, how they sign in on a shared device, and the log of who did what.

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::open_enum::open_enum;
use crate::{DeviceId, DeviceName, DeviceRole, Note, PersonName, StaffId, StoreId, Time};

open_enum! {
    /// What a person is at a merchant. Each may do all that those below it may.
    Role {
        /// Whose shop it is: gives and takes every role.
        Owner = "owner",
        /// Runs it: decides refunds, pairs and revokes devices, keeps cashiers and couriers, reads the audit log.
        Manager = "manager",
        /// Rings up, sees and cancels orders of one store, sees its days, asks for refunds.
        Cashier = "cashier",
        /// Collects at the door: rings up, sees and cancels orders, no more.
        Courier = "courier",
    }
}

/// Why a PIN was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not 4 to 12 digits.
    #[error("must be 4 to 12 digits")]
    Form,
    /// One digit only, or digits in a row such as 1234.
    #[error("must not be one digit repeated, or digits in a row such as 1234 or 9876")]
    Guessable,
}

/// What a person types to sign in: 4 to 12 digits. Wiped when dropped, never shown, kept by a backend only as a slow,
/// salted hash.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin(String);

impl Pin {
    /// Its digits, to be hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Refuses what is tried first by who guesses. For a PIN that is being set.
    ///
    /// # Errors
    /// If all digits are one, or each is the one before it plus or minus one.
    pub fn is_fit_to_set(&self) -> Result<(), PinError> {
        let steps: Vec<i16> =
            self.0.as_bytes().windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0])).collect();
        let is_even = steps.windows(2).all(|pair| pair[0] == pair[1]);
        if is_even && matches!(steps.first(), Some(-1..=1)) { Err(PinError::Guessable) } else { Ok(()) }
    }
}

impl TryFrom<String> for Pin {
    type Error = PinError;

    fn try_from(mut text: String) -> Result<Self, PinError> {
        if (4..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text));
        }
        text.zeroize();
        Err(PinError::Form)
    }
}

impl std::str::FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        Self::try_from(text.to_owned())
    }
}

impl From<Pin> for String {
    fn from(pin: Pin) -> String {
        pin.0.clone()
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(..)")
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Pin {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::openapi::text(None, Some("^[0-9]{4,12}$"), "4 to 12 digits. A secret.")
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Pin {}

/// `POST /v1/sessions`: signs a person in on the device that sends it. From then on the device's requests may name the
/// person in the header `saoma-person`, which the request's signature covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// Who.
    pub person: StaffId,
    /// Its PIN.
    pub pin: Pin,
}

/// A person who is signed in on a device; also the answer to [`SignIn`]. `DELETE /v1/sessions` ends the session of the
/// person that the request names, or every session of the device if it names none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Who.
    pub person: StaffId,
    /// What people call that person.
    pub name: PersonName,
    /// Its role. What is allowed is the smaller of this and of what the device may do.
    pub role: Role,
    /// Until when; then sign in again.
    pub expires_at: Time,
}

/// A person who works at a merchant. Nothing of the PIN is ever told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// Its id; what orders name as `staff`.
    pub person: StaffId,
    /// What people call it.
    pub name: PersonName,
    /// Its role.
    pub role: Role,
    /// The one store it works at; absent for all stores of the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
}

/// `GET /v1/people`: who may sign in on this device, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct People {
    /// The people of the device's store; all of the merchant's for who may keep people.
    pub people: Vec<Person>,
    /// Whether anything but reading needs a person who is signed in.
    pub sign_in: SignInRule,
}

open_enum! {
    /// Whether a device may be used without a person.
    SignInRule {
        /// Without a person a device's own role holds.
        Optional = "optional",
        /// Without a person a device only reads, and brings orders that name their `staff`.
        Required = "required",
    }
}

/// `POST /v1/people`: adds a person. The same again answers the same person; another of that id is a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPerson {
    /// Its id from now on. The id of a person who was removed is not given again.
    pub person: StaffId,
    /// What people call it.
    pub name: PersonName,
    /// `owner`, `manager`, `cashier` or `courier`; below the role of who adds it, unless that is an owner.
    pub role: Role,
    /// The one store it works at; absent for all stores of the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// What it signs in with.
    pub pin: Pin,
}

/// `POST /v1/people/{person}`: changes what is named and leaves the rest. A change of role, store or PIN, and a removal,
/// end the person's sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePerson {
    /// What people call it from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Its role from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The one store it works at from now on; `null` for all stores of the merchant.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<StoreId>))]
    pub store: Option<Option<StoreId>>,
    /// A new PIN; it also ends the wait after wrong ones. A person may set its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pin>,
    /// Whether the person leaves: it can never sign in again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remove: bool,
}

/// Tells a field that is `null` from one that is absent.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<StoreId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `GET /v1/devices`: the merchant's devices, the newest first. For who may pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Devices {
    /// The devices, revoked ones too.
    pub devices: Vec<PairedDevice>,
}

/// A device as who may pair sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairedDevice {
    /// Its id.
    pub device: DeviceId,
    /// What people call it.
    pub name: DeviceName,
    /// The most that people on it may do.
    pub role: DeviceRole,
    /// Where it stands.
    pub store: StoreId,
    /// When it was paired.
    pub paired_at: Time,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Time>,
    /// When its journal was found to have forked or fallen back; it is read-only since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_at: Option<Time>,
    /// Who is signed in on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Session>,
}

/// `POST /v1/devices/{device}/revoke`: its requests are refused from now on and its streams end within a second. The same
/// again changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokeDevice {
    /// Why, for the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

/// `GET /v1/audit?after=SEQ&limit=N`: a page of the merchant's audit log, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Audit {
    /// Its lines, by `seq`.
    pub lines: Vec<AuditLine>,
    /// Whether there are more now.
    pub more: bool,
}

/// Who did what, to what, and when: a line of a merchant's audit log. Each line's hash covers the line before it, so that
/// none can be changed, left out or put in between without showing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLine {
    /// 1 for the merchant's first line, then one more for each.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// What made it happen.
    pub by: AuditBy,
    /// The device whose request it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The person who was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<StaffId>,
    /// What was done, such as `person_added`, `refund_asked` or `rule_refund_day_share`.
    pub what: String,
    /// What it was done to: an order, a refund, a person, a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// More of it, for people. Never a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// In hexadecimal, SHA-256 over `saoma-audit-1`, the hash of the line before (32 bytes; zeros before the first), and then
    /// `seq`, `at` (milliseconds since 1970), `by`, `device`, `person`, `what`, `about` and `detail`, each as its length in
    /// bytes (8 bytes, big-endian) and its text; what is absent has the length 2⁶⁴−1 and no text.
    pub hash: String,
}

open_enum! {
    /// What made something happen.
    AuditBy {
        /// A request of a paired device.
        Device = "device",
        /// `saoma admin`, on the backend's own machine.
        Admin = "admin",
        /// The backend by itself.
        Backend = "backend",
    }
}

impl AuditLine {
    /// The hash that this line must have after a line with the given one, or after 32 zero bytes if it is the first.
    pub fn hash_after(&self, former: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"saoma-audit-1");
        hash.update(former);
        let mut part = |text: Option<&str>| {
            hash.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            hash.update(text.unwrap_or_default());
        };
        part(Some(&self.seq.to_string()));
        part(Some(&self.at.unix_ms().to_string()));
        part(Some(self.by.as_str()));
        part(self.device.as_ref().map(DeviceId::as_str));
        part(self.person.as_ref().map(StaffId::as_str));
        part(Some(&self.what));
        part(self.about.as_deref());
        part(self.detail.as_deref());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_four_to_twelve_digits_and_never_shown() {
        for wrong in ["", "123", "1234567890123", "12a4", "１２３４", "12 4", "-123"] {
            assert_eq!(wrong.parse::<Pin>(), Err(PinError::Form), "{wrong:?}");
        }
        assert_eq!(format!("{:?}", "2580".parse::<Pin>().unwrap()), "Pin(..)");
    }

    #[test]
    fn a_pin_that_is_tried_first_is_not_set() {
        for guessable in ["0000", "1234", "9876", "77777777", "345678"] {
            let pin: Pin = guessable.parse().unwrap();
            assert_eq!(pin.is_fit_to_set(), Err(PinError::Guessable), "{guessable}");
        }
        for fit in ["2580", "1235", "1357", "0001", "98760"] {
            assert_eq!(fit.parse::<Pin>().unwrap().is_fit_to_set(), Ok(()), "{fit}");
        }
    }

    fn line() -> AuditLine {
        AuditLine {
            seq: 1,
            at: Time::from_unix_ms(1_785_549_600_000),
            by: AuditBy::Device,
            device: Some("d-1".parse().unwrap()),
            person: None,
            what: "device_revoked".to_owned(),
            about: Some("d-2".to_owned()),
            detail: None,
            hash: String::new(),
        }
    }

    #[test]
    fn an_audit_hash_covers_every_part_and_the_line_before() {
        let hash = line().hash_after(&[0; 32]);
        assert_ne!(hash, line().hash_after(&[1; 32]));
        for changed in [
            AuditLine { seq: 2, ..line() },
            AuditLine { at: Time::from_unix_ms(0), ..line() },
            AuditLine { by: AuditBy::Admin, ..line() },
            AuditLine { device: None, ..line() },
            AuditLine { device: None, person: Some("d-1".parse().unwrap()), ..line() },
            AuditLine { what: "device_revoke".to_owned(), about: Some("dd-2".to_owned()), ..line() },
            AuditLine { detail: Some(String::new()), ..line() },
        ] {
            assert_ne!(hash, changed.hash_after(&[0; 32]), "{changed:?}");
        }
    }

    #[test]
    fn a_store_that_is_null_is_told_from_one_that_is_absent() {
        let read = |text: &str| crate::read_request::<ChangePerson>(text.as_bytes()).unwrap();
        assert_eq!(read("{}").store, None);
        assert_eq!(read(r#"{"store":null}"#).store, Some(None));
        assert_eq!(read(r#"{"store":"main"}"#).store, Some(Some("main".parse().unwrap())));
    }
}
