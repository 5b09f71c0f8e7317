//! The close of an order, so that it can no longer be paid (WeChat Pay protocol B.5).
//!
//! The answer is no proof that the order is closed, not even a signed one: WeChat Pay has answered so for unknown
//! numbers. Only a query that reads `CLOSED` is.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::{Call, CallError, CallName, Mchid, OutTradeNo, Verified, answer};
use crate::keys::Verifier;

#[derive(Serialize)]
struct Body<'a> {
    mchid: &'a Mchid,
}

/// The call that closes an order. It may be made again at any time; only unpaid orders of the last 7 days can be
/// closed.
#[must_use]
pub fn call(mchid: &Mchid, out_trade_no: &OutTradeNo) -> Call {
    let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
    let body = serde_json::to_vec(&Body { mchid }).expect("a number can be written as JSON");
    Call::post(CallName::Close, mchid, &path, body.into())
}

/// Reads the answer to a close: 204 with a signature over nothing.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's. A refusal may still mean success, see
/// [`CallError::advice`].
pub fn read(
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<CloseAccepted>, CallError> {
    let evidence = answer::read_empty(CallName::Close, response, now, keys)?;
    Ok(Verified::new(CloseAccepted, evidence))
}

/// WeChat Pay took the request to close. Query next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseAccepted;
