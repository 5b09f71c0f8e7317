//! Money back: what is left of a payment, what this till asked to be given back, and where each refund stands.

use saoma_contract::{
    Currency, LateMoney, Mismatch, NewRefund, REFUND_PARTS_MAX, Refund, RefundNo, RefundReason, RefundState,
    StaffId, Time,
};
use serde::{Deserialize, Serialize};

use super::{PaymentReceipt, Refused, Sale};

/// A payment older than a year cannot be given back (WeChat Pay protocol B.8.5).
const REFUND_AGE_MS_MAX: i64 = 365 * 24 * 3_600_000;

/// A refund's number in a form that is cheap to pass around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefundKey([u8; 26]);

impl RefundKey {
    /// The number.
    pub fn refund_no(self) -> RefundNo {
        std::str::from_utf8(&self.0)
            .ok()
            .and_then(|text| text.parse().ok())
            .expect("made of a refund's number")
    }
}

impl From<&RefundNo> for RefundKey {
    fn from(refund_no: &RefundNo) -> Self {
        Self(refund_no.as_str().as_bytes().try_into().expect("a ULID has 26 characters"))
    }
}

impl TryFrom<String> for RefundKey {
    type Error = saoma_contract::IdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse::<RefundNo>().map(|refund_no| Self::from(&refund_no))
    }
}

impl From<RefundKey> for String {
    fn from(key: RefundKey) -> String {
        key.refund_no().to_string()
    }
}

/// A refund that this till asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsk {
    /// Its number.
    pub key: RefundKey,
    /// Exactly what is sent.
    pub refund: NewRefund,
    /// Who asked.
    pub staff: Option<StaffId>,
    /// When.
    pub asked_at: Time,
    /// Whether it is still to be brought to the backend.
    pub pending: bool,
    /// Whether it may have left.
    pub tried: bool,
    /// Why the backend did not take it.
    pub refused: Option<Refused>,
}

/// Why a refund is refused before anything is written or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRefund {
    /// No money of that number came for the sale.
    #[error("the sale has no such payment")]
    PaymentUnknown,
    /// More than is left, counting what is on its way.
    #[error("more than is left of the payment: {left} minor units")]
    OverRest {
        /// What is left.
        left: i64,
    },
    /// Another currency than the payment's.
    #[error("the payment is in another currency")]
    OtherCurrency,
    /// Fifty parts.
    #[error("the sale's money was given back in {REFUND_PARTS_MAX} parts already")]
    PartsExhausted,
    /// A year.
    #[error("the payment is more than a year old")]
    TooOld,
    /// The number stands for another refund.
    #[error("this refund's number stands for another one already")]
    OtherBytes,
}

/// Where a refund stands, in a word. Each has one sentence in each language of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundWord {
    /// Asked for here, and not answered by the backend yet.
    Asked,
    /// Waits for a manager.
    Requested,
    /// A manager said no.
    Declined,
    /// Waits for its turn, at least a minute after the part before it.
    Queued,
    /// Being sent to the channel.
    Sending,
    /// The channel took it; the money is on its way.
    Processing,
    /// Given back, by a verified statement.
    Done,
    /// The channel gave up; the money stays here. Another try takes a new number.
    Closed,
    /// The customer's account cannot take it: a person must see to it.
    Abnormal,
    /// Refused; it was never made. Another try takes a new number.
    Refused,
    /// In a state that this version does not know.
    Unknown,
}

impl RefundWord {
    /// Whether its end is still to come.
    pub fn is_under_way(self) -> bool {
        use RefundWord::{Asked, Processing, Queued, Requested, Sending, Unknown};
        matches!(self, Asked | Requested | Queued | Sending | Processing | Unknown)
    }
}

/// A refund as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownRefund {
    /// Its number.
    pub refund_no: RefundNo,
    /// The payment's channel.
    pub channel: String,
    /// The payment's number there.
    pub transaction_id: String,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// Why.
    pub reason: RefundReason,
    /// Where it stands.
    pub state: RefundWord,
    /// When it was asked for.
    pub asked_at: Time,
    /// Who asked for it.
    pub staff: Option<StaffId>,
    /// While it waits for its turn: not before this time.
    pub sends_at: Option<Time>,
    /// When the money was given back, by the channel's time; only with proof.
    pub done_at: Option<Time>,
    /// What there is to say of it: why it was declined or refused.
    pub detail: Option<String>,
}

/// Money that can be given back, wholly or in part.
struct Refundable<'a> {
    channel: &'a str,
    transaction_id: &'a str,
    amount: i64,
    currency: Currency,
    paid_at: Time,
    proven_back: i64,
}

impl Sale {
    /// The refunds that this till asked for, oldest first.
    pub fn asks(&self) -> &[RefundAsk] {
        &self.asks
    }

    pub(crate) fn ask(&self, key: RefundKey) -> Option<&RefundAsk> {
        self.asks.iter().find(|ask| ask.key == key)
    }

    /// The refunds that the backend tells of.
    pub(crate) fn told_refunds(&self) -> &[Refund] {
        self.hint.as_ref().map_or(&[], |hint| &hint.refunds)
    }

    fn refundable(&self) -> impl Iterator<Item = Refundable<'_>> {
        let of_receipt = |receipt: &'_ PaymentReceipt| {
            let payment = receipt.payment();
            (payment.amount, payment.paid_at, receipt.refunded())
        };
        let taken = self.takings().map(move |receipt| {
            let (amount, paid_at, proven_back) = of_receipt(receipt);
            let payment = receipt.payment();
            Refundable {
                channel: &payment.channel,
                transaction_id: &payment.transaction_id,
                amount,
                currency: payment.currency,
                paid_at,
                proven_back,
            }
        });
        let mismatched = self.mismatched().map(|(money, currency)| Refundable {
            channel: &money.channel,
            transaction_id: &money.transaction_id,
            amount: money.amount,
            currency,
            paid_at: money.paid_at,
            proven_back: 0,
        });
        taken.chain(mismatched)
    }

    /// Money that does not match what was asked, as the backend tells it, and its currency. Money of a receipt is a payment,
    /// whatever was told of it before; money in what is no currency is nothing that a till could give back.
    pub(super) fn mismatched(&self) -> impl Iterator<Item = (&Mismatch, Currency)> {
        let is_proven = |money: &Mismatch| {
            self.takings().any(|receipt| {
                let payment = receipt.payment();
                payment.channel == money.channel && payment.transaction_id == money.transaction_id
            })
        };
        let told = self.hint.iter().flat_map(|hint| &hint.mismatches);
        told.filter(move |money| !is_proven(money))
            .filter_map(|money| Some((money, money.currency.parse().ok()?)))
    }

    fn refundable_of(&self, channel: &str, transaction_id: &str) -> Option<Refundable<'_>> {
        self.refundable().find(|money| money.channel == channel && money.transaction_id == transaction_id)
    }

    /// In which currency money came; none if no such money did.
    pub(crate) fn currency_of(&self, channel: &str, transaction_id: &str) -> Option<Currency> {
        self.refundable_of(channel, transaction_id).map(|money| money.currency)
    }

    /// Minor units of a payment that were given back or may still be: those told, and those asked here and not told yet.
    fn held(&self, channel: &str, transaction_id: &str) -> i64 {
        let told = self.told_refunds().iter().filter(|refund| {
            refund.channel == channel && refund.transaction_id == transaction_id && refund.state.holds_money()
        });
        let asked = self
            .untold_asks()
            .filter(|ask| ask.refund.channel == channel && ask.refund.transaction_id == transaction_id);
        told.map(|refund| refund.amount)
            .chain(asked.map(|ask| ask.refund.amount))
            .fold(0, i64::saturating_add)
    }

    /// Asked here, not refused, and not among what the backend tells.
    fn untold_asks(&self) -> impl Iterator<Item = &RefundAsk> {
        self.asks.iter().filter(|ask| {
            let no = ask.key.refund_no();
            ask.refused.is_none() && !self.told_refunds().iter().any(|told| told.refund_no == no)
        })
    }

    /// Minor units of a payment that are left to be given back.
    pub fn left_of(&self, channel: &str, transaction_id: &str) -> Option<i64> {
        let payment = self.refundable_of(channel, transaction_id)?;
        let held = self.held(channel, transaction_id).max(payment.proven_back);
        Some(payment.amount.saturating_sub(held).max(0))
    }

    /// Whether anything may be given back now.
    pub(crate) fn has_refundable(&self, now: Time) -> bool {
        self.parts() < REFUND_PARTS_MAX
            && self.refundable().any(|payment| {
                now.ms_since(payment.paid_at) <= REFUND_AGE_MS_MAX
                    && self.left_of(payment.channel, payment.transaction_id).is_some_and(|left| left > 0)
            })
    }

    fn parts(&self) -> usize {
        let told = self.told_refunds().iter().filter(|refund| refund.state.holds_money());
        told.count() + self.untold_asks().count()
    }

    /// Checks a refund against what is known here; the backend checks it again, under its lock.
    pub(crate) fn may_refund(&self, refund: &NewRefund, now: Time) -> Result<(), NoRefund> {
        let payment = self.refundable_of(&refund.channel, &refund.transaction_id);
        let payment = payment.ok_or(NoRefund::PaymentUnknown)?;
        if payment.currency != refund.currency {
            return Err(NoRefund::OtherCurrency);
        }
        if now.ms_since(payment.paid_at) > REFUND_AGE_MS_MAX {
            return Err(NoRefund::TooOld);
        }
        if self.parts() >= REFUND_PARTS_MAX {
            return Err(NoRefund::PartsExhausted);
        }
        let left = self.left_of(payment.channel, payment.transaction_id).unwrap_or(0);
        if refund.amount > left { Err(NoRefund::OverRest { left }) } else { Ok(()) }
    }

    /// Whether a part was given back, by a verified statement.
    fn proven_part(&self, refund_no: &RefundNo) -> Option<Time> {
        let parts = self.takings().flat_map(PaymentReceipt::parts);
        parts.into_iter().find(|part| part.refund_no == *refund_no).map(|part| part.done_at)
    }

    /// Where a refund that the backend tells of stands. Done is only what a statement proves; for money that does not match
    /// there is no receipt that could be replaced, and the backend's word is all there is.
    fn refund_word(&self, refund: &Refund) -> RefundWord {
        let of_mismatch = self.mismatched().any(|(money, _)| {
            money.channel == refund.channel && money.transaction_id == refund.transaction_id
        });
        match refund.state {
            _ if self.proven_part(&refund.refund_no).is_some() => RefundWord::Done,
            RefundState::Requested => RefundWord::Requested,
            RefundState::Declined => RefundWord::Declined,
            RefundState::Queued => RefundWord::Queued,
            RefundState::Sending => RefundWord::Sending,
            RefundState::Done if of_mismatch => RefundWord::Done,
            RefundState::Processing | RefundState::Done => RefundWord::Processing,
            RefundState::Closed => RefundWord::Closed,
            RefundState::Abnormal => RefundWord::Abnormal,
            RefundState::Refused => RefundWord::Refused,
            RefundState::Unknown(_) => RefundWord::Unknown,
        }
    }

    /// Since when a refund is under way whose end is not known; none if all have ended.
    pub(crate) fn refunding_since(&self) -> Option<Time> {
        let under_way = |refund: &&Refund| self.refund_word(refund).is_under_way();
        self.told_refunds().iter().filter(under_way).map(|refund| refund.requested_at).max()
    }

    /// Every refund, oldest first, as people see it.
    pub(crate) fn shown_refunds(&self) -> Vec<ShownRefund> {
        let told = self.told_refunds().iter().map(|refund| ShownRefund {
            refund_no: refund.refund_no.clone(),
            channel: refund.channel.clone(),
            transaction_id: refund.transaction_id.clone(),
            amount: refund.amount,
            currency: refund.currency,
            reason: refund.reason.clone(),
            state: self.refund_word(refund),
            asked_at: refund.requested_at,
            staff: refund.staff.clone(),
            sends_at: refund.sends_at.filter(|_| refund.state == RefundState::Queued),
            done_at: self.proven_part(&refund.refund_no),
            detail: refund.detail.clone(),
        });
        let is_told = |ask: &&RefundAsk| {
            let no = ask.key.refund_no();
            self.told_refunds().iter().any(|told| told.refund_no == no)
        };
        let asked = self.asks.iter().filter(|ask| !is_told(ask)).map(|ask| ShownRefund {
            refund_no: ask.key.refund_no(),
            channel: ask.refund.channel.clone(),
            transaction_id: ask.refund.transaction_id.clone(),
            amount: ask.refund.amount,
            currency: ask.refund.currency,
            reason: ask.refund.reason.clone(),
            state: if ask.refused.is_some() { RefundWord::Refused } else { RefundWord::Asked },
            asked_at: ask.asked_at,
            staff: ask.staff.clone(),
            sends_at: None,
            done_at: None,
            detail: ask.refused.as_ref().map(|why| why.detail.clone()),
        });
        told.chain(asked).collect()
    }

    /// Whether a refund waits for a manager's word.
    pub(crate) fn has_refund_to_decide(&self) -> bool {
        self.told_refunds().iter().any(|refund| refund.state == RefundState::Requested)
    }

    /// Whether late money waits for a manager's word.
    pub(crate) fn has_late_money_to_decide(&self) -> bool {
        self.takings().any(|receipt| receipt.payment().late_money == Some(LateMoney::Ask))
    }
}
