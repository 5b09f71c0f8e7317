//! The calls of API v3, each in two halves: one builds the request, the other reads the answer.
//!
//! | call | build | read |
//! |---|---|---|
//! | Native order | [`native::call`] | [`native::read`] |
//! | the same for a sub-merchant | [`partner::native_body`], [`partner::native_call`] | [`native::read`] |
//! | query by either number | [`query::Query::call`] | [`query::Query::read`] |
//! | close | [`close::call`] | [`close::read`] |
//! | bills: ask for one, download it | [`bill::trade`], [`bill::fund_flow`], [`bill::download`] | [`bill::read`], [`bill::is_file`] |
//! | platform certificates | [`certificates::call`] | [`certificates::read`] |
//! | refund | [`refund::call`] | [`refund::read`] |
//! | query of a refund | [`refund::query`] | [`refund::read_found`] |
//! | abnormal refund | [`refund::abnormal_to_merchant`] | [`refund::read_abnormal`] |
//! | code pay | [`codepay::Charge::call`] | [`codepay::Charge::read`] |
//! | reverse of a code payment | [`reverse::call`] | [`reverse::read`] |
//! | notification of a payment or a refund | | [`notification::read`] |
//!
//! A [`Call`] is not signed yet: [`Caller::sign`] makes an `http::Request` of it, as often as it is sent, always with
//! the same body. What comes back is [`Verified`], or an error that says what to do.

pub mod bill;
pub mod certificates;
pub mod close;
pub mod codepay;
pub mod native;
pub mod notification;
pub mod partner;
pub mod query;
pub mod refund;
pub mod reverse;
pub mod transaction;

mod answer;
mod api_error;
mod field;
mod json;
mod money;
pub(crate) mod open_enum;
mod request;
mod time;
mod trust;

pub use answer::{ANSWER_BYTES_MAX, CallError};
pub use api_error::{Advice, ApiError, Code, Detail};
pub use field::{
    Appid, AuthCode, Description, FieldError, Mchid, NotifyUrl, Openid, OutRefundNo, OutTradeNo, RefundId,
    Text, TransactionId,
};
pub use json::JsonError;
pub use money::{Currency, Fen};
pub(crate) use request::user_agent;
pub use request::{Call, CallName, Caller, CallerError, Host, Nonce, Stamp};
pub use trust::{Evidence, PROBE_PREFIX, Untrusted, Verified};
