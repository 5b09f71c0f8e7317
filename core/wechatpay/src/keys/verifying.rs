//! Verifying with one public key.

use std::fmt;

use rsa::{
    PublicKey,
    pkcs1v15::{Signature, VerifyingKey},
    signature::Verifier as _,
};
use sha2::Sha256;

use super::{Fingerprint, KeyError, Serial, Verifier, VerifyError, pem};

/// One RSA public key with its serial.
#[derive(Clone)]
pub struct RsaVerifier {
    serial: Serial,
    key: VerifyingKey<Sha256>,
    fingerprint: Fingerprint,
}

impl RsaVerifier {
    /// Reads a certificate in PEM; its own serial number is the serial. The certificate's chain and times are not
    /// checked: trust comes from where the certificate came from.
    ///
    /// # Errors
    /// When the text is something else or its key is not RSA of at least 2048 bits.
    pub fn from_certificate_pem(pem: &str) -> Result<Self, KeyError> {
        let certificate = pem::certificate(pem)?;
        Ok(Self::new(pem::serial_of(&certificate)?, pem::certificate_key(&certificate)?))
    }

    /// Reads a bare public key in PEM (`PUBLIC KEY`), named by `serial`: `PUB_KEY_ID_…` for WeChat Pay's.
    ///
    /// # Errors
    /// When the text is something else, its key is not RSA of at least 2048 bits, or the serial cannot be one.
    pub fn from_public_key_pem(serial: &str, pem: &str) -> Result<Self, KeyError> {
        Ok(Self::new(Serial::new(serial)?, pem::public_key(pem)?))
    }

    fn new(serial: Serial, key: PublicKey) -> Self {
        Self { serial, fingerprint: Fingerprint::of(&key), key: VerifyingKey::new(key) }
    }

    /// The key's serial.
    #[must_use]
    pub fn serial(&self) -> &Serial {
        &self.serial
    }

    /// The key's fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Verifies a raw signature over a text, whatever serial came with it.
    ///
    /// # Errors
    /// When the signature is not this key's over this text.
    pub fn verify_signature(&self, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        Signature::try_from(signature)
            .and_then(|signature| self.key.verify(message, &signature))
            .map_err(|_| VerifyError::Signature { serial: self.serial.to_string() })
    }
}

impl Verifier for RsaVerifier {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        match Serial::new(serial) {
            Ok(serial) if serial == self.serial => self.verify_signature(message, signature),
            _ => Err(VerifyError::unknown(serial)),
        }
    }
}

impl fmt::Debug for RsaVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaVerifier")
            .field("serial", &self.serial)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
