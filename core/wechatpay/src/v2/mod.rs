//! The calls of API v2: XML, signed with a key that both sides share (WeChat Pay protocol C).
//!
//! | call | build | read |
//! |---|---|---|
//! | Native order | [`native::call`] | [`native::read`] |
//! | query by either number | [`query::call`] | [`query::read`] |
//! | close | [`close::call`] | [`close::read`] |
//! | code pay | [`micropay::Charge::call`] | [`micropay::Charge::read`] |
//! | reverse of a code payment | [`reverse::call`] | [`reverse::read`] |
//! | refund | [`refund::call`] | [`refund::read`] |
//! | query of refunds | [`refund::RefundQuery::call`] | [`refund::RefundQuery::read`] |
//! | bills | [`bill::trade`], [`bill::fund_flow`] | [`bill::is_file`] |
//! | notification of a payment or a refund | | [`notification::read`] |
//!
//! A [`Call`] is not signed yet: [`Caller::sign`] makes an `http::Request` of it, as often as it is sent, always with the
//! same fields. What comes back is [`Verified`], or an error that says what to do. Some calls need the merchant's client
//! certificate on the connection: [`CallName::needs_client_certificate`].
//!
//! A double of WeChat Pay reads a request by [`Fields::read`], takes its algorithm from [`SignType::of_request`], verifies
//! it by [`Signing::verify`], answers by [`Signing::write`], and seals refund notifications by [`req_info::seal`].

pub mod bill;
pub mod close;
pub mod micropay;
pub mod native;
pub mod notification;
pub mod query;
pub mod refund;
pub mod req_info;
pub mod reverse;
pub mod transaction;
pub mod xml;

mod answer;
mod api_error;
mod number;
mod request;
mod signature;
mod values;

pub use answer::{CallError, Evidence, Verified};
pub use api_error::{ApiError, Code};
pub use number::OrderNumber;
pub use request::{Call, CallName, Caller, Merchant, SubMerchant};
pub use signature::{ApiKey, ApiKeyError, SIGN, SIGN_TYPE, SignType, Signing, Unsigned};
pub use values::ValueError;
pub use xml::{Fields, XmlError};
