//! The signature of API v2: a digest over the fields and a key that both sides share (WeChat Pay protocol C.2).
//!
//! Both ends use it: a merchant signs requests and verifies answers and notifications, WeChat Pay (or its double) the
//! other way round.

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::xml::{Fields, ROOT, XmlError};

/// The field that carries the signature, and takes no part in it.
pub const SIGN: &str = "sign";

/// The field that names the algorithm; it takes part in the signature when it is sent.
pub const SIGN_TYPE: &str = "sign_type";

/// The API key: 32 characters that a merchant sets at WeChat Pay, shared by both. It is not the APIv3 key.
///
/// Whoever has it can make messages in the name of either side. It is wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<[u8; API_KEY_BYTES]>);

const API_KEY_BYTES: usize = 32;

impl ApiKey {
    /// Takes the key's bytes.
    ///
    /// # Errors
    /// When they are not exactly 32 letters, digits or other visible ASCII characters.
    pub fn new(key: &[u8]) -> Result<Self, ApiKeyError> {
        let bytes: [u8; API_KEY_BYTES] =
            key.try_into().map_err(|_| ApiKeyError::Length { bytes: key.len() })?;
        let bytes = Zeroizing::new(bytes);
        if !bytes.iter().all(u8::is_ascii_graphic) {
            return Err(ApiKeyError::Characters);
        }
        Ok(Self(bytes))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The SHA-256 of the key in hexadecimal, to recognise published sample keys without carrying them.
    pub(crate) fn sha256(&self) -> String {
        Sha256::digest(self.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// Why a text is not an API key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// Another length than 32 bytes.
    #[error("an API key has exactly 32 characters, this one has {bytes} bytes")]
    Length {
        /// The length found.
        bytes: usize,
    },
    /// A blank, a control or a non-ASCII character.
    #[error(
        "an API key consists of letters and digits; this one has a blank, a control or a non-ASCII character"
    )]
    Characters,
}

/// With which algorithm a merchant signs, and WeChat Pay answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignType {
    /// MD5, WeChat Pay's default: 32 hexadecimal digits.
    Md5,
    /// HMAC-SHA256: 64 hexadecimal digits.
    HmacSha256,
}

impl SignType {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// Reads a name, in exactly WeChat Pay's spelling.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Md5, Self::HmacSha256].into_iter().find(|known| known.as_str() == name)
    }

    /// What a request says it is signed with; MD5 when it does not say. For WeChat Pay's side alone: a merchant knows
    /// its algorithm, and takes no other.
    ///
    /// # Errors
    /// When the name is another one.
    pub fn of_request(fields: &Fields<'_>) -> Result<Self, Unsigned> {
        match fields.get(SIGN_TYPE) {
            None | Some("") => Ok(Self::Md5),
            Some(name) => Self::from_name(name).ok_or(Unsigned::SignType),
        }
    }

    fn hex_digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::HmacSha256 => 64,
        }
    }
}

impl fmt::Display for SignType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An API key and the one algorithm it is used with. Messages signed with another algorithm are not believed, or an
/// attacker could choose the weaker one.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The key.
    pub key: ApiKey,
    /// The algorithm.
    pub sign_type: SignType,
}

impl Signing {
    /// The signature over these fields: upper-case hexadecimal digits. A `sign` among them and empty values take no part.
    #[must_use]
    pub fn sign(&self, fields: &Fields<'_>) -> String {
        let text = signed_text(fields, &self.key);
        match self.sign_type {
            SignType::Md5 => upper_hex(&Md5::digest(&text)),
            SignType::HmacSha256 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes())
                    .expect("HMAC takes a key of any length");
                mac.update(&text);
                upper_hex(&mac.finalize().into_bytes())
            }
        }
    }

    /// Signs the fields and writes the message, `sign` included. It is wiped from memory when the last copy is dropped.
    ///
    /// # Errors
    /// When XML cannot carry them, see [`Fields::write`].
    pub fn write(&self, mut fields: Fields<'_>) -> Result<Bytes, XmlError> {
        let sign = self.sign(&fields);
        fields.set(SIGN, sign);
        Ok(Bytes::from_owner(fields.write(ROOT)?))
    }

    /// Verifies the signature among these fields, in a time that tells nothing about the right one.
    ///
    /// # Errors
    /// When there is none, or none of this key and algorithm.
    pub fn verify(&self, fields: &Fields<'_>) -> Result<(), Unsigned> {
        if !fields.iter().any(|(name, value)| name != SIGN && !value.is_empty()) {
            return Err(Unsigned::Empty);
        }
        let sign = fields.get(SIGN).filter(|sign| !sign.is_empty()).ok_or(Unsigned::Missing)?;
        let is_other_type = fields.get(SIGN_TYPE).is_some_and(|name| {
            !name.is_empty() && SignType::from_name(name).is_none_or(|named| named != self.sign_type)
        });
        if is_other_type {
            return Err(Unsigned::SignType);
        }
        if sign.len() != self.sign_type.hex_digits() {
            return Err(Unsigned::Length { sign_type: self.sign_type });
        }
        let sign = sign.to_ascii_uppercase();
        if bool::from(sign.as_bytes().ct_eq(self.sign(fields).as_bytes())) {
            Ok(())
        } else {
            Err(Unsigned::Signature)
        }
    }
}

/// `name=value` of each field that takes part, joined by `&`, and the key at the end (C.2, steps 1 to 4).
fn signed_text(fields: &Fields<'_>, key: &ApiKey) -> Zeroizing<Vec<u8>> {
    let parts = || fields.iter().filter(|(name, value)| *name != SIGN && !value.is_empty());
    let bytes: usize = parts().map(|(name, value)| name.len() + value.len() + "=&".len()).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(bytes + "key=".len() + API_KEY_BYTES));
    for (name, value) in parts() {
        for part in [name, "=", value, "&"] {
            text.extend_from_slice(part.as_bytes());
        }
    }
    text.extend_from_slice(b"key=");
    text.extend_from_slice(key.as_bytes());
    text
}

fn upper_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Why a message is not taken as the other side's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unsigned {
    /// There is nothing that could be signed.
    #[error("the message has no fields that are signed")]
    Empty,
    /// No signature.
    #[error("the field sign is missing: not signed")]
    Missing,
    /// Another algorithm is named than the one agreed upon.
    #[error("the field sign_type names another algorithm than the agreed one")]
    SignType,
    /// A signature of another length than the algorithm's: most often the other algorithm.
    #[error("the field sign is not as long as {sign_type} makes it: signed with another algorithm")]
    Length {
        /// The algorithm that is agreed upon.
        sign_type: SignType,
    },
    /// A signature by another key, or over other fields.
    #[error("the signature is wrong: another API key, or other fields than those signed")]
    Signature,
}

#[cfg(test)]
mod tests;
