//! A day's reconciliation as managers see it, and the settling of findings.

use saoma_contract::{
    BillSeen, FindingId, MerchantId, Note, ProblemCode, Reconciliation, ReconciliationState, Settled, Time,
};

use super::{BILL_OFFSET_MINUTES, days};
use crate::audit::Who;
use crate::ledger::{BillState, LedgerError};
use crate::shop::{MerchantAccount, Shop};

/// Why a finding was not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSettled {
    /// There is no such finding.
    NotFound,
    /// It was settled with another reason.
    Otherwise(Settled),
    /// The ledger.
    Ledger(LedgerError),
}

impl From<LedgerError> for NotSettled {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl NotSettled {
    /// The code and the words for it.
    pub fn told(&self) -> (ProblemCode, String) {
        match self {
            Self::NotFound => (ProblemCode::NotFound, "no such finding on this day".to_owned()),
            Self::Otherwise(settled) => {
                (ProblemCode::OtherBytes, format!("it was settled on {} with another reason", settled.at))
            }
            Self::Ledger(error) => (ProblemCode::Unavailable, error.to_string()),
        }
    }
}

/// A day of the bill's zone, held against the channel's bill. Of more than so many findings, those are told first that
/// nobody settled.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn day(
    shop: &Shop,
    account: &MerchantAccount,
    date: &str,
    from: Time,
    findings_max: usize,
) -> Result<Reconciliation, LedgerError> {
    let (merchant, day) = (account.merchant.id.clone(), date.to_owned());
    let (bill, mut findings) = shop
        .ledger
        .read(move |rows| Ok((rows.bill(&merchant, &day)?, rows.findings(&merchant, &day)?)))
        .await?;
    let checked = bill.as_ref().and_then(|bill| bill.checked.clone()).unwrap_or_default();
    let kept = findings.iter().filter(|finding| !finding.gone).count();
    let unsettled = findings.iter().filter(|finding| !finding.gone && finding.settled.is_none()).count();
    let beyond = checked.findings_total.saturating_sub(kept as u64);
    if findings.len() > findings_max {
        findings.sort_by_key(|finding| finding.gone || finding.settled.is_some());
        findings.truncate(findings_max);
    }
    let is_alike = checked.findings_total == 0 && checked.faults.is_empty();
    let state = match bill.as_ref().map(|bill| bill.state) {
        None | Some(BillState::Waiting) => ReconciliationState::Waiting,
        Some(BillState::Failed) => ReconciliationState::Failed,
        Some(BillState::NoBill) if is_alike => ReconciliationState::NoBill,
        Some(BillState::Fetched) if is_alike => ReconciliationState::Agreed,
        Some(BillState::NoBill | BillState::Fetched) => ReconciliationState::Findings,
    };
    let next_at = match &bill {
        Some(bill) => bill.due_at,
        None => Some(days::first_ask(from, account.merchant.utc_offset_minutes)),
    };
    Ok(Reconciliation {
        date: date.to_owned(),
        live: account.merchant.live,
        currency: account.currency(),
        state,
        bill: bill.as_ref().and_then(|bill| bill.file.as_ref()).map(|file| BillSeen {
            sha1: file.sha1.clone(),
            fetched_at: file.fetched_at,
            rows: checked.rows,
            faults: checked.faults.clone(),
        }),
        agreed: checked.agreed,
        refunds_agreed: checked.refunds_agreed,
        findings,
        findings_total: checked.findings_total,
        open: unsettled as u64 + beyond,
        trouble: bill.and_then(|bill| bill.trouble),
        next_at,
        as_of: shop.clock.now(),
    })
}

/// When a day of the bill's zone begins.
///
/// # Errors
/// If the text is not such a date.
pub fn day_start(date: &str) -> Result<Time, saoma_contract::TimeError> {
    Time::day_start(date, BILL_OFFSET_MINUTES)
}

/// Settles a finding: says why it is as it is, once, with a line in the audit log. Nothing else is changed.
///
/// # Errors
/// When there is no such finding, it was settled otherwise, or the ledger cannot be written.
pub async fn settle(
    shop: &Shop,
    who: Who,
    settled: Settled,
    merchant: &MerchantId,
    date: &str,
    id: &FindingId,
) -> Result<(), NotSettled> {
    let (merchant, date, id) = (merchant.clone(), date.to_owned(), id.clone());
    shop.ledger
        .write(move |rows| {
            let findings = rows.findings(&merchant, &date)?;
            let finding =
                findings.into_iter().find(|finding| finding.id == id).ok_or(NotSettled::NotFound)?;
            match finding.settled {
                Some(known) if known.reason == settled.reason => Ok(()),
                Some(known) => Err(NotSettled::Otherwise(known)),
                None => {
                    rows.put_settled(&merchant, &date, &id, &settled)?;
                    let reason: &Note = &settled.reason;
                    let act = who
                        .does("finding_settled", settled.at)
                        .to(&format!("{date}/{id}"))
                        .with(reason.as_str());
                    Ok(rows.put_audit(&merchant, act)?)
                }
            }
        })
        .await
}
