//! Signing with a private key in memory, by AWS-LC: for servers that sign much.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};

use super::{KeyError, Serial, SignError, Signer, pem};

/// An RSA private key in memory, used by AWS-LC, which blinds each signature. Never printed.
pub struct AwsLcSigner {
    serial_no: Serial,
    key: KeyPair,
}

impl AwsLcSigner {
    /// Reads the private key from PEM, as [`RsaSigner::from_pem`](super::RsaSigner::from_pem) does.
    ///
    /// # Errors
    /// When the text is something else, the key has less than 2048 bits, or the serial cannot be one.
    pub fn from_pem(serial_no: &str, pem: &str) -> Result<Self, KeyError> {
        let serial_no = Serial::new(serial_no)?;
        let (der, is_pkcs8) = pem::private_key_der(pem)?;
        let key =
            if is_pkcs8 { KeyPair::from_pkcs8(der.as_bytes()) } else { KeyPair::from_der(der.as_bytes()) }
                .map_err(|_| KeyError::Content { kind: "PRIVATE KEY" })?;
        let bits = key.public_key().modulus().big_endian_without_leading_zero();
        pem::sized(u32::try_from(bits.len() * 8).unwrap_or(u32::MAX))?;
        Ok(Self { serial_no, key })
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
