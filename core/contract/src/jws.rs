//! One compact form for everything that is signed in the body itself: JWS (RFC 7515) with ES256.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::{DeviceSigner, PublicKey, SignerError};

/// More bytes than any order or statement has.
const BYTES_MAX: usize = 64 * 1024;

/// Why a signed text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts of base64url with a JSON header, or too long.
    #[error("must be a compact JWS (header.payload.signature in base64url) of at most {BYTES_MAX} bytes")]
    Form,
    /// The header names another algorithm, kind or an extension that must be understood.
    #[error("must be signed with ES256 and have the type {expected}")]
    Header {
        /// The `typ` that was expected.
        expected: &'static str,
    },
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    Signature,
}

/// A compact JWS as text, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
pub struct Jws(String);

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<serde_json::Value>,
}

/// A JWS taken apart, its header checked, its signature not yet.
pub(crate) struct Opened<'a> {
    pub(crate) kid: String,
    pub(crate) payload: Vec<u8>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl Jws {
    /// Takes a text as it came; nothing is checked before it is opened.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The compact text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn sign(
        kid: &str,
        typ: &'static str,
        payload: &impl Serialize,
        signer: &dyn DeviceSigner,
    ) -> Result<Self, SignerError> {
        let header = Header { alg: "ES256".to_owned(), kid: kid.to_owned(), typ: typ.to_owned(), crit: None };
        let part = |json: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(json);
        let header = part(serde_json::to_vec(&header).expect("three texts are always JSON"));
        let payload =
            part(serde_json::to_vec(payload).expect("our payloads have text keys and plain values"));
        let mut text = format!("{header}.{payload}");
        let signature = signer.sign(text.as_bytes())?;
        text.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(Self(text))
    }

    pub(crate) fn open(&self, typ: &'static str) -> Result<Opened<'_>, JwsError> {
        if self.0.len() > BYTES_MAX {
            return Err(JwsError::Form);
        }
        let (signed, signature) = self.0.rsplit_once('.').ok_or(JwsError::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Form)?;
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| JwsError::Form);
        let header: Header = serde_json::from_slice(&part(header)?).map_err(|_| JwsError::Form)?;
        if header.alg != "ES256" || header.typ != typ || header.crit.is_some() {
            return Err(JwsError::Header { expected: typ });
        }
        Ok(Opened { kid: header.kid, payload: part(payload)?, signed, signature: part(signature)? })
    }
}

impl Opened<'_> {
    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), JwsError> {
        if key.verifies(self.signed.as_bytes(), &self.signature) { Ok(()) } else { Err(JwsError::Signature) }
    }
}

impl std::fmt::Display for Jws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::key;
    use proptest::prelude::*;

    fn signed() -> Jws {
        Jws::sign("k1", "saoma-test", &serde_json::json!({"amount": 1280}), &key(1)).unwrap()
    }

    #[test]
    fn what_was_signed_opens_and_verifies() {
        let jws = signed();
        let opened = jws.open("saoma-test").unwrap();
        assert_eq!(
            (opened.kid.as_str(), opened.payload.as_slice()),
            ("k1", br#"{"amount":1280}"#.as_slice())
        );
        assert_eq!(opened.verify(&key(1).public_key()), Ok(()));
        assert_eq!(opened.verify(&key(2).public_key()), Err(JwsError::Signature));
    }

    #[test]
    fn another_type_or_algorithm_is_refused() {
        assert!(matches!(signed().open("saoma-other"), Err(JwsError::Header { .. })));
        let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"k1","typ":"saoma-test"}"#);
        let (_, rest) = signed().0.split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(matches!(
            Jws::from_text(format!("{none}.{rest}")).open("saoma-test"),
            Err(JwsError::Header { .. })
        ));
        let critical =
            BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"k1","typ":"saoma-test","crit":["b64"]}"#);
        assert!(matches!(
            Jws::from_text(format!("{critical}.{rest}")).open("saoma-test"),
            Err(JwsError::Header { .. })
        ));
        assert!(matches!(Jws::from_text("a.b").open("saoma-test"), Err(JwsError::Form)));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_refused(at in 0usize..400, bit in 0u8..7) {
            let mut bytes = signed().0.into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
            let jws = Jws(text);
            let accepted = jws.open("saoma-test").is_ok_and(|opened| opened.verify(&key(1).public_key()).is_ok());
            prop_assert!(!accepted);
        }
    }
}
