use proptest::prelude::*;

use super::*;

const KEY: &[u8] = b"v3k3yForDocsOnly0123456789abcdEF";
const NONCE: &str = "n0nce12bytes";
const TRANSACTION: &str = r#"{"mchid":"1688001234","out_trade_no":"KB20260801-0007","trade_state":"SUCCESS","amount":{"total":1280,"payer_total":1180,"currency":"CNY","payer_currency":"CNY"}}"#;
const CIPHERTEXT: &str = "IazJjsRsJuBgwXKzs8Jm88PqXulrPU4FFVmayhlLm+VPLSqKYGpFaAsygasfZJBSaJo1q6sT3Slg6hvFniG+O0giT0UrmxRgHdr6wfIDfvQj+GlgeXgNHEW9CXgfYxkd1/bhnhgfyzgT3IwfVTAouo63Y81nmTyFTX0EUq9mTl8MxS1/UY14DYEup/2BCJjYJDz2VftjAD6kNxdLY26OG4RM6EE2WzWNEN5EuAk3GwvyCA==";

fn key() -> Apiv3Key {
    Apiv3Key::new(KEY).unwrap()
}

#[test]
fn the_protocol_documents_transaction_opens() {
    let opened = key().open(NONCE, "transaction", CIPHERTEXT).unwrap();
    assert_eq!(String::from_utf8(opened).unwrap(), TRANSACTION);
}

#[test]
fn sealing_gives_what_wechat_pay_would_have_sent() {
    let sealed = key().seal(NONCE, "transaction", TRANSACTION.as_bytes()).unwrap();
    assert_eq!(sealed, CIPHERTEXT);
}

#[test]
fn a_key_of_another_length_is_a_configuration_error() {
    for bytes in [0, 16, 31, 33, 64] {
        assert_eq!(Apiv3Key::new(&vec![b'a'; bytes]).unwrap_err(), Apiv3KeyError::Length { bytes });
    }
}

#[test]
fn a_key_with_a_stray_line_feed_is_a_configuration_error() {
    assert_eq!(Apiv3Key::new(b"v3k3yForDocsOnly0123456789abcdE\n").unwrap_err(), Apiv3KeyError::Characters);
}

#[test]
fn malformed_input_is_an_error_and_never_a_panic() {
    let key = key();
    for nonce in ["", "n0nce12byte", "n0nce12bytes0", "n0nce12byté"] {
        let error = key.open(nonce, "", CIPHERTEXT).unwrap_err();
        let expected =
            if nonce.len() == 12 { OpenError::Tag } else { OpenError::NonceLength { bytes: nonce.len() } };
        assert_eq!(error, expected);
    }
    assert_eq!(key.open(NONCE, "", "%%%"), Err(OpenError::Base64));
    assert_eq!(key.open(NONCE, "", ""), Err(OpenError::TooShort));
    assert_eq!(key.open(NONCE, "", &STANDARD.encode([0; 15])), Err(OpenError::TooShort));
    assert_eq!(key.open(NONCE, "", &"A".repeat(CIPHERTEXT_CHARS_MAX + 1)), Err(OpenError::TooLong));
}

#[test]
fn the_key_never_shows_in_debug_output() {
    assert_eq!(format!("{:?}", key()), "Apiv3Key(…)");
}

proptest! {
    #[test]
    fn any_bit_flipped_in_key_nonce_data_or_ciphertext_is_refused(part in 0..4usize, at: prop::sample::Index, bit in 0..7u32) {
        let flip = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            String::from_utf8(bytes).expect("seven-bit characters stay seven-bit")
        };
        let (mut nonce, mut data, mut ciphertext) =
            (NONCE.to_owned(), "transaction".to_owned(), CIPHERTEXT.to_owned());
        let mut key = Some(key());
        match part {
            0 => nonce = flip(&nonce),
            1 => data = flip(&data),
            2 => ciphertext = flip(&ciphertext),
            _ => key = Apiv3Key::new(flip(std::str::from_utf8(KEY).unwrap()).as_bytes()).ok(),
        }
        if let Some(key) = key {
            prop_assert!(key.open(&nonce, &data, &ciphertext).is_err());
        }
    }

    #[test]
    fn what_is_sealed_opens_again(text: Vec<u8>, data in ".{0,16}") {
        let sealed = key().seal(NONCE, &data, &text).unwrap();
        prop_assert_eq!(key().open(NONCE, &data, &sealed).unwrap(), text);
    }

    #[test]
    fn garbage_never_opens(nonce in ".{0,14}", data in ".{0,20}", ciphertext in "[A-Za-z0-9+/=]{0,100}") {
        prop_assert!(key().open(&nonce, &data, &ciphertext).is_err());
    }
}
