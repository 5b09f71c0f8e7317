//! A shop for a test: the double of WeChat Pay, a backend, a clock that is moved by hand, and tills.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request};
use saoma_backend::clock::{Clock, SystemRandom};
use saoma_backend::{Backend, Deps, NewLink, config};
use saoma_contract::statement::{Checked, TrustedKeys};
use saoma_contract::{
    Bundle, ClockTrust, CreateOrder, Currency, DeviceRole, DeviceSigner as _, Jws, Line, Method as PayMethod,
    Order, OrderBody, OrderNo, Origin, PairDevice, PairingLink, Problem, SignedOrder, SoftwareKey, Time,
    path, request_signature,
};
use saoma_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::counter::Speaks;
use crate::double;

/// A clock that stands still until a test moves it.
#[derive(Clone)]
pub struct HandClock(watch::Sender<Time>);

impl HandClock {
    /// It begins with the machine's time.
    pub fn new() -> Self {
        Self(watch::channel(Time::from_unix_ms(jiff::Timestamp::now().as_millisecond())).0)
    }

    pub fn advance_s(&self, seconds: i64) {
        self.0.send_modify(|now| *now = now.plus_ms(seconds * 1000));
    }
}

impl Clock for HandClock {
    fn now(&self) -> Time {
        *self.0.borrow()
    }

    fn monotonic_ms(&self) -> i64 {
        self.0.borrow().unix_ms()
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            if now.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

impl saoma_sandbox::Clock for HandClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.borrow().unix_ms().try_into().unwrap())
    }
}

pub struct World {
    pub sandbox: Sandbox,
    pub backend: Option<Backend>,
    pub clock: HandClock,
    pub client: reqwest::Client,
    pub folder: tempfile::TempDir,
    pub merchant: &'static str,
    pub speaks: Speaks,
}

/// A call to WeChat Pay.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    Native,
    Query,
    Close,
    CodePay,
    Refund,
    RefundQuery,
}

/// Tests of each story, for each way that a merchant speaks with WeChat Pay.
macro_rules! in_each_protocol {
    ($($story:ident)*) => {
        mod over_v3 {
            $(#[tokio::test] async fn $story() { super::$story(crate::counter::Speaks::V3).await })*
        }
        mod over_v2 {
            $(#[tokio::test] async fn $story() { super::$story(crate::counter::Speaks::V2Hmac).await })*
        }
        mod of_a_sub_merchant {
            $(#[tokio::test] async fn $story() { super::$story(crate::counter::Speaks::V3Partner).await })*
        }
    };
}
pub(crate) use in_each_protocol;

/// Nothing in a test waits longer for an event.
pub const PATIENCE: Duration = Duration::from_secs(30);

static NUMBERS: AtomicU64 = AtomicU64::new(1);

impl World {
    /// A shop whose merchant verifies WeChat Pay by its public key.
    pub async fn new() -> Self {
        Self::with("public_key").await
    }

    /// A shop whose merchant verifies WeChat Pay this way.
    pub async fn with(verify_with: &str) -> Self {
        let mut world = Self::prepared(verify_with).await;
        world.start().await;
        world
    }

    /// Everything but the backend.
    async fn prepared(verify_with: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = HandClock::new();
        let sandbox = double::start(&folder.path().join("sandbox"), &clock).await;
        let described = std::fs::read_to_string(folder.path().join("sandbox/sandbox.json")).unwrap();
        config::write_sandbox_config(&described, &folder.path().join("state"), ([127, 0, 0, 1], 0).into())
            .unwrap();
        let merchants: Value = serde_json::from_str(&described).unwrap();
        let of_mode =
            merchants["merchants"].as_array().unwrap().iter().position(|m| m["verify_with"] == verify_with);
        let merchant = ["shop-1", "shop-2", "shop-3"][of_mode.unwrap()];
        let client = reqwest::Client::builder().no_proxy().build();
        Self {
            sandbox,
            backend: None,
            clock,
            client: match client {
                Ok(client) => client,
                Err(_) => {
                    let _ = rustls::crypto::ring::default_provider().install_default();
                    reqwest::Client::builder().no_proxy().build().unwrap()
                }
            },
            folder,
            merchant,
            speaks: Speaks::V3,
        }
    }

    /// A shop whose merchant speaks so with WeChat Pay.
    pub async fn speaking(speaks: Speaks) -> Self {
        let mut world = Self::prepared("public_key").await;
        world.speaks = speaks;
        let path = world.state_dir().join("saoma.toml");
        let mut config: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let merchants = config["merchants"].as_array_mut().unwrap();
        let shop = merchants.iter_mut().find(|shop| shop["id"].as_str() == Some(world.merchant)).unwrap();
        let account = shop["wechatpay"].as_table_mut().unwrap();
        world.speak(account);
        std::fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
        world.start().await;
        world
    }

    /// Writes an account that speaks as this world does, from one over v3.
    fn speak(&self, account: &mut toml::Table) {
        let described = std::fs::read_to_string(self.folder.path().join("sandbox/sandbox.json")).unwrap();
        let described: Value = serde_json::from_str(&described).unwrap();
        let all = described["merchants"].as_array().unwrap();
        let own = account["mchid"].as_str().unwrap().to_owned();
        let is_provider = |one: &Value| one["sub_merchants"].as_array().is_some_and(|subs| !subs.is_empty());
        let fits =
            |one: &&Value| if self.speaks.is_partner() { is_provider(one) } else { one["mchid"] == *own };
        let merchant = all.iter().find(fits).unwrap();
        let text = |name: &str| merchant[name].as_str().unwrap();
        let mut set = |field: &str, value: &str| account.insert(field.to_owned(), value.into());
        for (field, name) in [("mchid", "mchid"), ("appid", "appid")] {
            set(field, text(name));
        }
        if self.speaks.is_partner() {
            set("sub_mchid", merchant["sub_merchants"][0]["mchid"].as_str().unwrap());
        }
        let file = |name: &str, text: &str| std::fs::write(self.state_dir().join(name), text).unwrap();
        if self.speaks.is_v3() {
            set("serial_no", text("certificate_serial_no"));
            for (field, name) in [("private_key_file", "private_key_pem"), ("api_v3_key_file", "api_v3_key")]
            {
                file(name, text(name));
                set(field, name);
            }
            return;
        }
        file("v2-key", text("api_v2_key"));
        set("protocol", "v2");
        set("api_v2_key_file", "v2-key");
        set("sign_type", if self.speaks == Speaks::V2Md5 { "MD5" } else { "HMAC-SHA256" });
        for of_v3 in ["serial_no", "private_key_file", "api_v3_key_file", "public_key_id", "public_key_file"]
        {
            account.remove(of_v3);
        }
    }

    /// Where the merchant's calls go, as a fault is planned.
    pub fn at(&self, call: Call) -> &'static str {
        let (v3, v2) = match call {
            Call::Native => ("POST */transactions/native", "/pay/unifiedorder"),
            Call::Query => ("GET */transactions/out-trade-no/*", "/pay/orderquery"),
            Call::Close => ("POST */out-trade-no/*/close", "/pay/closeorder"),
            Call::CodePay => ("POST */transactions/codepay", "/pay/micropay"),
            Call::Refund => ("POST /v3/refund/domestic/refunds", "/secapi/pay/refund"),
            Call::RefundQuery => ("GET /v3/refund/*", "/pay/refundquery"),
        };
        if self.speaks.is_v3() { v3 } else { v2 }
    }

    pub fn state_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("state")
    }

    /// Starts the backend on what the folder holds.
    pub async fn start(&mut self) {
        let config = load(&self.state_dir());
        let deps = Deps {
            clock: Arc::new(self.clock.clone()),
            random: Arc::new(SystemRandom),
            ..Deps::real().unwrap()
        };
        self.backend = Some(Backend::start(config, deps).await.unwrap());
    }

    /// Stops the backend and keeps what it wrote.
    pub async fn stop(&mut self) {
        self.backend.take().unwrap().shutdown().await;
    }

    pub fn backend(&self) -> &Backend {
        self.backend.as_ref().unwrap()
    }

    /// A link for a store of any merchant.
    pub async fn link_at(&self, merchant: &str, store: &str, role: DeviceRole) -> PairingLink {
        let (merchant, store) = (merchant.parse().unwrap(), store.parse().unwrap());
        let new = NewLink { merchant, store, role, life_s: 600 };
        self.backend().mint_pairing(new).await.unwrap().0
    }

    /// Pairs a till.
    pub async fn till(&self, role: DeviceRole) -> Till {
        self.till_at(self.merchant, "main", role).await
    }

    /// Pairs a till in a store of any merchant.
    pub async fn till_at(&self, merchant: &str, store: &str, role: DeviceRole) -> Till {
        let link = self.link_at(merchant, store, role).await;
        let key = new_key();
        let body = serde_json::to_vec(&PairDevice {
            secret: link.secret.clone(),
            key: key.public_key(),
            name: "counter 1".parse().unwrap(),
        })
        .unwrap();
        let answer = self.signed(&key, "new", Method::POST, path::PAIRINGS, body).await;
        assert_eq!(answer.status(), 201);
        let bundle: Bundle = answer.json().await.unwrap();
        let trusted = TrustedKeys::verify(bundle.keys.clone(), &bundle.merchant.id, &link.root).unwrap();
        Till { key, bundle, trusted, person: None }
    }

    /// Sends a signed request.
    pub async fn signed(
        &self,
        key: &SoftwareKey,
        keyid: &str,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> reqwest::Response {
        let request = self.request(key, keyid, method, path, body);
        self.send(request).await
    }

    pub fn request(
        &self,
        key: &SoftwareKey,
        keyid: &str,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Request<Bytes> {
        self.request_of(key, keyid, None, method, path, body)
    }

    /// A signed request that may name a person.
    pub fn request_of(
        &self,
        key: &SoftwareKey,
        keyid: &str,
        person: Option<&str>,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Request<Bytes> {
        let uri = format!("{}{path}", self.backend().url());
        let mut request = Request::builder().method(method).uri(uri).body(Bytes::from(body)).unwrap();
        if !request.body().is_empty() {
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        }
        if let Some(person) = person {
            request.headers_mut().insert(request_signature::PERSON_HEADER, person.parse().unwrap());
        }
        let mut nonce = [3; 16];
        nonce[..8].copy_from_slice(&NUMBERS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        request_signature::sign(&mut request, keyid, self.clock.now(), nonce, None, key).unwrap();
        request
    }

    pub async fn send(&self, request: Request<Bytes>) -> reqwest::Response {
        let (parts, body) = request.into_parts();
        let sent = self.client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        tokio::time::timeout(PATIENCE, sent.send()).await.unwrap().unwrap()
    }

    /// Calls the sandbox's own doors.
    pub async fn play(&self, door: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{door}", self.sandbox.base_url());
        let sent = self.client.post(url).json(&body).send().await.unwrap();
        assert!(sent.status().is_success(), "{door}: {}", sent.text().await.unwrap());
        sent.json().await.unwrap()
    }

    pub async fn held(&self, door: &str) -> Value {
        let url = format!("{}/_sandbox/{door}", self.sandbox.base_url());
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// What became of the first notification. The shop's answer may still be on its way when a till knows of the money.
    pub async fn notified(&self) -> Value {
        tokio::time::timeout(PATIENCE, async {
            loop {
                let state = self.held("notifications").await[0]["state"].take();
                if state != "waiting" {
                    return state;
                }
            }
        })
        .await
        .unwrap()
    }

    pub async fn fault(&self, on: &str, fault: &str, times: u32) {
        self.play("faults", json!([{ "on": on, "do": fault, "times": times }])).await;
    }

    pub async fn clear_faults(&self) {
        let url = format!("{}/_sandbox/faults", self.sandbox.base_url());
        self.client.delete(url).send().await.unwrap();
    }

    /// The customer pays the code on the till.
    pub async fn pay(&self, order: &Order) -> Value {
        self.play("pay", json!({ "code_url": code_text(order) })).await
    }

    /// Moves the shop's time and WeChat Pay's.
    pub async fn advance_s(&self, seconds: i64) {
        self.play("clock", json!({ "advance_seconds": seconds })).await;
        self.clock.advance_s(seconds);
    }

    /// Waits until the backend's order is as wanted, woken by its changes only.
    pub async fn until(&self, till: &Till, order_no: &OrderNo, is_it: impl Fn(&Order) -> bool) -> Order {
        let mut changes = self.backend().shop().hub.watch_order(order_no);
        tokio::time::timeout(PATIENCE, async {
            loop {
                let order = self.get(till, order_no).await;
                if is_it(&order) {
                    return order;
                }
                changes.changed().await.unwrap();
            }
        })
        .await
        .unwrap()
    }

    pub async fn get(&self, till: &Till, order_no: &OrderNo) -> Order {
        order_of(till.call(self, Method::GET, &path::order(order_no), json!(null)).await, 200).await
    }

    pub async fn put(&self, till: &Till, jws: &Jws, order_no: &OrderNo) -> reqwest::Response {
        let body = CreateOrder { order: jws.clone(), statements: vec![], cash: None };
        till.call(self, Method::PUT, &path::order(order_no), serde_json::to_value(body).unwrap()).await
    }

    /// Rings up an amount and gives the order with its code.
    pub async fn ring_up(&self, till: &Till, amount: i64) -> Order {
        let signed = till.sign(till.body(amount, self.clock.now()));
        let order = order_of(self.put(till, signed.jws(), &signed.body().order_no).await, 201).await;
        assert_eq!(order.state.as_str(), "awaiting", "{order:?}");
        order
    }

    pub async fn close(&self, till: &Till, order: &Order) -> Order {
        let body = json!({ "attempt": order.last_attempt().map_or(1, |last| last.attempt.get()) });
        order_of(till.call(self, Method::POST, &path::close(&order.order_no), body).await, 200).await
    }
}

pub fn load(state_dir: &Path) -> config::Config {
    match config::load(&state_dir.join("saoma.toml")) {
        Ok(config) => config,
        Err(problems) => panic!("{problems:?}"),
    }
}

pub fn code_text(order: &Order) -> String {
    order.last_attempt().unwrap().code.as_ref().unwrap().text.clone()
}

pub async fn order_of(answer: reqwest::Response, status: u16) -> Order {
    let (was, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(was, status, "{text}");
    serde_json::from_str(&text).unwrap()
}

pub async fn problem_of(answer: reqwest::Response) -> Problem {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.status, status);
    problem
}

pub fn new_key() -> SoftwareKey {
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    SoftwareKey::from_random(&Zeroizing::new(bytes)).unwrap()
}

/// Lets the shop's time pass until the order is as wanted.
pub async fn in_time(
    world: &World,
    till: &Till,
    order_no: &OrderNo,
    is_it: impl Fn(&Order) -> bool,
) -> Order {
    for _ in 0..600 {
        let order = world.get(till, order_no).await;
        if is_it(&order) {
            return order;
        }
        world.advance_s(1).await;
    }
    panic!("{order_no} never came so far: {:?}", world.get(till, order_no).await);
}

/// A paired device.
pub struct Till {
    pub key: SoftwareKey,
    pub bundle: Bundle,
    pub trusted: TrustedKeys,
    /// Who is signed in, as its requests say.
    pub person: Option<&'static str>,
}

impl Till {
    pub async fn call(&self, world: &World, method: Method, path: &str, body: Value) -> reqwest::Response {
        let body = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
        let device = self.bundle.device.as_str();
        let request = world.request_of(&self.key, device, self.person, method, path, body);
        world.send(request).await
    }

    pub fn body(&self, amount: i64, now: Time) -> OrderBody {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        OrderBody {
            merchant: self.bundle.merchant.id.clone(),
            store: self.bundle.store.id.clone(),
            device: self.bundle.device.clone(),
            staff: None,
            origin: Origin::Till,
            order_no: OrderNo::new(u64::try_from(now.unix_ms()).unwrap(), random),
            amount,
            currency: Currency::CNY,
            lines: vec![Line { no: 1, amount, reference: None }],
            business_key: None,
            description: "绿豆咖啡-拿铁".parse().unwrap(),
            note: None,
            method: PayMethod::WechatpayQr,
            life_s: 60,
            made_at: now,
            clock: ClockTrust::Server,
        }
    }

    pub fn sign(&self, body: OrderBody) -> SignedOrder {
        SignedOrder::sign(body, &self.key).unwrap()
    }

    /// The kinds of the statements of an order, all verified.
    pub fn statements(&self, order: &Order) -> Vec<Checked> {
        order.statements.iter().map(|jws| self.trusted.check(jws).unwrap()).collect()
    }
}
