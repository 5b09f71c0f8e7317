//! The customer and misfortune: what a benchmark asks of the double of WeChat Pay from outside.

use std::time::Instant;

use bytes::Bytes;
use http::{Request, header};
use saoma_engine::{Peer, ReqwestTransport, Transport as _};
use serde_json::{Value, json};

/// Plays the customer by the sandbox's own calls.
pub struct Customer {
    http: ReqwestTransport,
    base_url: String,
}

impl Customer {
    /// A customer of the sandbox at this address.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self { http: ReqwestTransport::new(), base_url: base_url.to_owned() }
    }

    /// Scans a code and pays. Gives when the call was made and when WeChat Pay had confirmed the payment.
    ///
    /// # Panics
    /// If the sandbox does not take the payment, which ends the benchmark.
    pub async fn pay(&self, code_url: &str) -> (Instant, Instant) {
        let began = Instant::now();
        let order = self.post("/_sandbox/pay", &json!({ "code_url": code_url })).await;
        let confirmed = Instant::now();
        assert_eq!(order["trade_state"], "SUCCESS", "{order}");
        (began, confirmed)
    }

    /// From now on no notification arrives anywhere.
    ///
    /// # Panics
    /// If the sandbox does not take the rule.
    pub async fn lose_notifications(&self) {
        self.post("/_sandbox/faults", &json!([{ "on": "notify", "do": "notify_lost" }])).await;
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = Request::post(format!("{}{path}", self.base_url))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
            .expect("a sandbox's address and JSON make a request");
        let answer = self.http.send(request, Peer::default()).await.expect("the sandbox answers");
        let told = String::from_utf8_lossy(answer.body());
        assert!(answer.status().is_success(), "{path}: {} {told}", answer.status());
        serde_json::from_slice(answer.body()).expect("the sandbox answers in JSON")
    }
}
