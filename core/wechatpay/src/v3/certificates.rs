//! The download of WeChat Pay's platform certificates (WeChat Pay protocol A.6.2, A.6.3).
//!
//! Merchants that verify by WeChat Pay public key have none: they get 404, or an empty list, and must not ask for ever.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Call, CallError, CallName, Mchid, Untrusted, Verified, answer, json, time};
use crate::{
    aead::{ALGORITHM, Apiv3Key},
    keys::{KeyError, Serial, Validity, WechatPayKeys},
};

/// The call that asks for the certificates.
#[must_use]
pub fn call(mchid: &Mchid) -> Call {
    Call::get(CallName::Certificates, mchid, "/v3/certificates")
}

/// A platform certificate, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformCertificate {
    /// Its serial number.
    pub serial: Serial,
    /// When WeChat Pay signs with it.
    pub validity: Validity,
    /// The certificate in PEM.
    pub pem: String,
}

/// Reads the answer and opens the certificates in it. Add them to the keys with [`add_to`]; keep those already held
/// (WeChat Pay protocol A.6.3).
///
/// An answer signed by a key that is not held, as on the very first call, is opened first: that it opens proves that its
/// sender knows the APIv3 key. Then its signature must be by one of the certificates found in it.
///
/// # Errors
/// When WeChat Pay refused, the answer is not verifiably WeChat Pay's, or a certificate in it does not open.
pub fn read(
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &WechatPayKeys,
    apiv3_key: &Apiv3Key,
) -> Result<Verified<Vec<PlatformCertificate>>, CallError> {
    let claim = answer::claim(CallName::Certificates, response, now)?;
    let is_held = Serial::new(claim.serial()).is_ok_and(|serial| keys.serials().any(|held| *held == serial));
    if is_held {
        let evidence = claim.verify(keys)?;
        let found = open(evidence.body(), apiv3_key)?;
        return Ok(Verified::new(found, evidence));
    }

    let unknown = Untrusted::UnknownSerial { serial: claim.serial().to_owned() };
    let found = open(response.body(), apiv3_key)?;
    let mut found_keys = WechatPayKeys::new();
    add_to(&mut found_keys, &found)?;
    if found_keys.is_empty() {
        return Err(unknown.into());
    }
    let evidence = claim.verify(&found_keys)?;
    Ok(Verified::new(found, evidence))
}

/// Adds downloaded certificates to the keys in use.
///
/// # Errors
/// When one is not a certificate with an RSA key; those before it are added.
pub fn add_to(keys: &mut WechatPayKeys, certificates: &[PlatformCertificate]) -> Result<(), CallError> {
    for certificate in certificates {
        keys.add_certificate_valid(&certificate.pem, certificate.validity)
            .map_err(|error| CallError::Certificate { serial_no: certificate.serial.to_string(), error })?;
    }
    Ok(())
}

/// The answer's shape (WeChat Pay protocol A.6.2).
#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    serial_no: String,
    #[serde(with = "time")]
    effective_time: Timestamp,
    #[serde(with = "time")]
    expire_time: Timestamp,
    encrypt_certificate: Sealed,
}

#[derive(Deserialize)]
struct Sealed {
    algorithm: String,
    nonce: String,
    #[serde(default)]
    associated_data: Option<String>,
    ciphertext: String,
}

/// Opens all certificates sealed by the algorithm used here; those for other signature schemes are left out.
fn open(body: &[u8], apiv3_key: &Apiv3Key) -> Result<Vec<PlatformCertificate>, CallError> {
    let answer: Answer = json::from_slice(body)?;
    answer
        .data
        .iter()
        .filter(|entry| entry.encrypt_certificate.algorithm == ALGORITHM)
        .map(|entry| open_entry(entry, apiv3_key))
        .collect()
}

fn open_entry(entry: &Entry, apiv3_key: &Apiv3Key) -> Result<PlatformCertificate, CallError> {
    let serial_no = || entry.serial_no.chars().take(64).collect::<String>();
    let sealed = &entry.encrypt_certificate;
    let unusable = |error| CallError::Certificate { serial_no: serial_no(), error };
    let pem = apiv3_key
        .open(&sealed.nonce, sealed.associated_data.as_deref().unwrap_or_default(), &sealed.ciphertext)
        .map_err(|error| CallError::Sealed { serial_no: serial_no(), error })?;
    let pem = String::from_utf8(pem).map_err(|_| unusable(KeyError::Pem))?;
    let serial = crate::keys::certificate_serial(&pem).map_err(unusable)?;
    if Serial::new(&entry.serial_no).as_ref() != Ok(&serial) {
        return Err(unusable(KeyError::OtherSerial { found: serial.to_string() }));
    }
    Ok(PlatformCertificate {
        serial,
        validity: Validity { from: entry.effective_time, until: entry.expire_time },
        pem,
    })
}
