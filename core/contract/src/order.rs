//! The order as the backend tells it. Everything here is a hint to ask or to show; what a till acts on is in the
//! statements.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::open_enum::open_enum;
use crate::{
    AttemptKind, AttemptNo, BusinessKey, Currency, Description, DeviceId, Jws, LateMoney, MerchantId,
    Mismatch, Note, OrderNo, OutTradeNo, Refund, StaffId, StoreId, Time, Version,
};

/// An order with its attempts, payments and newest statements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Its number.
    pub order_no: OrderNo,
    /// How new this is.
    pub version: Version,
    /// For people; computed from attempts and payments.
    pub state: OrderState,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// Who is paid.
    pub merchant: MerchantId,
    /// Where. Absent for a number that was closed before its order came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// The device that rang it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The person who rang it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Minor units asked; 0 for a number that was closed before its order came.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// What the customer reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// What the cashier noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// What may be open only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_key: Option<BusinessKey>,
    /// When the backend first saw it.
    pub created_at: Time,
    /// Tries to have it paid, oldest first.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Money that came for it, oldest first.
    #[serde(default)]
    pub payments: Vec<Payment>,
    /// Money given back or asked to be, oldest first.
    #[serde(default)]
    pub refunds: Vec<Refund>,
    /// Money that came and does not match, oldest first.
    #[serde(default)]
    pub mismatches: Vec<Mismatch>,
    /// Money came that does not match in amount, currency, merchant or app: frozen, a person must look.
    #[serde(default)]
    pub mismatch: bool,
    /// The newest statement of each kind that holds now: `code` while an attempt is open, `paid` for each payment or
    /// `refunded` in its place once a part of it was given back, `closed`. Each is a compact JWS whose header is `alg`
    /// `ES256`, `typ` `saoma-statement` and one of the merchant's keys as `kid`, and whose payload is a `CodeStatement`,
    /// `PaidStatement`, `RefundedStatement` or `ClosedStatement`, as its `kind` says.
    #[serde(default)]
    pub statements: Vec<Jws>,
    /// Why the channel refused it, when the state is `rejected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Fields that this version does not know, kept as they came.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub unknown: Map<String, Value>,
}

open_enum! {
    /// Where an order stands, in a word for people.
    OrderState {
        /// The backend has it and nothing was tried yet: it waits for the customer's payment code to be scanned.
        Ready = "ready",
        /// The backend has it and is opening an attempt, or does not know yet whether it opened.
        Sending = "sending",
        /// A code can be paid.
        Awaiting = "awaiting",
        /// The customer's payment code was sent to be charged; the channel has not said yet what came of it.
        Charging = "charging",
        /// The channel has the charge and the customer is typing a password; for the customer's payment code only.
        Paying = "paying",
        /// Paid, with proof.
        Paid = "paid",
        /// Paid in cash, attested. While an attempt is not proven closed, its code may still be paid too.
        Cash = "cash",
        /// No longer offered; whether it was paid is being asked.
        Closing = "closing",
        /// Not paid and never payable again, with proof.
        Closed = "closed",
        /// The channel refused it; no code was ever made.
        Rejected = "rejected",
    }
}

/// One try to have an order paid at a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// 1 to 99.
    pub attempt: AttemptNo,
    /// Who scans whom.
    #[serde(default)]
    pub kind: AttemptKind,
    /// Its number at the channel.
    pub out_trade_no: OutTradeNo,
    /// Where it stands.
    pub state: AttemptState,
    /// The code to show, once the channel gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// When the backend first sent it to the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Time>,
    /// When the channel was last asked about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Time>,
    /// Why the channel refused it: for a payment code, what is wrong with it. The order goes on; scan again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

open_enum! {
    /// Where an attempt stands. It only moves forward: opening → open or paying → closing → closed, or → paid.
    AttemptState {
        /// Being made at the channel, or not known whether it was.
        Opening = "opening",
        /// Its code can be paid.
        Open = "open",
        /// The customer's payment code was sent to be charged: not yet known whether it was, or a password is being typed.
        Paying = "paying",
        /// Its code is withdrawn; proof is being sought.
        Closing = "closing",
        /// Proven never payable again.
        Closed = "closed",
        /// Proven paid.
        Paid = "paid",
    }
}

/// What is shown to the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Code {
    /// How it is shown.
    pub kind: CodeKind,
    /// The text to put into the code, unchanged.
    pub text: String,
    /// When it ends.
    pub expires_at: Time,
}

open_enum! {
    /// How a code is shown.
    CodeKind {
        /// As a QR code, scanned by the customer.
        Qr = "qr",
    }
}

/// Money that came for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payment {
    /// Who moved the money: `wechatpay`, or `cash`.
    pub channel: String,
    /// The channel's own number; with the channel it is the payment's key. For cash, the order's number.
    pub transaction_id: String,
    /// The attempt it paid; for cash the one whose code the till showed last, 1 if there was none.
    pub attempt: AttemptNo,
    /// How it is known.
    pub proof: PaymentProof,
    /// Minor units that were asked and are owed to the merchant.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Minor units that the customer paid after the channel's discounts, when the channel says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_amount: Option<i64>,
    /// The currency the customer paid in, when the channel says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_currency: Option<Currency>,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
    /// Late money: its proof came after the till had been told closing, closed or expired, or the order was already paid.
    pub late: bool,
    /// What becomes of it; only of late money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_money: Option<LateMoney>,
}

open_enum! {
    /// How a payment is known. The two are never shown in the same words.
    PaymentProof {
        /// By a verified answer or notification of the channel.
        Proven = "proven",
        /// By a person (cash).
        Attested = "attested",
    }
}

/// Why a channel refused an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refusal {
    /// The channel's own code, such as `PARAM_ERROR`.
    pub code: String,
    /// What it means, for people.
    pub detail: String,
}

impl Order {
    /// Its last attempt.
    pub fn last_attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }
}
