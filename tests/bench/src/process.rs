//! A backend in a process of its own: this very program, started again as `backend CONFIG TILLS`.

use std::path::Path;
use std::process::{ExitCode, Stdio};

use saoma_backend::config::load;
use saoma_backend::{Backend, Deps};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::load::Device;
use crate::shop::new_link;

/// The backend's process: prints a pairing link for each till, and ends when its standard input does.
///
/// # Panics
/// If it does not start, which ends the benchmark.
pub async fn serve(config: &str, tills: &str) -> ExitCode {
    let config = load(config.as_ref()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let backend = Backend::start(config, Deps::real().expect("TLS can be set up")).await;
    let backend = backend.expect("a backend starts on a free port");
    for _ in 0..tills.parse().expect("a number of tills") {
        let (link, _) = backend.mint_pairing(new_link()).await.expect("a link can be made");
        println!("{link}");
    }
    // Nothing is ever written to it.
    let _ = tokio::io::stdin().read(&mut [0; 1]).await;
    backend.shutdown().await;
    ExitCode::SUCCESS
}

/// The backend in its own process.
pub struct BackendProcess {
    child: Child,
    links: Lines<BufReader<ChildStdout>>,
    tills: u64,
    /// Its process id.
    pub pid: u32,
}

impl BackendProcess {
    /// Starts it, with links for so many tills.
    ///
    /// # Panics
    /// If this program cannot be started again.
    #[must_use]
    pub fn start(config: &Path, tills: u64) -> Self {
        let this_program = std::env::current_exe().expect("the system knows what runs");
        let mut child = Command::new(this_program)
            .arg("backend")
            .arg(config)
            .arg(tills.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("this program can be started again");
        let stdout = child.stdout.take().expect("it was asked to be piped");
        let pid = child.id().expect("it was just started");
        Self { child, links: BufReader::new(stdout).lines(), tills, pid }
    }

    /// Pairs every device that it has a link for.
    ///
    /// # Panics
    /// If the backend does not start or does not pair them.
    pub async fn devices(&mut self, folder: &TempDir) -> Vec<Device> {
        let mut devices = Vec::new();
        for number in 0..self.tills {
            let link = self.links.next_line().await.expect("a pipe can be read").expect("the backend starts");
            let folder = folder.path().join(format!("till-{number}"));
            std::fs::create_dir(&folder).expect("a folder can be made");
            devices.push(Device::paired(&folder, &link).await);
        }
        devices
    }

    /// Ends it.
    ///
    /// # Panics
    /// If it did not end well.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        let ended = self.child.wait().await.expect("a child can be waited for");
        assert!(ended.success(), "the backend ended with {ended}");
    }
}
