//! A day's reconciliation as managers see it, and the settling of findings.

use saoma_contract::{
    BillSeen, FindingId, FundsSeen, MerchantId, Note, ProblemCode, Reconciliation, ReconciliationState,
    Settled, Time,
};

use super::bill_day::BillDay;
use super::days;
use crate::audit::Who;
use crate::channel::BillKind;
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
    let limit = u32::try_from(findings_max).unwrap_or(u32::MAX);
    let (bill, funds, mut findings, kinds, first) = shop
        .ledger
        .read(move |rows| {
            Ok((
                rows.bill(&merchant, &day, BillKind::Trade)?,
                rows.bill(&merchant, &day, BillKind::FundFlow)?,
                rows.findings(&merchant, &day, limit.saturating_add(1))?,
                rows.finding_kinds(&merchant, &day)?,
                rows.first_order_at(&merchant)?,
            ))
        })
        .await?;
    let more = findings.len() > findings_max;
    findings.truncate(findings_max);
    if !more {
        findings.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
    }
    let checked = bill.as_ref().and_then(|bill| bill.checked.clone()).unwrap_or_default();
    let kept: u64 = kinds.iter().map(|count| count.found).sum();
    let unsettled: u64 = kinds.iter().map(|count| count.open).sum();
    let beyond = checked.findings_total.saturating_sub(kept);
    let account_faults =
        funds.as_ref().and_then(|bill| bill.funds.as_ref()).map_or(0, |funds| funds.faults.len());
    let is_alike = checked.findings_total == 0 && checked.faults.is_empty() && account_faults == 0;
    let next_at = match &bill {
        Some(bill) => bill.due_at.or(funds.as_ref().and_then(|funds| funds.due_at)),
        None => days::asked_at(from, first, shop.clock.now(), account.merchant.utc_offset_minutes),
    };
    let state = match bill.as_ref().map(|bill| bill.state) {
        // Nothing was traded before the first order.
        None if next_at.is_none() && first.is_none_or(|first| from < first) => ReconciliationState::NoBill,
        None | Some(BillState::Waiting) => ReconciliationState::Waiting,
        Some(BillState::Failed) => ReconciliationState::Failed,
        Some(BillState::NoBill) if is_alike => ReconciliationState::NoBill,
        Some(BillState::Fetched) if is_alike => ReconciliationState::Agreed,
        Some(BillState::NoBill | BillState::Fetched) => ReconciliationState::Findings,
    };
    let trouble = bill.as_ref().and_then(|bill| bill.trouble.clone());
    let account_trouble = funds.as_ref().and_then(|funds| funds.trouble.as_ref());
    Ok(Reconciliation {
        date: date.to_owned(),
        live: account.merchant.live,
        currency: account.currency(),
        state,
        fees: checked.sums.fees_fen(),
        bill: bill.and_then(|bill| bill.file).map(|file| BillSeen {
            sha1: file.sha1,
            fetched_at: file.fetched_at,
            rows: checked.rows,
            faults: checked.faults,
        }),
        trouble: trouble.or(account_trouble.map(|trouble| format!("the account's movements: {trouble}"))),
        funds: funds.and_then(|bill| bill.file.zip(bill.funds)).map(|(file, funds)| FundsSeen {
            sha1: file.sha1,
            fetched_at: file.fetched_at,
            income: funds.income,
            outgo: funds.outgo,
            balance: funds.balance,
            faults: funds.faults,
        }),
        agreed: checked.agreed,
        refunds_agreed: checked.refunds_agreed,
        findings,
        more,
        findings_total: checked.findings_total,
        open: unsettled + beyond,
        kinds,
        next_at,
        as_of: shop.clock.now(),
    })
}

/// When a day of the bill's zone begins.
///
/// # Errors
/// If the text is not such a date.
pub fn day_start(date: &str) -> Result<Time, saoma_contract::TimeError> {
    BillDay::of(date).map(|day| day.from)
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
            let finding = rows.finding(&merchant, &date, &id)?.ok_or(NotSettled::NotFound)?;
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
