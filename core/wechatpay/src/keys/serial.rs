//! Serials: which key is meant, compared as WeChat Pay's clients spell them.

use std::fmt;

use thiserror::Error;

/// How the id of a WeChat Pay public key begins (WeChat Pay protocol A.6.1).
pub const PUBLIC_KEY_ID_PREFIX: &str = "PUB_KEY_ID_";

/// Longest serial read; certificates have 40 characters, public key ids about 45.
pub(crate) const SERIAL_CHARS_MAX: usize = 128;

/// The name of a key: a certificate's serial number in hexadecimal, or the id of a WeChat Pay public key.
///
/// Keeps its spelling (upper case, leading zeros as given), but two serials are equal when they differ only in leading
/// zeros or case, since some clients drop or fold them (WeChat Pay protocol A.6.3, J).
#[derive(Clone)]
pub struct Serial(String);

impl Serial {
    /// Reads a serial.
    ///
    /// # Errors
    /// When it is neither hexadecimal nor begins with [`PUBLIC_KEY_ID_PREFIX`], or is overlong.
    pub fn new(text: &str) -> Result<Self, SerialError> {
        let upper = text.to_ascii_uppercase();
        let is_id = upper
            .strip_prefix(PUBLIC_KEY_ID_PREFIX)
            .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()));
        let is_hex = !upper.is_empty() && upper.bytes().all(|b| b.is_ascii_hexdigit());
        if upper.len() > SERIAL_CHARS_MAX || !(is_id || is_hex) {
            return Err(SerialError);
        }
        Ok(Self(upper))
    }

    /// The serial in upper case, leading zeros as they were given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a WeChat Pay public key rather than a certificate.
    #[must_use]
    pub fn is_public_key_id(&self) -> bool {
        self.0.starts_with(PUBLIC_KEY_ID_PREFIX)
    }

    fn significant(&self) -> &str {
        self.0.trim_start_matches('0')
    }
}

impl PartialEq for Serial {
    fn eq(&self, other: &Self) -> bool {
        self.significant() == other.significant()
    }
}

impl Eq for Serial {}

impl PartialOrd for Serial {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Serial {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.significant().cmp(other.significant())
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot be a serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a serial is hexadecimal, or begins with {PUBLIC_KEY_ID_PREFIX}")]
pub struct SerialError;
