//! Signing with a private key in memory, by AWS-LC: for servers that sign much.

use std::fmt;

use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use rsa::pkcs8::EncodePrivateKey;

use super::{Fingerprint, KeyError, Serial, SignError, Signer, pem};

/// An RSA private key in memory, used by AWS-LC, which blinds each signature. Never printed.
pub struct AwsLcSigner {
    serial_no: Serial,
    fingerprint: Fingerprint,
    key: KeyPair,
}

impl AwsLcSigner {
    /// Reads the private key from PEM, as [`RsaSigner::from_pem`](super::RsaSigner::from_pem) does.
    ///
    /// # Errors
    /// When the text is something else, the key has less than 2048 bits, or the serial cannot be one.
    pub fn from_pem(serial_no: &str, pem: &str) -> Result<Self, KeyError> {
        let serial_no = Serial::new(serial_no)?;
        let key = pem::private_key(pem)?;
        let fingerprint = Fingerprint::of(&key.to_public_key());
        let damaged = KeyError::Content { kind: "PRIVATE KEY" };
        let der = key.to_pkcs8_der().map_err(|_| damaged.clone())?;
        let key = KeyPair::from_pkcs8(der.as_bytes()).map_err(|_| damaged)?;
        Ok(Self { serial_no, fingerprint, key })
    }

    /// The fingerprint of the key's public half: equal to the certificate's if they belong together.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl Signer for AwsLcSigner {
    fn serial_no(&self) -> &str {
        self.serial_no.as_str()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|error| {
            SignError { serial_no: self.serial_no.to_string(), reason: error.to_string() }
        })?;
        Ok(signature)
    }
}

impl fmt::Debug for AwsLcSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsLcSigner").field("serial_no", &self.serial_no).finish_non_exhaustive()
    }
}
