//! What a service provider calls for a sub-merchant (WeChat Pay protocol B.3). All keys are the provider's; its own merchant
//! number signs, and its numbers of orders are unique over all its sub-merchants.
//!
//! The answers are read as a direct merchant's; [`super::query::Query::of`] asks about such an order, and payment codes,
//! reverses, refunds and bills take the sub-merchant as an argument.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::native::{self, Amount, Detail, SceneInfo, SettleInfo};
use super::{
    Appid, Call, CallError, CallName, Description, FieldError, Mchid, NotifyUrl, OutTradeNo, Text, close,
    time, transaction::Transaction,
};

/// In whose name calls are made: a direct merchant's own, or a service provider's for a sub-merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// App id bound to the merchant number.
    pub appid: Appid,
    /// The merchant number, the same that signs.
    pub mchid: Mchid,
    /// For whom a service provider calls.
    pub sub: Option<Sub>,
}

impl Merchant {
    /// A merchant that calls in its own name.
    #[must_use]
    pub fn new(appid: Appid, mchid: Mchid) -> Self {
        Self { appid, mchid, sub: None }
    }

    /// The path of a payment call, such as `codepay`, in the merchant's form.
    pub(super) fn path(&self, call: &str) -> String {
        let partner = if self.sub.is_some() { "partner/" } else { "" };
        format!("/v3/pay/{partner}transactions/{call}")
    }

    /// The sub-merchant's number.
    pub(super) fn sub_mchid(&self) -> Option<&Mchid> {
        self.sub.as_ref().map(|sub| &sub.mchid)
    }
}

/// The members that a body names its merchant by: `mchid` and `appid`, or a service provider's four.
impl Serialize for Merchant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Direct<'a> {
            appid: &'a Appid,
            mchid: &'a Mchid,
        }
        #[derive(Serialize)]
        struct Partner<'a> {
            sp_appid: &'a Appid,
            sp_mchid: &'a Mchid,
            #[serde(skip_serializing_if = "Option::is_none")]
            sub_appid: Option<&'a Appid>,
            sub_mchid: &'a Mchid,
        }
        let (appid, mchid) = (&self.appid, &self.mchid);
        match &self.sub {
            None => Direct { appid, mchid }.serialize(serializer),
            Some(sub) => Partner {
                sp_appid: appid,
                sp_mchid: mchid,
                sub_appid: sub.appid.as_ref(),
                sub_mchid: &sub.mchid,
            }
            .serialize(serializer),
        }
    }
}

/// Whether a transaction is one of this merchant's: WeChat Pay's signature does not cover what was asked.
pub(super) fn check_whose(
    found: &Transaction,
    mchid: &Mchid,
    sub_mchid: Option<&Mchid>,
) -> Result<(), CallError> {
    if found.mchid != mchid.as_str() {
        return Err(CallError::OtherOrder { field: "mchid" });
    }
    if found.sub_mchid.as_deref() != sub_mchid.map(Mchid::as_str) {
        return Err(CallError::OtherOrder { field: "sub_mchid" });
    }
    Ok(())
}

/// A sub-merchant of a service provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sub {
    /// Its number.
    pub mchid: Mchid,
    /// Its own app id, bound to its number.
    pub appid: Option<Appid>,
}

impl Sub {
    /// A sub-merchant of the provider with this number.
    ///
    /// # Errors
    /// When it is the provider itself, which WeChat Pay refuses (B.3, 268443705).
    pub fn new(provider: &Mchid, mchid: Mchid, appid: Option<Appid>) -> Result<Self, FieldError> {
        if mchid == *provider {
            return Err(FieldError::new("sub_mchid", "must not be the service provider's own number"));
        }
        Ok(Self { mchid, appid })
    }
}

/// A Native order as a service provider writes it.
#[derive(Serialize)]
struct Body<'a> {
    sp_appid: &'a Appid,
    sp_mchid: &'a Mchid,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a Appid>,
    sub_mchid: &'a Mchid,
    description: &'a Description,
    out_trade_no: &'a OutTradeNo,
    #[serde(skip_serializing_if = "Option::is_none", with = "time::optional")]
    time_expire: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'a Text<128>>,
    notify_url: &'a NotifyUrl,
    #[serde(skip_serializing_if = "Option::is_none")]
    goods_tag: Option<&'a Text<32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    support_fapiao: Option<bool>,
    amount: &'a Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<&'a SceneInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settle_info: Option<&'a SettleInfo>,
}

/// The exact bytes to store, sign and send for an order whose `mchid` and `appid` are the provider's: of the sub-merchant, or
/// without one the direct merchant's.
#[must_use]
pub fn native_body(order: &native::Order, sub: Option<&Sub>) -> Bytes {
    let Some(sub) = sub else { return order.body() };
    let body = Body {
        sp_appid: &order.appid,
        sp_mchid: &order.mchid,
        sub_appid: sub.appid.as_ref(),
        sub_mchid: &sub.mchid,
        description: &order.description,
        out_trade_no: &order.out_trade_no,
        time_expire: order.time_expire,
        attach: order.attach.as_ref(),
        notify_url: &order.notify_url,
        goods_tag: order.goods_tag.as_ref(),
        support_fapiao: order.support_fapiao,
        amount: &order.amount,
        detail: order.detail.as_ref(),
        scene_info: order.scene_info.as_ref(),
        settle_info: order.settle_info.as_ref(),
    };
    serde_json::to_vec(&body).expect("an order holds nothing that JSON cannot").into()
}

/// The call that opens such an order; see [`native::call`].
#[must_use]
pub fn native_call(mchid: &Mchid, sub: Option<&Sub>, body: Bytes) -> Call {
    match sub {
        None => native::call(mchid, body),
        Some(_) => Call::post(CallName::NativeOrder, mchid, "/v3/pay/partner/transactions/native", body),
    }
}

/// The call that closes such an order; see [`close::call`].
#[must_use]
pub fn close_call(mchid: &Mchid, sub: Option<&Sub>, out_trade_no: &OutTradeNo) -> Call {
    #[derive(Serialize)]
    struct Closed<'a> {
        sp_mchid: &'a Mchid,
        sub_mchid: &'a Mchid,
    }
    let Some(sub) = sub else { return close::call(mchid, out_trade_no) };
    let body = Closed { sp_mchid: mchid, sub_mchid: &sub.mchid };
    let body = serde_json::to_vec(&body).expect("two numbers can be written as JSON");
    let path = format!("/v3/pay/partner/transactions/out-trade-no/{out_trade_no}/close");
    Call::post(CallName::Close, mchid, &path, body.into())
}
