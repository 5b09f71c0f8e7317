//! Starting and stopping a sandbox: the address, the folder, the keys, then the doors.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use serde_json::Value;
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    clock::{BusinessClock, ClockMode, SavedClock},
    control,
    double::{Double, ForTools, KeyRing, kept},
    faults::Faults,
    identity::{BadKey, Identity, Merchant},
    notify::{self, Pump},
    parts::{self, Parts},
    private_file,
    random::Random,
    serve,
    store::{Store, StoreError},
    wallet,
    wire::ExactHeaders,
};

/// How long answers that are on their way may take when the sandbox stops.
const GRACE: Duration = Duration::from_secs(1);

/// How a sandbox is started.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// The folder for its state and for `sandbox.json`; made if absent.
    pub state_dir: PathBuf,
    /// How business time goes on.
    pub clock: ClockMode,
    /// Makes numbers, nonces and chance repeatable. Keys never are.
    pub seed: Option<u64>,
    /// Allows an address that other machines can reach.
    pub allow_remote: bool,
}

/// Why a sandbox does not start. Each names the setting that is to be changed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can be reached from outside.
    #[error(
        "listen: {0} can be reached from other machines; use a loopback address such as 127.0.0.1, or add --allow-remote"
    )]
    Remote(SocketAddr),
    /// The address cannot be had.
    #[error("listen: cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The folder, or a file in it, cannot be used.
    #[error("state: {} {reason}", path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// Something else the system refuses.
    #[error("cannot start: {0}")]
    System(String),
}

/// A running sandbox. Dropping it leaves it running until its runtime ends; use [`Sandbox::shutdown`].
pub struct Sandbox {
    base_url: String,
    inside: Inside,
    handle: axum_server::Handle<SocketAddr>,
    server: JoinHandle<io::Result<()>>,
}

/// A double without a door of its own: requests are given to its [`router`](Inside::router). Dropping it leaves it running
/// until its runtime ends; use [`Inside::close`], or [`Inside::kill`].
pub struct Inside {
    double: Arc<Double>,
    pump: JoinHandle<()>,
}

impl Inside {
    /// Opens a double on its folder; `base_url` is where others are told that it is. [`Config::listen`] is not used.
    ///
    /// # Errors
    /// When the folder cannot be used. It is left as it was.
    pub async fn open(config: Config, base_url: String, parts: Parts) -> Result<Self, StartError> {
        let (database, is_new) = make_folder(&config.state_dir)?;
        let opened = tokio::task::spawn_blocking({
            let database = database.clone();
            move || Store::open(&database, parts.executor)
        });
        let opened = opened.await.map_err(|error| StartError::System(error.to_string()))?;
        let store = opened.map_err(|error| {
            if is_new {
                // The error that kept it from being used is the one to tell.
                let _ = fs::remove_file(&database);
            }
            StartError::State { path: database.clone(), reason: error.to_string() }
        })?;
        let double = Arc::new(assemble(config, parts, store, base_url, &database).await?);
        let pump = tokio::spawn(notify::run(Arc::clone(&double)));
        Ok(Self { double, pump })
    }

    /// All its doors: WeChat Pay's calls, the wallet, the control of a test.
    pub fn router(&self) -> Router {
        routes(&self.double)
    }

    /// Makes platform certificates ahead, which are taken one at each rotation: making one takes a second, and a simulation
    /// of many hours rotates often.
    ///
    /// # Errors
    /// When the state cannot be written, or the system gives no randomness.
    pub async fn make_certificates_ahead(&self, count: usize) -> Result<(), StartError> {
        let made = self.double.make_certificates_ahead(count).await;
        made.map_err(|error| StartError::System(error.to_string()))
    }

    /// Gives up what is on its way, which goes out after the next start, and closes the state.
    pub async fn close(self) {
        self.pump.abort();
        self.double.pump.stop().await;
        let double = Arc::clone(&self.double);
        let _ = tokio::task::spawn_blocking(move || double.store.close()).await;
    }

    /// Stops as a kill would: nothing more is sent, and nothing more is kept, also of calls that are under way.
    pub fn kill(&self) {
        self.pump.abort();
        self.double.pump.give_up();
        self.double.store.close();
    }
}

impl Sandbox {
    /// Starts a sandbox. It accepts connections when this returns, and `sandbox.json` is written.
    ///
    /// # Errors
    /// When the address or the folder cannot be used. Both are left as they were.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Self::start_with(config, Parts::real().map_err(StartError::System)?).await
    }

    /// The same with parts of another's making, such as a clock that is moved together with a backend's.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(config: Config, parts: Parts) -> Result<Self, StartError> {
        // The address first: it is the only thing that can be given back without a trace.
        let listener = listen(config.listen, config.allow_remote)?;
        let address =
            listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;
        let base_url = format!("http://{}", reachable(address));

        let inside = Inside::open(config, base_url.clone(), parts).await?;

        let handle = axum_server::Handle::new();
        let mut server = axum_server::from_tcp(listener)
            .map_err(|source| StartError::Listen { address, source })?
            .handle(handle.clone())
            .acceptor(ExactHeaders);
        server.http_builder().http1().title_case_headers(true);
        let service = inside.router().into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(server.serve(service));
        Ok(Self { base_url, inside, handle, server })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Stops: lets answers on their way go out, for a second at most, and closes the state. Notifications that were not
    /// accepted yet go out after the next start.
    pub async fn shutdown(self) {
        self.handle.graceful_shutdown(Some(GRACE));
        // Both end by being told to; how they end no longer matters.
        let _ = self.server.await;
        self.inside.close().await;
    }
}

fn routes(double: &Arc<Double>) -> Router {
    let wechat_pay = Router::new().fallback(serve::serve).with_state(Arc::clone(double));
    wechat_pay.nest("/_sandbox", control::routes(double)).merge(wallet::routes(double))
}

fn listen(address: SocketAddr, allow_remote: bool) -> Result<TcpListener, StartError> {
    if !allow_remote && !address.ip().to_canonical().is_loopback() {
        return Err(StartError::Remote(address));
    }
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
}

/// The address as a client on this machine reaches it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Makes the folder, readable by its owner only, and gives the database's path in it, and whether that is new.
fn make_folder(folder: &Path) -> Result<(PathBuf, bool), StartError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let bad = |path: &Path, error: &io::Error| StartError::State {
        path: path.to_owned(),
        reason: format!("cannot be made: {error}"),
    };
    builder.create(folder).map_err(|error| bad(folder, &error))?;
    let database = folder.join("sandbox.db");
    // SQLite gives its other files the rights of this one, which holds the play merchants' keys.
    let is_new = private_file::make_if_absent(&database).map_err(|error| bad(&database, &error))?;
    Ok((database, is_new))
}

/// Reads what was kept, makes what was not, and writes `sandbox.json`.
async fn assemble(
    config: Config,
    parts: Parts,
    store: Store,
    base_url: String,
    database: &Path,
) -> Result<Double, StartError> {
    let not_kept = |error: StoreError| StartError::State {
        path: database.to_owned(),
        reason: format!("cannot be written: {error}"),
    };
    let now = parts::now(parts.clock.as_ref());
    let system = |error: &dyn std::fmt::Display| StartError::System(error.to_string());
    let starts = store.run(|rows| {
        let starts = rows.kept::<u64>(kept::STARTS)?.unwrap_or(0) + 1;
        rows.keep(kept::STARTS, &starts)?;
        Ok(starts)
    });
    let starts = starts.await.map_err(not_kept)?;
    let random = match config.seed {
        Some(seed) => Random::seeded(seed, starts),
        None => Random::from_system().map_err(|error| system(&error))?,
    };
    let random = Arc::new(random);

    let identity = match store.run(|rows| rows.kept::<Identity>(kept::IDENTITY)).await.map_err(not_kept)? {
        Some(mut identity) => {
            if identity.lacks_partner() {
                let random = Arc::clone(&random);
                let made = tokio::task::spawn_blocking(move || Merchant::partner(&random, now));
                let made = made.await.map_err(|error| system(&error))?.map_err(|error| system(&error))?;
                identity.merchants.push(made);
                let completed = identity.clone();
                store.run(move |rows| rows.keep(kept::IDENTITY, &completed)).await.map_err(not_kept)?;
            }
            identity
        }
        None => {
            let random = Arc::clone(&random);
            let made = tokio::task::spawn_blocking(move || Identity::make(&random, now));
            let made = made.await.map_err(|error| system(&error))?.map_err(|error| system(&error))?;
            let identity = made.clone();
            store.run(move |rows| rows.keep(kept::IDENTITY, &made)).await.map_err(not_kept)?;
            identity
        }
    };
    let saved_clock = store.run(|rows| rows.kept::<SavedClock>(kept::CLOCK)).await.map_err(not_kept)?;
    let clock = BusinessClock::resume(config.clock, saved_clock, Arc::clone(&parts.clock));
    let saved_clock = clock.saved();
    store.run(move |rows| rows.keep(kept::CLOCK, &saved_clock)).await.map_err(not_kept)?;
    let rules = store.run(|rows| rows.kept::<Vec<Value>>(kept::FAULTS)).await.map_err(not_kept)?;

    let for_tools = ForTools { path: config.state_dir.join("sandbox.json"), base_url };
    for_tools.write(&identity).map_err(|error| StartError::State {
        path: for_tools.path.clone(),
        reason: format!("cannot be written: {error}"),
    })?;
    let damaged = |error: BadKey| StartError::State {
        path: database.to_owned(),
        reason: format!("is damaged: {error}; remove the folder to begin anew"),
    };
    Ok(Double {
        store,
        clock: Arc::new(clock),
        random,
        faults: Arc::new(Faults::resume(&rules.unwrap_or_default())),
        pump: Pump::new(parts.post),
        key_ring: KeyRing::new(identity).map_err(damaged)?,
        for_tools,
        call_done: Notify::new(),
        allow_remote: config.allow_remote,
    })
}
