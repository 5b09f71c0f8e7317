//! Names of things: parsed once at the edge, never wrong afterwards.

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {rule}, got {got:?}")]
pub struct IdError {
    rule: &'static str,
    got: String,
}

impl IdError {
    fn new(rule: &'static str, got: &str) -> Self {
        Self { rule, got: got.chars().take(40).collect() }
    }
}

macro_rules! id_type {
    ($(#[$outer:meta])* $name:ident, $rule:literal, $pattern:literal, $check:expr) => {
        $(#[$outer])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err(IdError::new($rule, &text)) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                crate::openapi::text(None, Some($pattern), concat!("Must be ", $rule, "."))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

fn is_slug(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.as_bytes()[0] <= b'7'
        && text.bytes().all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b)))
}

id_type! {
    /// The number of an order: 26 characters of ULID, made on the phone once, when the sale screen opens. It is the
    /// idempotency key from the button to the bank.
    OrderNo, "a ULID of 26 characters, 0-9 and A-Z without I, L, O, U", "^[0-7][0-9A-HJKMNP-TV-Z]{25}$", is_ulid
}
id_type! {
    /// The number of a refund: 26 characters of ULID, made by the till once, when the refund sheet opens. It is the
    /// idempotency key from the button to the bank (WeChat Pay protocol B.8.1, `out_refund_no`).
    RefundNo, "a ULID of 26 characters, 0-9 and A-Z without I, L, O, U", "^[0-7][0-9A-HJKMNP-TV-Z]{25}$", is_ulid
}
id_type! {
    /// A merchant: whoever is paid, and whose root key signs.
    MerchantId, "1-32 characters of a-z, 0-9, '-' and '_'", "^[a-z0-9_-]{1,32}$", is_slug
}
id_type! {
    /// A store of a merchant.
    StoreId, "1-32 characters of a-z, 0-9, '-' and '_'", "^[a-z0-9_-]{1,32}$", is_slug
}
id_type! {
    /// A paired device; also the `keyid` of its request signatures.
    DeviceId, "1-32 characters of a-z, 0-9, '-' and '_'", "^[a-z0-9_-]{1,32}$", is_slug
}
id_type! {
    /// A person who works at a merchant.
    StaffId, "1-32 characters of a-z, 0-9, '-' and '_'", "^[a-z0-9_-]{1,32}$", is_slug
}
id_type! {
    /// Something about which a day's books and the bank's bill differ; the same whenever the same is found.
    FindingId, "1-32 characters of a-z, 0-9, '-' and '_'", "^[a-z0-9_-]{1,32}$", is_slug
}
id_type! {
    /// The name of a signing key.
    Kid, "1-32 characters of a-z, 0-9, '-' and '_'", "^[a-z0-9_-]{1,32}$", is_slug
}
id_type! {
    /// The number of an attempt at its channel: 28 letters and digits, which every channel known accepts
    /// (WeChat Pay protocol B.2.1, `out_trade_no`). Stored as text and never taken apart.
    OutTradeNo, "28 characters of 0-9 and A-Z", "^[0-9A-Z]{28}$",
    |text| text.len() == 28 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn ulid(unix_ms: u64, random: [u8; 10]) -> String {
    let mut wide = [0u8; 16];
    wide[6..].copy_from_slice(&random);
    ulid::Ulid::from_parts(unix_ms, u128::from_be_bytes(wide)).to_string()
}

impl RefundNo {
    /// A new number from the time in milliseconds since 1970 and 80 random bits.
    pub fn new(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(ulid(unix_ms, random))
    }
}

impl OrderNo {
    /// A new number from the time in milliseconds since 1970 and 80 random bits.
    pub fn new(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(ulid(unix_ms, random))
    }

    /// The last six characters: what people read to each other.
    pub fn tail(&self) -> &str {
        &self.0[20..]
    }
}

impl OutTradeNo {
    /// The number of an order's attempt: the order's number followed by the attempt's two digits.
    pub fn new(order_no: &OrderNo, attempt: AttemptNo) -> Self {
        Self(format!("{order_no}{:02}", attempt.get()))
    }
}

/// Which try of an order this is: 1–99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 99))]
#[serde(try_from = "u8", into = "u8")]
pub struct AttemptNo(u8);

impl AttemptNo {
    /// The first attempt.
    pub const FIRST: Self = Self(1);
    /// The last attempt that an order can have.
    pub const LAST: Self = Self(99);

    /// The number, 1–99.
    pub fn get(self) -> u8 {
        self.0
    }

    /// The following attempt, or none after the ninety-ninth.
    pub fn next(self) -> Option<Self> {
        (self.0 < Self::LAST.0).then(|| Self(self.0 + 1))
    }
}

impl TryFrom<u8> for AttemptNo {
    type Error = IdError;

    fn try_from(number: u8) -> Result<Self, IdError> {
        if (1..=99).contains(&number) {
            Ok(Self(number))
        } else {
            Err(IdError::new("an attempt number from 1 to 99", &number.to_string()))
        }
    }
}

impl From<AttemptNo> for u8 {
    fn from(attempt: AttemptNo) -> u8 {
        attempt.0
    }
}

impl std::fmt::Display for AttemptNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_number_is_a_ulid_and_its_attempts_add_two_digits() {
        let order_no = OrderNo::new(1_785_549_600_000, [7; 10]);
        assert_eq!(order_no.as_str().len(), 26);
        assert_eq!(order_no.as_str().parse(), Ok(order_no.clone()));
        let third = OutTradeNo::new(&order_no, AttemptNo(3));
        assert_eq!(third.as_str(), format!("{order_no}03"));
        assert_eq!(third.as_str().parse(), Ok(third));
    }

    #[test]
    fn wrong_numbers_say_the_rule() {
        let text = "01j00000000000000000000000".parse::<OrderNo>().unwrap_err().to_string();
        assert!(text.contains("ULID of 26 characters"), "{text}");
        assert!("8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<OrderNo>().is_err());
        assert!("01JU0000000000000000000000".parse::<OrderNo>().is_err());
        assert!("Shop 1".parse::<StoreId>().is_err());
        assert!(AttemptNo::try_from(0).is_err());
        assert_eq!(AttemptNo::LAST.next(), None);
    }
}
