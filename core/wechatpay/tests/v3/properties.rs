//! What holds for any bit flipped, and for garbage of any kind.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use proptest::prelude::*;
use saoma_wechatpay::{
    keys::{Serial, Signer, Verifier, WechatPayKeys},
    message,
    v3::{CallError, certificates, close, native, notification, query::Query},
};

use crate::{
    answers::PAID,
    requests::{mchid, out_trade_no},
    support::{APIV3_KEY, MERCHANT, NOW, Signed, WECHAT_PAY, apiv3_key, second, wechat_pay_keys},
};

const HEADERS: [HeaderName; 5] =
    [message::TIMESTAMP, message::NONCE, message::SIGNATURE, message::SERIAL, message::SIGNATURE_TYPE];

fn flip(bytes: &mut [u8], at: &prop::sample::Index, bit: u32) {
    let place = at.index(bytes.len());
    bytes[place] ^= 1 << bit;
}

fn is_believed(signed: Signed) -> bool {
    let answer = signed.answer(200);
    Query::by_out_trade_no(mchid(), out_trade_no()).read(&answer, second(NOW), &wechat_pay_keys()).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bit_flipped_in_the_body_is_refused(at: prop::sample::Index, bit in 0..8u32) {
        let mut signed = Signed::new(PAID);
        let mut body = signed.body.to_vec();
        flip(&mut body, &at, bit);
        signed.body = body.into();
        prop_assert!(!is_believed(signed));
    }

    #[test]
    fn any_bit_flipped_in_a_header_is_refused(which in 0..HEADERS.len(), at: prop::sample::Index, bit in 0..8u32) {
        let mut signed = Signed::new(PAID);
        let mut value = signed.headers[&HEADERS[which]].as_bytes().to_vec();
        flip(&mut value, &at, bit);
        // Serials are compared without regard to case, so a flip of case names the same key.
        let is_same_serial = HEADERS[which] == message::SERIAL
            && std::str::from_utf8(&value).is_ok_and(|text| Serial::new(text) == Serial::new(&WECHAT_PAY.serial));
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        signed.headers.insert(HEADERS[which].clone(), value);
        prop_assert_eq!(is_believed(signed), is_same_serial);
    }

    #[test]
    fn any_bit_flipped_in_wechat_pays_key_is_refused(at: prop::sample::Index, bit in 0..7u32) {
        let mut pem = WECHAT_PAY.certificate_pem.clone().into_bytes();
        flip(&mut pem, &at, bit);
        let pem = String::from_utf8(pem).unwrap();
        let mut keys = WechatPayKeys::new();
        if keys.add_certificate(&pem).is_err() {
            return Ok(());
        }
        let is_believed = native::read(&Signed::new(r#"{"code_url":"weixin://a"}"#).answer(200), second(NOW), &keys).is_ok();
        let is_same_key = keys.verifiers().all(|key| {
            key.fingerprint() == WECHAT_PAY.verifier().fingerprint() && key.serial() == WECHAT_PAY.verifier().serial()
        });
        let is_in_time = keys.validity(&WECHAT_PAY.serial)
            .is_some_and(|validity| !validity.is_over(second(NOW)));
        prop_assert_eq!(is_believed, is_same_key && is_in_time);
    }

    #[test]
    fn any_bit_flipped_in_a_notification_or_the_apiv3_key_is_refused(in_key: bool, at: prop::sample::Index, bit in 0..8u32) {
        let nonce = "n0nce12bytes";
        let ciphertext = apiv3_key().seal(nonce, "transaction", PAID.as_bytes()).unwrap();
        let body = format!(
            r#"{{"id":"a","create_time":"2026-08-01T10:02:32+08:00","resource_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"","resource":{{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"{ciphertext}","associated_data":"transaction","nonce":"{nonce}"}}}}"#
        );
        let mut signed = Signed::new(body);
        let mut key = APIV3_KEY.to_vec();
        if in_key {
            flip(&mut key, &at, bit);
        } else {
            let mut body = signed.body.to_vec();
            flip(&mut body, &at, bit);
            signed.body = body.into();
        }
        let Ok(key) = saoma_wechatpay::aead::Apiv3Key::new(&key) else { return Ok(()) };
        let read = notification::read(&signed.headers, &signed.body, second(NOW), &wechat_pay_keys(), &key);
        prop_assert!(read.is_err());
    }

    #[test]
    fn any_bit_flipped_in_a_request_is_refused(part in 0..5usize, at: prop::sample::Index, bit in 0..7u32) {
        let parts = ["POST", "/v3/pay/transactions/native", "Q7wErTy01Zx3CvBn", "{\"a\":1}"];
        let text = |parts: &[String; 4], timestamp| {
            message::request_text(&parts[0], &parts[1], timestamp, &parts[2], parts[3].as_bytes())
        };
        let mut parts = parts.map(str::to_owned);
        let mut timestamp = NOW;
        let signature = MERCHANT.signer().sign(&text(&parts, timestamp)).unwrap();
        prop_assert!(MERCHANT.verifier().verify_signature(&text(&parts, timestamp), &signature).is_ok());
        match parts.get_mut(part) {
            Some(part) => {
                let mut bytes = part.clone().into_bytes();
                flip(&mut bytes, &at, bit);
                *part = String::from_utf8(bytes).unwrap();
            }
            None => timestamp ^= 1 << bit,
        }
        prop_assert!(MERCHANT.verifier().verify_signature(&text(&parts, timestamp), &signature).is_err());
    }

    #[test]
    fn garbage_is_never_believed_and_never_panics(
        status in 100..1000u16,
        body in prop_oneof![any::<Vec<u8>>(), r#"[\[\]{}":,a-z0-9]{0,80}"#.prop_map(String::into_bytes)],
        values in prop::collection::vec(prop::option::of("[ -~]{0,60}"), 7),
    ) {
        let Ok(status) = StatusCode::from_u16(status) else { return Ok(()) };
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = status;
        let names = HEADERS.into_iter().chain([http::header::CONTENT_TYPE, http::header::CONTENT_LENGTH]);
        for (name, value) in names.zip(values) {
            if let Some(value) = value {
                answer.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
            }
        }
        let (now, keys) = (second(NOW), wechat_pay_keys());
        let asked = Query::by_out_trade_no(mchid(), out_trade_no());
        let errors: [Option<CallError>; 4] = [
            native::read(&answer, now, &keys).err(),
            asked.read(&answer, now, &keys).err(),
            close::read(&answer, now, &keys).err(),
            certificates::read(&answer, now, &WechatPayKeys::new(), &apiv3_key()).err(),
        ];
        for error in errors {
            let error = error.expect("garbage was believed");
            let _ = (error.advice(), error.to_string());
        }
        let notified = notification::read(answer.headers(), answer.body(), now, &keys, &apiv3_key());
        prop_assert!(notified.is_err());
    }

    #[test]
    fn signed_garbage_is_malformed_and_never_panics(body: Vec<u8>) {
        let answer = Signed::new(body).answer(200);
        let read = native::read(&answer, second(NOW), &wechat_pay_keys());
        prop_assert!(matches!(read, Err(CallError::Malformed(_))));
    }
}
