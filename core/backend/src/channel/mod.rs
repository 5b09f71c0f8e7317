//! Who moves the money: what the backend needs of a channel, and WeChat Pay v3 as the first.

mod transport;
pub mod wechatpay;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use saoma_contract::{FieldError, OrderBody, OutTradeNo, Refusal, Time};

pub use transport::{HttpTransport, Transport, TransportError};

use crate::orders::{Answer, Money};

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

    /// Verifies and opens a notification as it came.
    ///
    /// # Errors
    /// When it is not verifiably the channel's, or cannot be read: what to answer.
    fn notified<'a>(&'a self, headers: &'a HeaderMap, body: Bytes) -> BoxFuture<'a, Result<Money, NotRead>>;

    /// Does what must be done now and then, such as fetching certificates. Called about once an hour.
    fn maintain(&self) -> BoxFuture<'_, ()>;
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

/// A notification that was not taken: the status to answer, and why, for the log and the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// The HTTP status.
    pub status: u16,
    /// Why.
    pub reason: String,
}
