//! The transaction: what WeChat Pay says about an order, in the answers to a query and to a charge, and in a notification
//! (WeChat Pay protocol C.4, C.9, C.12).

use jiff::Timestamp;

use super::{Fields, ValueError};
use crate::v3::{
    Currency, Fen, Openid,
    open_enum::open_enum,
    transaction::{Payment, TradeState, TradeType},
};

/// Most coupons that one order is read with.
const COUPONS_MAX: u32 = 100;

/// An order as WeChat Pay knows it. Of an unpaid one, only its number and its state are certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The merchant number.
    pub mch_id: String,
    /// The app id.
    pub appid: Option<String>,
    /// The sub-merchant's number, if a service provider called.
    pub sub_mch_id: Option<String>,
    /// The sub-merchant's app id.
    pub sub_appid: Option<String>,
    /// The merchant's order number.
    pub out_trade_no: String,
    /// Where the order stands.
    pub trade_state: TradeState,
    /// The same for people. Never branch on it.
    pub trade_state_desc: Option<String>,
    /// WeChat Pay's order number, once paid.
    pub transaction_id: Option<String>,
    /// The till's number, if the order named one.
    pub device_info: Option<String>,
    /// Who paid: the customer's id under the app id.
    pub openid: Option<Openid>,
    /// Whether the customer follows the official account.
    pub is_subscribe: Option<bool>,
    /// How it was paid.
    pub trade_type: Option<TradeType>,
    /// The customer's bank, such as `CMB_DEBIT`; `OTHERS` for the wallet's balance and the like.
    pub bank_type: Option<String>,
    /// What the order carried as `attach`.
    pub attach: Option<String>,
    /// When it was paid.
    pub time_end: Option<Timestamp>,
    /// What the order asked for. Compare this one with the order.
    pub total_fee: Option<Fen>,
    /// What is to be settled of it.
    pub settlement_total_fee: Option<Fen>,
    /// Currency of `total_fee`; yuan when absent.
    pub fee_type: Option<Currency>,
    /// What the customer paid, after discounts.
    pub cash_fee: Option<Fen>,
    /// Currency of `cash_fee`; that of `total_fee` when absent.
    pub cash_fee_type: Option<Currency>,
    /// The discounts together.
    pub coupon_fee: Option<Fen>,
    /// The discounts one by one, as far as they are told.
    pub coupons: Vec<Coupon>,
    /// Discounts on single goods, as JSON text.
    pub promotion_detail: Option<String>,
}

/// A discount (C.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// The coupon's number.
    pub id: String,
    /// How it is settled.
    pub kind: Option<CouponKind>,
    /// Its part of the amount.
    pub fee: Option<Fen>,
}

open_enum! {
    /// How a discount is settled (C.4).
    pub enum CouponKind {
        /// Funded before: settled like money.
        Cash = "CASH",
        /// Not funded before: lessens the settlement.
        NoCash = "NO_CASH",
    }
}

impl Transaction {
    /// Takes an order out of verified fields.
    pub(super) fn read(fields: &Fields<'_>, trade_state: TradeState) -> Result<Self, ValueError> {
        Ok(Self {
            mch_id: fields.required("mch_id")?.to_owned(),
            appid: fields.owned("appid"),
            sub_mch_id: fields.owned("sub_mch_id"),
            sub_appid: fields.owned("sub_appid"),
            out_trade_no: fields.required("out_trade_no")?.to_owned(),
            trade_state,
            trade_state_desc: fields.owned("trade_state_desc"),
            transaction_id: fields.owned("transaction_id"),
            device_info: fields.owned("device_info"),
            openid: fields.text("openid").map(Openid::new),
            is_subscribe: fields.flag("is_subscribe")?,
            trade_type: fields.text("trade_type").map(TradeType::from),
            bank_type: fields.owned("bank_type"),
            attach: fields.owned("attach"),
            time_end: fields.compact_time("time_end")?,
            total_fee: fields.fen("total_fee")?,
            settlement_total_fee: fields.fen("settlement_total_fee")?,
            fee_type: fields.text("fee_type").map(Currency::from),
            cash_fee: fields.fen("cash_fee")?,
            cash_fee_type: fields.text("cash_fee_type").map(Currency::from),
            coupon_fee: fields.fen("coupon_fee")?,
            coupons: coupons(fields)?,
            promotion_detail: fields.owned("promotion_detail"),
        })
    }

    /// The payment, if the order is paid.
    ///
    /// # Errors
    /// When the state says paid, but a field is missing without which a payment cannot be kept.
    pub fn payment(&self) -> Result<Option<Payment<'_>>, ValueError> {
        if !self.trade_state.is_paid() {
            return Ok(None);
        }
        let missing = |field: &str| ValueError::new(field, "missing from a paid transaction");
        let total = self.total_fee.ok_or_else(|| missing("total_fee"))?;
        let currency = self.fee_type.as_ref().unwrap_or(&Currency::Cny);
        Ok(Some(Payment {
            transaction_id: self.transaction_id.as_deref().ok_or_else(|| missing("transaction_id"))?,
            total,
            currency,
            payer_total: self.cash_fee.unwrap_or(total),
            payer_currency: self.cash_fee_type.as_ref().unwrap_or(currency),
            success_time: self.time_end.ok_or_else(|| missing("time_end"))?,
        }))
    }
}

fn coupons(fields: &Fields<'_>) -> Result<Vec<Coupon>, ValueError> {
    let count = fields.number("coupon_count")?.unwrap_or(0);
    if count > COUPONS_MAX {
        return Err(ValueError::new("coupon_count", "must be 100 or less"));
    }
    let mut coupons = Vec::new();
    for n in 0..count {
        if let Some(id) = fields.owned(&format!("coupon_id_{n}")) {
            coupons.push(Coupon {
                id,
                kind: fields.text(&format!("coupon_type_{n}")).map(CouponKind::from),
                fee: fields.fen(&format!("coupon_fee_{n}"))?,
            });
        }
    }
    Ok(coupons)
}
