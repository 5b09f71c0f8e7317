//! The keys of both sides: the merchant's private key signs requests, WeChat Pay's keys verify answers and
//! notifications.
//!
//! [`Signer`] and [`Verifier`] are traits, so that a key may live in a hardware module or a key service.

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod pem;
mod samples;
mod serial;
mod set;
mod signing;
mod verifying;

use thiserror::Error;

#[cfg(feature = "aws-lc")]
pub use aws_lc::AwsLcSigner;
pub use pem::{Fingerprint, KeyError, certificate_serial, fingerprint};
pub use samples::{PUBLISHED_API_KEYS, PUBLISHED_APIV3_KEYS, PUBLISHED_KEYS};
pub use serial::{PUBLIC_KEY_ID_PREFIX, Serial, SerialError};
pub use set::{Validity, WechatPayKeys};
pub use signing::RsaSigner;
pub use verifying::RsaVerifier;

/// Signs with one private key: RSA, PKCS#1 v1.5, SHA-256 (WeChat Pay protocol A.4.2).
pub trait Signer: Send + Sync {
    /// The serial number that tells the reader which key signed: a merchant's API certificate, or one of WeChat Pay's
    /// keys when a double of WeChat Pay signs.
    fn serial_no(&self) -> &str;

    /// Signs a text, given whole. The result is the raw signature, not Base64.
    ///
    /// # Errors
    /// When the key's holder cannot sign now. A key in memory fails only if the system gives no randomness.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Verifies signatures by the key that a serial names.
pub trait Verifier: Send + Sync {
    /// Verifies a raw signature over a text, with exactly the key named by `serial`, never with another one that
    /// happens to fit (WeChat Pay protocol A.5.3).
    ///
    /// # Errors
    /// [`VerifyError::UnknownSerial`] when there is no such key, so that the caller can fetch keys anew;
    /// [`VerifyError::Signature`] when the signature is not that key's.
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError>;

    /// When the key named by `serial` may be used, if that is known and limited.
    fn validity(&self, serial: &str) -> Option<Validity> {
        let _ = serial;
        None
    }
}

/// Why a text could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot sign with key {serial_no}: {reason}")]
pub struct SignError {
    /// The key's serial number.
    pub serial_no: String,
    /// What its holder said.
    pub reason: String,
}

/// Why a signature was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// No key with this serial is known. In certificate mode: fetch the certificates anew, at a limited rate.
    #[error("no key with the serial {serial} is known")]
    UnknownSerial {
        /// The serial as it was sent, shortened if it was overlong.
        serial: String,
    },
    /// The signature is not the named key's over this text.
    #[error("the signature is not by the key {serial}")]
    Signature {
        /// The key that was asked.
        serial: String,
    },
}

impl VerifyError {
    pub(crate) fn unknown(serial: &str) -> Self {
        Self::UnknownSerial { serial: serial.chars().take(serial::SERIAL_CHARS_MAX).collect() }
    }
}
