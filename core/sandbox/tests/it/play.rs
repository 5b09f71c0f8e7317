//! What the tests play with: a running sandbox, merchants that sign and verify, a receiver of notifications.
//!
//! The client here is written apart from the sandbox's own code, but for the RSA and AES primitives.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
};

use axum::{Router, extract::State, routing::post};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use saoma_sandbox::{ClockMode, Config, Sandbox};
use saoma_wechatpay::{
    aead::Apiv3Key,
    keys::{RsaSigner, RsaVerifier, Signer},
    v2::ApiKey,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;

/// A state folder that has been started once. Making keys is slow, so all tests copy this one.
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

pub fn config(state_dir: &Path) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        state_dir: state_dir.to_owned(),
        clock: ClockMode::Manual,
        seed: Some(1),
        allow_remote: false,
    }
}

/// A folder with keys, on which no double runs yet.
pub fn copied() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::copy(MADE.path().join("sandbox.db"), folder.path().join("sandbox.db")).unwrap();
    folder
}

/// A running sandbox in a folder of its own.
pub struct Stage {
    pub sandbox: Sandbox,
    pub folder: TempDir,
    pub told: Value,
}

impl Stage {
    pub async fn set() -> Self {
        Self::in_folder(copied()).await
    }

    pub async fn in_folder(folder: TempDir) -> Self {
        let config = config(folder.path());
        Self::started(folder, config).await
    }

    pub async fn on_the_real_clock() -> Self {
        let folder = copied();
        let config = Config { clock: ClockMode::Real, ..config(folder.path()) };
        Self::started(folder, config).await
    }

    async fn started(folder: TempDir, config: Config) -> Self {
        let sandbox = Sandbox::start(config).await.unwrap();
        let told = serde_json::from_slice(&fs::read(folder.path().join("sandbox.json")).unwrap()).unwrap();
        Self { sandbox, folder, told }
    }

    /// Stops the sandbox and starts it again on the same folder.
    pub async fn again(self) -> Self {
        self.sandbox.shutdown().await;
        Self::in_folder(self.folder).await
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn url(&self, target: &str) -> String {
        format!("{}{target}", self.sandbox.base_url())
    }

    /// The merchant that verifies by certificate.
    pub fn merchant(&self) -> Merchant {
        Merchant::of(&self.told, 0)
    }

    /// The merchant that verifies by public key.
    pub fn other_merchant(&self) -> Merchant {
        Merchant::of(&self.told, 1)
    }

    /// The service provider.
    pub fn partner(&self) -> Merchant {
        Merchant::of(&self.told, 2)
    }

    /// A `/_sandbox/…` call with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = client().post(self.url(path)).header("Content-Type", "application/json");
        read(request.body(body.to_string()).send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = read(client().get(self.url(path)).send().await.unwrap()).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn pay(&self, code_url: &str) -> Value {
        self.pay_with(json!({ "code_url": code_url })).await
    }

    pub async fn pay_with(&self, body: Value) -> Value {
        let (status, told) = self.post("/_sandbox/pay", body).await;
        assert_eq!(status, 200, "{told}");
        told
    }

    pub async fn advance(&self, seconds: i64) {
        let (status, told) = self.post("/_sandbox/clock", json!({ "advance_seconds": seconds })).await;
        assert_eq!(status, 200, "{told}");
    }

    pub async fn fault(&self, rule: Value) {
        let (status, told) = self.post("/_sandbox/faults", json!([rule])).await;
        assert_eq!(status, 200, "{told}");
    }

    /// The tries of the only notification there is.
    pub async fn tries(&self) -> Vec<Value> {
        let notifications = self.get("/_sandbox/notifications").await;
        assert_eq!(notifications.as_array().unwrap().len(), 1, "{notifications}");
        notifications[0]["tries"].as_array().unwrap().clone()
    }
}

pub fn client() -> reqwest::Client {
    static CLIENT: LazyLock<()> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    LazyLock::force(&CLIENT);
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn read(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_else(|_| panic!("not JSON: {body:?}")))
}

/// An answer of WeChat Pay's side.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }

    /// What follows the last `-` of `Request-ID`.
    pub fn tail(&self) -> &str {
        self.header("Request-ID").rsplit_once('-').unwrap().1
    }

    /// Status, code and tail, to compare with a table.
    pub fn refusal(&self) -> (u16, String, String) {
        (self.status, self.json()["code"].as_str().unwrap().to_owned(), self.tail().to_owned())
    }
}

/// A merchant's own side: signs requests, verifies answers, opens what is sealed.
#[derive(Clone)]
pub struct Merchant {
    pub mchid: String,
    pub appid: String,
    pub serial_no: String,
    pub signer: Arc<RsaSigner>,
    pub api_v3_key: Apiv3Key,
    pub api_v2_key: ApiKey,
    pub verifier: RsaVerifier,
}

/// A request before it is sent, to be bent by tests.
pub struct Bent<'a> {
    pub method: Method,
    pub target: &'a str,
    pub body: Vec<u8>,
    pub timestamp: i64,
    pub headers: Vec<(&'a str, String)>,
    pub signed_body: Option<Vec<u8>>,
    pub signed_target: Option<&'a str>,
    pub mchid: String,
    pub serial_no: String,
}

impl Merchant {
    fn of(told: &Value, index: usize) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (merchant, platform) = (&told["merchants"][index], &told["platform"]);
        let serial_no = text(&merchant["certificate_serial_no"]);
        let verifier = match merchant["verify_with"].as_str().unwrap() {
            "certificate" => RsaVerifier::from_certificate_pem(&text(&platform["certificate_pem"])).unwrap(),
            _ => RsaVerifier::from_public_key_pem(
                &text(&platform["public_key_id"]),
                &text(&platform["public_key_pem"]),
            )
            .unwrap(),
        };
        Self {
            mchid: text(&merchant["mchid"]),
            appid: text(&merchant["appid"]),
            signer: Arc::new(RsaSigner::from_pem(&serial_no, &text(&merchant["private_key_pem"])).unwrap()),
            api_v3_key: Apiv3Key::new(text(&merchant["api_v3_key"]).as_bytes()).unwrap(),
            api_v2_key: ApiKey::new(text(&merchant["api_v2_key"]).as_bytes()).unwrap(),
            serial_no,
            verifier,
        }
    }

    /// The body of an order of 12.80 yuan.
    pub fn order(&self, out_trade_no: &str) -> Value {
        json!({
            "appid": self.appid,
            "mchid": self.mchid,
            "description": "绿豆咖啡-拿铁",
            "out_trade_no": out_trade_no,
            "notify_url": "http://127.0.0.1:9/notify",
            "amount": { "total": 1280 },
        })
    }

    pub async fn place(&self, stage: &Stage, body: &Value) -> Reply {
        self.post(stage, "/v3/pay/transactions/native", body).await
    }

    /// Places an order that must succeed, and gives its code.
    pub async fn code_of(&self, stage: &Stage, body: &Value) -> String {
        let reply = self.place(stage, body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["code_url"].as_str().unwrap().to_owned()
    }

    pub async fn query(&self, stage: &Stage, out_trade_no: &str) -> Reply {
        let target = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={}", self.mchid);
        self.get(stage, &target).await
    }

    pub async fn trade_state(&self, stage: &Stage, out_trade_no: &str) -> String {
        let reply = self.query(stage, out_trade_no).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["trade_state"].as_str().unwrap().to_owned()
    }

    pub async fn close(&self, stage: &Stage, out_trade_no: &str) -> Reply {
        let target = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
        self.post(stage, &target, &json!({ "mchid": self.mchid })).await
    }

    /// The body of a refund of so much of an order of 12.80 yuan.
    pub fn refund_of(&self, out_trade_no: &str, out_refund_no: &str, refund: i64) -> Value {
        json!({
            "out_trade_no": out_trade_no,
            "out_refund_no": out_refund_no,
            "amount": { "refund": refund, "total": 1280, "currency": "CNY" },
        })
    }

    pub async fn refund(&self, stage: &Stage, body: &Value) -> Reply {
        self.post(stage, "/v3/refund/domestic/refunds", body).await
    }

    pub async fn query_refund(&self, stage: &Stage, out_refund_no: &str) -> Reply {
        self.get(stage, &format!("/v3/refund/domestic/refunds/{out_refund_no}")).await
    }

    /// Places an order of 12.80 yuan and pays it.
    pub async fn paid(&self, stage: &Stage, out_trade_no: &str) -> Value {
        let code = self.code_of(stage, &self.order(out_trade_no)).await;
        stage.pay(&code).await
    }

    pub async fn get(&self, stage: &Stage, target: &str) -> Reply {
        self.send(stage, self.bent(Method::GET, target, Vec::new())).await.unwrap()
    }

    pub async fn post(&self, stage: &Stage, target: &str, body: &Value) -> Reply {
        self.send(stage, self.bent(Method::POST, target, body.to_string().into_bytes())).await.unwrap()
    }

    /// A good request, before anything is bent.
    pub fn bent<'a>(&self, method: Method, target: &'a str, body: Vec<u8>) -> Bent<'a> {
        let mut headers =
            vec![("Accept", "application/json".to_owned()), ("User-Agent", "sandbox-tests/1".to_owned())];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json".to_owned()));
        }
        Bent {
            method,
            target,
            body,
            timestamp: Timestamp::now().as_second(),
            headers,
            signed_body: None,
            signed_target: None,
            mchid: self.mchid.clone(),
            serial_no: self.serial_no.clone(),
        }
    }

    /// The Authorization header of a request.
    pub fn authorization(&self, request: &Bent<'_>) -> String {
        let nonce = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
        let body = request.signed_body.as_ref().unwrap_or(&request.body);
        let target = request.signed_target.unwrap_or(request.target);
        let mut text = format!("{}\n{target}\n{}\n{nonce}\n", request.method, request.timestamp).into_bytes();
        text.extend_from_slice(body);
        text.push(b'\n');
        let signature = STANDARD.encode(self.signer.sign(&text).unwrap());
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{}\",serial_no=\"{}\",\
             signature=\"{signature}\"",
            request.mchid, request.timestamp, request.serial_no,
        )
    }

    /// Signs and sends. A success must be signed by WeChat Pay, and its Request-ID say so.
    pub async fn send(&self, stage: &Stage, request: Bent<'_>) -> Result<Reply, reqwest::Error> {
        let reply = self.send_unverified(stage, request).await?;
        if (200..300).contains(&reply.status) {
            self.verify(&reply.headers, &reply.body).unwrap();
            assert_eq!(reply.tail(), "0");
        } else {
            assert!(reply.headers.get("Wechatpay-Signature").is_none(), "errors are not signed");
        }
        Ok(reply)
    }

    /// Signs and sends, and believes whatever comes.
    pub async fn send_unverified(&self, stage: &Stage, request: Bent<'_>) -> Result<Reply, reqwest::Error> {
        let mut sent = client()
            .request(request.method.clone(), stage.url(request.target))
            .header("Authorization", self.authorization(&request))
            .body(request.body.clone());
        for (name, value) in &request.headers {
            sent = sent.header(*name, value);
        }
        let answer = sent.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Reply { status, headers, body: answer.bytes().await? })
    }

    /// Verifies an answer or a notification as WeChat Pay's clients do.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).ok_or(format!("no {name}"));
        let (timestamp, nonce) = (text("Wechatpay-Timestamp")?, text("Wechatpay-Nonce")?);
        let age = timestamp.parse::<i64>().unwrap().abs_diff(Timestamp::now().as_second());
        if age >= 300 {
            return Err(format!("signed {age} seconds ago"));
        }
        if text("Wechatpay-Signature-Type")? != "WECHATPAY2-SHA256-RSA2048" {
            return Err("another signature type".into());
        }
        if text("Wechatpay-Serial")? != self.verifier.serial().as_str() {
            return Err("unknown serial".into());
        }
        let signature = STANDARD.decode(text("Wechatpay-Signature")?).map_err(|e| e.to_string())?;
        let mut signed = format!("{timestamp}\n{nonce}\n").into_bytes();
        signed.extend_from_slice(body);
        signed.push(b'\n');
        self.verifier.verify_signature(&signed, &signature).map_err(|_| "bad signature".to_owned())
    }

    /// Verifies a notification and opens the transaction in it.
    pub fn open(&self, notification: &Notified) -> Result<Value, String> {
        self.verify(&notification.headers, &notification.body)?;
        let envelope: Value = serde_json::from_slice(&notification.body).unwrap();
        let resource = &envelope["resource"];
        let text = |name: &str| resource[name].as_str().unwrap();
        let opened = self.api_v3_key.open(text("nonce"), text("associated_data"), text("ciphertext"));
        Ok(serde_json::from_slice(&opened.map_err(|e| e.to_string())?).unwrap())
    }
}

/// A notification as it arrived.
#[derive(Debug, Clone)]
pub struct Notified {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A merchant's notification endpoint.
pub struct Receiver {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    arrived: Mutex<Vec<Notified>>,
    says: &'static str,
    /// Answers with these, in turn; with the last one from then on.
    answers: Mutex<Vec<u16>>,
    changed: Notify,
}

impl Receiver {
    pub async fn answering(answers: &[u16]) -> Self {
        Self::saying(answers, "").await
    }

    /// One that says something besides its status, as API v2 wants it.
    pub async fn saying(answers: &[u16], says: &'static str) -> Self {
        let shared = Arc::new(Shared {
            arrived: Mutex::default(),
            says,
            answers: Mutex::new(answers.iter().rev().copied().collect()),
            changed: Notify::new(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notify/main", listener.local_addr().unwrap());
        let routes = Router::new().route("/notify/main", post(receive)).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, shared }
    }

    /// Waits until so many have arrived, and gives them.
    pub async fn arrived(&self, count: usize) -> Vec<Notified> {
        loop {
            let changed = self.shared.changed.notified();
            let arrived = self.shared.arrived.lock().unwrap().clone();
            if arrived.len() >= count {
                return arrived;
            }
            changed.await;
        }
    }

    pub fn count(&self) -> usize {
        self.shared.arrived.lock().unwrap().len()
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    shared.arrived.lock().unwrap().push(Notified { headers, body });
    shared.changed.notify_waiters();
    let mut answers = shared.answers.lock().unwrap();
    let status = if answers.len() > 1 { answers.pop().unwrap() } else { answers[0] };
    (StatusCode::from_u16(status).unwrap(), shared.says)
}
