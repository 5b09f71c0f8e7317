//! What WeChat Pay signed, and the proof of it: the checks of WeChat Pay protocol A.5.3, in their order.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use thiserror::Error;

use crate::{
    keys::{Verifier, VerifyError},
    message::{self, CLOCK_WINDOW_SECONDS, NONCE, REQUEST_ID, SERIAL, SIGNATURE, SIGNATURE_TYPE, TIMESTAMP},
};

/// How the wrong signatures begin that WeChat Pay sends on purpose, to see whether a merchant verifies. They are
/// refused like any other wrong one; the prefix only labels the log entry (WeChat Pay protocol A.5.4).
pub const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";

/// Longest header value read; a signature of a 4096-bit key has 684 characters.
const HEADER_CHARS_MAX: usize = 1024;

/// A value that WeChat Pay signed, with the evidence. Only verification makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified<T, E = Evidence> {
    value: T,
    evidence: E,
}

impl<T, E> Verified<T, E> {
    pub(crate) fn new(value: T, evidence: E) -> Self {
        Self { value, evidence }
    }

    /// What was said.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The proof that WeChat Pay said it.
    pub fn evidence(&self) -> &E {
        &self.evidence
    }

    /// Both, apart.
    pub fn into_parts(self) -> (T, E) {
        (self.value, self.evidence)
    }
}

impl<T: fmt::Debug, E: fmt::Debug> fmt::Debug for Verified<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("value", &self.value).field("evidence", &self.evidence).finish()
    }
}

/// Everything that is needed to verify a signature again later: the raw body, the signed headers and the key's serial.
/// Keep it with what was concluded from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    body: Bytes,
    timestamp: String,
    nonce: String,
    signature: String,
    serial: String,
    request_id: Option<String>,
}

impl Evidence {
    /// The raw body as it came; it may hold personal values. Empty for 204.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// `Wechatpay-Timestamp` as it came: Unix seconds.
    #[must_use]
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// `Wechatpay-Nonce` as it came.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// `Wechatpay-Signature` as it came: Base64.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// `Wechatpay-Serial` as it came: the key that signed.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// `Request-ID`, WeChat Pay's name for the exchange, if it came; it is not signed.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The text that was signed.
    #[must_use]
    pub fn signed_text(&self) -> Vec<u8> {
        message::answer_text(&self.timestamp, &self.nonce, &self.body)
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("body_bytes", &self.body.len())
            .field("timestamp", &self.timestamp)
            .field("nonce", &self.nonce)
            .field("serial", &self.serial)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Why a message is not taken as WeChat Pay's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Untrusted {
    /// A signature header is missing or empty.
    #[error("the header {name} is missing: not signed by WeChat Pay")]
    MissingHeader {
        /// The header's name.
        name: HeaderName,
    },
    /// A signature header is there twice, too long, or holds what it cannot hold.
    #[error("the header {name} is malformed")]
    MalformedHeader {
        /// The header's name.
        name: HeaderName,
    },
    /// Signed by another scheme than the one used here.
    #[error("the signature type is not {}", message::SCHEME)]
    SignatureType,
    /// Signed too long ago, or in the future.
    #[error("signed {seconds_off} s away from this clock; {CLOCK_WINDOW_SECONDS} s or more are refused")]
    Stale {
        /// Signature's time minus this clock's.
        seconds_off: i64,
    },
    /// Signed by a key that is not known. In certificate mode, fetch the certificates anew (at a limited rate) and
    /// read once more.
    #[error("signed by the unknown key {serial}")]
    UnknownSerial {
        /// The serial named.
        serial: String,
    },
    /// Signed by a certificate whose time is over. Fetch the certificates anew, as for an unknown one.
    #[error("signed by the certificate {serial}, whose time is over")]
    ExpiredKey {
        /// The serial named.
        serial: String,
    },
    /// The signature is wrong.
    #[error("the signature is not WeChat Pay's{}", if *.is_probe { " (a signature probe)" } else { "" })]
    Signature {
        /// Whether it looks like one of WeChat Pay's deliberate probes; for the log only.
        is_probe: bool,
    },
}

/// The signed parts of a message, complete and timely but not verified yet.
pub(super) struct Claim {
    evidence: Evidence,
    at: Timestamp,
}

impl Claim {
    /// Steps 1 and 2 of A.5.3: all headers are there, and the time is near enough.
    pub(super) fn read(headers: &HeaderMap, body: &Bytes, now: Timestamp) -> Result<Self, Untrusted> {
        let evidence = Evidence {
            timestamp: required(headers, &TIMESTAMP)?,
            nonce: required(headers, &NONCE)?,
            signature: required(headers, &SIGNATURE)?,
            serial: required(headers, &SERIAL)?,
            request_id: optional(headers, &REQUEST_ID).ok().flatten(),
            body: body.clone(),
        };
        if optional(headers, &SIGNATURE_TYPE)?.is_some_and(|scheme| scheme != message::SCHEME) {
            return Err(Untrusted::SignatureType);
        }
        let malformed = || Untrusted::MalformedHeader { name: TIMESTAMP };
        let signed_at = message::unix_seconds(&evidence.timestamp).ok_or_else(malformed)?;
        let seconds_off = signed_at.checked_sub(now.as_second()).ok_or_else(malformed)?;
        if seconds_off.unsigned_abs() >= CLOCK_WINDOW_SECONDS {
            return Err(Untrusted::Stale { seconds_off });
        }
        Ok(Self { evidence, at: now })
    }

    pub(super) fn serial(&self) -> &str {
        &self.evidence.serial
    }

    /// Steps 3 to 5 of A.5.3: the key by its serial, the signature out of Base64, the signature itself.
    pub(super) fn verify(self, keys: &dyn Verifier) -> Result<Evidence, Untrusted> {
        let Evidence { serial, signature, .. } = &self.evidence;
        let wrong = || Untrusted::Signature { is_probe: signature.starts_with(PROBE_PREFIX) };
        if keys.validity(serial).is_some_and(|validity| validity.is_over(self.at)) {
            return Err(Untrusted::ExpiredKey { serial: serial.clone() });
        }
        // What is not Base64 is checked as no signature at all, so that an unknown serial is still told apart.
        let raw = STANDARD.decode(signature).unwrap_or_default();
        keys.verify(serial, &self.evidence.signed_text(), &raw).map_err(|error| match error {
            VerifyError::UnknownSerial { serial } => Untrusted::UnknownSerial { serial },
            VerifyError::Signature { .. } => wrong(),
        })?;
        Ok(self.evidence)
    }
}

fn required(headers: &HeaderMap, name: &HeaderName) -> Result<String, Untrusted> {
    optional(headers, name)?.ok_or_else(|| Untrusted::MissingHeader { name: name.clone() })
}

/// A header's value, or nothing if it is missing or empty.
fn optional(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Untrusted> {
    let malformed = || Untrusted::MalformedHeader { name: name.clone() };
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() || value.len() > HEADER_CHARS_MAX {
        return Err(malformed());
    }
    let text = value.to_str().map_err(|_| malformed())?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
