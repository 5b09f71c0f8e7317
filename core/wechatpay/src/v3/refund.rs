//! Refunds: create, query, and the way out when the customer's account cannot take the money (WeChat Pay protocol B.8).
//!
//! A refund is known by the merchant's number for it. Whatever is unclear is made clear under the same number, with the
//! same bytes: another number is another refund (B.8.5).

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Call, CallError, CallName, Currency, Fen, FieldError, Mchid, NotifyUrl, OutRefundNo, OutTradeNo,
    RefundId, Text, TransactionId, Verified, answer, open_enum::open_enum, time, transaction::or_empty,
};
use crate::keys::Verifier;

const PATH: &str = "/v3/refund/domestic/refunds";

/// Money to give back (WeChat Pay protocol B.8.1). [`NewRefund::body`] is to be stored before it is sent: the same number
/// may only ever be sent with the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRefund {
    /// For which sub-merchant a service provider gives it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The payment by WeChat Pay's number; this or `out_trade_no`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The payment by the merchant's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<OutTradeNo>,
    /// The merchant's number for the refund, unique for ever under this merchant number.
    pub out_refund_no: OutRefundNo,
    /// What the customer reads about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<80>>,
    /// Where its end is notified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<NotifyUrl>,
    /// Which account it is taken from; the unsettled money when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funds_account: Option<FundsAccount>,
    /// How much.
    pub amount: NewAmount,
    /// The goods that came back; left out when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods_detail: Vec<RefundGoods>,
}

impl NewRefund {
    /// A refund of a payment known by WeChat Pay's number, with what is required and nothing else.
    #[must_use]
    pub fn new(transaction_id: TransactionId, out_refund_no: OutRefundNo, amount: NewAmount) -> Self {
        Self {
            sub_mchid: None,
            transaction_id: Some(transaction_id),
            out_trade_no: None,
            out_refund_no,
            reason: None,
            notify_url: None,
            funds_account: None,
            amount,
            goods_detail: Vec::new(),
        }
    }

    /// The exact bytes to store, sign and send.
    #[must_use]
    pub fn body(&self) -> Bytes {
        serde_json::to_vec(self).expect("a refund holds nothing that JSON cannot").into()
    }
}

/// How much is given back, of how much (B.8.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAmount {
    refund: Fen,
    /// From which accounts; for partly frozen money only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<FromAccount>,
    total: Fen,
    currency: Currency,
}

impl NewAmount {
    /// So many fen of an order of so many.
    ///
    /// # Errors
    /// When nothing is given back, or more than the order's amount.
    pub fn cny(refund: Fen, total: Fen) -> Result<Self, FieldError> {
        if refund.get() < 1 {
            return Err(FieldError::new("amount.refund", "must be at least 1 fen"));
        }
        if refund > total {
            return Err(FieldError::new("amount.refund", "must not be more than the order's amount"));
        }
        Ok(Self { refund, from: Vec::new(), total, currency: Currency::Cny })
    }
}

/// A share of a refund and the account it is taken from (B.8.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromAccount {
    /// `AVAILABLE` or `UNAVAILABLE`.
    pub account: FundsAccount,
    /// How much.
    pub amount: Fen,
}

open_enum! {
    /// An account of the merchant's (B.8.1, B.8.2).
    pub enum FundsAccount {
        /// Money not settled yet.
        Unsettled = "UNSETTLED",
        /// The available balance.
        Available = "AVAILABLE",
        /// Frozen money.
        Unavailable = "UNAVAILABLE",
        /// The operating account.
        Operation = "OPERATION",
        /// The basic account.
        Basic = "BASIC",
        /// The basic account in digital yuan.
        EcnyBasic = "ECNY_BASIC",
    }
}

/// Goods that came back (B.8.1, B.8.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundGoods {
    /// The merchant's number of the goods.
    pub merchant_goods_id: Text<32>,
    /// WeChat Pay's number of the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay_goods_id: Option<Text<32>>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<Text<256>>,
    /// Price of one.
    pub unit_price: Fen,
    /// How much of it is given back.
    pub refund_amount: Fen,
    /// How many came back.
    pub refund_quantity: u32,
}

/// The call that gives money back, or, with the same bytes once more, asks for the same refund.
///
/// `body` is what [`NewRefund::body`] gave, as it was stored.
#[must_use]
pub fn call(mchid: &Mchid, body: Bytes) -> Call {
    Call::post(CallName::Refund, mchid, PATH, body)
}

/// Reads the answer to a refund of this number. It says that WeChat Pay took it, not that the money was given back: only
/// [`RefundStatus::Success`] does.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another refund.
pub fn read(
    out_refund_no: &OutRefundNo,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Refund>, CallError> {
    read_of(CallName::Refund, out_refund_no, response, now, keys)
}

/// The call that asks how a refund stands (B.8.3), of this sub-merchant's if a service provider asks.
#[must_use]
pub fn query(mchid: &Mchid, sub_mchid: Option<&Mchid>, out_refund_no: &OutRefundNo) -> Call {
    let of = sub_mchid.map(|sub_mchid| format!("?sub_mchid={sub_mchid}")).unwrap_or_default();
    Call::get(CallName::RefundQuery, mchid, &format!("{PATH}/{out_refund_no}{of}"))
}

/// Reads the answer to a question about the refund of this number.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another refund.
pub fn read_found(
    out_refund_no: &OutRefundNo,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Refund>, CallError> {
    read_of(CallName::RefundQuery, out_refund_no, response, now, keys)
}

/// The call that has an abnormal refund paid to the merchant's own bank account, so that the merchant can give it to the
/// customer in another way (B.8.4). Only for a refund that stands at [`RefundStatus::Abnormal`]. WeChat Pay wants
/// `Wechatpay-Serial` on it, so it must be signed with a preferred key.
#[must_use]
pub fn abnormal_to_merchant(
    mchid: &Mchid,
    sub_mchid: Option<&Mchid>,
    refund_id: &RefundId,
    out_refund_no: &OutRefundNo,
) -> Call {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        sub_mchid: Option<&'a Mchid>,
        out_refund_no: &'a OutRefundNo,
        #[serde(rename = "type")]
        kind: &'static str,
    }
    let body = serde_json::to_vec(&Body { sub_mchid, out_refund_no, kind: "MERCHANT_BANK_CARD" })
        .expect("a number and a word can be written as JSON");
    let path = format!("{PATH}/{refund_id}/apply-abnormal-refund");
    Call::post(CallName::AbnormalRefund, mchid, &path, body.into())
}

/// Reads the answer to [`abnormal_to_merchant`].
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another refund.
pub fn read_abnormal(
    out_refund_no: &OutRefundNo,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Refund>, CallError> {
    read_of(CallName::AbnormalRefund, out_refund_no, response, now, keys)
}

/// WeChat Pay's signature does not cover what was asked, so the answer must name the same refund.
fn read_of(
    call: CallName,
    out_refund_no: &OutRefundNo,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Refund>, CallError> {
    let found: Verified<Refund> = answer::read(call, response, now, keys)?;
    if found.value().out_refund_no != out_refund_no.as_str() {
        return Err(CallError::OtherOrder { field: "out_refund_no" });
    }
    Ok(found)
}

/// A refund as WeChat Pay knows it (B.8.2). What is not needed to follow it may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// WeChat Pay's number for it.
    pub refund_id: String,
    /// The merchant's number for it.
    pub out_refund_no: String,
    /// The payment by WeChat Pay's number.
    pub transaction_id: String,
    /// The payment by the merchant's number.
    pub out_trade_no: String,
    /// By which way it goes back, such as `ORIGINAL` or `OTHER_BANKCARD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Where it arrives, for people: "支付用户零钱".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_received_account: Option<String>,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::optional")]
    pub success_time: Option<Timestamp>,
    /// When WeChat Pay took it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::optional")]
    pub create_time: Option<Timestamp>,
    /// Where it stands.
    pub status: RefundStatus,
    /// Which account it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funds_account: Option<FundsAccount>,
    /// The amounts.
    pub amount: RefundAmount,
    /// What became of the discounts; empty when there were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_empty")]
    pub promotion_detail: Vec<RefundPromotion>,
}

open_enum! {
    /// Where a refund stands (B.8.2).
    pub enum RefundStatus {
        /// The money was given back.
        Success = "SUCCESS",
        /// WeChat Pay gave up; the money stays with the merchant. Another try needs another number.
        Closed = "CLOSED",
        /// Taken, on its way.
        Processing = "PROCESSING",
        /// The customer's account cannot take it: a person must see to it, never by another number.
        Abnormal = "ABNORMAL",
    }
}

/// The amounts of a refund (B.8.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundAmount {
    /// The order's amount.
    pub total: Fen,
    /// What is given back. Compare this one with what was asked.
    pub refund: Fen,
    /// From which accounts; may be missing or empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_empty")]
    pub from: Vec<FromAccount>,
    /// What the customer had paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<Fen>,
    /// What the customer gets back, without coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_refund: Option<Fen>,
    /// What is taken from the settlement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_refund: Option<Fen>,
    /// What was to be settled of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_total: Option<Fen>,
    /// The part of coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_refund: Option<Fen>,
    /// The currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The fee that is given back to the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_fee: Option<Fen>,
}

/// What became of a discount (B.8.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPromotion {
    /// The coupon's number.
    pub promotion_id: String,
    /// What it was for.
    pub scope: super::transaction::PromotionScope,
    /// How it was settled. The vendor's pages disagree on its values, so it is kept as it came.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its face value.
    pub amount: Fen,
    /// How much of it comes back.
    pub refund_amount: Fen,
    /// The goods it was for.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_empty")]
    pub goods_detail: Vec<RefundGoods>,
}

/// What a refund notification says (B.9). Its shape is not [`Refund`]'s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundNotice {
    /// The merchant number: a service provider's own (`sp_mchid`) for a refund of its sub-merchant's.
    #[serde(alias = "sp_mchid")]
    pub mchid: String,
    /// The sub-merchant's number, if a service provider opened the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The payment by the merchant's number.
    pub out_trade_no: String,
    /// The payment by WeChat Pay's number.
    pub transaction_id: String,
    /// The merchant's number for the refund.
    pub out_refund_no: String,
    /// WeChat Pay's number for it.
    pub refund_id: String,
    /// Where it stands; not named `status` here.
    pub refund_status: RefundStatus,
    /// When the money arrived.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::optional")]
    pub success_time: Option<Timestamp>,
    /// Where it arrived, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_received_account: Option<String>,
    /// The amounts.
    pub amount: NoticeAmount,
}

/// The amounts of a refund notification (B.9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeAmount {
    /// The order's amount.
    pub total: Fen,
    /// What is given back.
    pub refund: Fen,
    /// What the customer had paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<Fen>,
    /// What the customer gets back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_refund: Option<Fen>,
}
