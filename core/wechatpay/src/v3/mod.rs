//! The calls of API v3, each in two halves: one builds the request, the other reads the answer.
//!
//! | call | build | read |
//! |---|---|---|
//! | Native order | [`native::call`] | [`native::read`] |
//! | query by either number | [`query::Query::call`] | [`query::Query::read`] |
//! | close | [`close::call`] | [`close::read`] |
//! | bills: ask for one, download it | [`bill::trade`], [`bill::fund_flow`], [`bill::download`] | [`bill::read`], [`bill::is_file`] |
//! | platform certificates | [`certificates::call`] | [`certificates::read`] |
//! | payment notification | | [`notification::read`] |
//!
//! A [`Call`] is not signed yet: [`Caller::sign`] makes an `http::Request` of it, as often as it is sent, always with
//! the same body. What comes back is [`Verified`], or an error that says what to do.

pub mod bill;
pub mod certificates;
pub mod close;
pub mod native;
pub mod notification;
pub mod query;
pub mod transaction;

mod answer;
mod api_error;
mod field;
mod json;
mod money;
mod open_enum;
mod request;
mod time;
mod trust;

pub use answer::{ANSWER_BYTES_MAX, CallError};
pub use api_error::{Advice, ApiError, Code, Detail};
pub use field::{Appid, Description, FieldError, Mchid, NotifyUrl, Openid, OutTradeNo, Text, TransactionId};
pub use json::JsonError;
pub use money::{Currency, Fen};
pub use request::{Call, CallName, Caller, CallerError, Host, Nonce, Stamp};
pub use trust::{Evidence, PROBE_PREFIX, Untrusted, Verified};
