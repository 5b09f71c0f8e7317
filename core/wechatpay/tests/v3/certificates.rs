//! The download of platform certificates, on the first call and later.

use bytes::Bytes;
use http::Response;
use saoma_wechatpay::{
    aead::{Apiv3Key, OpenError},
    keys::{KeyError, Signer, Validity, Verifier, WechatPayKeys, fingerprint},
    message,
    v3::{
        Advice, CallError, Code, Untrusted, Verified,
        certificates::{self, PlatformCertificate},
    },
};
use serde_json::{Value, json};

use crate::{
    support::{MERCHANT, NOW, Pair, Signed, WECHAT_PAY, apiv3_key, second, unsigned, wechat_pay_keys},
    vectors::{text, vectors},
};

const NONCE: &str = "61f9c719728a";

fn entry(pair: &Pair) -> Value {
    json!({
        "serial_no": pair.serial,
        "effective_time": "2026-01-01T08:00:00+08:00",
        "expire_time": "2030-12-31T08:00:00+08:00",
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": NONCE,
            "associated_data": "certificate",
            "ciphertext": apiv3_key().seal(NONCE, "certificate", pair.certificate_pem.as_bytes()).unwrap(),
        },
    })
}

fn signed_by(pair: &Pair, entries: &[Value]) -> Signed {
    Signed::by(pair, NOW, json!({ "data": entries }).to_string())
}

fn read(
    answer: &Response<Bytes>,
    keys: &WechatPayKeys,
) -> Result<Verified<Vec<PlatformCertificate>>, CallError> {
    certificates::read(answer, second(NOW), keys, &apiv3_key())
}

#[test]
fn on_the_first_call_the_answer_is_verified_with_the_certificate_inside() {
    let answer = signed_by(&WECHAT_PAY, &[entry(&WECHAT_PAY)]).answer(200);
    let found = read(&answer, &WechatPayKeys::new()).unwrap();
    assert_eq!(found.evidence().serial(), WECHAT_PAY.serial);

    let mut keys = WechatPayKeys::new();
    certificates::add_to(&mut keys, found.value()).unwrap();
    assert_eq!(
        keys.validity(&WECHAT_PAY.serial),
        Some(Validity {
            from: "2026-01-01T00:00:00Z".parse().unwrap(),
            until: "2030-12-31T00:00:00Z".parse().unwrap()
        })
    );
    let signature = WECHAT_PAY.signer().sign(b"text").unwrap();
    assert_eq!(keys.verify(&WECHAT_PAY.serial, b"text", &signature), Ok(()));
}

#[test]
fn on_the_first_call_a_signature_by_none_of_the_certificates_inside_is_refused() {
    let other = signed_by(&MERCHANT, &[entry(&WECHAT_PAY)]).answer(200);
    assert_eq!(
        read(&other, &WechatPayKeys::new()),
        Err(CallError::Untrusted(Untrusted::UnknownSerial { serial: MERCHANT.serial.clone() }))
    );
    let wrong =
        signed_by(&MERCHANT, &[entry(&WECHAT_PAY)]).with(message::SERIAL, &WECHAT_PAY.serial).answer(200);
    assert_eq!(
        read(&wrong, &WechatPayKeys::new()),
        Err(CallError::Untrusted(Untrusted::Signature { is_probe: false }))
    );
    let unsigned = signed_by(&WECHAT_PAY, &[entry(&WECHAT_PAY)]).without(message::SIGNATURE).answer(200);
    assert!(read(&unsigned, &WechatPayKeys::new()).is_err());
}

#[test]
fn on_a_later_call_the_answer_is_verified_with_the_key_held_before_it_is_opened() {
    let answer = signed_by(&WECHAT_PAY, &[entry(&WECHAT_PAY), entry(&MERCHANT)]).answer(200);
    let found = read(&answer, &wechat_pay_keys()).unwrap();
    let serials: Vec<_> = found.value().iter().map(|found| found.serial.as_str()).collect();
    assert_eq!(serials, [&WECHAT_PAY.serial, &MERCHANT.serial]);

    // A forger who holds the APIv3 key but no key of WeChat Pay's gets nowhere by naming one that is held.
    let forged =
        signed_by(&MERCHANT, &[entry(&WECHAT_PAY)]).with(message::SERIAL, &WECHAT_PAY.serial).answer(200);
    assert!(matches!(read(&forged, &wechat_pay_keys()), Err(CallError::Untrusted(_))));
}

#[test]
fn after_a_rotation_unseen_the_new_certificate_vouches_for_its_own_answer() {
    let mut keys = wechat_pay_keys();
    let answer = signed_by(&MERCHANT, &[entry(&WECHAT_PAY), entry(&MERCHANT)]).answer(200);
    let found = read(&answer, &keys).unwrap();
    certificates::add_to(&mut keys, found.value()).unwrap();
    assert_eq!(keys.serials().count(), 2);
}

#[test]
fn another_apiv3_key_opens_nothing_and_is_told_so() {
    let answer = signed_by(&WECHAT_PAY, &[entry(&WECHAT_PAY)]).answer(200);
    let other = Apiv3Key::new(b"AnotherKeyAnotherKeyAnotherKey32").unwrap();
    let error = certificates::read(&answer, second(NOW), &WechatPayKeys::new(), &other).unwrap_err();
    assert_eq!(error, CallError::Sealed { serial_no: WECHAT_PAY.serial.clone(), error: OpenError::Tag });
    assert_eq!(error.advice(), Advice::GiveUp);
}

#[test]
fn a_certificate_under_another_serial_is_refused() {
    let mut swapped = entry(&MERCHANT);
    swapped["serial_no"] = json!(WECHAT_PAY.serial);
    let answer = signed_by(&MERCHANT, &[swapped]).answer(200);
    assert_eq!(
        read(&answer, &WechatPayKeys::new()),
        Err(CallError::Certificate {
            serial_no: WECHAT_PAY.serial.clone(),
            error: KeyError::OtherSerial { found: MERCHANT.serial.clone() }
        })
    );
}

#[test]
fn what_opens_but_is_no_certificate_is_refused() {
    let mut entry = entry(&WECHAT_PAY);
    let sealed = apiv3_key().seal(NONCE, "certificate", MERCHANT.public_pem.as_bytes()).unwrap();
    entry["encrypt_certificate"]["ciphertext"] = json!(sealed);
    let answer = signed_by(&WECHAT_PAY, &[entry]).answer(200);
    assert!(matches!(
        read(&answer, &WechatPayKeys::new()),
        Err(CallError::Certificate { error: KeyError::Kind { .. }, .. })
    ));
}

#[test]
fn certificates_for_another_scheme_are_left_out() {
    let mut other = entry(&MERCHANT);
    other["encrypt_certificate"]["algorithm"] = json!("AEAD_SM4_GCM");
    let answer = signed_by(&WECHAT_PAY, &[other, entry(&WECHAT_PAY)]).answer(200);
    let found = read(&answer, &wechat_pay_keys()).unwrap();
    assert_eq!(found.value().len(), 1);
}

#[test]
fn a_malformed_list_names_the_field() {
    let mut entry = entry(&WECHAT_PAY);
    entry["expire_time"] = json!("never");
    let answer = signed_by(&WECHAT_PAY, &[entry]).answer(200);
    let Err(CallError::Malformed(error)) = read(&answer, &wechat_pay_keys()) else { panic!("believed") };
    assert_eq!(error.to_string(), "data[0].expire_time: must be an RFC 3339 time");
}

#[test]
fn a_merchant_without_platform_certificates_learns_it() {
    let empty = signed_by(&WECHAT_PAY, &[]).answer(200);
    assert!(read(&empty, &wechat_pay_keys()).unwrap().value().is_empty());
    assert!(matches!(
        read(&empty, &WechatPayKeys::new()),
        Err(CallError::Untrusted(Untrusted::UnknownSerial { .. }))
    ));

    let body = r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#;
    let Err(CallError::Refused(error)) =
        read(&unsigned(404, "application/json", body), &WechatPayKeys::new())
    else {
        panic!("not an error")
    };
    assert_eq!(error.code, Some(Code::ResourceNotExists));
    assert_eq!(error.advice(), Advice::GiveUp);
}

#[test]
fn the_java_clients_answer_opens_to_the_certificate_it_names() {
    let Some(vectors) = vectors() else { return };
    let vector = &vectors.all["platform_certificates_answer"];
    let key = Apiv3Key::new(text(&vector["api_v3_key"]).as_bytes()).unwrap();
    // The vector holds no signature, so our WeChat Pay signs its body.
    let answer = Signed::new(vector["body"].to_string()).answer(200);
    let found = certificates::read(&answer, second(NOW), &wechat_pay_keys(), &key).unwrap();
    let [certificate] = &found.value()[..] else { panic!("one certificate") };
    assert_eq!(certificate.serial.as_str(), text(&vector["serial"]));
    assert_eq!(certificate.validity.until, "2028-09-17T23:15:58+08:00".parse().unwrap());
    assert!(fingerprint(&certificate.pem).unwrap().is_published_sample());
}
