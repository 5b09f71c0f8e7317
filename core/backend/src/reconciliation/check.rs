//! A bill against the ledger: one pass over the day's payments, one over the bill.

use std::io::Read;

use saoma_contract::{MerchantId, OutTradeNo};
use saoma_wechatpay::bill::{BillError, Limits, TradeBill, TradeKind};

use super::bill_day::BillDay;
use super::compare::Comparison;
use super::fee::Rate;
use super::funds::Funds;
use super::neighbour;
use super::outcome::Outcome;
use super::sides::{Attempted, Elsewhere, Refunded};
use crate::ledger::{LedgerError, ReadRows};
use crate::orders::PaymentRecord;

/// What a bill is held against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// Whose books.
    pub merchant: &'a MerchantId,
    /// The channel whose bill it is.
    pub channel: &'a str,
    /// The day in the bill's zone, such as `2026-08-01`.
    pub date: &'a str,
    /// The rate that the merchant agreed on; without it, each row's own is held against its fee.
    pub rate: Option<Rate>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// What agrees and what does not.
    pub outcome: Outcome,
    /// What is wrong with the bill itself.
    pub faults: Vec<String>,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The day is none.
    #[error("{0:?} is no day such as 2026-08-01")]
    Date(String),
    /// The bill cannot be read to its end, so nothing can be said of what it lacks.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// It holds only payments or only refunds.
    #[error("this bill holds only a part of the day; the books are held against a bill of all trades (ALL)")]
    Part,
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Holds a bill against the ledger. The same bill and the same books give the same result.
///
/// # Errors
/// When the bill cannot be read to its end or the ledger cannot be read; nothing is concluded then.
pub fn check<R: Read>(rows: &dyn ReadRows, against: Against<'_>, bill: R) -> Result<Checked, CheckError> {
    let mut bill = TradeBill::open(bill, Limits::default())?;
    if bill.kind() != TradeKind::All {
        return Err(CheckError::Part);
    }
    let books = Ledgered { rows, merchant: against.merchant, channel: against.channel };
    let mut comparison = taken_in(&books, against)?;
    loop {
        match bill.next() {
            // Looked at where it lies: to move it takes longer than to read its numbers.
            Ok(Some(ref row)) => comparison.row(row)?,
            Ok(None) => break,
            Err(BillError::Row(refused)) => comparison.faults().push(&refused),
            Err(error) => return Err(error.into()),
        }
    }
    comparison.faults().summary(bill.summary());
    Ok(Checked::of(comparison.end()?))
}

/// Holds a day without a bill against the ledger: there, nothing was traded.
///
/// # Errors
/// When the ledger cannot be read.
pub fn check_nothing(rows: &dyn ReadRows, against: Against<'_>) -> Result<Checked, CheckError> {
    let books = Ledgered { rows, merchant: against.merchant, channel: against.channel };
    Ok(Checked::of(taken_in(&books, against)?.end()?))
}

impl Checked {
    fn of(mut outcome: Outcome) -> Self {
        let faults = std::mem::take(&mut outcome.faults).told();
        Self { outcome, faults }
    }

    /// Whether something lies so near to a midnight that this neighbouring day's bill may have it.
    pub fn wants(&self, neighbour: BillDay) -> bool {
        neighbour::is_wanted(&self.outcome.findings, neighbour)
    }

    /// Looks for that in the neighbouring day's bill; none where the channel has none.
    ///
    /// # Errors
    /// When that bill is of a part of the day, or cannot be read to its end.
    pub fn look_in<R: Read>(&mut self, neighbour: BillDay, bill: Option<R>) -> Result<(), CheckError> {
        neighbour::look_in(&mut self.outcome.findings, neighbour, bill)?;
        self.outcome.sort();
        Ok(())
    }

    /// Holds the movements of the merchant's account against what the day's bill comes to; what differs stands first.
    pub fn hold_funds(&mut self, date: &str, funds: &Funds) {
        if let Some(found) = funds.difference(date, &self.outcome.sums) {
            self.outcome.findings.insert(0, found);
            self.outcome.findings_total += 1;
        }
    }
}

fn taken_in<'a>(
    books: &'a Ledgered<'a>,
    against: Against<'a>,
) -> Result<Comparison<'a, Ledgered<'a>>, CheckError> {
    let day = BillDay::of(against.date).map_err(|_| CheckError::Date(against.date.to_owned()))?;
    let mut comparison = Comparison::new(day, against.date, books, against.rate);
    books.rows.each_payment(against.merchant, against.channel, day.span(), &mut |payment| {
        comparison.payment(payment);
    })?;
    books.rows.each_refund(against.merchant, against.channel, day.span(), &mut |refund| {
        comparison.refund(refund);
    })?;
    comparison.seal();
    Ok(comparison)
}

/// The rest of a merchant's books.
struct Ledgered<'a> {
    rows: &'a dyn ReadRows,
    merchant: &'a MerchantId,
    channel: &'a str,
}

impl Elsewhere for Ledgered<'_> {
    type Error = LedgerError;

    fn attempt(&self, out_trade_no: &str) -> Result<Option<Attempted>, LedgerError> {
        let Ok(number) = out_trade_no.parse::<OutTradeNo>() else { return Ok(None) };
        let Some(order) = self.rows.order_of(&number)?.filter(|order| order.merchant == *self.merchant)
        else {
            return Ok(None);
        };
        let attempt = order.attempts.iter().find(|attempt| attempt.out_trade_no == number);
        let payment = attempt.and_then(|attempt| {
            let is_its = |payment: &&PaymentRecord| {
                payment.attempt == attempt.attempt && payment.channel == self.channel
            };
            order.payments.iter().find(is_its)
        });
        Ok(Some(Attempted {
            order_no: order.order_no.as_str().to_owned(),
            state: attempt.map_or("unknown", |attempt| attempt.phase.as_str()).to_owned(),
            payment: payment.map(|payment| (payment.transaction_id.clone(), payment.amount, payment.paid_at)),
        }))
    }

    fn refund(&self, out_refund_no: &str) -> Result<Option<Refunded>, LedgerError> {
        self.rows.refund_of(self.merchant, out_refund_no)
    }
}
