//! The keys for API v2 of a merchant's account at WeChat Pay.

use std::net::{IpAddr, Ipv4Addr};

use saoma_wechatpay::keys::{self, RsaSigner};
use saoma_wechatpay::v2::{ApiKey, SignType, Signing};
use zeroize::Zeroizing;

use super::fields::Fields;
use super::wechatpay::{SAMPLE, Surroundings};

/// The keys for API v2.
#[derive(Clone)]
pub struct V2Keys {
    /// Signs requests and verifies answers.
    pub signing: Signing,
    /// The merchant's certificate and its key, as PEM, to show to WeChat Pay at refunds and reverses.
    pub client_identity: Option<Zeroizing<String>>,
    /// The address that orders are said to come from.
    pub server_ip: IpAddr,
}

/// Reads them. On an encrypted line the client certificate is needed; a double on a plain line cannot be shown one.
pub(super) fn read(fields: &Fields<'_>, around: &Surroundings<'_>, is_encrypted: bool) -> Option<V2Keys> {
    let key = api_v2_key(fields, around);
    let sign_type = match fields.text_opt("sign_type") {
        None => Some(SignType::HmacSha256),
        Some(name) => fields.noted(
            "sign_type",
            SignType::from_name(name).ok_or("must be HMAC-SHA256 or MD5, as it is set at WeChat Pay"),
        ),
    };
    let client_identity = client_identity(fields, around, is_encrypted);
    let server_ip = match fields.text_opt("server_ip") {
        None => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(text) => fields.noted("server_ip", text.parse()),
    };
    Some(V2Keys {
        signing: Signing { key: key?, sign_type: sign_type? },
        client_identity: client_identity?,
        server_ip: server_ip?,
    })
}

fn api_v2_key(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<ApiKey> {
    let (field, text) = around.secret(fields, ["api_v2_key_file", "api_v2_key_env"])?;
    let key = fields.noted(field, ApiKey::new(text.trim_end_matches(['\r', '\n']).as_bytes()))?;
    if key.is_published_sample() {
        fields.problem(field, SAMPLE);
        return None;
    }
    Some(key)
}

/// The certificate and its key in one text, if they belong together; or none where none is needed.
#[expect(clippy::option_option, reason = "nothing is needed, or something is wrong, are two things")]
fn client_identity(
    fields: &Fields<'_>,
    around: &Surroundings<'_>,
    is_needed: bool,
) -> Option<Option<Zeroizing<String>>> {
    let path = fields.text_opt("certificate_file");
    if path.is_none() && !is_needed {
        // Without a certificate a key is of no use; that it is a known field is certain.
        let _ = (fields.text_opt("private_key_file"), fields.text_opt("private_key_env"));
        return Some(None);
    }
    let key = around.secret(fields, ["private_key_file", "private_key_env"]);
    let Some(path) = path else {
        fields.problem(
            "certificate_file",
            "is missing: refunds and reverses over v2 need the merchant's API certificate",
        );
        return None;
    };
    let certificate = around.file(fields, "certificate_file", path)?;
    let serial_no = fields.noted("certificate_file", keys::certificate_serial(&certificate))?;
    let certified = fields.noted("certificate_file", keys::fingerprint(&certificate))?;
    let (field, key) = key?;
    let owned = fields.noted(field, RsaSigner::from_pem(serial_no.as_str(), &key))?.fingerprint();
    if owned.is_published_sample() {
        fields.problem(field, SAMPLE);
        return None;
    }
    if owned != certified {
        fields.problem(field, "is not the key of certificate_file; both come from one download");
        return None;
    }
    Some(Some(Zeroizing::new(format!("{}\n{}\n", certificate.trim_end(), key.trim_end()))))
}
