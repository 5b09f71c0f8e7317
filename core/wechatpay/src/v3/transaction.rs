//! The transaction: what WeChat Pay says about an order, alike in the answer to a query and in a notification (WeChat
//! Pay protocol B.4.1).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Currency, Fen, JsonError, Openid, open_enum::open_enum, time};

/// An order as WeChat Pay knows it. Only the first three members are always there; an unpaid order has few others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The merchant number: a service provider's own (`sp_mchid`) for an order of its sub-merchant's (B.4.1).
    #[serde(alias = "sp_mchid")]
    pub mchid: String,
    /// The sub-merchant's number, if a service provider opened the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The merchant's order number.
    pub out_trade_no: String,
    /// Where the order stands.
    pub trade_state: TradeState,
    /// The same for people. Never branch on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_state_desc: Option<String>,
    /// The app id; a service provider's own (`sp_appid`) for an order of its sub-merchant's.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "sp_appid")]
    pub appid: Option<String>,
    /// The sub-merchant's app id, if the order named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<String>,
    /// WeChat Pay's order number, once paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_type: Option<TradeType>,
    /// The customer's bank, such as `CMB_DEBIT`; `OTHERS` for the wallet's balance and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_type: Option<String>,
    /// What the order carried as `attach`, once paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::optional")]
    pub success_time: Option<Timestamp>,
    /// Who paid, once paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// The amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<TransactionAmount>,
    /// The till's number, if the order named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<TransactionScene>,
    /// The discounts; empty when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_empty")]
    pub promotion_detail: Vec<Promotion>,
    /// Payment by instalments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installment_info: Option<Installment>,
}

open_enum! {
    /// Where an order stands (WeChat Pay protocol B.4.2).
    pub enum TradeState {
        /// Paid.
        Success = "SUCCESS",
        /// Paid, and a refund was begun, if only of a part.
        Refund = "REFUND",
        /// Not paid yet; failed attempts of the customer stay here too.
        NotPay = "NOTPAY",
        /// Closed by the merchant or by time.
        Closed = "CLOSED",
        /// Reversed; payment codes only.
        Revoked = "REVOKED",
        /// The customer is typing a password; payment codes only.
        UserPaying = "USERPAYING",
        /// The payment failed; payment codes only.
        PayError = "PAYERROR",
        /// Accepted, waiting for the debit.
        Accept = "ACCEPT",
    }
}

impl TradeState {
    /// Whether money was paid for the order, refunded since or not.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        matches!(self, Self::Success | Self::Refund)
    }

    /// Whether the order can no longer be paid and was not: the proof that it is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed | Self::Revoked)
    }
}

open_enum! {
    /// How an order was paid (WeChat Pay protocol B.4.1).
    pub enum TradeType {
        /// In an official account or mini program.
        Jsapi = "JSAPI",
        /// By scanning the merchant's code.
        Native = "NATIVE",
        /// In an app.
        App = "APP",
        /// By the customer's payment code.
        Micropay = "MICROPAY",
        /// On a web page.
        Mweb = "MWEB",
        /// By face.
        FacePay = "FACEPAY",
    }
}

/// Who paid (B.4.1). Unpaid orders have been seen with an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// The customer's id under the app id; under a service provider's (`sp_openid`) for an order of its sub-merchant's.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "sp_openid")]
    pub openid: Option<Openid>,
}

/// The amounts of a transaction (B.4.1). Those of an unpaid order may be missing or zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionAmount {
    /// What the order asked for. Compare this one with the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Fen>,
    /// What the customer paid, after discounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<Fen>,
    /// Currency of `total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Currency of `payer_total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_currency: Option<Currency>,
}

/// Where the sale took place, as far as it comes back (B.4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionScene {
    /// The till's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
}

/// A discount (B.4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// The coupon's number.
    pub coupon_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<PromotionScope>,
    /// How it is settled.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PromotionKind>,
    /// Its face value.
    pub amount: Fen,
    /// The campaign's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_id: Option<String>,
    /// What WeChat Pay bears of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay_contribute: Option<Fen>,
    /// What the merchant bears of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_contribute: Option<Fen>,
    /// What others bear of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_contribute: Option<Fen>,
    /// Its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The goods it is for; empty when it is for the whole order.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_empty")]
    pub goods_detail: Vec<PromotionGoods>,
}

open_enum! {
    /// What a discount is for (B.4.3).
    pub enum PromotionScope {
        /// The whole order.
        Global = "GLOBAL",
        /// Single goods.
        Single = "SINGLE",
    }
}

open_enum! {
    /// How a discount is settled (B.4.3).
    pub enum PromotionKind {
        /// Funded before: settled like money.
        Cash = "CASH",
        /// Not funded before: lessens the settlement.
        NoCash = "NOCASH",
    }
}

/// Goods that a discount is for (B.4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionGoods {
    /// The goods' number.
    pub goods_id: String,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Fen,
    /// The discount on them.
    pub discount_amount: Fen,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_remark: Option<String>,
}

/// Payment by instalments (B.4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installment {
    /// Whether the merchant bears the interest.
    pub use_subsidy: bool,
    /// How many instalments the customer chose.
    pub selected_installment_number: u32,
}

/// The money of a paid transaction, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment<'a> {
    /// WeChat Pay's order number.
    pub transaction_id: &'a str,
    /// What the order asked for.
    pub total: Fen,
    /// Its currency; yuan when absent, as the order call has it.
    pub currency: &'a Currency,
    /// What the customer paid, after discounts; the whole when absent.
    pub payer_total: Fen,
    /// Its currency; that of `total` when absent.
    pub payer_currency: &'a Currency,
    /// When it was paid.
    pub success_time: Timestamp,
}

impl Transaction {
    /// The payment, if the order is paid.
    ///
    /// # Errors
    /// When the state says paid, but a member is missing without which a payment cannot be kept.
    pub fn payment(&self) -> Result<Option<Payment<'_>>, JsonError> {
        if !self.trade_state.is_paid() {
            return Ok(None);
        }
        let missing = |path: &str| JsonError::new(path, "missing from a paid transaction");
        let amount = self.amount.as_ref().ok_or_else(|| missing("amount"))?;
        let total = amount.total.ok_or_else(|| missing("amount.total"))?;
        let currency = amount.currency.as_ref().unwrap_or(&Currency::Cny);
        Ok(Some(Payment {
            transaction_id: self
                .transaction_id
                .as_deref()
                .filter(|id| !id.is_empty())
                .ok_or_else(|| missing("transaction_id"))?,
            total,
            currency,
            payer_total: amount.payer_total.unwrap_or(total),
            payer_currency: amount.payer_currency.as_ref().unwrap_or(currency),
            success_time: self.success_time.ok_or_else(|| missing("success_time"))?,
        }))
    }
}

/// A list that may be missing or null.
pub(super) fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
