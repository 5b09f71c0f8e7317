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
use crate::plan::Plan;
use crate::time::START_UNIX_MS;

/// More than are rotated in an hour.
const CERTIFICATES_AHEAD: usize = 6;

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
    let opened = Inside::open(wechatpay_config(folder.path(), 0), Node::WechatPay.url(), parts).await;
    let opened = opened.expect("a double can be made");
    opened.make_certificates_ahead(CERTIFICATES_AHEAD).await.expect("certificates can be made");
    opened.close().await;
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
    /// New ones, with each merchant at its home and with its rule for late money.
    pub(crate) fn new(plan: &Plan) -> Self {
        let (made, folder) = (MADE.path(), in_memory());
        let stage = Self(folder);
        for till in plan.tills() {
            std::fs::create_dir(stage.of(till)).expect("a folder can be made");
        }
        let backend = if plan.protocol == SandboxProtocol::V2 { "backend-v2" } else { "backend" };
        let backends = plan.backends().map(|node| (node, backend));
        for (node, part) in backends.chain([(Node::WechatPay, "wechatpay")]) {
            std::fs::create_dir(stage.of(node)).expect("a folder can be made");
            for entry in std::fs::read_dir(made.join(part)).expect("it was made") {
                let entry = entry.expect("it was made");
                let to = stage.of(node).join(entry.file_name());
                std::fs::copy(entry.path(), to).expect("a file can be copied");
            }
        }
        for home in plan.backends() {
            stage.configure(home, |merchants| {
                for (merchant, (id, rule)) in merchants.iter_mut().zip(plan.late_money_rules()) {
                    assert_eq!(merchant["id"].as_str(), Some(id));
                    merchant.insert("late_money".to_owned(), rule.into());
                }
                merchants.retain(|merchant| merchant["id"].as_str().map(|id| plan.home(id)) == Some(home));
            });
        }
        stage
    }

    /// Writes a backend's configuration anew, with other words about its merchants.
    fn configure(&self, backend: Node, change: impl FnOnce(&mut Vec<toml::Table>)) {
        let mut config = self.config(backend);
        let merchants = config["merchants"].clone().try_into::<Vec<toml::Table>>();
        let mut merchants = merchants.expect("a merchant is a table");
        change(&mut merchants);
        config.insert("merchants".to_owned(), merchants.into());
        let text = toml::to_string(&config).expect("it is TOML");
        std::fs::write(self.backend_config(backend), text).expect("a file can be written");
    }

    fn config(&self, backend: Node) -> toml::Table {
        let text = std::fs::read_to_string(self.backend_config(backend)).expect("it was copied");
        text.parse().expect("it was written as TOML")
    }

    /// A merchant verifies by WeChat Pay's public key as well as by its certificates, as while it goes over from these to
    /// that (WeChat Pay protocol A.6.4).
    pub(crate) fn switch_to_public_key(&self, home: Node, merchant: &str) {
        let told = std::fs::read_to_string(self.of(Node::WechatPay).join("sandbox.json"));
        let told: serde_json::Value =
            serde_json::from_str(&told.expect("the double describes itself")).expect("in JSON");
        let key = told["platform"]["public_key_id"].as_str().expect("it has a public key").to_owned();
        self.configure(home, |merchants| {
            let account = merchants.iter_mut().find(|one| one["id"].as_str() == Some(merchant));
            let account = account.and_then(|one| one["wechatpay"].as_table_mut());
            let account = account.expect("the merchant is at home there");
            account.insert("public_key_id".to_owned(), key.into());
            account.insert("public_key_file".to_owned(), "sandbox-public-key.pem".into());
            account.insert("certificates".to_owned(), true.into());
        });
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The folder of a part.
    pub(crate) fn of(&self, node: Node) -> PathBuf {
        self.0.path().join(node.to_string())
    }

    /// The file of a merchant's bill, as its backend keeps it.
    pub(crate) fn bill(&self, home: Node, merchant: &str, day: &str) -> Option<Vec<u8>> {
        std::fs::read(self.of(home).join(format!("bills/{merchant}-wechatpay-{day}.bill"))).ok()
    }

    pub(crate) fn backend_config(&self, backend: Node) -> PathBuf {
        self.of(backend).join("saoma.toml")
    }

    /// A merchant's number at WeChat Pay, if it sells at this backend.
    pub(crate) fn mchid(&self, home: Node, merchant: &str) -> Option<String> {
        let config = self.config(home);
        let merchants = config["merchants"].as_array().expect("there are merchants");
        let found = merchants.iter().find(|one| one["id"].as_str() == Some(merchant))?;
        Some(found["wechatpay"]["mchid"].as_str().expect("it has a number").to_owned())
    }

    /// A till's database.
    pub(crate) fn till(&self, number: u8) -> PathBuf {
        self.of(Node::Till(number)).join("till.db")
    }
}
