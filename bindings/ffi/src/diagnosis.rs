//! How the till is, for the bar on top of every screen and for a screen that helps when something is wrong.

use std::time::SystemTime;

use saoma_engine::wording::{Language as Wording, Tone as WordingTone};

use crate::people::SignedIn;
use crate::sale::moment;

/// How loud something is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Tone {
    /// For information.
    Calm,
    /// Something is going on by itself.
    Busy,
    /// A person should look.
    Warning,
    /// A person must look now.
    Alarm,
}

/// The one line on top of every screen.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Bar {
    /// How loud.
    pub tone: Tone,
    /// What it says, in the till's language.
    pub text: String,
}

/// How the till is.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Diagnosis {
    /// The line for the top of every screen; none when all is well.
    pub bar: Option<Bar>,
    /// The device's name at the backend, once paired.
    pub device: Option<String>,
    /// Whose till it is.
    pub merchant: Option<String>,
    /// The merchant's name for people.
    pub merchant_name: Option<String>,
    /// The store's name for people.
    pub store_name: Option<String>,
    /// Real money, or a test account's play money; unknown before pairing.
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
    /// Why the last failure was, for developers.
    pub last_trouble: Option<String>,
    /// Whether changes are told at once.
    pub stream_alive: bool,
    /// When the backend last answered anything.
    pub heard_at: Option<SystemTime>,
    /// The server's time as reckoned when this was made.
    pub server_time: SystemTime,
    /// How far the phone's wall clock is ahead, in milliseconds, once the server's time is known.
    pub wall_ahead_ms: Option<i64>,
    /// The phone's wall clock is off by more than a minute.
    pub clock_warning: bool,
    /// Which life of the backend's ledger is known.
    pub epoch: Option<u64>,
    /// What the backend says it can do.
    pub features: Vec<String>,
    /// Sales that are not proven paid or closed.
    pub unproven_count: u32,
    /// Minor units in them.
    pub unproven_minor: i64,
    /// The same as people read it, with the currency's sign: `¥45.20`.
    pub unproven_text: String,
    /// Drafts that are too old to go out by themselves and wait for a decision.
    pub drafts_waiting: u32,
    /// Results that wait to be acknowledged.
    pub results_waiting: u32,
    /// Who is signed in on this device.
    pub person: Option<SignedIn>,
    /// Whether the merchant wants a person signed in for anything but reading.
    pub sign_in_required: bool,
    /// Entries of the journal.
    pub journal_entries: u64,
    /// Why the device's key did not sign when it was last asked to: `key_locked`, `key_lost` or `key_failed`. Nothing can be sent
    /// while it does not.
    pub key_fault_code: Option<String>,
    /// A fault of the storage; new sales are refused while there is one.
    pub storage_fault: Option<String>,
    /// Whether the whole database has been checked since the till was opened.
    pub storage_checked: bool,
    /// Answers that were older than what was known, and were left aside.
    pub regressions: u64,
    /// Statements that did not verify, and were left aside.
    pub unverified: u64,
    /// What people must know if the database was damaged and salvaged at this opening, in the till's language.
    pub salvage: Option<String>,
}

impl Diagnosis {
    pub(crate) fn worded(
        of: saoma_engine::Diagnosis,
        salvage: Option<&saoma_engine::Salvage>,
        language: Wording,
    ) -> Self {
        let bar = language.status(&of).map(|words| Bar { tone: words.tone.into(), text: words.text });
        Self {
            bar,
            device: of.device.map(|device| device.to_string()),
            merchant: of.merchant.map(|merchant| merchant.to_string()),
            merchant_name: of.merchant_name,
            store_name: of.store_name,
            live: of.live,
            backend: of.backend,
            read_only: of.read_only,
            network: of.network,
            unreachable: of.unreachable,
            last_trouble: of.last_trouble,
            stream_alive: of.stream_alive,
            heard_at: of.heard_at.map(moment),
            server_time: moment(of.server_time),
            wall_ahead_ms: of.wall_ahead_ms,
            clock_warning: of.clock_warning,
            epoch: of.epoch,
            features: of.features,
            unproven_count: of.unproven_count,
            unproven_minor: of.unproven_sum,
            unproven_text: language.amount(of.unproven_sum, saoma_engine::contract::Currency::CNY),
            drafts_waiting: of.drafts_waiting,
            results_waiting: u32::try_from(of.results_waiting).unwrap_or(u32::MAX),
            person: of.person.map(Into::into),
            sign_in_required: of.sign_in_required,
            journal_entries: of.journal_entries,
            key_fault_code: of.key_fault_code.map(str::to_owned),
            storage_fault: of.storage_fault,
            storage_checked: of.storage_checked,
            regressions: of.regressions,
            unverified: of.unverified,
            salvage: salvage.map(|salvage| language.salvage(salvage)),
        }
    }
}

impl From<WordingTone> for Tone {
    fn from(tone: WordingTone) -> Self {
        match tone {
            WordingTone::Calm => Self::Calm,
            WordingTone::Busy => Self::Busy,
            WordingTone::Warning => Self::Warning,
            WordingTone::Alarm => Self::Alarm,
        }
    }
}
