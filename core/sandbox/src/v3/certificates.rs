//! The list of platform certificates, each sealed with the merchant's APIv3 key (WeChat Pay protocol A.6.2).

use saoma_wechatpay::aead::ALGORITHM;
use serde_json::{Value, json};

use super::refusal::{Place, Refusal};
use crate::{
    clock::beijing,
    identity::{Keys, Party, VerifyWith},
    random::Random,
};

/// The answer to a merchant that asks for certificates of this algorithm.
pub(crate) fn list(
    keys: &Keys,
    party: &Party,
    algorithm_type: Option<&str>,
    random: &Random,
) -> Result<Value, Refusal> {
    if party.merchant.verify_with == VerifyWith::PublicKey {
        return Err(Refusal::no_certificates());
    }
    match algorithm_type {
        None | Some("RSA" | "ALL") => {}
        // All certificates here are RSA.
        Some("SM2") => return Ok(json!({ "data": [] })),
        Some(other) => {
            return Err(Refusal::parameter(
                Place::Query,
                "/algorithm_type",
                other,
                "枚举值错误，应为RSA、SM2、ALL之一",
            ));
        }
    }
    let sealed = keys.identity().certificates.iter().map(|certificate| {
        let nonce = random.letters_digits(12);
        let associated_data = "certificate";
        let ciphertext = party
            .api_v3_key
            .seal(&nonce, associated_data, certificate.certificate_pem.as_bytes())
            .expect("the nonce has twelve bytes and a certificate about a thousand");
        json!({
            "serial_no": certificate.serial_no,
            "effective_time": beijing(certificate.effective_at),
            "expire_time": beijing(certificate.expires_at),
            "encrypt_certificate": {
                "algorithm": ALGORITHM,
                "nonce": nonce,
                "associated_data": associated_data,
                "ciphertext": ciphertext,
            },
        })
    });
    Ok(json!({ "data": sealed.collect::<Vec<_>>() }))
}
