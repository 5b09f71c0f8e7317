//! A backend in virtual time that plays by the contract: it opens every order, and nobody ever pays.
//!
//! For counting what a till does when nothing happens. It signs what a till demands to be signed, and checks nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response, header};
use saoma_contract::statement::{CodeStatement, KeysStatement, Statement, StatementKey, sign, sign_keys};
use saoma_contract::{
    Attempt, AttemptKind, AttemptNo, AttemptState, BUNDLE_VERSION, Bundle, Changes, Code, CodeKind,
    CreateOrder, Currency, Cursor, DeviceLimits, DeviceRole, DeviceSigner as _, Jws, Merchant, Order,
    OrderNo, OrderState, OutTradeNo, PairDevice, PairingLink, PairingSecret, PublicKey, ServerLimits,
    ServerTime, SignedOrder, SoftwareKey, Store, Time, Version,
};
use saoma_engine::{
    Chunks, Clock, Parts, Peer, SealingKey, Settings, SqliteStorage, StorageOn, Till, Transport,
    TransportError,
};
use zeroize::Zeroizing;

use crate::virtual_time::{CountingClock, SeededEntropy};

/// How long an answer takes.
const ANSWER_AFTER: Duration = Duration::from_millis(40);

/// How often a silent stream says that it is alive, as the backend does it.
const HEARTBEAT: Duration = Duration::from_secs(15);

const KID: &str = "k1";

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When, in milliseconds of the clock.
    pub at_ms: u64,
    /// Method and path.
    pub line: String,
}

/// The backend of one merchant, and the till's way to it.
pub struct ScriptedBackend {
    clock: Arc<CountingClock>,
    has_stream: bool,
    root: SoftwareKey,
    signing: SoftwareKey,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    orders: BTreeMap<OrderNo, Order>,
    asked: Vec<Asked>,
    device: Option<PublicKey>,
}

impl ScriptedBackend {
    /// A backend with or without an event stream.
    #[must_use]
    pub fn new(clock: Arc<CountingClock>, has_stream: bool) -> Arc<Self> {
        Arc::new(Self { clock, has_stream, root: key(1), signing: key(2), seen: Mutex::default() })
    }

    /// Every request so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.seen().asked.clone()
    }

    /// A till on a database, as it was left; a new one is not paired yet.
    ///
    /// # Panics
    /// If the till cannot be opened, which ends the benchmark.
    pub async fn till(self: &Arc<Self>, database: &std::path::Path, seed: u64) -> Till {
        let storage = SqliteStorage::open(database, &SealingKey::new(&[7; 32]))
            .expect("a till's database can be opened");
        let parts = Parts {
            clock: self.clock.clone(),
            entropy: Arc::new(SeededEntropy::new(seed)),
            transport: Arc::new(Wire(Arc::clone(self))),
            signer: Arc::new(key(3)),
            storage: StorageOn::Inline(Box::new(storage)),
        };
        Till::open(parts, Settings::default()).await.expect("a till opens on its own database")
    }

    /// A till with a database of its own, paired with this backend.
    ///
    /// # Panics
    /// If the till cannot be opened or paired, which ends the benchmark.
    pub async fn paired_till(self: &Arc<Self>, database: &std::path::Path, seed: u64) -> Till {
        let till = self.till(database, seed).await;
        let link = PairingLink {
            url: "http://127.0.0.1:1".to_owned(),
            merchant: "tea".parse().expect("an id"),
            secret: PairingSecret::from_random([5; 16]),
            root: self.root.public_key().fingerprint(),
            tls: None,
        };
        till.pair(&link.to_string(), "counter").await.expect("the scripted backend pairs");
        till
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, request: &Request<Bytes>) {
        let line = format!("{} {}", request.method(), request.uri().path());
        let at_ms = self.clock.monotonic_ms();
        self.seen().asked.push(Asked { at_ms, line });
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path().trim_start_matches("/v1/").to_owned();
        match (request.method(), path.split('/').collect::<Vec<_>>().as_slice()) {
            (&Method::GET, ["time"]) => json(&self.time()),
            (&Method::GET, ["bundle"]) => json(&self.bundle()),
            (&Method::POST, ["pairings"]) => {
                let device: PairDevice = read(request)?;
                self.seen().device = Some(device.key);
                json(&self.bundle())
            }
            (&Method::GET, ["changes"]) => {
                let cursor = Cursor("0".to_owned());
                json(&Changes { orders: Vec::new(), cursor, more: false, epoch: 1 })
            }
            (&Method::PUT, ["orders", _]) => self.open_order(&read(request)?),
            (&Method::GET, ["orders", number]) => match self.seen().orders.get(&order_no(number)?) {
                Some(order) => json(order),
                None => Err(TransportError::lost("no such order")),
            },
            _ => Err(TransportError::lost(format!("not scripted: {} {path}", request.method()))),
        }
    }

    fn time(&self) -> ServerTime {
        let mut features = vec!["orders".to_owned(), "days".to_owned(), "pairing".to_owned()];
        if self.has_stream {
            features.push("stream".to_owned());
        }
        // As a backend has them that nobody configured.
        let limits = ServerLimits { body_bytes_max: 262_144, page_max: 100, requests_per_minute: 600 };
        ServerTime { time: self.clock.wall(), epoch: 1, features, limits }
    }

    fn bundle(&self) -> Bundle {
        let merchant: saoma_contract::MerchantId = "tea".parse().expect("an id");
        let key = StatementKey {
            kid: KID.parse().expect("an id"),
            key: self.signing.public_key(),
            from: Time::from_unix_ms(0),
            until: None,
        };
        let keys = KeysStatement {
            merchant: merchant.clone(),
            live: false,
            serial: 1,
            root: self.root.public_key(),
            keys: vec![key],
            as_of: self.clock.wall(),
        };
        let time = self.time();
        Bundle {
            version: BUNDLE_VERSION,
            device: "d-1".parse().expect("an id"),
            device_name: "counter".parse().expect("a name"),
            role: DeviceRole::Cashier,
            merchant: Merchant {
                id: merchant,
                name: "Tea".to_owned(),
                live: false,
                currency: Currency::CNY,
                utc_offset_minutes: 480,
            },
            store: Store { id: "main".parse().expect("an id"), name: "Main".to_owned() },
            keys: sign_keys(keys, &self.root).expect("a key in memory signs"),
            limits: DeviceLimits { amount_max: 10_000_000, open_orders_max: 1_000, life_s: 300 },
            features: time.features,
            time: time.time,
        }
    }

    fn open_order(&self, body: &CreateOrder) -> Result<Response<Bytes>, TransportError> {
        let device = self.seen().device.clone().ok_or_else(|| TransportError::lost("not paired"))?;
        let signed = SignedOrder::verify(body.order.clone(), &device)
            .map_err(|error| TransportError::lost(error.to_string()))?;
        let (wanted, now) = (signed.body(), self.clock.wall());
        let code = Code {
            kind: CodeKind::Qr,
            text: format!("weixin://wxpay/bizpayurl?pr={}", wanted.order_no.tail()),
            expires_at: now.plus_ms(i64::from(wanted.life_s) * 1_000),
        };
        let version = Version { epoch: 1, counter: 1 };
        let attempt = Attempt {
            attempt: AttemptNo::FIRST,
            kind: AttemptKind::Qr,
            out_trade_no: OutTradeNo::new(&wanted.order_no, AttemptNo::FIRST),
            state: AttemptState::Open,
            code: Some(code.clone()),
            sent_at: Some(now),
            asked_at: None,
            refusal: None,
        };
        let order = Order {
            order_no: wanted.order_no.clone(),
            version,
            state: OrderState::Awaiting,
            live: false,
            merchant: wanted.merchant.clone(),
            store: Some(wanted.store.clone()),
            device: Some(wanted.device.clone()),
            staff: None,
            amount: wanted.amount,
            currency: wanted.currency,
            description: Some(wanted.description.clone()),
            note: wanted.note.clone(),
            business_key: wanted.business_key.clone(),
            created_at: now,
            attempts: vec![attempt],
            payments: Vec::new(),
            refunds: Vec::new(),
            mismatches: Vec::new(),
            mismatch: false,
            statements: vec![self.code_statement(wanted, code, version)],
            refusal: None,
            unknown: serde_json::Map::new(),
        };
        let answer = json(&order);
        self.seen().orders.insert(order.order_no.clone(), order);
        answer
    }

    fn code_statement(&self, wanted: &saoma_contract::OrderBody, code: Code, version: Version) -> Jws {
        let statement = Statement::Code(CodeStatement {
            merchant: wanted.merchant.clone(),
            live: false,
            order_no: wanted.order_no.clone(),
            attempt: AttemptNo::FIRST,
            amount: wanted.amount,
            currency: wanted.currency,
            code,
            version,
            as_of: self.clock.wall(),
        });
        sign(&statement, &KID.parse().expect("an id"), &self.signing).expect("a key in memory signs")
    }
}

fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_random(&Zeroizing::new([seed; 32])).expect("a small number is a key")
}

fn order_no(text: &str) -> Result<OrderNo, TransportError> {
    text.parse().map_err(|_| TransportError::lost("no order number"))
}

fn read<T: serde::de::DeserializeOwned>(request: &Request<Bytes>) -> Result<T, TransportError> {
    serde_json::from_slice(request.body()).map_err(|error| TransportError::lost(error.to_string()))
}

fn json<T: serde::Serialize>(body: &T) -> Result<Response<Bytes>, TransportError> {
    let bytes = serde_json::to_vec(body).map_err(|error| TransportError::lost(error.to_string()))?;
    let mut response = Response::new(Bytes::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The way to the backend, which takes its time and loses nothing.
struct Wire(Arc<ScriptedBackend>);

impl Transport for Wire {
    fn send(
        &self,
        request: Request<Bytes>,
        _peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        let backend = Arc::clone(&self.0);
        Box::pin(async move {
            backend.note(&request);
            tokio::time::sleep(ANSWER_AFTER).await;
            backend.answer(&request)
        })
    }

    fn stream(
        &self,
        request: Request<Bytes>,
        _peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>> {
        let backend = Arc::clone(&self.0);
        Box::pin(async move {
            backend.note(&request);
            tokio::time::sleep(ANSWER_AFTER).await;
            let opened = futures_util::stream::iter([Ok(Bytes::from_static(b": open\n\n"))]);
            let beats = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(HEARTBEAT).await;
                Some((Ok(Bytes::from_static(b": alive\n\n")), ()))
            });
            let mut response = Response::new(opened.chain(beats).boxed());
            let event_stream = header::HeaderValue::from_static("text/event-stream");
            response.headers_mut().insert(header::CONTENT_TYPE, event_stream);
            Ok(response)
        })
    }
}
