//! Going out: each request is signed with the journal's head and awaited, to its end or its deadline, by the till's task.

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{Method, Request, header};
use saoma_contract::{
    CashTaken, CheckOrder, CloseOrder, CreateOrder, DeviceId, OrderNo, PairDevice, RefreshOrder, StaffId,
    TakeCash, path, request_signature,
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::Shell;
use super::incoming::{Arrived, What};
use super::stream::judged;
use crate::answer::Failure;
use crate::book::Action;
use crate::entropy::random;
use crate::errand::Errand;
use crate::sale::Call;
use crate::transport::{Peer, REQUEST_DEADLINE_MS, TransportError};

/// A request before it is signed. It is kept until its answer, so that one refused for its time can be signed again at the
/// right one; its body may hold a PIN or a payment code and is wiped when dropped.
#[derive(Clone)]
pub(super) struct Draft {
    request: Request<Bytes>,
    peer: Peer,
    signs_as: SignsAs,
}

/// Who a request says signed it.
#[derive(Clone)]
enum SignsAs {
    /// The paired device, with its journal's head.
    Device(DeviceId),
    /// A device that asks to be paired.
    New,
}

/// At most so many statements go with an order that is offered again.
const STATEMENTS_MAX: usize = 20;

/// Orders of one page of changes.
const PAGE_ORDERS: u32 = 100;

impl Shell {
    /// A request to the paired backend; a failure to make it counts as not sent.
    pub(super) fn draft<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        person: Option<StaffId>,
    ) -> Result<Draft, TransportError> {
        let pairing =
            self.till.pairing.as_ref().ok_or_else(|| TransportError::not_sent("the till is not paired"))?;
        let mut request = request(&pairing.url, method, path, body)?;
        if let Some(person) = person {
            let named = header::HeaderValue::from_str(person.as_str())
                .map_err(|error| TransportError::not_sent(error.to_string()))?;
            request.headers_mut().insert(request_signature::PERSON_HEADER, named);
        }
        Ok(Draft { request, peer: pairing.peer(), signs_as: SignsAs::Device(pairing.bundle.device.clone()) })
    }

    /// Signs a request as of now.
    fn signed(&self, draft: Draft) -> Result<(Request<Bytes>, Peer), Failure> {
        let Draft { mut request, peer, signs_as } = draft;
        let (keyid, head) = match &signs_as {
            SignsAs::Device(device) => (device.as_str(), Some(&self.head)),
            SignsAs::New => ("new", None),
        };
        let nonce = random(self.entropy.as_ref());
        let (now, signer) = (self.server_now(), self.signer.as_ref());
        request_signature::sign(&mut request, keyid, now, nonce, head, signer).map_err(Failure::Unsigned)?;
        Ok((request, peer))
    }

    /// Signs and sends a request. If it is refused for its time, it is made once more.
    pub(super) fn send(&self, what: What, draft: Result<Draft, TransportError>) {
        let again = draft.as_ref().ok().cloned().map(Box::new);
        self.send_signed(what, draft, again);
    }

    /// Makes a request again that was refused for its time: nothing of it was read, so nothing was done.
    pub(super) fn send_again(&self, what: What, draft: Draft) {
        self.send_signed(what, Ok(draft), None);
    }

    fn send_signed(&self, what: What, draft: Result<Draft, TransportError>, again: Option<Box<Draft>>) {
        let sending = draft
            .map_err(Failure::Lost)
            .and_then(|draft| self.signed(draft))
            .map(|(request, peer)| self.transport.send(request, peer));
        let deadline = self.clock.sleep_until(self.clock.monotonic_ms().saturating_add(REQUEST_DEADLINE_MS));
        self.calls.push(Box::pin(async move {
            let answer = match sending {
                Err(failure) => Err(failure),
                Ok(sending) => match select(sending, deadline).await {
                    Either::Left((answer, _)) => answer.map_err(Failure::Lost),
                    Either::Right(_) => Err(Failure::Lost(TransportError::lost("no answer in 15 seconds"))),
                },
            };
            Arrived::Answer { what, answer, again }
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
                self.draft(Method::PUT, &path::order(order_no), Some(&body), person)
            }
            Call::Offer => {
                let body = CreateOrder { order, statements: sale.statements(STATEMENTS_MAX), cash };
                self.draft(Method::PUT, &path::order(order_no), Some(&body), person)
            }
            Call::Refresh(attempt) => {
                self.draft(Method::POST, &path::refresh(order_no), Some(&RefreshOrder { attempt }), person)
            }
            Call::Close(attempt) => {
                self.draft(Method::POST, &path::close(order_no), Some(&CloseOrder { attempt }), person)
            }
            Call::Cash => {
                let Some(cash) = sale.cash() else { return };
                let body = TakeCash { attempt: cash.attempt, taken_at: cash.taken_at };
                self.draft(Method::POST, &path::cash(order_no), Some(&body), person)
            }
            Call::Refund(key) => {
                let Some(ask) = sale.ask(key) else { return };
                let path = path::refund(order_no, &key.refund_no());
                self.draft(Method::PUT, &path, Some(&ask.refund), person)
            }
            // It goes out with its code, or not at all.
            Call::Charge(_) => return,
        };
        self.book.started(order_no, Action::Call(call), self.now());
        self.send(What::Sale { order_no: order_no.clone(), action: Action::Call(call) }, request);
    }

    /// Asks how a sale stands.
    pub(super) fn start_question(&mut self, order_no: &OrderNo) {
        let request = self.draft(Method::GET, &path::order(order_no), NOTHING, self.person());
        self.book.started(order_no, Action::Ask, self.now());
        self.send(What::Sale { order_no: order_no.clone(), action: Action::Ask }, request);
    }

    /// Has the backend ask the channel how a sale stands.
    pub(super) fn start_check(&mut self, order_no: &OrderNo) {
        let request = self.draft(Method::POST, &path::check(order_no), Some(&CheckOrder {}), self.person());
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
        let request = self.draft(Method::GET, &target, NOTHING, self.person());
        if errand == Errand::Stream {
            self.open_stream(request.map_err(Failure::Lost).and_then(|draft| self.signed(draft)));
        } else {
            self.send(What::Errand(errand), request);
        }
    }

    fn open_stream(&self, request: Result<(Request<Bytes>, Peer), Failure>) {
        let opening = request.map(|(mut request, peer)| {
            request
                .headers_mut()
                .insert(header::ACCEPT, header::HeaderValue::from_static("text/event-stream"));
            self.transport.stream(request, peer)
        });
        let deadline = self.clock.sleep_until(self.clock.monotonic_ms().saturating_add(REQUEST_DEADLINE_MS));
        self.calls.push(Box::pin(async move {
            let opening = async {
                match opening {
                    Ok(opening) => judged(opening.await.map_err(Failure::Lost)?).await,
                    Err(failure) => Err(failure),
                }
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

    /// Asks to be paired: signed with the key that the request brings.
    pub(super) fn start_pairing(
        &self,
        link: Box<saoma_contract::PairingLink>,
        name: saoma_contract::DeviceName,
        reply: super::Reply<crate::pairing::Pairing>,
    ) {
        let body = PairDevice { secret: link.secret.clone(), key: self.signer.public_key(), name };
        let request = request(&link.url, Method::POST, path::PAIRINGS, Some(&body));
        let request =
            request.map(|request| Draft { request, peer: Peer { tls: link.tls }, signs_as: SignsAs::New });
        self.send(What::Pairing { link, reply }, request);
    }
}

/// The body of a request that has none.
pub(super) const NOTHING: Option<&()> = None;

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
            let json =
                serde_json::to_vec(body).map_err(|error| TransportError::not_sent(error.to_string()))?;
            Bytes::from_owner(Zeroizing::new(json))
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
