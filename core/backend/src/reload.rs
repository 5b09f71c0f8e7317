//! Keys and certificates taken anew while the backend runs, and until when those in use hold.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum_server::tls_rustls::RustlsConfig;
use saoma_contract::{Fingerprint, MerchantId, Time};
use saoma_wechatpay::v3::partner::Merchant;
use serde::Serialize;

use crate::channel::{Channel, Transport};
use crate::clock::{Clock, Random};
use crate::config::{self, Config, Protocol, WechatPayConfig};
use crate::door;
use crate::run::channel;
use crate::shop::Shop;

/// How long before its end a certificate is warned of.
const WARN_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A certificate in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InUse {
    /// What it is for: `tls`, or the merchant whose calls it signs for.
    pub of: String,
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// The first moment at which it holds.
    pub from: Time,
    /// The moment from which on it holds no more.
    pub until: Time,
    /// `good`, `soon` (less than 30 days left), `over` or `early`.
    pub state: &'static str,
}

/// Reads the configuration's files anew.
pub struct Reloader {
    file: Option<PathBuf>,
    url: String,
    tls: Option<RustlsConfig>,
    /// The TLS key that pairing links name.
    tls_pin: Option<Fingerprint>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    in_use: Mutex<Vec<InUse>>,
    identities: std::collections::BTreeMap<MerchantId, String>,
}

/// The state of a certificate that holds for so long.
fn state(from: Time, until: Time, now: Time) -> &'static str {
    if now >= until {
        "over"
    } else if now < from {
        "early"
    } else if until.ms_since(now) < WARN_MS {
        "soon"
    } else {
        "good"
    }
}

/// The certificates that a configuration names.
pub fn certificates(config: &Config, now: Time) -> Vec<InUse> {
    let tls = config.tls.iter().map(|tls| ("tls".to_owned(), &tls.certificate));
    let merchants = config.merchants.iter().filter_map(|merchant| {
        let certificate = merchant.wechatpay.certificate.as_ref()?;
        Some((merchant.merchant.id.to_string(), certificate))
    });
    let all = tls.chain(merchants).map(|(of, held)| InUse {
        of,
        serial: held.serial.clone(),
        from: held.from,
        until: held.until,
        state: state(held.from, held.until, now),
    });
    all.collect()
}

/// The TLS key that tills are told to trust alone, if they are.
fn pin(config: &Config) -> Option<Fingerprint> {
    config.tls.as_ref().and_then(|tls| tls.pin)
}

/// What of a merchant's account can never be changed by a reload: its open orders are there.
fn identity(account: &WechatPayConfig) -> String {
    let Merchant { appid, mchid, sub } = &account.merchant;
    let sub = sub.as_ref().map_or("", |sub| sub.mchid.as_str());
    let protocol = match account.protocol {
        Protocol::V3(_) => "v3",
        Protocol::V2(_) => "v2",
    };
    format!("{protocol} {} {} {sub}", mchid.as_str(), appid.as_str())
}

impl Reloader {
    /// For a backend that started with this configuration. A certificate that is over keeps it from nothing: receipts are read,
    /// cash is taken and refunds are decided without WeChat Pay. It is told every hour, and never taken at a reload.
    pub fn new(
        config: &Config,
        url: String,
        tls: Option<RustlsConfig>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let in_use = certificates(config, clock.now());
        let identities =
            config.merchants.iter().map(|one| (one.merchant.id.clone(), identity(&one.wechatpay)));
        Self {
            file: config.file.clone(),
            url,
            tls,
            tls_pin: pin(config),
            transport,
            clock,
            random,
            identities: identities.collect(),
            in_use: Mutex::new(in_use),
        }
    }

    /// The certificates in use, as they stand now.
    pub fn certificates(&self, now: Time) -> Vec<InUse> {
        let mut held = self.in_use.lock().unwrap_or_else(PoisonError::into_inner).clone();
        held.iter_mut().for_each(|one| one.state = state(one.from, one.until, now));
        held
    }

    /// Says of every certificate that does not hold now, or soon will not. Called every hour.
    pub fn tell(&self) {
        tell(&self.certificates(self.clock.now()));
    }

    /// Reads the configuration again and takes its keys and certificates: all of them, or, when anything is wrong with any,
    /// none. Other settings wait for the next start. Gives what was taken.
    ///
    /// # Errors
    /// Everything that is wrong, by field.
    pub async fn reload(&self, shop: &Shop) -> Result<Vec<String>, String> {
        let file = self.file.as_deref().ok_or("this backend was not started from a file")?;
        let config = config::load(file).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })?;
        let now = self.clock.now();
        let found = certificates(&config, now);
        if let Some(bad) = found.iter().find(|one| matches!(one.state, "over" | "early")) {
            return Err(format!(
                "the certificate of {} holds from {} until {}, not now",
                bad.of, bad.from, bad.until
            ));
        }
        if config.tls.is_some() != self.tls.is_some() {
            return Err("tls: is taken up or given up only at a start".to_owned());
        }
        if pin(&config) != self.tls_pin {
            return Err("tls: tills are paired with the key that is in use and would trust no other; certify that key anew, \
                        or take another at a start and pair them again"
                .to_owned());
        }
        let mut channels: Vec<(MerchantId, Arc<dyn Channel>)> = Vec::new();
        for merchant in &config.merchants {
            let id = merchant.merchant.id.clone();
            // A merchant that is new waits for the next start.
            let Some(known) = self.identities.get(&id) else { continue };
            if *known != identity(&merchant.wechatpay) {
                return Err(format!(
                    "merchants: {id}: protocol, mchid, appid and sub_mchid stay as they are while the backend runs"
                ));
            }
            let made = channel(merchant, &self.url, &self.transport, &self.clock, &self.random);
            channels.push((id, made.map_err(|error| error.to_string())?));
        }
        if let Some((tls, new)) = self.tls.as_ref().zip(config.tls.as_ref()) {
            let new =
                door::tls(&new.certificate_pem, &new.key_pem).map_err(|error| format!("tls: {error}"))?;
            tls.reload_from_config(new);
        }
        let mut taken: Vec<String> = self.tls.iter().map(|_| "tls".to_owned()).collect();
        for (id, channel) in channels {
            if let Some(account) = shop.merchant(&id) {
                account.set_channel(channel);
                taken.push(id.to_string());
            }
        }
        tell(&found);
        *self.in_use.lock().unwrap_or_else(PoisonError::into_inner) = found;
        tracing::info!(?taken, "keys and certificates were read anew");
        Ok(taken)
    }
}

fn tell(held: &[InUse]) {
    for one in held {
        match one.state {
            "over" | "early" => {
                tracing::error!(of = one.of, from = %one.from, until = %one.until, "ALARM: a certificate does not hold now");
            }
            "soon" => tracing::warn!(of = one.of, until = %one.until, "a certificate soon ends; renew it"),
            _ => {}
        }
    }
}
