//! The stage: a sandbox, a backend with one test merchant, and the folder where they keep their state.

use std::path::{Path, PathBuf};

use saoma_backend::config::{SandboxProtocol, write_sandbox_config_over};
use saoma_contract::PairingLink;
use serde_json::Value;

use super::customer::Customer;
use super::process::Process;
use super::story::{Hop, Story};
use crate::args::Protocol;
use crate::outcome::Failure;
use crate::output::Output;

/// Where the demo's till stands: the sandbox's first play merchant.
const PLACE: &str = "shop-1/main";

/// Everything but the till.
pub(super) struct Stage {
    pub(super) story: Story,
    pub(super) customer: Customer,
    pub(super) protocol: Protocol,
    pub(super) link: PairingLink,
    /// The backend's address, which it keeps when it starts again.
    pub(super) url: String,
    sandbox: Process,
    backend: Option<Process>,
    config: PathBuf,
    // Last, so that it goes after the processes that write to it.
    folder: Folder,
}

impl Stage {
    /// Starts the sandbox, writes the backend's configuration from what the sandbox says, and starts the backend.
    pub(super) async fn set(state: Option<&Path>, protocol: Protocol, out: Output) -> Result<Self, Failure> {
        let story = Story::new(out);
        let folder = Folder::new(state)?;
        let sandbox_state = folder.path("sandbox");
        story.tell(Hop::Demo, "starting the double of WeChat Pay (the first start makes its keys)");
        let arguments =
            ["sandbox", "--listen", "127.0.0.1:0", "--until-stdin-ends", "--state", utf8(&sandbox_state)?];
        let mut sandbox = Process::start("the sandbox", Hop::WechatPay, &arguments, &story)?;
        let line = sandbox.line().await?;
        let base_url = line
            .strip_prefix("sandbox listening on ")
            .ok_or_else(|| format!("the sandbox said {line:?}"))?
            .to_owned();
        story.tell(Hop::WechatPay, &format!("the double listens on {base_url}"));

        let sandbox_json = std::fs::read_to_string(sandbox_state.join("sandbox.json"))?;
        let spoken = match protocol {
            Protocol::V3 => SandboxProtocol::V3,
            Protocol::V2 => SandboxProtocol::V2,
        };
        let write_config =
            |listen| write_sandbox_config_over(spoken, &sandbox_json, &folder.path("backend"), listen);
        let config = write_config(([127, 0, 0, 1], 0).into())?;
        let (backend, url, link) = start_backend(&config, &story).await?;
        // A backend that starts again is found where it was.
        write_config(url.strip_prefix("http://").unwrap_or(&url).parse()?)?;
        story.tell(Hop::Backend, &format!("the merchant backend listens on {url}"));
        let customer = Customer::new(&base_url);
        Ok(Self { story, customer, protocol, link, url, folder, sandbox, backend: Some(backend), config })
    }

    /// Takes the network away from the till: the backend stops.
    pub(super) async fn stop_backend(&mut self) -> Result<(), Failure> {
        match self.backend.take() {
            Some(backend) => backend.stop().await,
            None => Ok(()),
        }
    }

    /// Gives it back, with a fresh pairing link.
    pub(super) async fn start_backend(&mut self) -> Result<(), Failure> {
        let (backend, _, link) = start_backend(&self.config, &self.story).await?;
        self.backend = Some(backend);
        self.link = link;
        Ok(())
    }

    /// Where a till of this name keeps its state.
    pub(super) fn till_state(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    /// What the running backend answers whoever works on its machine.
    pub(super) async fn admin(&self, command: &[&str]) -> Result<Value, Failure> {
        let mut arguments = vec!["admin", "--config", utf8(&self.config)?];
        arguments.extend(command);
        match Process::start("saoma admin", Hop::Demo, &arguments, &self.story)?.output().await? {
            (mut said, true) if !said.is_empty() => Ok(said.swap_remove(0)),
            _ => Err(format!("saoma admin {command:?} failed").into()),
        }
    }

    /// A day's books held against the bill of that day, which is fetched now.
    pub(super) async fn bill(&self, date: &str) -> Result<Value, Failure> {
        let (merchant, _) = place();
        self.admin(&["--merchant", merchant, "bill", date]).await
    }

    /// A pairing link for one more till at the same place.
    pub(super) async fn another_link(&self) -> Result<PairingLink, Failure> {
        let (merchant, store) = place();
        let said = self.admin(&["--merchant", merchant, "pairing", store]).await?;
        Ok(said["link"].as_str().ok_or("saoma admin gave no pairing link")?.parse()?)
    }

    /// Stops everything, the backend first.
    pub(super) async fn clear(mut self) -> Result<(), Failure> {
        self.stop_backend().await?;
        self.sandbox.stop().await
    }
}

/// The merchant and its store.
fn place() -> (&'static str, &'static str) {
    PLACE.split_once('/').expect("a merchant and a store")
}

async fn start_backend(config: &Path, story: &Story) -> Result<(Process, String, PairingLink), Failure> {
    let arguments = ["serve", "--until-stdin-ends", "--pairing", PLACE, "--config", utf8(config)?];
    let mut backend = Process::start("the backend", Hop::Backend, &arguments, story)?;
    let said = |name: &'static str, value: Option<Value>| {
        value
            .and_then(|value| value[name].as_str().map(str::to_owned))
            .ok_or_else(|| format!("the backend did not say its {name}"))
    };
    let url = said("listening", backend.json().await?)?;
    let link = said("pairing_link", backend.json().await?)?;
    Ok((backend, url, link.parse()?))
}

/// A folder that is kept when it was named, and removed with its contents when it was not.
struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    fn new(named: Option<&Path>) -> Result<Self, Failure> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => {
                let mut random = [0u8; 8];
                getrandom::fill(&mut random)?;
                std::env::temp_dir().join(format!("saoma-demo-{:016x}", u64::from_be_bytes(random)))
            }
        };
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path: path.canonicalize()?, temporary: named.is_none() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            // What the system's temporary folder keeps, the system clears.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// A path as an argument.
pub(super) fn utf8(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}
