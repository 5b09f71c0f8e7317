//! The customer, and misfortune: what the demo asks of the sandbox from outside.

use std::time::Duration;

use saoma_engine::{Peer, ReqwestTransport, Transport as _};
use serde_json::{Value, json};

use crate::outcome::Failure;

/// How often the sandbox is asked while something is waited for.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// Speaks to the sandbox's own calls.
pub(super) struct Customer {
    http: ReqwestTransport,
    base_url: String,
}

impl Customer {
    pub(super) fn new(base_url: &str) -> Self {
        Self { http: ReqwestTransport::new(), base_url: base_url.to_owned() }
    }

    /// The double's address.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where a person plays the customer in a browser.
    pub(super) fn wallet(&self, code: &str) -> String {
        let escaped: String = code
            .bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                byte => format!("%{byte:02X}"),
            })
            .collect();
        format!("{}/wallet?code={escaped}", self.base_url)
    }

    /// Scans a code and answers with this outcome.
    pub(super) async fn pay(&self, code: &str, outcome: &str) -> Result<(), Failure> {
        self.post("/_sandbox/pay", &json!({ "code_url": code, "outcome": outcome })).await.map(drop)
    }

    /// A payment code on the customer's phone, which will ask for a password.
    pub(super) async fn payment_code(&self) -> Result<String, Failure> {
        let shown = self.post("/_sandbox/wallet-code", &json!({ "password": true })).await?;
        Ok(shown["auth_code"].as_str().ok_or("the sandbox gave no payment code")?.to_owned())
    }

    /// Types the password that a charged payment code asks for.
    pub(super) async fn types_password(&self, auth_code: &str) -> Result<(), Failure> {
        self.post("/_sandbox/pay", &json!({ "auth_code": auth_code })).await.map(drop)
    }

    /// The bank closes its books of this day, so that the day's bills are there at once.
    pub(super) async fn day_is_settled(&self, date: &str) -> Result<(), Failure> {
        self.post("/_sandbox/settle-day", &json!({ "date": date })).await.map(drop)
    }

    /// Orders misfortune.
    pub(super) async fn fault(&self, on: &str, what: &str, times: Option<u32>) -> Result<(), Failure> {
        let mut fault = json!({ "on": on, "do": what });
        if let Some(times) = times {
            fault["times"] = times.into();
        }
        self.post("/_sandbox/faults", &json!([fault])).await.map(drop)
    }

    /// Waits until the misfortune that was ordered for once has happened: the sandbox then lists it no longer.
    pub(super) async fn fault_happened(&self) -> Result<(), Failure> {
        while self.call("GET", "/_sandbox/faults", None).await?["faults"]
            .as_array()
            .is_some_and(|left| !left.is_empty())
        {
            tokio::time::sleep(ASK_EVERY).await;
        }
        Ok(())
    }

    /// The orders that WeChat Pay holds for an order number, as (out_trade_no, trade_state).
    pub(super) async fn orders(&self, order_no: &str) -> Result<Vec<(String, String)>, Failure> {
        let value = self.call("GET", "/_sandbox/orders", None).await?;
        let list = value.as_array().ok_or("the sandbox gave no list of orders")?;
        let text = |order: &Value, name: &str| order[name].as_str().unwrap_or_default().to_owned();
        Ok(list
            .iter()
            .map(|order| (text(order, "out_trade_no"), text(order, "trade_state")))
            .filter(|(out_trade_no, _)| out_trade_no.starts_with(order_no))
            .collect())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call("POST", path, Some(body)).await
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url))
            .header("content-type", "application/json")
            .body(body.map(|body| body.to_string().into()).unwrap_or_default())?;
        let answer = self.http.send(request, Peer::default()).await?;
        if !answer.status().is_success() {
            return Err(
                format!("{path}: {} {}", answer.status(), String::from_utf8_lossy(answer.body())).into()
            );
        }
        if answer.body().is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(answer.body())?) }
    }
}
