//! The parts of a shop, each as it is: started, killed and started again on its own files.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use http::{Method, Request};
use saoma_backend::ledger::sqlite::Executor;
use saoma_backend::{Deps, NewLink, config};
use saoma_contract::{DeviceRole, SoftwareKey};
use saoma_engine::{
    AllSales, MoneyResult, PageQuery, Parts, SaleView, SealingKey, Settings, SqliteStorage, StorageOn, Till,
    TillError,
};
use saoma_vfs::Disk;
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use crate::chance::{Chance, Dice};
use crate::history::History;
use crate::life::Life;
use crate::mortal::{Mortal, MortalChance};
use crate::net::{Net, Node, Passing};
use crate::oracle::Oracle;
use crate::plan::Plan;
use crate::stage::{self, Stage};
use crate::time::{NodeClock, ServerClock, TrueTime, pause};
use crate::wires::Wire;

/// The most sales of one page.
const PAGE: u32 = 100;

/// What each till's database is sealed with.
pub(crate) const SEALING_SECRET: [u8; 32] = [7; 32];

/// How long a person waits for a till to answer.
const PATIENCE_MS: u64 = 5_000;

/// What all tills' screens show now, and who judges it.
pub(crate) struct Floor {
    time: TrueTime,
    pub(crate) history: Arc<History>,
    screens: Mutex<BTreeMap<(u8, String), SaleView>>,
    oracle: Mutex<Oracle>,
}

impl Floor {
    pub(crate) fn oracle(&self) -> MutexGuard<'_, Oracle> {
        self.oracle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn screens(&self) -> MutexGuard<'_, BTreeMap<(u8, String), SaleView>> {
        self.screens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sale as its till's screen shows it.
    pub(crate) fn screen(&self, till: u8, order_no: &str) -> Option<SaleView> {
        self.screens().get(&(till, order_no.to_owned())).cloned()
    }

    /// A screen shows a sale.
    fn show(&self, till: u8, view: SaleView) {
        let told = serde_json::to_value(&view).expect("what is shown can be written as JSON");
        self.oracle().saw(self.time.unix_ms(), till, &told);
        let line = line(&view);
        let before = self.screens().insert((till, view.order_no.to_string()), view);
        if before.map(|before| self::line(&before)).as_deref() != Some(&line) {
            self.history.note(Node::Till(till), line);
        }
    }
}

/// What a story tells of a screen.
fn line(view: &SaleView) -> String {
    let mut line = format!("shows …{} {} {}", view.tail, view.amount, view.phase);
    if let Some(code) = &view.code {
        line.push_str(&format!(", code …{}", code.code.text.get(code.code.text.len() - 4..).unwrap_or("")));
    }
    for payment in &view.payments {
        line.push_str(&format!(", paid {} {}", payment.channel, payment.transaction_id));
        if payment.late {
            line.push_str(" (late)");
        }
    }
    for refund in &view.refunds {
        line.push_str(&format!(", refund {} {:?}", refund.amount, refund.state));
    }
    if let Some(notice) = &view.notice {
        line.push_str(&format!(", notice {}", notice.code));
    }
    line
}

/// A till on its phone.
pub(crate) struct Phone {
    pub(crate) number: u8,
    pub(crate) merchant: &'static str,
    /// Whether it is a cashier's, whose refunds wait for a manager.
    pub(crate) is_cashier: bool,
    /// The backend that it is paired with.
    pub(crate) home: Node,
    pub(crate) clock: Arc<NodeClock>,
    chance: Arc<Chance>,
    seed: u64,
    key: SoftwareKey,
    lives: u32,
    life: Option<Life>,
    till: Arc<Mutex<Option<Till>>>,
}

impl Phone {
    fn new(seed: u64, number: u8, merchant: &'static str, plan: &Plan, time: TrueTime) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        Dice::new(seed, &format!("key of till {number}")).fill(bytes.as_mut_slice());
        // The few numbers that are no key are all but zero, which is not drawn.
        let key = SoftwareKey::from_random(&bytes).expect("nearly every number is a key");
        let chance = Arc::new(Chance::new(seed, &format!("till {number}")));
        let clock = Arc::new(NodeClock::new(time));
        let (home, is_cashier) = (plan.home(merchant), plan.cashier == Some(usize::from(number) - 1));
        Self {
            number,
            merchant,
            is_cashier,
            home,
            clock,
            chance,
            seed,
            key,
            lives: 0,
            life: None,
            till: Arc::default(),
        }
    }

    /// The device's key.
    pub(crate) fn key(&self) -> &SoftwareKey {
        &self.key
    }

    /// The till, while it runs.
    pub(crate) fn till(&self) -> Option<Till> {
        self.till.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the till something. Nobody waits for longer than the till lives, or than a person at a counter would.
    pub(crate) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(Till) -> Result<T, TillError>,
    ) -> Result<T, TillError> {
        let Some((till, life)) = self.till().zip(self.life()) else { return Err(TillError::Closed) };
        tokio::select! {
            biased;
            () = life.over() => Err(TillError::Closed),
            answer = question(till) => answer,
            () = pause(PATIENCE_MS) => Err(TillError::Closed),
        }
    }

    /// Its life, while it lasts.
    pub(crate) fn life(&self) -> Option<&Life> {
        self.life.as_ref().filter(|life| !life.is_over())
    }
}

/// A backend: its clock and its chance outlast its lives.
struct Backend {
    clock: Arc<NodeClock>,
    chance: Arc<Chance>,
    running: Option<(Life, Arc<saoma_backend::Inside>)>,
}

/// A whole shop.
pub(crate) struct Shop {
    pub(crate) time: TrueTime,
    pub(crate) net: Arc<Net>,
    pub(crate) floor: Arc<Floor>,
    stage: Stage,
    doors: Router,
    double: Arc<saoma_sandbox::Inside>,
    backends: Vec<Backend>,
    power: Chance,
    pub(crate) phones: Vec<Phone>,
}

impl Shop {
    /// Starts WeChat Pay and the backends, and pairs a till of each of these merchants.
    pub(crate) async fn open(
        seed: u64,
        net: Arc<Net>,
        history: Arc<History>,
        time: TrueTime,
        plan: &Plan,
    ) -> Self {
        let merchants = &plan.merchants;
        let stage = Stage::new(plan);
        for node in plan.tills().chain(plan.backends()) {
            net.lay(node, Disk::under(&stage.of(node)));
        }
        let life = Life::new(Node::WechatPay);
        let parts = saoma_sandbox::Parts {
            clock: Arc::new(ServerClock(Arc::new(NodeClock::new(time)))),
            post: Wire::new(&net, &life),
            executor: saoma_sandbox::Executor::Inline,
        };
        let config = stage::wechatpay_config(stage.path(), seed);
        let double = saoma_sandbox::Inside::open(config, Node::WechatPay.url(), parts).await;
        let double = Arc::new(double.expect("the double opens on a copied folder"));
        net.open(&life, double.router());
        let floor = Floor { time, history, screens: Mutex::default(), oracle: Mutex::new(Oracle::default()) };
        let mut shop = Self {
            time,
            doors: double.router(),
            double,
            net,
            floor: Arc::new(floor),
            stage,
            backends: Vec::new(),
            power: Chance::new(seed, "power"),
            phones: Vec::new(),
        };
        let of_till = merchants.clone();
        let floor = Arc::clone(&shop.floor);
        shop.net.tap(Box::new(move |who, what| {
            let Node::Till(number) = who else { return };
            let now_ms = floor.history.ms();
            let (bytes, asked_ms) = match what {
                Passing::Request(request) => return floor.oracle().sends(number, request),
                Passing::Answer(bytes, asked_ms) => (bytes, Some(asked_ms)),
                Passing::Said(bytes) => (bytes, None),
            };
            if let Some(merchant) = of_till.get(usize::from(number) - 1) {
                floor.oracle().heard(merchant, bytes, now_ms, asked_ms);
            }
        }));
        for (merchant, rule) in plan.late_money_rules() {
            shop.floor.oracle().late_money(merchant, rule);
            shop.net.settle(merchant, plan.home(merchant));
        }
        for node in plan.backends() {
            let (clock, chance) = (NodeClock::new(time), Chance::new(seed, &node.to_string()));
            shop.backends.push(Backend { clock: Arc::new(clock), chance: Arc::new(chance), running: None });
            shop.start_backend(node).await;
        }
        for (merchant, number) in merchants.iter().zip(1..) {
            shop.phones.push(Phone::new(seed, number, merchant, plan, time));
            shop.start_till(usize::from(number) - 1).await;
            shop.pair(usize::from(number) - 1).await;
        }
        shop
    }

    async fn pair(&mut self, at: usize) {
        let phone = &self.phones[at];
        let (_, backend) = self.backend(phone.home).running.as_ref().expect("the backend was started");
        let new = NewLink {
            merchant: phone.merchant.parse().expect("an id"),
            store: "main".parse().expect("an id"),
            role: if phone.is_cashier { DeviceRole::Cashier } else { DeviceRole::Manager },
            life_s: 3_600,
        };
        let (link, _) = backend.mint_pairing(new).await.expect("a link can be made");
        let till = phone.till().expect("the till was started");
        till.pair(&link.to_string(), &format!("till {}", phone.number)).await.expect("the backend pairs");
    }

    fn backend(&self, node: Node) -> &Backend {
        &self.backends[place(node)]
    }

    /// Starts a backend on its files.
    pub(crate) async fn start_backend(&mut self, node: Node) {
        let life = Life::new(node);
        self.power_returns(node);
        let config = config::load(&self.stage.backend_config(node)).expect("its configuration is right");
        let backend = self.backend(node);
        let deps = Deps {
            clock: Arc::new(ServerClock(Arc::clone(&backend.clock))),
            random: Arc::new(MortalChance {
                chance: Arc::clone(&backend.chance),
                net: Arc::clone(&self.net),
                life: life.clone(),
            }),
            transport: Wire::new(&self.net, &life),
            executor: Executor::Inline,
        };
        let opened = saoma_backend::Inside::open(config, node.url(), deps).await;
        let inside = Arc::new(opened.expect("a backend that was killed starts again"));
        self.net.open(&life, inside.router());
        let killed = Arc::clone(&inside);
        life.at_end(move || killed.kill());
        self.floor.history.note(node, "starts");
        self.backends[place(node)].running = Some((life, inside));
    }

    fn power_returns(&self, node: Node) {
        let mut chance = [0; 8];
        self.power.bytes(&mut chance);
        self.net.power_returns(node, u64::from_le_bytes(chance));
    }

    /// Starts a till on its files. False if the one before has not let go of them yet.
    pub(crate) async fn start_till(&mut self, at: usize) -> bool {
        let floor = Arc::clone(&self.floor);
        let path = self.stage.till(self.phones[at].number);
        self.power_returns(Node::Till(self.phones[at].number));
        let phone = &mut self.phones[at];
        let storage = match SqliteStorage::open(path, &SealingKey::new(&SEALING_SECRET)) {
            Ok(storage) => storage,
            Err(error) => {
                floor.history.note(Node::Till(phone.number), format!("does not start: {error}"));
                return false;
            }
        };
        let life = Life::new(Node::Till(phone.number));
        let storage = Mortal { storage, net: Arc::clone(&self.net), life: life.clone() };
        let parts = Parts {
            clock: Arc::clone(&phone.clock) as Arc<dyn saoma_engine::Clock>,
            entropy: Arc::clone(&phone.chance) as Arc<dyn saoma_engine::Entropy>,
            transport: Wire::new(&self.net, &life),
            signer: Arc::new(phone.key.clone()),
            storage: StorageOn::Inline(Box::new(storage)),
        };
        let till = match Till::open(parts, Settings::default()).await {
            Ok(till) => till,
            Err(error) => {
                floor.history.note(Node::Till(phone.number), format!("does not start: {error}"));
                return false;
            }
        };
        phone.lives += 1;
        *phone.till.lock().unwrap_or_else(PoisonError::into_inner) = Some(till.clone());
        let slot = Arc::clone(&phone.till);
        life.at_end(move || drop(slot.lock().unwrap_or_else(PoisonError::into_inner).take()));
        floor.history.note(Node::Till(phone.number), "starts");
        let (number, lives, slot) = (phone.number, phone.lives, Arc::clone(&phone.till));
        let dice = Dice::new(phone.seed, &format!("speaking of till {number}, life {lives}"));
        let speaker = Speaker { floor: Arc::clone(&floor), number, lives, slot, life: life.clone(), dice };
        life.spawn(speaker.speak(till.watch_results()));
        drop(till);
        phone.life = Some(life.clone());
        if let Ok(all) = phone.ask(async |till| till.watch_all().await).await {
            life.spawn(look(Arc::clone(&floor), number, all));
        }
        let query = PageQuery { limit: Some(PAGE), ..PageQuery::default() };
        if let Ok(page) = phone.ask(async |till| till.list(query).await).await {
            page.sales.into_iter().for_each(|view| floor.show(number, view));
        }
        true
    }

    /// Whether a part runs.
    pub(crate) fn is_up(&self, node: Node) -> bool {
        match node {
            Node::Till(number) => self.phones[usize::from(number) - 1].life().is_some(),
            Node::Backend(_) => self.backend(node).running.as_ref().is_some_and(|(life, _)| !life.is_over()),
            Node::WechatPay => true,
        }
    }

    /// Kills a part, wherever it is.
    pub(crate) fn kill(&self, node: Node) {
        let life = match node {
            Node::Till(number) => self.phones[usize::from(number) - 1].life(),
            Node::Backend(_) => self.backend(node).running.as_ref().map(|(life, _)| life),
            Node::WechatPay => None,
        };
        if let Some(life) = life.filter(|life| !life.is_over()) {
            self.floor.history.note(node, "KILLED");
            self.net.end(life);
        }
    }

    /// Calls one of the double's own doors, beside the network.
    pub(crate) async fn play(&self, method: Method, door: &str, body: Value) -> Value {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/_sandbox/{door}"))
            .header("host", "localhost")
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        let request = request.body(body).expect("a plain request can be made");
        let answer = match self.doors.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 64 << 20).await.expect("the double answers wholly");
        let told = serde_json::from_slice(&bytes).expect("the double answers in JSON");
        assert!(status.is_success() || door == "pay", "{door}: {told}");
        told
    }

    /// The clock of a part; WeChat Pay's is always right.
    pub(crate) fn clock(&self, node: Node) -> Option<&NodeClock> {
        match node {
            Node::Till(number) => Some(&self.phones[usize::from(number) - 1].clock),
            Node::Backend(_) => Some(&self.backend(node).clock),
            Node::WechatPay => None,
        }
    }

    pub(crate) fn backends(&self) -> impl Iterator<Item = Node> + use<> {
        (1..=u8::try_from(self.backends.len()).expect("there are one or two")).map(Node::Backend)
    }

    /// A merchant's number at WeChat Pay, wherever it sells.
    pub(crate) fn mchid(&self, merchant: &str) -> Option<String> {
        self.backends().find_map(|home| self.stage.mchid(home, merchant))
    }

    /// The file of a merchant's bill, as its backend keeps it.
    pub(crate) fn bill(&self, home: Node, merchant: &str, day: &str) -> Option<Vec<u8>> {
        self.stage.bill(home, merchant, day)
    }

    /// From the backend's next start on a merchant verifies by WeChat Pay's public key, and still by its certificates.
    pub(crate) fn switch_to_public_key(&self, home: Node, merchant: &str) {
        self.stage.switch_to_public_key(home, merchant);
    }

    /// Shows the oracle what tills and backend have written down.
    pub(crate) fn read_records(&self) {
        for phone in &self.phones {
            self.floor.oracle().read_journal(phone.number, &self.stage.till(phone.number));
        }
        for backend in self.backends() {
            self.floor.oracle().read_audit(&self.stage.of(backend).join("ledger.sqlite"));
        }
    }

    pub(crate) async fn held(&self, door: &str) -> Value {
        self.play(Method::GET, door, Value::Null).await
    }

    /// Ends everything.
    pub(crate) fn close(self) {
        let lives = self.phones.iter().filter_map(|phone| phone.life.clone());
        let running = self.backends.iter().filter_map(|backend| backend.running.as_ref());
        let all: Vec<Life> = lives.chain(running.map(|(life, _)| life.clone())).collect();
        all.iter().for_each(|life| self.net.end(life));
        self.double.kill();
        self.net.close();
    }
}

/// Where a backend is in the list of them.
fn place(node: Node) -> usize {
    match node {
        Node::Backend(number) => usize::from(number) - 1,
        Node::Till(_) | Node::WechatPay => unreachable!("{node} is no backend"),
    }
}

/// Shows every change of every sale on a till's screen.
async fn look(floor: Arc<Floor>, number: u8, mut all: AllSales) {
    while let Some(view) = all.next().await {
        floor.show(number, view);
    }
}

/// Says results aloud, and acknowledges them a little later.
struct Speaker {
    floor: Arc<Floor>,
    number: u8,
    lives: u32,
    slot: Arc<Mutex<Option<Till>>>,
    life: Life,
    dice: Dice,
}

impl Speaker {
    async fn speak(mut self, mut results: watch::Receiver<Vec<MoneyResult>>) {
        let mut said = std::collections::BTreeSet::new();
        loop {
            let waiting = results.borrow_and_update().clone();
            for result in waiting.into_iter().filter(|result| said.insert(result.key.clone())) {
                self.say(&result);
            }
            if results.changed().await.is_err() {
                return;
            }
        }
    }

    fn say(&mut self, result: &MoneyResult) {
        let told = serde_json::to_value(result).expect("a result can be written as JSON");
        self.floor.oracle().told(self.number, self.lives, &told);
        let line = format!("says aloud: {:?} {} ({})", result.kind, result.amount, result.key);
        self.floor.history.note(Node::Till(self.number), line);
        let (floor, number, slot) = (Arc::clone(&self.floor), self.number, Arc::clone(&self.slot));
        let (later_ms, key) = (self.dice.between(500, 20_000), result.key.clone());
        self.life.spawn(async move {
            pause(later_ms).await;
            let till = slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(till) = till
                && till.acknowledge(&key).await.is_ok()
            {
                floor.oracle().acknowledged(number, &key);
            }
        });
    }
}
