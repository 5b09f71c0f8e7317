//! Money that came for a sale, and money that goes back.

use std::time::SystemTime;

use saoma_engine::contract::{Amount, LateMoney as ContractLateMoney, RefundNo, Time};
use saoma_engine::wording::Language as Wording;
use saoma_engine::{NewRefundWish, RefundWord, ShownPayment, ShownRefund};

use crate::error::SaomaError;
use crate::sale::{Sale, moment, ms_until, number};
use crate::till::Till;

/// What becomes of late money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LateMoney {
    /// A manager keeps it ([`Till::accept_late_money`]) or gives it back ([`Till::refund`]).
    Ask,
    /// It is kept.
    Accepted,
    /// It is given back.
    GivenBack,
    /// The backend says something that this version does not know: please update.
    Unknown,
}

/// Money that came for a sale: by its receipt (`Sale.payments`), or money that does not match (`Sale.mismatches`).
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SalePayment {
    /// Who moved the money: `wechatpay`, or `cash`.
    pub channel: String,
    /// The channel's own number; for cash the sale's.
    pub transaction_id: String,
    /// Minor units owed to the merchant.
    pub minor: i64,
    /// As people read it: `12.80`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// When it was paid, by the channel's time.
    pub paid_at: SystemTime,
    /// It came after the sale's end, or beside another payment.
    pub late: bool,
    /// Whether the channel proves it. Cash is attested by a person: never say it in the words of proof.
    pub proven: bool,
    /// Minor units given back, by verified statements.
    pub refunded_minor: i64,
    /// Minor units that are left to be given back, without what is on its way.
    pub left_minor: i64,
    /// The same as people read and type it.
    pub left: String,
    /// What becomes of it; only of late money.
    pub late_money: Option<LateMoney>,
    /// What does not match, as the backend said it; only of money that does not match.
    pub mismatch: Option<String>,
}

/// Where a refund stands. `SaleRefund.sentence` says it to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum RefundPhase {
    /// Asked for here, and not answered by the backend yet.
    Asked,
    /// Waits for a manager: [`Till::decide_refund`].
    Requested,
    /// A manager said no.
    Declined,
    /// Waits for its turn, at least a minute after the part before it.
    Queued,
    /// Being sent to the channel.
    Sending,
    /// The channel took it; the money is on its way.
    Processing,
    /// Given back, proven.
    Done,
    /// The channel gave up; the money stays here. Another try takes a new number.
    Closed,
    /// The customer's account cannot take it: a person must see to it.
    Abnormal,
    /// Refused; it was never made. Another try takes a new number.
    Refused,
    /// The backend says something that this version does not know: please update.
    Unknown,
}

/// Money given back, or asked to be.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SaleRefund {
    /// Its number: 26 characters.
    pub refund_no: String,
    /// The payment's channel.
    pub channel: String,
    /// The payment's number there.
    pub transaction_id: String,
    /// Minor units.
    pub minor: i64,
    /// As people read it: `12.80`.
    pub amount: String,
    /// Why; the customer reads it.
    pub reason: String,
    /// Where it stands.
    pub phase: RefundPhase,
    /// The same in a sentence of the till's language.
    pub sentence: String,
    /// When it was asked for.
    pub asked_at: SystemTime,
    /// Who asked for it.
    pub staff: Option<String>,
    /// While it waits for its turn: how many milliseconds after this view was made it goes out at the earliest.
    pub sends_in_ms: Option<u64>,
    /// When the money was given back, by the channel's time; only with proof.
    pub done_at: Option<SystemTime>,
    /// What there is to say of it: why it was declined or refused.
    pub detail: Option<String>,
}

/// Money to be given back.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NewRefund {
    /// The payment's channel (`SalePayment.channel`).
    pub channel: String,
    /// The payment's number there (`SalePayment.transaction_id`).
    pub transaction_id: String,
    /// Minor units, more than zero and at most `SalePayment.left_minor`.
    pub minor: i64,
    /// Why, 1–80 bytes of UTF-8; the customer reads it.
    pub reason: String,
}

#[uniffi::export]
impl Till {
    /// A number for a refund. Ask once, when the refund sheet opens; every tap on its button then means the same refund. In memory
    /// only.
    pub fn new_refund_no(&self) -> String {
        self.engine.new_refund_no().to_string()
    }

    /// Asks for money back and returns once that is durable, network or not; bringing it to the backend goes on by itself. It may
    /// wait for a manager, and is done only when a verified statement says so (`RefundPhase.Done`).
    ///
    /// Errors: `bad_input`, `payment_unknown`, `refund_over_rest`, `refund_parts_exhausted`, `refund_too_old`, `conflict` (the number
    /// stands for another refund). Nothing has then changed.
    pub async fn refund(
        &self,
        order_no: String,
        refund_no: String,
        refund: NewRefund,
    ) -> Result<Sale, SaomaError> {
        let (order_no, refund_no) = (number(&order_no)?, refund_number(&refund_no)?);
        self.ask(|till| async move { till.refund(&order_no, &refund_no, refund.into()).await }, Sale::worded)
            .await
    }

    /// A manager says yes or no to a refund that waits for it; waits for the backend's answer. Saying the same again does no harm.
    /// Give a reason with a no.
    pub async fn decide_refund(
        &self,
        order_no: String,
        refund_no: String,
        approve: bool,
        reason: Option<String>,
    ) -> Result<Sale, SaomaError> {
        let (order_no, refund_no) = (number(&order_no)?, refund_number(&refund_no)?);
        self.ask(
            |till| async move { till.decide_refund(&order_no, &refund_no, approve, reason.as_deref()).await },
            Sale::worded,
        )
        .await
    }

    /// A manager keeps late money; waits for the backend's answer. To give it back instead, [`refund`](Till::refund) what is left of
    /// it.
    pub async fn accept_late_money(
        &self,
        order_no: String,
        channel: String,
        transaction_id: String,
    ) -> Result<Sale, SaomaError> {
        let order_no = number(&order_no)?;
        self.ask(
            |till| async move { till.accept_late_money(&order_no, &channel, &transaction_id).await },
            Sale::worded,
        )
        .await
    }
}

fn refund_number(text: &str) -> Result<RefundNo, SaomaError> {
    text.parse().map_err(|error| SaomaError::input("refund_no", error))
}

impl From<NewRefund> for NewRefundWish {
    fn from(refund: NewRefund) -> Self {
        Self {
            channel: refund.channel,
            transaction_id: refund.transaction_id,
            amount: refund.minor,
            reason: refund.reason,
        }
    }
}

impl From<ShownPayment> for SalePayment {
    fn from(payment: ShownPayment) -> Self {
        Self {
            minor: payment.amount,
            amount: Amount::print_minor(payment.amount, payment.currency),
            left_minor: payment.left,
            left: Amount::print_minor(payment.left, payment.currency),
            currency: payment.currency.to_string(),
            paid_at: moment(payment.paid_at),
            late: payment.late,
            proven: payment.proven,
            refunded_minor: payment.refunded,
            late_money: payment.late_money.map(|word| match word {
                ContractLateMoney::Ask => LateMoney::Ask,
                ContractLateMoney::Accepted => LateMoney::Accepted,
                ContractLateMoney::GivenBack => LateMoney::GivenBack,
                ContractLateMoney::Unknown(_) => LateMoney::Unknown,
            }),
            mismatch: payment.mismatch,
            channel: payment.channel,
            transaction_id: payment.transaction_id,
        }
    }
}

impl SaleRefund {
    pub(crate) fn worded(refund: ShownRefund, as_of: Time, language: Wording) -> Self {
        Self {
            sentence: language.refund(&refund, as_of),
            refund_no: refund.refund_no.to_string(),
            channel: refund.channel,
            transaction_id: refund.transaction_id,
            minor: refund.amount,
            amount: Amount::print_minor(refund.amount, refund.currency),
            reason: refund.reason.to_string(),
            phase: refund.state.into(),
            asked_at: moment(refund.asked_at),
            staff: refund.staff.map(|staff| staff.to_string()),
            sends_in_ms: refund.sends_at.map(|at| ms_until(at, as_of)),
            done_at: refund.done_at.map(moment),
            detail: refund.detail,
        }
    }
}

impl From<RefundWord> for RefundPhase {
    fn from(word: RefundWord) -> Self {
        match word {
            RefundWord::Asked => Self::Asked,
            RefundWord::Requested => Self::Requested,
            RefundWord::Declined => Self::Declined,
            RefundWord::Queued => Self::Queued,
            RefundWord::Sending => Self::Sending,
            RefundWord::Processing => Self::Processing,
            RefundWord::Done => Self::Done,
            RefundWord::Closed => Self::Closed,
            RefundWord::Abnormal => Self::Abnormal,
            RefundWord::Refused => Self::Refused,
            RefundWord::Unknown => Self::Unknown,
        }
    }
}
