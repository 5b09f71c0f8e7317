//! SIGHUP, as a service manager sends it after a certificate was renewed: a running backend takes its files anew.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use rcgen::{CertifiedKey, KeyPair, PublicKeyData as _};
use saoma_backend::config::write_sandbox_config;
use saoma_contract::{Fingerprint, path};
use saoma_engine::{Peer, ReqwestTransport, Transport as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::process::{Process, Said, next};

/// Whether a new connection is shown a certificate of this key.
fn shows(runtime: &tokio::runtime::Runtime, url: &str, of: &CertifiedKey<KeyPair>) -> bool {
    let key = Sha256::digest(of.signing_key.subject_public_key_info());
    let peer = Peer { tls: Some(Fingerprint::from_bytes(key.into())) };
    let request = http::Request::get(format!("{url}{}", path::TIME)).body(bytes::Bytes::new()).unwrap();
    let answer = runtime.block_on(async { ReqwestTransport::new().send(request, peer).await });
    match answer {
        Ok(answer) => answer.status().is_success(),
        Err(error) if error.detail.contains("another TLS key") => false,
        Err(error) => panic!("{error}"),
    }
}

/// What the log says next about keys and certificates.
fn told(lines: &Receiver<Said>) -> Value {
    loop {
        let line = next(lines).line.expect("the backend goes on");
        let told: Value = serde_json::from_str(&line).unwrap();
        let is_it = |text: &str| text.starts_with("keys and certificates");
        if told["fields"]["message"].as_str().is_some_and(is_it) {
            return told["fields"].clone();
        }
    }
}

#[test]
fn a_running_backend_that_is_hung_up_on_takes_its_keys_and_certificates_anew_or_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (state, log) = (path("sandbox"), path("sandbox.log"));
    let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--state", &state];
    let (_sandbox, _, _) = Process::start_and_listen("sandbox", &arguments, Path::new(&log));
    let sandbox_json = std::fs::read_to_string(Path::new(&state).join("sandbox.json")).unwrap();
    let config =
        write_sandbox_config(&sandbox_json, Path::new(&path("backend")), ([127, 0, 0, 1], 0).into()).unwrap();
    let tls = "\n[tls]\ncertificate_file = \"cert.pem\"\nkey_file = \"key.pem\"\n";
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + tls).unwrap();
    let certified = || rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (old, new) = (certified(), certified());
    let put = |certificate: &CertifiedKey<KeyPair>, key: &CertifiedKey<KeyPair>| {
        std::fs::write(path("backend/cert.pem"), certificate.cert.pem()).unwrap();
        std::fs::write(path("backend/key.pem"), key.signing_key.serialize_pem()).unwrap();
    };
    put(&old, &old);

    let (say, lines) = channel();
    let arguments = ["serve", "--config", config.to_str().unwrap()];
    let mut backend = Process::start_with_log("backend", &arguments, &say);
    let url = loop {
        let line = next(&lines).line.expect("the backend starts");
        let said: Value = serde_json::from_str(&line).unwrap();
        if let Some(url) = said["listening"].as_str() {
            break url.to_owned();
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    assert!(shows(&runtime, &url, &old));

    put(&new, &old);
    backend.hang_up();
    let refused = told(&lines);
    assert!(refused["why"].as_str().unwrap().contains("tls.key_file"), "{refused}");
    assert!(shows(&runtime, &url, &old), "what was in use stays in use");

    put(&new, &new);
    backend.hang_up();
    let taken = told(&lines)["taken"].as_str().unwrap().to_owned();
    assert!(taken.contains("tls") && taken.contains("shop-1"), "{taken}");
    assert!(shows(&runtime, &url, &new) && !shows(&runtime, &url, &old));
}
