//! Code pay: the till scans the customer's payment code (WeChat Pay protocol B.11).
//!
//! The answer may be slow: allow 30 seconds. There is no notification. A code is charged once and never sent again:
//! whatever stays unclear is made clear by a query of the order's number, or ended by [`super::reverse`].

use std::net::IpAddr;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    AuthCode, Call, CallError, CallName, Description, FieldError, OutTradeNo, Text, Verified, answer,
    native::{Amount, SettleInfo},
    partner::{Merchant, check_whose},
    transaction::Transaction,
};
use crate::keys::Verifier;

/// A charge of a customer's payment code (B.11). Its bytes hold the code: they are never stored, and wiped when dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// Who is paid.
    #[serde(flatten)]
    pub merchant: Merchant,
    /// What the customer sees.
    pub description: Description,
    /// The merchant's order number, unique for ever under this merchant number. One number, one code, one charge.
    pub out_trade_no: OutTradeNo,
    /// Returned with the paid order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<Text<128>>,
    /// Promotion tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<Text<32>>,
    /// Opens the entry for electronic invoices; needs that product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_fapiao: Option<bool>,
    /// Whose code it is.
    pub payer: ChargePayer,
    /// What is to be paid.
    pub amount: Amount,
    /// Where the sale takes place.
    pub scene_info: ChargeScene,
    /// For promotions on single goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<ChargeDetail>,
    /// How it is settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

/// Who is charged (B.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargePayer {
    /// What the till scanned.
    pub auth_code: AuthCode,
}

/// Where the sale takes place (B.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeScene {
    /// The till's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Text<32>>,
    /// The till's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_ip: Option<IpAddr>,
    /// The shop.
    pub store_info: ChargeStore,
}

/// A shop, by WeChat Pay's number, by the merchant's own, or by both (B.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeStore {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Text<32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_id: Option<Text<64>>,
}

impl ChargeStore {
    /// A shop by at least one of its numbers.
    ///
    /// # Errors
    /// When there is none, or the merchant's own holds other than letters and digits.
    pub fn new(id: Option<Text<32>>, out_id: Option<Text<64>>) -> Result<Self, FieldError> {
        if id.is_none() && out_id.is_none() {
            return Err(FieldError::new("scene_info.store_info", "must have id or out_id"));
        }
        if out_id.as_ref().is_some_and(|id| !id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            return Err(FieldError::new("scene_info.store_info.out_id", "must be 1 to 64 letters or digits"));
        }
        Ok(Self { id, out_id })
    }
}

/// The goods of a charge (B.11): as of an order, but WeChat Pay's number of the goods has another name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChargeDetail {
    /// Price of the whole receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_price: Option<super::Fen>,
    /// The merchant's receipt number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<Text<32>>,
    /// The goods.
    pub goods_detail: Vec<ChargeGoods>,
}

/// One kind of goods in a charge (B.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeGoods {
    /// The merchant's number of the goods.
    pub merchant_goods_id: Text<32>,
    /// WeChat Pay's number of the goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wxpay_goods_id: Option<Text<32>>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<Text<256>>,
    /// How many, at least one.
    pub quantity: std::num::NonZeroU32,
    /// Price of one.
    pub unit_price: super::Fen,
}

impl Charge {
    /// A charge with what is required and nothing else.
    #[must_use]
    pub fn new(
        merchant: Merchant,
        description: Description,
        out_trade_no: OutTradeNo,
        amount: Amount,
        store: ChargeStore,
        auth_code: AuthCode,
    ) -> Self {
        Self {
            merchant,
            description,
            out_trade_no,
            attach: None,
            goods_tag: None,
            support_fapiao: None,
            payer: ChargePayer { auth_code },
            amount,
            scene_info: ChargeScene { device_id: None, device_ip: None, store_info: store },
            detail: None,
            settle_info: None,
        }
    }

    /// The call that charges the code. Send it once.
    #[must_use]
    pub fn call(&self) -> Call {
        let body = serde_json::to_vec(self).expect("a charge holds nothing that JSON cannot");
        let path = self.merchant.path("codepay");
        Call::post(CallName::CodePay, &self.merchant.mchid, &path, Bytes::from_owner(Zeroizing::new(body)))
    }

    /// Reads the answer to this charge. It is paid only if its state says so.
    ///
    /// # Errors
    /// When WeChat Pay refused, does not know yet (the customer types a password), or the answer is not verifiably
    /// WeChat Pay's or is about another order. Unless [`CallError::advice`] is to give up, the outcome is open; and even
    /// then the refusal is not signed, so only a query proves that nothing was paid.
    pub fn read(
        &self,
        response: &Response<Bytes>,
        now: Timestamp,
        keys: &dyn Verifier,
    ) -> Result<Verified<Transaction>, CallError> {
        let answer: Verified<Transaction> = answer::read(CallName::CodePay, response, now, keys)?;
        let found = answer.value();
        check_whose(found, &self.merchant.mchid, self.merchant.sub_mchid())?;
        if found.out_trade_no != self.out_trade_no.as_str() {
            return Err(CallError::OtherOrder { field: "out_trade_no" });
        }
        Ok(answer)
    }
}
