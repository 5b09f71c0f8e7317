//! Money back: the calls that ask for it, and what an order says of it.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Amount, Currency, DeviceId, FieldError, RefundNo, RefundReason, StaffId, Time};

/// The most parts in which one order's money is given back (WeChat Pay protocol B.8.5).
pub const REFUND_PARTS_MAX: usize = 50;

/// `PUT /v1/orders/{order_no}/refunds/{refund_no}`: gives a payment back, wholly or in part. The same number with the same
/// body answers the same order again; with another body it is a conflict (`other_bytes`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRefund {
    /// The payment's channel, such as `wechatpay` or `cash`.
    pub channel: String,
    /// The payment's number at its channel.
    pub transaction_id: String,
    /// Minor units to give back, more than zero and at most what is left of the payment.
    pub amount: i64,
    /// Their currency: the payment's.
    pub currency: Currency,
    /// Why. The customer reads it in the channel's message.
    pub reason: RefundReason,
}

impl NewRefund {
    /// Checks what the types alone cannot: the amount.
    ///
    /// # Errors
    /// Names the field.
    pub fn check(&self) -> Result<(), FieldError> {
        Amount::from_minor(self.amount, self.currency).map_err(|error| FieldError::new("amount", error))?;
        Ok(())
    }
}

/// `POST …/refunds/{refund_no}/decide`: a manager says yes or no to a refund that waits as `requested`. Saying the same
/// again answers the order as it is; saying otherwise is a conflict (`refund_decided`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecideRefund {
    /// Yes or no.
    pub approve: bool,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefundReason>,
}

/// `POST …/refunds/{refund_no}/to-merchant`: a manager has an `abnormal` refund paid to the merchant's own bank account, to give
/// the money to the customer in another way. Saying it again answers the order as it is. Where the channel has no such call it
/// is refused (`method_unavailable`), and a person sees to it on the channel's own pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundToMerchant {}

/// `POST …/payments/{transaction_id}/accept`: a manager keeps late money. Giving it back instead is a refund of the whole
/// rest of that payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptPayment {
    /// The payment's channel; with the number in the path it is the payment's key.
    pub channel: String,
}

/// Money given back, or asked to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refund {
    /// Its number, here and at the channel.
    pub refund_no: RefundNo,
    /// The payment's channel.
    pub channel: String,
    /// The payment's number at its channel.
    pub transaction_id: String,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// Why.
    pub reason: RefundReason,
    /// Where it stands.
    pub state: RefundState,
    /// When the backend first saw it.
    pub requested_at: Time,
    /// The device that asked for it; absent when the merchant's own rule for late money did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<DeviceId>,
    /// The person who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// The device on which a manager said yes or no, when it had waited as `requested`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DeviceId>,
    /// The person who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_staff: Option<StaffId>,
    /// While `queued`: it is not sent before this time, because parts of one order keep a minute between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends_at: Option<Time>,
    /// The channel's own number for it, once the channel took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_refund_no: Option<String>,
    /// Since when it is to be paid to the merchant's own bank account, because the customer's cannot take it and a manager said
    /// so. The customer is to be given the money in another way, so it stays `abnormal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_merchant_at: Option<Time>,
    /// When the money was given back, by the channel's time; with `to_merchant_at`, when it was paid to the merchant's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Time>,
    /// What there is to say of its state, for people: why it was declined or refused, where the money went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

open_enum! {
    /// Where a refund stands. It only moves forward: requested → declined or queued → sending → processing → done, closed,
    /// abnormal or refused; abnormal → done or closed when a person has seen to it at the channel.
    RefundState {
        /// Waits for a manager.
        Requested = "requested",
        /// A manager said no.
        Declined = "declined",
        /// Waits for its turn; `sends_at` says until when.
        Queued = "queued",
        /// Being sent, or not known whether the channel took it. It is repeated under the same number.
        Sending = "sending",
        /// The channel took it; the money is on its way.
        Processing = "processing",
        /// The money was given back: proven by the channel, or attested for cash.
        Done = "done",
        /// The channel gave up; the money stays with the merchant. Another try takes a new number.
        Closed = "closed",
        /// The customer's account cannot take it: a person must see to it at the channel, never by a new number.
        Abnormal = "abnormal",
        /// The channel said no, and a question proved that it was never made. Another try takes a new number.
        Refused = "refused",
    }
}

impl RefundState {
    /// Whether its amount counts against what is left of the payment: it was given back, or may still be.
    pub fn holds_money(&self) -> bool {
        !matches!(self, Self::Declined | Self::Closed | Self::Refused)
    }
}

open_enum! {
    /// What becomes of late money.
    LateMoney {
        /// A person must say: accept it, or give it back.
        Ask = "ask",
        /// Kept.
        Accepted = "accepted",
        /// Given back or on its way back, wholly.
        GivenBack = "given_back",
    }
}

/// Money that came and does not match what was asked: it pays nothing, and can be given back like a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mismatch {
    /// Who moved the money.
    pub channel: String,
    /// The channel's own number.
    pub transaction_id: String,
    /// The attempt's number at the channel, as the channel said it.
    pub out_trade_no: String,
    /// Minor units that came.
    pub amount: i64,
    /// Their currency, as the channel wrote it.
    pub currency: String,
    /// What does not match, for people.
    pub reason: String,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
}
