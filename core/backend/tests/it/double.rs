//! A double of WeChat Pay for a test. Its keys are made once for all tests, as that takes seconds.

use std::path::Path;
use std::sync::LazyLock;

use saoma_sandbox::{ClockMode, Config, Sandbox};
use tempfile::TempDir;

static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let made = TempDir::new().unwrap();
    let config = config(made.path());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Sandbox::start(config).await.unwrap().shutdown().await });
    })
    .join()
    .unwrap();
    made
});

/// On virtual time: a test moves its clock together with the backend's.
fn config(state_dir: &Path) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        state_dir: state_dir.to_owned(),
        clock: ClockMode::Virtual,
        seed: Some(7),
        allow_remote: false,
    }
}

/// Starts one in this folder.
pub async fn start(state_dir: &Path) -> Sandbox {
    std::fs::create_dir_all(state_dir).unwrap();
    std::fs::copy(MADE.path().join("sandbox.db"), state_dir.join("sandbox.db")).unwrap();
    Sandbox::start(config(state_dir)).await.unwrap()
}
