//! A merchant's account at WeChat Pay, with its keys for the protocol it speaks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Uri;
use saoma_wechatpay::aead::Apiv3Key;
use saoma_wechatpay::keys::{self, RsaSigner, Signer, WechatPayKeys};
use saoma_wechatpay::v3::partner::{Merchant, Sub};
use saoma_wechatpay::v3::{Appid, Host, Mchid};
use zeroize::Zeroizing;

use super::HeldCertificate;
use super::fields::Fields;
use super::file;
use super::load::Environment;
use super::wechatpay_v2::{self, V2Keys};

/// An account at WeChat Pay.
#[derive(Clone)]
pub struct WechatPayConfig {
    /// The merchant number, the app its orders are made for, and for whom a service provider calls.
    pub merchant: Merchant,
    /// The merchant's API certificate, if the configuration names it.
    pub certificate: Option<HeldCertificate>,
    /// Which protocol is spoken, and the keys for it.
    pub protocol: Protocol,
    /// Whether customers' payment codes are charged.
    pub code_pay: bool,
    /// Where calls go.
    pub host: Host,
    /// Where they go when that cannot be reached.
    pub backup: Option<Host>,
    /// Where notifications come in, if not at `public_url`.
    pub notify_base: Option<String>,
}

/// A protocol of WeChat Pay's, with the keys for it.
#[derive(Clone)]
pub enum Protocol {
    /// JSON, signed with RSA.
    V3(V3Keys),
    /// XML, signed with a shared key.
    V2(V2Keys),
}

/// The keys for API v3.
#[derive(Clone)]
pub struct V3Keys {
    /// Signs requests.
    pub signer: Arc<dyn Signer>,
    /// Opens notifications and certificates.
    pub api_v3_key: Apiv3Key,
    /// WeChat Pay's keys known from the start.
    pub known: WechatPayKeys,
    /// Whether platform certificates are fetched.
    pub fetch_certificates: bool,
}

/// What a configuration can refer to.
pub(super) struct Surroundings<'a> {
    pub(super) folder: &'a Path,
    pub(super) environment: Environment<'a>,
}

impl Surroundings<'_> {
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.folder.join(text)
    }

    /// A file's text; a problem of its field if it cannot be read.
    pub(super) fn file(&self, fields: &Fields<'_>, field: &str, path: &str) -> Option<Zeroizing<String>> {
        let path = self.path(path);
        let read = file::read(&path);
        fields.noted(field, read.map_err(|error| format!("{}: {error}", path.display())))
    }

    /// A secret from a file or an environment variable, and the field it came from.
    pub(super) fn secret(
        &self,
        fields: &Fields<'_>,
        [in_file, in_environment]: [&'static str; 2],
    ) -> Option<(&'static str, Zeroizing<String>)> {
        match (fields.text_opt(in_file), fields.text_opt(in_environment)) {
            (Some(path), None) => Some((in_file, self.file(fields, in_file, path)?)),
            (None, Some(name)) => match (self.environment)(name) {
                Some(value) => Some((in_environment, Zeroizing::new(value))),
                None => {
                    fields.problem(in_environment, format!("the environment variable {name} is not set"));
                    None
                }
            },
            (None, None) => {
                fields.problem(
                    in_file,
                    format!("is missing; name a file here, or an environment variable in {in_environment}"),
                );
                None
            }
            (Some(_), Some(_)) => {
                fields.problem(in_file, format!("is given beside {in_environment}; keep one of them"));
                None
            }
        }
    }
}

pub(super) fn read(
    fields: &Fields<'_>,
    live: Option<bool>,
    around: &Surroundings<'_>,
) -> Option<WechatPayConfig> {
    let merchant = merchant(fields);
    let certificate = fields
        .text_opt("certificate_file")
        .and_then(|path| file::read(&around.path(path)).ok())
        .and_then(|pem| HeldCertificate::read(&pem).ok());
    let hosts = match live {
        Some(live) => hosts(fields, live),
        None => {
            // Which hosts are right is known only with the account; that they are known fields is certain.
            let _ = (fields.text_opt("base_url"), fields.text_opt("backup_url"));
            None
        }
    };
    let protocol = match fields.text_opt("protocol") {
        None | Some("v3") => v3_keys(fields, around).map(Protocol::V3),
        Some("v2") => {
            let is_encrypted = hosts.as_ref().is_none_or(|(host, _)| host.is_https());
            wechatpay_v2::read(fields, around, is_encrypted).map(Protocol::V2)
        }
        Some(_) => {
            fields.problem("protocol", "must be v3 or v2");
            return None;
        }
    };
    // Over v3, WeChat Pay opens it to some merchants only (WeChat Pay protocol B.11).
    let code_pay = fields.flag("code_pay", matches!(protocol, Some(Protocol::V2(_))));
    let notify_base = fields.text_opt("notify_base").map(|text| text.trim_end_matches('/').to_owned());
    if let Some(base) = &notify_base {
        let is_url = base.parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
        let is_secure = base.starts_with("https://") || (live == Some(false) && base.starts_with("http://"));
        if !(is_url && is_secure) || base.contains('?') {
            fields.problem(
                "notify_base",
                "must be https:// and a host that WeChat Pay can reach, without query",
            );
        }
    }
    fields.end();
    let (host, backup) = hosts?;
    Some(WechatPayConfig {
        merchant: merchant?,
        certificate,
        protocol: protocol?,
        code_pay,
        host,
        backup,
        notify_base,
    })
}

/// Who calls, and for whom if it is a service provider.
fn merchant(fields: &Fields<'_>) -> Option<Merchant> {
    let mchid = fields.text("mchid").and_then(|text| fields.noted("mchid", Mchid::new(text)));
    let appid = fields.text("appid").and_then(|text| fields.noted("appid", Appid::new(text)));
    let sub_mchid = fields.text_opt("sub_mchid").map(|text| fields.noted("sub_mchid", Mchid::new(text)));
    let sub_appid = fields.text_opt("sub_appid").map(|text| fields.noted("sub_appid", Appid::new(text)));
    let (mchid, appid) = (mchid?, appid?);
    let sub = match (sub_mchid, sub_appid) {
        (None, None) => None,
        (None, Some(_)) => {
            fields.problem("sub_mchid", "is missing beside sub_appid");
            return None;
        }
        (Some(sub_mchid), None) => Some((sub_mchid?, None)),
        (Some(sub_mchid), Some(sub_appid)) => Some((sub_mchid?, Some(sub_appid?))),
    };
    let sub = sub.map(|(sub_mchid, appid)| fields.noted("sub_mchid", Sub::new(&mchid, sub_mchid, appid)));
    match sub {
        None => Some(Merchant::new(appid, mchid)),
        Some(sub) => Some(Merchant { appid, mchid, sub: Some(sub?) }),
    }
}

fn v3_keys(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<V3Keys> {
    let signer = signer(fields, around);
    let api_v3_key = api_v3_key(fields, around);
    let (known, fetch_certificates) = wechat_pay_keys(fields, around)?;
    Some(V3Keys { signer: signer?, api_v3_key: api_v3_key?, known, fetch_certificates })
}

pub(super) const SAMPLE: &str =
    "is a sample key that was published; anybody can use it. Use the merchant's own";

/// The merchant's key and the serial number of its certificate, which must belong together.
fn signer(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<Arc<dyn Signer>> {
    let key = around.secret(fields, ["private_key_file", "private_key_env"]);
    let given_serial = fields.text_opt("serial_no");
    let certificate =
        fields.text_opt("certificate_file").map(|path| around.file(fields, "certificate_file", path));
    let certificate = match certificate {
        Some(certificate) => Some(certificate?),
        None => None,
    };
    let certified_serial = match &certificate {
        Some(pem) => Some(fields.noted("certificate_file", keys::certificate_serial(pem))?),
        None => None,
    };
    let serial_no = match (given_serial, certified_serial) {
        (None, None) => {
            fields.problem(
                "serial_no",
                "is missing: the serial number of the merchant's API certificate, or its certificate_file",
            );
            return None;
        }
        (Some(given), None) => given.to_owned(),
        (None, Some(certified)) => certified.as_str().to_owned(),
        (Some(given), Some(certified)) => {
            if keys::Serial::new(given).as_ref() != Ok(&certified) {
                fields.problem(
                    "serial_no",
                    format!("is not the serial number of certificate_file, which is {certified}"),
                );
                return None;
            }
            given.to_owned()
        }
    };
    let (field, pem) = key?;
    let signer = match RsaSigner::from_pem(&serial_no, &pem) {
        Ok(signer) => signer,
        Err(error) => {
            let field = if matches!(error, keys::KeyError::Serial(_)) { "serial_no" } else { field };
            fields.problem(field, error);
            return None;
        }
    };
    if signer.fingerprint().is_published_sample() {
        fields.problem(field, SAMPLE);
        return None;
    }
    if let Some(pem) = &certificate
        && fields.noted("certificate_file", keys::fingerprint(pem))? != signer.fingerprint()
    {
        fields.problem(field, "is not the key of certificate_file; both come from one download");
        return None;
    }
    fast(serial_no, &pem, signer)
}

#[cfg(not(feature = "aws-lc"))]
#[expect(clippy::unnecessary_wraps, reason = "the shape of the faster signer's")]
fn fast(_serial_no: String, _pem: &str, signer: RsaSigner) -> Option<Arc<dyn Signer>> {
    Some(Arc::new(signer))
}

/// The same key, used by AWS-LC, which signs several times faster.
#[cfg(feature = "aws-lc")]
#[expect(clippy::needless_pass_by_value, reason = "the shape of the slower signer's")]
fn fast(serial_no: String, pem: &str, signer: RsaSigner) -> Option<Arc<dyn Signer>> {
    match keys::AwsLcSigner::from_pem(&serial_no, pem) {
        Ok(fast) => Some(Arc::new(fast)),
        Err(error) => {
            tracing::warn!(%error, "the key is used by the slower signer");
            Some(Arc::new(signer))
        }
    }
}

fn api_v3_key(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<Apiv3Key> {
    let (field, text) = around.secret(fields, ["api_v3_key_file", "api_v3_key_env"])?;
    let key = fields.noted(field, Apiv3Key::new(text.trim_end_matches(['\r', '\n']).as_bytes()))?;
    if key.is_published_sample() {
        fields.problem(field, SAMPLE);
        return None;
    }
    Some(key)
}

/// How WeChat Pay is verified: by its public key, by certificates that are fetched, or by both while one replaces the
/// other.
fn wechat_pay_keys(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<(WechatPayKeys, bool)> {
    let mut known = WechatPayKeys::new();
    let (id, file) = (fields.text_opt("public_key_id"), fields.text_opt("public_key_file"));
    let has_public_key = id.is_some() || file.is_some();
    let fetch_certificates = fields.flag("certificates", !has_public_key);
    match (id, file) {
        (Some(id), Some(path)) => {
            let pem = around.file(fields, "public_key_file", path)?;
            if fields.noted("public_key_file", keys::fingerprint(&pem))?.is_published_sample() {
                fields.problem("public_key_file", SAMPLE);
                return None;
            }
            if let Err(error) = known.add_public_key(id, &pem) {
                let field = if matches!(error, keys::KeyError::Serial(_)) {
                    "public_key_id"
                } else {
                    "public_key_file"
                };
                fields.problem(field, error);
                return None;
            }
        }
        (Some(_), None) => fields.problem("public_key_file", "is missing beside public_key_id"),
        (None, Some(_)) => fields.problem("public_key_id", "is missing beside public_key_file"),
        (None, None) if !fetch_certificates => {
            fields.problem("certificates", "must be true unless public_key_id and public_key_file are given: nothing WeChat Pay says could be verified");
        }
        (None, None) => {}
    }
    Some((known, fetch_certificates))
}

/// A live account calls WeChat Pay's own hosts, a test account anything but those.
fn hosts(fields: &Fields<'_>, live: bool) -> Option<(Host, Option<Host>)> {
    let given = |field: &'static str| fields.text_opt(field).map(|text| fields.noted(field, Host::new(text)));
    let (base, backup) = (given("base_url"), given("backup_url"));
    if live {
        let mut is_own = true;
        for (field, host) in [("base_url", &base), ("backup_url", &backup)] {
            if let Some(Some(host)) = host
                && !host.is_wechat_pay()
            {
                fields.problem(field, "a live account calls only WeChat Pay's own hosts; leave this out");
                is_own = false;
            }
        }
        let or = |given: Option<Option<Host>>, own: fn() -> Host| given.unwrap_or_else(|| Some(own()));
        let (base, backup) = (or(base, Host::primary), or(backup, Host::backup));
        return is_own.then_some(()).and(base.zip(backup).map(|(base, backup)| (base, Some(backup))));
    }
    let Some(base) = base else {
        fields.problem("base_url", "is missing: a test account must say where its sandbox is");
        return None;
    };
    let mut is_test = true;
    for (field, host) in [("base_url", &base), ("backup_url", &backup.clone().flatten())] {
        if let Some(host) = host {
            let is_loopback = host.name() == "localhost"
                || host
                    .name()
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|ip| ip.is_loopback());
            if host.is_wechat_pay()
                || host.name().ends_with(".weixin.qq.com")
                || host.name().ends_with(".wechatpay.cn")
            {
                fields.problem(field, "a test account never calls WeChat Pay's own hosts; name the sandbox");
                is_test = false;
            } else if !host.is_https() && !is_loopback {
                fields.problem(field, "must be https:// unless the sandbox is on this machine");
                is_test = false;
            }
        }
    }
    let backup = match backup {
        Some(backup) => Some(backup?),
        None => None,
    };
    is_test.then_some(())?;
    Some((base?, backup))
}
