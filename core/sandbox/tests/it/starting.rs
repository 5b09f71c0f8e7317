//! What keeps a sandbox from starting, told clearly, with everything left as it was.

use std::{fs, net::TcpListener};

use saoma_sandbox::{Config, Sandbox};
use tempfile::TempDir;

use super::play::{Stage, config};

async fn refused(config: Config) -> String {
    match Sandbox::start(config).await {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_and_nothing_is_made() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = TempDir::new().unwrap();
    let state_dir = folder.path().join("state");
    let address = taken.local_addr().unwrap();
    let message = refused(Config { listen: address, ..config(&state_dir) }).await;
    assert!(message.starts_with(&format!("listen: cannot listen on {address}")), "{message}");
    assert!(message.ends_with("choose another port, or 0 for any free one"), "{message}");
    assert!(!state_dir.exists());
}

#[tokio::test]
async fn an_address_others_can_reach_needs_a_yes() {
    let folder = TempDir::new().unwrap();
    let state_dir = folder.path().join("state");
    let message = refused(Config { listen: ([0, 0, 0, 0], 0).into(), ..config(&state_dir) }).await;
    assert!(message.contains("--allow-remote"), "{message}");
    assert!(!state_dir.exists());
}

#[tokio::test]
async fn with_the_yes_it_tells_an_address_that_can_be_reached_and_keeps_its_controls_to_this_machine() {
    let made = Stage::set().await;
    let folder = made.again().await;
    let (path, base) = (folder.path("sandbox.json"), folder.sandbox.base_url().to_owned());
    assert!(base.starts_with("http://127.0.0.1:"));
    assert!(path.exists());
    folder.sandbox.shutdown().await;
    let open = Sandbox::start(Config {
        listen: ([0, 0, 0, 0], 0).into(),
        allow_remote: true,
        ..config(folder.folder.path())
    })
    .await
    .unwrap();
    assert!(open.base_url().starts_with("http://127.0.0.1:"), "{}", open.base_url());
    let answer =
        super::play::client().get(format!("{}/_sandbox/orders", open.base_url())).send().await.unwrap();
    assert_eq!(answer.status(), 200, "from this machine");
    open.shutdown().await;
}

#[tokio::test]
async fn a_second_sandbox_on_one_folder_is_refused_and_the_first_goes_on() {
    let stage = Stage::set().await;
    let before = fs::read(stage.path("sandbox.json")).unwrap();
    let message = refused(config(stage.folder.path())).await;
    assert!(message.starts_with("state: ") && message.contains("is in use by another sandbox"), "{message}");
    assert_eq!(fs::read(stage.path("sandbox.json")).unwrap(), before);
    let merchant = stage.merchant();
    merchant.code_of(&stage, &merchant.order("STARTING-1")).await;
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_as_it_was() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sandbox.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = fs::read(&path).unwrap();
    let message = refused(config(folder.path())).await;
    assert!(message.starts_with("state: ") && message.contains("belongs to another program"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was added");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "a file").unwrap();
    let message = refused(config(&file.join("state"))).await;
    assert!(message.starts_with(&format!("state: {}", file.join("state").display())), "{message}");
    assert_eq!(fs::read(&file).unwrap(), b"a file");
}

#[cfg(unix)]
#[tokio::test]
async fn what_holds_keys_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let outer = TempDir::new().unwrap();
    let state_dir = outer.path().join("state");
    let sandbox = Sandbox::start(config(&state_dir)).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state_dir), 0o700);
    for file in ["sandbox.json", "sandbox.db"] {
        assert_eq!(mode(&state_dir.join(file)), 0o600, "{file}");
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn stopping_lets_the_address_and_the_folder_go_though_clients_hold_connections() {
    let stage = Stage::set().await;
    let address =
        stage.sandbox.base_url().trim_start_matches("http://").parse::<std::net::SocketAddr>().unwrap();
    let _idle = std::net::TcpStream::connect(address).unwrap();
    let start = std::time::Instant::now();
    let stage = stage.again().await;
    assert!(start.elapsed().as_secs() < 3, "it took {:?}", start.elapsed());
    assert_ne!(stage.sandbox.base_url(), format!("http://{address}"));
    TcpListener::bind(address).unwrap();
}
