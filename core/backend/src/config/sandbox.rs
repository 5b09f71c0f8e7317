//! A configuration for the play merchants of a sandbox.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};
use zeroize::Zeroizing;

use crate::keys::{KeysError, replace};

/// Why no configuration was written.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The sandbox's description cannot be read.
    #[error("sandbox.json: {0}")]
    Form(String),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] KeysError),
}

#[derive(Deserialize)]
struct SandboxFile {
    base_url: String,
    platform: Platform,
    merchants: Vec<PlayMerchant>,
}

#[derive(Deserialize)]
struct Platform {
    public_key_id: String,
    public_key_pem: String,
}

#[derive(Deserialize)]
struct PlayMerchant {
    mchid: String,
    appid: String,
    name: String,
    certificate_serial_no: String,
    private_key_pem: Zeroizing<String>,
    api_v3_key: Zeroizing<String>,
    api_v2_key: Zeroizing<String>,
    verify_with: String,
    #[serde(default)]
    sub_merchants: Vec<serde::de::IgnoredAny>,
}

/// Which of WeChat Pay's protocols a sandbox's merchants speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxProtocol {
    /// JSON, signed with RSA.
    #[default]
    V3,
    /// XML, signed with HMAC-SHA256.
    V2,
}

/// [`write_sandbox_config_over`] API v3.
///
/// # Errors
/// When the text is not a sandbox's, or a file cannot be written.
pub fn write_sandbox_config(
    sandbox_json: &str,
    state_dir: &Path,
    listen: SocketAddr,
) -> Result<PathBuf, SandboxError> {
    write_sandbox_config_over(SandboxProtocol::V3, sandbox_json, state_dir, listen)
}

/// Writes a configuration file and its key files into the state folder: a backend for every play merchant of a sandbox
/// that sells for itself, named `shop-1`, `shop-2` …, each with the store `main`. `sandbox_json` is the text of the sandbox's `sandbox.json`.
///
/// # Errors
/// When the text is not a sandbox's, or a file cannot be written.
pub fn write_sandbox_config_over(
    protocol: SandboxProtocol,
    sandbox_json: &str,
    state_dir: &Path,
    listen: SocketAddr,
) -> Result<PathBuf, SandboxError> {
    let sandbox: SandboxFile =
        serde_json::from_str(sandbox_json).map_err(|error| SandboxError::Form(error.to_string()))?;
    std::fs::create_dir_all(state_dir)
        .map_err(|error| KeysError { path: state_dir.to_owned(), detail: error.to_string() })?;
    let file = |name: String, text: &str| -> Result<Value, SandboxError> {
        replace(&state_dir.join(&name), text.as_bytes())?;
        Ok(Value::String(name))
    };
    let text = |text: &str| Value::String(text.to_owned());
    let mut merchants = Vec::new();
    // A service provider takes orders for its sub-merchants only.
    let shops = sandbox.merchants.iter().filter(|merchant| merchant.sub_merchants.is_empty());
    for (merchant, number) in shops.zip(1..) {
        let mut account = Table::new();
        account.insert("mchid".to_owned(), text(&merchant.mchid));
        account.insert("appid".to_owned(), text(&merchant.appid));
        account.insert("base_url".to_owned(), text(&sandbox.base_url));
        account.insert("code_pay".to_owned(), Value::Boolean(true));
        if protocol == SandboxProtocol::V2 {
            account.insert("protocol".to_owned(), text("v2"));
            let key = file(format!("shop-{number}-api-v2-key"), &merchant.api_v2_key)?;
            account.insert("api_v2_key_file".to_owned(), key);
        } else {
            account.insert("serial_no".to_owned(), text(&merchant.certificate_serial_no));
            account.insert(
                "private_key_file".to_owned(),
                file(format!("shop-{number}-private-key.pem"), &merchant.private_key_pem)?,
            );
            account.insert(
                "api_v3_key_file".to_owned(),
                file(format!("shop-{number}-api-v3-key"), &merchant.api_v3_key)?,
            );
        }
        if protocol == SandboxProtocol::V3 && merchant.verify_with == "public_key" {
            account.insert("public_key_id".to_owned(), text(&sandbox.platform.public_key_id));
            account.insert(
                "public_key_file".to_owned(),
                file("sandbox-public-key.pem".to_owned(), &sandbox.platform.public_key_pem)?,
            );
        }
        let mut store = Table::new();
        store.insert("id".to_owned(), text("main"));
        store.insert("name".to_owned(), text(&merchant.name));
        let mut entry = Table::new();
        entry.insert("id".to_owned(), Value::String(format!("shop-{number}")));
        entry.insert("name".to_owned(), text(&merchant.name));
        entry.insert("account".to_owned(), text("test"));
        entry.insert("stores".to_owned(), Value::Array(vec![Value::Table(store)]));
        entry.insert("wechatpay".to_owned(), Value::Table(account));
        merchants.push(Value::Table(entry));
    }
    let mut config = Table::new();
    config.insert("listen".to_owned(), Value::String(listen.to_string()));
    config.insert("state_dir".to_owned(), text("."));
    config.insert("merchants".to_owned(), Value::Array(merchants));
    let path = state_dir.join("saoma.toml");
    replace(&path, toml::to_string(&config).expect("texts and tables can be written as TOML").as_bytes())?;
    Ok(path)
}
