//! Starting and stopping a backend.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use saoma_contract::{DeviceId, Fingerprint, MerchantId, PairingLink, Time};
use saoma_wechatpay::v2;
use saoma_wechatpay::v3::{self, ANSWER_BYTES_MAX, NotifyUrl, partner};
use tokio::task::JoinHandle;

use crate::admin::Admin;
use crate::api::{Api, MintError, NewLink, mint};
use crate::audit::Who;
use crate::channel::wechatpay::{self, NAME, WechatPay};
use crate::channel::wechatpay_v2::{self, WechatPayV2};
use crate::channel::{Channel, HttpTransport, Transport, clear_unfinished};
use crate::clock::{Clock, Random, SystemClock, SystemRandom};
use crate::config::{Config, MerchantConfig, Protocol, WechatPayConfig};
use crate::devices;
use crate::door;
use crate::keys::{KeysError, MerchantKeys};
use crate::ledger::sqlite::{Executor, OpenError, SqliteLedger};
use crate::ledger::{Ledger, LedgerError, MerchantRow, Scope};
use crate::outbox;
use crate::reconciliation;
use crate::reload::Reloader;
use crate::shop::{MerchantAccount, Shop};

/// How long answers and calls under way may take when the backend stops.
const GRACE: Duration = Duration::from_secs(3);

/// How the backend names itself to WeChat Pay.
const USER_AGENT: &str = concat!("saoma/", env!("CARGO_PKG_VERSION"));

const MAINTAIN_EVERY_MS: i64 = 60 * 60 * 1000;

/// What comes in from outside.
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The way to WeChat Pay.
    pub transport: Arc<dyn Transport>,
    /// On what the ledger's work runs.
    pub executor: Executor,
}

/// Why a backend did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had.
    #[error("listen: cannot listen on {address}: {detail}; choose another port, or 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        detail: String,
    },
    /// The folder cannot be made.
    #[error("state_dir: {0}")]
    StateDir(String),
    /// The ledger.
    #[error("state_dir: {0}")]
    Open(#[from] OpenError),
    /// The ledger cannot be read or written.
    #[error("state_dir: {0}")]
    Ledger(#[from] LedgerError),
    /// A merchant's own keys.
    #[error("state_dir: {0}")]
    Keys(#[from] KeysError),
    /// What never changes was changed.
    #[error("merchants: {0}")]
    Merchant(String),
    /// TLS.
    #[error("tls: {0}")]
    Tls(String),
    /// The way to WeChat Pay cannot be set up.
    #[error("cannot set up HTTP: {0}")]
    Transport(String),
}

impl Deps {
    /// The real world.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn real() -> Result<Self, StartError> {
        // Already chosen by somebody else in the process is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let transport =
            HttpTransport::new(ANSWER_BYTES_MAX).map_err(|error| StartError::Transport(error.to_string()))?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            transport: Arc::new(transport),
            executor: Executor::Threads,
        })
    }
}

/// A backend without a door of its own: requests are given to its [`router`](Inside::router). Dropping it leaves it running
/// until its runtime ends; use [`Inside::close`], or [`Inside::kill`].
pub struct Inside {
    url: String,
    tls_pin: Option<Fingerprint>,
    shop: Arc<Shop>,
    reloader: Arc<Reloader>,
    worker: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    bills: JoinHandle<()>,
    bills_folder: PathBuf,
}

impl Inside {
    /// Opens ledger and keys, and goes on with what was waiting. Devices reach it at this address; [`Config::listen`] is not
    /// used.
    ///
    /// # Errors
    /// Names the field of the configuration, and what to do.
    pub async fn open(config: Config, url: String, deps: Deps) -> Result<Self, StartError> {
        let reloader = reloader(&config, &url, None, &deps);
        Self::on(config, url, deps, reloader).await
    }

    async fn on(
        config: Config,
        url: String,
        deps: Deps,
        reloader: Arc<Reloader>,
    ) -> Result<Self, StartError> {
        let rotate_after_days = config.statement_key_days;
        let tls_pin = config.tls.as_ref().and_then(|tls| tls.pin);
        let bills_folder = config.state_dir.join("bills");
        let shop = open_shop(config, &url, deps).await?;
        let worker = tokio::spawn(outbox::run(Arc::clone(&shop)));
        let upkeep = tokio::spawn(upkeep(Arc::clone(&shop), Arc::clone(&reloader), rotate_after_days));
        let bills = tokio::spawn(reconciliation::run(Arc::clone(&shop), bills_folder.clone()));
        Ok(Self { url, tls_pin, shop, reloader, worker, upkeep, bills, bills_folder })
    }

    /// All its doors: API v1, and the one for the channels' notifications.
    pub fn router(&self) -> Router {
        Api::new(Arc::clone(&self.shop), self.url.clone(), self.tls_pin).router()
    }

    /// What its parts share.
    pub fn shop(&self) -> &Arc<Shop> {
        &self.shop
    }

    /// Makes a pairing link for one more device, and says until when it holds. The link is a secret.
    ///
    /// # Errors
    /// When merchant, store, role or life are not possible, or the ledger cannot be written.
    pub async fn mint_pairing(&self, new: NewLink) -> Result<(PairingLink, Time), MintError> {
        mint(&self.shop, &self.url, self.tls_pin, Who::admin(), new).await
    }

    /// Asks for a day's bill now, whatever its schedule says, and holds it against the books. Gives whether there is such a
    /// merchant.
    ///
    /// # Errors
    /// When the ledger cannot be read or written. That there is no bill yet is no error: the day says so.
    pub async fn fetch_bill(&self, merchant: &MerchantId, date: &str) -> Result<bool, LedgerError> {
        let Some(account) = self.shop.merchant(merchant) else { return Ok(false) };
        reconciliation::fetch_now(&self.shop, account, date, &self.bills_folder).await?;
        Ok(true)
    }

    /// Stops: ends streams, lets the channel's calls under way finish for a few seconds, and closes the ledger. What was not
    /// finished is in the ledger and goes on at the next start.
    pub async fn close(self) {
        self.shop.stopping.send_replace(true);
        self.upkeep.abort();
        self.bills.abort();
        let mut worker = self.worker;
        if tokio::time::timeout(GRACE, &mut worker).await.is_err() {
            worker.abort();
            let _ = worker.await;
        }
        self.shop.ledger.close();
    }

    /// Stops as a kill would: calls under way are let go, and the ledger takes nothing more, also of requests that are being
    /// answered.
    pub fn kill(&self) {
        self.shop.ledger.close();
        self.worker.abort();
        self.upkeep.abort();
        self.bills.abort();
    }
}

/// A running backend.
pub struct Backend {
    address: SocketAddr,
    inside: Inside,
    handle: Handle<SocketAddr>,
    server: JoinHandle<std::io::Result<()>>,
    admin: Option<JoinHandle<()>>,
}

impl Backend {
    /// Starts a backend: takes the address, opens ledger and keys, goes on with what was waiting, and answers.
    ///
    /// # Errors
    /// Names the field of the configuration, and what to do.
    pub async fn start(config: Config, deps: Deps) -> Result<Self, StartError> {
        let listen =
            |error: std::io::Error| StartError::Listen { address: config.listen, detail: error.to_string() };
        let listener = TcpListener::bind(config.listen).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let url = config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"));
        let tls = match &config.tls {
            Some(tls) => {
                let tls = door::tls(&tls.certificate_pem, &tls.key_pem).map_err(StartError::Tls)?;
                Some(RustlsConfig::from_config(tls))
            }
            None => None,
        };
        let reloader = reloader(&config, &url, tls.clone(), &deps);
        let state_dir = config.state_dir.clone();
        let connections = config.connections;
        let inside = Inside::on(config, url, deps, reloader).await?;
        let handle = Handle::new();
        let server = door::serve(listener, tls, connections, inside.router(), handle.clone())
            .map_err(|error| StartError::Listen { address, detail: error.to_string() })?;
        let admin = Admin::new(
            Arc::clone(&inside.shop),
            inside.url.clone(),
            inside.tls_pin,
            Arc::clone(&inside.reloader),
            inside.bills_folder.clone(),
        );
        let admin = match admin.listen(&state_dir) {
            Ok(admin) => Some(admin),
            Err(error) => {
                // The road goes on without it; only `saoma admin` does not.
                tracing::error!(%error, "the admin socket could not be made");
                None
            }
        };
        tracing::info!(%address, url = inside.url, "the backend answers");
        Ok(Self { address, inside, handle, server, admin })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How devices reach it.
    pub fn url(&self) -> &str {
        &self.inside.url
    }

    /// What its parts share.
    pub fn shop(&self) -> &Arc<Shop> {
        &self.inside.shop
    }

    /// Makes a pairing link, as [`Inside::mint_pairing`] does.
    ///
    /// # Errors
    /// When merchant, store, role or life are not possible, or the ledger cannot be written.
    pub async fn mint_pairing(&self, new: NewLink) -> Result<(PairingLink, Time), MintError> {
        self.inside.mint_pairing(new).await
    }

    /// Revokes a device: its requests are refused from now on, and its streams end. Gives whether there was such a one.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn revoke_device(&self, device: &DeviceId) -> Result<bool, LedgerError> {
        let (shop, id) = (self.shop(), device.clone());
        let Some(device) = shop.ledger.read(move |rows| rows.device(&id)).await? else {
            return Ok(false);
        };
        let scope = Scope { merchant: device.merchant, store: None };
        Ok(devices::revoke(shop, Who::admin(), &scope, &device.id, None).await?.is_some())
    }

    /// Reads keys and certificates anew: all, or none if anything is wrong with any. Gives what was taken.
    ///
    /// # Errors
    /// Everything that is wrong, by field.
    pub async fn reload(&self) -> Result<Vec<String>, String> {
        self.inside.reloader.reload(self.shop()).await
    }

    /// Fetches a day's bill, as [`Inside::fetch_bill`] does.
    ///
    /// # Errors
    /// When the ledger cannot be read or written. That there is no bill yet is no error: the day says so.
    pub async fn fetch_bill(&self, merchant: &MerchantId, date: &str) -> Result<bool, LedgerError> {
        self.inside.fetch_bill(merchant, date).await
    }

    /// Stops: takes no new connections, ends streams, lets what is under way finish for a few seconds, and closes the
    /// ledger. What was not finished is in the ledger and goes on at the next start.
    pub async fn shutdown(self) {
        self.inside.shop.stopping.send_replace(true);
        self.handle.graceful_shutdown(Some(GRACE));
        if let Some(admin) = &self.admin {
            admin.abort();
        }
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the server ended with an error"),
            Err(error) => tracing::warn!(%error, "the server ended by itself"),
        }
        self.inside.close().await;
        tracing::info!("the backend has stopped");
    }
}

/// Who reads keys and certificates anew.
fn reloader(config: &Config, url: &str, tls: Option<RustlsConfig>, deps: &Deps) -> Arc<Reloader> {
    let (transport, clock, random) =
        (Arc::clone(&deps.transport), Arc::clone(&deps.clock), Arc::clone(&deps.random));
    Arc::new(Reloader::new(config, url.to_owned(), tls, transport, clock, random))
}

/// Opens ledger and keys, and puts the parts together.
///
/// # Errors
/// Names the field of the configuration, and what to do.
pub async fn open_shop(config: Config, url: &str, deps: Deps) -> Result<Arc<Shop>, StartError> {
    std::fs::create_dir_all(&config.state_dir)
        .map_err(|error| StartError::StateDir(format!("{}: {error}", config.state_dir.display())))?;
    let bills = config.state_dir.join("bills");
    std::fs::create_dir_all(&bills)
        .map_err(|error| StartError::StateDir(format!("{}: {error}", bills.display())))?;
    let ledger: Arc<dyn Ledger> =
        Arc::new(SqliteLedger::open(&config.state_dir, deps.executor, deps.clock.now())?);
    // The ledger is this backend's alone, and the folder with it.
    clear_unfinished(&bills)
        .map_err(|error| StartError::StateDir(format!("{}: {error}", bills.display())))?;
    let mut merchants = BTreeMap::new();
    for merchant in config.merchants {
        keep_for_ever(ledger.as_ref(), &merchant).await?;
        let id = merchant.merchant.id.clone();
        let folder = config.state_dir.join("keys").join(id.as_str());
        let keys = MerchantKeys::open(
            &folder,
            id.clone(),
            merchant.merchant.live,
            deps.clock.as_ref(),
            deps.random.as_ref(),
        )?;
        let channel = channel(&merchant, url, &deps.transport, &deps.clock, &deps.random)?;
        let stores = merchant.stores.into_iter().map(|store| (store.id.clone(), store)).collect();
        let MerchantConfig { merchant, limits, people, rules, late_money, fee_rate, .. } = merchant;
        merchants.insert(
            id,
            MerchantAccount::new(merchant, stores, keys, channel, limits, people, rules)
                .with_late_money(late_money)
                .with_fee_rate(fee_rate),
        );
    }
    Ok(Shop::open(ledger, deps.clock, deps.random, merchants, config.limits).await?)
}

/// Live or test, and the currency, are what they were at the first start.
async fn keep_for_ever(ledger: &dyn Ledger, merchant: &MerchantConfig) -> Result<(), StartError> {
    let row = MerchantRow {
        id: merchant.merchant.id.clone(),
        live: merchant.merchant.live,
        currency: merchant.merchant.currency,
    };
    let wanted = row.clone();
    let known = ledger
        .write::<_, LedgerError, _>(move |rows| {
            rows.put_merchant(&row)?;
            rows.merchant(&row.id)
        })
        .await?;
    if known.as_ref() == Some(&wanted) {
        return Ok(());
    }
    let kind = |live: bool| if live { "live" } else { "test" };
    let was = known.map_or("something else", |known| kind(known.live));
    Err(StartError::Merchant(format!(
        "{} is {was} for ever and cannot become {}; give the other account another id",
        wanted.id,
        kind(wanted.live)
    )))
}

/// A merchant's account at its channel, as the configuration has it.
pub(crate) fn channel(
    merchant: &MerchantConfig,
    url: &str,
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Arc<dyn Channel>, StartError> {
    let pay = merchant.wechatpay.clone();
    let id = &merchant.merchant.id;
    let base = pay.notify_base.as_deref().unwrap_or(url);
    let notify_url = NotifyUrl::new(&format!("{base}/notify/{NAME}/{id}"))
        .map_err(|error| StartError::Merchant(format!("{id}: {error}")))?;
    if merchant.merchant.live && !notify_url.is_https() {
        let detail = format!("{id}: WeChat Pay notifies https only; set public_url or notify_base");
        return Err(StartError::Merchant(detail));
    }
    spoken(pay, notify_url, transport, clock, random)
        .map_err(|reason| StartError::Merchant(format!("{id}: {reason}")))
}

/// WeChat Pay in the protocol that the merchant speaks.
fn spoken(
    pay: WechatPayConfig,
    notify_url: NotifyUrl,
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Arc<dyn Channel>, String> {
    let (transport, clock, random) = (Arc::clone(transport), Arc::clone(clock), Arc::clone(random));
    match pay.protocol {
        Protocol::V3(keys) => {
            let caller = v3::Caller::new(pay.host, keys.signer, USER_AGENT);
            let account = wechatpay::Account {
                merchant: pay.merchant,
                notify_url,
                api_v3_key: keys.api_v3_key,
                caller: caller.map_err(|error| error.to_string())?,
                backup: pay.backup,
                keys: keys.known,
                fetch_certificates: keys.fetch_certificates,
                code_pay: pay.code_pay,
            };
            Ok(Arc::new(WechatPay::new(account, transport, clock, random)))
        }
        Protocol::V2(keys) => {
            let caller = v2::Caller::new(pay.host, keys.signing, USER_AGENT);
            let partner::Merchant { appid, mchid, sub } = pay.merchant;
            let sub = sub.map(|sub| v2::SubMerchant { mch_id: sub.mchid, appid: sub.appid });
            let account = wechatpay_v2::Account {
                merchant: v2::Merchant { appid, mch_id: mchid, sub },
                notify_url,
                caller: caller.map_err(|error| error.to_string())?,
                backup: pay.backup,
                server_ip: keys.server_ip,
                code_pay: pay.code_pay,
            };
            let certified = keys.client_identity.map(|identity| transport.showing(&identity)).transpose();
            let certified = certified.map_err(|error| format!("certificate_file: {error}"))?;
            Ok(Arc::new(WechatPayV2::new(account, transport, certified, clock, random)))
        }
    }
}

/// Tells of certificates that end, fetches WeChat Pay's, and rotates keys, every hour.
async fn upkeep(shop: Arc<Shop>, reloader: Arc<Reloader>, rotate_after_days: u32) {
    loop {
        reloader.tell();
        for (id, account) in &shop.merchants {
            account.channel().maintain().await;
            match account.keys.rotate(rotate_after_days, shop.clock.as_ref(), shop.random.as_ref()) {
                Ok(true) => tracing::info!(merchant = %id, "a new key signs statements"),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(merchant = %id, %error, "the statement key could not be renewed");
                }
            }
        }
        let at = shop.clock.now().plus_ms(MAINTAIN_EVERY_MS);
        shop.clock.sleep_until(at).await;
    }
}
