//! What bad input gets at the command line: a message that names what to change, and nothing changed.

use std::path::Path;

use saoma_backend::config::write_sandbox_config;

use crate::process::{Process, run};

/// Runs it, expects it to fail, and gives what it said.
fn refused(args: &[&str]) -> String {
    let output = run(args);
    assert!(!output.status.success(), "{args:?} was not refused");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn path(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn amounts_that_are_none_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for amount in ["0", "-1", "1,160.00", "１２", "1.005", "10000000.01", "12元", ""] {
        let said = refused(&["demo", &format!("--amount={amount}"), "--state", &path(&folder, "demo")]);
        assert!(said.contains("amount"), "{amount:?}: {said}");
    }
    assert!(!folder.path().join("demo").exists());
    let said = refused(&["demo", "--note", "a\nb"]);
    assert!(said.contains("--note") && said.contains("control characters"), "{said}");
    let said = refused(&["demo", "--scenario", "sunshine"]);
    assert!(said.contains("plain") && said.contains("sunshine"), "{said}");
}

#[test]
fn a_code_that_would_not_scan_is_refused() {
    let said = refused(&["qr", "x", "--dark", "#eeeeee"]);
    assert!(said.contains("contrast"), "{said}");
    let said = refused(&["qr", "x", "--dark", "#ffffff", "--light", "#000000"]);
    assert!(said.contains("light"), "{said}");
    assert!(refused(&["qr", ""]).contains("text"));
    assert!(refused(&["qr", "x", "--level", "Z"]).contains("level"));
    assert!(refused(&["qr", "x", "--out", "x.bmp"]).contains(".png or .svg"));
}

#[test]
fn a_sandbox_says_why_it_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let (state, log) = (path(&folder, "sandbox"), path(&folder, "log"));
    let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--state", &state];
    let (mut first, _, line) = Process::start_and_listen("sandbox", &arguments, Path::new(&log));
    let address = line.strip_prefix("sandbox listening on http://").unwrap();
    let said = refused(&["sandbox", "--listen", address, "--state", &path(&folder, "other")]);
    assert!(said.contains("listen") && said.contains(address), "{said}");
    let said = refused(&arguments);
    assert!(said.contains("state"), "a second sandbox on one folder: {said}");
    let said = refused(&["sandbox", "--listen", "0.0.0.0:0", "--state", &path(&folder, "other")]);
    assert!(said.contains("--allow-remote"), "{said}");
    first.terminate();
    assert!(first.wait().success());
}

#[test]
fn a_configuration_is_checked_field_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let config = path(&folder, "saoma.toml");
    assert!(refused(&["serve", "--config", &config]).contains(&config));
    std::fs::write(&config, "listen = 12\nstate_dir = \"x\"\nmystery = 1\n").unwrap();
    let said = refused(&["serve", "--config", &config, "--check"]);
    assert!(said.contains("listen") || said.contains("mystery"), "{said}");
    let template = run(&["serve", "--init"]);
    assert!(template.status.success());
    std::fs::write(&config, template.stdout).unwrap();
    let said = refused(&["serve", "--config", &config, "--check"]);
    assert!(said.contains("private_key"), "the template's key file does not exist: {said}");
}

#[test]
fn a_backend_refuses_what_it_must_not_touch() {
    let folder = tempfile::tempdir().unwrap();
    let (state, log) = (path(&folder, "sandbox"), path(&folder, "log"));
    let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--state", &state];
    let (_sandbox, _, _) = Process::start_and_listen("sandbox", &arguments, Path::new(&log));
    let sandbox_json = std::fs::read_to_string(Path::new(&state).join("sandbox.json")).unwrap();
    let write = |listen: &str, backend_state: &str| {
        write_sandbox_config(&sandbox_json, Path::new(&path(&folder, backend_state)), listen.parse().unwrap())
            .unwrap()
    };
    let config = write("127.0.0.1:0", "backend");
    let config = config.to_str().unwrap();
    assert!(run(&["serve", "--config", config, "--check"]).status.success());
    let arguments = ["serve", "--config", config];
    let (mut backend, _, line) = Process::start_and_listen("backend", &arguments, Path::new(&log));
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = line["listening"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    let said = refused(&arguments);
    assert!(said.contains("state_dir"), "a second backend on one ledger: {said}");
    let other = write(&address, "other");
    let said = refused(&["serve", "--config", other.to_str().unwrap()]);
    assert!(said.contains("listen") && said.contains(&address), "{said}");
    backend.terminate();
    assert!(backend.wait().success());
}

#[test]
fn a_till_refuses_links_and_files_that_are_none_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let state = path(&folder, "till");
    assert!(refused(&["till", "--state", &state, "pair", "https://example.cn"]).contains("saoma://pair?"));
    assert!(refused(&["till", "--state", &state, "charge", "12.80"]).contains("pair"));
    assert!(refused(&["till", "--state", &state, "charge", "12.8.0"]).contains("amount"));
    let receipt = path(&folder, "receipt.json");
    std::fs::write(&receipt, "{}").unwrap();
    let said = refused(&["receipt", "verify", &receipt, "--root", "x"]);
    assert!(said.contains("root"), "{said}");
    let said = refused(&["receipt", "verify", &receipt, "--root", &"A".repeat(43)]);
    assert!(said.contains("receipt"), "{said}");
}

#[test]
fn completions_and_help_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("saoma"));
    }
    for command in ["demo", "serve", "sandbox", "qr", "till"] {
        let output = run(&[command, "--help"]);
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("Example"),
            "{command} --help shows no example"
        );
    }
}
