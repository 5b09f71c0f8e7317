//! The sealed part of a refund notification, `req_info`: AES-256-ECB under a key made from the API key (WeChat Pay
//! protocol C.13).
//!
//! The seal is the only proof that such a notification has, and a weak one: it does not show tampering as a signature
//! would. What it says is to be confirmed by a query.

use aes::Aes256;
use base64::{Engine, engine::general_purpose::STANDARD};
use ecb::{
    Decryptor, Encryptor,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, block_padding::Pkcs7},
};
use md5::{Digest, Md5};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{ApiKey, xml::MESSAGE_BYTES_MAX};

const BLOCK_BYTES: usize = 16;

/// Opens a `req_info`: what is inside is a document with the root `root`.
///
/// # Errors
/// When it is not Base64, not whole, or not sealed with this key.
pub fn open(key: &ApiKey, req_info: &str) -> Result<Zeroizing<Vec<u8>>, ReqInfoError> {
    if req_info.len() > MESSAGE_BYTES_MAX {
        return Err(ReqInfoError::TooLong);
    }
    let sealed = STANDARD.decode(req_info).map_err(|_| ReqInfoError::Base64)?;
    if sealed.is_empty() || !sealed.len().is_multiple_of(BLOCK_BYTES) {
        return Err(ReqInfoError::Length { bytes: sealed.len() });
    }
    let opened = Decryptor::<Aes256>::new((&*aes_key(key)).into()).decrypt_padded_vec::<Pkcs7>(&sealed);
    opened.map(Zeroizing::new).map_err(|_| ReqInfoError::Sealed)
}

/// Seals a document as WeChat Pay does; only a double of WeChat Pay needs it.
#[must_use]
pub fn seal(key: &ApiKey, document: &[u8]) -> String {
    STANDARD.encode(Encryptor::<Aes256>::new((&*aes_key(key)).into()).encrypt_padded_vec::<Pkcs7>(document))
}

/// The lower-case hexadecimal digits of the MD5 of the API key, as 32 ASCII bytes.
fn aes_key(key: &ApiKey) -> Zeroizing<[u8; 32]> {
    let digest = Zeroizing::new(<[u8; 16]>::from(Md5::digest(key.as_bytes())));
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
    let mut digits = Zeroizing::new([0; 32]);
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest.iter()) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
    digits
}

/// Why a `req_info` does not open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReqInfoError {
    /// Longer than any message.
    #[error("req_info is longer than {MESSAGE_BYTES_MAX} characters")]
    TooLong,
    /// Not Base64.
    #[error("req_info is not Base64")]
    Base64,
    /// Not a whole number of blocks.
    #[error("req_info has {bytes} bytes, which are not whole blocks")]
    Length {
        /// The length found.
        bytes: usize,
    },
    /// Not sealed with this key.
    #[error("req_info does not open; the usual cause is another API key than the one set at WeChat Pay")]
    Sealed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::Fields;

    const KEY: &[u8] = b"k3y0fTheShopXXXX2026abcdEFGH0199";
    const PLAIN: &str =
        "<root><out_refund_no>RF0001</out_refund_no><refund_status>SUCCESS</refund_status></root>";
    const SEALED: &str = "figO7SGAiA2PwkOV2AuNF1gbZXEDKttUYUjQSstPxM1RXK50sW47igxDFFT6PJERiSrfZyuLCeTpZQ4Sei+skAFjIyFi5uwFKpuIEciMmoULbSyocXa/eOVaV1Xn9kep";

    fn key() -> ApiKey {
        ApiKey::new(KEY).unwrap()
    }

    #[test]
    fn the_key_is_the_lower_case_hexadecimal_md5_of_the_api_key() {
        assert_eq!(&*aes_key(&key()), b"b1c9cade197c63c640407e10597db266");
    }

    #[test]
    fn a_req_info_opens_to_its_document_and_is_sealed_alike() {
        let opened = open(&key(), SEALED).unwrap();
        assert_eq!(std::str::from_utf8(&opened).unwrap(), PLAIN);
        let fields = Fields::read("root", &opened).unwrap();
        assert_eq!(fields.get("refund_status"), Some("SUCCESS"));
        assert_eq!(seal(&key(), PLAIN.as_bytes()), SEALED);
    }

    #[test]
    fn another_key_does_not_open_it() {
        let other = ApiKey::new(b"K3y0fTheShopXXXX2026abcdEFGH0199").unwrap();
        assert_eq!(open(&other, SEALED), Err(ReqInfoError::Sealed));
    }

    #[test]
    fn what_is_malformed_is_named() {
        assert_eq!(open(&key(), "…"), Err(ReqInfoError::Base64));
        assert_eq!(open(&key(), ""), Err(ReqInfoError::Length { bytes: 0 }));
        assert_eq!(open(&key(), "AAAA"), Err(ReqInfoError::Length { bytes: 3 }));
        assert_eq!(open(&key(), &"A".repeat(MESSAGE_BYTES_MAX + 1)), Err(ReqInfoError::TooLong));
        let mut cut = SEALED.to_owned();
        cut.truncate(64);
        assert_eq!(open(&key(), &cut), Err(ReqInfoError::Sealed), "the last block is its padding");
    }
}
