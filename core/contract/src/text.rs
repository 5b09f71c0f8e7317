//! Text that people write: bounded, printable, refused with a reason.

use serde::{Deserialize, Serialize};

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing was written.
    #[error("must not be empty")]
    Empty,
    /// More bytes in UTF-8 than allowed.
    #[error("must have at most {max} bytes in UTF-8, has {len}")]
    TooLong {
        /// Bytes given.
        len: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// A control character, such as a line break.
    #[error("must not contain control characters (found U+{0:04X})")]
    Control(u32),
    /// A character outside the Basic Multilingual Plane, such as an emoji.
    #[error("must not contain emoji or other characters of four bytes (found U+{0:04X})")]
    FourBytes(u32),
}

fn check(text: &str, max: usize, four_bytes_allowed: bool) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > max {
        return Err(TextError::TooLong { len: text.len(), max });
    }
    for c in text.chars() {
        if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            return Err(TextError::Control(u32::from(c)));
        }
        if c.len_utf8() == 4 && !four_bytes_allowed {
            return Err(TextError::FourBytes(u32::from(c)));
        }
    }
    Ok(())
}

macro_rules! text_type {
    ($(#[$outer:meta])* $name:ident, max $max:literal, emoji $emoji:literal) => {
        $(#[$outer])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most bytes allowed, in UTF-8.
            pub const BYTES_MAX: usize = $max;

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                check(&text, $max, $emoji).map(|()| Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
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
                crate::openapi::text(Some($max), None, concat!("At most ", $max, " bytes in UTF-8, no control characters."))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

text_type! {
    /// What the customer reads on the payment page: 1–127 bytes of UTF-8, no emoji, no control characters
    /// (WeChat Pay protocol B.2.1, `description`; A.2 for the characters).
    Description, max 127, emoji false
}
text_type! {
    /// What the cashier noted; it never leaves the merchant. 1–500 bytes.
    Note, max 500, emoji true
}
text_type! {
    /// What a line is about: a waybill, an item, an invoice. 1–64 bytes.
    Reference, max 64, emoji false
}
text_type! {
    /// What may be open only once per merchant account: a waybill, a table and its round. 1–64 bytes.
    BusinessKey, max 64, emoji false
}
text_type! {
    /// Why money is given back, as the customer reads it. 1–80 bytes (WeChat Pay protocol B.8.1, `reason`; whether its limit
    /// counts bytes or characters is not known, H.2).
    RefundReason, max 80, emoji false
}
text_type! {
    /// What people call a device: "counter 2". 1–64 bytes.
    DeviceName, max 64, emoji true
}
text_type! {
    /// What people call a person: "小李". 1–64 bytes.
    PersonName, max 64, emoji true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_127_bytes_and_no_more() {
        assert!("绿豆咖啡-拿铁".parse::<Description>().is_ok());
        assert!("a".repeat(127).parse::<Description>().is_ok());
        assert_eq!("a".repeat(128).parse::<Description>(), Err(TextError::TooLong { len: 128, max: 127 }));
        assert_eq!("咖".repeat(43).parse::<Description>(), Err(TextError::TooLong { len: 129, max: 127 }));
    }

    #[test]
    fn control_characters_emoji_and_blanks_are_refused() {
        assert_eq!("a\nb".parse::<Description>(), Err(TextError::Control(10)));
        assert_eq!("a\u{202e}b".parse::<Description>(), Err(TextError::Control(0x202e)));
        assert_eq!("☕ 🍵".parse::<Description>(), Err(TextError::FourBytes(0x1f375)));
        assert!("🍵".parse::<Note>().is_ok());
        assert_eq!("  ".parse::<Reference>(), Err(TextError::Empty));
    }
}
