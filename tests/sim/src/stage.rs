//! The folders of a shop. Keys of WeChat Pay and its merchants are made once a process and copied for each seed, since they
//! take seconds to make; everything else is made anew from the seed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use saoma_backend::config::{self, SandboxProtocol};
use saoma_sandbox::{ClockMode, Executor, Inside, Parts, Post, Unanswered};
use tempfile::TempDir;

use crate::net::Node;
use crate::time::START_UNIX_MS;

/// Where WeChat Pay is.
pub(crate) const WECHATPAY_URL: &str = "http://127.0.0.1:8001";
/// Where the backend is.
pub(crate) const BACKEND_URL: &str = "http://127.0.0.1:8002";

static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    // A runtime of its own, since that of a simulation may be the one that asks.
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be made").block_on(make())
    })
    .join()
    .expect("the folders of a shop can be made")
});

struct Beginning;

impl saoma_sandbox::Clock for Beginning {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(START_UNIX_MS.unsigned_abs())
    }
}

struct NobodyThere;

impl Post for NobodyThere {
    fn post(&self, _: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, Unanswered>> {
        Box::pin(async { Err(Unanswered::Unreachable("nobody is there".to_owned())) })
    }
}

/// How the double is started in a folder.
pub(crate) fn wechatpay_config(folder: &Path, seed: u64) -> saoma_sandbox::Config {
    saoma_sandbox::Config {
        listen: ([127, 0, 0, 1], 8001).into(),
        state_dir: folder.join("wechatpay"),
        clock: ClockMode::Real,
        seed: Some(seed),
        allow_remote: false,
    }
}

async fn make() -> TempDir {
    let folder = in_memory();
    let parts = Parts { clock: Arc::new(Beginning), post: Arc::new(NobodyThere), executor: Executor::Inline };
    let opened = Inside::open(wechatpay_config(folder.path(), 0), WECHATPAY_URL.to_owned(), parts).await;
    opened.expect("a double can be made").close().await;
    let described = std::fs::read_to_string(folder.path().join("wechatpay/sandbox.json"));
    let described = described.expect("the double describes itself");
    for (protocol, backend) in [(SandboxProtocol::V3, "backend"), (SandboxProtocol::V2, "backend-v2")] {
        let (state, listen) = (folder.path().join(backend), ([127, 0, 0, 1], 8002).into());
        config::write_sandbox_config_over(protocol, &described, &state, listen)
            .expect("the double's description becomes a configuration");
    }
    folder
}

/// A folder that is gone at the end; in memory where the system has such a place.
fn in_memory() -> TempDir {
    let place = Path::new("/dev/shm");
    let made = if place.is_dir() { tempfile::tempdir_in(place) } else { tempfile::tempdir() };
    made.expect("a folder can be made")
}

/// The folders of one shop.
pub(crate) struct Stage(TempDir);

impl Stage {
    /// New ones, with each merchant's rule for late money.
    pub(crate) fn new(tills: u8, protocol: SandboxProtocol, late_money: [&str; 2]) -> Self {
        let (made, folder) = (MADE.path(), in_memory());
        let stage = Self(folder);
        for till in 1..=tills {
            std::fs::create_dir(stage.of(Node::Till(till))).expect("a folder can be made");
        }
        let backend = if protocol == SandboxProtocol::V2 { "backend-v2" } else { "backend" };
        for (node, part) in [(Node::WechatPay, "wechatpay"), (Node::Backend, backend)] {
            std::fs::create_dir(stage.of(node)).expect("a folder can be made");
            for entry in std::fs::read_dir(made.join(part)).expect("it was made") {
                let entry = entry.expect("it was made");
                let to = stage.of(node).join(entry.file_name());
                std::fs::copy(entry.path(), to).expect("a file can be copied");
            }
        }
        let path = stage.backend_config();
        let text = std::fs::read_to_string(&path).expect("it was copied");
        let mut config: toml::Table = text.parse().expect("it was written as TOML");
        let merchants = config["merchants"].as_array_mut().expect("there are merchants");
        for (merchant, rule) in merchants.iter_mut().zip(late_money) {
            let merchant = merchant.as_table_mut().expect("a merchant is a table");
            merchant.insert("late_money".to_owned(), rule.into());
        }
        std::fs::write(&path, toml::to_string(&config).expect("it is TOML")).expect("a file can be written");
        stage
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The folder of a part.
    pub(crate) fn of(&self, node: Node) -> PathBuf {
        self.0.path().join(node.to_string())
    }

    pub(crate) fn backend_config(&self) -> PathBuf {
        self.of(Node::Backend).join("saoma.toml")
    }

    /// A merchant's number at WeChat Pay.
    pub(crate) fn mchid(&self, merchant: &str) -> String {
        let text = std::fs::read_to_string(self.backend_config()).expect("it was written");
        let config: toml::Table = text.parse().expect("it was written as TOML");
        let merchants = config["merchants"].as_array().expect("there are merchants");
        let found =
            merchants.iter().find(|one| one["id"].as_str() == Some(merchant)).expect("there is such a one");
        found["wechatpay"]["mchid"].as_str().expect("it has a number").to_owned()
    }

    /// A till's database.
    pub(crate) fn till(&self, number: u8) -> PathBuf {
        self.of(Node::Till(number)).join("till.db")
    }
}
