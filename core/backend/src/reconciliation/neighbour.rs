//! What lies within minutes of midnight and is not in its day's bill, looked for in the neighbouring day's.

use std::collections::BTreeMap;
use std::io::Read;

use saoma_contract::{FindingKind, FindingSide};
use saoma_wechatpay::bill::{BillError, Limits, RowError, TradeBill, TradeKind, TradeRow, TradeState};

use super::bill_day::BillDay;
use super::check::CheckError;
use super::finding::Found;
use super::sides::{OurRefundState, given_back_side, paid_side};

/// Whether this thing may be in that day's bill, and no bill that was looked at has it.
fn may_be_in(found: &Found, neighbour: BillDay) -> bool {
    found.kind == FindingKind::OtherDay
        && found.theirs.is_none()
        && found.ours.as_ref().and_then(|ours| ours.at).is_some_and(|at| neighbour.reaches(at))
}

/// Whether a neighbouring day's bill is worth being read.
pub(super) fn is_wanted(findings: &[Found], neighbour: BillDay) -> bool {
    findings.iter().any(|found| may_be_in(found, neighbour))
}

/// Looks into a neighbouring day's bill; none where the channel has none. What is there keeps what that bill says; what is
/// not there either is missing.
///
/// # Errors
/// When the bill is of a part of the day, or cannot be read to its end; the findings are as they were then, but for what was seen in it.
pub(super) fn look_in<R: Read>(
    findings: &mut [Found],
    neighbour: BillDay,
    bill: Option<R>,
) -> Result<(), CheckError> {
    let mut bill = bill.map(|bill| TradeBill::open(bill, Limits::default())).transpose()?;
    if bill.as_ref().is_some_and(|bill| bill.kind() != TradeKind::All) {
        return Err(CheckError::Part);
    }
    let mut wanted: BTreeMap<String, usize> = findings
        .iter()
        .enumerate()
        .filter(|(_, found)| may_be_in(found, neighbour))
        .map(|(at, found)| (number_of(found).to_owned(), at))
        .collect();
    while let Some(bill) = &mut bill {
        let row = match bill.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            // Its own day tells of it.
            Err(BillError::Row(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let number = match row.state {
            TradeState::Success => row.out_trade_no(),
            TradeState::Refund => row.out_refund_no(),
            TradeState::Revoked => continue,
        };
        if let Ok(number) = number
            && let Some(at) = wanted.get(number).copied()
            && let Ok(()) = seen(&mut findings[at], &row, neighbour)
        {
            wanted.remove(number);
        }
    }
    for at in wanted.into_values() {
        let detail = "the books have it, and neither this day's bill nor the neighbouring day's does";
        findings[at].turns_out(FindingKind::MissingInBill, detail);
    }
    Ok(())
}

fn number_of(found: &Found) -> &str {
    found.out_refund_no.as_deref().unwrap_or(&found.out_trade_no)
}

/// Compares it with its row, as on its own day.
fn seen(found: &mut Found, row: &TradeRow<'_>, neighbour: BillDay) -> Result<(), RowError> {
    let is_refund = row.state == TradeState::Refund;
    let theirs = if is_refund { given_back_side(row)? } else { paid_side(row)? };
    let ours = found.ours.clone().unwrap_or_default();
    if is_refund {
        row.out_trade_no()?.clone_into(&mut found.out_trade_no);
        let stands =
            OurRefundState::ALL.into_iter().find(|state| Some(state.as_str()) == ours.state.as_deref());
        let billed = row.refund_state()?;
        if ours.amount != theirs.amount {
            found.turns_out(FindingKind::RefundDiffers, "the amounts of the refund differ");
        } else if ours.transaction_id != theirs.transaction_id {
            let detail = "the refund is of another payment in the bill than in the books";
            found.turns_out(FindingKind::RefundDiffers, detail);
        } else if !stands.is_some_and(|state| state.agrees(billed)) {
            let detail = "the refund stands otherwise in the bill than in the books";
            found.turns_out(FindingKind::RefundDiffers, detail);
        } else {
            found.turns_out(FindingKind::OtherDay, IN_NEIGHBOUR);
        }
    } else if ours.amount != theirs.amount {
        found.turns_out(FindingKind::AmountDiffers, "the amounts differ");
    } else if ours.transaction_id != theirs.transaction_id {
        let detail = "the payment has another number in the bill than in the books";
        found.turns_out(FindingKind::StateDiffers, detail);
    } else {
        found.turns_out(FindingKind::OtherDay, IN_NEIGHBOUR);
    }
    found.theirs = Some(FindingSide { date: Some(neighbour.date()), ..theirs });
    Ok(())
}

const IN_NEIGHBOUR: &str =
    "alike on both sides, but in the neighbouring day's bill: it lies within minutes of midnight";
