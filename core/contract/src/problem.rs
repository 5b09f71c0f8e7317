//! What a backend says when it does not do what was asked: RFC 9457 problems with a stable code.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Order, Time};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

open_enum! {
    /// What is wrong, for programs. The table of statuses and of what may be repeated is [`ProblemCode::status`] and
    /// [`ProblemCode::retryable`].
    ProblemCode {
        /// The body, a field, a path part or a query parameter is wrong; `field` names it.
        BadRequest = "bad_request",
        /// The body is larger than allowed.
        BodyTooLarge = "body_too_large",
        /// No such path, or nothing of that name that this device may see.
        NotFound = "not_found",
        /// The request's signature is missing or wrong.
        SignatureInvalid = "signature_invalid",
        /// The device is not paired here.
        DeviceUnknown = "device_unknown",
        /// The device was revoked; pair it again.
        DeviceRevoked = "device_revoked",
        /// The request's time is off by more than five minutes; `server_time` says the right one.
        ClockSkew = "clock_skew",
        /// The device's journal fell back or forked, as in a cloned or restored phone; pair it again.
        JournalForked = "journal_forked",
        /// The device's role does not allow this.
        Forbidden = "forbidden",
        /// The person is not signed in on this device, or no longer: sign in.
        SessionEnded = "session_ended",
        /// The merchant wants a person signed in for this.
        SignInRequired = "sign_in_required",
        /// The PIN is wrong, or there is no such person here; `tries_left` says how often it may be tried at once.
        PinWrong = "pin_wrong",
        /// Too many wrong PINs; wait as `retry_after_s` says.
        PinLocked = "pin_locked",
        /// The id stands for another person, or for one who was removed.
        PersonExists = "person_exists",
        /// A rule that guards the merchant's money refuses this; `rule` names it.
        Rule = "rule",
        /// A rule or the role wants a manager for this: one who signs in here, or says yes elsewhere. `rule` names the rule.
        NeedsManager = "needs_manager",
        /// The number was used with other bytes; `order` is the one it stands for.
        OtherBytes = "other_bytes",
        /// The business key is open under another number; `order` is that one.
        BusinessKeyOpen = "business_key_open",
        /// The attempt is not the order's last; `order` is as it is now.
        NotLastAttempt = "not_last_attempt",
        /// The order had its ninety-nine attempts.
        AttemptsExhausted = "attempts_exhausted",
        /// The order was cancelled or refused and takes no new attempt.
        OrderEnded = "order_ended",
        /// The order is paid.
        OrderPaid = "order_paid",
        /// Money came that does not match: the order is frozen until a person has looked.
        OrderFrozen = "order_frozen",
        /// The code before cannot be closed yet, so this one was not charged: wait as `retry_after_s` says and scan anew, or take cash.
        AttemptClosing = "attempt_closing",
        /// The merchant's account does not offer this way to pay.
        MethodUnavailable = "method_unavailable",
        /// The order has no such payment.
        PaymentUnknown = "payment_unknown",
        /// More is to be given back than is left of the payment.
        RefundOverRest = "refund_over_rest",
        /// The order's money was given back in as many parts as the channel allows.
        RefundPartsExhausted = "refund_parts_exhausted",
        /// The payment is older than the channel gives back.
        RefundTooOld = "refund_too_old",
        /// The refund was decided otherwise, or does not wait for a decision.
        RefundDecided = "refund_decided",
        /// The refund is not abnormal: there is nothing for a person to see to.
        RefundNotAbnormal = "refund_not_abnormal",
        /// The device has too many open orders.
        TooManyOpenOrders = "too_many_open_orders",
        /// Too many requests; wait as `retry_after_s` says.
        RateLimited = "rate_limited",
        /// The cursor is of another scope or of an older life of the ledger: start again without one.
        Resync = "resync",
        /// The pairing secret is unknown, used by another device, or has ended.
        PairingRefused = "pairing_refused",
        /// This cannot be done now, such as while stopping or with a full disk; the same request may be repeated.
        Unavailable = "unavailable",
        /// A mistake of the backend's own.
        Internal = "internal",
    }
}

impl ProblemCode {
    /// The HTTP status that goes with the code.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::SignatureInvalid
            | Self::DeviceUnknown
            | Self::DeviceRevoked
            | Self::ClockSkew
            | Self::SessionEnded => 401,
            Self::Forbidden
            | Self::JournalForked
            | Self::PairingRefused
            | Self::SignInRequired
            | Self::PinWrong
            | Self::Rule
            | Self::NeedsManager => 403,
            Self::NotFound => 404,
            Self::OtherBytes
            | Self::BusinessKeyOpen
            | Self::NotLastAttempt
            | Self::AttemptsExhausted
            | Self::OrderEnded
            | Self::OrderPaid
            | Self::OrderFrozen
            | Self::PersonExists
            | Self::AttemptClosing
            | Self::MethodUnavailable
            | Self::PaymentUnknown
            | Self::RefundOverRest
            | Self::RefundPartsExhausted
            | Self::RefundTooOld
            | Self::RefundDecided
            | Self::RefundNotAbnormal => 409,
            Self::Resync => 410,
            Self::BodyTooLarge => 413,
            Self::TooManyOpenOrders | Self::RateLimited | Self::PinLocked => 429,
            Self::Unavailable => 503,
            Self::Internal | Self::Unknown(_) => 500,
        }
    }

    /// Whether the very same request may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::ClockSkew
                | Self::TooManyOpenOrders
                | Self::RateLimited
                | Self::PinLocked
                | Self::Unavailable
                | Self::Internal
        )
    }

    fn title(&self) -> &'static str {
        match self {
            Self::BadRequest => "The request is wrong",
            Self::BodyTooLarge => "The body is too large",
            Self::NotFound => "Not found",
            Self::SignatureInvalid => "The signature is missing or wrong",
            Self::DeviceUnknown => "This device is not paired",
            Self::DeviceRevoked => "This device was revoked",
            Self::ClockSkew => "The clock is off",
            Self::JournalForked => "This device's journal does not continue the one known",
            Self::Forbidden => "Not allowed for this device",
            Self::SessionEnded => "Sign in again",
            Self::SignInRequired => "Sign in first",
            Self::PinWrong => "The PIN is wrong",
            Self::PinLocked => "Too many wrong PINs",
            Self::PersonExists => "The id stands for another person",
            Self::Rule => "A rule of the merchant's refuses this",
            Self::NeedsManager => "A manager is needed",
            Self::OtherBytes => "The number was used for another order",
            Self::BusinessKeyOpen => "Another order is open for the same thing",
            Self::NotLastAttempt => "Not the last attempt",
            Self::AttemptsExhausted => "No attempts left",
            Self::OrderEnded => "The order has ended",
            Self::OrderPaid => "The order is paid",
            Self::OrderFrozen => "The order is frozen",
            Self::AttemptClosing => "The code before cannot be closed yet",
            Self::MethodUnavailable => "This way to pay is not offered",
            Self::PaymentUnknown => "No such payment",
            Self::RefundOverRest => "More than is left of the payment",
            Self::RefundPartsExhausted => "Too many parts",
            Self::RefundTooOld => "The payment is too old",
            Self::RefundDecided => "The refund was decided otherwise",
            Self::RefundNotAbnormal => "The refund is not abnormal",
            Self::TooManyOpenOrders => "Too many open orders",
            Self::RateLimited => "Too many requests",
            Self::Resync => "Start again without a cursor",
            Self::PairingRefused => "The pairing link is not valid",
            Self::Unavailable => "Not available now",
            Self::Internal => "A mistake of the backend",
            Self::Unknown(_) => "Unknown problem",
        }
    }
}

/// A problem as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:saoma:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// For programs.
    pub code: ProblemCode,
    /// What happened, to what, and what to do.
    pub detail: String,
    /// Whether the very same request may succeed later.
    pub retryable: bool,
    /// The field that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The order as it is, for a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<Order>>,
    /// The server's time, for `clock_skew`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<Time>,
    /// How long to wait, in seconds; the same as the header Retry-After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// How many more wrong PINs are taken before a wait, for `pin_wrong`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
    /// Which rule it was, for `rule` and `needs_manager`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl Problem {
    /// A problem of this code; the status and the rest follow from it.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:saoma:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            retryable: code.retryable(),
            code,
            detail: detail.into(),
            field: None,
            order: None,
            server_time: None,
            retry_after_s: None,
            tries_left: None,
            rule: None,
        }
    }

    /// Names the field that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds the order as it is.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = Some(Box::new(order));
        self
    }

    /// Adds the server's time.
    #[must_use]
    pub fn server_time(mut self, time: Time) -> Self {
        self.server_time = Some(time);
        self
    }

    /// The server's time, if the request was refused for its own.
    pub fn time_wanted(&self) -> Option<Time> {
        self.server_time.filter(|_| self.code == ProblemCode::ClockSkew)
    }

    /// Says how long to wait.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Says how many more wrong PINs are taken.
    #[must_use]
    pub fn tries_left(mut self, tries: u32) -> Self {
        self.tries_left = Some(tries);
        self
    }

    /// Names the rule.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }
}

impl From<crate::FieldError> for Problem {
    fn from(error: crate::FieldError) -> Self {
        Self::new(ProblemCode::BadRequest, error.to_string()).field(error.field)
    }
}
