//! The event stream: what changed, told at once.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use saoma_contract::{DeviceId, Role, StaffId, StreamEnd, Time};
use tokio::sync::watch;

use super::caller::Received;
use super::refused::Refused;
use super::{Api, cursor};
use crate::ledger::Scope;
use crate::people;
use crate::rights::Right;
use crate::shop::StreamInterest;

/// How long a stream lasts at most.
const AGE_MS_MAX: i64 = 15 * 60 * 1000;

/// How often a silent stream says that it is alive.
const HEARTBEAT_MS: i64 = 15_000;

/// How often the device's rights are looked at: a revocation by another process is seen by this alone.
const RIGHTS_EVERY_MS: i64 = 700;

const PAGE: u32 = 50;

/// `GET /v1/stream`
pub(super) async fn stream(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::SeeOrders)?;
    let [after] = received.query(["after"])?;
    // Watched before it is read, so that nothing falls in between.
    let changes = api.shop.hub.watch_scope(&caller.scope);
    let after = api.after(after, &caller.scope).await?;
    let now = api.shop.clock.now();
    let open = Open {
        stopping: api.shop.stopping.subscribe(),
        changes,
        after,
        is_behind: true,
        frames: VecDeque::from([Bytes::from_static(b": open\n\n")]),
        seen_at: now,
        ends_at: now.plus_ms(AGE_MS_MAX),
        beats_at: now.plus_ms(HEARTBEAT_MS),
        rights_at: now.plus_ms(RIGHTS_EVERY_MS),
        held: None,
        device: caller.device.id,
        person: caller.person.map(|person| person.id),
        role: caller.role,
        is_over: false,
        _interest: api.shop.stream_interest(&caller.scope),
        scope: caller.scope,
        api,
    };
    let frames = stream::unfold(open, async |mut open| {
        let frame = open.next().await?;
        Some((Ok::<_, std::convert::Infallible>(frame), open))
    });
    let mut response = Body::from_stream(frames).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect answers before they pass them on would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// A stream that a device holds open.
struct Open {
    api: Arc<Api>,
    scope: Scope,
    device: DeviceId,
    person: Option<StaffId>,
    role: Role,
    changes: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    after: u64,
    /// Whether there may be changes that were not sent yet.
    is_behind: bool,
    frames: VecDeque<Bytes>,
    /// The time when it was last looked at.
    seen_at: Time,
    ends_at: Time,
    beats_at: Time,
    rights_at: Time,
    /// The ledger's revision at which the rights were last found to hold, and until when they do if nothing is committed.
    held: Option<(i64, Option<Time>)>,
    is_over: bool,
    _interest: StreamInterest,
}

impl Open {
    /// The next frame; none after the last.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            if self.is_over {
                return None;
            }
            self.advance().await;
        }
    }

    async fn advance(&mut self) {
        let now = self.api.shop.clock.now();
        if *self.stopping.borrow() {
            return self.end("stopping");
        }
        if now >= self.rights_at {
            self.rights_at = now.plus_ms(RIGHTS_EVERY_MS);
            if !self.still_holds(now) && !self.has_rights().await {
                return self.end("rights");
            }
        }
        // Once the clock was set back, nobody can tell any more how old it is.
        if now >= self.ends_at || now < self.seen_at {
            return self.end("age");
        }
        self.seen_at = now;
        if self.is_behind {
            self.changes.mark_unchanged();
            return self.catch_up().await;
        }
        if now >= self.beats_at {
            self.beats_at = now.plus_ms(HEARTBEAT_MS);
            return self.frames.push_back(Bytes::from_static(b": alive\n\n"));
        }
        let wakes_at = self.ends_at.min(self.beats_at).min(self.rights_at);
        let shop = &self.api.shop;
        tokio::select! {
            biased;
            _ = self.stopping.changed() => {}
            changed = self.changes.changed() => self.is_behind = changed.is_ok(),
            () = shop.clock.sleep_until(wakes_at) => {}
        }
    }

    async fn catch_up(&mut self) {
        let Ok(page) = self.api.page(&self.scope, self.after, PAGE).await else {
            return self.end("stopping");
        };
        for order in &page.orders {
            self.after = order.version.counter.max(self.after);
            let id = cursor::write(self.api.shop.ledger.epoch(), order.version.counter, &self.scope);
            self.frames.push_back(frame("order", Some(&id.0), order));
        }
        self.beats_at = self.api.shop.clock.now().plus_ms(HEARTBEAT_MS);
        self.is_behind = page.more;
    }

    /// Whether nothing was committed since the rights were read, and no session ran out.
    fn still_holds(&self, now: Time) -> bool {
        self.held.is_some_and(|(revision, until)| {
            until.is_none_or(|until| now < until) && self.api.shop.ledger.revision() == Some(revision)
        })
    }

    async fn has_rights(&mut self) -> bool {
        let revision = self.api.shop.ledger.revision();
        let (device, person) = (self.device.clone(), self.person.clone());
        let named = person.is_some();
        let known =
            self.api.shop.ledger.read(move |rows| people::known(rows, &device, person.as_ref())).await;
        let Ok(Some(known)) = known else { return false };
        let now = self.api.shop.clock.now();
        let until = known.signed_in.as_ref().map(|(session, _)| session.expires_at);
        self.held = revision.map(|revision| (revision, until));
        known.standing(named, now).is_ok_and(|now| (&now.role, &now.scope) == (&self.role, &self.scope))
    }

    fn end(&mut self, reason: &str) {
        self.frames.push_back(frame("end", None, &StreamEnd { reason: reason.to_owned() }));
        self.is_over = true;
    }
}

/// One event; JSON is written on one line, as the form of the stream wants it.
fn frame(event: &str, id: Option<&str>, value: &impl serde::Serialize) -> Bytes {
    let json = serde_json::to_string(value).expect("orders and endings can be written as JSON");
    let id = id.map_or_else(String::new, |id| format!("id: {id}\n"));
    Bytes::from(format!("event: {event}\n{id}data: {json}\n\n"))
}
