//! The customer's payment code: scanned by the till, charged once, never written down.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize as _, Zeroizing};

use crate::AttemptNo;
use crate::open_enum::open_enum;

/// `POST /v1/orders/{order_no}/charge`: ends the named attempt, once that is proven, and charges the customer's payment
/// code as the next one. An order whose last attempt is already later is answered as it is, and the code is not used; so
/// a repeat never charges again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChargeOrder {
    /// The attempt that ends; it must be the order's last. Absent for an order that has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptNo>,
    /// What the till scanned.
    pub auth_code: AuthCode,
}

/// The number in a customer's payment code: whoever has it can take money from the customer for about a minute. 18 digits,
/// the first two 10 to 15 (WeChat Pay protocol B.11.1). It is shown nowhere: not in Debug, errors or logs; it is wiped from
/// memory when dropped. Nothing may keep it beyond the one call that charges it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode(Zeroizing<String>);

/// The text is no payment code. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a payment code: 18 digits that begin with 10, 11, 12, 13, 14 or 15")]
pub struct AuthCodeError;

impl AuthCode {
    /// Reads what a scanner gave.
    ///
    /// # Errors
    /// If it is no payment code.
    pub fn new(mut text: String) -> Result<Self, AuthCodeError> {
        let digits = text.as_bytes();
        let is_code = digits.len() == 18
            && digits.iter().all(u8::is_ascii_digit)
            && digits[0] == b'1'
            && digits[1] <= b'5';
        if is_code {
            return Ok(Self(Zeroizing::new(text)));
        }
        text.zeroize();
        Err(AuthCodeError)
    }

    /// The digits, for the one call that charges them.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for AuthCode {
    type Err = AuthCodeError;

    fn from_str(text: &str) -> Result<Self, AuthCodeError> {
        Self::new(text.to_owned())
    }
}

impl std::fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthCode(..)")
    }
}

impl Serialize for AuthCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AuthCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for text alone, serde would refuse a number itself, and repeat it.
        deserializer.deserialize_any(Reader)
    }
}

/// Reads the code from text. Serde's own errors repeat a value of a wrong type; these never do.
struct Reader;

impl serde::de::Visitor<'_> for Reader {
    type Value = AuthCode;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the 18 digits of a payment code as text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<AuthCode, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<AuthCode, E> {
        AuthCode::new(text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<AuthCode, E> {
        Err(E::custom(AuthCodeError))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<AuthCode, E> {
        Err(E::custom(AuthCodeError))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<AuthCode, E> {
        Err(E::custom(AuthCodeError))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for AuthCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::openapi::text(
            None,
            Some("^1[0-5][0-9]{16}$"),
            "The customer's payment code; never kept or logged.",
        )
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for AuthCode {}

open_enum! {
    /// Who scans whom in an attempt.
    AttemptKind {
        /// The customer scans the till's code.
        Qr = "qr",
        /// The till scans the customer's payment code.
        Code = "code",
    }
}

impl Default for AttemptKind {
    /// What an attempt was before there were others.
    fn default() -> Self {
        Self::Qr
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_request;

    #[test]
    fn a_payment_code_is_eighteen_digits_of_a_known_prefix() {
        for prefix in 10..=15 {
            let text = format!("{prefix}4567890123456789");
            assert_eq!(text.parse::<AuthCode>().unwrap().expose(), text);
        }
        for wrong in [
            "",
            "16456789012345678",
            "164567890123456789",
            "094567890123456789",
            "13456789012345678",
            "1345678901234567890",
            "13456789012345678a",
            " 34567890123456789",
            "13４567890123456",
            "weixin://wxpay/s/1",
        ] {
            assert_eq!(wrong.parse::<AuthCode>(), Err(AuthCodeError), "{wrong:?}");
        }
    }

    #[test]
    fn a_payment_code_is_shown_in_no_error_and_no_debug() {
        let secret = "134567890123456789";
        let call = ChargeOrder { attempt: None, auth_code: secret.parse().unwrap() };
        assert!(!format!("{call:?}").contains("3456"));
        for body in [
            r#"{"auth_code":134567890123456789}"#,
            r#"{"auth_code":-134567890123456789}"#,
            r#"{"auth_code":13456789012345678912345}"#,
            r#"{"auth_code":"1345678901234567891"}"#,
            r#"{"auth_code":["134567890123456789"]}"#,
            r#"{"auth_code":{"134567890123456789":1}}"#,
            r#"{"auth_code":null}"#,
        ] {
            let error = read_request::<ChargeOrder>(body.as_bytes()).unwrap_err();
            assert_eq!(error.field, "auth_code", "{body}");
            assert!(!error.to_string().contains("3456"), "{error}");
        }
        let good = read_request::<ChargeOrder>(br#"{"attempt":1,"auth_code":"134567890123456789"}"#).unwrap();
        assert_eq!((good.attempt, good.auth_code.expose()), (Some(AttemptNo::FIRST), secret));
    }
}
