use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::key::tests::key;

const NOW: &str = "2026-08-01T02:00:00.000Z";

fn now() -> Time {
    NOW.parse().unwrap()
}

fn signed(body: &'static str) -> (request::Parts, Bytes) {
    let mut request =
        Request::put("https://till.example/v1/orders/01J?x=1&y").body(Bytes::from(body)).unwrap();
    let head = JournalHead { entries: 12, hash: [9; 32] };
    sign(&mut request, "d_1", now(), [7; 16], Some(&head), &key(1)).unwrap();
    request.into_parts()
}

fn check(parts: &request::Parts, body: &[u8]) -> Result<(), RequestSignatureError> {
    RequestSignature::read(parts)?.verify(parts, body, &key(1).public_key(), now())
}

#[test]
fn a_signed_request_verifies_and_says_who_and_how_far() {
    let (parts, body) = signed("{}");
    let signature = RequestSignature::read(&parts).unwrap();
    assert_eq!((signature.keyid.as_str(), signature.created_s), ("d_1", now().unix_s()));
    assert_eq!(signature.journal, Some(JournalHead { entries: 12, hash: [9; 32] }));
    assert_eq!(check(&parts, &body), Ok(()));
    assert_eq!(check(&signed("").0, b""), Ok(()));
}

#[test]
fn the_signature_base_is_the_standards() {
    let (parts, _) = signed("{}");
    let input = parts.headers["signature-input"].to_str().unwrap();
    assert_eq!(
        input,
        "saoma=(\"@method\" \"@path\" \"@query\" \"content-digest\" \"saoma-journal\");created=1785549600;keyid=\"d_1\";\
         alg=\"ecdsa-p256-sha256\";nonce=\"07070707070707070707070707070707\";tag=\"saoma-v1\""
    );
    let signature = RequestSignature::read(&parts).unwrap();
    let parameters = serialize(&signature.covered);
    let base = signature_base("PUT", &parts.uri, &parts.headers, &signature.covered, &parameters).unwrap();
    assert_eq!(
        base,
        format!(
            "\"@method\": PUT\n\"@path\": /v1/orders/01J\n\"@query\": ?x=1&y\n\
             \"content-digest\": sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:\n\
             \"saoma-journal\": 12;hash=:CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=:\n\
             \"@signature-params\": {}",
            input.strip_prefix("saoma=").unwrap()
        )
    );
}

#[test]
fn another_method_path_query_body_journal_or_key_is_refused() {
    let (parts, body) = signed("{}");
    for change in [
        (|parts| parts.method = http::Method::POST) as fn(&mut request::Parts),
        |parts| parts.uri = "/v1/orders/01K?x=1&y".parse().unwrap(),
        |parts| parts.uri = "/v1/orders/01J?x=2&y".parse().unwrap(),
        |parts| {
            let head = JournalHead { entries: 11, hash: [9; 32] };
            parts.headers.insert(JOURNAL_HEADER, head.to_header());
        },
    ] {
        let mut changed = parts.clone();
        change(&mut changed);
        assert_eq!(check(&changed, &body), Err(RequestSignatureError::Signature));
    }
    assert_eq!(check(&parts, b"{ }"), Err(RequestSignatureError::Digest));
    let signature = RequestSignature::read(&parts).unwrap();
    assert_eq!(
        signature.verify(&parts, &body, &key(2).public_key(), now()),
        Err(RequestSignatureError::Signature)
    );
}

#[test]
fn a_body_or_journal_that_is_not_covered_is_refused() {
    let (mut parts, _) = signed("");
    assert!(matches!(
        check(&parts, b"{}"),
        Err(RequestSignatureError::Header { header: "signature-input", .. })
    ));
    let bare = {
        let mut request = Request::get("/v1/changes").body(Bytes::new()).unwrap();
        sign(&mut request, "d_1", now(), [7; 16], None, &key(1)).unwrap();
        request.into_parts().0
    };
    parts.headers = bare.headers;
    parts.headers.insert(JOURNAL_HEADER, JournalHead { entries: 1, hash: [0; 32] }.to_header());
    assert!(matches!(
        check(&parts, b""),
        Err(RequestSignatureError::Header { header: "signature-input", .. })
    ));
}

fn signed_for(person: &str) -> request::Parts {
    let mut request = Request::get("/v1/changes").body(Bytes::new()).unwrap();
    request.headers_mut().insert(PERSON_HEADER, person.parse().unwrap());
    sign(&mut request, "d_1", now(), [7; 16], None, &key(1)).unwrap();
    request.into_parts().0
}

#[test]
fn the_person_is_signed_and_cannot_be_changed_added_or_doubled() {
    let parts = signed_for("li");
    assert_eq!(RequestSignature::read(&parts).unwrap().person, Some("li".parse().unwrap()));
    assert_eq!(check(&parts, b""), Ok(()));
    let mut changed = parts.clone();
    changed.headers.insert(PERSON_HEADER, "boss".parse().unwrap());
    assert_eq!(check(&changed, b""), Err(RequestSignatureError::Signature));
    let mut left_out = parts.clone();
    left_out.headers.remove(PERSON_HEADER);
    assert!(check(&left_out, b"").is_err());
    let (mut added, _) = signed("");
    added.headers.insert(PERSON_HEADER, "boss".parse().unwrap());
    assert!(matches!(
        check(&added, b""),
        Err(RequestSignatureError::Header { header: "signature-input", .. })
    ));
    let mut doubled = parts.clone();
    doubled.headers.append(PERSON_HEADER, "boss".parse().unwrap());
    let refused = RequestSignature::read(&doubled).unwrap_err();
    assert!(matches!(refused, RequestSignatureError::Header { header: PERSON_HEADER, .. }));
    let refused = RequestSignature::read(&signed_for("Li Lei")).unwrap_err();
    assert!(matches!(refused, RequestSignatureError::Header { header: PERSON_HEADER, .. }));
}

#[test]
fn a_wrong_clock_is_told_apart_from_a_wrong_signature() {
    let (parts, body) = signed("{}");
    let signature = RequestSignature::read(&parts).unwrap();
    let at = |ms: i64| signature.verify(&parts, &body, &key(1).public_key(), now().plus_ms(ms));
    assert_eq!(at(300_000), Ok(()));
    assert_eq!(at(-300_000), Ok(()));
    assert_eq!(at(301_000), Err(RequestSignatureError::Clock));
    assert_eq!(at(-301_000), Err(RequestSignatureError::Clock));
}

#[test]
fn missing_or_doubled_headers_are_named() {
    let (parts, _) = signed("{}");
    for name in ["signature", "signature-input"] {
        let mut changed = parts.clone();
        changed.headers.remove(name);
        assert!(
            matches!(RequestSignature::read(&changed), Err(RequestSignatureError::Header { header, .. }) if header == name)
        );
        let mut doubled = parts.clone();
        let value = doubled.headers[name].clone();
        doubled.headers.append(name, value);
        assert!(RequestSignature::read(&doubled).is_err());
    }
}

proptest! {
    #[test]
    fn no_header_makes_reading_panic(input in "\\PC{0,80}", signature in "\\PC{0,80}") {
        let mut parts = signed("{}").0;
        if let (Ok(input), Ok(signature)) = (HeaderValue::try_from(input), HeaderValue::try_from(signature)) {
            parts.headers.insert("signature-input", input);
            parts.headers.insert("signature", signature);
            let outcome = check(&parts, b"{}");
            prop_assert!(outcome.is_err());
        }
    }
}
