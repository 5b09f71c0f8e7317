//! API v1 over HTTP, and the door for the channels' notifications.

mod audit;
mod caller;
mod changes;
mod charges;
mod cursor;
mod days;
mod devices;
mod heads;
mod limits;
mod notify;
mod orders;
mod pairing;
mod people;
mod reconciliation;
mod refunds;
mod refused;
mod status;
mod strange;
mod stream;
mod tables;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use saoma_contract::{ProblemCode, path};

use crate::shop::Shop;
use heads::JournalHeads;
use limits::Buckets;
use refused::Refused;
use strange::Strange;

pub use pairing::{MintError, NewLink, mint};

/// What the backend can do, as `GET /v1/time` lists it.
pub const FEATURES: [&str; 9] =
    ["orders", "stream", "days", "pairing", "people", "refunds", "charge", "cash", "reconciliation"];

/// What the handlers share.
pub struct Api {
    shop: Arc<Shop>,
    public_url: String,
    tls_pin: Option<saoma_contract::Fingerprint>,
    heads: JournalHeads,
    strange: Strange,
    devices: Buckets,
    pairings: Buckets,
    strangers: Buckets,
}

impl Api {
    /// The API of a shop that devices reach at this address.
    pub fn new(
        shop: Arc<Shop>,
        public_url: String,
        tls_pin: Option<saoma_contract::Fingerprint>,
    ) -> Arc<Self> {
        let per_minute = shop.limits.requests_per_minute;
        Arc::new(Self {
            shop,
            public_url,
            tls_pin,
            heads: JournalHeads::default(),
            strange: Strange::default(),
            devices: Buckets::new(per_minute),
            pairings: Buckets::new(pairing::TRIES_PER_MINUTE),
            strangers: Buckets::new(per_minute),
        })
    }

    /// All routes.
    pub fn router(self: &Arc<Self>) -> Router {
        let v1 = Router::new()
            .route(path::TIME, get(status::time))
            .route(path::HEALTH, get(status::health))
            .route(path::KEYS, get(status::keys))
            .route(path::BUNDLE, get(pairing::bundle))
            .route(path::PAIRING_CODES, post(pairing::new_code))
            .route(path::PAIRINGS, post(pairing::pair))
            .route(path::SESSIONS, post(people::sign_in).delete(people::sign_out))
            .route(path::PEOPLE, get(people::list).post(people::add))
            .route("/v1/people/{person}", post(people::change))
            .route(path::DEVICES, get(devices::list))
            .route("/v1/devices/{device}/revoke", post(devices::revoke))
            .route(path::AUDIT, get(audit::audit))
            .route(path::CHANGES, get(changes::changes))
            .route(path::STREAM, get(stream::stream))
            .route("/v1/orders/{order_no}", put(orders::create).get(orders::read))
            .route("/v1/orders/{order_no}/refresh", post(orders::refresh))
            .route("/v1/orders/{order_no}/close", post(orders::close))
            .route("/v1/orders/{order_no}/check", post(orders::check))
            .route("/v1/orders/{order_no}/charge", post(charges::charge))
            .route("/v1/orders/{order_no}/cash", post(charges::cash))
            .route("/v1/orders/{order_no}/refunds/{refund_no}", put(refunds::put))
            .route("/v1/orders/{order_no}/refunds/{refund_no}/decide", post(refunds::say))
            .route("/v1/orders/{order_no}/refunds/{refund_no}/to-merchant", post(refunds::to_merchant))
            .route("/v1/orders/{order_no}/payments/{transaction_id}/accept", post(refunds::accept))
            .route("/v1/days", get(days::days))
            .route("/v1/days.csv", get(days::days_csv))
            .route("/v1/days/{date}", get(days::day))
            .route("/v1/days/{date}/sales.csv", get(days::sales_csv))
            .route("/v1/days/{date}/reconciliation", get(reconciliation::read))
            .route("/v1/days/{date}/reconciliation/{finding}/settle", post(reconciliation::settle))
            .fallback(async || Refused::new(ProblemCode::NotFound, "no such path"))
            .method_not_allowed_fallback(async || {
                Refused::new(ProblemCode::NotFound, "this path does not take this method")
            })
            .layer(middleware::from_fn(not_cached));
        let notify = Router::new().route("/notify/{channel}/{account}", post(notify::notified));
        let strangers_wait = middleware::from_fn_with_state(Arc::clone(self), limits::strangers_wait);
        v1.merge(notify).layer(strangers_wait).with_state(Arc::clone(self))
    }
}

/// Nothing that is said here is to be kept by anything between a device and its backend.
async fn not_cached(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
