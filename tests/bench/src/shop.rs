//! A whole shop on loopback with real sockets and databases: the double of WeChat Pay, one backend, its tills.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use saoma_backend::config::{load, write_sandbox_config};
use saoma_backend::{Backend, Deps, NewLink};
use saoma_contract::{DeviceRole, ServerTime, path};
use saoma_engine::{
    Chunks, Parts, Peer, ReqwestTransport, SealingKey, Settings, SqliteStorage, StorageOn, SystemClock,
    SystemEntropy, Till, Transport, TransportError, open_key_file,
};
use saoma_sandbox::{ClockMode, Config, Sandbox};
use tempfile::TempDir;

use crate::customer::Customer;

/// How a till learns what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hears {
    /// By the event stream, with the ladder behind it.
    Stream,
    /// By asking alone.
    Ladder,
}

/// A shop that is open.
pub struct Shop {
    sandbox: Sandbox,
    backend: Backend,
    /// Who pays here.
    pub customer: Customer,
    tills: AtomicU32,
    // Last, so that it goes after all who write to it.
    folder: TempDir,
}

impl Shop {
    /// Opens a shop with new keys and empty ledgers.
    ///
    /// # Panics
    /// If a part does not start, which ends the benchmark.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let sandbox = start_sandbox(&folder).await;
        let description = sandbox_json(&folder);
        let config =
            write_sandbox_config(&description, &folder.path().join("backend"), ([127, 0, 0, 1], 0).into())
                .expect("the sandbox's description becomes a configuration");
        let config = load(&config).unwrap_or_else(|problems| panic!("{problems:?}"));
        let deps = Deps::real().expect("TLS can be set up");
        let backend = Backend::start(config, deps).await.expect("a backend starts on a free port");
        let customer = Customer::new(sandbox.base_url());
        Self { sandbox, backend, customer, tills: 0.into(), folder }
    }

    /// A new till, paired, with a database and a key of its own.
    ///
    /// # Panics
    /// If it cannot be paired, which ends the benchmark.
    pub async fn till(&self, hears: Hears) -> Till {
        let number = self.tills.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.path().join(format!("till-{number}"));
        std::fs::create_dir(&folder).expect("a folder can be made");
        let transport: Arc<dyn Transport> = match hears {
            Hears::Stream => Arc::new(ReqwestTransport::new()),
            Hears::Ladder => Arc::new(NoStreamOffered(ReqwestTransport::new())),
        };
        let till = open_till(&folder, transport).await;
        let (link, _) = self.backend.mint_pairing(new_link()).await.expect("a link can be made");
        till.pair(&link.to_string(), &format!("till {number}")).await.expect("the backend pairs");
        till
    }

    /// Closes the shop; its tills were closed before.
    pub async fn close(self) {
        self.backend.shutdown().await;
        self.sandbox.shutdown().await;
    }
}

/// Opens a till whose database and key are in this folder.
///
/// # Panics
/// If the folder cannot be written.
pub async fn open_till(folder: &Path, transport: Arc<dyn Transport>) -> Till {
    let signer = open_key_file(&folder.join("key.pem"), &SystemEntropy).expect("a key can be made");
    let storage = SqliteStorage::open(folder.join("till.db"), &SealingKey::new(&[7; 32]))
        .expect("a till's database can be made");
    let parts = Parts {
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SystemEntropy),
        transport,
        signer: Arc::new(signer),
        storage: StorageOn::Thread(Box::new(storage)),
    };
    Till::open(parts, Settings::default()).await.expect("a till opens on a new database")
}

/// Starts a sandbox whose state is in this folder.
///
/// # Panics
/// If it does not start.
pub async fn start_sandbox(folder: &TempDir) -> Sandbox {
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        state_dir: folder.path().join("sandbox"),
        clock: ClockMode::Real,
        seed: None,
        allow_remote: false,
    };
    Sandbox::start(config).await.expect("a sandbox starts on a free port")
}

/// What that sandbox tells of itself: its address, its keys, the play merchants.
///
/// # Panics
/// If no sandbox was started there.
#[must_use]
pub fn sandbox_json(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("sandbox/sandbox.json"))
        .expect("the sandbox has described itself")
}

/// A link for a cashier's till of the first play merchant.
#[must_use]
pub fn new_link() -> NewLink {
    NewLink {
        merchant: "shop-1".parse().expect("an id"),
        store: "main".parse().expect("an id"),
        role: DeviceRole::Cashier,
        life_s: 3_600,
    }
}

/// The way to a backend that does not offer its event stream: everything else is as it is.
struct NoStreamOffered(ReqwestTransport);

impl Transport for NoStreamOffered {
    fn send(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        let is_time = request.uri().path() == path::TIME;
        let answer = self.0.send(request, peer);
        Box::pin(async move {
            let answer = answer.await?;
            Ok(if is_time && answer.status().is_success() {
                answer.map(|body| without_stream(&body))
            } else {
                answer
            })
        })
    }

    fn stream(
        &self,
        _request: Request<Bytes>,
        _peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>> {
        Box::pin(async { panic!("a till opened a stream that was not offered") })
    }
}

fn without_stream(body: &[u8]) -> Bytes {
    let mut time: ServerTime = serde_json::from_slice(body).expect("the backend answers by the contract");
    time.features.retain(|name| name != "stream");
    Bytes::from(serde_json::to_vec(&time).expect("plain fields are always JSON"))
}
