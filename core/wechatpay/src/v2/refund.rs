//! Giving money back, in whole or in parts (WeChat Pay protocol C.6), and asking how it stands (C.7).

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::{
    Call, CallError, CallName, Fields, Merchant, OrderNumber, Signing, ValueError, Verified, answer, request,
    request::set_some,
};
use crate::v3::{Currency, Fen, FieldError, NotifyUrl, OutRefundNo, RefundId, Text, refund::RefundStatus};

/// Most refunds of one order that are read from a page.
const REFUNDS_MAX: u32 = 50;

/// A refund to ask for. [`NewRefund::body`] is to be stored before it is sent: the same number may only ever be sent with
/// the same fields, and a failed or unclear one is repeated with the same number (WeChat Pay protocol B.8.5, D.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// In whose name.
    pub merchant: Merchant,
    /// The paid order.
    pub order: OrderNumber,
    /// The merchant's number for the refund.
    pub out_refund_no: OutRefundNo,
    total_fee: Fen,
    refund_fee: Fen,
    /// Why, as the customer sees it.
    pub refund_desc: Option<Text<80>>,
    /// From which money; only for merchants of the old fund flow.
    pub refund_account: Option<RefundAccount>,
    /// Where its end is notified.
    pub notify_url: Option<NotifyUrl>,
}

/// From which of the merchant's money a refund is paid (C.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundAccount {
    /// What is not settled yet; the default.
    Unsettled,
    /// The available balance.
    Recharged,
}

impl NewRefund {
    /// A refund with what is required and nothing else: `refund_fee` of an order of `total_fee`.
    ///
    /// # Errors
    /// When `refund_fee` is zero or more than `total_fee`.
    pub fn new(
        merchant: Merchant,
        order: OrderNumber,
        out_refund_no: OutRefundNo,
        total_fee: Fen,
        refund_fee: Fen,
    ) -> Result<Self, FieldError> {
        if refund_fee.get() < 1 {
            return Err(FieldError::new("refund_fee", "must be at least 1 fen"));
        }
        if refund_fee > total_fee {
            return Err(FieldError::new("refund_fee", "must not be more than total_fee"));
        }
        Ok(Self {
            merchant,
            order,
            out_refund_no,
            total_fee,
            refund_fee,
            refund_desc: None,
            refund_account: None,
            notify_url: None,
        })
    }

    /// The fields to store and to sign for each sending, as a document without nonce and signature.
    #[must_use]
    pub fn body(&self) -> Bytes {
        let mut fields = self.merchant.fields();
        self.order.set(&mut fields);
        fields.set("out_refund_no", self.out_refund_no.as_str());
        fields.set("total_fee", self.total_fee.get().to_string());
        fields.set("refund_fee", self.refund_fee.get().to_string());
        fields.set("refund_fee_type", Currency::Cny.as_str().to_owned());
        set_some(&mut fields, "refund_desc", self.refund_desc.as_ref().map(Text::as_str));
        let account = self.refund_account.map(|account| match account {
            RefundAccount::Unsettled => "REFUND_SOURCE_UNSETTLED_FUNDS",
            RefundAccount::Recharged => "REFUND_SOURCE_RECHARGE_FUNDS",
        });
        set_some(&mut fields, "refund_account", account);
        set_some(&mut fields, "notify_url", self.notify_url.as_ref().map(NotifyUrl::as_str));
        request::body(&fields)
    }
}

/// The call that gives money back, or, with the same fields once more, asks for the same refund. It needs the client
/// certificate.
///
/// `body` is what [`NewRefund::body`] gave, as it was stored.
#[must_use]
pub fn call(body: Bytes) -> Call {
    Call::stored(CallName::Refund, body)
}

/// Reads the answer to a refund of this number. It says that WeChat Pay took it, not that the money was given back: only
/// [`RefundStatus::Success`] does.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another refund.
pub fn read(
    merchant: &Merchant,
    out_refund_no: &OutRefundNo,
    response: &Response<Bytes>,
    signing: &Signing,
) -> Result<Verified<Accepted>, CallError> {
    answer::read(CallName::Refund, merchant, response, signing, |fields| {
        if fields.text("out_refund_no") != Some(out_refund_no.as_str()) {
            return Err(CallError::OtherOrder { field: "out_refund_no" });
        }
        Ok(Accepted {
            refund_id: fields.required("refund_id")?.to_owned(),
            out_refund_no: out_refund_no.as_str().to_owned(),
            transaction_id: fields.required("transaction_id")?.to_owned(),
            out_trade_no: fields.required("out_trade_no")?.to_owned(),
            total_fee: fields.required_fen("total_fee")?,
            refund_fee: fields.required_fen("refund_fee")?,
            settlement_refund_fee: fields.fen("settlement_refund_fee")?,
            cash_refund_fee: fields.fen("cash_refund_fee")?,
            coupon_refund_fee: fields.fen("coupon_refund_fee")?,
        })
    })
}

/// A refund that WeChat Pay took (C.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// WeChat Pay's number for it.
    pub refund_id: String,
    /// The merchant's number for it.
    pub out_refund_no: String,
    /// The payment by WeChat Pay's number.
    pub transaction_id: String,
    /// The payment by the merchant's number.
    pub out_trade_no: String,
    /// The order's amount.
    pub total_fee: Fen,
    /// What is given back. Compare this one with what was asked.
    pub refund_fee: Fen,
    /// What is taken from the settlement.
    pub settlement_refund_fee: Option<Fen>,
    /// What the customer gets back, without coupons.
    pub cash_refund_fee: Option<Fen>,
    /// The part of coupons.
    pub coupon_refund_fee: Option<Fen>,
}

/// A question about refunds (C.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundQuery {
    /// About the refund with this number of WeChat Pay's.
    RefundId(RefundId),
    /// About the refund with this number of the merchant's.
    OutRefundNo(OutRefundNo),
    /// About an order's refunds: ten from the one at `offset` on. Beyond twenty parts, only a refund's own number finds
    /// them all.
    Order {
        /// The order.
        number: OrderNumber,
        /// How many refunds come before the page.
        offset: u32,
    },
}

impl RefundQuery {
    /// The call that asks.
    #[must_use]
    pub fn call(&self, merchant: &Merchant) -> Call {
        let mut fields = merchant.fields();
        match self {
            Self::RefundId(number) => fields.set("refund_id", number.as_str()),
            Self::OutRefundNo(number) => fields.set("out_refund_no", number.as_str()),
            Self::Order { number, offset } => {
                number.set(&mut fields);
                set_some(&mut fields, "offset", (*offset > 0).then(|| offset.to_string()));
            }
        }
        Call::new(CallName::RefundQuery, &fields)
    }

    /// Reads the answer to this question.
    ///
    /// # Errors
    /// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's, or is about another order or refund.
    pub fn read(
        &self,
        merchant: &Merchant,
        response: &Response<Bytes>,
        signing: &Signing,
    ) -> Result<Verified<RefundPage>, CallError> {
        answer::read(CallName::RefundQuery, merchant, response, signing, |fields| {
            let page = RefundPage::read(fields)?;
            let has = |is_it: &dyn Fn(&Refund) -> bool| page.refunds.iter().any(is_it);
            match self {
                Self::RefundId(number) if !has(&|refund| refund.refund_id == number.as_str()) => {
                    Err(CallError::OtherOrder { field: "refund_id" })
                }
                Self::OutRefundNo(number) if !has(&|refund| refund.out_refund_no == number.as_str()) => {
                    Err(CallError::OtherOrder { field: "out_refund_no" })
                }
                Self::Order { number, .. } => number.check(fields).map(|()| page),
                _ => Ok(page),
            }
        })
    }
}

/// An order and some of its refunds (C.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPage {
    /// The payment by WeChat Pay's number.
    pub transaction_id: String,
    /// The payment by the merchant's number.
    pub out_trade_no: String,
    /// The order's amount.
    pub total_fee: Fen,
    /// How many refunds the order has in all, if that is told.
    pub total_refund_count: Option<u32>,
    /// The refunds of this page.
    pub refunds: Vec<Refund>,
}

/// A refund as WeChat Pay knows it (C.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// WeChat Pay's number for it.
    pub refund_id: String,
    /// The merchant's number for it.
    pub out_refund_no: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// What is given back. Compare this one with what was asked.
    pub refund_fee: Fen,
    /// What is taken from the settlement.
    pub settlement_refund_fee: Option<Fen>,
    /// The part of coupons.
    pub coupon_refund_fee: Option<Fen>,
    /// By which way it goes back, such as `ORIGINAL` or `OTHER_BANKCARD`.
    pub channel: Option<String>,
    /// From which money, as it came.
    pub account: Option<String>,
    /// Where it arrives, for people: "支付用户零钱".
    pub received_account: Option<String>,
    /// When it arrived.
    pub success_time: Option<Timestamp>,
}

impl RefundPage {
    fn read(fields: &Fields<'_>) -> Result<Self, ValueError> {
        let count =
            fields.number("refund_count")?.ok_or_else(|| ValueError::new("refund_count", "missing"))?;
        if count > REFUNDS_MAX {
            return Err(ValueError::new("refund_count", "must be 50 or less"));
        }
        let refund = |n: u32| {
            let name = |name: &str| format!("{name}_{n}");
            Ok(Refund {
                refund_id: fields.required(&name("refund_id"))?.to_owned(),
                out_refund_no: fields.required(&name("out_refund_no"))?.to_owned(),
                status: status(fields.required(&name("refund_status"))?),
                refund_fee: fields.required_fen(&name("refund_fee"))?,
                settlement_refund_fee: fields.fen(&name("settlement_refund_fee"))?,
                coupon_refund_fee: fields.fen(&name("coupon_refund_fee"))?,
                channel: fields.owned(&name("refund_channel")),
                account: fields.owned(&name("refund_account")),
                // WeChat Pay spells it so.
                received_account: fields.owned(&name("refund_recv_accout")),
                success_time: fields.spaced_time(&name("refund_success_time"))?,
            })
        };
        Ok(Self {
            transaction_id: fields.required("transaction_id")?.to_owned(),
            out_trade_no: fields.required("out_trade_no")?.to_owned(),
            total_fee: fields.required_fen("total_fee")?,
            total_refund_count: fields.number("total_refund_count")?,
            refunds: (0..count).map(refund).collect::<Result<_, ValueError>>()?,
        })
    }
}

/// A state by v2's name; the two that v3 has other names for are those (C.7).
pub(super) fn status(text: &str) -> RefundStatus {
    match text {
        "REFUNDCLOSE" => RefundStatus::Closed,
        "CHANGE" => RefundStatus::Abnormal,
        // v3's names for these two are none of v2's.
        "CLOSED" | "ABNORMAL" => RefundStatus::Unknown(text.to_owned()),
        other => RefundStatus::from(other),
    }
}
