//! The configuration: one TOML file and, for secrets, environment variables; wrong fields are all told at once.

mod fields;
mod file;
mod load;
mod rules;
mod sandbox;
mod wechatpay;
mod wechatpay_v2;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use saoma_contract::{DeviceLimits, Fingerprint, Merchant, MerchantId, ServerLimits, Store, Time};
use zeroize::Zeroizing;

use crate::door::ConnectionLimits;
use crate::orders::LateRule;
use crate::people::PeopleSettings;
use crate::reconciliation::Rate;
use crate::rules::Rules;

pub use load::{check, load};
pub use sandbox::{SandboxError, SandboxProtocol, write_sandbox_config, write_sandbox_config_over};
pub use wechatpay::{Protocol, V3Keys, WechatPayConfig};
pub use wechatpay_v2::V2Keys;

/// A commented configuration to start from; what stands in capitals is to be filled in.
pub const INIT_TEXT: &str = include_str!("init.toml");

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct ConfigProblem {
    /// The field's path, such as `merchants[0].wechatpay.mchid`.
    pub field: String,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// A configuration that was checked.
pub struct Config {
    /// The file it was read from; none if it was only checked as text.
    pub file: Option<PathBuf>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where ledger and keys are kept.
    pub state_dir: PathBuf,
    /// How devices and WeChat Pay reach the backend; none for the address it listens on, on loopback.
    pub public_url: Option<String>,
    /// TLS with given files; none on loopback or behind a proxy.
    pub tls: Option<TlsConfig>,
    /// Limits of the calls.
    pub limits: ServerLimits,
    /// How many connections are held at once.
    pub connections: ConnectionLimits,
    /// After how many days a new statement key is taken.
    pub statement_key_days: u32,
    /// Who is paid here.
    pub merchants: Vec<MerchantConfig>,
}

/// TLS with given files.
pub struct TlsConfig {
    /// The certificate chain, PEM.
    pub certificate_pem: Vec<u8>,
    /// What its first certificate says of itself.
    pub certificate: HeldCertificate,
    /// Its private key, PEM.
    pub key_pem: Zeroizing<Vec<u8>>,
    /// The SHA-256 of the certificate's key, when devices are to pin it.
    pub pin: Option<Fingerprint>,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCertificate {
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// The first moment at which it holds.
    pub from: Time,
    /// The moment from which on it holds no more.
    pub until: Time,
}

impl HeldCertificate {
    /// Reads the first certificate of a chain in PEM.
    ///
    /// # Errors
    /// When the text is no such chain.
    pub fn read(pem: &str) -> Result<Self, &'static str> {
        let wrong = "must be a certificate chain in PEM";
        let chain = x509_cert::Certificate::load_pem_chain(pem.as_bytes()).map_err(|_| wrong)?;
        let leaf = chain.first().ok_or(wrong)?.tbs_certificate();
        let at = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX / 1000);
            Time::from_unix_ms(seconds.saturating_mul(1000))
        };
        let validity = leaf.validity();
        Ok(Self {
            serial: hex::encode_upper(leaf.serial_number().as_bytes()),
            from: at(validity.not_before),
            until: at(validity.not_after),
        })
    }
}

/// The folder where a configuration's backend keeps its state, and nothing else of the file.
///
/// # Errors
/// When the file cannot be read, or names none.
pub fn state_dir_of(file: &Path) -> Result<PathBuf, ConfigProblem> {
    let problem = |field: &str, detail: String| ConfigProblem { field: field.to_owned(), detail };
    let text = file::read(file).map_err(|error| problem("config", format!("{}: {error}", file.display())))?;
    let table: toml::Table = text
        .parse()
        .map_err(|_| problem("config", format!("{} is no TOML; see serve --check", file.display())))?;
    let named = table.get("state_dir").and_then(toml::Value::as_str).filter(|text| !text.is_empty());
    let named = named.ok_or_else(|| problem("state_dir", "is missing".to_owned()))?;
    Ok(file.parent().unwrap_or(Path::new("")).join(named))
}

/// A merchant.
pub struct MerchantConfig {
    /// As its devices know it.
    pub merchant: Merchant,
    /// Its stores.
    pub stores: Vec<Store>,
    /// What its devices may do at most.
    pub limits: DeviceLimits,
    /// How its people sign in.
    pub people: PeopleSettings,
    /// What guards its money.
    pub rules: Rules,
    /// What is done with late money.
    pub late_money: LateRule,
    /// The channel's fee, as the merchant agreed on it.
    pub fee_rate: Option<Rate>,
    /// Its account at WeChat Pay.
    pub wechatpay: WechatPayConfig,
}

impl Config {
    /// The merchant of this id.
    pub fn merchant(&self, id: &MerchantId) -> Option<&MerchantConfig> {
        self.merchants.iter().find(|one| one.merchant.id == *id)
    }
}

#[cfg(test)]
mod tests;
