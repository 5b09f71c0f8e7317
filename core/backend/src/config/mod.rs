//! The configuration: one TOML file and, for secrets, environment variables; wrong fields are all told at once.

mod fields;
mod load;
mod rules;
mod sandbox;
mod wechatpay;

use std::net::SocketAddr;
use std::path::PathBuf;

use saoma_contract::{DeviceLimits, Fingerprint, Merchant, MerchantId, ServerLimits, Store};
use zeroize::Zeroizing;

use crate::people::PeopleSettings;
use crate::rules::Rules;

pub use load::{check, load};
pub use sandbox::{SandboxError, write_sandbox_config};
pub use wechatpay::WechatPayConfig;

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
    /// After how many days a new statement key is taken.
    pub statement_key_days: u32,
    /// Who is paid here.
    pub merchants: Vec<MerchantConfig>,
}

/// TLS with given files.
pub struct TlsConfig {
    /// The certificate chain, PEM.
    pub certificate_pem: Vec<u8>,
    /// Its private key, PEM.
    pub key_pem: Zeroizing<Vec<u8>>,
    /// The SHA-256 of the certificate's key, when devices are to pin it.
    pub pin: Option<Fingerprint>,
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
