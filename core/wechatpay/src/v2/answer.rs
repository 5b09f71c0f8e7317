//! Reading an answer: what is not WeChat Pay's is told apart from what WeChat Pay refused, and a field is only believed
//! once the signature over all of them is.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::CONTENT_LENGTH};
use thiserror::Error;

use super::{
    ApiError, CallName, Fields, Merchant, SignType, Signing, Unsigned, ValueError, XmlError,
    xml::{MESSAGE_BYTES_MAX, ROOT},
};
use crate::{
    message::REQUEST_ID,
    v3::{self, Advice},
};

/// A value that WeChat Pay signed with the merchant's API key, with the evidence. Only verification makes one.
pub type Verified<T> = v3::Verified<T, Evidence>;

/// Everything that is needed to verify a signature again later, but the key: the raw body and the algorithm. Keep it with
/// what was concluded from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    body: Bytes,
    sign_type: SignType,
    request_id: Option<String>,
}

impl Evidence {
    pub(super) fn new(body: &Bytes, headers: &HeaderMap, sign_type: SignType) -> Self {
        Self { body: body.clone(), sign_type, request_id: request_id(headers) }
    }

    /// The raw body as it came; it may hold personal values.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn sign_type(&self) -> SignType {
        self.sign_type
    }

    /// `Request-ID`, WeChat Pay's name for the exchange, if it came; it is not signed.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("body_bytes", &self.body.len())
            .field("sign_type", &self.sign_type)
            .field("request_id", &self.request_id)
            .finish()
    }
}

pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    Some(text.chars().take(128).collect())
}

/// Why a call has no verified answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// WeChat Pay refused.
    #[error("{0}")]
    Refused(Box<ApiError>),
    /// A status that WeChat Pay does not answer v2 calls with: a gateway before it, or a redirect. Redirects are never
    /// followed.
    #[error("the answer has the unexpected HTTP status {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// Shorter or longer than its `Content-Length` says: the connection broke.
    #[error("the answer has {bytes} bytes instead of the announced {announced}")]
    Truncated {
        /// What came.
        bytes: usize,
        /// What `Content-Length` said.
        announced: u64,
    },
    /// No message of API v2: a captive portal or a proxy, a cut, or an attempt to deceive.
    #[error("the answer is not WeChat Pay's: {0}")]
    Xml(#[from] XmlError),
    /// Not signed with the merchant's key.
    #[error("the answer cannot be believed: {0}")]
    Untrusted(#[from] Unsigned),
    /// Signed, but a field is not as documented; or `return_code`, without which nothing can be concluded.
    #[error("the answer is malformed at {0}")]
    Malformed(#[from] ValueError),
    /// Signed, but about another merchant or order than the one asked about: an answer that was put in the place of
    /// another.
    #[error("the answer is about another merchant or order: {field} differs")]
    OtherOrder {
        /// The field that differs from the question.
        field: &'static str,
    },
}

impl CallError {
    /// What to do now, after this call.
    ///
    /// Whatever is not WeChat Pay's own word leaves the outcome open; since every call but one is idempotent by its
    /// number, the same call is simply made again. A payment code is never sent twice (WeChat Pay protocol C.9.1).
    #[must_use]
    pub fn advice(&self, call: CallName) -> Advice {
        match self {
            Self::Refused(error) => error.advice(),
            _ if call == CallName::Micropay => Advice::QueryFirst,
            Self::Malformed(_) | Self::OtherOrder { .. } if !call.only_asks() => Advice::QueryFirst,
            _ => Advice::RetrySame,
        }
    }
}

/// Reads the answer to a call that WeChat Pay answers with a message: transport, signature, business, in this order (C.1).
pub(super) fn read<T>(
    call: CallName,
    merchant: &Merchant,
    response: &Response<Bytes>,
    signing: &Signing,
    read: impl FnOnce(&Fields<'_>) -> Result<T, CallError>,
) -> Result<Verified<T>, CallError> {
    check_whole(response)?;
    let fields = Fields::read(ROOT, response.body())?;
    check_return_code(call, &fields, response.headers())?;
    signing.verify(&fields)?;
    if let Some(field) = merchant.differs(&fields) {
        return Err(CallError::OtherOrder { field });
    }
    match fields.required("result_code")? {
        "SUCCESS" => {}
        "FAIL" => {
            return Err(CallError::Refused(Box::new(ApiError::of_result(call, &fields, response.headers()))));
        }
        _ => return Err(ValueError::new("result_code", "must be SUCCESS or FAIL").into()),
    }
    let value = read(&fields)?;
    Ok(Verified::new(value, Evidence::new(response.body(), response.headers(), signing.sign_type)))
}

/// Status and size, before anything is read.
pub(super) fn check_whole(response: &Response<Bytes>) -> Result<(), CallError> {
    let bytes = response.body().len();
    if bytes > MESSAGE_BYTES_MAX {
        return Err(XmlError::TooLarge { bytes }.into());
    }
    let announced =
        response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(announced) = announced
        && u64::try_from(bytes).ok() != Some(announced)
    {
        return Err(CallError::Truncated { bytes, announced });
    }
    match response.status() {
        StatusCode::OK => Ok(()),
        status => Err(CallError::Status { status }),
    }
}

/// The first layer: `FAIL` comes without signature, and says nothing of the order (C.1).
pub(super) fn check_return_code(
    call: CallName,
    fields: &Fields<'_>,
    headers: &HeaderMap,
) -> Result<(), CallError> {
    match fields.required("return_code")? {
        "SUCCESS" => Ok(()),
        "FAIL" => Err(CallError::Refused(Box::new(ApiError::of_return(call, fields, headers)))),
        _ => Err(ValueError::new("return_code", "must be SUCCESS or FAIL").into()),
    }
}
