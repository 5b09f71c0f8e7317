//! The facts of a sale: what the journal keeps, and all that a sale is made of.

use saoma_contract::statement::{Checked, StatementError, TrustedKeys};
use saoma_contract::{
    AttemptNo, CASH_CHANNEL, Jws, Mismatch, NewRefund, Order, OrderNo, OrderState, Problem, Refund,
    RefundReason, Refusal, StaffId, Time, Version,
};
use serde::{Deserialize, Serialize};

use super::RefundKey;

/// A call that changes something; each is idempotent by what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `PUT` of the signed order.
    Create,
    /// `PUT` of the signed order with its statements, to a backend that has lost it.
    Offer,
    /// Ends this attempt and opens the next.
    Refresh(AttemptNo),
    /// Ends the order after this attempt.
    Close(AttemptNo),
    /// Records that the order was paid in cash.
    Cash,
    /// Charges a customer's payment code, after this attempt. It is made once: the code is not kept.
    Charge(Option<AttemptNo>),
    /// Gives money back under this number.
    Refund(RefundKey),
}

/// Something that happened to a sale. `P` is a statement: [`Jws`] as the journal keeps it, [`Checked`] once verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Fact<P> {
    /// It was rung up, with the exact text that is sent.
    RungUp {
        /// The signed order.
        order: Jws,
    },
    /// A person wants this call made.
    Wanted {
        /// Which.
        call: Call,
    },
    /// A person lets an old draft go out after all.
    Released,
    /// The call is about to be made: from now on it may have left.
    Calling {
        /// Which.
        call: Call,
    },
    /// The call that was about to be made did surely not leave, and had not been tried before.
    NotSent {
        /// Which.
        call: Call,
    },
    /// The backend spoke.
    Told {
        /// The call that this answers, if it answers one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<Call>,
        /// What it said of the order; absent if that was older than what is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<Hint>,
        /// Statements that are new.
        #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
        proofs: Vec<P>,
    },
    /// The backend refused a call for good.
    Refused {
        /// Which.
        call: Call,
        /// Why.
        why: Refused,
        /// The order that stands in the way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other: Option<OtherOrder>,
        /// When the like may be asked again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again_at: Option<Time>,
    },
    /// A person took the whole amount in cash.
    CashTaken {
        /// The attempt whose code was shown last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<AttemptNo>,
        /// Who took it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        staff: Option<StaffId>,
    },
    /// The backend has heard nothing of the charge that was made: its code was not used.
    NotCharged,
    /// A person wants money given back.
    RefundAsked {
        /// Under which number.
        refund_no: RefundKey,
        /// Exactly what is sent.
        refund: NewRefund,
        /// Who asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        staff: Option<StaffId>,
    },
    /// A manager is about to tell the backend yes or no about a refund that waits for it.
    Decided {
        /// Which.
        refund_no: RefundKey,
        /// Yes or no.
        approve: bool,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<RefundReason>,
    },
    /// A manager is about to tell the backend that late money is kept.
    Accepted {
        /// The payment's channel.
        channel: String,
        /// The payment's number there.
        transaction_id: String,
    },
    /// The backend has no order of this number.
    Missing,
    /// A person gave it up before it was ever sent.
    Dropped {
        /// Why.
        reason: String,
    },
}

/// What a backend says of an order beside its statements: shown, never acted on as money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// How new it is.
    pub version: Version,
    /// In a word.
    pub state: OrderState,
    /// The last attempt.
    pub attempt: AttemptNo,
    /// When the backend sent that attempt, or first saw the order.
    pub attempt_at: Time,
    /// Money came that does not match.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mismatch: bool,
    /// Why the channel refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// No attempt was made yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub none_yet: bool,
    /// Why the channel refused the last attempt: what is wrong with a payment code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_refusal: Option<Refusal>,
    /// Cash is written down for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cash: bool,
    /// Money given back, or asked to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refund>,
    /// Money that does not match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
}

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// A problem's code, or the channel's.
    pub code: String,
    /// What happened and what to do, for people.
    pub detail: String,
    /// The field that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Another order, as it stands in the way of this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherOrder {
    /// Its number.
    pub order_no: OrderNo,
    /// Its minor units.
    pub amount: i64,
}

impl From<&Order> for Hint {
    fn from(order: &Order) -> Self {
        let last = order.last_attempt();
        Self {
            version: order.version,
            state: order.state.clone(),
            attempt: last.map_or(AttemptNo::FIRST, |attempt| attempt.attempt),
            attempt_at: last.and_then(|attempt| attempt.sent_at).unwrap_or(order.created_at),
            mismatch: order.mismatch,
            refusal: order.refusal.clone(),
            none_yet: last.is_none(),
            attempt_refusal: last.and_then(|attempt| attempt.refusal.clone()),
            cash: order.payments.iter().any(|payment| payment.channel == CASH_CHANNEL),
            refunds: order.refunds.clone(),
            mismatches: order.mismatches.clone(),
        }
    }
}

impl From<&Order> for OtherOrder {
    fn from(order: &Order) -> Self {
        Self { order_no: order.order_no.clone(), amount: order.amount }
    }
}

impl From<&Problem> for Refused {
    fn from(problem: &Problem) -> Self {
        Self { code: problem.code.to_string(), detail: problem.detail.clone(), field: problem.field.clone() }
    }
}

impl<P> Fact<P> {
    fn with_proofs<Q, E>(self, mut proof: impl FnMut(P) -> Result<Q, E>) -> Result<Fact<Q>, E> {
        Ok(match self {
            Self::RungUp { order } => Fact::RungUp { order },
            Self::Wanted { call } => Fact::Wanted { call },
            Self::Released => Fact::Released,
            Self::Calling { call } => Fact::Calling { call },
            Self::NotSent { call } => Fact::NotSent { call },
            Self::Told { answers, hint, proofs } => {
                let proofs = proofs.into_iter().map(&mut proof).collect::<Result<_, E>>()?;
                Fact::Told { answers, hint, proofs }
            }
            Self::Refused { call, why, other, again_at } => Fact::Refused { call, why, other, again_at },
            Self::CashTaken { attempt, staff } => Fact::CashTaken { attempt, staff },
            Self::NotCharged => Fact::NotCharged,
            Self::RefundAsked { refund_no, refund, staff } => Fact::RefundAsked { refund_no, refund, staff },
            Self::Decided { refund_no, approve, reason } => Fact::Decided { refund_no, approve, reason },
            Self::Accepted { channel, transaction_id } => Fact::Accepted { channel, transaction_id },
            Self::Missing => Fact::Missing,
            Self::Dropped { reason } => Fact::Dropped { reason },
        })
    }
}

impl Fact<Jws> {
    /// Verifies the statements of a fact that was read from the journal with the merchant's keys, newest first.
    ///
    /// # Errors
    /// If one is not the merchant's.
    pub fn verified(self, keys: &[TrustedKeys]) -> Result<Fact<Checked>, StatementError> {
        self.with_proofs(|jws| {
            let mut refused = StatementError::OtherMerchant;
            for keys in keys {
                match keys.check(&jws) {
                    Ok(proof) => return Ok(proof),
                    Err(error) => refused = error,
                }
            }
            Err(refused)
        })
    }
}

impl Fact<Checked> {
    /// The fact as the journal keeps it.
    pub fn stored(&self) -> Fact<Jws> {
        let text = |proof: Checked| -> Result<Jws, std::convert::Infallible> { Ok(jws_of(&proof).clone()) };
        match self.clone().with_proofs(text) {
            Ok(fact) => fact,
            Err(never) => match never {},
        }
    }
}

/// The signed text of a verified statement.
pub(crate) fn jws_of(proof: &Checked) -> &Jws {
    match proof {
        Checked::Code(code) => code.jws(),
        Checked::Paid(receipt) => receipt.jws(),
        Checked::Refunded(receipt) => receipt.jws(),
        Checked::Closed(proof) => proof.jws(),
    }
}
