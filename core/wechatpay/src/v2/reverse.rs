//! The reverse of a charged payment code: unpaid, it is closed; paid, the money goes back whole (WeChat Pay protocol
//! C.10).
//!
//! Never earlier than 15 seconds after the charge (C.9.1), and within 7 days. The answer is no proof: only a query is.

use bytes::Bytes;
use http::Response;

use super::{Call, CallError, CallName, Merchant, OrderNumber, Signing, ValueError, Verified, answer};

/// The call that reverses a charge; it needs the client certificate. It may be made again at any time.
#[must_use]
pub fn call(merchant: &Merchant, number: &OrderNumber) -> Call {
    let mut fields = merchant.fields();
    number.set(&mut fields);
    Call::new(CallName::Reverse, &fields)
}

/// Reads the answer to a reverse. It names no order.
///
/// # Errors
/// When WeChat Pay refused (also then it may ask to be called again: see [`CallError::advice`]), or the answer is not
/// verifiably WeChat Pay's.
pub fn read(
    merchant: &Merchant,
    response: &Response<Bytes>,
    signing: &Signing,
) -> Result<Verified<Reversed>, CallError> {
    answer::read(CallName::Reverse, merchant, response, signing, |fields| match fields.flag("recall")? {
        Some(recall) => Ok(Reversed { recall }),
        None => Err(ValueError::new("recall", "missing").into()),
    })
}

/// WeChat Pay took the request to reverse. Query next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reversed {
    /// Whether it is to be called again, until this says no.
    pub recall: bool,
}
