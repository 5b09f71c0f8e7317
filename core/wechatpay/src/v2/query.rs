//! The query of an order: the present truth, above any notification (WeChat Pay protocol C.4).

use bytes::Bytes;
use http::Response;

use super::{
    Call, CallError, CallName, Merchant, OrderNumber, Signing, Verified, answer, transaction::Transaction,
};
use crate::v3::transaction::TradeState;

/// The call that asks about an order.
#[must_use]
pub fn call(merchant: &Merchant, number: &OrderNumber) -> Call {
    let mut fields = merchant.fields();
    number.set(&mut fields);
    Call::new(CallName::Query, &fields)
}

/// Reads the answer to the question about this order. Paid means that the answer is signed, `result_code` is `SUCCESS`,
/// and [`Transaction::trade_state`] says so: all three.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another order.
pub fn read(
    merchant: &Merchant,
    number: &OrderNumber,
    response: &Response<Bytes>,
    signing: &Signing,
) -> Result<Verified<Transaction>, CallError> {
    answer::read(CallName::Query, merchant, response, signing, |fields| {
        number.check(fields)?;
        let state = TradeState::from(fields.required("trade_state")?);
        Ok(Transaction::read(fields, state)?)
    })
}
