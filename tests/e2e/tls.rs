//! A backend with a certificate that nobody certified: tills pin its key by the pairing link, and refuse any other.

use std::path::Path;

use saoma_backend::config::write_sandbox_config;
use serde_json::Value;

use crate::process::{Process, next, run, run_json};

#[test]
fn a_backends_own_certificate_is_trusted_by_its_pinned_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (state, log) = (path("sandbox"), path("log"));
    let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--state", &state];
    let (_sandbox, _, _) = Process::start_and_listen("sandbox", &arguments, Path::new(&log));
    let sandbox_json = std::fs::read_to_string(Path::new(&state).join("sandbox.json")).unwrap();
    let config =
        write_sandbox_config(&sandbox_json, Path::new(&path("backend")), ([127, 0, 0, 1], 0).into()).unwrap();
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(path("backend/cert.pem"), certified.cert.pem()).unwrap();
    std::fs::write(path("backend/key.pem"), certified.signing_key.serialize_pem()).unwrap();
    let tls = "\n[tls]\ncertificate_file = \"cert.pem\"\nkey_file = \"key.pem\"\npin = true\n";
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + tls).unwrap();

    let arguments = ["serve", "--config", config.to_str().unwrap(), "--pairing", "shop-1/main"];
    let (_backend, said, listening) = Process::start_and_listen("backend", &arguments, Path::new(&log));
    assert!(listening.contains("https://127.0.0.1:"), "{listening}");
    let link: Value = serde_json::from_str(&next(&said).line.unwrap()).unwrap();
    let link = link["pairing_link"].as_str().unwrap();
    let (unpinned, _) = link.split_once("&t=").expect("the link pins the TLS key");

    let other_key = format!("{unpinned}&t={}", "A".repeat(43));
    for (wrong, why) in [(unpinned, "certificate"), (&other_key, "another TLS key")] {
        let output = run(&["till", "--state", &path("till"), "pair", wrong]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{said}");
    }
    assert_eq!(run_json(&["till", "--state", &path("till"), "pair", link]).len(), 1);
}
