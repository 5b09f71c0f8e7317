//! Each resource's JSON, pinned in both directions: what we write is the committed file, and the file reads as what we meant.
#![allow(clippy::unwrap_used, reason = "a test")]

mod pinned;

use saoma_contract::statement::{
    ClosedStatement, CodeStatement, KeysStatement, PaidStatement, RefundedPart, RefundedStatement, Statement,
    StatementKey,
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
        late_money: None,
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
            kind: AttemptKind::Qr,
            out_trade_no: OutTradeNo::new(&order_no(), AttemptNo::FIRST),
            state: AttemptState::Paid,
            code: Some(code()),
            sent_at: Some(time(0)),
            asked_at: Some(time(5)),
            refusal: None,
        }],
        payments: vec![payment()],
        refunds: vec![],
        mismatches: vec![],
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
    assert_wire("create_order", &CreateOrder { order: jws(), statements: vec![jws()], cash: None });
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
    let sums = DaySums {
        paid: Total { count: 2, amount: 2560 },
        late: Total { count: 1, amount: 1280 },
        cash: Total { count: 1, amount: 500 },
        refunded: Total { count: 1, amount: 300 },
        cash_refunded: Total::default(),
    };
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
        cash: Total { count: 1, amount: 500 },
        refunded: Total { count: 1, amount: 300 },
        cash_refunded: Total::default(),
        mismatched: 0,
        unproven: Total { count: 1, amount: 990 },
        stores: vec![StoreSums { store: "main".parse().unwrap(), sums }],
        people: vec![
            PersonSums { person: None, sums: DaySums::default() },
            PersonSums { person: Some("li".parse().unwrap()), sums },
        ],
        as_of: time(30),
    };
    assert_wire("day", &day);
    assert_wire("days", &Days { days: vec![day] });
}

fn refund() -> Refund {
    Refund {
        refund_no: "01K1J6QYV00000000000000RF1".parse().unwrap(),
        channel: "wechatpay".to_owned(),
        transaction_id: payment().transaction_id,
        amount: 300,
        currency: Currency::CNY,
        reason: "少糖".parse().unwrap(),
        state: RefundState::Done,
        requested_at: time(60),
        requested_by: Some("d_1".parse().unwrap()),
        staff: Some("li".parse().unwrap()),
        decided_by: Some("d_2".parse().unwrap()),
        decided_staff: Some("wang".parse().unwrap()),
        to_merchant_at: None,
        sends_at: None,
        channel_refund_no: Some("50000000382019052709732678859".to_owned()),
        done_at: Some(time(70)),
        detail: Some("招商银行信用卡0403".to_owned()),
    }
}

#[test]
fn money_back() {
    let asked = NewRefund {
        channel: "wechatpay".to_owned(),
        transaction_id: payment().transaction_id,
        amount: 300,
        currency: Currency::CNY,
        reason: "少糖".parse().unwrap(),
    };
    assert_wire("new_refund", &asked);
    assert_wire("decide_refund", &DecideRefund { approve: false, reason: Some("一半就够".parse().unwrap()) });
    assert_wire("accept_payment", &AcceptPayment { channel: "wechatpay".to_owned() });
    let queued = Refund {
        state: RefundState::Queued,
        requested_by: None,
        staff: None,
        decided_by: None,
        decided_staff: None,
        to_merchant_at: None,
        sends_at: Some(time(130)),
        channel_refund_no: None,
        done_at: None,
        detail: None,
        ..refund()
    };
    let mismatch = Mismatch {
        channel: "wechatpay".to_owned(),
        transaction_id: "4200001234202608017654321099".to_owned(),
        out_trade_no: "01K1J6QYV0000000000000000002".to_owned(),
        amount: 1,
        currency: "CNY".to_owned(),
        reason: "1 CNY came where 1280 CNY were asked".to_owned(),
        paid_at: time(21),
    };
    let late = Payment { late: true, late_money: Some(LateMoney::GivenBack), ..payment() };
    let order = Order {
        payments: vec![late],
        refunds: vec![refund(), queued],
        mismatches: vec![mismatch],
        mismatch: true,
        ..order()
    };
    assert_wire("order_refunded", &order);
}

#[test]
fn payment_codes_and_cash() {
    let auth_code = "134567890123456789".parse().unwrap();
    assert_wire("charge_order", &ChargeOrder { attempt: Some(AttemptNo::FIRST), auth_code });
    assert_wire("take_cash", &TakeCash { attempt: Some(AttemptNo::FIRST), taken_at: time(9) });
    let jws = Jws::from_text("header.payload.signature");
    let cash = Some(CashTaken { taken_at: time(9) });
    assert_wire("create_order_cash", &CreateOrder { order: jws, statements: vec![], cash });
    let refusal = Refusal { code: "AUTHCODEEXPIRE".to_owned(), detail: "二维码已过期".to_owned() };
    let refused = Attempt {
        kind: AttemptKind::Code,
        state: AttemptState::Closed,
        code: None,
        refusal: Some(refusal),
        ..order().attempts.remove(0)
    };
    let paying = Attempt {
        attempt: AttemptNo::FIRST.next().unwrap(),
        state: AttemptState::Paying,
        refusal: None,
        ..refused.clone()
    };
    let charged = Order {
        state: OrderState::Paying,
        attempts: vec![refused, paying],
        payments: vec![],
        statements: vec![],
        ..order()
    };
    assert_wire("order_charged", &charged);
    let cash = Payment {
        channel: CASH_CHANNEL.to_owned(),
        transaction_id: order_no().to_string(),
        proof: PaymentProof::Attested,
        payer_amount: None,
        payer_currency: None,
        ..payment()
    };
    assert_wire("order_cash", &Order { state: OrderState::Cash, payments: vec![cash], ..order() });
}

#[test]
fn the_refusals_of_money_back_codes_and_cash_name_the_field() {
    fn field<T: DeserializeOwned>(body: &Value) -> String {
        match read_request::<T>(body.to_string().as_bytes()) {
            Ok(_) => panic!("{body} was taken"),
            Err(error) => error.field,
        }
    }
    let refund = || json!({"channel": "wechatpay", "transaction_id": "42", "amount": 1, "currency": "CNY", "reason": "x"});
    for (name, wrong) in [
        ("amount", json!("1")),
        ("amount", json!(1.5)),
        ("currency", json!("cny")),
        ("reason", json!("")),
        ("reason", json!("a\nb")),
        ("reason", json!("糖".repeat(27))),
        ("transaction_id", json!(42)),
        ("channel", json!(null)),
        ("refund_no", json!("01K1J6QYV00000000000000RF1")),
    ] {
        let mut body = refund();
        body[name] = wrong;
        assert_eq!(field::<NewRefund>(&body), name);
    }
    for amount in [0, -1, 1_000_000_001] {
        let body = NewRefund { amount, ..serde_json::from_value(refund()).unwrap() };
        assert_eq!(body.check().unwrap_err().field, "amount");
    }
    assert_eq!(field::<DecideRefund>(&json!({"approve": "yes"})), "approve");
    assert_eq!(field::<DecideRefund>(&json!({"reason": "x"})), "approve");
    assert_eq!(field::<AcceptPayment>(&json!({})), "channel");
    assert_eq!(field::<TakeCash>(&json!({"attempt": 100, "taken_at": "2026-08-01T02:00:00Z"})), "attempt");
    assert_eq!(field::<TakeCash>(&json!({"taken_at": "noon"})), "taken_at");
    assert_eq!(field::<ChargeOrder>(&json!({"attempt": 0, "auth_code": "134567890123456789"})), "attempt");
    assert!("01K1J6QYV0000000000000000l".parse::<RefundNo>().is_err());
    assert!("".parse::<RefundNo>().is_err());
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
    let refunded = RefundedStatement {
        merchant: merchant.clone(),
        merchant_name: "绿豆茶".to_owned(),
        store: "s1".parse().unwrap(),
        live,
        order_no: order_no(),
        amount: 1280,
        currency: Currency::CNY,
        payment: payment(),
        refunded: 300,
        refunds: vec![RefundedPart { refund_no: refund().refund_no, amount: 300, done_at: time(70) }],
        version: version(6),
        as_of,
    };
    assert_wire("statement_refunded", &Statement::Refunded(refunded));
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
