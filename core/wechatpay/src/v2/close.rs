//! The close of an order, so that it can no longer be paid (WeChat Pay protocol C.5).
//!
//! WeChat Pay may refuse it in the first five minutes of an order; it is then made again later. The answer is no proof
//! that the order is closed: only a query that reads `CLOSED` is.

use bytes::Bytes;
use http::Response;

use super::{Call, CallError, CallName, Merchant, Signing, Verified, answer};
use crate::v3::{OutTradeNo, close::CloseAccepted};

/// The call that closes an order. It may be made again at any time.
#[must_use]
pub fn call(merchant: &Merchant, out_trade_no: &OutTradeNo) -> Call {
    let mut fields = merchant.fields();
    fields.set("out_trade_no", out_trade_no.as_str());
    Call::new(CallName::Close, &fields)
}

/// Reads the answer to a close. It names no order.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's. A refusal may still mean success, see
/// [`CallError::advice`].
pub fn read(
    merchant: &Merchant,
    response: &Response<Bytes>,
    signing: &Signing,
) -> Result<Verified<CloseAccepted>, CallError> {
    answer::read(CallName::Close, merchant, response, signing, |_| Ok(CloseAccepted))
}
