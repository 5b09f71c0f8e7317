//! Notifications of payments, which are signed, and of refunds, which are only sealed (WeChat Pay protocol C.12, C.13).

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use jiff::Timestamp;
use thiserror::Error;

use super::{
    Evidence, Fields, Signing, Unsigned, ValueError, Verified, XmlError, refund,
    req_info::{self, ReqInfoError},
    transaction::Transaction,
    xml::ROOT,
};
use crate::v3::{Fen, refund::RefundStatus, transaction::TradeState};

/// The root of the document in a `req_info`.
const SEALED_ROOT: &str = "root";

/// What a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An order was paid: signed.
    Payment(Box<Verified<Transaction>>),
    /// A refund ended, or cannot go on. A hint to query it: the seal shows that the sender knows the merchant's key, but
    /// not that nothing was changed or repeated.
    Refund(Box<RefundNotice>),
}

/// What a refund notification says (C.13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNotice {
    /// The merchant number; it stands outside the seal.
    pub mch_id: String,
    /// The app id; it stands outside the seal.
    pub appid: Option<String>,
    /// The payment by WeChat Pay's number.
    pub transaction_id: String,
    /// The payment by the merchant's number.
    pub out_trade_no: String,
    /// WeChat Pay's number for the refund.
    pub refund_id: String,
    /// The merchant's number for it.
    pub out_refund_no: String,
    /// The order's amount.
    pub total_fee: Fen,
    /// What is given back.
    pub refund_fee: Fen,
    /// What is taken from the settlement.
    pub settlement_refund_fee: Option<Fen>,
    /// Where it stands.
    pub refund_status: RefundStatus,
    /// When the money arrived.
    pub success_time: Option<Timestamp>,
    /// Where it arrives, for people.
    pub received_account: Option<String>,
    /// From which money, as it came.
    pub account: Option<String>,
    /// Who asked for it: `API`, or `VENDOR_PLATFORM` for a person at WeChat Pay's own pages.
    pub request_source: Option<String>,
}

/// Verifies a payment notification, or opens a refund notification.
///
/// `body` is exactly what came. What it says is still to be compared with the order or the refund: merchant, app, amount,
/// currency. When the API key was changed not long ago, the former one may be tried if the present one does not fit (WeChat
/// Pay protocol E.1).
///
/// # Errors
/// When it is not verifiably WeChat Pay's, does not open, or says that nothing was paid.
pub fn read(headers: &HeaderMap, body: &Bytes, signing: &Signing) -> Result<Notice, NotificationError> {
    let fields = Fields::read(ROOT, body)?;
    match fields.required("return_code").map_err(NotificationError::Malformed)? {
        "SUCCESS" => {}
        _ => return Err(NotificationError::NotPaid { field: "return_code" }),
    }
    if let Some(req_info) = fields.text("req_info") {
        return Ok(Notice::Refund(Box::new(open_refund(&fields, req_info, signing)?)));
    }
    signing.verify(&fields)?;
    if fields.text("result_code") != Some("SUCCESS") {
        return Err(NotificationError::NotPaid { field: "result_code" });
    }
    let transaction =
        Transaction::read(&fields, TradeState::Success).map_err(NotificationError::Malformed)?;
    let evidence = Evidence::new(body, headers, signing.sign_type);
    Ok(Notice::Payment(Box::new(Verified::new(transaction, evidence))))
}

fn open_refund(
    outside: &Fields<'_>,
    req_info: &str,
    signing: &Signing,
) -> Result<RefundNotice, NotificationError> {
    let opened = req_info::open(&signing.key, req_info)?;
    let inside = Fields::read(SEALED_ROOT, &opened).map_err(NotificationError::XmlInside)?;
    let notice = || {
        Ok(RefundNotice {
            mch_id: outside.required("mch_id")?.to_owned(),
            appid: outside.owned("appid"),
            transaction_id: inside.required("transaction_id")?.to_owned(),
            out_trade_no: inside.required("out_trade_no")?.to_owned(),
            refund_id: inside.required("refund_id")?.to_owned(),
            out_refund_no: inside.required("out_refund_no")?.to_owned(),
            total_fee: inside.required_fen("total_fee")?,
            refund_fee: inside.required_fen("refund_fee")?,
            settlement_refund_fee: inside.fen("settlement_refund_fee")?,
            refund_status: refund::status(inside.required("refund_status")?),
            success_time: inside.spaced_time("success_time")?,
            received_account: inside.owned("refund_recv_accout"),
            account: inside.owned("refund_account"),
            request_source: inside.owned("refund_request_source"),
        })
    };
    notice().map_err(NotificationError::MalformedInside)
}

/// What to answer a notification that was taken in and made durable, byte for byte (C.12).
#[must_use]
pub fn accepted() -> Response<Bytes> {
    answer("<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>")
}

/// What to answer a notification that is to be sent again: `FAIL` and a message without details.
#[must_use]
pub fn refused() -> Response<Bytes> {
    answer(
        "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[not taken]]></return_msg></xml>",
    )
}

fn answer(body: &'static str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
    *answer.status_mut() = StatusCode::OK;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    answer
}

/// Why a notification is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotificationError {
    /// No message of API v2.
    #[error("the notification is not WeChat Pay's: {0}")]
    Xml(#[from] XmlError),
    /// Not signed with the merchant's key.
    #[error("the notification cannot be believed: {0}")]
    Untrusted(#[from] Unsigned),
    /// A field is not as documented.
    #[error("the notification is malformed at {0}")]
    Malformed(ValueError),
    /// It does not say that something was paid or refunded.
    #[error("the notification tells of no success: {field} is not SUCCESS")]
    NotPaid {
        /// The field that says so.
        field: &'static str,
    },
    /// A refund notification that does not open: most often the API key was changed at WeChat Pay and not here. Alarm.
    #[error("the notification does not open: {0}")]
    Sealed(#[from] ReqInfoError),
    /// Opened, but what is inside is no document of fields.
    #[error("what is in the notification cannot be read: {0}")]
    XmlInside(XmlError),
    /// Opened, but a field inside is not as documented.
    #[error("what is in the notification is malformed at {0}")]
    MalformedInside(ValueError),
}
