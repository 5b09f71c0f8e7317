//! What WeChat Pay puts on an answer or a notification to prove it is its own (WeChat Pay protocol A.5).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderName;
use jiff::Timestamp;
use saoma_wechatpay::{
    keys::{SignError, Signer},
    message::{self, answer_text},
};

use crate::random::Random;

/// How a signature is spoilt by faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spoilt {
    pub(crate) is_missing: bool,
    /// A probe, as WeChat Pay itself sends them to see who verifies (A.5.4).
    pub(crate) is_probe: bool,
    /// Made with no key at all.
    pub(crate) is_forged: bool,
    pub(crate) has_wrong_serial: bool,
    /// Signed so long ago.
    pub(crate) stale_seconds: i64,
}

const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";

/// The five headers over a body.
///
/// # Errors
/// When the system gives no randomness to blind the signature with.
pub(crate) fn headers(
    signer: &dyn Signer,
    body: &[u8],
    spoilt: Spoilt,
    random: &Random,
    now: Timestamp,
) -> Result<Vec<(HeaderName, String)>, SignError> {
    if spoilt.is_missing {
        return Ok(Vec::new());
    }
    let timestamp = now.as_second().saturating_sub(spoilt.stale_seconds).to_string();
    let nonce = random.letters_digits(32);
    let mut signature = STANDARD.encode(signer.sign(&answer_text(&timestamp, &nonce, body))?);
    if spoilt.is_probe {
        signature.replace_range(..PROBE_PREFIX.len(), PROBE_PREFIX);
    }
    if spoilt.is_forged {
        signature = STANDARD.encode(random.letters_digits(256));
    }
    let serial = if spoilt.has_wrong_serial {
        format!("7{}", random.hex_upper(39))
    } else {
        signer.serial_no().to_owned()
    };
    Ok(vec![
        (message::TIMESTAMP, timestamp),
        (message::NONCE, nonce),
        (message::SIGNATURE, signature),
        (message::SERIAL, serial),
        (message::SIGNATURE_TYPE, message::SCHEME.to_owned()),
    ])
}
