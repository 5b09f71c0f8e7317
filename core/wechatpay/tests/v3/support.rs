//! Keys and certificates made for the tests, and the folder of shared reference material.

use std::{str::FromStr, sync::LazyLock, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use getrandom::SysRng;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use jiff::Timestamp;
use rsa::{
    PrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding},
};
use saoma_wechatpay::{
    aead::Apiv3Key,
    keys::{RsaSigner, RsaVerifier, Signer, WechatPayKeys},
    message,
};
use sha2::Sha256;
use x509_cert::{
    builder::{Builder, CertificateBuilder, profile::cabf::Root},
    der::{EncodePem, asn1::UtcTime},
    name::Name,
    serial_number::SerialNumber,
    time::{Time, Validity},
};

pub use crate::shared::shared;

/// 2026-08-01T10:00:00+08:00.
pub const NOW: i64 = 1_785_549_600;

/// Unix seconds at which the test certificates begin and end: 2026-01-01 and 2031-01-01, UTC.
pub const CERTIFICATE_FROM: i64 = 1_767_225_600;
pub const CERTIFICATE_UNTIL: i64 = 1_924_992_000;

/// A key pair in every form that this crate reads.
pub struct Pair {
    pub serial: String,
    pub private_key: PrivateKey,
    pub private_pem: String,
    pub public_pem: String,
    pub certificate_pem: String,
}

impl Pair {
    pub fn made(serial: &str) -> Self {
        let private_key = PrivateKey::new(&mut SysRng, 2048).unwrap();
        let public_key = private_key.to_public_key();
        Self {
            serial: serial.to_owned(),
            private_pem: private_key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
            public_pem: public_key.to_public_key_pem(LineEnding::LF).unwrap(),
            certificate_pem: certificate(serial, &private_key),
            private_key,
        }
    }

    pub fn signer(&self) -> RsaSigner {
        RsaSigner::from_pem(&self.serial, &self.private_pem).unwrap()
    }

    pub fn verifier(&self) -> RsaVerifier {
        RsaVerifier::from_certificate_pem(&self.certificate_pem).unwrap()
    }
}

/// WeChat Pay's key pair in these tests.
pub static WECHAT_PAY: LazyLock<Pair> =
    LazyLock::new(|| Pair::made("1A2B3C4D5E6F70819203A4B5C6D7E8F901234567"));

/// The merchant's key pair in these tests.
pub static MERCHANT: LazyLock<Pair> =
    LazyLock::new(|| Pair::made("5F1E2D3C4B5A69788796A5B4C3D2E1F001234567"));

fn certificate(serial: &str, key: &PrivateKey) -> String {
    let bytes: Vec<u8> =
        (0..serial.len()).step_by(2).map(|at| u8::from_str_radix(&serial[at..at + 2], 16).unwrap()).collect();
    let time = |seconds: i64| {
        let since_epoch = Duration::from_secs(u64::try_from(seconds).unwrap());
        Time::UtcTime(UtcTime::from_unix_duration(since_epoch).unwrap())
    };
    let signing_key = SigningKey::<Sha256>::new(key.clone());
    let public_key = rsa::signature::Keypair::verifying_key(&signing_key);
    let builder = CertificateBuilder::new(
        Root::new(false, Name::from_str("CN=Tenpay.com Root CA,O=Tenpay.com,C=CN").unwrap()).unwrap(),
        SerialNumber::new(&bytes).unwrap(),
        Validity::new(time(CERTIFICATE_FROM), time(CERTIFICATE_UNTIL)),
        x509_cert::spki::SubjectPublicKeyInfoOwned::from_key(&public_key).unwrap(),
    )
    .unwrap();
    builder.build::<_, rsa::pkcs1v15::Signature>(&signing_key).unwrap().to_pem(LineEnding::LF).unwrap()
}

pub fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// WeChat Pay's keys as a merchant in certificate mode holds them.
pub fn wechat_pay_keys() -> WechatPayKeys {
    let mut keys = WechatPayKeys::new();
    keys.add_certificate(&WECHAT_PAY.certificate_pem).unwrap();
    keys
}

pub const APIV3_KEY: &[u8] = b"ForTestsOnlyForTestsOnlyForTests";

pub fn apiv3_key() -> Apiv3Key {
    Apiv3Key::new(APIV3_KEY).unwrap()
}

/// A message as WeChat Pay signs it at `NOW`: the four headers, the signature type, and the body.
pub struct Signed {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Signed {
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self::by(&WECHAT_PAY, NOW, body)
    }

    pub fn by(pair: &Pair, timestamp: i64, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let timestamp = timestamp.to_string();
        let nonce = "AbCdEf0123456789";
        let text = message::answer_text(&timestamp, nonce, &body);
        let signature = STANDARD.encode(pair.signer().sign(&text).unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (message::TIMESTAMP, timestamp.as_str()),
            (message::NONCE, nonce),
            (message::SIGNATURE, &signature),
            (message::SERIAL, &pair.serial),
            (message::SIGNATURE_TYPE, message::SCHEME),
            (message::REQUEST_ID, "08A1B2C3D4-0"),
            (CONTENT_TYPE, "application/json; charset=utf-8"),
        ] {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        Self { headers, body }
    }

    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    pub fn without(mut self, name: HeaderName) -> Self {
        self.headers.remove(name);
        self
    }

    pub fn answer(self, status: u16) -> Response<Bytes> {
        let mut answer = Response::new(self.body);
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        *answer.headers_mut() = self.headers;
        answer
    }
}

/// An answer that nobody signed.
pub fn unsigned(status: u16, content_type: &str, body: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    answer
}
