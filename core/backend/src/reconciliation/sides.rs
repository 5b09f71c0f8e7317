//! What each side says: our payments and refunds, the rest of our books, and the sides of a finding.

use saoma_contract::{FindingSide, Time};
use saoma_wechatpay::bill::{RefundState as BilledRefund, RowError, TradeRow, TradeState};

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

    pub(super) fn of(bits: u8) -> Self {
        Self::ALL.into_iter().find(|state| *state as u8 == bits).unwrap_or(Self::Sending)
    }

    /// Whether a bill, made once and never brought up to date, can say this of it.
    pub(super) fn agrees(self, billed: Option<BilledRefund>) -> bool {
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

/// What the bill says in a row about money that came or was taken back.
pub(super) fn paid_side(row: &TradeRow<'_>) -> Result<FindingSide, RowError> {
    let state = match row.state {
        TradeState::Success => PAID,
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
        date: None,
    })
}

/// The bill's word for a payment.
pub(super) const PAID: &str = "SUCCESS";

/// What the bill says in the row of a refund.
pub(super) fn given_back_side(row: &TradeRow<'_>) -> Result<FindingSide, RowError> {
    let state = match row.refund_state()? {
        Some(BilledRefund::Success) => "SUCCESS",
        Some(BilledRefund::Fail) => "FAIL",
        Some(BilledRefund::Processing) => "PROCESSING",
        Some(BilledRefund::Other) => "another word",
        None => "none",
    };
    Ok(FindingSide { amount: row.refund.fen(), state: Some(state.to_owned()), ..paid_side(row)? })
}

/// What the books say of an attempt.
pub(super) fn attempt_side(known: &Attempted) -> FindingSide {
    let payment = known.payment.as_ref();
    FindingSide {
        amount: payment.map(|(_, amount, _)| *amount),
        state: Some(known.state.clone()),
        at: payment.map(|(_, _, at)| *at),
        transaction_id: payment.map(|(transaction_id, _, _)| transaction_id.clone()),
        ..FindingSide::default()
    }
}

/// What the books say of a refund.
pub(super) fn refund_side(known: &Refunded) -> FindingSide {
    FindingSide {
        amount: Some(known.amount),
        state: Some(known.state.map_or("not sent", OurRefundState::as_str).to_owned()),
        at: Some(known.asked_at),
        transaction_id: Some(known.transaction_id.clone()),
        ..FindingSide::default()
    }
}
