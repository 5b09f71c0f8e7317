//! The reverse of a charged payment code: unpaid, it is closed; paid, the money goes back whole (WeChat Pay protocol B.11,
//! C.10).
//!
//! Never earlier than 15 seconds after the charge (C.9.1). The answer is no proof: only a query is.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Appid, Call, CallError, CallName, Mchid, OutTradeNo, Verified, answer};
use crate::keys::Verifier;

#[derive(Serialize)]
struct Body<'a> {
    appid: &'a Appid,
    mchid: &'a Mchid,
}

/// The call that reverses a charge. It may be made again at any time within 7 days.
#[must_use]
pub fn call(appid: &Appid, mchid: &Mchid, out_trade_no: &OutTradeNo) -> Call {
    let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/reverse");
    let body = serde_json::to_vec(&Body { appid, mchid }).expect("two numbers can be written as JSON");
    Call::post(CallName::Reverse, mchid, &path, body.into())
}

/// Reads the answer to a reverse of this number.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another order.
pub fn read(
    mchid: &Mchid,
    out_trade_no: &OutTradeNo,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Reversed>, CallError> {
    let answer: Verified<Reversed> = answer::read(CallName::Reverse, response, now, keys)?;
    if answer.value().mchid != mchid.as_str() {
        return Err(CallError::OtherOrder { field: "mchid" });
    }
    if answer.value().out_trade_no != out_trade_no.as_str() {
        return Err(CallError::OtherOrder { field: "out_trade_no" });
    }
    Ok(answer)
}

/// WeChat Pay took the request to reverse. Query next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    /// The app id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// The merchant number.
    pub mchid: String,
    /// The merchant's order number.
    pub out_trade_no: String,
}
