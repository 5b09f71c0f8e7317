//! The query of an order by the merchant's number or by WeChat Pay's: the present truth, above any notification
//! (WeChat Pay protocol B.4).

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::{
    Call, CallError, CallName, Mchid, OutTradeNo, TransactionId, Verified, answer,
    partner::{Sub, check_whose},
    transaction::Transaction,
};
use crate::keys::Verifier;

/// A question about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    mchid: Mchid,
    sub: Option<Mchid>,
    number: Number,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Number {
    Merchants(OutTradeNo),
    WechatPays(TransactionId),
}

impl Query {
    /// Asks by the merchant's number: the only way while the order is not paid.
    #[must_use]
    pub fn by_out_trade_no(mchid: Mchid, out_trade_no: OutTradeNo) -> Self {
        Self { mchid, sub: None, number: Number::Merchants(out_trade_no) }
    }

    /// Asks by WeChat Pay's number, which a paid order has.
    #[must_use]
    pub fn by_transaction_id(mchid: Mchid, transaction_id: TransactionId) -> Self {
        Self { mchid, sub: None, number: Number::WechatPays(transaction_id) }
    }

    /// Asks, as a service provider, about an order of this sub-merchant's; of none, as a direct merchant (B.4).
    #[must_use]
    pub fn of(self, sub: Option<&Sub>) -> Self {
        Self { sub: sub.map(|sub| sub.mchid.clone()), ..self }
    }

    /// The call that asks.
    #[must_use]
    pub fn call(&self) -> Call {
        let mchid = &self.mchid;
        let number = match &self.number {
            Number::Merchants(number) => format!("out-trade-no/{number}"),
            Number::WechatPays(number) => format!("id/{number}"),
        };
        let path = match &self.sub {
            None => format!("/v3/pay/transactions/{number}?mchid={mchid}"),
            Some(sub) => {
                format!("/v3/pay/partner/transactions/{number}?sp_mchid={mchid}&sub_mchid={sub}")
            }
        };
        Call::get(CallName::Query, mchid, &path)
    }

    /// Reads the answer to this question. WeChat Pay's signature does not cover what was asked, so the answer must name
    /// the same merchant and order.
    ///
    /// # Errors
    /// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another order.
    pub fn read(
        &self,
        response: &Response<Bytes>,
        now: Timestamp,
        keys: &dyn Verifier,
    ) -> Result<Verified<Transaction>, CallError> {
        let answer: Verified<Transaction> = answer::read(CallName::Query, response, now, keys)?;
        let found = answer.value();
        check_whose(found, &self.mchid, self.sub.as_ref())?;
        match &self.number {
            Number::Merchants(number) if found.out_trade_no != number.as_str() => {
                Err(CallError::OtherOrder { field: "out_trade_no" })
            }
            Number::WechatPays(number) if found.transaction_id.as_deref() != Some(number.as_str()) => {
                Err(CallError::OtherOrder { field: "transaction_id" })
            }
            _ => Ok(answer),
        }
    }
}
