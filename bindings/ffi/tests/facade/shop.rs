//! A shop for one test: the double of WeChat Pay, a backend, a folder for tills, and what shells bring.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use saoma_backend::admin::{self, Command};
use saoma_backend::config::{load, write_sandbox_config};
use saoma_backend::{Backend, Deps, NewLink};
use saoma_engine::contract::DeviceRole;
use saoma_ffi::{
    Event, EventListener, HttpTransport, KeyStore, Language, NewSale, Phase, Sale, SaomaError, Subscription,
    Till, TillConfig, Topic,
};
use saoma_sandbox::{ClockMode, Config, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// Everything of a test waits at most so long; it is there to end a test that hangs.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) struct Shop {
    sandbox: Sandbox,
    backend: Backend,
    folder: TempDir,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(Config {
            listen: ([127, 0, 0, 1], 0).into(),
            state_dir: folder.path().join("sandbox"),
            clock: ClockMode::Real,
            seed: None,
            allow_remote: false,
        })
        .await
        .unwrap();
        let description = std::fs::read_to_string(folder.path().join("sandbox/sandbox.json")).unwrap();
        let config =
            write_sandbox_config(&description, &folder.path().join("backend"), ([127, 0, 0, 1], 0).into());
        let backend = Backend::start(load(&config.unwrap()).unwrap(), Deps::real().unwrap()).await.unwrap();
        Self { sandbox, backend, folder }
    }

    /// The backend starts anew, at the same address, for another app than the one that its codes so far were made for: money that
    /// comes by them does not match.
    pub(crate) async fn of_another_app(self) -> Self {
        let Self { sandbox, backend, folder } = self;
        let listen = backend.url().trim_start_matches("http://").to_owned();
        backend.shutdown().await;
        let file = folder.path().join("backend/saoma.toml");
        let line = |line: &str| match line.split_once(" = ") {
            Some(("listen", _)) => format!("listen = {listen:?}"),
            Some(("appid", _)) => "appid = \"wx00000000000000ab\"".to_owned(),
            _ => line.to_owned(),
        };
        let text: Vec<String> = std::fs::read_to_string(&file).unwrap().lines().map(line).collect();
        std::fs::write(&file, text.join("\n")).unwrap();
        let backend = Backend::start(load(&file).unwrap(), Deps::real().unwrap()).await.unwrap();
        Self { sandbox, backend, folder }
    }

    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self, name: &str) -> TillConfig {
        config(&self.place(name))
    }

    pub(crate) async fn link(&self) -> String {
        let new = NewLink {
            merchant: "shop-1".parse().unwrap(),
            store: "main".parse().unwrap(),
            role: DeviceRole::Manager,
            life_s: 3_600,
        };
        self.backend.mint_pairing(new).await.unwrap().0.to_string()
    }

    /// A till that is paired and ready.
    pub(crate) async fn till(&self, name: &str) -> Arc<Till> {
        self.till_with(name, None, None).await
    }

    pub(crate) async fn till_with(
        &self,
        name: &str,
        key_store: Option<Arc<dyn KeyStore>>,
        transport: Option<Arc<dyn HttpTransport>>,
    ) -> Arc<Till> {
        let till = Till::open(self.config(name), key_store, transport).await.unwrap();
        till.pair(self.link().await, "counter".to_owned()).await.unwrap();
        till
    }

    /// The customer scans the sale's code and pays.
    pub(crate) async fn pay(&self, sale: &Sale) {
        let code = sale.code.as_ref().expect("a code is shown");
        self.customer("pay", &json!({ "code_url": code.text })).await;
    }

    /// A payment code on the customer's phone; charging it asks for a password if it is told so.
    pub(crate) async fn payment_code(&self, password: bool) -> String {
        let shown = self.customer("wallet-code", &json!({ "password": password })).await;
        shown["auth_code"].as_str().unwrap().to_owned()
    }

    /// The customer does something at the double of WeChat Pay.
    pub(crate) async fn customer(&self, call: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{call}", self.sandbox.base_url());
        let request = http::Request::post(url)
            .header("content-type", "application/json")
            .body(body.to_string().into())
            .unwrap();
        let transport = saoma_engine::ReqwestTransport::new();
        let answer =
            saoma_engine::Transport::send(&transport, request, saoma_engine::Peer::default()).await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    /// What the merchant's administrator does at the running backend.
    pub(crate) async fn admin(&self, command: Value) -> Value {
        let command: Command = serde_json::from_value(command).unwrap();
        admin::ask(&self.place("backend"), &command).await.unwrap()
    }

    pub(crate) async fn close(self) {
        self.backend.shutdown().await;
        self.sandbox.shutdown().await;
    }
}

pub(crate) fn config(folder: &std::path::Path) -> TillConfig {
    TillConfig {
        folder: folder.to_str().unwrap().to_owned(),
        language: Some(Language::English),
        limits: None,
        announcing: None,
        key_was_lost: false,
    }
}

pub(crate) fn tea() -> NewSale {
    NewSale {
        minor: 1280,
        description: "Tea".to_owned(),
        note: None,
        reference: None,
        lines: Vec::new(),
        business_key: None,
        by_code: false,
        in_cash: false,
        life_s: None,
    }
}

/// Rings up a sale and waits until it can be paid.
pub(crate) async fn rung_up(till: &Till) -> Sale {
    let order_no = till.new_order_no();
    till.charge(order_no.clone(), tea()).await.unwrap();
    sale_until(till, &order_no, |sale| sale.phase == Phase::Awaiting).await
}

/// Watches a sale until it is so.
pub(crate) async fn sale_until(till: &Till, order_no: &str, so: impl Fn(&Sale) -> bool) -> Sale {
    let mut events = Events::of(till, Topic::Sale { order_no: order_no.to_owned() });
    loop {
        match events.next().await {
            Event::Sale { sale } if so(&sale) => return sale,
            Event::Sale { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// A shell's listener that keeps what it hears.
struct Ear(mpsc::UnboundedSender<Event>);

impl EventListener for Ear {
    fn on_event(&self, event: Event) -> Result<(), SaomaError> {
        // A test that has heard enough is not sorry.
        let _ = self.0.send(event);
        Ok(())
    }
}

pub(crate) struct Events {
    heard: Mutex<mpsc::UnboundedReceiver<Event>>,
    pub(crate) subscription: Arc<Subscription>,
}

impl Events {
    pub(crate) fn of(till: &Till, topic: Topic) -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        let subscription = till.subscribe(topic, Arc::new(Ear(sender))).unwrap();
        Self { heard: Mutex::new(heard), subscription }
    }

    /// What is heard next; none once the listener was let go.
    pub(crate) async fn heard(&mut self) -> Option<Event> {
        let heard = self.heard.get_mut().unwrap();
        tokio::time::timeout(PATIENCE, heard.recv()).await.expect("something is heard within a minute")
    }

    pub(crate) async fn next(&mut self) -> Event {
        self.heard().await.expect("the subscription goes on")
    }
}
