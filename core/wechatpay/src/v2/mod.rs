//! API v2: XML, signed with a key that both sides share (WeChat Pay protocol C).
//!
//! | what | where |
//! |---|---|
//! | messages as fields, read strictly and written | [`xml`] |
//! | the signature, made and verified | [`Signing`] |
//! | the sealed part of a refund notification | [`req_info`] |
//!
//! A double of WeChat Pay reads a request by [`Fields::read`], takes its algorithm from [`SignType::of_request`], verifies
//! it by [`Signing::verify`], and answers by [`Signing::write`].

pub mod req_info;
mod signature;
pub mod xml;

pub use signature::{ApiKey, ApiKeyError, SIGN, SIGN_TYPE, SignType, Signing, Unsigned};
pub use xml::{Fields, XmlError};
