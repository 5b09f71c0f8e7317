//! Code pay: the till scans the customer's payment code (WeChat Pay protocol C.9).
//!
//! The answer may be slow: allow 30 seconds. There is no notification. A code is charged once and never sent again:
//! whatever stays unclear is made clear by a query of the order's number, or ended by [`super::reverse`].

use std::net::IpAddr;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::{
    Call, CallError, CallName, Merchant, OrderNumber, Signing, Verified, answer,
    native::{set_detail, yes_or_no},
    request::set_some,
    transaction::Transaction,
    values::compact_time,
};
use crate::v3::{AuthCode, OutTradeNo, Text, native::Amount, transaction::TradeState};

/// A charge of a customer's payment code. Its bytes hold the code: they are never stored, and wiped when dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// In whose name.
    pub merchant: Merchant,
    /// What the customer sees.
    pub body: Text<127>,
    /// The merchant's order number, unique for ever under this merchant number. One number, one code, one charge.
    pub out_trade_no: OutTradeNo,
    /// What is to be paid, `total_fee` on the wire.
    pub amount: Amount,
    /// The address of the till or of the machine that calls.
    pub spbill_create_ip: IpAddr,
    /// The code.
    pub auth_code: AuthCode,
    /// The number of the till or the shop.
    pub device_info: Option<Text<32>>,
    /// Returned with the paid order.
    pub attach: Option<Text<127>>,
    /// When the order was made.
    pub time_start: Option<Timestamp>,
    /// The last moment at which the customer can pay, at least a minute after the start. Sent in whole seconds.
    pub time_expire: Option<Timestamp>,
    /// Promotion tag.
    pub goods_tag: Option<Text<32>>,
    /// The goods as JSON text, for promotions on single goods.
    pub detail: Option<Text<6000>>,
    /// The shop as JSON text.
    pub scene_info: Option<Text<256>>,
    /// Whether credit cards are refused (`limit_pay`).
    pub no_credit: bool,
    /// Opens the entry for electronic invoices; needs that product.
    pub receipt: Option<bool>,
    /// Whether the money is frozen for profit sharing.
    pub profit_sharing: Option<bool>,
}

impl Charge {
    /// A charge with what is required and nothing else.
    #[must_use]
    pub fn new(
        merchant: Merchant,
        body: Text<127>,
        out_trade_no: OutTradeNo,
        amount: Amount,
        spbill_create_ip: IpAddr,
        auth_code: AuthCode,
    ) -> Self {
        Self {
            merchant,
            body,
            out_trade_no,
            amount,
            spbill_create_ip,
            auth_code,
            device_info: None,
            attach: None,
            time_start: None,
            time_expire: None,
            goods_tag: None,
            detail: None,
            scene_info: None,
            no_credit: false,
            receipt: None,
            profit_sharing: None,
        }
    }

    /// The call that charges. To be sent once.
    #[must_use]
    pub fn call(&self) -> Call {
        let mut fields = self.merchant.fields();
        fields.set("body", self.body.as_str());
        fields.set("out_trade_no", self.out_trade_no.as_str());
        fields.set("fee_type", self.amount.currency().as_str());
        fields.set("total_fee", self.amount.total().get().to_string());
        fields.set("spbill_create_ip", self.spbill_create_ip.to_string());
        fields.set("auth_code", self.auth_code.expose());
        set_some(&mut fields, "device_info", self.device_info.as_ref().map(Text::as_str));
        set_some(&mut fields, "attach", self.attach.as_ref().map(Text::as_str));
        set_some(&mut fields, "time_start", self.time_start.map(compact_time));
        set_some(&mut fields, "time_expire", self.time_expire.map(compact_time));
        set_some(&mut fields, "goods_tag", self.goods_tag.as_ref().map(Text::as_str));
        set_detail(&mut fields, self.detail.as_ref());
        set_some(&mut fields, "scene_info", self.scene_info.as_ref().map(Text::as_str));
        set_some(&mut fields, "limit_pay", self.no_credit.then_some("no_credit"));
        set_some(&mut fields, "receipt", self.receipt.map(yes_or_no));
        set_some(&mut fields, "profit_sharing", self.profit_sharing.map(yes_or_no));
        Call::new(CallName::Micropay, &fields)
    }

    /// Reads the answer to this charge: a paid transaction, or an error. [`CallError::advice`] says
    /// [`GiveUp`](crate::v3::Advice::GiveUp) only where WeChat Pay signed that this number will not be paid; everything
    /// else, [`Code::UserPaying`](super::Code::UserPaying) too, leaves the outcome open.
    ///
    /// # Errors
    /// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another order.
    pub fn read(
        &self,
        response: &Response<Bytes>,
        signing: &Signing,
    ) -> Result<Verified<Transaction>, CallError> {
        answer::read(CallName::Micropay, &self.merchant, response, signing, |fields| {
            OrderNumber::Merchants(self.out_trade_no.clone()).check(fields)?;
            Ok(Transaction::read(fields, TradeState::Success)?)
        })
    }
}
