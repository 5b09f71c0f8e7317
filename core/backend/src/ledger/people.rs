//! What a ledger keeps of people: who they are, where they are signed in, the audit log, and what the guarding rules count.

use saoma_contract::{AuditBy, AuditLine, DeviceId, MerchantId, PersonName, Role, StaffId, StoreId, Time};

use super::{Device, LedgerError};

/// A PIN as it is kept: an Argon2id hash with its own salt, and what it cost to make.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// The salt.
    pub salt: [u8; 16],
    /// The hash.
    pub hash: [u8; 32],
}

impl std::fmt::Debug for PinHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinHash(..)")
    }
}

/// A person who works, or worked, at a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// The merchant.
    pub merchant: MerchantId,
    /// The id, unique within the merchant for ever.
    pub id: StaffId,
    /// What people call it.
    pub name: PersonName,
    /// Its role.
    pub role: Role,
    /// The one store it works at; none for all.
    pub store: Option<StoreId>,
    /// What it signs in with.
    pub pin: PinHash,
    /// When it was added.
    pub added_at: Time,
    /// When it was removed.
    pub removed_at: Option<Time>,
}

/// A person signed in on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose device.
    pub merchant: MerchantId,
    /// Where.
    pub device: DeviceId,
    /// Who.
    pub person: StaffId,
    /// Since when.
    pub started_at: Time,
    /// Until when.
    pub expires_at: Time,
}

/// Wrong PINs of a person, or on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How many since the last right one, or since a day without any.
    pub wrong: u32,
    /// When the last one was taken.
    pub last_at: Time,
    /// Until when no more are taken.
    pub until: Option<Time>,
}

/// Something that was done, before it becomes a line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Time,
    /// What made it happen.
    pub by: AuditBy,
    /// The device whose request it was.
    pub device: Option<DeviceId>,
    /// The person who was signed in.
    pub person: Option<StaffId>,
    /// What was done, in a word such as `person_added`.
    pub what: String,
    /// What it was done to.
    pub about: Option<String>,
    /// More of it; never a secret.
    pub detail: Option<String>,
}

/// What the guarding rules count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Whose.
    pub merchant: MerchantId,
    /// What happened, such as `sold` or `charge_failed`.
    pub kind: &'static str,
    /// On which device.
    pub device: DeviceId,
    /// What it was about; the same is counted once.
    pub about: String,
    /// Minor units, where it is about money.
    pub amount: i64,
    /// When.
    pub at: Time,
}

/// How much was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often.
    pub times: u32,
    /// Minor units in all.
    pub amount: i64,
}

/// What can be asked about people.
pub trait ReadPeople {
    /// A person, also one who was removed.
    ///
    /// # Errors
    /// As all here: when the ledger cannot be read, or a row cannot be understood.
    fn person(&self, merchant: &MerchantId, id: &StaffId) -> Result<Option<PersonRow>, LedgerError>;

    /// Everybody who works at a merchant now, by id.
    fn people(&self, merchant: &MerchantId) -> Result<Vec<PersonRow>, LedgerError>;

    /// A person's session on a device, also one whose time is over.
    fn session(&self, device: &DeviceId, person: &StaffId) -> Result<Option<SessionRow>, LedgerError>;

    /// A merchant's sessions, by device and person.
    fn sessions(&self, merchant: &MerchantId) -> Result<Vec<SessionRow>, LedgerError>;

    /// Wrong PINs of a person or on a device, as their writer named it.
    fn tries(&self, about: &str) -> Result<Option<Tries>, LedgerError>;

    /// A merchant's devices, the newest first.
    fn devices(&self, merchant: &MerchantId) -> Result<Vec<Device>, LedgerError>;

    /// Devices with this public key, of any merchant.
    fn devices_of_key(&self, key: &saoma_contract::PublicKey) -> Result<Vec<Device>, LedgerError>;

    /// Lines of a merchant's audit log after a number.
    fn audit(&self, merchant: &MerchantId, after: u64, limit: u32) -> Result<Vec<AuditLine>, LedgerError>;

    /// Minor units paid to a merchant since a time, by the channel's time.
    fn paid_since(&self, merchant: &MerchantId, since: Time) -> Result<i64, LedgerError>;

    /// What was counted since a time: on one device, or at the whole merchant.
    fn counted(
        &self,
        merchant: &MerchantId,
        kind: &str,
        device: Option<&DeviceId>,
        since: Time,
    ) -> Result<Count, LedgerError>;
}

/// What can be written about people.
pub trait WritePeople: ReadPeople {
    /// Writes a person.
    ///
    /// # Errors
    /// As all here: when the ledger cannot be written.
    fn put_person(&mut self, person: &PersonRow) -> Result<(), LedgerError>;

    /// Writes a session; one of the same device and person is replaced.
    fn put_session(&mut self, session: &SessionRow) -> Result<(), LedgerError>;

    /// Ends sessions: of a person everywhere, on a device whoever it is, or of a person on a device. Gives how many.
    fn end_sessions(
        &mut self,
        merchant: &MerchantId,
        device: Option<&DeviceId>,
        person: Option<&StaffId>,
    ) -> Result<u32, LedgerError>;

    /// Writes wrong PINs, or forgets them.
    fn put_tries(&mut self, about: &str, tries: Option<&Tries>) -> Result<(), LedgerError>;

    /// Adds a line to a merchant's audit log, chained to the one before.
    fn put_audit(&mut self, merchant: &MerchantId, act: Act) -> Result<(), LedgerError>;

    /// Counts something once, and forgets what is older than eight days.
    fn count(&mut self, counted: &Counted) -> Result<(), LedgerError>;
}
