//! Reading keys and certificates from PEM, with errors that say what was given instead.

use std::fmt;

use rsa::{
    PrivateKey, PublicKey,
    pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey},
    pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey},
    traits::PublicKeyParts,
};
use sha2::{Digest, Sha256};
use thiserror::Error;
use x509_cert::{
    Certificate,
    der::{Decode, Document, Encode},
};

use super::{Serial, SerialError, samples};

const PEM_BYTES_MAX: usize = 64 * 1024;
const RSA_BITS_MIN: u32 = 2048;
const RSA_BITS_MAX: u32 = 4096;

/// The serial number of a certificate, as upper-case hexadecimal with two digits a byte: what `Authorization` and
/// `Wechatpay-Serial` carry.
///
/// # Errors
/// When the text is not a certificate in PEM.
pub fn certificate_serial(pem: &str) -> Result<Serial, KeyError> {
    serial_of(&certificate(pem)?)
}

/// The SHA-256 of a key's public half (SubjectPublicKeyInfo in DER), read from a certificate, a public key or a private
/// key in PEM. Two files with the same fingerprint hold the same key, whatever their form.
///
/// # Errors
/// When the text holds none of them.
pub fn fingerprint(pem: &str) -> Result<Fingerprint, KeyError> {
    let (label, _) = block(pem)?;
    let public = match label {
        CERTIFICATE => certificate_key(&certificate(pem)?)?,
        PUBLIC | "RSA PUBLIC KEY" => public_key(pem)?,
        _ => private_key(pem)?.to_public_key(),
    };
    Ok(Fingerprint::of(&public))
}

/// The SHA-256 of a key's SubjectPublicKeyInfo.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    pub(crate) fn of(key: &PublicKey) -> Self {
        let spki = key.to_public_key_der().expect("an RSA key that was read can be written");
        Self(Sha256::digest(spki.as_bytes()).into())
    }

    /// Whether the key was published with a client library's tests or documents: anybody holds its private half, or
    /// may. Such a key must never guard real money (WeChat Pay protocol E.1).
    #[must_use]
    pub fn is_published_sample(&self) -> bool {
        samples::PUBLISHED_KEYS.contains(&self.to_string().as_str())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a key or certificate cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not PEM, or longer than any key or certificate.
    #[error("this is not PEM: no text that begins with -----BEGIN …-----")]
    Pem,
    /// PEM of another kind, such as the merchant's certificate where a key belongs.
    #[error("this PEM holds a {found}, expected a {expected}")]
    Kind {
        /// The label found.
        found: String,
        /// The label that was looked for.
        expected: &'static str,
    },
    /// The right kind outside, something else or broken inside.
    #[error("the {kind} is damaged or not an RSA key")]
    Content {
        /// What it claims to be.
        kind: &'static str,
    },
    /// An RSA key of a size that WeChat Pay does not use.
    #[error("the RSA key has {bits} bits; WeChat Pay uses 2048, and at least that many are required")]
    Size {
        /// The size found.
        bits: u32,
    },
    /// A certificate that is not the one announced.
    #[error("the certificate has the serial number {found}, another one was announced")]
    OtherSerial {
        /// The serial number it has.
        found: String,
    },
    /// The serial given for a key cannot be one.
    #[error(transparent)]
    Serial(#[from] SerialError),
}

const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";
const CERTIFICATE: &str = "CERTIFICATE";

/// A private key, PKCS#8 as WeChat Pay issues it, or PKCS#1 as some merchants convert it.
pub(super) fn private_key(pem: &str) -> Result<PrivateKey, KeyError> {
    let key = match block(pem)? {
        (PRIVATE, pem) => PrivateKey::from_pkcs8_pem(pem).ok(),
        ("RSA PRIVATE KEY", pem) => PrivateKey::from_pkcs1_pem(pem).ok(),
        (other, _) => return Err(kind(other, PRIVATE)),
    }
    .ok_or(KeyError::Content { kind: PRIVATE })?;
    sized(key.n().bit_width())?;
    Ok(key)
}

pub(super) fn public_key(pem: &str) -> Result<PublicKey, KeyError> {
    let key = match block(pem)? {
        (PUBLIC, pem) => PublicKey::from_public_key_pem(pem).ok(),
        ("RSA PUBLIC KEY", pem) => PublicKey::from_pkcs1_pem(pem).ok(),
        (other, _) => return Err(kind(other, PUBLIC)),
    }
    .ok_or(KeyError::Content { kind: PUBLIC })?;
    sized(key.n().bit_width())?;
    Ok(key)
}

pub(super) fn certificate(pem: &str) -> Result<Certificate, KeyError> {
    let (found, pem) = block(pem)?;
    if found != CERTIFICATE {
        return Err(kind(found, CERTIFICATE));
    }
    let damaged = KeyError::Content { kind: CERTIFICATE };
    let (_, der) = Document::from_pem(pem).map_err(|_| damaged.clone())?;
    Certificate::from_der(der.as_bytes()).map_err(|_| damaged)
}

pub(super) fn certificate_key(certificate: &Certificate) -> Result<PublicKey, KeyError> {
    let damaged = KeyError::Content { kind: CERTIFICATE };
    let spki =
        certificate.tbs_certificate().subject_public_key_info().to_der().map_err(|_| damaged.clone())?;
    let key = PublicKey::from_public_key_der(&spki).map_err(|_| damaged)?;
    sized(key.n().bit_width())?;
    Ok(key)
}

pub(super) fn serial_of(certificate: &Certificate) -> Result<Serial, KeyError> {
    let bytes = certificate.tbs_certificate().serial_number().as_bytes();
    let hex: String = bytes.iter().skip_while(|byte| **byte == 0).map(|byte| format!("{byte:02X}")).collect();
    Ok(Serial::new(&hex)?)
}

fn sized(bits: u32) -> Result<(), KeyError> {
    if (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) { Ok(()) } else { Err(KeyError::Size { bits }) }
}

fn kind(found: &str, expected: &'static str) -> KeyError {
    KeyError::Kind { found: found.to_owned(), expected }
}

/// The label and the whole of the first PEM block in a text; what stands around it, as some tools write, is let be.
fn block(text: &str) -> Result<(&str, &str), KeyError> {
    if text.len() > PEM_BYTES_MAX {
        return Err(KeyError::Pem);
    }
    let begin = text.find("-----BEGIN ").ok_or(KeyError::Pem)?;
    let block = &text[begin..];
    let (label, _) = block["-----BEGIN ".len()..].split_once("-----").ok_or(KeyError::Pem)?;
    if label.len() > 40 || label.contains(['\n', '\r']) {
        return Err(KeyError::Pem);
    }
    let end_line = format!("-----END {label}-----");
    let end = block.find(&end_line).map_or(block.len(), |at| at + end_line.len());
    Ok((label, &block[..end]))
}
