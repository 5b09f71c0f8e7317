//! What can happen to an order.

use bytes::Bytes;
use saoma_contract::{AttemptNo, Currency, DeviceId, NewRefund, RefundNo, RefundReason, Refusal, Time};

use super::{By, ChargeAnswer, Evidence, Held, RefundAnswer, ReverseAnswer, StoredOrder};

/// When something happens, and a little chance to spread what follows.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Now.
    pub now: Time,
    /// 0 to 999.
    pub permille: u16,
}

/// Something that happens to an order: a till asks, or the channel answers.
#[derive(Clone, Debug)]
pub enum Event {
    /// A till brings the order.
    Put(StoredOrder),
    /// A till brings it again with the statements it holds, after the ledger lost something.
    Restored(StoredOrder, Held),
    /// A till asks to end this attempt and open the next.
    Refresh(AttemptNo),
    /// A till asks to end the order after this attempt.
    Cancel(AttemptNo, DeviceId),
    /// The attempt is about to be sent for the first time, with these bytes, payable until this time.
    Sending(AttemptNo, Bytes, Time),
    /// The channel gave a code.
    Opened(AttemptNo, String),
    /// Whether the channel made the attempt is not known.
    OpenUnknown(AttemptNo),
    /// The channel said no; that alone proves nothing.
    OpenRefused(AttemptNo, Refusal),
    /// The channel was asked how the attempt stands.
    Asked(AttemptNo, Answer),
    /// The channel was asked to close the attempt; come back after so many milliseconds.
    CloseAsked(AttemptNo, i64),
    /// The channel could not be asked to close the attempt, or its answer was lost.
    CloseUnknown(AttemptNo),
    /// The attempt's time is over.
    Expired(AttemptNo),
    /// Verified money came by notification.
    Notified(AttemptNo, Money),
    /// A till scanned a payment code: ends this attempt and opens the next as a charge.
    Charge(Option<AttemptNo>),
    /// The channel answered to the charge.
    Charged(AttemptNo, ChargeAnswer),
    /// The charge is about to be reversed.
    Reversing(AttemptNo),
    /// The channel answered to the reverse.
    ReverseAsked(AttemptNo, ReverseAnswer),
    /// A person took cash; the attempt whose code the till showed last, and when.
    Cash(Option<AttemptNo>, Time, By),
    /// A manager, or the merchant's rule, keeps late money.
    AcceptMoney {
        /// The payment's channel.
        channel: String,
        /// The payment's number at its channel.
        transaction_id: String,
        /// Who.
        by: By,
    },
    /// Money is to be given back.
    AskRefund {
        /// The refund's number.
        refund_no: RefundNo,
        /// What is asked.
        asked: NewRefund,
        /// Who asks.
        by: By,
        /// Whether a manager must say yes first.
        waits_for_manager: bool,
    },
    /// A manager says yes or no to a refund.
    DecideRefund {
        /// The refund's number.
        refund_no: RefundNo,
        /// Yes or no.
        approve: bool,
        /// Why.
        reason: Option<RefundReason>,
        /// Who says so.
        by: By,
    },
    /// A manager has an abnormal refund paid to the merchant's own account.
    RefundToMerchant(RefundNo),
    /// The refund is about to be sent, with these bytes.
    RefundSending(RefundNo, Bytes),
    /// The channel said something of a refund.
    RefundTold(RefundNo, RefundAnswer),
    /// The clock was set back: no call answers to this, and nothing may wait for times that were written by the wrong clock.
    ClockSetBack,
}

/// A verified answer about an attempt; but [`Answer::Absent`] and [`Answer::Unknown`], which prove nothing alone.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Made, not paid.
    NotPaid,
    /// Never payable again.
    Closed,
    /// Money came.
    Paid(Money),
    /// Money came, and at least a part of it is on its way back.
    PaidBack(Money),
    /// The customer is typing a password; for payment codes only.
    Paying,
    /// The customer's payment failed; for payment codes only.
    Failed,
    /// The channel says it has no such attempt.
    Absent,
    /// Nothing could be learnt: no answer, an answer that was not signed, or a state that is not known here.
    Unknown,
}

/// Verified money for an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// Who moved it: `wechatpay`.
    pub channel: &'static str,
    /// The channel's own number.
    pub transaction_id: String,
    /// The attempt's number at the channel, as the channel says it.
    pub out_trade_no: String,
    /// Minor units that were asked.
    pub amount: i64,
    /// Their currency, as the channel writes it.
    pub currency: String,
    /// Minor units that the customer paid after discounts.
    pub payer_amount: Option<i64>,
    /// The customer's currency.
    pub payer_currency: Option<Currency>,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
    /// What does not fit about merchant or app, when the money is for another account.
    pub foreign: Option<String>,
    /// The proof.
    pub evidence: Evidence,
}

/// Something that a person must look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Verified money came, or went back, that does not match what was asked; the reason.
    Mismatch(String),
    /// The channel denies an attempt or a refund that it had before.
    Vanished,
}
