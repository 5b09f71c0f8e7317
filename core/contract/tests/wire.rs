//! Each resource's JSON, pinned in both directions: what we write is the committed file, and the file reads as what we meant.
#![allow(clippy::unwrap_used, reason = "a test")]

mod pinned;

use saoma_contract::statement::{
    ClosedStatement, CodeStatement, KeysStatement, PaidStatement, Statement, StatementKey,
};
use saoma_contract::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

fn assert_wire<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    pinned::assert_pinned(&format!("tests/wire/{name}.json"), &text);
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{name} does not read as it was written");
}

fn time(seconds: i64) -> Time {
    Time::from_unix_ms((1_785_549_600 + seconds) * 1000)
}

fn order_no() -> OrderNo {
    "01K1J6QYV00000000000000000".parse().unwrap()
}

fn version(counter: u64) -> Version {
    Version { epoch: 1_785_500_000_000, counter }
}

fn key() -> SoftwareKey {
    SoftwareKey::from_random(&Zeroizing::new([1; 32])).unwrap()
}

fn code() -> Code {
    Code { kind: CodeKind::Qr, text: "weixin://wxpay/bizpayurl?pr=Ab12Cd3".to_owned(), expires_at: time(300) }
}

fn payment() -> Payment {
    Payment {
        channel: "wechatpay".to_owned(),
        transaction_id: "4200001234202608017654321098".to_owned(),
        attempt: AttemptNo::FIRST,
        proof: PaymentProof::Proven,
        amount: 1280,
        currency: Currency::CNY,
        payer_amount: Some(1180),
        payer_currency: Some(Currency::CNY),
        paid_at: time(20),
        late: false,
    }
}

fn order() -> Order {
    Order {
        order_no: order_no(),
        version: version(12),
        state: OrderState::Paid,
        live: true,
        merchant: "tea".parse().unwrap(),
        store: Some("s1".parse().unwrap()),
        device: Some("d_1".parse().unwrap()),
        staff: Some("li".parse().unwrap()),
        amount: 1280,
        currency: Currency::CNY,
        description: Some("绿豆咖啡-拿铁".parse().unwrap()),
        note: Some("less ice".parse().unwrap()),
        business_key: Some("SF123".parse().unwrap()),
        created_at: time(0),
        attempts: vec![Attempt {
            attempt: AttemptNo::FIRST,
            out_trade_no: OutTradeNo::new(&order_no(), AttemptNo::FIRST),
            state: AttemptState::Paid,
            code: Some(code()),
            sent_at: Some(time(0)),
            asked_at: Some(time(5)),
        }],
        payments: vec![payment()],
        mismatch: false,
        statements: vec![Jws::from_text("header.payload.signature")],
        refusal: None,
        unknown: Map::new(),
    }
}

#[test]
fn orders() {
    assert_wire("order", &order());
    let closed_before_it_came = Order {
        state: OrderState::Closed,
        store: None,
        device: None,
        staff: None,
        amount: 0,
        description: None,
        note: None,
        business_key: None,
        attempts: vec![],
        payments: vec![],
        statements: vec![],
        ..order()
    };
    assert_wire("order_unknown_closed", &closed_before_it_came);
    let refusal = Refusal { code: "PARAM_ERROR".to_owned(), detail: "description is too long".to_owned() };
    assert_wire("order_rejected", &Order { state: OrderState::Rejected, refusal: Some(refusal), ..order() });
    let body = OrderBody {
        merchant: "tea".parse().unwrap(),
        store: "s1".parse().unwrap(),
        device: "d_1".parse().unwrap(),
        staff: Some("li".parse().unwrap()),
        origin: Origin::Till,
        order_no: order_no(),
        amount: 1280,
        currency: Currency::CNY,
        lines: vec![Line { no: 1, amount: 1280, reference: Some("SF123".parse().unwrap()) }],
        business_key: Some("SF123".parse().unwrap()),
        description: "绿豆咖啡-拿铁".parse().unwrap(),
        note: Some("less ice".parse().unwrap()),
        method: Method::WechatpayQr,
        life_s: 300,
        made_at: time(0),
        clock: ClockTrust::Server,
    };
    assert_wire("order_body", &body);
}

#[test]
fn calls() {
    let jws = || Jws::from_text("header.payload.signature");
    assert_wire("create_order", &CreateOrder { order: jws(), statements: vec![jws()] });
    assert_wire("refresh_order", &RefreshOrder { attempt: AttemptNo::FIRST });
    assert_wire("close_order", &CloseOrder { attempt: AttemptNo::LAST });
    assert_wire("check_order", &CheckOrder {});
    let changes =
        Changes { orders: vec![order()], cursor: Cursor("b3BhcXVl".to_owned()), more: true, epoch: 7 };
    assert_wire("changes", &changes);
    assert_wire("stream_end", &StreamEnd { reason: "age".to_owned() });
    assert_wire("keys_answer", &KeysAnswer { keys: jws() });
    let limits = ServerLimits { body_bytes_max: 65_536, page_max: 100, requests_per_minute: 600 };
    assert_wire(
        "health",
        &Health {
            status: "ok".to_owned(),
            version: "0.1.0".to_owned(),
            time: time(0),
            notified_at: None,
            waiting: 1,
            next_due_at: Some(time(5)),
        },
    );
    assert_wire("time", &ServerTime { time: time(0), epoch: 7, features: vec!["orders".to_owned()], limits });
    let day = Day {
        date: "2026-08-01".to_owned(),
        live: true,
        currency: Currency::CNY,
        paid: Total { count: 2, amount: 2560 },
        late: Total { count: 1, amount: 1280 },
        methods: vec![MethodTotal {
            method: "wechatpay_qr".to_owned(),
            total: Total { count: 2, amount: 2560 },
        }],
        mismatched: 0,
        as_of: time(30),
    };
    assert_wire("day", &day);
}

#[test]
fn pairing() {
    let secret = PairingSecret::from_random([5; 16]);
    let new = NewPairingCode { store: "s1".parse().unwrap(), role: DeviceRole::Cashier, life_s: 600 };
    assert_wire("new_pairing_code", &new);
    let link = PairingLink {
        url: "https://pay.example.cn".to_owned(),
        merchant: "tea".parse().unwrap(),
        secret: secret.clone(),
        root: Fingerprint::from_bytes([6; 32]),
        tls: None,
    };
    assert_wire("pairing_code", &PairingCode { link: link.to_string(), expires_at: time(600) });
    assert_wire(
        "pair_device",
        &PairDevice { secret, key: key().public_key(), name: "counter 2".parse().unwrap() },
    );
    let bundle = Bundle {
        version: BUNDLE_VERSION,
        device: "d_1".parse().unwrap(),
        device_name: "counter 2".parse().unwrap(),
        role: DeviceRole::Manager,
        merchant: Merchant {
            id: "tea".parse().unwrap(),
            name: "绿豆茶".to_owned(),
            live: false,
            currency: Currency::CNY,
            utc_offset_minutes: 480,
        },
        store: Store { id: "s1".parse().unwrap(), name: "West Lake".to_owned() },
        keys: Jws::from_text("header.payload.signature"),
        limits: DeviceLimits { amount_max: 5_000_000, open_orders_max: 200, life_s: 300 },
        features: vec!["orders".to_owned(), "stream".to_owned()],
        time: time(0),
    };
    assert_wire("bundle", &bundle);
}

#[test]
fn people() {
    let (person, name): (StaffId, PersonName) = ("li".parse().unwrap(), "小李".parse().unwrap());
    let pin: Pin = "2580".parse().unwrap();
    assert_wire("sign_in", &SignIn { person: person.clone(), pin: pin.clone() });
    let session =
        Session { person: person.clone(), name: name.clone(), role: Role::Cashier, expires_at: time(43_200) };
    assert_wire("session", &session);
    let one = Person { person: person.clone(), name: name.clone(), role: Role::Courier, store: None };
    let people = vec![
        one,
        Person { person: "wang".parse().unwrap(), name: name.clone(), role: Role::Owner, store: None },
    ];
    assert_wire("people", &People { people, sign_in: SignInRule::Required });
    let store = Some("s1".parse().unwrap());
    let role = Role::Manager;
    let new = NewPerson { person: person.clone(), name: name.clone(), role, store, pin: pin.clone() };
    assert_wire("new_person", &new);
    let change = ChangePerson {
        name: Some(name),
        role: Some(Role::Cashier),
        store: Some(None),
        pin: Some(pin),
        remove: true,
    };
    assert_wire("change_person", &change);
    let device = PairedDevice {
        device: "d_1".parse().unwrap(),
        name: "counter 2".parse().unwrap(),
        role: DeviceRole::Owner,
        store: "s1".parse().unwrap(),
        paired_at: time(0),
        revoked_at: Some(time(9)),
        forked_at: None,
        sessions: vec![session],
    };
    assert_wire("devices", &Devices { devices: vec![device] });
    assert_wire("revoke_device", &RevokeDevice { reason: Some("lost on the bus".parse().unwrap()) });
    let mut line = AuditLine {
        seq: 1,
        at: time(3),
        by: AuditBy::Device,
        device: Some("d_1".parse().unwrap()),
        person: Some(person),
        what: "person_added".to_owned(),
        about: Some("wang".to_owned()),
        detail: Some("role owner".to_owned()),
        hash: String::new(),
    };
    line.hash = line.hash_after(&[0; 32]).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_wire("audit", &Audit { lines: vec![line], more: false });
}

#[test]
fn statements() {
    let (merchant, store): (MerchantId, StoreId) = ("tea".parse().unwrap(), "s1".parse().unwrap());
    let (live, as_of) = (true, time(1));
    let code = CodeStatement {
        merchant: merchant.clone(),
        live,
        order_no: order_no(),
        attempt: AttemptNo::FIRST,
        amount: 1280,
        currency: Currency::CNY,
        code: code(),
        version: version(3),
        as_of,
    };
    assert_wire("statement_code", &Statement::Code(code));
    let paid = PaidStatement {
        merchant: merchant.clone(),
        merchant_name: "绿豆茶".to_owned(),
        store,
        live,
        order_no: order_no(),
        amount: 1280,
        currency: Currency::CNY,
        payment: payment(),
        version: version(4),
        as_of,
    };
    assert_wire("statement_paid", &Statement::Paid(paid));
    let attempt = Some(AttemptNo::FIRST);
    let closed = ClosedStatement {
        merchant: merchant.clone(),
        live,
        order_no: order_no(),
        attempt,
        version: version(5),
        as_of,
    };
    assert_wire("statement_closed", &Statement::Closed(closed));
    let keys = KeysStatement {
        merchant,
        live,
        serial: 2,
        root: key().public_key(),
        keys: vec![StatementKey {
            kid: "k1".parse().unwrap(),
            key: key().public_key(),
            from: time(0),
            until: Some(time(7_776_000)),
        }],
        as_of,
    };
    assert_wire("statement_keys", &Statement::Keys(keys));
}

#[test]
fn every_problem_has_its_status_and_form() {
    let all: Vec<Value> = ProblemCode::KNOWN
        .iter()
        .map(|code| {
            serde_json::to_value(Problem::new(ProblemCode::from(*code), "what happened, and what to do"))
                .unwrap()
        })
        .collect();
    assert_wire("problems", &all);
    let conflict = Problem::new(ProblemCode::OtherBytes, "the number stands for another order")
        .field("order")
        .order(order())
        .server_time(time(9))
        .retry_after_s(2)
        .tries_left(4)
        .rule("refund_day_share");
    assert_wire("problem_conflict", &conflict);
}

#[test]
fn answers_of_a_later_version_are_read_and_their_news_kept() {
    let mut later = serde_json::to_value(order()).unwrap();
    later["state"] = json!("loaned");
    later["loan"] = json!({"until": "2027"});
    let order: Order = serde_json::from_value(later.clone()).unwrap();
    assert_eq!(order.state, OrderState::Unknown("loaned".to_owned()));
    assert_eq!(serde_json::to_value(order).unwrap(), later);
}

#[test]
fn requests_with_unknown_missing_doubled_or_wrong_fields_are_refused_by_name() {
    let field = |body: &str| read_request::<CloseOrder>(body.as_bytes()).unwrap_err().field;
    assert_eq!(field(r#"{"attempt":1,"reason":"x"}"#), "reason");
    assert_eq!(field(r#"{"attempt":0}"#), "attempt");
    assert_eq!(field(r#"{"attempt":"1"}"#), "attempt");
    assert_eq!(field(r#"{"attempt":1,"attempt":2}"#), "attempt");
    assert_eq!(field("{}"), "attempt");
    for body in ["", "{", "[]", "null", r#"{"attempt":1} {}"#] {
        assert_eq!(field(body), "body", "{body:?}");
    }
    assert!(read_request::<CloseOrder>(br#" {"attempt": 1} "#).is_ok());
}
