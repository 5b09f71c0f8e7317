//! Signed requests (RFC 9421, RFC 9530): whatever verifies is a request that was signed, and whatever can be signed verifies.

use std::sync::LazyLock;

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, Request, Uri};
use saoma_contract::request_signature::{JournalHead, RequestSignature, sign};
use saoma_contract::{DeviceSigner as _, SoftwareKey, Time};
use zeroize::Zeroizing;

use crate::message::Message;
use crate::{Target, told};

pub(super) const REQUEST_SIGNATURES: Target = Target {
    name: "request_signatures",
    seeds,
    words: &[
        "signature-input: ",
        "signature: ",
        "saoma=",
        "(\"@method\" \"@path\" \"@query\")",
        ";created=1785549600",
        ";keyid=\"d_1\"",
        ";alg=\"ecdsa-p256-sha256\"",
        ";tag=\"saoma-v1\"",
        ";nonce=\"\"",
        "content-digest: ",
        "sha-256=",
        "saoma-journal: ",
        "saoma-person: li",
        ";hash=",
        "::",
        "?1",
        "\"@authority\"",
        "\"content-digest\"",
        ";sf",
        ";bs",
    ],
    input_bytes_max: 64 * 1024,
    memory_bytes_max: 4 << 20,
    executions: 600,
    run,
};

/// 2026-08-01T10:00:00+08:00.
const NOW_MS: i64 = 1_785_549_600_000;

/// A device's key.
pub(super) fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_random(&Zeroizing::new([seed; 32])).expect("these bytes are a key")
}

static GOOD: LazyLock<Vec<Request<Bytes>>> = LazyLock::new(|| {
    let head = JournalHead { entries: 12, hash: [9; 32] };
    let made = |method: &str, uri: &str, body: &'static str, head: Option<&JournalHead>, person: bool| {
        let mut request =
            Request::builder().method(method).uri(uri).body(Bytes::from(body)).expect("a request");
        if person {
            request.headers_mut().insert("saoma-person", http::HeaderValue::from_static("li"));
        }
        sign(&mut request, "d_1", Time::from_unix_ms(NOW_MS), [7; 16], head, &key(1))
            .expect("it can be signed");
        request
    };
    vec![
        made("PUT", "/v1/orders/01J?x=1&y", "{}", Some(&head), true),
        made("GET", "/v1/time", "", None, false),
        made("POST", "/v1/orders/01J/close", "{\"attempt\":1}", None, false),
    ]
});

fn seeds() -> Vec<Vec<u8>> {
    GOOD.iter().map(written).collect()
}

fn written(request: &Request<Bytes>) -> Vec<u8> {
    let mut text = format!("{} {}\n", request.method(), request.uri()).into_bytes();
    for (name, value) in request.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(request.body());
    text
}

fn run(input: &[u8]) {
    let message = Message::read(input);
    let Ok(uri) = message.word(1).parse::<Uri>() else { return };
    let Ok(mut request) = Request::builder().method(message.word(0)).uri(uri).body(message.body) else {
        return;
    };
    *request.headers_mut() = message.headers;
    let now = Time::from_unix_ms(NOW_MS);
    if let Some(signature) = verified(&request, now) {
        let is_it = |good: &&Request<Bytes>| {
            let same_header = |name: &str| {
                let all = |headers: &HeaderMap| {
                    headers.get(name).map(|value| value.as_bytes().trim_ascii().to_vec())
                };
                all(good.headers()) == all(request.headers())
            };
            (good.method(), good.uri().path(), good.uri().query().unwrap_or(""), good.body())
                == (
                    request.method(),
                    request.uri().path(),
                    request.uri().query().unwrap_or(""),
                    request.body(),
                )
                && ["saoma-journal", "saoma-person"].into_iter().all(same_header)
        };
        assert!(GOOD.iter().any(|good| is_it(&good)), "nobody signed this: {request:?}");
        assert_eq!(signature.keyid, "d_1");
    }
    // What a device signs, its backend takes.
    for name in ["signature-input", "signature", "content-digest", "saoma-journal"] {
        request.headers_mut().remove(name);
    }
    let head = JournalHead { entries: input.len() as u64, hash: [3; 32] };
    let person = request.headers().get("saoma-person").cloned();
    let can_name = person.as_ref().is_none_or(|person| {
        let is_id = |text: &str| text.parse::<saoma_contract::StaffId>().is_ok();
        request.headers().get_all("saoma-person").iter().count() == 1 && person.to_str().is_ok_and(is_id)
    });
    if sign(&mut request, "d_1", now, [8; 16], Some(&head), &key(1)).is_ok() && can_name {
        let signature = verified(&request, now).expect("what was just signed verifies");
        assert_eq!(signature.journal, Some(head));
    }
}

fn verified(request: &Request<Bytes>, now: Time) -> Option<RequestSignature> {
    let (parts, body) = request.clone().into_parts();
    let read = RequestSignature::read(&parts).and_then(|signature| {
        signature.verify(&parts, &body, &key(1).public_key(), now)?;
        Ok(signature)
    });
    read.map_err(|error| told(&error)).ok()
}

/// A compact JWS around any header and payload, signed by this key.
pub(super) fn jws(typ: &str, kid: &str, payload: &[u8], key: &SoftwareKey) -> String {
    let part = |bytes: &[u8]| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let header = serde_json::json!({ "alg": "ES256", "kid": kid, "typ": typ }).to_string();
    let signed = format!("{}.{}", part(header.as_bytes()), part(payload));
    let signature = key.sign(signed.as_bytes()).expect("a key in memory signs");
    format!("{signed}.{}", part(&signature))
}
