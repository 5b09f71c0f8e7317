//! Signing with a private key in memory, by the `rsa` crate.

use std::fmt;

use getrandom::SysRng;
use rsa::{
    pkcs1v15::SigningKey,
    signature::{RandomizedSigner, SignatureEncoding},
};
use sha2::Sha256;

use super::{Fingerprint, KeyError, Serial, SignError, Signer, pem};

/// An RSA private key in memory. It is wiped when dropped and never printed.
///
/// Each signature is computed on a number blinded with the system's randomness, so that its timing tells nothing about
/// the key; the signature itself is always the same for the same text.
pub struct RsaSigner {
    serial_no: Serial,
    key: SigningKey<Sha256>,
}

impl RsaSigner {
    /// Reads the private key from PEM, PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    ///
    /// `serial_no` is the serial number of the merchant's API certificate (not of WeChat Pay's), or the name of
    /// WeChat Pay's key when a double of WeChat Pay signs.
    ///
    /// # Errors
    /// When the text is something else, the key has less than 2048 bits, or the serial cannot be one.
    pub fn from_pem(serial_no: &str, pem: &str) -> Result<Self, KeyError> {
        Ok(Self { serial_no: Serial::new(serial_no)?, key: SigningKey::new(pem::private_key(pem)?) })
    }

    /// The fingerprint of the key's public half: equal to the certificate's if they belong together.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let key: &rsa::PrivateKey = self.key.as_ref();
        Fingerprint::of(&key.to_public_key())
    }
}

impl Signer for RsaSigner {
    fn serial_no(&self) -> &str {
        self.serial_no.as_str()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.key
            .try_sign_with_rng(&mut SysRng, message)
            .map(|signature| signature.to_vec())
            .map_err(|error| SignError { serial_no: self.serial_no.to_string(), reason: error.to_string() })
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaSigner").field("serial_no", &self.serial_no).finish_non_exhaustive()
    }
}
