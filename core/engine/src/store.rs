//! What the till keeps: the journal, the projection of sales built from it, and results that wait.

mod executor;
mod mark;
mod salvage;

mod schema;
mod sealing;
mod sqlite;

pub use crate::day::{Movement, MovementSpan, MovementSum};
pub(crate) use executor::StorageDesk;
pub use executor::StorageOn;

pub use salvage::Salvage;
pub use sealing::SealingKey;
pub use sqlite::SqliteStorage;

use saoma_contract::request_signature::JournalHead;
use saoma_contract::{Currency, LateMoney, OrderNo, PublicKey, Time};

use crate::day::{Shift, ShiftLine};
use crate::journal::{Checkpoint, Entry, TillFact};
use crate::result::MoneyResult;
use crate::sale::{RefundWord, SaleView};

/// Why the storage did not do what was asked. Whatever was asked is then not done at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// Another till works on this database.
    #[error("another till has this database open; close it first")]
    InUse,
    /// A later version of Saoma wrote it.
    #[error("the database is of version {found}, this Saoma knows up to {known}; update Saoma")]
    Newer {
        /// Its version.
        found: u32,
        /// The latest this version knows.
        known: u32,
    },
    /// It belongs to another program.
    #[error("the file is a database of another program; choose another place")]
    Foreign,
    /// It was sealed with a key that this device does not have.
    #[error(
        "what is in the database was sealed with another key than this device's; use that one, or if it is lost say so and pair again"
    )]
    Sealed,
    /// What is stored is not what was written.
    #[error("the database is damaged ({detail}); salvage it, nothing of it is thrown away")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// The journal is whole, and what is kept beside it is not what it tells.
    #[error(
        "the database is damaged beside its journal ({detail}); open it again, and it is built anew from the journal"
    )]
    Stale {
        /// What was found.
        detail: String,
    },
    /// The disk is full.
    #[error("the phone's storage is full; free some space, nothing was written")]
    Full,
    /// The file cannot be read or written.
    #[error("the database cannot be used: {detail}")]
    Io {
        /// What the system says.
        detail: String,
    },
}

impl StorageError {
    /// Whether what is stored is not what was written, which no further try changes.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Stale { .. })
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse => "storage_in_use",
            Self::Newer { .. } => "storage_newer",
            Self::Foreign => "storage_foreign",
            Self::Sealed => "other_key",
            Self::Damaged { .. } | Self::Stale { .. } => "storage_damaged",
            Self::Full => "storage_full",
            Self::Io { .. } => "storage_failed",
        }
    }
}

/// All that one event writes; it is written whole or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// New entries, following the journal's head.
    pub entries: Vec<Entry>,
    /// Sales as they are now.
    pub sales: Vec<SaleRow>,
    /// Results that people must be told.
    pub results: Vec<MoneyResult>,
    /// Keys of results that people were told.
    pub acknowledged: Vec<String>,
    /// Money that moved, as it is known now.
    pub movements: Vec<Movement>,
    /// Shifts that were closed.
    pub shifts: Vec<Shift>,
    /// What was learned about closed shifts, by their numbers.
    pub shift_lines: Vec<(u32, ShiftLine)>,
    /// The till's own state, when it changed.
    pub till: Option<String>,
    /// A seal on the journal, when it is time for one.
    pub checkpoint: Option<Checkpoint>,
}

impl Batch {
    /// Takes what of a fact about the till is kept beside the journal.
    pub(crate) fn take(&mut self, fact: TillFact) {
        match fact {
            TillFact::Acknowledged { key, .. } => self.acknowledged.push(key),
            TillFact::ShiftClosed { shift } => self.shifts.push(*shift),
            TillFact::ShiftLine { no, line } => self.shift_lines.push((no, line)),
            _ => {}
        }
    }
}

/// A sale as lists, searches and limits need it. Everything shown of it is folded anew from its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleRow {
    /// Its number.
    pub order_no: OrderNo,
    /// Where it stands, for filters.
    pub filter: Filter,
    /// Whether something is still to be asked or sent.
    pub open: bool,
    /// Minor units asked.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// When it was rung up.
    pub made_at: Time,
}

/// Where a sale stands, as the database keeps it for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Not answered by the backend yet: drafts and unknown outcomes.
    Unanswered,
    /// May still be paid.
    Answered,
    /// Paid.
    Paid,
    /// Closed, proven.
    Closed,
    /// Rejected, joined or dropped: no code was ever shown.
    Void,
}

impl Filter {
    /// The word as the database keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::Answered => "answered",
            Self::Paid => "paid",
            Self::Closed => "closed",
            Self::Void => "void",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Unanswered, Self::Answered, Self::Paid, Self::Closed, Self::Void]
            .into_iter()
            .find(|f| f.as_str() == word)
    }
}

/// Which sales a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListFilter {
    /// Not at a proven end, drafts included: what is still to be collected.
    Open,
    /// Not answered by the backend yet: drafts and unknown outcomes.
    Unanswered,
    /// May still be paid.
    Answered,
    /// Paid.
    Paid,
    /// Closed, proven.
    Closed,
    /// Rejected, joined or dropped: no code was ever shown.
    Void,
    /// Money came late or does not match, or a refund failed; also after people were told.
    Alarmed,
    /// A refund or late money waits for a manager's word.
    ForManager,
    /// A refund is under way: asked for, waiting, or on its way to the customer.
    Refunding,
}

impl ListFilter {
    /// Whether only the sale itself tells if it is of this kind.
    pub(crate) fn is_seen_in_sale(self) -> bool {
        matches!(self, Self::ForManager | Self::Refunding)
    }

    /// Whether a sale that the database gave for this filter is one: what its rows do not tell is seen in the sale itself.
    pub(crate) fn holds(self, sale: &SaleView) -> bool {
        match self {
            Self::ForManager => {
                sale.refunds.iter().any(|refund| refund.state == RefundWord::Requested)
                    || sale.payments.iter().any(|payment| payment.late_money == Some(LateMoney::Ask))
            }
            Self::Refunding => sale.refunds.iter().any(|refund| refund.state.is_under_way()),
            _ => true,
        }
    }
}

/// Which sales, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only sales older than this number: the last of the page before.
    pub after: Option<OrderNo>,
    /// Only sales of this kind.
    pub filter: Option<ListFilter>,
    /// Only sales whose number ends so.
    pub tail: Option<String>,
    /// Only sales rung up at or after this time.
    pub made_from: Option<Time>,
    /// Only sales rung up before this time.
    pub made_until: Option<Time>,
    /// At most so many.
    pub limit: u32,
}

/// What was found at opening.
#[derive(Clone, Debug, PartialEq)]
pub struct Restored {
    /// The journal's head.
    pub head: JournalHead,
    /// The last seal, if there is one; its signature is the caller's to check.
    pub checkpoint: Option<Checkpoint>,
    /// The till's own state.
    pub till: Option<String>,
    /// Numbers of the sales that are open.
    pub open: Vec<OrderNo>,
    /// Results that wait to be acknowledged.
    pub results: Vec<MoneyResult>,
    /// The last check found that what is kept beside the journal is not what the journal tells, and how: it is to be built
    /// anew.
    pub stale: Option<String>,
}

impl Restored {
    /// Checks that the last seal is of one of the journal's keys.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_seal(&self, devices: &[PublicKey]) -> Result<(), StorageError> {
        let is_ours = |seal: &&Checkpoint| devices.iter().any(|device| seal.is_of(device));
        match self.checkpoint.as_ref().filter(|seal| !is_ours(seal)) {
            None => Ok(()),
            Some(seal) => {
                let detail = format!("the seal of entry {} is not of this device's key", seal.seq);
                Err(StorageError::Damaged { detail })
            }
        }
    }
}

/// Where a check of the whole file has got to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckPlace {
    /// In the journal, after this entry whose chain hash is given.
    Journal(JournalHead),
    /// In the sales and the money that moved for them, after this one.
    Sales(Option<OrderNo>),
    /// At the shifts.
    Shifts,
    /// At the file's own structure.
    File,
}

/// Keeps what the till must not lose. Implementations do their work before they return; which thread they do it on is
/// [`StorageOn`]'s matter.
pub trait Storage: Send + 'static {
    /// Checks the header, the schema, the last checkpoint and the chain since it, and gives what is needed to go on.
    ///
    /// # Errors
    /// If what is stored is damaged or cannot be read.
    fn restore(&mut self) -> Result<Restored, StorageError>;

    /// Writes a batch in one transaction, durable when this returns.
    ///
    /// # Errors
    /// If it could not be written; then nothing of it is.
    fn commit(&mut self, batch: &Batch) -> Result<(), StorageError>;

    /// The entries about a sale, oldest first.
    ///
    /// # Errors
    /// If they cannot be read.
    fn entries_of(&mut self, order_no: &OrderNo) -> Result<Vec<Entry>, StorageError>;

    /// Entries after a number, oldest first.
    ///
    /// # Errors
    /// If they cannot be read.
    fn entries_after(&mut self, seq: u64, limit: u32) -> Result<Vec<Entry>, StorageError>;

    /// Sales, newest first.
    ///
    /// # Errors
    /// If they cannot be read.
    fn list(&mut self, query: &ListQuery) -> Result<Vec<SaleRow>, StorageError>;

    /// Money that moved, added up by kind, method, store and person, in the order of those.
    ///
    /// # Errors
    /// If it cannot be read.
    fn movements(&mut self, span: MovementSpan) -> Result<Vec<MovementSum>, StorageError>;

    /// Money that moved for a sale, in the order of its keys.
    ///
    /// # Errors
    /// If it cannot be read.
    fn movements_of(&mut self, order_no: &OrderNo) -> Result<Vec<Movement>, StorageError>;

    /// Closed shifts, newest first: one, or the last.
    ///
    /// # Errors
    /// If they cannot be read.
    fn shifts(&mut self, no: Option<u32>, limit: u32) -> Result<Vec<Shift>, StorageError>;

    /// The result with a key, acknowledged or not.
    ///
    /// # Errors
    /// If it cannot be read.
    fn result(&mut self, key: &str) -> Result<Option<MoneyResult>, StorageError>;

    /// Results that wait to be acknowledged, oldest first.
    ///
    /// # Errors
    /// If they cannot be read.
    fn results(&mut self) -> Result<Vec<MoneyResult>, StorageError>;

    /// Checks the next slice of the journal's chain, the shifts, or the file's structure. [`CheckPlace::Sales`] is the
    /// caller's, who can fold them.
    ///
    /// # Errors
    /// If damage was found.
    fn check_slice(&mut self, place: &CheckPlace) -> Result<Option<CheckPlace>, StorageError>;

    /// Notes what a check found, so that the next opening does something about it: what is only derived from the journal is
    /// built anew from it, anything else is damage.
    ///
    /// # Errors
    /// If it could not be written.
    fn note_found(&mut self, derived: bool, detail: &str) -> Result<(), StorageError>;

    /// Replaces the whole projection by one rebuilt from the journal, in one transaction.
    ///
    /// # Errors
    /// If it could not be written; then nothing of it is.
    fn rebuild(&mut self, batch: &Batch) -> Result<(), StorageError>;
}
