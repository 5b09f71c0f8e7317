//! A shop in one process: a backend that plays by the contract, a network that can misbehave, a clock that jumps.

#![allow(dead_code, reason = "each test file uses its own part of the shop")]

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use rusqlite::Connection;
use saoma_contract::request_signature::{JournalHead, RequestSignature, RequestSignatureError};
use saoma_contract::statement::{
    ClosedStatement, CodeStatement, KeysStatement, PaidStatement, RefundedPart, RefundedStatement, Statement,
    StatementKey, sign, sign_keys,
};
use saoma_contract::{
    Attempt, AttemptKind, AttemptNo, AttemptState, Bundle, Changes, ChargeOrder, CloseOrder, Code, CodeKind,
    CreateOrder, Currency, Cursor, Day, DecideRefund, DeviceLimits, DeviceRole, DeviceSigner as _, Finding,
    Fingerprint, Jws, KeysAnswer, Kid, LateMoney, Merchant, Method as OrderMethod, Mismatch, NewRefund,
    Order, OrderNo, OrderState, OutTradeNo, PairDevice, Payment, PaymentProof, People, Problem, ProblemCode,
    PublicKey, Reconciliation, ReconciliationState, RefreshOrder, Refund, RefundNo, RefundState, Refusal,
    Role, ServerLimits, ServerTime, Session, SettleFinding, Settled, SignIn, SignInRule, SignedOrder,
    SoftwareKey, Store, Time, Total, Version,
};
use saoma_engine::{
    Chunks, Clock, Entropy, NewSale, Parts, Peer, SaleView, SealingKey, Settings, SqliteStorage, StorageOn,
    Till, Transport, TransportError,
};
use zeroize::Zeroizing;

pub const LINK_SECRET: [u8; 16] = [5; 16];
const START_MS: i64 = 1_785_549_600_000;
const LIFE_MS: i64 = 300_000;

pub fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_random(&Zeroizing::new([seed; 32])).unwrap()
}

/// What the tills' databases are sealed with.
pub fn sealing() -> SealingKey {
    SealingKey::new(&[7; 32])
}

/// A database as whoever has its key sees it: with the functions that seal and open.
pub fn unsealed(database: &Path) -> Connection {
    let connection = Connection::open(database).unwrap();
    sealing().teach(&connection).unwrap();
    connection
}

/// Tokio's paused time, and a wall clock that may be wrong.
pub struct ShopClock {
    start: tokio::time::Instant,
    pub wall_off_ms: AtomicI64,
    /// How often a sleep came to its end: the till's wake-ups.
    pub wakes: Arc<AtomicU64>,
}

impl ShopClock {
    pub fn true_time(&self) -> Time {
        Time::from_unix_ms(START_MS + i64::try_from(self.start.elapsed().as_millis()).unwrap())
    }
}

impl Clock for ShopClock {
    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    fn wall(&self) -> Time {
        self.true_time().plus_ms(self.wall_off_ms.load(Ordering::Relaxed))
    }

    fn sleep_until(&self, monotonic_ms: u64) -> BoxFuture<'static, ()> {
        let (deadline, wakes) = (self.start + Duration::from_millis(monotonic_ms), self.wakes.clone());
        Box::pin(async move {
            tokio::time::sleep_until(deadline).await;
            wakes.fetch_add(1, Ordering::Relaxed);
        })
    }
}

/// The same numbers in every run.
#[derive(Default)]
pub struct ShopEntropy(AtomicU64);

impl Entropy for ShopEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let mut x = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = u8::try_from((x >> 33) & 0xff).unwrap();
        }
    }
}

/// Misfortune for the next request whose path contains a word.
pub enum Fault {
    /// Done, but the answer is lost.
    DropReply,
    /// Never arrives, and the phone cannot know.
    DropRequest,
    /// No connection.
    Refuse,
    /// This instead of an answer; nothing is done.
    Answer(u16, &'static str, String),
    /// Done, and this instead of its answer.
    DoneButAnswered(u16, &'static str, String),
}

pub struct StoredOrder {
    pub order: Order,
    pub jws: Option<Jws>,
    pub life_ms: i64,
}

#[derive(Default)]
pub struct State {
    pub orders: BTreeMap<OrderNo, StoredOrder>,
    pub log: Vec<(u64, String)>,
    pub faults: Vec<(String, Fault)>,
    pub offline: bool,
    pub epoch: u64,
    pub counter: u64,
    pub feed: Vec<(u64, OrderNo)>,
    pub streams: Vec<tokio::sync::mpsc::UnboundedSender<Result<Bytes, TransportError>>>,
    pub has_stream: bool,
    /// Streams opened so far say nothing any more, not even that they are alive.
    pub streams_hang: bool,
    pub device: Option<PublicKey>,
    pub revoked: bool,
    pub journal: Vec<JournalHead>,
    pub statement_key: u8,
    pub hold: VecDeque<tokio::sync::oneshot::Receiver<()>>,
    pub offered_statements: Vec<usize>,
    pub business_keys: BTreeMap<String, OrderNo>,
    pub chunk_bytes: usize,
    /// How many payment codes were charged, for each sale.
    pub charges: BTreeMap<OrderNo, u32>,
    /// What the next charge comes to; paid at once if nothing is said.
    pub next_charge: Option<AttemptState>,
    /// A shown code cannot be closed yet.
    pub closes_late: bool,
    /// Refunds of cashiers wait for a manager.
    pub refunds_wait: bool,
    /// Features that this backend lacks.
    pub lacks: Vec<&'static str>,
    /// Whom each request that changed something named.
    pub named: Vec<(String, Option<String>)>,
    pub role: Option<DeviceRole>,
    /// Nothing but reading goes without a person who is named.
    pub wants_person: bool,
    pub wrong_pins: u32,
    /// What does not agree with the bill.
    pub findings: Vec<Finding>,
    /// The queries with which the books were asked for.
    pub bill_queries: Vec<String>,
}

pub struct Backend {
    pub clock: Arc<ShopClock>,
    state: Mutex<State>,
}

fn json<T: serde::Serialize>(status: u16, body: &T, date: Time) -> Response<Bytes> {
    let media_type = if status < 400 { "application/json" } else { "application/problem+json" };
    let at = date.to_string();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month: usize = at[5..7].parse().unwrap();
    let date = format!("Sat, {} {} {} {} GMT", &at[8..10], months[month - 1], &at[..4], &at[11..19]);
    Response::builder()
        .status(status)
        .header("content-type", media_type)
        .header("date", date)
        .body(Bytes::from(serde_json::to_vec(body).unwrap()))
        .unwrap()
}

impl Backend {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn now(&self) -> Time {
        self.clock.true_time()
    }

    fn keys(&self, state: &State) -> Jws {
        let named = |seed: u8| StatementKey {
            kid: format!("k{seed}").parse().unwrap(),
            key: key(seed).public_key(),
            from: Time::from_unix_ms(START_MS - 1_000),
            until: None,
        };
        let keys = KeysStatement {
            merchant: "tea".parse().unwrap(),
            live: false,
            serial: u64::from(state.statement_key),
            root: key(9).public_key(),
            keys: (10..=state.statement_key).map(named).collect(),
            as_of: self.now(),
        };
        sign_keys(keys, &key(9)).unwrap()
    }

    fn statement(&self, state: &State, statement: &Statement) -> Jws {
        let kid: Kid = format!("k{}", state.statement_key).parse().unwrap();
        sign(statement, &kid, &key(state.statement_key)).unwrap()
    }

    fn touch(&self, state: &mut State, order_no: &OrderNo) {
        state.counter += 1;
        let version = Version { epoch: state.epoch, counter: state.counter };
        let (now, counter) = (self.now(), state.counter);
        let stored = state.orders.get_mut(order_no).unwrap();
        stored.order.version = version;
        let order = stored.order.clone();
        let mut statements = Vec::new();
        let body = |order: &Order| {
            (order.merchant.clone(), order.live, order.order_no.clone(), order.amount, order.currency)
        };
        let (merchant, live, number, amount, currency) = body(&order);
        if let Some(attempt) = order.last_attempt()
            && attempt.state == AttemptState::Open
            && let Some(code) = attempt.code.clone()
        {
            let attempt = attempt.attempt;
            let (merchant, order_no) = (merchant.clone(), number.clone());
            statements.push(Statement::Code(CodeStatement {
                merchant,
                live,
                order_no,
                attempt,
                amount,
                currency,
                code,
                version,
                as_of: now,
            }));
        }
        for payment in &order.payments {
            let of_payment = |refund: &&Refund| {
                refund.transaction_id == payment.transaction_id && refund.state == RefundState::Done
            };
            let refunds: Vec<RefundedPart> = order
                .refunds
                .iter()
                .filter(of_payment)
                .map(|refund| RefundedPart {
                    refund_no: refund.refund_no.clone(),
                    amount: refund.amount,
                    done_at: refund.done_at.unwrap(),
                })
                .collect();
            if !refunds.is_empty() {
                statements.push(Statement::Refunded(RefundedStatement {
                    merchant: merchant.clone(),
                    merchant_name: "Tea".to_owned(),
                    store: "main".parse().unwrap(),
                    live,
                    order_no: number.clone(),
                    amount,
                    currency,
                    payment: payment.clone(),
                    refunded: refunds.iter().map(|part| part.amount).sum(),
                    refunds,
                    version,
                    as_of: now,
                }));
                continue;
            }
            statements.push(Statement::Paid(PaidStatement {
                merchant: merchant.clone(),
                merchant_name: "Tea".to_owned(),
                store: "main".parse().unwrap(),
                live,
                order_no: number.clone(),
                amount,
                currency,
                payment: payment.clone(),
                version,
                as_of: now,
            }));
        }
        let ended = order.last_attempt().is_some_and(|last| last.state == AttemptState::Closed);
        if order.state == OrderState::Closed || (order.state == OrderState::Cash && ended) {
            statements.push(Statement::Closed(ClosedStatement {
                merchant,
                live,
                order_no: number,
                attempt: order.last_attempt().map(|attempt| attempt.attempt),
                version,
                as_of: now,
            }));
        }
        let signed: Vec<Jws> = statements.iter().map(|one| self.statement(state, one)).collect();
        state.orders.get_mut(order_no).unwrap().order.statements = signed;
        state.feed.push((counter, order_no.clone()));
        self.tell_streams(state, order_no, counter);
    }

    fn tell_streams(&self, state: &mut State, order_no: &OrderNo, counter: u64) {
        let order = serde_json::to_string(&state.orders[order_no].order).unwrap();
        let event = format!("event: order\nid: {counter}\ndata: {order}\n\n");
        let size = if state.chunk_bytes == 0 { event.len() } else { state.chunk_bytes };
        state.streams.retain(|stream| {
            event.as_bytes().chunks(size).all(|chunk| stream.send(Ok(Bytes::copy_from_slice(chunk))).is_ok())
        });
    }

    fn open_attempt(&self, order: &mut Order, life_ms: i64) {
        let number = order.last_attempt().map_or(AttemptNo::FIRST, |last| last.attempt.next().unwrap());
        order.state = OrderState::Awaiting;
        order.attempts.push(Attempt {
            attempt: number,
            kind: AttemptKind::Qr,
            out_trade_no: OutTradeNo::new(&order.order_no, number),
            state: AttemptState::Open,
            code: Some(Code {
                kind: CodeKind::Qr,
                text: format!("weixin://wxpay/bizpayurl?pr={}{number}", order.order_no.tail()),
                expires_at: self.now().plus_ms(life_ms),
            }),
            sent_at: Some(self.now()),
            asked_at: None,
            refusal: None,
        });
    }

    /// The customer pays.
    pub fn pay(&self, order_no: &OrderNo, transaction_id: &str) {
        self.pay_amount(order_no, transaction_id, None);
    }

    pub fn pay_amount(&self, order_no: &OrderNo, transaction_id: &str, amount: Option<i64>) {
        let mut state = self.state();
        let now = self.now();
        let order = &mut state.orders.get_mut(order_no).unwrap().order;
        let late = matches!(order.state, OrderState::Closing | OrderState::Closed | OrderState::Paid);
        order.payments.push(Payment {
            channel: "wechatpay".to_owned(),
            transaction_id: transaction_id.to_owned(),
            attempt: order.last_attempt().unwrap().attempt,
            proof: PaymentProof::Proven,
            amount: amount.unwrap_or(order.amount),
            currency: order.currency,
            payer_amount: None,
            payer_currency: None,
            paid_at: now,
            late,
            late_money: None,
        });
        order.state = OrderState::Paid;
        order.attempts.last_mut().unwrap().state = AttemptState::Paid;
        self.touch(&mut state, order_no);
    }

    /// Money comes that is not what was asked: the order is frozen.
    pub fn freeze(&self, order_no: &OrderNo, transaction_id: &str, amount: i64, currency: &str) {
        let mut state = self.state();
        let now = self.now();
        let order = &mut state.orders.get_mut(order_no).unwrap().order;
        order.mismatches.push(Mismatch {
            channel: "wechatpay".to_owned(),
            transaction_id: transaction_id.to_owned(),
            out_trade_no: order.last_attempt().unwrap().out_trade_no.to_string(),
            amount,
            currency: currency.to_owned(),
            reason: format!("{amount} {currency} came"),
            paid_at: now,
        });
        order.mismatch = true;
        order.state = OrderState::Closing;
        order.attempts.last_mut().unwrap().state = AttemptState::Closing;
        self.touch(&mut state, order_no);
    }

    /// The channel proves the last attempt closed.
    pub fn prove_closed(&self, order_no: &OrderNo) {
        let mut state = self.state();
        let order = &mut state.orders.get_mut(order_no).unwrap().order;
        if order.state != OrderState::Cash {
            order.state = OrderState::Closed;
        }
        if let Some(last) = order.attempts.last_mut() {
            last.state = AttemptState::Closed;
        }
        self.touch(&mut state, order_no);
    }

    /// The channel's word on a refund.
    pub fn refund_comes_to(&self, order_no: &OrderNo, refund_no: &RefundNo, state: RefundState) {
        let mut backend = self.state();
        let now = self.now();
        let order = &mut backend.orders.get_mut(order_no).unwrap().order;
        let refund = order.refunds.iter_mut().find(|refund| refund.refund_no == *refund_no).unwrap();
        refund.done_at = (state == RefundState::Done).then_some(now);
        refund.state = state;
        self.touch(&mut backend, order_no);
    }

    /// What a charged payment code came to in the end.
    pub fn charge_comes_to(&self, order_no: &OrderNo, paid: bool) {
        if paid {
            return self.pay(order_no, &format!("code{}", order_no.tail()));
        }
        let mut state = self.state();
        let order = &mut state.orders.get_mut(order_no).unwrap().order;
        let last = order.attempts.last_mut().unwrap();
        last.state = AttemptState::Closed;
        last.refusal = Some(Refusal { code: "AUTH_CODE_INVALID".to_owned(), detail: "not good".to_owned() });
        if order.state != OrderState::Cash {
            order.state = OrderState::Ready;
        }
        self.touch(&mut state, order_no);
    }

    fn charge(&self, state: &mut State, order_no: &OrderNo, body: &[u8]) -> Response<Bytes> {
        let body: ChargeOrder = serde_json::from_slice(body).unwrap();
        let next = state.next_charge.take().unwrap_or(AttemptState::Paid);
        let closes_late = state.closes_late;
        let Some(stored) = state.orders.get_mut(order_no) else {
            return self.problem(Problem::new(ProblemCode::NotFound, "no such order"));
        };
        let order = &mut stored.order;
        let last = order.last_attempt().map(|last| last.attempt);
        if last > body.attempt {
            return json(200, &order.clone(), self.now());
        }
        if let Some(shown) = order.attempts.last_mut().filter(|last| last.state != AttemptState::Closed) {
            if closes_late {
                shown.state = AttemptState::Closing;
                order.state = OrderState::Closing;
                self.touch(state, order_no);
                let order = state.orders[order_no].order.clone();
                let problem = Problem::new(ProblemCode::AttemptClosing, "too early").order(order);
                return self.problem(problem.retry_after_s(40));
            }
            shown.state = AttemptState::Closed;
        }
        let attempt = last.map_or(AttemptNo::FIRST, |last| last.next().unwrap());
        order.attempts.push(Attempt {
            attempt,
            out_trade_no: OutTradeNo::new(order_no, attempt),
            kind: AttemptKind::Code,
            state: AttemptState::Paying,
            code: None,
            sent_at: Some(self.now()),
            asked_at: None,
            refusal: None,
        });
        order.state = OrderState::Paying;
        if next == AttemptState::Paid {
            order.payments.push(self.payment(
                "wechatpay",
                &format!("code{}", order_no.tail()),
                attempt,
                order.amount,
            ));
            order.attempts.last_mut().unwrap().state = AttemptState::Paid;
            order.state = OrderState::Paid;
        }
        *state.charges.entry(order_no.clone()).or_default() += 1;
        self.touch(state, order_no);
        json(200, &state.orders[order_no].order, self.now())
    }

    fn payment(&self, channel: &str, transaction_id: &str, attempt: AttemptNo, amount: i64) -> Payment {
        let is_cash = channel == "cash";
        Payment {
            channel: channel.to_owned(),
            transaction_id: transaction_id.to_owned(),
            attempt,
            proof: if is_cash { PaymentProof::Attested } else { PaymentProof::Proven },
            amount,
            currency: Currency::CNY,
            payer_amount: None,
            payer_currency: None,
            paid_at: self.now(),
            late: false,
            late_money: None,
        }
    }

    fn take_cash(&self, state: &mut State, order_no: &OrderNo) -> Response<Bytes> {
        let Some(stored) = state.orders.get_mut(order_no) else {
            return self.problem(Problem::new(ProblemCode::NotFound, "no such order"));
        };
        let order = &mut stored.order;
        if !order.payments.iter().any(|payment| payment.channel == "cash") {
            let attempt = order.last_attempt().map_or(AttemptNo::FIRST, |last| last.attempt);
            let payment = self.payment("cash", order_no.as_str(), attempt, order.amount);
            order.payments.push(payment);
            if order.state != OrderState::Paid {
                order.state = OrderState::Cash;
            }
            if let Some(open) = order.attempts.last_mut().filter(|last| last.state == AttemptState::Open) {
                open.state = AttemptState::Closing;
            }
            self.touch(state, order_no);
        }
        json(200, &state.orders[order_no].order, self.now())
    }

    fn refund(
        &self,
        state: &mut State,
        order_no: &OrderNo,
        refund_no: &RefundNo,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let body: NewRefund = serde_json::from_slice(request.body()).unwrap();
        let waits = state.refunds_wait;
        let Some(stored) = state.orders.get_mut(order_no) else {
            return self.problem(Problem::new(ProblemCode::NotFound, "no such order"));
        };
        let order = &mut stored.order;
        if order.refunds.iter().any(|refund| refund.refund_no == *refund_no) {
            return json(200, &order.clone(), self.now());
        }
        let payments = order.payments.iter().map(|one| (&one.transaction_id, one.amount));
        let mismatches = order.mismatches.iter().map(|one| (&one.transaction_id, one.amount));
        let came = payments.chain(mismatches).filter(|(number, _)| **number == body.transaction_id);
        let paid: i64 = came.map(|(_, amount)| amount).sum();
        let held: i64 = order
            .refunds
            .iter()
            .filter(|refund| refund.transaction_id == body.transaction_id && refund.state.holds_money())
            .map(|refund| refund.amount)
            .sum();
        if body.amount > paid - held {
            let order = order.clone();
            return self.problem(Problem::new(ProblemCode::RefundOverRest, "too much").order(order));
        }
        let state_of_it = match body.channel.as_str() {
            "cash" => RefundState::Done,
            _ if waits => RefundState::Requested,
            _ => RefundState::Processing,
        };
        order.refunds.push(Refund {
            refund_no: refund_no.clone(),
            channel: body.channel,
            transaction_id: body.transaction_id,
            amount: body.amount,
            currency: body.currency,
            reason: body.reason,
            done_at: (state_of_it == RefundState::Done).then(|| self.now()),
            state: state_of_it,
            requested_at: self.now(),
            requested_by: None,
            staff: None,
            decided_by: None,
            decided_staff: None,
            to_merchant_at: None,
            sends_at: None,
            channel_refund_no: None,
            detail: None,
        });
        self.touch(state, order_no);
        json(200, &state.orders[order_no].order, self.now())
    }

    fn decide(
        &self,
        state: &mut State,
        order_no: &OrderNo,
        refund_no: &RefundNo,
        body: &[u8],
    ) -> Response<Bytes> {
        let body: DecideRefund = serde_json::from_slice(body).unwrap();
        let order = &mut state.orders.get_mut(order_no).unwrap().order;
        let refund = order.refunds.iter_mut().find(|refund| refund.refund_no == *refund_no).unwrap();
        let wanted = if body.approve { RefundState::Queued } else { RefundState::Declined };
        if refund.state == RefundState::Requested {
            refund.sends_at = body.approve.then(|| self.now().plus_ms(60_000));
            refund.state = wanted;
            self.touch(state, order_no);
        } else if refund.state != wanted {
            let order = order.clone();
            return self.problem(Problem::new(ProblemCode::RefundDecided, "otherwise").order(order));
        }
        json(200, &state.orders[order_no].order, self.now())
    }

    fn sign_in(&self, state: &mut State, body: &[u8]) -> Response<Bytes> {
        let body: SignIn = serde_json::from_slice(body).unwrap();
        if body.pin.expose() != "2580" {
            state.wrong_pins += 1;
            let left = 5 - state.wrong_pins;
            return self.problem(Problem::new(ProblemCode::PinWrong, "wrong").tries_left(left));
        }
        let manager = body.person.as_str() == "mei";
        let session = Session {
            name: body.person.as_str().parse().unwrap(),
            role: if manager { Role::Manager } else { Role::Cashier },
            person: body.person,
            expires_at: self.now().plus_ms(8 * 3_600_000),
        };
        json(200, &session, self.now())
    }

    /// The answer to a refresh that was waiting for proof of the close.
    pub fn open_next(&self, order_no: &OrderNo) {
        let mut state = self.state();
        let mut order = state.orders[order_no].order.clone();
        order.attempts.last_mut().unwrap().state = AttemptState::Closed;
        self.open_attempt(&mut order, LIFE_MS);
        state.orders.get_mut(order_no).unwrap().order = order;
        self.touch(&mut state, order_no);
    }

    /// What the backend says of an order, changed at will.
    pub fn say(&self, order_no: &OrderNo, change: impl FnOnce(&mut Order)) {
        let mut state = self.state();
        change(&mut state.orders.get_mut(order_no).unwrap().order);
    }

    pub fn touch_order(&self, order_no: &OrderNo) {
        self.touch(&mut self.state(), order_no);
    }

    pub fn fault(&self, path: &str, fault: Fault) {
        self.state().faults.push((path.to_owned(), fault));
    }

    /// How often paths with this word were asked for, such as `GET /v1/orders`.
    pub fn count(&self, word: &str) -> usize {
        self.state().log.iter().filter(|(_, line)| line.contains(word)).count()
    }

    fn problem(&self, problem: impl std::borrow::Borrow<Problem>) -> Response<Bytes> {
        let problem = problem.borrow();
        json(problem.status, problem, self.now())
    }

    fn answer(&self, state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        if path == "/v1/pairings" {
            let body: PairDevice = serde_json::from_slice(request.body()).unwrap();
            if let Err(response) = self.verified(state, request, &body.key) {
                return *response;
            }
        } else if path != "/v1/time"
            && let Err(response) = self.check_signature(state, request)
        {
            return *response;
        }
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        if request.method() != Method::GET {
            let person = request.headers().get("saoma-person").map(|name| name.to_str().unwrap().to_owned());
            let is_missing = person.is_none() && !matches!(parts.as_slice(), ["pairings" | "sessions"]);
            state.named.push((path.clone(), person));
            if is_missing && state.wants_person {
                return self.problem(Problem::new(ProblemCode::SignInRequired, "sign in"));
            }
        }
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["time"]) => json(200, &self.time(state), self.now()),
            (&Method::GET, ["keys"]) => json(200, &KeysAnswer { keys: self.keys(state) }, self.now()),
            (&Method::GET, ["bundle"]) => json(200, &self.bundle(state), self.now()),
            (&Method::POST, ["pairings"]) => {
                let body: PairDevice = serde_json::from_slice(request.body()).unwrap();
                if body.secret.expose() != &LINK_SECRET {
                    return self.problem(Problem::new(ProblemCode::PairingRefused, "no such link"));
                }
                state.device = Some(body.key);
                state.revoked = false;
                json(200, &self.bundle(state), self.now())
            }
            (&Method::GET, ["people"]) => {
                let people = People { people: Vec::new(), sign_in: SignInRule::Optional };
                json(200, &people, self.now())
            }
            (&Method::GET, ["days", date, "reconciliation"]) => {
                state.bill_queries.extend(request.uri().query().map(str::to_owned));
                json(200, &self.reconciliation(state, date), self.now())
            }
            (&Method::POST, ["days", date, "reconciliation", finding, "settle"]) => {
                self.settle(state, date, finding, request.body())
            }
            (&Method::GET, ["days", date]) => json(200, &self.day(state, date), self.now()),
            (&Method::POST, ["sessions"]) => self.sign_in(state, request.body()),
            (&Method::DELETE, ["sessions"]) => json(200, &serde_json::json!({}), self.now()),
            (&Method::POST, ["orders", number, "charge"]) => {
                self.charge(state, &number.parse().unwrap(), request.body())
            }
            (&Method::POST, ["orders", number, "cash"]) => self.take_cash(state, &number.parse().unwrap()),
            (&Method::PUT, ["orders", number, "refunds", refund]) => {
                self.refund(state, &number.parse().unwrap(), &refund.parse().unwrap(), request)
            }
            (&Method::POST, ["orders", number, "refunds", refund, "decide"]) => {
                self.decide(state, &number.parse().unwrap(), &refund.parse().unwrap(), request.body())
            }
            (&Method::POST, ["orders", number, "payments", transaction, "accept"]) => {
                let order_no: OrderNo = number.parse().unwrap();
                let order = &mut state.orders.get_mut(&order_no).unwrap().order;
                let payment = order.payments.iter_mut().find(|one| one.transaction_id == *transaction);
                payment.unwrap().late_money = Some(LateMoney::Accepted);
                self.touch(state, &order_no);
                json(200, &state.orders[&order_no].order, self.now())
            }
            (&Method::PUT, ["orders", number]) => {
                self.create(state, &number.parse().unwrap(), request.body())
            }
            (&Method::GET, ["orders", number]) | (&Method::POST, ["orders", number, "check"]) => {
                self.tell(state, &number.parse().unwrap())
            }
            (&Method::POST, ["orders", number, "close"]) => {
                let order_no: OrderNo = number.parse().unwrap();
                let body: CloseOrder = serde_json::from_slice(request.body()).unwrap();
                self.close(state, &order_no, body.attempt)
            }
            (&Method::POST, ["orders", number, "refresh"]) => {
                let order_no: OrderNo = number.parse().unwrap();
                let body: RefreshOrder = serde_json::from_slice(request.body()).unwrap();
                self.refresh(state, &order_no, body.attempt)
            }
            (&Method::GET, ["changes"]) => self.changes(state, request),
            _ => self.problem(Problem::new(ProblemCode::NotFound, "no such path")),
        }
    }

    fn check_signature(
        &self,
        state: &mut State,
        request: &Request<Bytes>,
    ) -> Result<(), Box<Response<Bytes>>> {
        let refuse = |problem: Problem| Err(Box::new(self.problem(problem)));
        if state.revoked {
            return refuse(Problem::new(ProblemCode::DeviceRevoked, "revoked"));
        }
        let Some(device) = state.device.clone() else {
            return refuse(Problem::new(ProblemCode::DeviceUnknown, "not paired"));
        };
        self.verified(state, request, &device)
    }

    fn verified(
        &self,
        state: &mut State,
        request: &Request<Bytes>,
        device: &PublicKey,
    ) -> Result<(), Box<Response<Bytes>>> {
        let refuse = |problem: Problem| Err(Box::new(self.problem(problem)));
        let (parts, body) = request.clone().into_parts();
        let signature = RequestSignature::read(&parts).unwrap();
        state.journal.extend(signature.journal);
        match signature.verify(&parts, &body, device, self.now()) {
            Ok(()) => Ok(()),
            Err(RequestSignatureError::Clock) => {
                refuse(Problem::new(ProblemCode::ClockSkew, "off").server_time(self.now()))
            }
            Err(error) => refuse(Problem::new(ProblemCode::SignatureInvalid, error.to_string())),
        }
    }

    fn time(&self, state: &State) -> ServerTime {
        let features = ["orders", "days", "pairing", "refunds", "charge", "cash", "people", "reconciliation"];
        let has = features.into_iter().filter(|one| !state.lacks.contains(one));
        let mut features: Vec<String> = has.map(str::to_owned).collect();
        if state.has_stream {
            features.push("stream".to_owned());
        }
        let limits = ServerLimits { body_bytes_max: 65_536, page_max: 100, requests_per_minute: 600 };
        ServerTime { time: self.now(), epoch: state.epoch, features, limits }
    }

    fn day(&self, state: &State, date: &str) -> Day {
        let payments = || state.orders.values().flat_map(|stored| &stored.order.payments);
        Day {
            date: date.to_owned(),
            live: false,
            currency: Currency::CNY,
            paid: Total {
                count: u32::try_from(payments().count()).unwrap(),
                amount: payments().map(|payment| payment.amount).sum(),
            },
            late: Total::default(),
            methods: Vec::new(),
            cash: Total::default(),
            refunded: Total::default(),
            cash_refunded: Total::default(),
            mismatched: 0,
            unproven: Total::default(),
            stores: Vec::new(),
            people: Vec::new(),
            as_of: self.now(),
        }
    }

    fn reconciliation(&self, state: &State, date: &str) -> Reconciliation {
        let open = state.findings.iter().filter(|finding| finding.settled.is_none()).count();
        Reconciliation {
            date: date.to_owned(),
            live: false,
            currency: Currency::CNY,
            state: if open == 0 { ReconciliationState::Agreed } else { ReconciliationState::Findings },
            bill: None,
            funds: None,
            agreed: Total { count: 7, amount: 9_000 },
            refunds_agreed: Total::default(),
            fees: 54,
            findings: state.findings.clone(),
            more: false,
            kinds: Vec::new(),
            findings_total: state.findings.len() as u64,
            open: open as u64,
            trouble: None,
            next_at: None,
            as_of: self.now(),
        }
    }

    fn settle(&self, state: &mut State, date: &str, finding: &str, body: &[u8]) -> Response<Bytes> {
        let SettleFinding { reason } = serde_json::from_slice(body).unwrap();
        let now = self.now();
        let Some(finding) = state.findings.iter_mut().find(|one| one.id.as_str() == finding) else {
            return self.problem(Problem::new(ProblemCode::NotFound, "no such finding"));
        };
        let settled = finding.settled.get_or_insert_with(|| Settled {
            at: now,
            by: "d_1".parse().unwrap(),
            staff: None,
            reason: reason.clone(),
        });
        if settled.reason != reason {
            return self.problem(Problem::new(ProblemCode::OtherBytes, "settled otherwise"));
        }
        json(200, &self.reconciliation(state, date), now)
    }

    fn bundle(&self, state: &State) -> Bundle {
        Bundle {
            version: 1,
            device: "d_1".parse().unwrap(),
            device_name: "counter".parse().unwrap(),
            role: state.role.clone().unwrap_or(DeviceRole::Manager),
            merchant: Merchant {
                id: "tea".parse().unwrap(),
                name: "Tea".to_owned(),
                live: false,
                currency: Currency::CNY,
                utc_offset_minutes: 480,
            },
            store: Store { id: "main".parse().unwrap(), name: "Main".to_owned() },
            keys: self.keys(state),
            limits: DeviceLimits { amount_max: 10_000_000, open_orders_max: 200, life_s: 300 },
            features: self.time(state).features,
            time: self.now(),
        }
    }

    fn create(&self, state: &mut State, order_no: &OrderNo, body: &[u8]) -> Response<Bytes> {
        let body: CreateOrder = serde_json::from_slice(body).unwrap();
        if let Some(stored) = state.orders.get(order_no) {
            let same = stored.jws.as_ref().is_none_or(|jws| *jws == body.order);
            let order = stored.order.clone();
            if same && body.cash.is_some() && stored.jws.is_some() {
                return self.take_cash(state, order_no);
            }
            if same {
                return json(200, &order, self.now());
            }
            return self.problem(Problem::new(ProblemCode::OtherBytes, "other bytes").order(order));
        }
        state.offered_statements.push(body.statements.len());
        let device = state.device.clone().unwrap();
        let signed = SignedOrder::verify(body.order.clone(), &device).unwrap();
        let wanted = signed.body();
        let business_key = wanted.business_key.as_ref().map(|key| key.as_str().to_owned());
        if let Some(other) = business_key.as_ref().and_then(|key| state.business_keys.get(key)) {
            let other = state.orders[other].order.clone();
            return self.problem(Problem::new(ProblemCode::BusinessKeyOpen, "open already").order(other));
        }
        let mut order = Order {
            order_no: order_no.clone(),
            version: Version { epoch: state.epoch, counter: 0 },
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
            created_at: self.now(),
            attempts: Vec::new(),
            payments: Vec::new(),
            refunds: Vec::new(),
            mismatches: Vec::new(),
            mismatch: false,
            statements: Vec::new(),
            refusal: None,
            unknown: serde_json::Map::new(),
        };
        let life_ms = i64::from(wanted.life_s) * 1_000;
        if wanted.method == OrderMethod::WechatpayCode {
            order.state = OrderState::Ready;
        } else if body.cash.is_none() {
            self.open_attempt(&mut order, life_ms);
        }
        state.orders.insert(order_no.clone(), StoredOrder { order, jws: Some(body.order), life_ms });
        if let Some(key) = business_key {
            state.business_keys.insert(key, order_no.clone());
        }
        if body.cash.is_some() {
            return self.take_cash(state, order_no);
        }
        self.touch(state, order_no);
        json(200, &state.orders[order_no].order, self.now())
    }

    fn tell(&self, state: &State, order_no: &OrderNo) -> Response<Bytes> {
        match state.orders.get(order_no) {
            Some(stored) => json(200, &stored.order, self.now()),
            None => self.problem(Problem::new(ProblemCode::NotFound, "no such order")),
        }
    }

    fn close(&self, state: &mut State, order_no: &OrderNo, attempt: AttemptNo) -> Response<Bytes> {
        let Some(stored) = state.orders.get_mut(order_no) else {
            let order = Order {
                order_no: order_no.clone(),
                version: Version { epoch: state.epoch, counter: 0 },
                state: OrderState::Closed,
                live: false,
                merchant: "tea".parse().unwrap(),
                store: None,
                device: None,
                staff: None,
                amount: 0,
                currency: Currency::CNY,
                description: None,
                note: None,
                business_key: None,
                created_at: self.now(),
                attempts: Vec::new(),
                payments: Vec::new(),
                refunds: Vec::new(),
                mismatches: Vec::new(),
                mismatch: false,
                statements: Vec::new(),
                refusal: None,
                unknown: serde_json::Map::new(),
            };
            state.orders.insert(order_no.clone(), StoredOrder { order, jws: None, life_ms: LIFE_MS });
            self.touch(state, order_no);
            return json(200, &state.orders[order_no].order, self.now());
        };
        let last = stored.order.last_attempt().map_or(AttemptNo::FIRST, |last| last.attempt);
        if attempt != last {
            let order = stored.order.clone();
            return self.problem(Problem::new(ProblemCode::NotLastAttempt, "not the last").order(order));
        }
        if stored.order.state == OrderState::Paid {
            let order = stored.order.clone();
            return self.problem(Problem::new(ProblemCode::OrderPaid, "paid").order(order));
        }
        if stored.order.state == OrderState::Closed {
            let order = stored.order.clone();
            return json(200, &order, self.now());
        }
        let open = stored.order.attempts.last_mut();
        stored.order.state = if open.is_some() { OrderState::Closing } else { OrderState::Closed };
        open.into_iter().for_each(|open| open.state = AttemptState::Closing);
        self.touch(state, order_no);
        json(200, &state.orders[order_no].order, self.now())
    }

    fn refresh(&self, state: &mut State, order_no: &OrderNo, attempt: AttemptNo) -> Response<Bytes> {
        let Some(stored) = state.orders.get_mut(order_no) else {
            return self.problem(Problem::new(ProblemCode::NotFound, "no such order"));
        };
        let order = &mut stored.order;
        if order.attempts.is_empty() {
            let order = order.clone();
            return self.problem(Problem::new(ProblemCode::OrderEnded, "ended").order(order));
        }
        if order.state == OrderState::Paid {
            let order = order.clone();
            return self.problem(Problem::new(ProblemCode::OrderPaid, "paid").order(order));
        }
        if order.last_attempt().unwrap().attempt == attempt {
            order.state = OrderState::Closing;
            order.attempts.last_mut().unwrap().state = AttemptState::Closing;
            self.touch(state, order_no);
        }
        json(200, &state.orders[order_no].order, self.now())
    }

    fn changes(&self, state: &State, request: &Request<Bytes>) -> Response<Bytes> {
        let after = cursor_of(request);
        if after.starts_with("old") {
            return self.problem(Problem::new(ProblemCode::Resync, "start again"));
        }
        let after: u64 = after.parse().unwrap_or(0);
        let news = state.feed.iter().filter(|(counter, _)| *counter > after);
        let orders = news.map(|(_, number)| state.orders[number].order.clone()).collect();
        let cursor = Cursor(state.feed.last().map_or(0, |(counter, _)| *counter).max(after).to_string());
        json(200, &Changes { orders, cursor, more: false, epoch: state.epoch }, self.now())
    }
}

fn cursor_of(request: &Request<Bytes>) -> String {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').find_map(|part| part.strip_prefix("after=")).unwrap_or_default().to_owned()
}

fn other_answer(status: u16, media_type: &str, body: String) -> Response<Bytes> {
    Response::builder().status(status).header("content-type", media_type).body(body.into()).unwrap()
}

/// The network between one till and the backend.
pub struct Network(pub Arc<Backend>);

impl Network {
    async fn carry(
        backend: Arc<Backend>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        let line = format!("{} {}", request.method(), request.uri().path());
        let (fault, hold) = {
            let mut state = backend.state();
            let at = backend.clock.monotonic_ms();
            state.log.push((at, line.clone()));
            if state.offline {
                return Err(TransportError::not_sent("no route to host"));
            }
            let found = state.faults.iter().position(|(word, _)| line.contains(word.as_str()));
            (found.map(|at| state.faults.remove(at).1), state.hold.pop_front())
        };
        if let Some(hold) = hold {
            let _ = hold.await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        match fault {
            Some(Fault::Refuse) => Err(TransportError::not_sent("connection refused")),
            Some(Fault::DropRequest) => Err(TransportError::lost("connection reset")),
            Some(Fault::Answer(status, media_type, body)) => Ok(other_answer(status, media_type, body)),
            Some(Fault::DoneButAnswered(status, media_type, body)) => {
                let _ = backend.answer(&mut backend.state(), &request);
                Ok(other_answer(status, media_type, body))
            }
            Some(Fault::DropReply) => {
                let _ = backend.answer(&mut backend.state(), &request);
                Err(TransportError::lost("connection reset"))
            }
            None => {
                let response = backend.answer(&mut backend.state(), &request);
                Ok(response)
            }
        }
    }
}

impl Transport for Network {
    fn send(
        &self,
        request: Request<Bytes>,
        _peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        Box::pin(Self::carry(self.0.clone(), request))
    }

    fn stream(
        &self,
        request: Request<Bytes>,
        _peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>> {
        let backend = self.0.clone();
        Box::pin(async move {
            let mut state = backend.state();
            let at = backend.clock.monotonic_ms();
            state.log.push((at, "GET /v1/stream".to_owned()));
            if state.offline {
                return Err(TransportError::not_sent("no route to host"));
            }
            if let Some(at) =
                state.faults.iter().position(|(word, _)| "GET /v1/stream".contains(word.as_str()))
                && let Fault::Answer(status, media_type, body) = state.faults.remove(at).1
            {
                let chunks = futures_util::stream::iter([Ok(Bytes::from(body))]).boxed();
                return Ok(Response::builder()
                    .status(status)
                    .header("content-type", media_type)
                    .body(chunks)
                    .unwrap());
            }
            let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
            sender.send(Ok(Bytes::from_static(b": hello\n\n"))).unwrap();
            let after: u64 = cursor_of(&request).parse().unwrap_or(0);
            state.streams.push(sender);
            let missed: Vec<(u64, OrderNo)> =
                state.feed.iter().filter(|(at, _)| *at > after).cloned().collect();
            for (counter, order_no) in missed {
                backend.tell_streams(&mut state, &order_no, counter);
            }
            let own = backend.clone();
            let chunks = futures_util::stream::unfold(receiver, move |mut receiver| {
                let backend = own.clone();
                async move {
                    match tokio::time::timeout(Duration::from_secs(15), receiver.recv()).await {
                        Ok(chunk) => chunk.map(|chunk| (chunk, receiver)),
                        Err(_) if backend.state().streams_hang => std::future::pending().await,
                        Err(_) => Some((Ok(Bytes::from_static(b": beat\n\n")), receiver)),
                    }
                }
            });
            Ok(Response::builder().header("content-type", "text/event-stream").body(chunks.boxed()).unwrap())
        })
    }
}

/// The shop: one backend, one folder for the till's database.
pub struct Shop {
    pub backend: Arc<Backend>,
    pub clock: Arc<ShopClock>,
    pub entropy: Arc<ShopEntropy>,
    pub folder: tempfile::TempDir,
}

impl Shop {
    pub fn new() -> Self {
        let clock = Arc::new(ShopClock {
            start: tokio::time::Instant::now(),
            wall_off_ms: AtomicI64::new(0),
            wakes: Arc::default(),
        });
        let state = State { epoch: 1, has_stream: true, statement_key: 10, ..State::default() };
        let backend = Arc::new(Backend { clock: clock.clone(), state: Mutex::new(state) });
        Self { backend, clock, entropy: Arc::default(), folder: tempfile::tempdir().unwrap() }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("till.db")
    }

    pub fn parts(&self, storage: Box<dyn saoma_engine::store::Storage>) -> Parts {
        Parts {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            transport: Arc::new(Network(self.backend.clone())),
            signer: Arc::new(key(1)),
            storage: StorageOn::Inline(storage),
        }
    }

    pub async fn open(&self) -> Till {
        let storage = SqliteStorage::open(self.database(), &sealing()).unwrap();
        Till::open(self.parts(Box::new(storage)), Settings::default()).await.unwrap()
    }

    pub fn link(&self) -> String {
        let root: Fingerprint = key(9).public_key().fingerprint();
        let secret = saoma_contract::PairingSecret::from_random(LINK_SECRET);
        let merchant = "tea".parse().unwrap();
        saoma_contract::PairingLink {
            url: "http://127.0.0.1:1".to_owned(),
            merchant,
            secret,
            root,
            tls: None,
        }
        .to_string()
    }

    pub async fn paired(&self) -> Till {
        let till = self.open().await;
        till.pair(&self.link(), "counter").await.unwrap();
        till
    }

    /// A paired till with the code of a sale of 12.80 on its screen.
    pub async fn awaiting(&self) -> (Till, OrderNo) {
        let till = self.paired().await;
        let order_no = ring_up(&till, 1280).await;
        until(&till, &order_no, |view| view.code.is_some()).await;
        (till, order_no)
    }
}

pub fn tea(amount: i64) -> NewSale {
    NewSale { amount, description: "Tea".to_owned(), ..NewSale::default() }
}

pub async fn ring_up(till: &Till, amount: i64) -> OrderNo {
    let order_no = till.new_order_no();
    till.charge(&order_no, tea(amount)).await.unwrap();
    order_no
}

/// Waits until a sale looks as expected; paused time makes this instant.
pub async fn until(till: &Till, order_no: &OrderNo, expected: impl Fn(&SaleView) -> bool) -> SaleView {
    let mut views = till.watch(order_no).await.unwrap();
    let wait = async {
        let view = views.wait_for(|view| expected(view)).await.unwrap();
        view.clone()
    };
    match tokio::time::timeout(Duration::from_secs(3_600), wait).await {
        Ok(view) => view,
        Err(_) => panic!("never came to look as expected: {:?}", till.sale(order_no).await.unwrap()),
    }
}

pub async fn wait_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
