//! A backend with a certificate that nobody certified: tills pin its key by the pairing link, and refuse any other.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use saoma_backend::config::write_sandbox_config;
use serde_json::Value;

use crate::process::{Process, next, run, run_json};

/// A sandbox and a backend that does TLS itself; with its pairing link.
struct OverTls {
    folder: tempfile::TempDir,
    link: String,
    address: String,
    _sandbox: Process,
    _backend: Process,
}

impl OverTls {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (state, log) = (path("sandbox"), path("log"));
        let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--state", &state];
        let (sandbox, _, _) = Process::start_and_listen("sandbox", &arguments, Path::new(&log));
        let sandbox_json = std::fs::read_to_string(Path::new(&state).join("sandbox.json")).unwrap();
        let config =
            write_sandbox_config(&sandbox_json, Path::new(&path("backend")), ([127, 0, 0, 1], 0).into())
                .unwrap();
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(path("backend/cert.pem"), certified.cert.pem()).unwrap();
        std::fs::write(path("backend/key.pem"), certified.signing_key.serialize_pem()).unwrap();
        let tls = "\n[tls]\ncertificate_file = \"cert.pem\"\nkey_file = \"key.pem\"\npin = true\n";
        std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + tls).unwrap();

        let arguments = ["serve", "--config", config.to_str().unwrap(), "--pairing", "shop-1/main"];
        let (backend, said, listening) = Process::start_and_listen("backend", &arguments, Path::new(&log));
        let listening: Value = serde_json::from_str(&listening).unwrap();
        let address = listening["listening"].as_str().unwrap().strip_prefix("https://").unwrap().to_owned();
        let link: Value = serde_json::from_str(&next(&said).line.unwrap()).unwrap();
        let link = link["pairing_link"].as_str().unwrap().to_owned();
        Self { folder, link, address, _sandbox: sandbox, _backend: backend }
    }

    /// What the backend answers to these first bytes, until it hangs up.
    fn answer_to(&self, first: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(first).unwrap();
        let mut answer = Vec::new();
        // One that hangs up on us says no more than what came before.
        let _ = stream.read_to_end(&mut answer);
        answer
    }
}

#[test]
fn a_backend_speaks_tls_1_2_and_later_alone() {
    let shop = OverTls::open();
    // TLS 1.1, 1.0 and SSL 3: two ciphers of their time, no compression, no extensions.
    for minor in [2, 1, 0] {
        let mut hello = vec![3, minor];
        hello.extend([7; 32]);
        hello.extend([0, 0, 4, 0, 0x2f, 0, 0x35, 1, 0]);
        let length = u8::try_from(hello.len()).unwrap();
        let mut first = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
        first.extend(hello);
        let answer = shop.answer_to(&first);
        // A fatal alert: protocol_version, or handshake_failure where it finds nothing in common.
        assert!(matches!(answer.as_slice(), [21, 3, _, 0, 2, 2, 70 | 40]), "3.{minor}: {answer:?}");
    }
    let answer = shop.answer_to(b"GET /v1/time HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_backends_own_certificate_is_trusted_by_its_pinned_key_alone() {
    let shop = OverTls::open();
    let path = |name: &str| shop.folder.path().join(name).to_str().unwrap().to_owned();
    let link = shop.link.as_str();
    let (unpinned, _) = link.split_once("&t=").expect("the link pins the TLS key");

    let other_key = format!("{unpinned}&t={}", "A".repeat(43));
    for (wrong, why) in [(unpinned, "certificate"), (&other_key, "another TLS key")] {
        let output = run(&["till", "--state", &path("till"), "pair", wrong]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{said}");
    }
    assert_eq!(run_json(&["till", "--state", &path("till"), "pair", link]).len(), 1);
}
