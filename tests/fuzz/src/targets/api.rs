//! API v1 through the router, and the door for notifications: any request, signed by a paired device where it is to be. The
//! first word says by whom, and `order` and `notified` sign what is in the body too. Time goes on by a second with each
//! request; WeChat Pay answers by the book.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Request, Response, Uri, header};
use saoma_backend::channel::{Transport, TransportError};
use saoma_backend::clock::{Clock, Random};
use saoma_backend::ledger::sqlite::Executor;
use saoma_backend::{Deps, Inside, NewLink, config};
use saoma_contract::request_signature::sign;
use saoma_contract::{Bundle, DeviceRole, DeviceSigner as _, PairDevice, Problem, SoftwareKey, Time, path};
use saoma_wechatpay::v2::{ApiKey, Fields, SignType, Signing, xml::ROOT};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::signatures::{jws, key};
use crate::Target;
use crate::message::Message;
use saoma_chance::Chance;

pub(super) const API: Target = Target {
    name: "api",
    seeds,
    words: &[
        "owner ",
        "cashier ",
        "nobody ",
        "order ",
        "notified ",
        "GET ",
        "PUT ",
        "POST ",
        "DELETE ",
        "/v1/orders/",
        "/v1/changes?after=",
        "/v1/stream?after=",
        "/v1/days/2026-08-01",
        "/refunds/",
        "/payments/",
        "?limit=",
        "&limit=",
        "from=",
        "until=",
        "2026-02-30",
        "9999-12-31",
        "/v1/people/",
        "/v1/devices/",
        "saoma-person: li\n",
        "%2F",
        "..",
        "amount",
        "\"attempt\":1",
        "\"pin\":\"2580\"",
        "\"reason\":\"x\"",
        "\"lines\":[]",
        "weixin://",
        "<xml>",
        "total_fee",
        "transaction_id",
        "content-length: ",
        "transfer-encoding: chunked\n",
        "expect: 100-continue\n",
    ],
    input_bytes_max: 80 * 1024,
    // The ledger, its pages and a PIN's hash (19 MiB) beside one request.
    memory_bytes_max: 64 << 20,
    executions: 600,
    run,
};

/// 2026-08-01T10:00:00+08:00.
const NOW_MS: i64 = 1_785_549_600_000;
const V2_KEY: &str = "ForHostileInputOnly4567890abcdef";
const ORDER_NO: &str = "01K1J6QYV0000000000000000A";
const PAID_NO: &str = "01K1J6QYV0000000000000000B";

const CONFIG: &str = r#"listen = "127.0.0.1:0"
state_dir = "state"
[limits]
body_bytes_max = 70000
requests_per_minute = 100000
[[merchants]]
id = "tea"
name = "Tea"
account = "test"
open_orders_max = 10000
[[merchants.stores]]
id = "main"
name = "Main street"
[merchants.wechatpay]
protocol = "v2"
mchid = "1688001234"
appid = "wx1f2e3d4c5b6a7988"
api_v2_key_file = "key"
base_url = "http://127.0.0.1:9000"
"#;

/// The shop's clock: it stands still between requests.
#[derive(Clone)]
struct Steps(watch::Sender<Time>);

impl Clock for Steps {
    fn now(&self) -> Time {
        *self.0.borrow()
    }

    fn monotonic_ms(&self) -> i64 {
        self.0.borrow().unix_ms()
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            if now.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Chance from a seed.
struct Seeded(Mutex<Chance>);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.iter_mut().for_each(|byte| *byte = chance.byte());
    }
}

fn signing() -> Signing {
    Signing {
        key: ApiKey::new(V2_KEY.as_bytes()).expect("a key of 32 bytes"),
        sign_type: SignType::HmacSha256,
    }
}

/// WeChat Pay by the book: nobody pays, and what is closed is closed.
#[derive(Default)]
struct Book(Mutex<BTreeSet<String>>);

impl Transport for Book {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let answer = self.answer(&request);
        Box::pin(async move { Ok(Response::new(answer)) })
    }
}

impl Book {
    fn answer(&self, request: &Request<Bytes>) -> Bytes {
        let asked = Fields::read(ROOT, request.body()).expect("the backend asks in XML");
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = asked.get("out_trade_no").unwrap_or_default().to_owned();
        let mut told = Fields::new();
        for (name, value) in [("return_code", "SUCCESS"), ("return_msg", "OK"), ("nonce_str", "n1")] {
            told.set(name, value);
        }
        for name in ["appid", "mch_id", "out_trade_no"] {
            told.set(name, asked.get(name).unwrap_or_default().to_owned());
        }
        match request.uri().path() {
            "/pay/unifiedorder" => {
                told.set("result_code", "SUCCESS");
                told.set("trade_type", "NATIVE");
                told.set("prepay_id", "wx1");
                told.set("code_url", format!("weixin://wxpay/bizpayurl?pr={number}"));
            }
            "/pay/orderquery" => {
                told.set("result_code", "SUCCESS");
                told.set("trade_state", if closed.contains(&number) { "CLOSED" } else { "NOTPAY" });
                told.set("trade_state_desc", "1");
            }
            "/pay/closeorder" => {
                closed.insert(number);
                told.set("result_code", "SUCCESS");
            }
            _ => {
                told.set("result_code", "FAIL");
                told.set("err_code", "PARAM_ERROR");
                told.set("err_code_des", "no");
            }
        }
        signing().write(told).expect("plain texts can be written")
    }
}

struct World {
    runtime: Runtime,
    clock: Steps,
    router: Router,
    inside: Inside,
    owner: Device,
    cashier: Device,
    // Last: the ledger writes into it.
    _folder: tempfile::TempDir,
}

struct Device {
    key: SoftwareKey,
    id: String,
}

static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::open()));
static NONCE: AtomicU64 = AtomicU64::new(1);

impl World {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("key"), V2_KEY).expect("a file can be written");
        let config = config::check(CONFIG, folder.path(), &|_| None);
        let config = config.unwrap_or_else(|problems| panic!("{problems:?}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let clock = Steps(watch::channel(Time::from_unix_ms(NOW_MS)).0);
        let deps = Deps {
            clock: Arc::new(clock.clone()),
            random: Arc::new(Seeded(Mutex::new(Chance::new(1)))),
            transport: Arc::new(Book::default()),
            executor: Executor::Inline,
        };
        let url = "http://127.0.0.1:8080".to_owned();
        let inside = runtime.block_on(Inside::open(config, url, deps)).expect("a shop opens");
        let router = inside.router();
        let unpaired = |seed| Device { key: key(seed), id: "new".to_owned() };
        let (owner, cashier) = (unpaired(1), unpaired(2));
        let mut world = Self { runtime, clock, router, inside, owner, cashier, _folder: folder };
        world.owner.id = world.paired(DeviceRole::Owner, &world.owner);
        world.cashier.id = world.paired(DeviceRole::Cashier, &world.cashier);
        world
    }

    fn paired(&self, role: DeviceRole, device: &Device) -> String {
        let (merchant, store) = ("tea".parse().expect("an id"), "main".parse().expect("an id"));
        let new = NewLink { merchant, store, role, life_s: 3_600 };
        let (link, _) = self.runtime.block_on(self.inside.mint_pairing(new)).expect("a link can be made");
        let body = PairDevice {
            secret: link.secret,
            key: device.key.public_key(),
            name: "counter 1".parse().expect("a name"),
        };
        let body = Bytes::from(serde_json::to_vec(&body).expect("plain fields are JSON"));
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        let request =
            self.signed(Method::POST, path::PAIRINGS.parse().expect("a path"), headers, body, device);
        let (_, body) = self.answered(request.expect("it can be signed"));
        serde_json::from_slice::<Bundle>(&body).expect("the device is paired").device.to_string()
    }

    fn signed(
        &self,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
        device: &Device,
    ) -> Option<Request<Bytes>> {
        let mut request = Request::new(body);
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&NONCE.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        sign(&mut request, &device.id, self.clock.now(), nonce, None, &device.key).ok()?;
        Some(request)
    }

    /// The answer and its body; of a stream, its beginning.
    fn answered(&self, request: Request<Bytes>) -> (Response<()>, Vec<u8>) {
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request.map(Body::from)).await;
            let (parts, body) = answer.expect("a router always answers").into_parts();
            let is_stream =
                parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
            let mut chunks = body.into_data_stream();
            let mut body = Vec::new();
            while let Some(chunk) = chunks.next().await {
                body.extend_from_slice(&chunk.expect("a body comes to its end"));
                if is_stream {
                    break;
                }
            }
            (Response::from_parts(parts, ()), body)
        })
    }
}

fn order_body(number: &str) -> Value {
    json!({
        "merchant": "tea", "store": "main", "device": "d", "origin": "till", "order_no": number, "amount": 1280,
        "currency": "CNY", "lines": [{"no": 1, "amount": 1280, "reference": "SF123"}], "business_key": number,
        "description": "绿豆咖啡-拿铁", "note": "less ice", "method": "wechatpay_qr", "life_s": 300,
        "made_at": "2026-08-01T02:00:00.000Z", "clock": "server",
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let json = "content-type: application/json\n\n";
    let order = |number: &str| format!("order PUT /v1/orders/{number}\n{json}{}", order_body(number));
    let paid = "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code><appid>wx1f2e3d4c5b6a7988</appid>\
        <mch_id>1688001234</mch_id><nonce_str>n</nonce_str><openid>o1</openid><trade_type>NATIVE</trade_type>\
        <bank_type>CMB_DEBIT</bank_type><total_fee>1280</total_fee><fee_type>CNY</fee_type><cash_fee>1280</cash_fee>\
        <transaction_id>4200001234202608017654321098</transaction_id><out_trade_no>NUMBER01</out_trade_no>\
        <time_end>20260801100231</time_end></xml>"
        .replace("NUMBER", PAID_NO);
    let refund = r#"{"channel":"wechatpay","transaction_id":"4200001234202608017654321098","amount":300,"currency":"CNY","reason":"少糖"}"#;
    let key: Value = serde_json::to_value(key(3).public_key()).expect("a public key is JSON");
    let of = |who: &str, verb: &str, path: &str, body: &str| format!("{who} {verb} {path}\n{json}{body}");
    let mut seeds = vec![
        order(ORDER_NO),
        order(PAID_NO),
        format!("notified POST /notify/wechatpay/tea\n\n{paid}"),
        of("owner", "GET", &format!("/v1/orders/{ORDER_NO}"), ""),
        of("owner", "POST", &format!("/v1/orders/{ORDER_NO}/check"), "{}"),
        of("owner", "POST", &format!("/v1/orders/{ORDER_NO}/refresh"), r#"{"attempt":1}"#),
        of(
            "owner",
            "POST",
            &format!("/v1/orders/{ORDER_NO}/charge"),
            r#"{"attempt":1,"auth_code":"134567890123456789"}"#,
        ),
        of(
            "owner",
            "POST",
            &format!("/v1/orders/{ORDER_NO}/cash"),
            r#"{"attempt":1,"taken_at":"2026-08-01T02:00:09.000Z"}"#,
        ),
        of("owner", "POST", &format!("/v1/orders/{ORDER_NO}/close"), r#"{"attempt":2}"#),
        of("owner", "PUT", &format!("/v1/orders/{PAID_NO}/refunds/{ORDER_NO}"), refund),
        of("cashier", "PUT", &format!("/v1/orders/{PAID_NO}/refunds/{PAID_NO}"), refund),
        of(
            "owner",
            "POST",
            &format!("/v1/orders/{PAID_NO}/refunds/{PAID_NO}/decide"),
            r#"{"approve":false,"reason":"no"}"#,
        ),
        of("owner", "POST", &format!("/v1/orders/{PAID_NO}/refunds/{PAID_NO}/to-merchant"), "{}"),
        of(
            "owner",
            "POST",
            &format!("/v1/orders/{PAID_NO}/payments/4200001234202608017654321098/accept"),
            r#"{"channel":"wechatpay"}"#,
        ),
        of("owner", "GET", "/v1/changes?limit=10", ""),
        of("owner", "GET", "/v1/stream", ""),
        of("owner", "GET", "/v1/days?from=2026-07-01&until=2026-08-01", ""),
        of("owner", "GET", "/v1/days.csv?from=2026-07-01&until=2026-08-01", ""),
        of("owner", "GET", "/v1/days/2026-08-01", ""),
        of("owner", "GET", "/v1/days/2026-08-01/sales.csv", ""),
        of("owner", "GET", "/v1/days/2026-08-01/reconciliation?limit=10", ""),
        of("owner", "POST", "/v1/days/2026-08-01/reconciliation/f_1/settle", r#"{"reason":"it was me"}"#),
        of("owner", "POST", "/v1/pairing-codes", r#"{"store":"main","role":"cashier","life_s":600}"#),
        of(
            "nobody",
            "POST",
            "/v1/pairings",
            &format!(r#"{{"secret":"AAECAwQFBgcICQoLDA0ODw","key":{key},"name":"c"}}"#),
        ),
        of(
            "owner",
            "POST",
            "/v1/people",
            r#"{"person":"li","name":"小李","role":"manager","store":"main","pin":"2580"}"#,
        ),
        of("owner", "POST", "/v1/people/li", r#"{"name":"小王","role":"cashier","store":null}"#),
        of("cashier", "POST", "/v1/sessions", r#"{"person":"li","pin":"2580"}"#),
        of("cashier", "DELETE", "/v1/sessions", ""),
        of("owner", "POST", "/v1/devices/d_1/revoke", r#"{"reason":"lost"}"#),
    ];
    for door in ["time", "health", "keys", "bundle", "people", "devices", "audit?limit=10"] {
        seeds.push(of("owner", "GET", &format!("/v1/{door}"), ""));
    }
    seeds.into_iter().map(String::into_bytes).collect()
}

fn run(input: &[u8]) {
    // After a panic the world is as the next input finds it.
    let world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    world.clock.0.send_modify(|now| *now = now.plus_ms(1_000));
    let Message { words, headers, body } = Message::read(input);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let (Ok(method), Ok(uri)) = (word(1).parse::<Method>(), word(2).parse::<Uri>()) else { return };
    let as_it_is = |body| {
        let mut request = Request::new(body);
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) =
            (method.clone(), uri.clone(), headers.clone());
        request
    };
    let request = match word(0) {
        "owner" => world.signed(method, uri, headers, body, &world.owner),
        "cashier" => world.signed(method, uri, headers, body, &world.cashier),
        "order" => {
            let order =
                jws("saoma-order", &world.owner.id, &of_device(&body, &world.owner.id), &world.owner.key);
            let body = json!({ "order": order }).to_string();
            world.signed(method, uri, headers, body.into(), &world.owner)
        }
        "notified" => Some(as_it_is(notification(&body))),
        _ => Some(as_it_is(body)),
    };
    let Some(request) = request else { return };
    let is_api = request.uri().path().starts_with("/v1/");
    let asked = format!("{} {}", request.method(), request.uri());
    let (answer, body) = world.answered(request);
    let (status, kind) = (answer.status(), answer.headers().get(header::CONTENT_TYPE));
    // A signed notification that cannot be read is answered with 500 on purpose: it is to come again.
    assert!(!is_api || !status.is_server_error(), "{asked}: {status}: {}", body.escape_ascii());
    assert!(body.len() <= 4 << 20, "{asked}: {} bytes", body.len());
    if is_api && status.is_client_error() {
        assert!(kind.is_some_and(|kind| kind == "application/problem+json"), "{asked}: {status} {kind:?}");
        let problem: Problem = serde_json::from_slice(&body).expect("a problem is JSON");
        assert_eq!(problem.status, status.as_u16(), "{asked}");
    }
}

/// An order of this device's, if the bytes are one at all.
fn of_device(body: &[u8], device: &str) -> Vec<u8> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut order)) => {
            order.insert("device".to_owned(), device.into());
            Value::Object(order).to_string().into_bytes()
        }
        _ => body.to_vec(),
    }
}

/// A notification with these fields, signed anew; the bytes themselves if they are none.
fn notification(body: &Bytes) -> Bytes {
    let Ok(fields) = Fields::read(ROOT, body) else { return body.clone() };
    let mut unsigned = Fields::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
        unsigned.set(name, value);
    }
    signing().write(unsigned).unwrap_or_else(|_| body.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_are_requests_that_a_shop_answers() {
        let done = |seed: &[u8]| {
            let text = String::from_utf8_lossy(seed).into_owned();
            run(seed);
            text.lines().next().unwrap_or_default().to_owned()
        };
        assert!(seeds().iter().map(|seed| done(seed)).all(|line| line.split(' ').count() == 3));
        let world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
        let order = Uri::try_from(format!("/v1/orders/{PAID_NO}")).unwrap();
        let request = world.signed(Method::GET, order, HeaderMap::new(), Bytes::new(), &world.owner).unwrap();
        let (_, body) = world.answered(request);
        let told: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(told["state"], "paid", "the seeds reach as far as money: {told}");
    }
}
