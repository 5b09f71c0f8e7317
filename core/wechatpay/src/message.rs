//! The texts that are signed on the way to and from WeChat Pay, and the headers that carry the signatures.
//!
//! Both ends use them: a merchant signs [`request_text`] and verifies [`answer_text`], WeChat Pay (or its double) the
//! other way round.

use std::fmt;

use http::{HeaderName, HeaderValue};
use thiserror::Error;

/// The only signature scheme of API v3 used here (WeChat Pay protocol A.4.3).
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// How many seconds a signature's timestamp may lie off the reader's clock; at this many it is refused (A.5.3).
pub const CLOCK_WINDOW_SECONDS: u64 = 300;

/// `Wechatpay-Timestamp`: Unix seconds at which the sender signed.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("wechatpay-timestamp");
/// `Wechatpay-Nonce`: the random text that went into the signature.
pub const NONCE: HeaderName = HeaderName::from_static("wechatpay-nonce");
/// `Wechatpay-Signature`: Base64 of the signature.
pub const SIGNATURE: HeaderName = HeaderName::from_static("wechatpay-signature");
/// `Wechatpay-Serial`: which of WeChat Pay's keys signed; in a request, which one the merchant can verify with.
pub const SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");
/// `Wechatpay-Signature-Type`: always [`SCHEME`].
pub const SIGNATURE_TYPE: HeaderName = HeaderName::from_static("wechatpay-signature-type");
/// `Request-ID`: WeChat Pay's name for one exchange, wanted by its support.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// What a merchant signs to make a request (WeChat Pay protocol A.4.1): five lines, each ended by one line feed.
///
/// `path_and_query` is what goes on the wire, percent-encoded, without scheme and host. `timestamp` is in Unix
/// seconds. `body` is every byte that is sent, empty for a request without one.
#[must_use]
pub fn request_text(method: &str, path_and_query: &str, timestamp: i64, nonce: &str, body: &[u8]) -> Vec<u8> {
    let timestamp = timestamp.to_string();
    lines([method.as_bytes(), path_and_query.as_bytes(), timestamp.as_bytes(), nonce.as_bytes(), body])
}

/// What WeChat Pay signs to answer or to notify (WeChat Pay protocol A.5.1): three lines, each ended by one line feed.
///
/// `timestamp` and `nonce` are the header values as received, `body` the raw bytes before any parsing; it is empty for
/// 204.
#[must_use]
pub fn answer_text(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    lines([timestamp.as_bytes(), nonce.as_bytes(), body])
}

fn lines<const N: usize>(parts: [&[u8]; N]) -> Vec<u8> {
    let mut text = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts {
        text.extend_from_slice(part);
        text.push(b'\n');
    }
    text
}

/// The `Authorization` header of a v3 request (WeChat Pay protocol A.4.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The caller's merchant number.
    pub mchid: String,
    /// The nonce that was signed.
    pub nonce_str: String,
    /// Unix seconds at which the request was signed.
    pub timestamp: i64,
    /// Serial number of the merchant's API certificate.
    pub serial_no: String,
    /// Base64 of the signature over [`request_text`].
    pub signature: String,
}

/// Longest `Authorization` header read; a real one has about 550 bytes.
const AUTHORIZATION_BYTES_MAX: usize = 4096;

impl Authorization {
    /// Writes the header's value, marked as sensitive so that it stays out of debug output.
    ///
    /// # Errors
    /// When a value holds a character that the header cannot carry (a quote, a backslash, a control or non-ASCII one).
    pub fn build(
        mchid: &str,
        serial_no: &str,
        nonce: &str,
        timestamp: i64,
        signature_b64: &str,
    ) -> Result<HeaderValue, AuthorizationError> {
        for (name, value) in
            [("mchid", mchid), ("nonce_str", nonce), ("serial_no", serial_no), ("signature", signature_b64)]
        {
            if value.is_empty() || !value.bytes().all(is_plain) {
                return Err(AuthorizationError::Value { name });
            }
        }
        let text = format!(
            "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{timestamp}\",serial_no=\"{serial_no}\",signature=\"{signature_b64}\""
        );
        let mut value = HeaderValue::from_str(&text).expect("only visible ASCII was let through above");
        value.set_sensitive(true);
        Ok(value)
    }

    /// Reads a header's value. The five pairs may come in any order, with blanks around the commas.
    ///
    /// # Errors
    /// When the scheme is another one, a pair is missing, doubled, unknown or malformed, or the whole is too long.
    pub fn parse(value: &str) -> Result<Self, AuthorizationError> {
        if value.len() > AUTHORIZATION_BYTES_MAX {
            return Err(AuthorizationError::TooLong);
        }
        let (scheme, mut rest) = value.split_once(' ').ok_or(AuthorizationError::Scheme)?;
        if scheme != SCHEME {
            return Err(AuthorizationError::Scheme);
        }

        const NAMES: [&str; 5] = ["mchid", "nonce_str", "timestamp", "serial_no", "signature"];
        let mut values: [Option<&str>; 5] = [None; 5];
        loop {
            rest = rest.trim_start_matches(' ');
            let (name, after_name) = rest.split_once("=\"").ok_or(AuthorizationError::Pair)?;
            let place = NAMES.iter().position(|known| *known == name).ok_or(AuthorizationError::Pair)?;
            let (text, after_value) = after_name.split_once('"').ok_or(AuthorizationError::Pair)?;
            let name = NAMES[place];
            if text.is_empty() || !text.bytes().all(is_plain) {
                return Err(AuthorizationError::Value { name });
            }
            if values[place].replace(text).is_some() {
                return Err(AuthorizationError::Doubled { name });
            }
            rest = after_value.trim_matches(' ');
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix(',').ok_or(AuthorizationError::Pair)?;
        }

        let take = |place: usize| values[place].ok_or(AuthorizationError::Missing { name: NAMES[place] });
        Ok(Self {
            mchid: take(0)?.to_owned(),
            nonce_str: take(1)?.to_owned(),
            timestamp: unix_seconds(take(2)?).ok_or(AuthorizationError::Value { name: "timestamp" })?,
            serial_no: take(3)?.to_owned(),
            signature: take(4)?.to_owned(),
        })
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("mchid", &self.mchid)
            .field("nonce_str", &self.nonce_str)
            .field("timestamp", &self.timestamp)
            .field("serial_no", &self.serial_no)
            .field("signature", &"…")
            .finish()
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}

/// Unix seconds written as plain decimal digits, without sign, blanks or fraction.
pub(crate) fn unix_seconds(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Why an `Authorization` header cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthorizationError {
    /// Longer than any real one.
    #[error("the Authorization header is longer than {AUTHORIZATION_BYTES_MAX} bytes")]
    TooLong,
    /// Not [`SCHEME`] followed by a space.
    #[error("the Authorization header does not begin with {SCHEME} and a space")]
    Scheme,
    /// Something that is not `name="value"` with one of the five names.
    #[error(
        "the Authorization header is not mchid, nonce_str, timestamp, serial_no and signature as name=\"value\", joined by commas"
    )]
    Pair,
    /// One of the five is not there.
    #[error("the Authorization header lacks {name}")]
    Missing {
        /// The pair's name.
        name: &'static str,
    },
    /// One of the five is there twice.
    #[error("the Authorization header has {name} twice")]
    Doubled {
        /// The pair's name.
        name: &'static str,
    },
    /// A value is empty or holds characters it must not hold.
    #[error(
        "the value of {name} in the Authorization header is empty or has characters that do not belong there"
    )]
    Value {
        /// The pair's name.
        name: &'static str,
    },
}

#[cfg(test)]
mod tests;
