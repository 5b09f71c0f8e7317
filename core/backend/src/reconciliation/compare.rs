//! The comparison: our side of a day is taken in, the bill's rows run past it, and what is left over is told at the end.
//!
//! Nothing here reads or writes: the books come in by [`Comparison::payment`] and [`Comparison::refund`], the rows by
//! [`Comparison::row`], and what the day alone cannot tell is asked of [`Elsewhere`].

use std::collections::BTreeSet;

use saoma_contract::{FINDINGS_MAX, FindingKind, FindingSide};
use saoma_wechatpay::bill::{RefundState, RowError, TradeRow, TradeState, Yuan};

use super::bill_day::BillDay;
use super::books::{Books, Held, Place};
use super::fee::{Rate, expected};
use super::finding::Found;
use super::number::{Number, PaymentId};
use super::outcome::{Faults, Outcome, add};
use super::sides::{
    Attempted, Elsewhere, OurPayment, OurRefund, OurRefundState, attempt_side, given_back_side, paid_side,
    refund_side,
};
use super::waiting::Waiting;

/// Why a row could not be compared.
enum Stop<E> {
    /// The row cannot be read; the next one may be.
    Row(RowError),
    /// The books cannot be read.
    Books(E),
}

impl<E> From<RowError> for Stop<E> {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

/// A comparison under way.
pub struct Comparison<'a, B> {
    day: BillDay,
    date: &'a str,
    elsewhere: &'a B,
    /// The rate that the merchant agreed on; without it, each row's own.
    rate: Option<Rate>,
    payments: Books,
    refunds: Books,
    /// Payments of the bill that are soon looked up.
    waiting: Waiting,
    /// Numbers that the bill says were taken back, and the books say were not paid.
    taken_back: BTreeSet<String>,
    outcome: Outcome,
    /// The last rate that a row had, and what it reads as.
    last_rate: (Vec<u8>, Option<Rate>),
}

impl<'a, B: Elsewhere> Comparison<'a, B> {
    /// A comparison of a day, called `date`, in the bill's zone.
    pub fn new(day: BillDay, date: &'a str, elsewhere: &'a B, rate: Option<Rate>) -> Self {
        Self {
            day,
            date,
            elsewhere,
            rate,
            payments: Books::default(),
            refunds: Books::default(),
            waiting: Waiting::default(),
            taken_back: BTreeSet::new(),
            outcome: Outcome::default(),
            last_rate: (Vec::new(), None),
        }
    }

    /// Takes in a payment of [`BillDay::span`].
    pub fn payment(&mut self, payment: &OurPayment<'_>) {
        // Every number made here can be read; one that cannot be is found by asking when the bill names it.
        if let Some(number) = Number::of_attempt(payment.order_no, payment.attempt) {
            let place = self.day.place(payment.paid_at);
            self.payments.add(number, payment.amount, payment.transaction_id, place, 0);
        }
    }

    /// Takes in a refund of [`BillDay::span`].
    pub fn refund(&mut self, refund: &OurRefund<'_>) {
        if let Some(number) = Number::read(refund.out_refund_no) {
            let place = self.day.place(refund.asked_at);
            self.refunds.add(number, refund.amount, refund.transaction_id, place, refund.state as u8);
        }
    }

    /// The books are taken in whole.
    pub fn seal(&mut self) {
        self.payments.seal();
        self.refunds.seal();
    }

    /// Compares a row of the bill. One that cannot be read is noted, and the comparison goes on.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub fn row(&mut self, row: &TradeRow<'_>) -> Result<(), B::Error> {
        self.outcome.rows += 1;
        self.outcome.sums.add(row);
        let compared = match row.state {
            TradeState::Success if self.waits(row) => Ok(()),
            TradeState::Success => self.paid(row),
            TradeState::Refund => self.refunded(row),
            TradeState::Revoked => self.revoked(row),
        };
        self.noted(compared)?;
        if self.waiting.is_full() { self.look_up() } else { Ok(()) }
    }

    /// What is wrong with the bill itself: takes what its reader refuses.
    pub(super) fn faults(&mut self) -> &mut Faults {
        &mut self.outcome.faults
    }

    fn noted(&mut self, compared: Result<(), Stop<B::Error>>) -> Result<(), B::Error> {
        match compared {
            Ok(()) => Ok(()),
            Err(Stop::Row(refused)) => {
                self.outcome.faults.push(&refused);
                Ok(())
            }
            Err(Stop::Books(error)) => Err(error),
        }
    }

    /// Puts a payment beside others to be looked up with them, if it may be one that agrees.
    fn waits(&mut self, row: &TradeRow<'_>) -> bool {
        let (number, id) = row.numbers();
        let (number, id) = (Number::read(number), PaymentId::read(id));
        let (Some(number), Some(id), Some(amount)) = (number, id, row.amount.fen()) else { return false };
        if self.wrong_fee(row).is_some() {
            return false;
        }
        self.waiting.push(number, id, amount, row);
        true
    }

    /// Looks up the payments that wait. Those that do not agree at once are looked at one by one.
    fn look_up(&mut self) -> Result<(), B::Error> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let candidates = self.payments.candidates(waiting.numbers());
        for (at, candidate) in candidates.into_iter().enumerate().take(waiting.len()) {
            let (number, id, amount) = waiting.told(at);
            if candidate.is_some_and(|held| self.payments.agree(held, number, id, amount)) {
                add(&mut self.outcome.agreed, Some(amount));
                continue;
            }
            let compared = waiting.again(at, |row| self.paid(row)).map_err(Stop::from).flatten();
            self.noted(compared)?;
        }
        waiting.clear();
        self.waiting = waiting;
        Ok(())
    }

    fn paid(&mut self, row: &TradeRow<'_>) -> Result<(), Stop<B::Error>> {
        let out_trade_no = row.out_trade_no()?;
        let amount = row.amount.fen();
        let held = Number::read(out_trade_no).and_then(|number| self.payments.find(number));
        if let Some(held) = held
            && !held.is_seen
            && held.amount.is_some()
            && held.amount == amount
            && PaymentId::read(row.transaction_id()?.as_bytes()) == Some(held.id)
        {
            self.payments.see(held);
            if held.place == Place::Outside {
                let known = self.attempt(out_trade_no)?;
                self.find(
                    FindingKind::OtherDay,
                    out_trade_no,
                    known.as_ref(),
                    Some(paid_side(row)?),
                    OTHER_DAY,
                );
            } else if !self.fee(row, out_trade_no, None)? {
                add(&mut self.outcome.agreed, amount);
            }
            return Ok(());
        }
        self.paid_otherwise(row, out_trade_no, held)
    }

    /// A payment of the bill that is not one of the day's as it stands.
    fn paid_otherwise(
        &mut self,
        row: &TradeRow<'_>,
        out_trade_no: &str,
        held: Option<Held>,
    ) -> Result<(), Stop<B::Error>> {
        let is_second = held.is_some_and(|held| held.is_seen);
        if let Some(held) = held {
            self.payments.see(held);
        }
        let known = self.attempt(out_trade_no)?;
        let (kind, detail) = match &known {
            None => (FindingKind::UnknownHere, "the bill has a payment of a number that was never made here"),
            Some(_) if is_second => (FindingKind::StateDiffers, "the bill has the payment twice"),
            Some(Attempted { payment: None, .. }) => {
                (FindingKind::StateDiffers, "the bill says paid, the books do not")
            }
            Some(Attempted { payment: Some((transaction_id, amount, _)), .. }) => {
                if row.amount.fen() != Some(*amount) {
                    (FindingKind::AmountDiffers, "the amounts differ")
                } else if row.transaction_id()? != transaction_id {
                    (
                        FindingKind::StateDiffers,
                        "the payment has another number in the bill than in the books",
                    )
                } else if held.is_some_and(|held| held.place != Place::Outside) {
                    // Its amount or its payment's number does not fit in the day's books: alike after all.
                    if !self.fee(row, out_trade_no, known.as_ref())? {
                        add(&mut self.outcome.agreed, Some(*amount));
                    }
                    return Ok(());
                } else {
                    (FindingKind::OtherDay, OTHER_DAY)
                }
            }
        };
        self.find(kind, out_trade_no, known.as_ref(), Some(paid_side(row)?), detail);
        Ok(())
    }

    fn revoked(&mut self, row: &TradeRow<'_>) -> Result<(), Stop<B::Error>> {
        let out_trade_no = row.out_trade_no()?;
        let held = Number::read(out_trade_no).and_then(|number| self.payments.find(number));
        if let Some(held) = held {
            self.payments.see(held);
        }
        let known = self.attempt(out_trade_no)?;
        let (kind, detail) = match &known {
            None => {
                (FindingKind::UnknownHere, "the bill has a reversal of a number that was never made here")
            }
            Some(Attempted { payment: Some(_), .. }) => {
                (FindingKind::StateDiffers, "the bill says reversed, the books say paid")
            }
            Some(_) => {
                if self.taken_back.len() < FINDINGS_MAX {
                    self.taken_back.insert(out_trade_no.to_owned());
                }
                return Ok(());
            }
        };
        self.find(kind, out_trade_no, known.as_ref(), Some(paid_side(row)?), detail);
        Ok(())
    }

    fn refunded(&mut self, row: &TradeRow<'_>) -> Result<(), Stop<B::Error>> {
        let (out_trade_no, out_refund_no) = (row.out_trade_no()?, row.out_refund_no()?);
        let held = Number::read(out_refund_no).and_then(|number| self.refunds.find(number));
        let billed = row.refund_state()?;
        if let Some(held) = held {
            let is_alike = !held.is_seen
                && held.amount.is_some()
                && held.amount == row.refund.fen()
                && PaymentId::read(row.transaction_id()?.as_bytes()) == Some(held.id)
                && OurRefundState::of(held.state).agrees(billed);
            self.refunds.see(held);
            if is_alike && held.place != Place::Outside {
                if !self.fee(row, out_trade_no, None)? {
                    add(&mut self.outcome.refunds_agreed, row.refund.fen());
                }
                return Ok(());
            }
        }
        let is_second = held.is_some_and(|held| held.is_seen);
        let known = self.elsewhere.refund(out_refund_no).map_err(Stop::Books)?;
        let (kind, detail) = match &known {
            None => (FindingKind::UnknownHere, "the bill has a refund of a number that was never made here"),
            Some(_) if is_second => (FindingKind::RefundDiffers, "the bill has the refund twice"),
            Some(known) if row.refund.fen() != Some(known.amount) => {
                (FindingKind::RefundDiffers, "the amounts of the refund differ")
            }
            Some(known) if row.transaction_id()? != known.transaction_id => {
                (FindingKind::RefundDiffers, "the refund is of another payment in the bill than in the books")
            }
            Some(known) if !known.state.is_some_and(|state| state.agrees(billed)) => {
                (FindingKind::RefundDiffers, "the refund stands otherwise in the bill than in the books")
            }
            Some(known) if held.is_some_and(|held| held.place != Place::Outside) => {
                // Its amount or its payment's number does not fit in the day's books: alike after all.
                let amount = known.amount;
                if !self.fee(row, out_trade_no, None)? {
                    add(&mut self.outcome.refunds_agreed, Some(amount));
                }
                return Ok(());
            }
            Some(_) => (FindingKind::OtherDay, OTHER_DAY),
        };
        let sides = (known.as_ref().map(refund_side), Some(given_back_side(row)?));
        let order_no = known.map(|known| known.order_no);
        self.outcome.found(Found::new(
            self.date,
            kind,
            out_trade_no,
            Some(out_refund_no),
            order_no,
            sides,
            detail,
        ));
        Ok(())
    }

    /// What the fee should be and of what, if it cannot be explained by the rate.
    fn wrong_fee(&mut self, row: &TradeRow<'_>) -> Option<(Yuan, Yuan)> {
        if row.fee == Yuan::ZERO && matches!(row.refund_state(), Ok(Some(RefundState::Fail))) {
            // The money stayed with the merchant, and so did the fee with the channel.
            return None;
        }
        let rate = match self.rate {
            Some(rate) => Some(rate),
            None => self.rate_of(row),
        };
        let is_refund = row.state == TradeState::Refund;
        let negative = |yuan: Yuan| Yuan::from_hundred_thousandths(-yuan.hundred_thousandths());
        let settled = if is_refund { negative(row.refund_settled) } else { row.settled };
        Some((expected(settled, rate?, row.fee, is_refund)?, settled))
    }

    /// Tells whether the fee is not what it should be, and finds that.
    fn fee(
        &mut self,
        row: &TradeRow<'_>,
        out_trade_no: &str,
        known: Option<&Attempted>,
    ) -> Result<bool, Stop<B::Error>> {
        let Some((expected, settled)) = self.wrong_fee(row) else { return Ok(false) };
        let asked = match known {
            Some(known) => Some(known.clone()),
            None => self.attempt(out_trade_no)?,
        };
        let ours = FindingSide {
            amount: settled.fen(),
            fee: Some(expected.to_string()),
            ..asked.as_ref().map(attempt_side).unwrap_or_default()
        };
        let theirs = FindingSide { amount: settled.fen(), ..paid_side(row)? };
        let is_refund = row.state == TradeState::Refund;
        let out_refund_no = if is_refund { Some(row.out_refund_no()?) } else { None };
        self.outcome.found(Found::new(
            self.date,
            FindingKind::FeeDiffers,
            out_trade_no,
            out_refund_no,
            asked.map(|asked| asked.order_no),
            (Some(ours), Some(theirs)),
            "the fee is not the settled amount times the rate",
        ));
        Ok(true)
    }

    /// The row's own rate. Most rows have the same, so it is read once.
    fn rate_of(&mut self, row: &TradeRow<'_>) -> Option<Rate> {
        let bytes = row.rate_bytes()?;
        if self.last_rate.0 != bytes {
            self.last_rate = (bytes.to_owned(), row.rate().ok().and_then(Rate::parse));
        }
        self.last_rate.1
    }

    fn attempt(&self, out_trade_no: &str) -> Result<Option<Attempted>, Stop<B::Error>> {
        self.elsewhere.attempt(out_trade_no).map_err(Stop::Books)
    }

    fn find(
        &mut self,
        kind: FindingKind,
        out_trade_no: &str,
        known: Option<&Attempted>,
        theirs: Option<FindingSide>,
        detail: &str,
    ) {
        let sides = (known.map(attempt_side), theirs);
        let order_no = known.map(|known| known.order_no.clone());
        self.outcome.found(Found::new(self.date, kind, out_trade_no, None, order_no, sides, detail));
    }

    /// Tells what the bill did not have, and ends. Without this a comparison says nothing about what is missing: a bill
    /// that was not read to its end must not get here.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub fn end(mut self) -> Result<Outcome, B::Error> {
        self.look_up()?;
        let (missing, more) = unseen(&self.payments);
        for (number, place) in missing {
            let out_trade_no = number.text();
            let known = self.elsewhere.attempt(&out_trade_no)?;
            let (kind, detail) = absent(place);
            self.find(kind, &out_trade_no, known.as_ref(), None, detail);
        }
        self.outcome.findings_total += more;
        let (missing, more) = unseen(&self.refunds);
        for (number, place) in missing {
            let out_refund_no = number.text();
            let Some(known) = self.elsewhere.refund(&out_refund_no)? else { continue };
            let (kind, detail) = absent(place);
            let sides = (Some(refund_side(&known)), None);
            let order_no = Some(known.order_no);
            self.outcome.found(Found::new(
                self.date,
                kind,
                "",
                Some(&out_refund_no),
                order_no,
                sides,
                detail,
            ));
        }
        self.outcome.findings_total += more;
        let taken_back = self.taken_back;
        self.outcome.drop_found(|found| found.is_unpaid_here() && taken_back.contains(&found.out_trade_no));
        self.outcome.sort();
        Ok(self.outcome)
    }
}

const OTHER_DAY: &str = "it belongs to another day of the bill's zone in the books than in the bill";

/// What no row was about, as far as it belongs to this day's bill and findings of it are kept; and how many more there are.
fn unseen(books: &Books) -> (Vec<(Number, Place)>, u64) {
    let mut unseen = books.unseen().filter(|(_, held)| held.place != Place::Outside);
    let kept = unseen.by_ref().take(FINDINGS_MAX).map(|(number, held)| (number, held.place)).collect();
    (kept, unseen.count() as u64)
}

fn absent(place: Place) -> (FindingKind, &'static str) {
    match place {
        Place::Edge => (
            FindingKind::OtherDay,
            "within minutes of midnight and not in this day's bill: it may be in the neighbouring day's",
        ),
        _ => (FindingKind::MissingInBill, "the books have it and the bill does not"),
    }
}
