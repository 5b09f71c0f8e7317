//! A whole demo, and then a search of all that it wrote and said, for every secret that took part in it.
//!
//! Each secret may be in the files named beside it and nowhere else: not in a log at its finest, an error, an answer, a table,
//! a receipt, a database, nor in what a crash would print.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use saoma_backend::config::{SandboxProtocol, write_sandbox_config_over};
use saoma_contract::{AuthCode, PairingLink, Pin, SoftwareKey};
use saoma_engine::store::Storage as _;
use saoma_engine::{Peer, ReqwestTransport, SealingKey, SqliteStorage, Transport as _};
use serde_json::{Value, json};

use crate::process::{Process, Said, next, saoma};

const PIN: &str = "739502864173";
const WRONG_PIN: &str = "640917385260";
/// Of the form of a payment code, but for its first digits.
const NO_PAYMENT_CODE: &str = "994736152098475613";
const PAYER: &str = "oSaomaPayerWhoIsNobodysBusiness";

#[test]
fn no_secret_of_a_whole_demo_is_found_where_it_has_no_business() {
    whole_demo(SandboxProtocol::V3);
}

#[test]
fn over_v2_no_secret_of_a_whole_demo_is_found_where_it_has_no_business() {
    whole_demo(SandboxProtocol::V2);
}

fn whole_demo(protocol: SandboxProtocol) {
    let mut demo = Demo::open(protocol);
    demo.people_sign_in();
    demo.customers_pay();
    demo.money_goes_back_and_is_accounted_for();
    demo.what_is_wrong_is_refused();
    demo.the_backend_is_killed();
    demo.the_tills_database_is_opened();
    demo.everything_crashes();
    demo.assert_no_secret_is_anywhere_else();
}

/// A secret, in each form in which it could be written, and the files where it is at home.
struct Secret {
    what: String,
    forms: Vec<Vec<u8>>,
    at_home: &'static [&'static str],
}

impl Secret {
    fn text(what: &str, text: &str, at_home: &'static [&'static str]) -> Self {
        let mut forms = forms_of(text.as_bytes());
        forms.push(BASE64_STANDARD_NO_PAD.encode(text).into());
        Self { what: what.to_owned(), forms, at_home }
    }

    /// A private key: the last lines of its PEM and the bytes that they stand for (the first lines of an RSA key hold its public
    /// half), and the number itself of a key on P-256.
    fn key(what: &str, pem: &str, at_home: &'static [&'static str]) -> Self {
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let whole = lines.iter().filter(|line| line.len() == 64).count();
        let mut forms = Vec::new();
        for line in &lines[whole * 2 / 3..whole] {
            forms.push(line.as_bytes().to_vec());
            forms.extend(forms_of(&BASE64_STANDARD.decode(line).unwrap()));
        }
        let der = BASE64_STANDARD.decode(lines.concat()).unwrap();
        if der.len() < 200 {
            forms.extend(forms_of(&der[36..68]));
        }
        Self { what: what.to_owned(), forms, at_home }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| memchr::memmem::find(bytes, form).is_some())
    }
}

struct Demo {
    folder: tempfile::TempDir,
    secrets: Vec<Secret>,
    sandbox: String,
    _sandbox: Process,
    backend: Process,
    _backend_said: Receiver<Said>,
    link: PairingLink,
    http: ReqwestTransport,
    runtime: tokio::runtime::Runtime,
}

impl Demo {
    /// The double, a backend with TLS of its own and a paired till, all telling as much as they can.
    fn open(protocol: SandboxProtocol) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir(path("said")).unwrap();
        let state = path("sandbox");
        let (process, _, first) = start(
            "sandbox",
            &["sandbox", "--listen", "127.0.0.1:0", "--state", &state],
            &path("said/sandbox"),
        );
        let sandbox = first.strip_prefix("sandbox listening on ").unwrap().to_owned();
        let described = std::fs::read_to_string(Path::new(&state).join("sandbox.json")).unwrap();
        let config = write_sandbox_config_over(
            protocol,
            &described,
            Path::new(&path("backend")),
            ([127, 0, 0, 1], 0).into(),
        )
        .unwrap();
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(path("backend/cert.pem"), certified.cert.pem()).unwrap();
        std::fs::write(path("backend/tls-key.pem"), certified.signing_key.serialize_pem()).unwrap();
        let tls = "\n[tls]\ncertificate_file = \"cert.pem\"\nkey_file = \"tls-key.pem\"\npin = true\n";
        std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + tls).unwrap();
        let arguments = ["serve", "--config", config.to_str().unwrap(), "--pairing", "shop-1/main"];
        let (backend, said, _) = start("backend", &arguments, &path("said/backend"));
        let link: Value = serde_json::from_str(&next(&said).line.unwrap()).unwrap();
        let link: PairingLink = link["pairing_link"].as_str().unwrap().parse().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let http = ReqwestTransport::new();
        let mut demo = Self {
            folder,
            secrets: Vec::new(),
            sandbox,
            _sandbox: process,
            backend,
            _backend_said: said,
            link,
            http,
            runtime,
        };
        demo.learn_the_keys(&described);
        let link = demo.link.to_string();
        demo.done(&["till", "pair", &link]);
        demo.secret_key("the till's key", "till/device-key.pem", &["till/device-key.pem"]);
        demo
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn secret_key(&mut self, what: &str, file: &str, at_home: &'static [&'static str]) {
        let pem = std::fs::read_to_string(self.path(file)).unwrap();
        self.secrets.push(Secret::key(what, &pem, at_home));
    }

    /// Every key there is by now. The double has each of WeChat Pay's by its nature.
    fn learn_the_keys(&mut self, described: &str) {
        let described: Value = serde_json::from_str(described).unwrap();
        for merchant in described["merchants"].as_array().unwrap() {
            let text = |name: &str| merchant[name].as_str().unwrap();
            let at_home = &["sandbox/", "backend/shop-"];
            self.secrets.push(Secret::key("a merchant's private key", text("private_key_pem"), at_home));
            self.secrets.push(Secret::text("an APIv3 key", text("api_v3_key"), at_home));
            self.secrets.push(Secret::text("a key of API v2", text("api_v2_key"), at_home));
        }
        self.secret_key("the TLS key", "backend/tls-key.pem", &["backend/tls-key.pem"]);
        let mut files: Vec<PathBuf> = all_files(&self.folder.path().join("backend"));
        files.retain(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            name == "root.pem" || name.starts_with("statement-")
        });
        assert!(files.len() >= 4, "each merchant has a root key and a statement key: {files:?}");
        for file in files {
            let pem = std::fs::read_to_string(&file).unwrap();
            self.secrets.push(Secret::key("a key that signs statements", &pem, &["root.pem", "/statement-"]));
        }
        let link = self.link.to_string();
        let secret = link.split("&s=").nth(1).unwrap().split('&').next().unwrap();
        self.secrets.push(Secret::text("the pairing link's secret", secret, &[]));
    }

    fn people_sign_in(&mut self) {
        self.secrets.push(Secret::text("a PIN", PIN, &[]));
        self.secrets.push(Secret::text("a wrong PIN", WRONG_PIN, &[]));
        let added =
            self.admin(&["people", "add", "cook", "--name", "Cook", "--role", "manager", "--pin-stdin"], PIN);
        assert!(added.status.success(), "{added:?}");
        let refused = self.typed(&["till", "sign-in", "cook"], WRONG_PIN);
        assert!(!refused.status.success(), "{refused:?}");
        let signed_in = self.typed(&["till", "sign-in", "cook"], PIN);
        assert!(signed_in.status.success(), "{signed_in:?}");
        self.done(&["till", "shift", "open", "--float", "100.00"]);
    }

    /// By the code on the screen, by the customer's own code (once refused, once taken), in cash; WeChat Pay's answers are
    /// spoilt meanwhile, which is told.
    fn customers_pay(&mut self) {
        self.secrets.push(Secret::text("a customer's openid", PAYER, &["sandbox/"]));
        for spoilt in ["bad_signature", "system_error", "html"] {
            self.control("faults", &json!([{ "on": "*", "do": spoilt, "times": 1, "after": 1 }]));
        }
        let (_, first) = self.paid_by_code("till charge 12.80 --life 60");
        assert_eq!(first["phase"], "paid", "{first}");

        let shown = self.control("wallet-code", &json!({}));
        let code = shown["auth_code"].as_str().unwrap().to_owned();
        let openid = shown["openid"].as_str().unwrap().to_owned();
        self.secrets.push(Secret::text("a payment code", &code, &["sandbox/"]));
        self.secrets.push(Secret::text("the openid behind a payment code", &openid, &["sandbox/"]));
        self.secrets.push(Secret::text("what was scanned and is no payment code", NO_PAYMENT_CODE, &[]));
        let charged = self.typed(&["till", "charge", "8.00", "--scan"], &code);
        assert!(charged.status.success(), "{charged:?}");
        let refused = self.typed(&["till", "charge", "8.00", "--scan"], NO_PAYMENT_CODE);
        assert!(!refused.status.success(), "{refused:?}");
        self.done(&["till", "charge", "5.00", "--cash"]);
    }

    /// Rings up, pays as its customer and gives the sale's number and its end.
    fn paid_by_code(&self, command: &str) -> (String, Value) {
        let state = self.path("till");
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.extend(["--state", &state]);
        let (say, lines) = channel();
        let log = self.path("said/till-errors");
        let _process = Process::spawn("till", saoma().arg("--json").args(&arguments), Path::new(&log), &say);
        let (mut last, mut paid) = (Value::Null, false);
        while let Some(line) = next(&lines).line {
            self.keep("till", line.as_bytes());
            last = serde_json::from_str(&line).unwrap();
            if let Some(code) = last["code"]["text"].as_str().filter(|_| !paid) {
                paid = true;
                self.control("pay", &json!({ "code_url": code, "payer": PAYER }));
            }
        }
        (last["order_no"].as_str().unwrap().to_owned(), last)
    }

    fn money_goes_back_and_is_accounted_for(&mut self) {
        let (order, _) = self.paid_by_code("till charge 20.00");
        self.done(&["till", "refund", &order, "--amount", "1.00", "--reason", "cold"]);
        for told in [
            "till receipt ORDER",
            "till slip ORDER",
            "till list",
            "till day",
            "till day --backend",
            "till export sales",
            "till people",
            "till diagnosis",
            "till shift close",
            "till sign-out",
        ] {
            self.done(
                &told.split(' ').map(|word| if word == "ORDER" { &order } else { word }).collect::<Vec<_>>(),
            );
        }
        for told in
            ["people", "devices", "sessions", "audit", "audit --verify", "rules", "certificates --reload"]
        {
            let output = self.admin(&told.split(' ').collect::<Vec<_>>(), "");
            assert!(output.status.success(), "{output:?}");
        }
        let health =
            http::Request::get(format!("{}/v1/health", self.link.url)).body(bytes::Bytes::new()).unwrap();
        let health = self.runtime.block_on(self.http.send(health, Peer { tls: self.link.tls })).unwrap();
        self.keep("health", health.body());
    }

    /// Errors about secrets: a link that was used, is cut or has a letter too many; key files that hold another key.
    fn what_is_wrong_is_refused(&mut self) {
        let link = self.link.to_string();
        let secret = link.split("&s=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let longer = link.replace(&secret, &format!("{secret}A"));
        let nobody = link.replace(&self.link.url, "https://127.0.0.1:1");
        for (number, wrong) in [link.as_str(), longer.as_str(), &nobody, &secret].into_iter().enumerate() {
            let state = self.path(&format!("other-till-{number}"));
            let output = self.run(saoma().args(["--json", "till", "--state", &state, "pair", wrong]), "");
            assert!(!output.status.success(), "{output:?}");
        }
        let config = self.path("backend/saoma.toml");
        let right = std::fs::read_to_string(&config).unwrap();
        let table: toml::Table = right.parse().unwrap();
        let account = table["merchants"][0]["wechatpay"].as_table().unwrap();
        let fields =
            account.iter().filter(|(name, _)| name.ends_with("_key_file") && !name.starts_with("public"));
        for (field, own) in fields {
            let was = format!("{field} = {own}");
            for wrong in ["tls-key.pem", "shop-2-api-v2-key", "shop-2-api-v3-key", "shop-2-private-key.pem"] {
                let file = format!("{field} = \"{wrong}\"");
                std::fs::write(self.path("backend/wrong.toml"), right.replacen(&was, &file, 1)).unwrap();
                self.run(
                    saoma().args(["serve", "--check", "--config", &self.path("backend/wrong.toml")]),
                    "",
                );
            }
        }
        let said = std::fs::read_to_string(self.path("said/commands")).unwrap();
        assert!(said.contains("_key_file: "), "a wrong key file is told by its field: {said}");
    }

    /// What was not yet moved from its log stays in the database's.
    fn the_backend_is_killed(&mut self) {
        self.backend.kill();
    }

    /// What each holder of a secret would print if a bug struck while it was at hand.
    fn everything_crashes(&self) {
        let device = std::fs::read_to_string(self.path("till/device-key.pem")).unwrap();
        crash(&self.folder.path().join("said/crash"), &SoftwareKey::from_pem(&device).unwrap());
        crash(&self.folder.path().join("said/crash"), &self.link);
        crash(&self.folder.path().join("said/crash"), &PIN.parse::<Pin>().unwrap());
        crash(&self.folder.path().join("said/crash"), &NO_PAYMENT_CODE.parse::<AuthCode>());
        crash(&self.folder.path().join("said/crash"), &format!("1{}", "0".repeat(17)).parse::<AuthCode>());
        crash(
            &self.folder.path().join("said/crash"),
            &self.link.to_string().get(3..).unwrap().parse::<PairingLink>(),
        );
        let printed = std::fs::read_to_string(self.path("said/crash")).unwrap();
        assert_eq!(printed.matches("it was at hand").count(), 6, "{printed}");
    }

    /// What the till's database has sealed is searched too: its key lies beside it here.
    fn the_tills_database_is_opened(&self) {
        let pem = std::fs::read_to_string(self.path("till/device-key.pem")).unwrap();
        let sealing = SealingKey::new(&SoftwareKey::from_pem(&pem).unwrap().sealing_secret());
        let mut storage = SqliteStorage::open(self.path("till/till.db"), &sealing).unwrap();
        let entries = storage.entries_after(0, u32::MAX).unwrap();
        assert!(entries.len() > 10, "{} entries", entries.len());
        let mut opened: Vec<String> = entries.into_iter().filter_map(|entry| entry.body).collect();
        opened.extend(storage.restore().unwrap().till);
        std::fs::write(self.path("said/opened"), opened.join("\n")).unwrap();
    }

    fn assert_no_secret_is_anywhere_else(&self) {
        let files = all_files(self.folder.path());
        let mut found = Vec::new();
        let mut searched = 0;
        let mut seen_at_home = vec![false; self.secrets.len()];
        for file in &files {
            let bytes = std::fs::read(file).unwrap_or_default();
            let name = file.strip_prefix(self.folder.path()).unwrap().to_str().unwrap();
            searched += bytes.len();
            for (secret, seen) in self.secrets.iter().zip(&mut seen_at_home) {
                let is_at_home = secret.at_home.iter().any(|home| name.contains(home));
                if secret.is_in(&bytes) {
                    *seen |= is_at_home;
                    if !is_at_home {
                        found.push(format!("{} is in {name}", secret.what));
                    }
                }
            }
        }
        println!("{} secrets looked for in {} files, {searched} bytes", self.secrets.len(), files.len());
        assert!(found.is_empty(), "{found:#?}");
        // A search that does not find a secret where it is finds it nowhere.
        for (secret, seen) in self.secrets.iter().zip(seen_at_home) {
            assert!(seen || secret.at_home.is_empty(), "{} was not found at home", secret.what);
        }
        for must in [
            "till/till.db",
            "backend/ledger.sqlite",
            "said/backend",
            "said/till",
            "said/commands",
            "said/opened",
            "said/crash",
        ] {
            assert!(files.iter().any(|file| file.ends_with(must)), "{must} was not searched");
        }
    }

    fn done(&self, arguments: &[&str]) {
        let output = self.typed(arguments, "");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// Runs a command of the till's with a line on its standard input, and keeps what it said.
    fn typed(&self, arguments: &[&str], line: &str) -> Output {
        let state = self.path("till");
        self.run(saoma().arg("--json").args(arguments).args(["--state", &state]), line)
    }

    fn admin(&self, arguments: &[&str], line: &str) -> Output {
        let config = self.path("backend/saoma.toml");
        self.run(
            saoma().args(["--json", "admin", "--merchant", "shop-1", "--config", &config]).args(arguments),
            line,
        )
    }

    fn run(&self, command: &mut std::process::Command, line: &str) -> Output {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that refuses before it reads has gone by now.
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        let output = child.wait_with_output().unwrap();
        self.keep("commands", &output.stdout);
        self.keep("commands", &output.stderr);
        output
    }

    fn keep(&self, name: &str, said: &[u8]) {
        let file = self.path(&format!("said/{name}"));
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        file.write_all(said).and_then(|()| file.write_all(b"\n")).unwrap();
    }

    /// A call of the double's own.
    fn control(&self, call: &str, body: &Value) -> Value {
        let request = http::Request::post(format!("{}/_sandbox/{call}", self.sandbox))
            .header("content-type", "application/json")
            .body(body.to_string().into())
            .unwrap();
        let answer = self.runtime.block_on(self.http.send(request, Peer::default())).unwrap();
        assert!(answer.status().is_success(), "{call}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }
}

fn start(name: &str, arguments: &[&str], log: &str) -> (Process, Receiver<Said>, String) {
    let (say, lines) = channel();
    let mut command = saoma();
    command.arg("--json").args(arguments).env("SAOMA_LOG", "trace");
    let process = Process::spawn(name, &mut command, Path::new(log), &say);
    let first =
        next(&lines).line.unwrap_or_else(|| panic!("{name}: {}", std::fs::read_to_string(log).unwrap()));
    let first = match serde_json::from_str::<Value>(&first) {
        Ok(line) => line["listening"].as_str().unwrap().to_owned(),
        Err(_) => first,
    };
    (process, lines, first)
}

/// Appends what a panic over this prints.
#[expect(clippy::unnecessary_literal_unwrap, reason = "as a bug would meet it")]
fn crash(into: &Path, at_hand: &(impl std::fmt::Debug + Sync)) {
    // What is done at a panic is the whole process's affair.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock();
    let printed = Arc::new(Mutex::new(String::new()));
    let (kept, usual) = (printed.clone(), Arc::new(std::panic::take_hook()));
    let others = usual.clone();
    std::panic::set_hook(Box::new(move |crash| {
        if std::thread::current().name() == Some("crashing") {
            kept.lock().unwrap().push_str(&crash.to_string());
        } else {
            others(crash);
        }
    }));
    std::thread::scope(|scope| {
        let crashing = std::thread::Builder::new().name("crashing".to_owned());
        let crashed = crashing.spawn_scoped(scope, || Err::<(), _>(at_hand).expect("it was at hand"));
        assert!(crashed.unwrap().join().is_err());
    });
    std::panic::set_hook(Box::new(move |crash| usual(crash)));
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(into).unwrap();
    writeln!(file, "{}", printed.lock().unwrap()).unwrap();
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files.extend(all_files(&entry.path()));
        } else if entry.file_type().unwrap().is_file() {
            files.push(entry.path());
        }
    }
    files
}

/// Bytes as they are, and in hexadecimal.
fn forms_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![bytes.into(), hex::encode(bytes).into(), hex::encode_upper(bytes).into()]
}
