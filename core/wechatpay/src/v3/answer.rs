//! Reading an answer: what is not WeChat Pay's is told apart from what WeChat Pay refused, and only a verified body is
//! parsed.

use bytes::Bytes;
use http::{
    HeaderMap, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{
    Advice, ApiError, CallName, JsonError, Untrusted, Verified, json,
    trust::{Claim, Evidence},
};
use crate::{
    aead::OpenError,
    keys::{KeyError, Verifier},
};

/// Longest answer that is read, in bytes; a transport may stop there. Real ones have a few kilobytes.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why a call has no verified answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// WeChat Pay refused, or a gateway before it did. Unsigned: see [`ApiError`].
    #[error("{0}")]
    Refused(Box<ApiError>),
    /// An answer without signature that is not even JSON: a captive portal or a proxy, not WeChat Pay.
    #[error("the answer is not WeChat Pay's: unsigned, and of type {content_type}")]
    NotWechatPay {
        /// `Content-Type` as it came, or `nothing`.
        content_type: String,
    },
    /// A status that WeChat Pay does not answer this call with, such as a redirect. Redirects are never followed.
    #[error("the answer has the unexpected HTTP status {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// Longer than [`ANSWER_BYTES_MAX`].
    #[error("the answer has {bytes} bytes, more than {ANSWER_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Shorter or longer than its `Content-Length` says: the connection broke.
    #[error("the answer has {bytes} bytes instead of the announced {announced}")]
    Truncated {
        /// What came.
        bytes: usize,
        /// What `Content-Length` said.
        announced: u64,
    },
    /// Not signed, not in time, or not by a key of WeChat Pay's.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// Signed, but not of the documented shape.
    #[error("the signed answer is malformed at {0}")]
    Malformed(#[from] JsonError),
    /// Signed, but about another order than the one asked about: an answer that was put in the place of another.
    #[error("the answer is about another order: {field} differs")]
    OtherOrder {
        /// The field that differs from the question.
        field: &'static str,
    },
    /// A platform certificate that does not open: most often the APIv3 key is not the one set at WeChat Pay.
    #[error("the platform certificate {serial_no} does not open: {error}")]
    Sealed {
        /// Which one.
        serial_no: String,
        /// Why.
        error: OpenError,
    },
    /// An opened platform certificate that is none, or not the one announced.
    #[error("the platform certificate {serial_no} is not usable: {error}")]
    Certificate {
        /// Which one.
        serial_no: String,
        /// Why.
        error: KeyError,
    },
}

impl CallError {
    /// What to do now.
    ///
    /// Whatever is not WeChat Pay's own word leaves the outcome open; since every call is idempotent by its number, the
    /// same call is simply made again (WeChat Pay protocol A.5.4, D.5).
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Refused(error) => error.advice(),
            Self::Malformed(_) | Self::OtherOrder { .. } => Advice::QueryFirst,
            Self::Sealed { .. } | Self::Certificate { .. } => Advice::GiveUp,
            Self::NotWechatPay { .. }
            | Self::Status { .. }
            | Self::TooLarge { .. }
            | Self::Truncated { .. }
            | Self::Untrusted(_) => Advice::RetrySame,
        }
    }
}

/// Reads a signed JSON answer to a call that WeChat Pay answers with 200.
pub(super) fn read<T: DeserializeOwned>(
    call: CallName,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<T>, CallError> {
    let evidence = claim(call, response, now)?.verify(keys)?;
    let value = json::from_slice(evidence.body())?;
    Ok(Verified::new(value, evidence))
}

/// Reads a signed answer without content, which WeChat Pay gives with 204.
pub(super) fn read_empty(
    call: CallName,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Evidence, CallError> {
    Ok(claim(call, response, now)?.verify(keys)?)
}

/// Everything before the signature: size, status, and whether there is a signature at all.
pub(super) fn claim(call: CallName, response: &Response<Bytes>, now: Timestamp) -> Result<Claim, CallError> {
    let (status, headers, body) = (response.status(), response.headers(), response.body());
    if body.len() > ANSWER_BYTES_MAX {
        return Err(CallError::TooLarge { bytes: body.len() });
    }
    if let Some(announced) = content_length(headers)
        && u64::try_from(body.len()).ok() != Some(announced)
    {
        return Err(CallError::Truncated { bytes: body.len(), announced });
    }
    match status.as_u16() {
        200 | 204 => {}
        202 | 400..=599 => {
            return Err(CallError::Refused(Box::new(ApiError::read(call, status, headers, body))));
        }
        _ => return Err(CallError::Status { status }),
    }
    Claim::read(headers, body, now).map_err(|error| {
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("nothing");
        let is_json = content_type.contains("json");
        match error {
            Untrusted::MissingHeader { .. } if !is_json && !body.is_empty() => {
                CallError::NotWechatPay { content_type: content_type.chars().take(80).collect() }
            }
            error => error.into(),
        }
    })
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
