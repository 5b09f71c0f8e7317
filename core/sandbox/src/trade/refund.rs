//! Money back: the rules of asking for it, and what becomes of it (WeChat Pay protocol B.8).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Order, Spoken, State};

/// How long after its payment an order can be refunded (B.8.5).
const WITHIN: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How far apart the parts of one order must be (B.8.5).
const APART: SignedDuration = SignedDuration::from_mins(1);
/// Into how many parts a refund can be cut (B.8.5).
const PARTS_MAX: usize = 50;
/// How long a refund takes here. The real one takes up to five minutes, or days (B.8.3).
const TAKES: SignedDuration = SignedDuration::from_secs(5);

/// What the merchant asked for. A number used again must come with the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RefundTerms {
    pub(crate) out_refund_no: String,
    /// In fen.
    pub(crate) refund: i64,
    /// The order's amount, in fen.
    pub(crate) total: i64,
    pub(crate) notify_url: Option<String>,
    pub(crate) is_from_available: bool,
    /// The language it was asked for in: that of its notification.
    #[serde(default)]
    pub(crate) spoken: Spoken,
    /// Everything else that was asked, which the double only compares.
    pub(crate) rest: serde_json::Value,
}

/// How a refund ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ends {
    #[default]
    Success,
    /// By a fault: the money stays with the merchant.
    Closed,
    /// By a fault: the customer's account cannot take it.
    Abnormal,
}

/// How far a refund has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum RefundState {
    Processing { due_at: Timestamp },
    Success { at: Timestamp },
    Closed { at: Timestamp },
    Abnormal { at: Timestamp },
}

/// Where the money goes (B.8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Channel {
    Original,
    OtherBankcard,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) refund_id: String,
    pub(crate) terms: RefundTerms,
    pub(crate) mchid: String,
    pub(crate) transaction_id: String,
    pub(crate) out_trade_no: String,
    /// What is given back of the fee, in fen.
    pub(crate) fee_back: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) channel: Channel,
    pub(crate) ends: Ends,
    pub(crate) state: RefundState,
}

/// Why money is not given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundRefused {
    /// There is no such order, or it is not paid.
    NoPayment,
    /// It was reversed: all of it is back already.
    Reversed,
    /// The number was used with other terms.
    OtherTerms,
    OtherTotal,
    MoreThanTheRest,
    TooLate,
    TooManyParts,
    TooSoon,
    NotEnough,
}

impl Refund {
    /// Judges a new refund of an order, beside those that it has already. `balance` is what the merchant's account holds.
    ///
    /// # Errors
    /// When a rule forbids it. Nothing has happened then.
    pub(crate) fn ask(
        order: &Order,
        standing: &[Self],
        terms: RefundTerms,
        refund_id: String,
        ends: Ends,
        balance: i64,
        now: Timestamp,
    ) -> Result<Self, RefundRefused> {
        let (transaction_id, paid_at) = match &order.state {
            State::Paid { transaction_id, at, .. } => (transaction_id.clone(), *at),
            State::Reversed { .. } => return Err(RefundRefused::Reversed),
            State::Unpaid { .. } | State::Closed { .. } | State::Failed { .. } => {
                return Err(RefundRefused::NoPayment);
            }
        };
        let total = order.terms.total;
        if terms.total != total {
            return Err(RefundRefused::OtherTotal);
        }
        let given = standing.iter().filter(|refund| refund.takes_money());
        let (back, fees_back) =
            given.fold((0, 0), |(back, fees), refund| (back + refund.terms.refund, fees + refund.fee_back));
        if terms.refund > total - back {
            return Err(RefundRefused::MoreThanTheRest);
        }
        if now.duration_since(paid_at) > WITHIN {
            return Err(RefundRefused::TooLate);
        }
        if standing.len() >= PARTS_MAX {
            return Err(RefundRefused::TooManyParts);
        }
        if standing.iter().any(|refund| now.duration_since(refund.created_at) < APART) {
            return Err(RefundRefused::TooSoon);
        }
        // So that whoever gives back all of it, in however many parts, gets back all of the fee.
        let fee_back = order.rate.fee(total) - order.rate.fee(total - back - terms.refund) - fees_back;
        if terms.refund - fee_back > balance {
            return Err(RefundRefused::NotEnough);
        }
        Ok(Self {
            refund_id,
            mchid: order.terms.mchid.clone(),
            transaction_id,
            out_trade_no: order.terms.out_trade_no.clone(),
            fee_back,
            created_at: now,
            channel: Channel::Original,
            ends,
            state: RefundState::Processing { due_at: now + TAKES },
            terms,
        })
    }

    /// One just asked for that takes longer than usual, or less long (by a fault).
    pub(crate) fn taking(self, takes: SignedDuration) -> Self {
        Self { state: RefundState::Processing { due_at: self.created_at + takes }, ..self }
    }

    /// Tries an abnormal one again, to another account (B.8.4). `None` if it is not abnormal.
    pub(crate) fn sent_elsewhere(self, now: Timestamp) -> Option<Self> {
        matches!(self.state, RefundState::Abnormal { .. }).then(|| Self {
            channel: Channel::OtherBankcard,
            ends: Ends::Success,
            state: RefundState::Processing { due_at: now + TAKES },
            ..self
        })
    }

    /// When it ends, if it has not.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        match self.state {
            RefundState::Processing { due_at } => Some(due_at),
            _ => None,
        }
    }

    /// The refund as it ends at its time.
    pub(crate) fn ended(mut self) -> Self {
        if let RefundState::Processing { due_at: at } = self.state {
            self.state = match self.ends {
                Ends::Success => RefundState::Success { at },
                Ends::Closed => RefundState::Closed { at },
                Ends::Abnormal => RefundState::Abnormal { at },
            };
        }
        self
    }

    /// Whether the money is gone from the merchant.
    fn takes_money(&self) -> bool {
        !matches!(self.state, RefundState::Closed { .. })
    }

    /// `status` (B.8.2).
    pub(crate) fn status(&self) -> &'static str {
        match self.state {
            RefundState::Processing { .. } => "PROCESSING",
            RefundState::Success { .. } => "SUCCESS",
            RefundState::Closed { .. } => "CLOSED",
            RefundState::Abnormal { .. } => "ABNORMAL",
        }
    }
}

impl Order {
    /// The order once a refund of it exists.
    pub(crate) fn refunded(mut self) -> Self {
        if let State::Paid { is_refunded, .. } = &mut self.state {
            *is_refunded = true;
        }
        self
    }
}
