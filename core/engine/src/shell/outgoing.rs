//! Going out: each request is signed with the journal's head and awaited, to its end or its deadline, by the till's task.

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{Method, Request, Response, header};
use saoma_contract::{
    CashTaken, CheckOrder, CloseOrder, CreateOrder, OrderNo, PairDevice, RefreshOrder, StaffId, TakeCash,
    path, request_signature,
};
use serde::Serialize;

use super::Shell;
use super::incoming::{Arrived, What};
use super::stream::judged;
use crate::answer::Failure;
use crate::book::Action;
use crate::entropy::random;
use crate::errand::Errand;
use crate::sale::Call;
use crate::transport::{Peer, REQUEST_DEADLINE_MS, TransportError};

/// At most so many statements go with an order that is offered again.
const STATEMENTS_MAX: usize = 20;

/// Orders of one page of changes.
const PAGE_ORDERS: u32 = 100;

impl Shell {
    /// A signed request; its failure to be signed counts as not sent.
    pub(super) fn signed<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        person: Option<StaffId>,
    ) -> Result<(Request<Bytes>, Peer), TransportError> {
        let pairing =
            self.till.pairing.as_ref().ok_or_else(|| TransportError::not_sent("the till is not paired"))?;
        let mut request = request(&pairing.url, method, path, body)?;
        if let Some(person) = person {
            let named = header::HeaderValue::from_str(person.as_str())
                .map_err(|error| TransportError::not_sent(error.to_string()))?;
            request.headers_mut().insert(request_signature::PERSON_HEADER, named);
        }
        let nonce = random(self.entropy.as_ref());
        let device = pairing.bundle.device.as_str();
        request_signature::sign(
            &mut request,
            device,
            self.server_now(),
            nonce,
            Some(&self.head),
            self.signer.as_ref(),
        )
        .map_err(|error| TransportError::not_sent(error.to_string()))?;
        Ok((request, pairing.peer()))
    }

    pub(super) fn send(&self, what: What, request: Result<(Request<Bytes>, Peer), TransportError>) {
        let sending = request.map(|(request, peer)| self.transport.send(request, peer));
        let deadline = self.clock.sleep_until(self.clock.monotonic_ms().saturating_add(REQUEST_DEADLINE_MS));
        self.calls.push(Box::pin(async move {
            let answer: Result<Response<Bytes>, TransportError> = match sending {
                Err(error) => Err(error),
                Ok(sending) => match select(sending, deadline).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(_) => Err(TransportError::lost("no answer in 15 seconds")),
                },
            };
            Arrived::Answer { what, answer }
        }));
    }

    /// Makes a sale's call, which has been written down.
    pub(super) fn start_call(&mut self, order_no: &OrderNo, call: Call) {
        let Some(line) = self.book.line(order_no) else { return };
        let person = self.person_of(order_no, call);
        let sale = &line.sale;
        let order = sale.order().jws().clone();
        let cash = sale.cash().map(|cash| CashTaken { taken_at: cash.taken_at });
        let request = match call {
            Call::Create => {
                let body = CreateOrder { order, statements: Vec::new(), cash };
                self.signed(Method::PUT, &path::order(order_no), Some(&body), person)
            }
            Call::Offer => {
                let body = CreateOrder { order, statements: sale.statements(STATEMENTS_MAX), cash };
                self.signed(Method::PUT, &path::order(order_no), Some(&body), person)
            }
            Call::Refresh(attempt) => {
                self.signed(Method::POST, &path::refresh(order_no), Some(&RefreshOrder { attempt }), person)
            }
            Call::Close(attempt) => {
                self.signed(Method::POST, &path::close(order_no), Some(&CloseOrder { attempt }), person)
            }
            Call::Cash => {
                let Some(cash) = sale.cash() else { return };
                let body = TakeCash { attempt: cash.attempt, taken_at: cash.taken_at };
                self.signed(Method::POST, &path::cash(order_no), Some(&body), person)
            }
            Call::Refund(key) => {
                let Some(ask) = sale.ask(key) else { return };
                let path = path::refund(order_no, &key.refund_no());
                self.signed(Method::PUT, &path, Some(&ask.refund), person)
            }
            // It goes out with its code, or not at all.
            Call::Charge(_) => return,
        };
        self.book.started(order_no, Action::Call(call), self.now());
        self.send(What::Sale { order_no: order_no.clone(), action: Action::Call(call) }, request);
    }

    /// Asks how a sale stands.
    pub(super) fn start_question(&mut self, order_no: &OrderNo) {
        let request = self.signed(Method::GET, &path::order(order_no), NOTHING, self.person());
        self.book.started(order_no, Action::Ask, self.now());
        self.send(What::Sale { order_no: order_no.clone(), action: Action::Ask }, request);
    }

    /// Has the backend ask the channel how a sale stands.
    pub(super) fn start_check(&mut self, order_no: &OrderNo) {
        let request = self.signed(Method::POST, &path::check(order_no), Some(&CheckOrder {}), self.person());
        self.book.started(order_no, Action::Ask, self.now());
        self.send(What::Sale { order_no: order_no.clone(), action: Action::Ask }, request);
    }

    pub(super) fn start_errand(&mut self, errand: Errand) {
        self.errands.started(errand);
        let after = |path: &str, limit: Option<u32>| {
            let mut query = Vec::new();
            query.extend(
                self.till.cursor.as_ref().map(|cursor| format!("after={}", percent_encoded(&cursor.0))),
            );
            query.extend(limit.map(|limit| format!("limit={limit}")));
            if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
        };
        let target = match errand {
            Errand::Time => path::TIME.to_owned(),
            Errand::Keys => path::KEYS.to_owned(),
            Errand::Bundle => path::BUNDLE.to_owned(),
            Errand::Changes => {
                let page_max = self.server.as_ref().map_or(PAGE_ORDERS, |server| server.limits.page_max);
                after(path::CHANGES, Some(page_max.clamp(1, PAGE_ORDERS)))
            }
            Errand::Stream => after(path::STREAM, None),
        };
        let request = self.signed(Method::GET, &target, NOTHING, self.person());
        if errand == Errand::Stream {
            self.open_stream(request);
        } else {
            self.send(What::Errand(errand), request);
        }
    }

    fn open_stream(&self, request: Result<(Request<Bytes>, Peer), TransportError>) {
        let opening = request.map(|(mut request, peer)| {
            request
                .headers_mut()
                .insert(header::ACCEPT, header::HeaderValue::from_static("text/event-stream"));
            self.transport.stream(request, peer)
        });
        let deadline = self.clock.sleep_until(self.clock.monotonic_ms().saturating_add(REQUEST_DEADLINE_MS));
        self.calls.push(Box::pin(async move {
            let opening = async {
                judged(match opening {
                    Ok(opening) => opening.await,
                    Err(error) => Err(error),
                })
                .await
            };
            let answer = match select(Box::pin(opening), deadline).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => {
                    Err(Failure::Lost(TransportError::lost("the stream did not open in 15 seconds")))
                }
            };
            Arrived::StreamOpened(answer)
        }));
    }

    pub(super) fn start_day(&self, date: &str, reply: super::Reply<saoma_contract::Day>) {
        let request = self.signed(Method::GET, &path::day(date), NOTHING, self.person());
        self.send(What::Day { reply }, request);
    }

    /// Asks to be paired: signed with the key that the request brings.
    pub(super) fn start_pairing(
        &self,
        link: Box<saoma_contract::PairingLink>,
        name: saoma_contract::DeviceName,
        reply: super::Reply<crate::pairing::Pairing>,
    ) {
        let body =
            PairDevice { secret: link.secret.clone(), key: self.signer.public_key(), name: name.clone() };
        let request =
            request(&link.url, Method::POST, path::PAIRINGS, Some(&body)).and_then(|mut request| {
                let nonce = random(self.entropy.as_ref());
                request_signature::sign(
                    &mut request,
                    "new",
                    self.server_now(),
                    nonce,
                    None,
                    self.signer.as_ref(),
                )
                .map_err(|error| TransportError::not_sent(error.to_string()))?;
                Ok((request, Peer { tls: link.tls }))
            });
        self.send(What::Pairing { link, name, reply }, request);
    }
}

const NOTHING: Option<&()> = None;

fn request<B: Serialize>(
    url: &str,
    method: Method,
    path: &str,
    body: Option<&B>,
) -> Result<Request<Bytes>, TransportError> {
    let mut builder = Request::builder().method(method).uri(format!("{url}{path}"));
    builder = builder.header(header::ACCEPT, "application/json, application/problem+json");
    let bytes = match body {
        None => Bytes::new(),
        Some(body) => {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
            Bytes::from(
                serde_json::to_vec(body).map_err(|error| TransportError::not_sent(error.to_string()))?,
            )
        }
    };
    builder.body(bytes).map_err(|error| TransportError::not_sent(format!("the backend's address: {error}")))
}

/// A cursor is opaque: whatever it holds, it goes into the query as it is.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
