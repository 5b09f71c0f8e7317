//! The unified order of the kind `NATIVE`: WeChat Pay gives a text for a QR code, the customer scans it (WeChat Pay
//! protocol C.3).

use std::net::IpAddr;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::{
    Call, CallError, CallName, Fields, Merchant, Signing, ValueError, Verified, answer, request,
    request::set_some, values::compact_time,
};
use crate::v3::{
    NotifyUrl, OutTradeNo, Text,
    native::{Amount, CodeUrl, Opened},
};

/// An order to open. [`Order::body`] is to be stored before it is sent: the same number may only ever be sent with the
/// same fields (WeChat Pay protocol D.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// In whose name.
    pub merchant: Merchant,
    /// What the customer sees on the result page.
    pub body: Text<127>,
    /// The merchant's order number, unique for ever under this merchant number.
    pub out_trade_no: OutTradeNo,
    /// What is to be paid, `total_fee` on the wire.
    pub amount: Amount,
    /// The address of the machine that calls.
    pub spbill_create_ip: IpAddr,
    /// Where the payment is notified.
    pub notify_url: NotifyUrl,
    /// The merchant's number of what is sold; Native orders need one.
    pub product_id: Text<32>,
    /// The number of the till or the shop.
    pub device_info: Option<Text<32>>,
    /// Returned with the paid order; not shown to the customer. No secrets.
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

impl Order {
    /// An order with what is required and nothing else.
    #[must_use]
    pub fn new(
        merchant: Merchant,
        body: Text<127>,
        out_trade_no: OutTradeNo,
        amount: Amount,
        spbill_create_ip: IpAddr,
        notify_url: NotifyUrl,
        product_id: Text<32>,
    ) -> Self {
        Self {
            merchant,
            body,
            out_trade_no,
            amount,
            spbill_create_ip,
            notify_url,
            product_id,
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

    /// The fields to store and to sign for each sending, as a document without nonce and signature.
    #[must_use]
    pub fn body(&self) -> Bytes {
        let mut fields = self.merchant.fields();
        fields.set("body", self.body.as_str());
        fields.set("out_trade_no", self.out_trade_no.as_str());
        fields.set("fee_type", self.amount.currency().as_str());
        fields.set("total_fee", self.amount.total().get().to_string());
        fields.set("spbill_create_ip", self.spbill_create_ip.to_string());
        fields.set("notify_url", self.notify_url.as_str());
        fields.set("trade_type", "NATIVE");
        fields.set("product_id", self.product_id.as_str());
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
        request::body(&fields)
    }
}

/// Goods are only read with the version of their form beside them.
pub(super) fn set_detail<'a>(fields: &mut Fields<'a>, detail: Option<&'a Text<6000>>) {
    set_some(fields, "version", detail.map(|_| "1.0"));
    set_some(fields, "detail", detail.map(Text::as_str));
}

pub(super) fn yes_or_no(yes: bool) -> &'static str {
    if yes { "Y" } else { "N" }
}

/// The call that opens an order, or, with the same fields once more, gets it a fresh code.
///
/// `body` is what [`Order::body`] gave, as it was stored.
#[must_use]
pub fn call(body: Bytes) -> Call {
    Call::stored(CallName::NativeOrder, body)
}

/// Reads the answer to an order.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's.
pub fn read(
    merchant: &Merchant,
    response: &Response<Bytes>,
    signing: &Signing,
) -> Result<Verified<Opened>, CallError> {
    answer::read(CallName::NativeOrder, merchant, response, signing, |fields| {
        let code_url = CodeUrl::new(fields.required("code_url")?)
            .map_err(|error| ValueError::new("code_url", error.problem))?;
        Ok(Opened { code_url })
    })
}
