//! The keys WeChat Pay may sign with: several at once, chosen by serial, so that rotation and the switch from
//! certificates to public keys go unnoticed (WeChat Pay protocol A.6).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{KeyError, RsaVerifier, Serial, Verifier, VerifyError, pem};

/// When a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The moment from which on it may be used no more.
    pub until: Timestamp,
}

impl Validity {
    /// Whether the key may no longer be used.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until
    }
}

/// All keys of WeChat Pay that one merchant number trusts: platform certificates by serial number, public keys by
/// their `PUB_KEY_ID_…`.
#[derive(Debug, Clone, Default)]
pub struct WechatPayKeys {
    keys: BTreeMap<Serial, Key>,
}

#[derive(Debug, Clone)]
struct Key {
    verifier: RsaVerifier,
    validity: Option<Validity>,
}

impl WechatPayKeys {
    /// No key at all: everything is refused as signed by an unknown one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a platform certificate, valid for the time it says itself. One with the same serial is replaced.
    ///
    /// # Errors
    /// When the text is not a certificate in PEM with an RSA key of at least 2048 bits.
    pub fn add_certificate(&mut self, pem: &str) -> Result<Serial, KeyError> {
        let times = *pem::certificate(pem)?.tbs_certificate().validity();
        let validity = Validity { from: moment(times.not_before), until: moment(times.not_after) };
        Ok(self.insert(RsaVerifier::from_certificate_pem(pem)?, Some(validity)))
    }

    /// Adds a platform certificate with the times WeChat Pay named for it, which may end before the certificate does
    /// (WeChat Pay protocol A.6.2).
    ///
    /// # Errors
    /// As [`Self::add_certificate`].
    pub fn add_certificate_valid(&mut self, pem: &str, validity: Validity) -> Result<Serial, KeyError> {
        Ok(self.insert(RsaVerifier::from_certificate_pem(pem)?, Some(validity)))
    }

    /// Adds a WeChat Pay public key by its id; it has no end. One with the same id is replaced.
    ///
    /// # Errors
    /// When the text is not a public key in PEM of at least 2048 bits, or the id does not begin with `PUB_KEY_ID_`.
    pub fn add_public_key(&mut self, id: &str, pem: &str) -> Result<Serial, KeyError> {
        let verifier = RsaVerifier::from_public_key_pem(id, pem)?;
        if !verifier.serial().is_public_key_id() {
            return Err(super::SerialError.into());
        }
        Ok(self.insert(verifier, None))
    }

    fn insert(&mut self, verifier: RsaVerifier, validity: Option<Validity>) -> Serial {
        let serial = verifier.serial().clone();
        self.keys.insert(serial.clone(), Key { verifier, validity });
        serial
    }

    /// Removes the key with this serial; says whether there was one.
    pub fn remove(&mut self, serial: &Serial) -> bool {
        self.keys.remove(serial).is_some()
    }

    /// Removes the certificates whose time is over.
    pub fn remove_expired(&mut self, now: Timestamp) {
        self.keys.retain(|_, key| key.validity.is_none_or(|validity| !validity.is_over(now)));
    }

    /// The serials of all keys held.
    pub fn serials(&self) -> impl Iterator<Item = &Serial> {
        self.keys.keys()
    }

    /// The keys held.
    pub fn verifiers(&self) -> impl Iterator<Item = &RsaVerifier> {
        self.keys.values().map(|key| &key.verifier)
    }

    /// Whether no key is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What to send as `Wechatpay-Serial`: the public key if there is one, which makes WeChat Pay sign its answer with
    /// it, else the certificate that ends last (WeChat Pay protocol A.3, J).
    #[must_use]
    pub fn preferred(&self, now: Timestamp) -> Option<&Serial> {
        self.keys
            .iter()
            .filter(|(_, key)| key.validity.is_none_or(|validity| !validity.is_over(now)))
            .max_by_key(|(_, key)| {
                key.validity.map_or((true, Timestamp::MAX), |validity| (false, validity.until))
            })
            .map(|(serial, _)| serial)
    }

    fn key(&self, serial: &str) -> Option<&Key> {
        self.keys.get(&Serial::new(serial).ok()?)
    }
}

impl Verifier for WechatPayKeys {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        self.key(serial)
            .ok_or_else(|| VerifyError::unknown(serial))?
            .verifier
            .verify_signature(message, signature)
    }

    fn validity(&self, serial: &str) -> Option<Validity> {
        self.key(serial)?.validity
    }
}

/// A certificate's time; certificates reach from 1950 to 9999, within what a timestamp holds.
fn moment(time: x509_cert::time::Time) -> Timestamp {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}
