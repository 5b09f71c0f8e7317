//! Two devices of one merchant that act on one sale: what the one shows, the other ends or renews; what a cashier's asks, a
//! manager's says yes or no to.

use bytes::Bytes;
use http::{Method, Request};
use saoma_contract::{RefundNo, path, request_signature};
use serde_json::{Value, json};

use crate::shop::Phone;
use crate::world::World;

/// What the other device does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Close,
    Refresh,
    Check,
    /// A manager's yes or no.
    Decide(RefundNo, bool),
    /// A manager keeps late money of this channel and number.
    Keep(String, String),
}

impl World {
    /// Another device of the same merchant acts on the attempt that this till shows. Nobody waits for what comes of it.
    pub(crate) async fn act_elsewhere(&mut self, at: usize, deed: Deed) {
        let Some(view) = self.screen_of(at) else { return };
        let own = self.phone_of(at);
        let is_word = matches!(deed, Deed::Decide(..) | Deed::Keep(..));
        let is_other = |phone: &&Phone| {
            phone.number != own.number && phone.merchant == own.merchant && !(is_word && phone.is_cashier)
        };
        let Some(other) = self.shop.phones.iter().find(is_other) else { return };
        let Some(life) = other.life().cloned() else { return };
        let Ok(Some(pairing)) = other.ask(async |till| till.pairing().await).await else { return };
        let no = &view.order_no;
        let (place, body) = match &deed {
            Deed::Close => (path::close(no), json!({ "attempt": view.attempt })),
            Deed::Refresh => (path::refresh(no), json!({ "attempt": view.attempt })),
            Deed::Check => (path::check(no), Value::Null),
            Deed::Decide(refund, approve) => (path::decide_refund(no, refund), json!({ "approve": approve })),
            Deed::Keep(channel, id) => (path::accept_payment(no, id), json!({ "channel": channel })),
        };
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{place}", pairing.url))
            .header("content-type", "application/json")
            .body(body)
            .expect("a plain request can be made");
        let mut nonce = [0; 16];
        self.dice.fill(&mut nonce);
        let (device, now) = (pairing.bundle.device.as_str(), self.shop.time.now());
        request_signature::sign(&mut request, device, now, nonce, None, other.key())
            .expect("a software key signs");
        let number = other.number;
        if let Deed::Decide(refund, true) = &deed {
            self.shop.floor.oracle().approved(refund.as_str());
        }
        self.note(at, format!("till {number} acts on it too: {deed:?} {}", view.attempt));
        let carried = std::sync::Arc::clone(&self.shop.net).carry(life.clone(), other.home, request);
        let (floor, tail) = (std::sync::Arc::clone(&self.shop.floor), view.tail.clone());
        life.spawn(async move {
            let said = match carried.await {
                Ok(answer) => answer.status().as_u16().to_string(),
                Err(lost) => format!("{lost:?}"),
            };
            floor.history.note("people", format!("…{tail} what till {number} did: {said}"));
        });
    }
}
