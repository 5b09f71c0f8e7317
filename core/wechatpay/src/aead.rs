//! Opening (and, for a double of WeChat Pay, sealing) what WeChat Pay encrypts with the APIv3 key: AES-256-GCM
//! (WeChat Pay protocol A.7).

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// The name of the only algorithm WeChat Pay uses here.
pub const ALGORITHM: &str = "AEAD_AES_256_GCM";

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Longest ciphertext that WeChat Pay documents, in characters of Base64 (WeChat Pay protocol B.6.1).
const CIPHERTEXT_CHARS_MAX: usize = 1_048_576;

/// The APIv3 key: 32 characters that a merchant sets at WeChat Pay, shared by both.
///
/// It only opens what WeChat Pay encrypts. It is wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct Apiv3Key(Zeroizing<[u8; KEY_BYTES]>);

impl Apiv3Key {
    /// Takes the key's bytes.
    ///
    /// # Errors
    /// When they are not exactly 32 visible ASCII characters.
    pub fn new(key: &[u8]) -> Result<Self, Apiv3KeyError> {
        let bytes: [u8; KEY_BYTES] =
            key.try_into().map_err(|_| Apiv3KeyError::Length { bytes: key.len() })?;
        let bytes = Zeroizing::new(bytes);
        if !bytes.iter().all(u8::is_ascii_graphic) {
            return Err(Apiv3KeyError::Characters);
        }
        Ok(Self(bytes))
    }

    /// Opens a ciphertext: Base64 of the encrypted text and its 16-byte tag.
    ///
    /// `nonce` and `associated_data` are the members beside it, used as their bytes; a missing `associated_data` is
    /// the empty text.
    ///
    /// # Errors
    /// When the input is malformed, or was not sealed with this key, nonce and associated data.
    pub fn open(
        &self,
        nonce: &str,
        associated_data: &str,
        ciphertext_base64: &str,
    ) -> Result<Vec<u8>, OpenError> {
        let nonce: [u8; NONCE_BYTES] =
            nonce.as_bytes().try_into().map_err(|_| OpenError::NonceLength { bytes: nonce.len() })?;
        if ciphertext_base64.len() > CIPHERTEXT_CHARS_MAX {
            return Err(OpenError::TooLong);
        }
        let ciphertext = STANDARD.decode(ciphertext_base64).map_err(|_| OpenError::Base64)?;
        if ciphertext.len() < TAG_BYTES {
            return Err(OpenError::TooShort);
        }
        self.cipher()
            .decrypt(&nonce.into(), Payload { msg: &ciphertext, aad: associated_data.as_bytes() })
            .map_err(|_| OpenError::Tag)
    }

    /// Seals a text as WeChat Pay does; only a double of WeChat Pay needs it.
    ///
    /// A nonce must never be used twice with one key.
    ///
    /// # Errors
    /// When the nonce does not have 12 bytes, or the text is too long to be opened again.
    pub fn seal(&self, nonce: &str, associated_data: &str, plaintext: &[u8]) -> Result<String, SealError> {
        let nonce: [u8; NONCE_BYTES] =
            nonce.as_bytes().try_into().map_err(|_| SealError::NonceLength { bytes: nonce.len() })?;
        if plaintext.len() > CIPHERTEXT_CHARS_MAX / 4 * 3 - TAG_BYTES {
            return Err(SealError::TooLong);
        }
        let ciphertext = self
            .cipher()
            .encrypt(&nonce.into(), Payload { msg: plaintext, aad: associated_data.as_bytes() })
            .expect("AES-GCM fails only beyond 64 GiB");
        Ok(STANDARD.encode(ciphertext))
    }

    /// The SHA-256 of the key in hexadecimal, to recognise published sample keys without carrying them.
    pub(crate) fn sha256(&self) -> String {
        let digest = Sha256::digest(self.0.as_slice());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.0).into())
    }
}

impl fmt::Debug for Apiv3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Apiv3Key(…)")
    }
}

/// Why a text is not an APIv3 key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Apiv3KeyError {
    /// Another length than 32 bytes.
    #[error("an APIv3 key has exactly 32 characters, this one has {bytes} bytes")]
    Length {
        /// The length found.
        bytes: usize,
    },
    /// A blank, a control or a non-ASCII character.
    #[error(
        "an APIv3 key consists of letters and digits; this one has a blank, a control or a non-ASCII character"
    )]
    Characters,
}

/// Why a ciphertext could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The nonce is not 12 bytes long.
    #[error("the nonce has {bytes} bytes instead of 12")]
    NonceLength {
        /// The length found.
        bytes: usize,
    },
    /// The ciphertext is not Base64.
    #[error("the ciphertext is not Base64")]
    Base64,
    /// The ciphertext is shorter than its tag.
    #[error("the ciphertext is shorter than its 16-byte tag")]
    TooShort,
    /// The ciphertext is longer than WeChat Pay ever sends.
    #[error("the ciphertext is longer than {CIPHERTEXT_CHARS_MAX} characters")]
    TooLong,
    /// Key, nonce, associated data and ciphertext do not belong together.
    #[error(
        "the ciphertext does not open; the usual cause is another APIv3 key than the one set at WeChat Pay"
    )]
    Tag,
}

/// Why a text could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// The nonce is not 12 bytes long.
    #[error("the nonce has {bytes} bytes instead of 12")]
    NonceLength {
        /// The length found.
        bytes: usize,
    },
    /// The text is longer than a ciphertext may be.
    #[error("the text is too long to be sealed")]
    TooLong,
}

#[cfg(test)]
mod tests;
