//! WeChat Pay's answer to an order, got once from its double and then repeated: so that it is the backend that is
//! measured, not the double's own signing and storing.
//!
//! The answer is genuine: signed over its own time and body, which hold no word of the order. All other calls go on to
//! the double.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use saoma_engine::{Peer, ReqwestTransport, Transport as _};
use tokio::net::TcpListener;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

const ORDER: &str = "/v3/pay/transactions/native";
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A door in front of the double.
pub struct RepeatedAnswer {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<std::io::Result<()>>,
}

struct Shared {
    double: String,
    http: ReqwestTransport,
    answer: OnceCell<Response<Bytes>>,
    orders: AtomicU64,
    others: AtomicU64,
}

impl RepeatedAnswer {
    /// A door on a free port in front of the double at this address.
    ///
    /// # Panics
    /// If no port can be had.
    pub async fn in_front_of(double: &str) -> Self {
        let shared = Arc::new(Shared {
            double: double.to_owned(),
            http: ReqwestTransport::new(),
            answer: OnceCell::new(),
            orders: AtomicU64::new(0),
            others: AtomicU64::new(0),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let routes = Router::new().fallback(called).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, shared, server }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many calls came: those that make an order, and others. Each was signed once.
    #[must_use]
    pub fn calls(&self) -> (u64, u64) {
        (self.shared.orders.load(Ordering::Relaxed), self.shared.others.load(Ordering::Relaxed))
    }
}

impl Drop for RepeatedAnswer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn called(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return unavailable() };
    let is_order = parts.method == Method::POST && parts.uri.path() == ORDER;
    let counter = if is_order { &shared.orders } else { &shared.others };
    counter.fetch_add(1, Ordering::Relaxed);
    let forwarded = forward(&shared, parts.method, &parts.uri, parts.headers, body);
    let answer = if is_order {
        shared
            .answer
            .get_or_try_init(async || {
                forwarded.await.filter(|answer| answer.status() == StatusCode::OK).ok_or(())
            })
            .await
            .cloned()
            .ok()
    } else {
        forwarded.await
    };
    answer.map_or_else(unavailable, |answer| answer.map(Body::from))
}

async fn forward(
    shared: &Shared,
    method: Method,
    uri: &Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Option<Response<Bytes>> {
    // What belongs to one connection is made anew for the next.
    for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        headers.remove(name);
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request =
        http::Request::builder().method(method).uri(format!("{}{target}", shared.double)).body(body).ok()?;
    *request.headers_mut() = headers;
    let mut answer = shared.http.send(request, Peer::default()).await.ok()?;
    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        answer.headers_mut().remove(name);
    }
    Some(answer)
}

fn unavailable() -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer
}
