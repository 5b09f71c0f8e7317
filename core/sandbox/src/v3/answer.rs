//! The answer as it goes out: signed if it is a success, named by `Request-ID`, spoilt or cut by faults.

use std::{io, sync::Arc};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use jiff::{SignedDuration, fmt::rfc2822};
use saoma_wechatpay::{keys::Signer, message::REQUEST_ID};
use serde_json::Value;

use super::{
    refusal::Refusal,
    signature::{self, Spoilt},
};
use crate::double::Double;

const JSON: &str = "application/json; charset=utf-8";

/// What came of a call.
pub(crate) struct Outcome {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// What follows the last `-` of `Request-ID` (WeChat Pay protocol D.3.2).
    pub(crate) number: u32,
    /// Signs a success. Errors are not signed (A.5.6).
    pub(crate) signer: Option<Arc<dyn Signer>>,
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        let body = Bytes::from(refusal.body());
        Self { status: refusal.status, content_type: JSON, body, number: refusal.number, signer: None }
    }
}

impl Outcome {
    /// A success, signed.
    pub(crate) fn signed(status: StatusCode, body: &Value, signer: Arc<dyn Signer>) -> Self {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        Self { status, content_type: JSON, body, number: 0, signer: Some(signer) }
    }

    /// A file, which is never signed (A.5.6).
    pub(crate) fn file(content_type: &'static str, body: Bytes) -> Self {
        Self { status: StatusCode::OK, content_type, body, number: 0, signer: None }
    }
}

/// How an answer is spoilt on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Way {
    pub(crate) signature: Spoilt,
    pub(crate) date_skew_seconds: i64,
    pub(crate) is_truncated: bool,
}

/// Makes the answer.
pub(crate) fn answer(outcome: Outcome, way: Way, double: &Double) -> Response {
    let Outcome { status, content_type, body, number, signer } = outcome;
    let mut response = headed(status, number, way, double);
    if let Some(signer) = signer.filter(|_| status.is_success()) {
        let now = double.clock.real();
        match signature::headers(&*signer, &body, way.signature, &double.random, now) {
            Ok(signed) => {
                for (name, value) in signed {
                    response.headers_mut().insert(name, visible(&value));
                }
            }
            Err(error) => {
                tracing::error!(%error, "an answer cannot be signed");
                return answer(Refusal::system_error().into(), way, double);
            }
        }
    }
    if status == StatusCode::NO_CONTENT {
        return if way.is_truncated { cut(Bytes::new()) } else { response };
    }
    filled(response, content_type, body, way)
}

/// An answer without a body yet, named by `Request-ID`.
pub(crate) fn headed(status: StatusCode, number: u32, way: Way, double: &Double) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let request_id = format!("08{}-{number}", double.random.hex_upper(48));
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, visible(&request_id));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, must-revalidate"));
    if way.date_skew_seconds != 0 {
        let skewed = double.clock.real().saturating_add(SignedDuration::from_secs(way.date_skew_seconds));
        let date = skewed
            .ok()
            .and_then(|time| rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok());
        if let Some(date) = date {
            headers.insert(header::DATE, visible(&date));
        }
    }
    response
}

/// The answer with its body, or with half of it if it breaks off.
pub(crate) fn filled(mut response: Response, content_type: &'static str, body: Bytes, way: Way) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if way.is_truncated {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.body_mut() = cut_off(body.slice(..body.len() / 2));
    } else {
        *response.body_mut() = Body::from(body);
    }
    response
}

/// An answer that is not WeChat Pay's own: a gateway's, or a captive portal's.
pub(crate) fn foreign(status: StatusCode, content_type: &str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, visible(content_type));
    response
}

/// No answer at all: the connection breaks, after `first` was sent.
pub(crate) fn cut(first: Bytes) -> Response {
    Response::new(cut_off(first))
}

/// A body that breaks the connection, after `first` was sent; before even the head is sent if that is empty.
fn cut_off(first: Bytes) -> Body {
    let is_something = !first.is_empty();
    let broken = async move {
        if is_something {
            // Lets the connection send what it has before it breaks.
            tokio::task::yield_now().await;
        }
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    Body::from_stream(stream::iter(is_something.then_some(Ok(first))).chain(stream::once(broken)))
}

fn visible(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
