//! How the till is, for a screen that helps when something is wrong.

use saoma_contract::{Currency, DeviceId, MerchantId, Session, Time};
use serde::Serialize;

/// How the till is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The device's name at the backend, once paired.
    pub device: Option<DeviceId>,
    /// Whose till it is.
    pub merchant: Option<MerchantId>,
    /// The merchant's name for people.
    pub merchant_name: Option<String>,
    /// The store's name for people.
    pub store_name: Option<String>,
    /// What the merchant sells in.
    pub currency: Option<Currency>,
    /// Real money, or play money.
    pub live: Option<bool>,
    /// The backend's address.
    pub backend: Option<String>,
    /// Why the till may only be looked at: `device_revoked`, `device_unknown`, `journal_forked`, `salvaged`,
    /// `key_replaced`. Pair it again.
    pub read_only: Option<String>,
    /// Whether the phone says that it has a network.
    pub network: bool,
    /// Whether the last try to reach the backend failed.
    pub unreachable: bool,
    /// Why the last failure was.
    pub last_trouble: Option<String>,
    /// Whether changes are told at once.
    pub stream_alive: bool,
    /// When the backend last answered anything.
    pub heard_at: Option<Time>,
    /// The server's time as reckoned now.
    pub server_time: Time,
    /// How far the phone's wall clock is ahead, in milliseconds, once the server's time is known.
    pub wall_ahead_ms: Option<i64>,
    /// The phone's wall clock is off by more than a minute: tell people, their lists and other apps are wrong.
    pub clock_warning: bool,
    /// Which life of the backend's ledger is known.
    pub epoch: Option<u64>,
    /// What the backend says it can do.
    pub features: Vec<String>,
    /// Sales that are not proven.
    pub unproven_count: u32,
    /// Minor units in them.
    pub unproven_sum: i64,
    /// Drafts that are too old to go out by themselves: a person decides.
    pub drafts_waiting: u32,
    /// Results that wait to be acknowledged.
    pub results_waiting: usize,
    /// Who is signed in on this device.
    pub person: Option<Session>,
    /// Whether the merchant wants a person signed in for anything but reading.
    pub sign_in_required: bool,
    /// Entries of the journal.
    pub journal_entries: u64,
    /// Why the device's key did not sign when it was last asked to: `key_locked`, `key_lost` or `key_failed`. Nothing can be
    /// sent while it does not.
    pub key_fault_code: Option<&'static str>,
    /// A fault of the storage; new sales are refused while there is one.
    pub storage_fault: Option<String>,
    /// The same as a stable word, such as `storage_full`.
    pub storage_fault_code: Option<&'static str>,
    /// Whether the whole database has been checked since the till was opened.
    pub storage_checked: bool,
    /// Answers that were older than what was known, and were left aside.
    pub regressions: u64,
    /// Statements that did not verify, and were left aside.
    pub unverified: u64,
}

impl Diagnosis {
    /// Whether another one differs in what people are shown, not only in times and counts that pass unseen.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        let shown = |one: &Self| {
            let pairing =
                (one.device.clone(), one.merchant.clone(), one.backend.clone(), one.live, one.currency);
            let names = (one.merchant_name.clone(), one.store_name.clone());
            let road = (one.read_only.clone(), one.network, one.unreachable, one.stream_alive);
            // A clock that is wrong is told in minutes at the finest.
            let clock = one.wall_ahead_ms.filter(|_| one.clock_warning).map(|ahead| ahead / 60_000);
            let open = (one.unproven_count, one.unproven_sum, one.drafts_waiting, one.results_waiting);
            let people = (one.person.clone(), one.sign_in_required);
            let faults = (one.storage_fault.clone(), one.key_fault_code);
            (pairing, names, road, clock, open, faults, people)
        };
        shown(self) != shown(other)
    }
}
