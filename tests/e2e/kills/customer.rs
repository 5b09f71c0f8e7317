//! Who pays, and what WeChat Pay holds of it.

use saoma_engine::{Peer, ReqwestTransport, Transport as _};
use serde_json::{Value, json};

/// What becomes of a payment while the sandbox is being killed is read from its books.
pub struct Customer {
    runtime: tokio::runtime::Runtime,
    http: ReqwestTransport,
    url: String,
}

impl Customer {
    pub fn new(url: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, http: ReqwestTransport::new(), url: url.to_owned() }
    }

    fn request(&self, method: &str, path: &str, body: String) -> http::Request<bytes::Bytes> {
        http::Request::builder()
            .method(method)
            .uri(format!("{}/_sandbox/{path}", self.url))
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap()
    }

    /// Nobody waits for what becomes of it.
    fn try_to(&self, path: &str, body: &Value) {
        let request = self.request("POST", path, body.to_string());
        self.runtime.spawn(self.http.send(request, Peer::default()));
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let request = self.request(method, path, body.to_string());
        let answer = self.runtime.block_on(self.http.send(request, Peer::default())).ok()?;
        assert!(answer.status().is_success(), "{path}: {:?}", answer.body());
        Some(serde_json::from_slice(answer.body()).unwrap())
    }

    pub fn pay(&self, code: &str, outcome: &str) {
        self.try_to("pay", &json!({ "code_url": code, "outcome": outcome }));
    }

    /// Types the password that a charge of this payment code waits for.
    pub fn types_password(&self, payment_code: &str) {
        self.try_to("pay", &json!({ "auth_code": payment_code, "outcome": "success" }));
    }

    /// A fresh payment code; none while the sandbox is dead.
    pub fn shows_payment_code(&self, password: bool) -> Option<String> {
        let shown = self.ask("POST", "wallet-code", &json!({ "password": password }))?;
        Some(shown["auth_code"].as_str().unwrap().to_owned())
    }

    /// A customer whose last step was lost with a killed process would else block the close for minutes.
    pub fn leaves_every_password_page(&self) {
        for order in self.held("orders") {
            if matches!(order["trade_state"].as_str(), Some("NOTPAY" | "USERPAYING")) {
                let body = json!({
                    "mchid": order["mchid"], "out_trade_no": order["out_trade_no"], "outcome": "cancel",
                });
                self.ask("POST", "pay", &body).unwrap();
            }
        }
    }

    /// WeChat Pay's time goes on by so many seconds.
    pub fn waits_s(&self, seconds: u32) {
        self.ask("POST", "clock", &json!({ "advance_seconds": seconds })).unwrap();
    }

    /// What WeChat Pay holds: `orders`, `refunds`.
    pub fn held(&self, what: &str) -> Vec<Value> {
        let held = self.ask("GET", what, &Value::Null).expect("the sandbox runs");
        held.as_array().unwrap().clone()
    }
}
