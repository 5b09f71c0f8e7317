//! What holds for any bit flipped, and for garbage of any kind.

use bytes::Bytes;
use http::HeaderMap;
use proptest::{collection::btree_map, prelude::*};
use saoma_wechatpay::v2::{Fields, SignType, Signing, notification, query, req_info, xml::ROOT};

use crate::support::{PAID, answer, api_key, merchant, number, signing, told};

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~\\t\\n\\r]{0,40}", "[\\]>&<!\\[CDATA;#x\\r\\n ]{0,40}", "\\PC{0,20}",]
}

fn messages() -> impl Strategy<Value = Fields<'static>> {
    btree_map("[A-Za-z_][A-Za-z0-9_.-]{0,20}", value(), 0..30).prop_map(|map| {
        let mut fields = Fields::new();
        for (name, value) in map {
            fields.set(name, value);
        }
        fields
    })
}

/// A document with a few bytes that matter to XML put anywhere.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("<"),
        Just(">"),
        Just("</xml>"),
        Just("<xml>"),
        Just("&"),
        Just("&amp;"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("<!--"),
        Just("-->"),
        Just("<?a?>"),
        Just("<!DOCTYPE a>"),
        Just("\0"),
        Just("total_fee"),
        Just("/"),
    ];
    (any::<prop::sample::Index>(), prop::collection::vec(piece, 1..4), any::<bool>()).prop_map(
        |(at, pieces, cut)| {
            let mut document = signing().write(told(PAID)).unwrap().to_vec();
            let place = at.index(document.len());
            let rest = document.split_off(place);
            document.extend_from_slice(pieces.concat().as_bytes());
            if !cut {
                document.extend_from_slice(&rest);
            }
            document
        },
    )
}

fn is_believed(body: impl Into<Bytes>) -> bool {
    query::read(&merchant(), &number(), &answer(body), &signing()).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_is_read_back(fields in messages()) {
        let written = fields.write(ROOT).unwrap();
        prop_assert_eq!(Fields::read(ROOT, &written).unwrap(), fields);
    }

    #[test]
    fn what_is_signed_verifies_after_the_wire(fields in messages(), is_md5: bool) {
        let sign_type = if is_md5 { SignType::Md5 } else { SignType::HmacSha256 };
        let signing = Signing { key: api_key(), sign_type };
        let says_something = fields.iter()
            .any(|(name, value)| !["sign", "sign_type"].contains(&name) && !value.is_empty());
        let mut fields = fields;
        fields.set("sign_type", "");
        let written = signing.write(fields).unwrap();
        let is_believed = signing.verify(&Fields::read(ROOT, &written).unwrap()).is_ok();
        prop_assert_eq!(is_believed, says_something);
    }

    #[test]
    fn any_byte_changed_is_refused(at: prop::sample::Index, bit in 0..8u32) {
        let body = signing().write(told(PAID)).unwrap();
        let mut changed = body.to_vec();
        let place = at.index(changed.len());
        changed[place] ^= 1 << bit;
        // The digits of the signature may be of either case.
        let is_same = Fields::read(ROOT, &changed).is_ok_and(|fields| {
            let original = Fields::read(ROOT, &body).unwrap();
            fields.iter().zip(original.iter()).all(|((name, value), (own, owns))| {
                name == own && (value == owns || name == "sign" && value.eq_ignore_ascii_case(owns))
            }) && fields.iter().count() == original.iter().count()
        });
        prop_assert_eq!(is_believed(changed), is_same);
    }

    #[test]
    fn a_damaged_message_is_refused_or_the_same(body in damaged()) {
        let same = Fields::read(ROOT, &body).is_ok_and(|fields| signing().verify(&fields).is_ok());
        prop_assert_eq!(is_believed(body), same);
    }

    #[test]
    fn garbage_is_refused_and_never_panics(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!is_believed(body.clone()));
        prop_assert!(notification::read(&HeaderMap::new(), &body.clone().into(), &signing()).is_err());
        if let Ok(text) = std::str::from_utf8(&body) {
            let _ = req_info::open(&api_key(), text);
        }
    }

    #[test]
    fn a_sealed_document_opens_to_itself(document in prop::collection::vec(any::<u8>(), 0..400)) {
        let sealed = req_info::seal(&api_key(), &document);
        let opened = req_info::open(&api_key(), &sealed).unwrap();
        prop_assert_eq!(&*opened, &document);
    }
}
