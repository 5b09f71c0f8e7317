//! Reading and checking the file.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use http::Uri;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use saoma_contract::{
    AMOUNT_MINOR_MAX, Currency, DeviceLimits, Fingerprint, LIFE_S, Merchant, MerchantId, ServerLimits,
    SignInRule, Store,
};
use sha2::{Digest as _, Sha256};
use toml::Table;
use x509_cert::der::Encode as _;
use zeroize::Zeroizing;

use super::fields::{Fields, Problems};
use super::file;
use super::rules;
use super::wechatpay::{self, Surroundings};
use super::{Config, ConfigProblem, HeldCertificate, MerchantConfig, TlsConfig};
use crate::door::ConnectionLimits;
use crate::people::PeopleSettings;

/// The value of an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads and checks a configuration file. Files that it names are relative to its own folder.
///
/// # Errors
/// Every problem found, by field.
pub fn load(path: &Path) -> Result<Config, Vec<ConfigProblem>> {
    let text = file::read(path).map_err(|error| {
        vec![ConfigProblem { field: "config".to_owned(), detail: format!("{}: {error}", path.display()) }]
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let config = check(&text, folder, &|name| std::env::var(name).ok())?;
    Ok(Config { file: Some(path.to_owned()), ..config })
}

/// Checks the text of a configuration.
///
/// # Errors
/// Every problem found, by field.
pub fn check(text: &str, folder: &Path, environment: Environment<'_>) -> Result<Config, Vec<ConfigProblem>> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        // The message alone: what stands in the line may be a secret.
        let line =
            error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        let detail = format!("line {line}: {}", error.message());
        vec![ConfigProblem { field: "config".to_owned(), detail }]
    })?;
    let problems = Problems::default();
    let around = Surroundings { folder, environment };
    let config = read(&Fields::new(&table, "", &problems), &around);
    match (config, problems.take()) {
        (Some(config), none) if none.is_empty() => Ok(config),
        (_, found) => Err(found),
    }
}

fn read(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<Config> {
    let listen: Option<SocketAddr> = fields.parsed("listen");
    let state_dir = fields.text("state_dir").filter(|text| {
        let is_there = !text.is_empty();
        if !is_there {
            fields.problem("state_dir", "must not be empty");
        }
        is_there
    });
    let is_behind_proxy = fields.flag("behind_proxy", false);
    let tls = fields.table_opt("tls").map(|fields| tls(&fields, around));
    let public_url =
        fields.text_opt("public_url").and_then(|text| fields.noted("public_url", public_url(text)));
    if let Some(listen) = listen {
        let is_loopback = listen.ip().is_loopback();
        if !is_loopback && tls.is_none() && !is_behind_proxy {
            let detail = "is needed to listen beyond this machine: name certificate_file and key_file, or set \
                          behind_proxy = true if a proxy in front does TLS";
            fields.problem("tls", detail);
        }
        if (!is_loopback || is_behind_proxy) && fields.text_opt("public_url").is_none() {
            fields.problem(
                "public_url",
                "is needed unless the backend listens on loopback: how devices reach it",
            );
        }
    }
    let (limits, connections) = limits(fields.table_opt("limits").as_ref(), is_behind_proxy);
    let statement_key_days = fields.number("statement_key_days", 1..=3650, 90);
    let mut merchants = Vec::new();
    let mut ids = BTreeSet::new();
    for fields in fields.tables("merchants") {
        if fields.text_opt("id").is_some_and(|id| !ids.insert(id)) {
            fields.problem("id", "is given to two merchants");
        }
        if let Some(merchant) = merchant(&fields, around) {
            let is_reached =
                |url: &Option<String>| url.as_ref().is_some_and(|url| url.starts_with("https://"));
            let base = &merchant.wechatpay.notify_base;
            if merchant.merchant.live && !is_reached(if base.is_some() { base } else { &public_url }) {
                let detail =
                    "is needed for a live account unless public_url is https: WeChat Pay notifies https only";
                fields.problem("wechatpay.notify_base", detail);
            }
            merchants.push(merchant);
        }
        fields.end();
    }
    fields.end();
    Some(Config {
        file: None,
        listen: listen?,
        state_dir: around.path(state_dir?),
        public_url,
        tls: match tls {
            Some(tls) => Some(tls?),
            None => None,
        },
        limits,
        connections,
        statement_key_days,
        merchants,
    })
}

/// An address without path: a device signs the path, and a proxy must not change it.
fn public_url(text: &str) -> Result<String, &'static str> {
    let wrong = "must be https://host or https://host:port (http:// for this machine only), without a path";
    let text = text.trim_end_matches('/');
    let uri: Uri = text.parse().map_err(|_| wrong)?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(wrong)?;
    let is_plain_allowed =
        host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let is_right_scheme = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_plain_allowed,
        _ => false,
    };
    let is_bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/") && !text.contains('@');
    if is_right_scheme && is_bare { Ok(text.to_owned()) } else { Err(wrong) }
}

fn limits(fields: Option<&Fields<'_>>, is_behind_proxy: bool) -> (ServerLimits, ConnectionLimits) {
    let mut limits = ServerLimits { body_bytes_max: 256 * 1024, page_max: 100, requests_per_minute: 600 };
    // A proxy's own address is all that is seen behind it.
    let mut of_address_max = if is_behind_proxy { 0 } else { 1_000 };
    let mut all_max = 4_000;
    if let Some(fields) = fields {
        limits.body_bytes_max = fields.number("body_bytes_max", 70_000..=4_000_000, limits.body_bytes_max);
        limits.page_max = fields.number("page_max", 1..=1000, limits.page_max);
        limits.requests_per_minute =
            fields.number("requests_per_minute", 10..=100_000, limits.requests_per_minute);
        all_max = fields.number("connections_max", 10..=100_000, all_max);
        of_address_max = fields.number("connections_of_address_max", 0..=100_000, of_address_max);
        fields.end();
    }
    let of_address_max = (of_address_max > 0).then_some(of_address_max);
    (limits, ConnectionLimits { all_max, of_address_max })
}

fn tls(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<TlsConfig> {
    let certificate =
        fields.text("certificate_file").and_then(|path| around.file(fields, "certificate_file", path));
    let key = fields.text("key_file").and_then(|path| around.file(fields, "key_file", path));
    let is_pinned = fields.flag("pin", false);
    fields.end();
    let (certificate, key) = (certificate?, key?);
    let fingerprint = fields.noted("certificate_file", leaf_fingerprint(&certificate));
    fields.noted("key_file", check_key(&key, fingerprint))?;
    let held = HeldCertificate::read(&certificate).ok()?;
    Some(TlsConfig {
        certificate: held,
        certificate_pem: certificate.as_bytes().to_vec(),
        key_pem: Zeroizing::new(key.as_bytes().to_vec()),
        pin: fingerprint.map(|fingerprint| is_pinned.then_some(fingerprint))?,
    })
}

/// Whether it is a private key that TLS can use, and the certificate's own.
fn check_key(key: &str, certified: Option<Fingerprint>) -> Result<(), &'static str> {
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| "must be a private key in PEM")?;
    let key = any_supported_type(&key).map_err(|_| "must be an RSA, ECDSA or Ed25519 key")?;
    let own = key.public_key().map(|spki| Fingerprint::from_bytes(Sha256::digest(spki).into()));
    if own.zip(certified).is_none_or(|(own, certified)| own == certified) {
        Ok(())
    } else {
        Err("is not the key of certificate_file")
    }
}

/// The SHA-256 of the first certificate's SubjectPublicKeyInfo.
fn leaf_fingerprint(pem: &str) -> Result<Fingerprint, &'static str> {
    let wrong = "must be a certificate chain in PEM";
    let chain = x509_cert::Certificate::load_pem_chain(pem.as_bytes()).map_err(|_| wrong)?;
    let leaf = chain.first().ok_or(wrong)?;
    let spki = leaf.tbs_certificate().subject_public_key_info().to_der().map_err(|_| wrong)?;
    Ok(Fingerprint::from_bytes(Sha256::digest(spki).into()))
}

fn merchant(fields: &Fields<'_>, around: &Surroundings<'_>) -> Option<MerchantConfig> {
    let id: Option<MerchantId> = fields.parsed("id");
    let name = fields.text("name").and_then(|name| fields.noted("name", shown_name(name)));
    let live = match fields.text("account") {
        Some("live") => Some(true),
        Some("test") => Some(false),
        Some(other) => {
            fields.problem(
                "account",
                format!("must be live or test, is {other:?}; it can never be changed later"),
            );
            None
        }
        None => None,
    };
    let utc_offset_minutes = fields.number("utc_offset_minutes", -720..=840, 480);
    let limits = DeviceLimits {
        amount_max: fields.number("amount_max", 1..=AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
        open_orders_max: fields.number("open_orders_max", 1..=10_000, 200),
        life_s: fields.number("life_s", LIFE_S, 300),
    };
    let people = people(fields);
    let rules = rules::read(fields);
    let late_money = fields.text_opt("late_money").map(|text| fields.noted("late_money", text.parse()));
    let fee_rate = fields.text_opt("fee_rate").map(|text| fields.noted("fee_rate", text.parse()));
    let mut stores: Vec<Store> = Vec::new();
    for fields in fields.tables("stores") {
        let store_id = fields.parsed("id");
        let store_name = fields.text("name").and_then(|name| fields.noted("name", shown_name(name)));
        fields.end();
        let Some((id, name)) = store_id.zip(store_name) else { continue };
        if stores.iter().any(|store| store.id == id) {
            fields.problem("id", "is given to two stores");
        }
        stores.push(Store { id, name });
    }
    let wechatpay = fields.table("wechatpay").and_then(|fields| wechatpay::read(&fields, live, around));
    let (id, name, live) = (id?, name?, live?);
    Some(MerchantConfig {
        merchant: Merchant { id, name, live, currency: Currency::CNY, utc_offset_minutes },
        stores,
        limits,
        people,
        rules,
        late_money: match late_money {
            Some(rule) => rule?,
            None => crate::orders::LateRule::default(),
        },
        fee_rate: match fee_rate {
            Some(rate) => Some(rate?),
            None => None,
        },
        wechatpay: wechatpay?,
    })
}

fn people(fields: &Fields<'_>) -> PeopleSettings {
    let usual = PeopleSettings::default();
    let sign_in = match fields.text_opt("sign_in") {
        None => usual.sign_in,
        Some("optional") => SignInRule::Optional,
        Some("required") => SignInRule::Required,
        Some(other) => {
            fields.problem("sign_in", format!("must be optional or required, is {other:?}"));
            usual.sign_in
        }
    };
    PeopleSettings { sign_in, session_hours: fields.number("session_hours", 1..=720, usual.session_hours) }
}

/// A name as people read it on receipts.
fn shown_name(text: &str) -> Result<String, &'static str> {
    let is_shown = !text.trim().is_empty() && text.len() <= 128 && !text.chars().any(char::is_control);
    if is_shown { Ok(text.to_owned()) } else { Err("must be 1 to 128 bytes without control characters") }
}
