//! Who moves the money: what the backend needs of a channel, and WeChat Pay by both of its protocols.

mod bill_file;
mod transport;
pub mod wechatpay;
pub mod wechatpay_v2;

use std::path::Path;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Response};
use saoma_contract::{AuthCode, FieldError, OrderBody, OutTradeNo, RefundNo, Refusal, Time};

pub(crate) use bill_file::clear_unfinished;
pub use transport::{AnswerWithin, HttpTransport, Keep, Transport, TransportError};

use crate::orders::{Answer, ChargeAnswer, Money, RefundAnswer, RefundFact, RefundRecord, ReverseAnswer};

/// A merchant's account at a channel. Every call is idempotent by the attempt's number.
pub trait Channel: Send + Sync {
    /// The channel's name in payments and paths: `wechatpay`.
    fn name(&self) -> &'static str;

    /// The exact bytes that make an attempt: stored before they are sent, and sent again unchanged on every repeat.
    ///
    /// # Errors
    /// Names the field of the order that the channel does not take.
    fn request(
        &self,
        order: &OrderBody,
        out_trade_no: &OutTradeNo,
        expires_at: Time,
    ) -> Result<Bytes, FieldError>;

    /// Makes an attempt, or makes it again.
    fn open<'a>(&'a self, out_trade_no: &'a OutTradeNo, request: Bytes) -> BoxFuture<'a, OpenAnswer>;

    /// Asks how an attempt stands.
    fn query<'a>(&'a self, out_trade_no: &'a OutTradeNo) -> BoxFuture<'a, Answer>;

    /// Asks to close an attempt.
    fn close<'a>(&'a self, out_trade_no: &'a OutTradeNo) -> BoxFuture<'a, CloseAnswer>;

    /// Whether customers' payment codes are charged.
    fn charges_codes(&self) -> bool;

    /// Charges a customer's payment code. Called once for each number, after the attempt was written; the code is in no
    /// other place than this call.
    fn charge<'a>(
        &'a self,
        order: &'a OrderBody,
        out_trade_no: &'a OutTradeNo,
        auth_code: AuthCode,
    ) -> BoxFuture<'a, ChargeAnswer>;

    /// Asks to reverse a charge: unpaid it is closed, paid the money goes back whole.
    fn reverse<'a>(&'a self, out_trade_no: &'a OutTradeNo) -> BoxFuture<'a, ReverseAnswer>;

    /// The exact bytes that ask for a refund of a payment of so much: stored before they are sent, and sent again unchanged
    /// on every repeat.
    ///
    /// # Errors
    /// Names the field that the channel does not take.
    fn refund_request(&self, refund: &RefundRecord, whole: i64) -> Result<Bytes, FieldError>;

    /// Asks for a refund, or for the same refund again.
    fn refund<'a>(&'a self, refund_no: &'a RefundNo, request: Bytes) -> BoxFuture<'a, RefundAnswer>;

    /// Asks how a refund stands.
    fn refund_query<'a>(&'a self, refund_no: &'a RefundNo) -> BoxFuture<'a, RefundAnswer>;

    /// Whether an abnormal refund can be paid to the merchant's own account by a call.
    fn pays_abnormal_refunds_to_merchant(&self) -> bool {
        false
    }

    /// Asks to pay an abnormal refund to the merchant's own account, or asks again. Called only where that can be.
    fn refund_to_merchant<'a>(
        &'a self,
        refund_no: &'a RefundNo,
        channel_refund_no: &'a str,
    ) -> BoxFuture<'a, RefundAnswer> {
        let _ = (refund_no, channel_refund_no);
        Box::pin(async { RefundAnswer::Unknown })
    }

    /// Verifies and opens a notification as it came.
    ///
    /// # Errors
    /// When it is not verifiably the channel's, or cannot be read: what to answer.
    fn notified<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Notified, NotRead>>;

    /// What to answer a notification: that it was taken, or that it is to be sent again.
    fn notification_answer(&self, taken: Result<(), &NotRead>) -> Response<Bytes>;

    /// Fetches a bill of a day, such as `2026-08-01`, into a file, as it comes. Nothing is left at that place that is not
    /// whole, and verified as far as the channel lets it be.
    fn bill<'a>(&'a self, kind: BillKind, date: &'a str, into: &'a Path) -> BoxFuture<'a, BillAnswer>;

    /// Does what must be done now and then, such as fetching certificates. Called about once an hour.
    fn maintain(&self) -> BoxFuture<'_, ()>;
}

/// What a channel told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notified {
    /// Money came.
    Money(Money),
    /// A refund of this number ended, or cannot go on.
    Refund(String, RefundFact),
}

/// What a channel answered to making an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenAnswer {
    /// Verified: the code to show.
    Code(String),
    /// Whether it was made is not known.
    Unknown,
    /// It said no; that is not verified.
    Refused(Refusal),
}

/// What a channel answered to the request for a close. None of it is a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseAnswer {
    /// Ask now how it stands.
    Asked,
    /// The customer may be paying right now: ask in a while.
    Busy,
    /// No answer, or none that can be understood.
    Unknown,
}

/// Which bill of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillKind {
    /// Every payment, refund and reversal.
    Trade,
    /// Every movement of the merchant's account.
    FundFlow,
}

/// What a channel answered to the request for a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillAnswer {
    /// It is in the file, plain or gzip.
    File {
        /// SHA-1 of the uncompressed bytes, in hexadecimal digits: as the file has, and as the channel said where it does.
        sha1: String,
    },
    /// It is still being made.
    Creating,
    /// There is none: nothing was traded on that day.
    NoBill,
    /// The channel gives this account no such bill.
    NotGiven,
    /// It cannot be had now; why, for people.
    Failed(String),
}

/// A notification that was not taken: the status to answer, and why, for the log and the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// The HTTP status.
    pub status: u16,
    /// Why.
    pub reason: String,
}
