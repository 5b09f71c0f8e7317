//! One merchant's channel over the double of WeChat Pay, in either protocol, and a door for notifications.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use saoma_backend::channel::wechatpay::{self, WechatPay};
use saoma_backend::channel::wechatpay_v2::{self, WechatPayV2};
use saoma_backend::channel::{Channel, NotRead, Notified, Transport};
use saoma_backend::clock::{Clock as _, SystemRandom};
use saoma_backend::orders::Answer;
use saoma_contract::{
    AttemptNo, AuthCode, ClockTrust, Currency, Line, Method, OrderBody, OrderNo, Origin, OutTradeNo, Time,
};
use saoma_sandbox::Sandbox;
use saoma_wechatpay::aead::Apiv3Key;
use saoma_wechatpay::keys::{RsaSigner, WechatPayKeys};
use saoma_wechatpay::v2::{ApiKey, Merchant, SignType, Signing, SubMerchant};
use saoma_wechatpay::v3::partner::{self, Sub};
use saoma_wechatpay::v3::{Appid, Host, Mchid, NotifyUrl};
use saoma_wechatpay::{v2, v3};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::double;
use crate::world::{HandClock, PATIENCE};

/// What a merchant speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    V3,
    /// A service provider, for one of its sub-merchants.
    V3Partner,
    V2Hmac,
    V2Md5,
    V2Partner,
}

impl Speaks {
    pub fn is_v3(self) -> bool {
        matches!(self, Self::V3 | Self::V3Partner)
    }

    pub fn is_partner(self) -> bool {
        matches!(self, Self::V3Partner | Self::V2Partner)
    }
}

type Told = watch::Sender<Vec<Result<Notified, NotRead>>>;

/// A channel, the double behind it, and what was notified so far.
pub struct Counter {
    pub speaks: Speaks,
    pub channel: Arc<dyn Channel>,
    pub mchid: String,
    /// The merchant number whose money it is.
    pub account: String,
    door: String,
    double: Arc<Double>,
    told: Told,
}

/// The double of WeChat Pay, and the time of both sides.
struct Double {
    sandbox: Sandbox,
    clock: HandClock,
    client: reqwest::Client,
    transport: Arc<dyn Transport>,
    described: Value,
    _folder: tempfile::TempDir,
}

/// The same merchant over one double, in every way that it can speak.
pub async fn counters() -> Vec<Counter> {
    let double = Arc::new(Double::start().await);
    let mut counters = Vec::new();
    for speaks in [Speaks::V3, Speaks::V3Partner, Speaks::V2Hmac, Speaks::V2Md5, Speaks::V2Partner] {
        counters.push(Counter::open(speaks, 0, Arc::clone(&double)).await);
    }
    counters
}

impl Double {
    async fn start() -> Self {
        let transport = saoma_backend::Deps::real().unwrap().transport;
        let folder = tempfile::tempdir().unwrap();
        let clock = HandClock::new();
        let sandbox = double::start(folder.path(), &clock).await;
        let described = std::fs::read(folder.path().join("sandbox.json")).unwrap();
        Self {
            sandbox,
            clock,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            transport,
            described: serde_json::from_slice(&described).unwrap(),
            _folder: folder,
        }
    }
}

impl Double {
    /// The merchant that can speak so.
    fn merchant(&self, speaks: Speaks) -> Value {
        let merchants = self.described["merchants"].as_array().unwrap();
        let has_subs =
            |merchant: &Value| merchant["sub_merchants"].as_array().is_some_and(|subs| !subs.is_empty());
        let fits = |merchant: &&Value| {
            merchant["verify_with"] == "public_key" && has_subs(merchant) == speaks.is_partner()
        };
        merchants.iter().find(fits).unwrap().clone()
    }
}

impl Counter {
    /// Another sub-merchant's channel at the same service provider, whose notifications come in by this one's door.
    pub async fn neighbour(&self) -> Arc<dyn Channel> {
        channel(self.speaks, 1, &self.double, &self.double.merchant(self.speaks), &self.door)
    }

    async fn open(speaks: Speaks, sub: usize, double: Arc<Double>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = format!("http://{}/notify/wechatpay/tea", listener.local_addr().unwrap());
        let merchant = double.merchant(speaks);
        let mchid = merchant["mchid"].as_str().unwrap().to_owned();
        let account =
            if speaks.is_partner() { &merchant["sub_merchants"][sub]["mchid"] } else { &merchant["mchid"] };
        let account = account.as_str().unwrap().to_owned();
        let channel = channel(speaks, sub, &double, &merchant, &door);
        let told: Told = watch::channel(Vec::new()).0;
        let state = (Arc::clone(&channel), told.clone());
        let router = Router::new().route("/notify/wechatpay/tea", post(notified)).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { speaks, channel, mchid, account, door, double, told }
    }

    /// Calls the double's own doors.
    pub async fn play(&self, door: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{door}", self.double.sandbox.base_url());
        let answer = self.double.client.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{door}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    pub async fn fault(&self, on: &str, fault: &str) {
        self.play("faults", json!([{ "on": on, "do": fault, "times": 1 }])).await;
    }

    pub async fn advance_s(&self, seconds: i64) {
        self.play("clock", json!({ "advance_seconds": seconds })).await;
        self.double.clock.advance_s(seconds);
    }

    /// The customer pays a code on the till, or finishes a charge.
    pub async fn pay(&self, with: Value) {
        self.play("pay", with).await;
    }

    /// A new customer's payment code.
    pub async fn wallet_code(&self, wallet: Value) -> AuthCode {
        let code = self.play("wallet-code", wallet).await;
        code["auth_code"].as_str().unwrap().parse().unwrap()
    }

    /// Waits until so many notifications came, and gives them.
    pub async fn told(&self, count: usize) -> Vec<Result<Notified, NotRead>> {
        let mut told = self.told.subscribe();
        let told = tokio::time::timeout(PATIENCE, told.wait_for(|told| told.len() >= count));
        told.await.unwrap().unwrap().clone()
    }

    /// What the double says became of its notifications of this order.
    pub async fn notifications(&self, order: &OrderBody) -> Vec<Value> {
        let url = format!("{}/_sandbox/notifications", self.double.sandbox.base_url());
        let all: Vec<Value> = self.double.client.get(url).send().await.unwrap().json().await.unwrap();
        all.into_iter().filter(|sent| sent["out_trade_no"] == number(order).as_str()).collect()
    }

    pub fn now(&self) -> Time {
        self.double.clock.now()
    }

    /// Opens an order and gives the text of its code.
    pub async fn opened(&self, order: &OrderBody) -> String {
        let number = number(order);
        let request = self.channel.request(order, &number, self.now().plus_ms(300_000)).unwrap();
        match self.channel.open(&number, request).await {
            saoma_backend::channel::OpenAnswer::Code(code) => code,
            other => panic!("no code: {other:?}"),
        }
    }

    pub async fn query(&self, order: &OrderBody) -> Answer {
        self.channel.query(&number(order)).await
    }
}

/// A new order.
pub fn order(amount: i64) -> OrderBody {
    OrderBody {
        merchant: "tea".parse().unwrap(),
        store: "main".parse().unwrap(),
        device: "d-1".parse().unwrap(),
        staff: None,
        origin: Origin::Till,
        order_no: OrderNo::new(next_ms(), [7; 10]),
        amount,
        currency: Currency::CNY,
        lines: vec![Line { no: 1, amount, reference: None }],
        business_key: None,
        description: "绿豆咖啡 & 拿铁".parse().unwrap(),
        note: None,
        method: Method::WechatpayQr,
        life_s: 300,
        made_at: Time::from_unix_ms(1_785_549_600_000),
        clock: ClockTrust::Server,
    }
}

/// A time that no other number of this run was made at.
pub fn next_ms() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1_785_549_600_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub fn number(order: &OrderBody) -> OutTradeNo {
    OutTradeNo::new(&order.order_no, AttemptNo::FIRST)
}

fn channel(speaks: Speaks, sub: usize, double: &Double, merchant: &Value, door: &str) -> Arc<dyn Channel> {
    let (described, transport) = (&double.described, Arc::clone(&double.transport));
    let text = |name: &str| merchant[name].as_str().unwrap();
    let (mchid, appid) = (Mchid::new(text("mchid")).unwrap(), Appid::new(text("appid")).unwrap());
    let host = Host::new(described["base_url"].as_str().unwrap()).unwrap();
    let notify_url = NotifyUrl::new(door).unwrap();
    let (clock, random) = (Arc::new(double.clock.clone()), Arc::new(SystemRandom));
    let sub = speaks.is_partner().then(|| {
        let sub = &merchant["sub_merchants"][sub];
        Sub::new(&mchid, Mchid::new(sub["mchid"].as_str().unwrap()).unwrap(), None).unwrap()
    });
    let sign_type = match speaks {
        Speaks::V3 | Speaks::V3Partner => {
            let signer = RsaSigner::from_pem(text("certificate_serial_no"), text("private_key_pem")).unwrap();
            let platform = |name: &str| described["platform"][name].as_str().unwrap();
            let mut keys = WechatPayKeys::new();
            keys.add_public_key(platform("public_key_id"), platform("public_key_pem")).unwrap();
            let account = wechatpay::Account {
                merchant: partner::Merchant { appid, mchid, sub },
                notify_url,
                api_v3_key: Apiv3Key::new(text("api_v3_key").as_bytes()).unwrap(),
                caller: v3::Caller::new(host, Arc::new(signer), "counter/1").unwrap(),
                backup: None,
                keys,
                fetch_certificates: false,
                code_pay: true,
            };
            return Arc::new(WechatPay::new(account, transport, clock, random));
        }
        Speaks::V2Hmac | Speaks::V2Partner => SignType::HmacSha256,
        Speaks::V2Md5 => SignType::Md5,
    };
    let sub = sub.map(|sub| SubMerchant { mch_id: sub.mchid, appid: sub.appid });
    let signing = Signing { key: ApiKey::new(text("api_v2_key").as_bytes()).unwrap(), sign_type };
    let account = wechatpay_v2::Account {
        merchant: Merchant { appid, mch_id: mchid, sub },
        notify_url,
        caller: v2::Caller::new(host, signing, "counter/1").unwrap(),
        backup: None,
        server_ip: "127.0.0.1".parse().unwrap(),
        code_pay: true,
    };
    Arc::new(WechatPayV2::new(account, transport, None, clock, random))
}

/// Takes a notification as the backend does: the channel reads it, and says how it is answered.
async fn notified(State((channel, told)): State<(Arc<dyn Channel>, Told)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 128 * 1024).await.unwrap();
    let outcome = channel.notified(&parts.headers, body).await;
    let answer = channel.notification_answer(outcome.as_ref().map(|_| ())).map(Body::from);
    told.send_modify(|told| told.push(outcome));
    answer
}
