//! The comparison: our side of a day is taken in, the bill's rows run past it, and what is left over is told at the end.
//!
//! Nothing here reads or writes: the books come in by [`Comparison::payment`] and [`Comparison::refund`], the rows by
//! [`Comparison::row`], and what the day alone cannot tell is asked of [`Elsewhere`].

use saoma_contract::{FINDINGS_MAX, FindingKind, FindingSide, Time, Total};
use saoma_wechatpay::bill::{RefundState as BilledRefund, RowError, TradeRow, TradeState, Yuan};

use super::books::{Books, Held, Place};
use super::fee::{Rate, expected};
use super::finding::Found;
use super::number::{Number, fingerprint};

/// How near to midnight the two sides' clocks may put one payment on different days.
const EDGE_MS: i64 = 10 * 60 * 1000;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A day of the bill's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillDay {
    /// Its first moment.
    pub from: Time,
}

impl BillDay {
    /// From when to when the books are read: the day, and minutes before and after it.
    pub fn span(self) -> (Time, Time) {
        (self.from.plus_ms(-EDGE_MS), self.from.plus_ms(DAY_MS + EDGE_MS))
    }

    fn place(self, at: Time) -> Place {
        let into = at.ms_since(self.from);
        match into {
            _ if !(0..DAY_MS).contains(&into) => Place::Outside,
            _ if !(EDGE_MS..DAY_MS - EDGE_MS).contains(&into) => Place::Edge,
            _ => Place::Inside,
        }
    }
}

/// A payment as the books have it.
#[derive(Clone, Copy, Debug)]
pub struct OurPayment<'a> {
    /// The order.
    pub order_no: &'a str,
    /// Its attempt.
    pub attempt: u8,
    /// The channel's number of the payment.
    pub transaction_id: &'a str,
    /// Minor units.
    pub amount: i64,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
}

/// A refund as the books have it; only such as were sent to the channel.
#[derive(Clone, Copy, Debug)]
pub struct OurRefund<'a> {
    /// Its number at the channel.
    pub out_refund_no: &'a str,
    /// The channel's number of the payment it gives back.
    pub transaction_id: &'a str,
    /// Minor units.
    pub amount: i64,
    /// When the channel was asked for it.
    pub asked_at: Time,
    /// Where it stands.
    pub state: OurRefundState,
}

/// Where a refund stands in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum OurRefundState {
    /// Sent; whether the channel has it is not known.
    Sending = 0,
    /// The channel has it.
    Processing = 1,
    /// Given back.
    Done = 2,
    /// The channel gave up.
    Closed = 3,
    /// A person must see to it at the channel.
    Abnormal = 4,
}

impl OurRefundState {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Sending, Self::Processing, Self::Done, Self::Closed, Self::Abnormal];

    /// The word for it, as the contract has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Processing => "processing",
            Self::Done => "done",
            Self::Closed => "closed",
            Self::Abnormal => "abnormal",
        }
    }

    fn of(bits: u8) -> Self {
        Self::ALL.into_iter().find(|state| *state as u8 == bits).unwrap_or(Self::Sending)
    }

    /// Whether a bill, made once and never brought up to date, can say this of it.
    fn agrees(self, billed: Option<BilledRefund>) -> bool {
        match billed {
            Some(BilledRefund::Success) => self == Self::Done,
            Some(BilledRefund::Processing) => self != Self::Sending,
            Some(BilledRefund::Fail) => matches!(self, Self::Closed | Self::Abnormal | Self::Processing),
            Some(BilledRefund::Other) => matches!(self, Self::Abnormal | Self::Processing),
            None => false,
        }
    }
}

/// An attempt of the books that the day's payments did not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// The order.
    pub order_no: String,
    /// Where the attempt stands, in the books' word.
    pub state: String,
    /// What was paid for it: the channel's number, minor units, when.
    pub payment: Option<(String, i64, Time)>,
}

/// A refund of the books that the day's refunds did not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The order.
    pub order_no: String,
    /// The channel's number of the payment.
    pub transaction_id: String,
    /// Minor units.
    pub amount: i64,
    /// When it was asked for.
    pub asked_at: Time,
    /// Where it stands; none if it was never sent.
    pub state: Option<OurRefundState>,
}

/// The rest of the books, asked about single numbers.
pub trait Elsewhere {
    /// Why it cannot be asked.
    type Error;

    /// The attempt of this number.
    ///
    /// # Errors
    /// When the books cannot be read.
    fn attempt(&self, out_trade_no: &str) -> Result<Option<Attempted>, Self::Error>;

    /// The refund of this number.
    ///
    /// # Errors
    /// When the books cannot be read.
    fn refund(&self, out_refund_no: &str) -> Result<Option<Refunded>, Self::Error>;
}

/// Why a row could not be compared.
#[derive(Debug)]
pub enum CompareError<E> {
    /// The row cannot be read; the next one may be.
    Row(RowError),
    /// The books cannot be read.
    Books(E),
}

impl<E> From<RowError> for CompareError<E> {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that were compared.
    pub rows: u64,
    /// Payments that both sides tell alike.
    pub agreed: Total,
    /// Refunds that both sides tell alike.
    pub refunds_agreed: Total,
    /// What differs: the first ten thousand, by id.
    pub findings: Vec<Found>,
    /// Everything that differs, counted.
    pub findings_total: u64,
}

/// A comparison under way.
#[derive(Debug)]
pub struct Comparison<'a, B> {
    day: BillDay,
    date: &'a str,
    elsewhere: &'a B,
    /// The rate that the merchant agreed on; without it, each row's own.
    rate: Option<Rate>,
    payments: Books,
    refunds: Books,
    outcome: Outcome,
    /// The last rate that a row had, and what it reads as.
    last_rate: (String, Option<Rate>),
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
            outcome: Outcome::default(),
            last_rate: (String::new(), None),
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

    /// Compares a row of the bill.
    ///
    /// # Errors
    /// When the row or the books cannot be read.
    pub fn row(&mut self, row: &TradeRow<'_>) -> Result<(), CompareError<B::Error>> {
        self.outcome.rows += 1;
        match row.state {
            TradeState::Success => self.paid(row),
            TradeState::Refund => self.refunded(row),
            TradeState::Revoked => self.revoked(row),
        }
    }

    fn paid(&mut self, row: &TradeRow<'_>) -> Result<(), CompareError<B::Error>> {
        let out_trade_no = row.out_trade_no()?;
        let amount = row.amount.fen();
        let held = Number::read(out_trade_no).and_then(|number| self.payments.find(number));
        if let Some(held) = held
            && !held.is_seen
            && held.amount == amount
            && held.other == fingerprint(row.transaction_id()?)
        {
            self.payments.see(held);
            if held.place == Place::Outside {
                let known = self.attempt(out_trade_no)?;
                self.find(
                    FindingKind::OtherDay,
                    out_trade_no,
                    None,
                    known.as_ref(),
                    Some(paid_side(row)?),
                    OTHER_DAY,
                );
                return Ok(());
            }
            if !self.fee(row, out_trade_no, None)? {
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
    ) -> Result<(), CompareError<B::Error>> {
        let is_second = held.is_some_and(|held| held.is_seen);
        if let Some(held) = held {
            self.payments.see(held);
        }
        let known = self.attempt(out_trade_no)?;
        let (kind, detail) = match &known {
            None => (FindingKind::UnknownHere, "the bill has a payment of a number that was never made here"),
            Some(_) if is_second => (FindingKind::StateDiffers, "the bill has the payment twice"),
            Some(Attempted { payment: None, .. }) => (
                FindingKind::StateDiffers,
                "the bill says paid, the books do not; the channel is to be asked",
            ),
            Some(Attempted { payment: Some((transaction_id, amount, _)), .. }) => {
                if row.amount.fen() != Some(*amount) {
                    (FindingKind::AmountDiffers, "the amounts differ")
                } else if row.transaction_id()? != transaction_id {
                    (
                        FindingKind::StateDiffers,
                        "the payment has another number in the bill than in the books",
                    )
                } else if held.is_some_and(|held| held.place != Place::Outside) {
                    // Held with an amount too large for the day's books: alike after all.
                    if !self.fee(row, out_trade_no, known.as_ref())? {
                        add(&mut self.outcome.agreed, Some(*amount));
                    }
                    return Ok(());
                } else {
                    (FindingKind::OtherDay, OTHER_DAY)
                }
            }
        };
        self.find(kind, out_trade_no, None, known.as_ref(), Some(paid_side(row)?), detail);
        Ok(())
    }

    fn revoked(&mut self, row: &TradeRow<'_>) -> Result<(), CompareError<B::Error>> {
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
            Some(_) => return Ok(()),
        };
        self.find(kind, out_trade_no, None, known.as_ref(), Some(paid_side(row)?), detail);
        Ok(())
    }

    fn refunded(&mut self, row: &TradeRow<'_>) -> Result<(), CompareError<B::Error>> {
        let (out_trade_no, out_refund_no) = (row.out_trade_no()?, row.out_refund_no()?);
        let held = Number::read(out_refund_no).and_then(|number| self.refunds.find(number));
        let billed = row.refund_state()?;
        if let Some(held) = held {
            let is_alike = !held.is_seen
                && held.amount == row.refund.fen()
                && held.other == fingerprint(row.transaction_id()?)
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
        let known = self.elsewhere.refund(out_refund_no).map_err(CompareError::Books)?;
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
            Some(_) => (FindingKind::OtherDay, OTHER_DAY),
        };
        let ours = known.as_ref().map(refund_side);
        let order_no = known.map(|known| known.order_no);
        let theirs = FindingSide {
            amount: row.refund.fen(),
            state: Some(billed.map_or("none", billed_word).to_owned()),
            ..paid_side(row)?
        };
        self.push(Found::new(
            self.date,
            kind,
            out_trade_no,
            Some(out_refund_no),
            order_no,
            (ours, Some(theirs)),
            detail,
        ));
        Ok(())
    }

    /// Tells whether the fee is not what it should be, and finds that.
    fn fee(
        &mut self,
        row: &TradeRow<'_>,
        out_trade_no: &str,
        known: Option<&Attempted>,
    ) -> Result<bool, CompareError<B::Error>> {
        let rate = match self.rate {
            Some(rate) => Some(rate),
            None => self.rate_of(row),
        };
        let is_refund = row.state == TradeState::Refund;
        let negative = |yuan: Yuan| Yuan::from_hundred_thousandths(-yuan.hundred_thousandths());
        let settled = if is_refund { negative(row.refund_settled) } else { row.settled };
        let Some(expected) = rate.and_then(|rate| expected(settled, rate, row.fee, is_refund)) else {
            return Ok(false);
        };
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
        let out_refund_no = if is_refund { Some(row.out_refund_no()?) } else { None };
        self.push(Found::new(
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
        let text = row.rate().ok()?;
        if self.last_rate.0 != text {
            self.last_rate = (text.to_owned(), Rate::parse(text));
        }
        self.last_rate.1
    }

    fn attempt(&self, out_trade_no: &str) -> Result<Option<Attempted>, CompareError<B::Error>> {
        self.elsewhere.attempt(out_trade_no).map_err(CompareError::Books)
    }

    fn find(
        &mut self,
        kind: FindingKind,
        out_trade_no: &str,
        out_refund_no: Option<&str>,
        known: Option<&Attempted>,
        theirs: Option<FindingSide>,
        detail: &str,
    ) {
        let sides = (known.map(attempt_side), theirs);
        let order_no = known.map(|known| known.order_no.clone());
        self.push(Found::new(self.date, kind, out_trade_no, out_refund_no, order_no, sides, detail));
    }

    fn push(&mut self, found: Found) {
        self.outcome.findings_total += 1;
        if self.outcome.findings.len() < FINDINGS_MAX {
            self.outcome.findings.push(found);
        }
    }

    /// Tells what the bill did not have, and ends. Without this a comparison says nothing about what is missing: a bill
    /// that was not read to its end must not get here.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub fn end(mut self) -> Result<Outcome, B::Error> {
        let missing: Vec<(Number, Place)> = unseen(&self.payments);
        for (number, place) in missing {
            let out_trade_no = number.text();
            let known = self.elsewhere.attempt(&out_trade_no)?;
            let (kind, detail) = absent(place);
            self.find(kind, &out_trade_no, None, known.as_ref(), None, detail);
        }
        self.outcome.findings_total += beyond(&self.payments);
        let missing: Vec<(Number, Place)> = unseen(&self.refunds);
        for (number, place) in missing {
            let out_refund_no = number.text();
            let Some(known) = self.elsewhere.refund(&out_refund_no)? else { continue };
            let (kind, detail) = absent(place);
            let sides = (Some(refund_side(&known)), None);
            self.push(Found::new(
                self.date,
                kind,
                "",
                Some(&out_refund_no),
                Some(known.order_no),
                sides,
                detail,
            ));
        }
        self.outcome.findings_total += beyond(&self.refunds);
        self.outcome.findings.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
        self.outcome.findings.dedup_by(|one, other| one.id == other.id);
        Ok(self.outcome)
    }
}

const OTHER_DAY: &str = "it belongs to another day of the bill's zone in the books than in the bill";

/// What no row was about, as far as it belongs to this day's bill and findings of it are kept.
fn unseen(books: &Books) -> Vec<(Number, Place)> {
    books
        .unseen()
        .filter(|(_, held)| held.place != Place::Outside)
        .take(FINDINGS_MAX)
        .map(|(number, held)| (number, held.place))
        .collect()
}

/// How many more there are than [`unseen`] gives.
fn beyond(books: &Books) -> u64 {
    books.unseen().filter(|(_, held)| held.place != Place::Outside).skip(FINDINGS_MAX).count() as u64
}

fn absent(place: Place) -> (FindingKind, &'static str) {
    match place {
        Place::Edge => (
            FindingKind::OtherDay,
            "within minutes of midnight and not in this day's bill: look for it in the neighbouring day's",
        ),
        _ => (FindingKind::MissingInBill, "the books have it and the bill does not"),
    }
}

fn add(total: &mut Total, amount: Option<i64>) {
    total.count = total.count.saturating_add(1);
    total.amount = total.amount.saturating_add(amount.unwrap_or(0));
}

fn paid_side(row: &TradeRow<'_>) -> Result<FindingSide, RowError> {
    let state = match row.state {
        TradeState::Success => "SUCCESS",
        TradeState::Refund => "REFUND",
        TradeState::Revoked => "REVOKED",
    };
    Ok(FindingSide {
        amount: row.amount.fen(),
        state: Some(state.to_owned()),
        at: Some(Time::from_unix_ms(row.time()?.as_millisecond())),
        transaction_id: Some(row.transaction_id()?.to_owned()),
        fee: Some(row.fee.to_string()),
        line: Some(row.line()),
    })
}

fn attempt_side(known: &Attempted) -> FindingSide {
    let payment = known.payment.as_ref();
    FindingSide {
        amount: payment.map(|(_, amount, _)| *amount),
        state: Some(known.state.clone()),
        at: payment.map(|(_, _, at)| *at),
        transaction_id: payment.map(|(transaction_id, _, _)| transaction_id.clone()),
        fee: None,
        line: None,
    }
}

fn refund_side(known: &Refunded) -> FindingSide {
    FindingSide {
        amount: Some(known.amount),
        state: Some(known.state.map_or("not sent", OurRefundState::as_str).to_owned()),
        at: Some(known.asked_at),
        transaction_id: Some(known.transaction_id.clone()),
        fee: None,
        line: None,
    }
}

fn billed_word(state: BilledRefund) -> &'static str {
    match state {
        BilledRefund::Success => "SUCCESS",
        BilledRefund::Fail => "FAIL",
        BilledRefund::Processing => "PROCESSING",
        BilledRefund::Other => "another word",
    }
}
