//! What a ledger keeps of bills: which were asked for, what became of holding them against the books, and who settled what.

use saoma_contract::{Finding, FindingId, KindCount, MerchantId, Settled, Time, Total};
use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::channel::BillKind;
use crate::reconciliation::{Funds, OurRefund, Refunded, TradeSums};

/// A bill of a merchant's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillRow {
    /// Whose.
    pub merchant: MerchantId,
    /// The day in the bill's zone, such as `2026-08-01`.
    pub date: String,
    /// Which of that day's.
    pub kind: BillKind,
    /// How far it is.
    pub state: BillState,
    /// When it is asked for next; none once nothing more is to come.
    pub due_at: Option<Time>,
    /// How often it was asked for in vain.
    pub tries: u32,
    /// What went wrong last.
    pub trouble: Option<String>,
    /// The file, kept as it came.
    pub file: Option<BillFile>,
    /// What became of holding a trade bill against the books.
    pub checked: Option<BillChecked>,
    /// What a fund flow bill comes to.
    pub funds: Option<Funds>,
}

/// How far a bill is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillState {
    /// Not there yet.
    Waiting,
    /// There is none: nothing was traded, or the channel gives this account no such bill.
    NoBill,
    /// It is here.
    Fetched,
    /// It is here and cannot be read.
    Failed,
}

impl BillState {
    pub(super) const ALL: [Self; 4] = [Self::Waiting, Self::NoBill, Self::Fetched, Self::Failed];

    /// The word for it in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::NoBill => "no_bill",
            Self::Fetched => "fetched",
            Self::Failed => "failed",
        }
    }
}

/// A bill's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillFile {
    /// Its name in the folder of bills.
    pub name: String,
    /// SHA-1 of the uncompressed bytes, in hexadecimal digits.
    pub sha1: String,
    /// When it was fetched.
    pub fetched_at: Time,
}

/// What became of holding a bill against the books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillChecked {
    /// Rows that were compared.
    pub rows: u64,
    /// What is wrong with the bill itself.
    pub faults: Vec<String>,
    /// Payments that agree.
    pub agreed: Total,
    /// Refunds that agree.
    pub refunds_agreed: Total,
    /// Everything that does not.
    pub findings_total: u64,
    /// What the bill's rows come to.
    #[serde(default)]
    pub sums: TradeSums,
}

/// What can be asked about bills.
pub trait ReadBills {
    /// A bill of a day.
    ///
    /// # Errors
    /// As all here: when the ledger cannot be read, or a row cannot be understood.
    fn bill(&self, merchant: &MerchantId, date: &str, kind: BillKind)
    -> Result<Option<BillRow>, LedgerError>;

    /// A merchant's bills that are still to be asked for, the soonest first.
    fn bills_due(&self, merchant: &MerchantId) -> Result<Vec<BillRow>, LedgerError>;

    /// Of what was found on a day at most so many: those first that stand and nobody settled, then the others, each by id,
    /// with who settled it.
    fn findings(&self, merchant: &MerchantId, date: &str, limit: u32) -> Result<Vec<Finding>, LedgerError>;

    /// Something that was found.
    fn finding(
        &self,
        merchant: &MerchantId,
        date: &str,
        id: &FindingId,
    ) -> Result<Option<Finding>, LedgerError>;

    /// How many findings of a day stand, by kind.
    fn finding_kinds(&self, merchant: &MerchantId, date: &str) -> Result<Vec<KindCount>, LedgerError>;

    /// Shows every refund of a channel that was asked for there from one time up to another, in no order.
    fn each_refund(
        &self,
        merchant: &MerchantId,
        channel: &str,
        span: (Time, Time),
        look: &mut dyn FnMut(&OurRefund<'_>),
    ) -> Result<(), LedgerError>;

    /// A refund by its number at the channel.
    fn refund_of(&self, merchant: &MerchantId, out_refund_no: &str) -> Result<Option<Refunded>, LedgerError>;

    /// When a merchant's first order came, or its first payment, if that was earlier: a ledger that was lost begins with
    /// what tills brought again.
    fn first_order_at(&self, merchant: &MerchantId) -> Result<Option<Time>, LedgerError>;
}

/// What can be written about bills.
pub trait WriteBills: ReadBills {
    /// Writes a bill.
    ///
    /// # Errors
    /// As all here: when the ledger cannot be written.
    fn put_bill(&mut self, bill: &BillRow) -> Result<(), LedgerError>;

    /// Writes what was found now. Whatever was found before and is not among it stays, as gone; when a thing was first
    /// found stays too.
    fn put_findings(
        &mut self,
        merchant: &MerchantId,
        date: &str,
        found: &[Finding],
        now: Time,
    ) -> Result<(), LedgerError>;

    /// Writes who settled a finding; once.
    fn put_settled(
        &mut self,
        merchant: &MerchantId,
        date: &str,
        finding: &FindingId,
        settled: &Settled,
    ) -> Result<(), LedgerError>;
}
