//! Public test vectors of other client libraries, where the shared reference folder is present.

use base64::{Engine, engine::general_purpose::STANDARD};
use saoma_wechatpay::{
    aead::Apiv3Key,
    keys::{PUBLISHED_KEYS, RsaVerifier, Verifier, VerifyError, certificate_serial, fingerprint},
    message::answer_text,
};
use serde_json::Value;

use crate::support::shared;

pub struct Vectors {
    pub all: Value,
    pub certificate_pem: String,
}

pub fn vectors() -> Option<Vectors> {
    let read = |path| Some(std::fs::read_to_string(shared(path)?).unwrap());
    Some(Vectors {
        all: serde_json::from_str(&read("vectors/vectors.json")?).unwrap(),
        certificate_pem: read("vectors/certificate-D7CE59D1F522D701.pem")?,
    })
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn the_go_clients_signature_verifies() {
    let Some(vectors) = vectors() else { return };
    let vector = &vectors.all["rsa_sha256_signature"];
    let verifier = RsaVerifier::from_certificate_pem(&vectors.certificate_pem).unwrap();
    let signature = STANDARD.decode(text(&vector["signature_base64"])).unwrap();
    let message = text(&vector["text"]).as_bytes();
    assert_eq!(verifier.verify("D7CE59D1F522D701", message, &signature), Ok(()));
    assert_eq!(
        verifier.verify("D7CE59D1F522D701", b"Source", &signature),
        Err(VerifyError::Signature { serial: "D7CE59D1F522D701".into() })
    );
}

#[test]
fn the_go_clients_notification_verifies_over_its_raw_body() {
    let Some(vectors) = vectors() else { return };
    let vector = &vectors.all["v3_notification"];
    let header = |name: &str| text(&vector["headers"][name]);
    let verifier = RsaVerifier::from_certificate_pem(&vectors.certificate_pem).unwrap();
    let message = answer_text(
        header("Wechatpay-Timestamp"),
        header("Wechatpay-Nonce"),
        text(&vector["body"]).as_bytes(),
    );
    let signature = STANDARD.decode(header("Wechatpay-Signature")).unwrap();
    assert_eq!(verifier.verify(header("Wechatpay-Serial"), &message, &signature), Ok(()));
}

#[test]
fn the_java_clients_ciphertext_opens() {
    let Some(vectors) = vectors() else { return };
    let vector = &vectors.all["aes_256_gcm"];
    let key = Apiv3Key::new(text(&vector["api_v3_key"]).as_bytes()).unwrap();
    let opened = key
        .open(text(&vector["nonce"]), text(&vector["associated_data"]), text(&vector["ciphertext_base64"]))
        .unwrap();
    assert_eq!(opened, text(&vector["plaintext"]).as_bytes());
}

#[test]
fn a_sixteen_byte_sample_key_is_no_apiv3_key() {
    let Some(vectors) = vectors() else { return };
    let key = text(&vectors.all["v3_notification"]["api_v3_key"]);
    assert!(Apiv3Key::new(key.as_bytes()).is_err());
}

#[test]
fn the_sample_certificate_and_keys_are_recognised_as_published() {
    let Some(vectors) = vectors() else { return };
    let serial = certificate_serial(&vectors.certificate_pem).unwrap();
    assert_eq!(serial.as_str(), "D7CE59D1F522D701");
    let found = fingerprint(&vectors.certificate_pem).unwrap();
    assert!(PUBLISHED_KEYS.contains(&found.to_string().as_str()));
    assert!(found.is_published_sample());
    let verifier = RsaVerifier::from_certificate_pem(&vectors.certificate_pem).unwrap();
    assert!(verifier.is_published_sample());

    let key = text(&vectors.all["platform_certificates_answer"]["api_v3_key"]);
    assert!(Apiv3Key::new(key.as_bytes()).unwrap().is_published_sample());
}
