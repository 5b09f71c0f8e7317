//! The two numbers by which an order can be named.

use super::CallError;
use super::Fields;
use crate::v3::{OutTradeNo, TransactionId};

/// An order by one of its numbers. WeChat Pay prefers its own where both are known (WeChat Pay protocol C.4, C.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderNumber {
    /// The merchant's: the only one while the order is not paid.
    Merchants(OutTradeNo),
    /// WeChat Pay's, which a paid order has.
    WechatPays(TransactionId),
}

impl OrderNumber {
    pub(super) fn set<'a>(&'a self, fields: &mut Fields<'a>) {
        let (name, number) = self.parts();
        fields.set(name, number);
    }

    /// WeChat Pay's signature does not cover what was asked, so the answer must name the same order.
    pub(super) fn check(&self, answer: &Fields<'_>) -> Result<(), CallError> {
        let (field, number) = self.parts();
        if answer.text(field) == Some(number) { Ok(()) } else { Err(CallError::OtherOrder { field }) }
    }

    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Merchants(number) => ("out_trade_no", number.as_str()),
            Self::WechatPays(number) => ("transaction_id", number.as_str()),
        }
    }
}

impl From<OutTradeNo> for OrderNumber {
    fn from(number: OutTradeNo) -> Self {
        Self::Merchants(number)
    }
}

impl From<TransactionId> for OrderNumber {
    fn from(number: TransactionId) -> Self {
        Self::WechatPays(number)
    }
}
