//! The AWS-LC signer is the same signer, only faster.

use proptest::prelude::*;
use rsa::{
    PrivateKey,
    pkcs1::EncodeRsaPrivateKey,
    pkcs8::{EncodePrivateKey, LineEnding},
};
use saoma_wechatpay::keys::{AwsLcSigner, KeyError, SerialError, Signer};

use crate::support::MERCHANT;

fn signer(pem: &str) -> Result<AwsLcSigner, KeyError> {
    AwsLcSigner::from_pem(&MERCHANT.serial, pem)
}

#[test]
fn it_signs_as_the_default_signer_does() {
    let fast = signer(&MERCHANT.private_pem).unwrap();
    assert_eq!(fast.serial_no(), MERCHANT.serial);
    assert_eq!(fast.fingerprint(), MERCHANT.signer().fingerprint());
    assert!(!fast.is_published_sample());
    assert_eq!(fast.sign(b"text"), MERCHANT.signer().sign(b"text"));
}

#[test]
fn it_reads_pkcs1_too() {
    let pkcs1 = MERCHANT.private_key.to_pkcs1_pem(LineEnding::LF).unwrap();
    assert_eq!(signer(&pkcs1).unwrap().sign(b"text"), MERCHANT.signer().sign(b"text"));
}

#[test]
fn it_refuses_what_the_default_signer_refuses() {
    assert_eq!(signer("no key").unwrap_err(), KeyError::Pem);
    assert_eq!(
        signer(&MERCHANT.public_pem).unwrap_err(),
        KeyError::Kind { found: "PUBLIC KEY".into(), expected: "PRIVATE KEY" }
    );
    let half = &MERCHANT.private_pem[..MERCHANT.private_pem.len() / 2];
    assert_eq!(signer(half).unwrap_err(), KeyError::Content { kind: "PRIVATE KEY" });
    assert_eq!(
        AwsLcSigner::from_pem("my key", &MERCHANT.private_pem).unwrap_err(),
        KeyError::Serial(SerialError)
    );
    let short = PrivateKey::new(&mut getrandom::SysRng, 1024).unwrap();
    let pem = short.to_pkcs8_pem(LineEnding::LF).unwrap();
    assert_eq!(signer(&pem).unwrap_err(), KeyError::Size { bits: 1024 });
}

#[test]
fn its_debug_output_holds_no_key_material() {
    let signer = signer(&MERCHANT.private_pem).unwrap();
    assert_eq!(format!("{signer:?}"), format!("AwsLcSigner {{ serial_no: {}, .. }}", MERCHANT.serial));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_it_signs_the_certificate_verifies(text: Vec<u8>) {
        let signature = signer(&MERCHANT.private_pem).unwrap().sign(&text).unwrap();
        prop_assert_eq!(MERCHANT.verifier().verify_signature(&text, &signature), Ok(()));
    }
}
