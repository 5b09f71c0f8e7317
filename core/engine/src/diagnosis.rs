//! How the till is, for a screen that helps when something is wrong.

use saoma_contract::{DeviceId, MerchantId, Time};
use serde::Serialize;

/// How the till is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The device's name at the backend, once paired.
    pub device: Option<DeviceId>,
    /// Whose till it is.
    pub merchant: Option<MerchantId>,
    /// Real money, or play money.
    pub live: Option<bool>,
    /// The backend's address.
    pub backend: Option<String>,
    /// Why the till may only be looked at: `device_revoked`, `device_unknown`, `journal_forked`, `salvaged`. Pair it again.
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
    /// Results that wait to be acknowledged.
    pub results_waiting: usize,
    /// Entries of the journal.
    pub journal_entries: u64,
    /// A fault of the storage; new sales are refused while there is one.
    pub storage_fault: Option<String>,
    /// Whether the whole database has been checked since the till was opened.
    pub storage_checked: bool,
    /// Answers that were older than what was known, and were left aside.
    pub regressions: u64,
    /// Statements that did not verify, and were left aside.
    pub unverified: u64,
}
