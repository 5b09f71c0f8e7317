//! Notifications of payments and refunds: verified over its raw bytes, then opened (WeChat Pay protocol B.6, B.9).

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    JsonError, Untrusted, Verified, json, open_enum::open_enum, refund::RefundNotice, time,
    transaction::Transaction, trust::Claim,
};
use crate::{
    aead::{ALGORITHM, Apiv3Key, OpenError},
    keys::Verifier,
};

/// Longest notification that is read, in bytes: the longest ciphertext documented, and the envelope around it.
pub const NOTIFICATION_BYTES_MAX: usize = 1_048_576 + 16 * 1024;

/// What comes by post: unsealed outside, sealed inside (WeChat Pay protocol B.6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The notification's own id; the same in each repetition.
    pub id: String,
    /// When it was made.
    #[serde(with = "time")]
    pub create_time: Timestamp,
    /// What happened.
    pub event_type: EventType,
    /// Always `encrypt-resource`.
    pub resource_type: ResourceType,
    /// The event for people.
    pub summary: String,
    /// What it is about, sealed.
    pub resource: Resource,
}

open_enum! {
    /// What a notification tells (WeChat Pay protocol B.6.1).
    pub enum EventType {
        /// An order was paid; the only event of an order that is notified.
        TransactionSuccess = "TRANSACTION.SUCCESS",
        /// A refund was given back.
        RefundSuccess = "REFUND.SUCCESS",
        /// A refund cannot be taken by the customer's account.
        RefundAbnormal = "REFUND.ABNORMAL",
        /// A refund was closed.
        RefundClosed = "REFUND.CLOSED",
    }
}

impl EventType {
    /// Whether it is about a refund (WeChat Pay protocol B.9).
    #[must_use]
    pub fn is_refund(&self) -> bool {
        matches!(self, Self::RefundSuccess | Self::RefundAbnormal | Self::RefundClosed)
    }
}

open_enum! {
    /// How a notification's resource is given (WeChat Pay protocol B.6.1).
    pub enum ResourceType {
        /// Encrypted.
        EncryptResource = "encrypt-resource",
    }
}

/// The sealed part of a notification (WeChat Pay protocol B.6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// What is inside: `transaction` for a payment, `refund` for a refund.
    pub original_type: String,
    /// Always `AEAD_AES_256_GCM`.
    pub algorithm: String,
    /// Base64 of the encrypted text and its tag.
    pub ciphertext: String,
    /// What the seal also covers; may be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub associated_data: Option<String>,
    /// The seal's nonce, 12 bytes.
    pub nonce: String,
}

/// What a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An order was paid.
    Payment(Box<Verified<Transaction>>),
    /// A refund ended, or cannot go on.
    Refund(Box<Verified<RefundNotice>>),
}

/// Verifies a notification and opens what it is about.
///
/// `headers` and `body` are exactly what came: any re-writing of the body breaks the signature. Nothing is concluded
/// from the body before it is verified. What is inside is still to be compared with the order or the refund: merchant,
/// app, amount, currency, state (WeChat Pay protocol B.6.2).
///
/// # Errors
/// When it is not verifiably WeChat Pay's, is about something else, or does not open.
/// [`NotificationError::answer`] says what to answer.
pub fn read(
    headers: &HeaderMap,
    body: &Bytes,
    now: Timestamp,
    keys: &dyn Verifier,
    apiv3_key: &Apiv3Key,
) -> Result<Notice, NotificationError> {
    let verified = verify(headers, body, now, keys)?;
    if verified.value().event_type.is_refund() {
        open_refund(&verified, apiv3_key).map(|refund| Notice::Refund(Box::new(refund)))
    } else {
        open_payment(&verified, apiv3_key).map(|payment| Notice::Payment(Box::new(payment)))
    }
}

/// Verifies a notification of any kind, and reads its envelope.
///
/// # Errors
/// When it is not verifiably WeChat Pay's, or malformed.
pub fn verify(
    headers: &HeaderMap,
    body: &Bytes,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Envelope>, NotificationError> {
    if body.len() > NOTIFICATION_BYTES_MAX {
        return Err(NotificationError::TooLarge { bytes: body.len() });
    }
    let evidence = Claim::read(headers, body, now)?.verify(keys)?;
    let envelope = json::from_slice(evidence.body()).map_err(NotificationError::Malformed)?;
    Ok(Verified::new(envelope, evidence))
}

/// Opens the transaction in a verified payment notification. When the APIv3 key was changed not long ago, the former
/// one may be tried if the present one does not open it (WeChat Pay protocol E.1).
///
/// # Errors
/// When it is about something else than a payment, sealed by another algorithm, does not open, or holds something else.
pub fn open_payment(
    notification: &Verified<Envelope>,
    apiv3_key: &Apiv3Key,
) -> Result<Verified<Transaction>, NotificationError> {
    let is_event = |event: &EventType| *event == EventType::TransactionSuccess;
    open(notification, apiv3_key, is_event, "transaction")
}

/// Opens the refund in a verified refund notification (WeChat Pay protocol B.9).
///
/// # Errors
/// When it is about something else than a refund, sealed by another algorithm, does not open, or holds something else.
pub fn open_refund(
    notification: &Verified<Envelope>,
    apiv3_key: &Apiv3Key,
) -> Result<Verified<RefundNotice>, NotificationError> {
    open(notification, apiv3_key, EventType::is_refund, "refund")
}

fn open<T: DeserializeOwned>(
    notification: &Verified<Envelope>,
    apiv3_key: &Apiv3Key,
    is_event: impl Fn(&EventType) -> bool,
    original_type: &str,
) -> Result<Verified<T>, NotificationError> {
    let envelope = notification.value();
    let resource = &envelope.resource;
    for (field, found, is_expected) in [
        ("event_type", envelope.event_type.as_str(), is_event(&envelope.event_type)),
        (
            "resource_type",
            envelope.resource_type.as_str(),
            envelope.resource_type == ResourceType::EncryptResource,
        ),
        ("resource.original_type", resource.original_type.as_str(), resource.original_type == original_type),
        ("resource.algorithm", resource.algorithm.as_str(), resource.algorithm == ALGORITHM),
    ] {
        if !is_expected {
            return Err(NotificationError::OtherKind {
                field,
                found: found.chars().filter(|c| !c.is_control()).take(64).collect(),
            });
        }
    }
    let opened = apiv3_key
        .open(&resource.nonce, resource.associated_data.as_deref().unwrap_or_default(), &resource.ciphertext)
        .map_err(NotificationError::Sealed)?;
    let opened = Zeroizing::new(opened);
    let inside = json::from_slice(&opened).map_err(NotificationError::MalformedInside)?;
    Ok(Verified::new(inside, notification.evidence().clone()))
}

/// What to answer a notification that was taken in and made durable: 204, within 5 seconds (WeChat Pay protocol B.6.3).
#[must_use]
pub fn accepted() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// Why a notification is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotificationError {
    /// Longer than [`NOTIFICATION_BYTES_MAX`].
    #[error("the notification has {bytes} bytes, more than {NOTIFICATION_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Not signed, not in time, or not by a key of WeChat Pay's.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// Signed, but the envelope is not of the documented shape.
    #[error("the signed notification is malformed at {0}")]
    Malformed(JsonError),
    /// Signed, but not a sealed payment or refund.
    #[error("the notification is about something else: {field} is \"{found}\"")]
    OtherKind {
        /// The field that says so.
        field: &'static str,
        /// What it says.
        found: String,
    },
    /// Signed, but it does not open: most often the APIv3 key was changed at WeChat Pay and not here. Alarm.
    #[error("the notification does not open: {0}")]
    Sealed(OpenError),
    /// Opened, but what is inside is not of the documented shape.
    #[error("what is in the notification is malformed at {0}")]
    MalformedInside(JsonError),
}

impl NotificationError {
    /// What to answer, so that WeChat Pay sends the notification again: 401 where the signature is wrong, for a
    /// signature probe too, else 500 (WeChat Pay protocol B.6.2, J).
    #[must_use]
    pub fn answer(&self) -> Response<Bytes> {
        let (status, body) = match self {
            Self::TooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, r#"{"code":"FAIL","message":"too large"}"#)
            }
            Self::Untrusted(_) => {
                (StatusCode::UNAUTHORIZED, r#"{"code":"FAIL","message":"signature refused"}"#)
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, r#"{"code":"FAIL","message":"cannot be read"}"#),
        };
        let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
        *answer.status_mut() = status;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
    }
}
