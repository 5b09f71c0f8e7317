//! Reading keys, signing, and verifying by serial.

use proptest::prelude::*;
use rsa::{
    PrivateKey,
    pkcs1::EncodeRsaPrivateKey,
    pkcs8::{EncodePrivateKey, LineEnding},
};
use saoma_wechatpay::keys::{
    KeyError, RsaSigner, RsaVerifier, Serial, SerialError, Signer, Validity, Verifier, VerifyError,
    WechatPayKeys, certificate_serial, fingerprint,
};

use crate::support::{CERTIFICATE_FROM, CERTIFICATE_UNTIL, MERCHANT, NOW, WECHAT_PAY, second};

const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0116880012342026080100000000001234";

#[test]
fn what_the_merchant_signs_its_certificate_verifies() {
    let signature = MERCHANT.signer().sign(b"text").unwrap();
    assert_eq!(signature.len(), 256);
    let verifier = MERCHANT.verifier();
    assert_eq!(verifier.verify(&MERCHANT.serial, b"text", &signature), Ok(()));
}

#[test]
fn the_same_text_always_has_the_same_signature_though_signing_is_blinded() {
    let signer = MERCHANT.signer();
    assert_eq!(signer.sign(b"text"), signer.sign(b"text"));
}

#[test]
fn a_private_key_is_read_as_pkcs8_and_as_pkcs1_with_any_line_ends() {
    let pkcs1 = MERCHANT.private_key.to_pkcs1_pem(LineEnding::LF).unwrap();
    let crlf = format!("\n{}\r\n\r\n", MERCHANT.private_pem.replace('\n', "\r\n"));
    let expected = MERCHANT.signer().sign(b"text");
    for pem in [pkcs1.as_str(), &crlf] {
        let signer = RsaSigner::from_pem(&MERCHANT.serial, pem).unwrap();
        assert_eq!(signer.sign(b"text"), expected);
    }
}

#[test]
fn what_a_tool_writes_around_a_key_or_certificate_is_let_be() {
    let around =
        |pem: &str| format!("Bag Attributes\n    friendlyName: 商户\n{pem}{}", WECHAT_PAY.certificate_pem);
    let signer = RsaSigner::from_pem(&MERCHANT.serial, &around(&MERCHANT.private_pem)).unwrap();
    assert_eq!(signer.fingerprint(), MERCHANT.signer().fingerprint());
    let serial = certificate_serial(&around(&MERCHANT.certificate_pem)).unwrap();
    assert_eq!(serial.as_str(), MERCHANT.serial);
}

#[test]
fn all_forms_of_one_key_have_one_fingerprint() {
    let expected = fingerprint(&MERCHANT.private_pem).unwrap();
    assert_eq!(fingerprint(&MERCHANT.public_pem), Ok(expected));
    assert_eq!(fingerprint(&MERCHANT.certificate_pem), Ok(expected));
    assert_eq!(MERCHANT.signer().fingerprint(), expected);
    assert_ne!(fingerprint(&WECHAT_PAY.public_pem), Ok(expected));
    assert!(!expected.is_published_sample());
}

#[test]
fn a_certificates_serial_is_upper_case_hexadecimal() {
    let serial = certificate_serial(&MERCHANT.certificate_pem).unwrap();
    assert_eq!(serial.as_str(), "5F1E2D3C4B5A69788796A5B4C3D2E1F001234567");
}

#[test]
fn the_wrong_file_in_a_keys_place_is_named() {
    let signer = |pem: &str| RsaSigner::from_pem("5F", pem).unwrap_err();
    assert_eq!(signer("no key at all"), KeyError::Pem);
    assert_eq!(signer(&"-".repeat(100_000)), KeyError::Pem);
    assert_eq!(
        signer(&MERCHANT.certificate_pem),
        KeyError::Kind { found: "CERTIFICATE".into(), expected: "PRIVATE KEY" }
    );
    let half = &MERCHANT.private_pem[..MERCHANT.private_pem.len() / 2];
    assert_eq!(signer(half), KeyError::Content { kind: "PRIVATE KEY" });
    assert_eq!(
        RsaVerifier::from_certificate_pem(&MERCHANT.public_pem).unwrap_err(),
        KeyError::Kind { found: "PUBLIC KEY".into(), expected: "CERTIFICATE" }
    );
    assert_eq!(
        RsaSigner::from_pem("my key", &MERCHANT.private_pem).unwrap_err(),
        KeyError::Serial(SerialError)
    );
}

#[test]
fn a_short_key_is_refused() {
    let short = PrivateKey::new(&mut getrandom::SysRng, 1024).unwrap();
    let pem = short.to_pkcs8_pem(LineEnding::LF).unwrap();
    assert_eq!(RsaSigner::from_pem("5F", &pem).unwrap_err(), KeyError::Size { bits: 1024 });
}

#[test]
fn neither_debug_output_nor_errors_hold_key_material() {
    let signer = MERCHANT.signer();
    assert_eq!(format!("{signer:?}"), format!("RsaSigner {{ serial_no: {}, .. }}", MERCHANT.serial));
}

#[test]
fn serials_are_equal_but_for_case_and_leading_zeros() {
    let serial = |text| Serial::new(text).unwrap();
    assert_eq!(serial("00ab12"), serial("AB12"));
    assert_eq!(serial("00ab12").as_str(), "00AB12");
    assert_ne!(serial("AB12"), serial("AB120"));
    assert!(serial(PUBLIC_KEY_ID).is_public_key_id());
    for text in ["", "PUB_KEY_ID_", "XY", "AB 12", "PUB_KEY_ID_1\n", &"A".repeat(129)] {
        assert_eq!(Serial::new(text), Err(SerialError), "{text}");
    }
}

#[test]
fn several_keys_are_trusted_at_once_and_chosen_by_serial() {
    let mut keys = WechatPayKeys::new();
    keys.add_certificate(&WECHAT_PAY.certificate_pem).unwrap();
    keys.add_public_key(PUBLIC_KEY_ID, &MERCHANT.public_pem).unwrap();
    let by_certificate = WECHAT_PAY.signer().sign(b"text").unwrap();
    let by_public_key = MERCHANT.signer().sign(b"text").unwrap();

    assert_eq!(keys.verify(&WECHAT_PAY.serial, b"text", &by_certificate), Ok(()));
    let lower_case = WECHAT_PAY.serial.to_lowercase();
    assert_eq!(keys.verify(&lower_case, b"text", &by_certificate), Ok(()));
    assert_eq!(keys.verify(PUBLIC_KEY_ID, b"text", &by_public_key), Ok(()));
    assert_eq!(
        keys.verify(PUBLIC_KEY_ID, b"text", &by_certificate),
        Err(VerifyError::Signature { serial: PUBLIC_KEY_ID.into() })
    );
}

#[test]
fn an_unknown_serial_is_its_own_error_even_if_another_key_would_fit() {
    let mut keys = WechatPayKeys::new();
    let signature = WECHAT_PAY.signer().sign(b"text").unwrap();
    let unknown = Err(VerifyError::UnknownSerial { serial: WECHAT_PAY.serial.clone() });
    assert_eq!(keys.verify(&WECHAT_PAY.serial, b"text", &signature), unknown);

    let serial = keys.add_certificate(&WECHAT_PAY.certificate_pem).unwrap();
    assert!(matches!(keys.verify("5DEA10EF", b"text", &signature), Err(VerifyError::UnknownSerial { .. })));
    assert!(keys.remove(&serial));
    assert!(!keys.remove(&serial));
    assert_eq!(keys.verify(&WECHAT_PAY.serial, b"text", &signature), unknown);
}

#[test]
fn a_certificate_is_held_until_its_time_is_over() {
    let mut keys = WechatPayKeys::new();
    keys.add_certificate(&WECHAT_PAY.certificate_pem).unwrap();
    keys.add_public_key(PUBLIC_KEY_ID, &MERCHANT.public_pem).unwrap();
    assert_eq!(
        keys.validity(&WECHAT_PAY.serial),
        Some(Validity { from: second(CERTIFICATE_FROM), until: second(CERTIFICATE_UNTIL) })
    );
    assert_eq!(keys.validity(PUBLIC_KEY_ID), None);

    keys.remove_expired(second(CERTIFICATE_UNTIL - 1));
    assert_eq!(keys.serials().count(), 2);
    keys.remove_expired(second(CERTIFICATE_UNTIL));
    assert_eq!(keys.serials().map(Serial::as_str).collect::<Vec<_>>(), [PUBLIC_KEY_ID]);
}

#[test]
fn the_serial_to_ask_for_is_the_public_key_else_the_certificate_that_ends_last() {
    let mut keys = WechatPayKeys::new();
    assert_eq!(keys.preferred(second(NOW)), None);
    let until = |until| Validity { from: second(CERTIFICATE_FROM), until: second(until) };
    let old = keys.add_certificate_valid(&WECHAT_PAY.certificate_pem, until(NOW + 10)).unwrap();
    assert_eq!(keys.preferred(second(NOW)), Some(&old));
    let new = keys.add_certificate_valid(&MERCHANT.certificate_pem, until(NOW + 20)).unwrap();
    assert_eq!(keys.preferred(second(NOW)), Some(&new));
    assert_eq!(keys.preferred(second(NOW + 20)), None);
    let id = keys.add_public_key(PUBLIC_KEY_ID, &MERCHANT.public_pem).unwrap();
    assert_eq!(keys.preferred(second(NOW)), Some(&id));
}

#[test]
fn a_public_key_needs_its_id() {
    assert_eq!(
        WechatPayKeys::new().add_public_key("5DEA10EF", &MERCHANT.public_pem),
        Err(KeyError::Serial(SerialError))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bit_flipped_in_text_or_signature_is_refused(text in prop::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, bit in 0..8u32, in_text: bool) {
        let mut text = text;
        let mut signature = MERCHANT.signer().sign(&text).unwrap();
        let verifier = MERCHANT.verifier();
        prop_assert_eq!(verifier.verify_signature(&text, &signature), Ok(()));
        let flipped = if in_text { &mut text } else { &mut signature };
        let place = at.index(flipped.len());
        flipped[place] ^= 1 << bit;
        prop_assert!(verifier.verify_signature(&text, &signature).is_err());
    }

    #[test]
    fn any_bit_flipped_in_the_public_key_is_refused(at: prop::sample::Index, bit in 0..7u32) {
        let signature = MERCHANT.signer().sign(b"text").unwrap();
        let mut pem = MERCHANT.public_pem.clone().into_bytes();
        let place = at.index(pem.len());
        pem[place] ^= 1 << bit;
        let Ok(pem) = String::from_utf8(pem) else { return Ok(()) };
        if let Ok(verifier) = RsaVerifier::from_public_key_pem("5F", &pem) {
            let same_key = verifier.fingerprint() == MERCHANT.verifier().fingerprint();
            prop_assert_eq!(verifier.verify_signature(b"text", &signature).is_ok(), same_key);
        }
    }

    #[test]
    fn garbage_in_a_keys_place_never_panics(label in "(PRIVATE KEY|PUBLIC KEY|RSA PRIVATE KEY|CERTIFICATE|.{0,9})", body in "[A-Za-z0-9+/=\n]{0,300}", signature: Vec<u8>) {
        let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        prop_assert!(RsaSigner::from_pem("5F", &pem).is_err());
        prop_assert!(RsaVerifier::from_certificate_pem(&pem).is_err());
        prop_assert!(RsaVerifier::from_public_key_pem("5F", &pem).is_err());
        prop_assert!(fingerprint(&pem).is_err());
        prop_assert!(MERCHANT.verifier().verify_signature(b"text", &signature).is_err());
    }
}
