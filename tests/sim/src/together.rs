//! Two devices of one merchant that act on one sale: what the one shows, the other ends or renews.

use bytes::Bytes;
use http::{Method, Request};
use saoma_contract::path;
use saoma_contract::request_signature;
use serde_json::json;

use crate::shop::Phone;
use crate::world::World;

/// What the other device does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Close,
    Refresh,
    Check,
}

impl World {
    /// Another device of the same merchant acts on the attempt that this till shows. Nobody waits for what comes of it.
    pub(crate) async fn act_elsewhere(&mut self, at: usize, deed: Deed) {
        let Some(view) = self.screen_of(at) else { return };
        let own = self.phone_of(at);
        let is_other = |phone: &&Phone| phone.number != own.number && phone.merchant == own.merchant;
        let Some(other) = self.shop.phones.iter().find(is_other) else { return };
        let Some(life) = other.life().cloned() else { return };
        let Ok(Some(pairing)) = other.ask(async |till| till.pairing().await).await else { return };
        let place = match deed {
            Deed::Close => path::close(&view.order_no),
            Deed::Refresh => path::refresh(&view.order_no),
            Deed::Check => path::check(&view.order_no),
        };
        let body = match deed {
            Deed::Check => Bytes::new(),
            Deed::Close | Deed::Refresh => json!({ "attempt": view.attempt }).to_string().into(),
        };
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
