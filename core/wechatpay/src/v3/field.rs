//! The fields of requests as types that cannot be wrong: checked once, when they are made.

use std::fmt;

use http::Uri;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;
use zeroize::Zeroizing;

/// A field that WeChat Pay would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} {problem}")]
pub struct FieldError {
    /// The field by its name in API v3.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl FieldError {
    pub(crate) fn new(field: &'static str, problem: &'static str) -> Self {
        Self { field, problem }
    }
}

macro_rules! checked_text {
    ($(#[$meta:meta])* pub struct $name:ident($field:literal, $problem:literal, $check:expr)) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks a text.
            ///
            /// # Errors
            /// When it is not what this type describes.
            pub fn new(text: &str) -> Result<Self, FieldError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(FieldError::new($field, $problem))
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(|error| D::Error::custom(error.problem))
            }
        }
    };
}

fn made_of(text: &str, lengths: std::ops::RangeInclusive<usize>, also: &[u8]) -> bool {
    lengths.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
}

checked_text! {
    /// The merchant's order number, the idempotency key of an order: 6 to 32 letters, digits, `_` and `-`. WeChat Pay
    /// also takes `|` and `*`, but not on all its pages, so they are not sent (WeChat Pay protocol B.2.1, H.1).
    pub struct OutTradeNo("out_trade_no", "must be 6 to 32 letters, digits, _ or -", |text| made_of(text, 6..=32, b"_-"))
}

checked_text! {
    /// WeChat Pay's order number, which exists only once the order is paid: up to 32 letters and digits (WeChat Pay
    /// protocol B.4).
    pub struct TransactionId("transaction_id", "must be 1 to 32 letters or digits", |text| made_of(text, 1..=32, b""))
}

checked_text! {
    /// The merchant's number for a refund, its idempotency key: 1 to 64 letters, digits, `_` and `-`. WeChat Pay also takes
    /// `|`, `*` and `@`, which are not sent, since the number stands in a path (WeChat Pay protocol B.8.1).
    pub struct OutRefundNo("out_refund_no", "must be 1 to 64 letters, digits, _ or -", |text| made_of(text, 1..=64, b"_-"))
}

checked_text! {
    /// WeChat Pay's number for a refund: up to 32 letters and digits, 29 digits today (WeChat Pay protocol B.8.2).
    pub struct RefundId("refund_id", "must be 1 to 32 letters or digits", |text| made_of(text, 1..=32, b""))
}

checked_text! {
    /// The merchant's number at WeChat Pay: up to 32 digits, 8 to 10 today (WeChat Pay protocol 0.3).
    pub struct Mchid("mchid", "must be 1 to 32 digits", |text| {
        (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    })
}

checked_text! {
    /// The id of an official account, mini program or app bound to the merchant number: up to 32 letters, digits, `_`
    /// and `-`, today `wx` and 16 more (WeChat Pay protocol 0.3).
    pub struct Appid("appid", "must be 1 to 32 letters, digits, _ or -", |text| made_of(text, 1..=32, b"_-"))
}

checked_text! {
    /// Where WeChat Pay sends notifications: `https://` (or `http://` on a private line) with a path, without query,
    /// fragment or login, up to 255 visible ASCII characters (WeChat Pay protocol B.2.1).
    pub struct NotifyUrl(
        "notify_url",
        "must be an https (or, on a private line, http) address with a path and without query, fragment or login, up to 255 ASCII characters",
        is_notify_url
    )
}

impl NotifyUrl {
    /// Whether it is an `https://` address, as WeChat Pay demands outside a private line.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

fn is_notify_url(text: &str) -> bool {
    if text.len() > 255 || !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['#', '?', '@'])
    {
        return false;
    }
    text.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("https" | "http"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.path().len() > 1
    })
}

/// A text of 1 to `MAX` bytes in UTF-8 without control characters and without characters of four bytes such as emoji,
/// which WeChat Pay refuses (WeChat Pay protocol A.2, B). WeChat Pay does not say whether it counts characters or
/// bytes; bytes are the safe reading.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// The goods text the customer sees: up to 127 bytes (WeChat Pay protocol B.2.1).
pub type Description = Text<127>;

impl<const MAX: usize> Text<MAX> {
    /// Checks a text that stands in the field `field`.
    ///
    /// # Errors
    /// When it is empty or too long, or holds control characters or characters of four bytes.
    pub fn new(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let problem = if text.is_empty() {
            "must not be empty"
        } else if text.len() > MAX {
            "must not be longer than WeChat Pay takes"
        } else if text.chars().any(char::is_control) {
            "must not hold control characters"
        } else if text.chars().any(|character| character.len_utf8() == 4) {
            "must not hold emoji or other characters of four bytes"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(FieldError::new(field, problem))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new("text", &text).map_err(|error| D::Error::custom(error.problem))
    }
}

/// A customer's id under one `appid`. Personal: wiped when dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Openid(Zeroizing<String>);

impl Openid {
    /// Takes an id as WeChat Pay gave it.
    #[must_use]
    pub fn new(openid: &str) -> Self {
        Self(Zeroizing::new(openid.to_owned()))
    }

    /// The id itself. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Openid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Openid(…)")
    }
}

impl Serialize for Openid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Openid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// The number in a customer's payment code: 18 digits, the first two 10 to 15 (WeChat Pay protocol B.11.1). Whoever has it
/// can take the customer's money for about a minute: it is wiped when dropped, never printed, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode(Zeroizing<String>);

impl AuthCode {
    /// Checks what was scanned. The error does not repeat it.
    ///
    /// # Errors
    /// When it is no payment code of WeChat Pay's.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        let is_code = text.len() == 18
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.as_bytes()[0] == b'1'
            && text.as_bytes()[1] <= b'5';
        if is_code {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(FieldError::new("payer.auth_code", "must be 18 digits that begin with 10 to 15"))
        }
    }

    /// The digits. Do not log them.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthCode(…)")
    }
}

impl Serialize for AuthCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
