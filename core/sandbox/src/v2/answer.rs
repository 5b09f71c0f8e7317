//! An answer of API v2 as it goes out: signed fields, an unsigned failure, or a file (WeChat Pay protocol C.1, C.8).

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use saoma_wechatpay::v2::{Fields, SIGN, Signing, xml::ROOT};

use crate::{
    double::Double,
    random::Random,
    v3::answer::{Way, filled, headed},
};

const XML: &str = "text/xml; charset=utf-8";

/// What is answered.
pub(crate) enum Said {
    /// `return_code` FAIL: nothing was judged, and nothing is signed.
    Failed(String),
    /// Everything else, signed.
    Told { fields: Fields<'static>, signing: Signing },
    /// A bill, with its digest if it has one.
    File { content_type: &'static str, body: Bytes, digest: Option<String> },
}

impl Said {
    /// For the log.
    pub(super) fn in_short(&self) -> &str {
        match self {
            Self::Failed(_) => "FAIL",
            Self::Told { fields, .. } => fields.get("err_code").unwrap_or("SUCCESS"),
            Self::File { .. } => "file",
        }
    }
}

/// Makes the answer. Its HTTP status is 200 whatever it says.
pub(crate) fn answer(said: Said, way: Way, double: &Double) -> Response {
    let mut response = headed(StatusCode::OK, 0, way, double);
    match said {
        Said::Failed(message) => {
            let mut fields = Fields::new();
            fields.set("return_code", "FAIL");
            fields.set("return_msg", message);
            filled(response, XML, document(&fields), way)
        }
        Said::Told { mut fields, signing } => {
            fields.set(SIGN, spoilt_sign(signing.sign(&fields), way, &double.random));
            filled(response, XML, document(&fields), way)
        }
        Said::File { content_type, body, digest } => {
            if let Some(digest) = digest.and_then(|digest| HeaderValue::from_str(&digest).ok()) {
                response.headers_mut().insert("Digest", digest);
            }
            filled(response, content_type, body, way)
        }
    }
}

/// A signature, or what faults leave of it: nothing, or another one of the same length.
pub(super) fn spoilt_sign(sign: String, way: Way, random: &Random) -> String {
    if way.signature.is_missing {
        return String::new();
    }
    if way.signature.is_probe || way.signature.is_forged { random.hex_upper(sign.len()) } else { sign }
}

/// The XML of some fields; those that are empty are left out.
pub(super) fn document(fields: &Fields<'_>) -> Bytes {
    let mut given = Fields::new();
    fields.iter().filter(|(_, value)| !value.is_empty()).for_each(|(name, value)| given.set(name, value));
    let written = given.write(ROOT).expect("fields were read from XML or JSON without control characters");
    Bytes::from_owner(written)
}
