//! The reverse of a charged payment code: unpaid, it is closed; paid, the money goes back whole (WeChat Pay protocol B.11,
//! C.10).
//!
//! Never earlier than 15 seconds after the charge (C.9.1). The answer is no proof: only a query is.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Call, CallError, CallName, Mchid, OutTradeNo, Verified, answer, partner::Merchant};
use crate::keys::Verifier;

/// The call that reverses a charge. It may be made again at any time within 7 days.
#[must_use]
pub fn call(merchant: &Merchant, out_trade_no: &OutTradeNo) -> Call {
    let path = merchant.path(&format!("out-trade-no/{out_trade_no}/reverse"));
    let body = serde_json::to_vec(merchant).expect("a few numbers can be written as JSON");
    Call::post(CallName::Reverse, &merchant.mchid, &path, body.into())
}

/// Reads the answer to a reverse of this number.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another order.
pub fn read(
    merchant: &Merchant,
    out_trade_no: &OutTradeNo,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Reversed>, CallError> {
    let answer: Verified<Reversed> = answer::read(CallName::Reverse, response, now, keys)?;
    if answer.value().mchid != merchant.mchid.as_str() {
        return Err(CallError::OtherOrder { field: "mchid" });
    }
    // Whether a service provider's answer repeats the sub-merchant is not documented (B.11).
    let told = answer.value().sub_mchid.as_deref();
    if told.is_some_and(|told| Some(told) != merchant.sub_mchid().map(Mchid::as_str)) {
        return Err(CallError::OtherOrder { field: "sub_mchid" });
    }
    if answer.value().out_trade_no != out_trade_no.as_str() {
        return Err(CallError::OtherOrder { field: "out_trade_no" });
    }
    Ok(answer)
}

/// WeChat Pay took the request to reverse. Query next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    /// The app id; a service provider's own (`sp_appid`) for a sub-merchant's order.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "sp_appid")]
    pub appid: Option<String>,
    /// The merchant number; a service provider's own (`sp_mchid`) for a sub-merchant's order.
    #[serde(alias = "sp_mchid")]
    pub mchid: String,
    /// The sub-merchant's number, if a service provider opened the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The merchant's order number.
    pub out_trade_no: String,
}
