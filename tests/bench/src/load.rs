//! Tills as a backend sees them: requests signed beforehand, so many on their way at once.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use saoma_contract::request_signature::{JournalHead, sign};
use saoma_contract::{Bundle, ClockTrust, CreateOrder, OrderNo, SignedOrder, SoftwareKey, path};
use saoma_engine::{
    Clock as _, Entropy as _, Peer, ReqwestTransport, SystemClock, SystemEntropy, Transport as _,
    open_key_file,
};

use crate::sale::tea;
use crate::shop::open_till;

/// A paired device that makes orders without a till around it.
pub struct Device {
    key: SoftwareKey,
    bundle: Bundle,
    url: String,
}

impl Device {
    /// Pairs a new device by a link, as a till does; its key is kept in the folder.
    ///
    /// # Panics
    /// If the backend does not pair it, which ends the benchmark.
    pub async fn paired(folder: &Path, link: &str) -> Self {
        let till = open_till(folder, Arc::new(ReqwestTransport::new())).await;
        let pairing = till.pair(link, "load").await.expect("the backend pairs");
        till.close().await;
        let key = open_key_file(&folder.join("key.pem"), &SystemEntropy).expect("the till has made its key");
        Self { key, bundle: pairing.bundle, url: pairing.url }
    }

    /// Where its backend listens: host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    /// So many orders, each with a number of its own, signed and ready to go, with the journal's head as a till sends it.
    ///
    /// # Panics
    /// Never: a key in memory signs, and tea can be sold.
    #[must_use]
    pub fn orders(&self, count: u64) -> Vec<Request<Bytes>> {
        let clock = SystemClock::new();
        let order = |number| {
            let now = clock.wall();
            let order_no = OrderNo::new(u64::try_from(now.unix_ms()).unwrap_or(0), random());
            let body = tea()
                .order(order_no.clone(), &self.bundle, now, ClockTrust::Server, None)
                .expect("tea can be sold");
            let order = SignedOrder::sign(body, &self.key).expect("a key in memory signs").jws().clone();
            let body = serde_json::to_vec(&CreateOrder { order, statements: Vec::new(), cash: None })
                .expect("texts are always JSON");
            let mut request = Request::put(format!("{}{}", self.url, path::order(&order_no)))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Bytes::from(body))
                .expect("a backend's address makes a request");
            // A journal that is longer with each sale, and longer than the one that pairing began.
            let head = JournalHead { entries: 1_000 + number, hash: random() };
            sign(&mut request, self.bundle.device.as_str(), now, random(), Some(&head), &self.key)
                .expect("a key in memory signs");
            request
        };
        (0..count).map(order).collect()
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemEntropy.fill(&mut bytes);
    bytes
}

/// What became of a load.
pub struct Brought {
    /// How long each order took to its code.
    pub waits: Vec<Duration>,
    /// How long all of them took.
    pub took: Duration,
}

/// Sends requests, so many at once, until they are used up or the time is over; those under way are waited for.
///
/// # Panics
/// If an order does not get its code, which ends the benchmark.
pub async fn bring(mut orders: Vec<Request<Bytes>>, in_flight: usize, at_most: Duration) -> Brought {
    // Taken from the end, oldest first.
    orders.reverse();
    let waiting = Arc::new(Mutex::new(orders));
    let transport = Arc::new(ReqwestTransport::new());
    let start = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let (waiting, transport) = (Arc::clone(&waiting), Arc::clone(&transport));
        senders.spawn(async move {
            let mut waits = Vec::new();
            while start.elapsed() < at_most {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(order) = next else { break };
                let sent = Instant::now();
                let answer = transport.send(order, Peer::default()).await.expect("the backend answers");
                waits.push(sent.elapsed());
                let told = String::from_utf8_lossy(answer.body());
                assert_eq!(answer.status(), StatusCode::CREATED, "{told}");
                assert!(told.contains("weixin://"), "an order came back without its code: {told}");
            }
            waits
        });
    }
    let waits = senders.join_all().await.concat();
    Brought { waits, took: start.elapsed() }
}
