//! A double of WeChat Pay for a test. Its keys are made once for all tests, as that takes seconds.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use saoma_sandbox::{ClockMode, Config, Parts, Sandbox};
use tempfile::TempDir;

use crate::world::HandClock;

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

/// A test moves its clock together with the backend's.
fn config(state_dir: &Path) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        state_dir: state_dir.to_owned(),
        clock: ClockMode::Manual,
        seed: Some(7),
        allow_remote: false,
    }
}

/// Starts one in this folder, whose real time is this clock's.
pub async fn start(state_dir: &Path, real: &HandClock) -> Sandbox {
    std::fs::create_dir_all(state_dir).unwrap();
    std::fs::copy(MADE.path().join("sandbox.db"), state_dir.join("sandbox.db")).unwrap();
    let parts = Parts { clock: Arc::new(real.clone()), ..Parts::real().unwrap() };
    Sandbox::start_with(config(state_dir), parts).await.unwrap()
}
