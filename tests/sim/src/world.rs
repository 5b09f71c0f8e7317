//! One seed, from the opening of a shop to its proven end.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::chance::Dice;
use crate::double;
use crate::history::{self, History};
use crate::morning::DAY;
use crate::net::{Net, Node};
use crate::oracle::{Books, Held, Sales};
use crate::people::Sale;
use crate::plan::{HOUR_MS, Mishap, Plan};
use crate::shop::Shop;
use crate::time::{NodeClock, TrueTime, pause};

/// From the end of all trouble to the proven end of everything: a code that was made at the last moment lives five minutes,
/// and the last rung of the ladder is twenty minutes after a close.
const SETTLED_WITHIN_MS: u64 = 35 * 60_000;

/// How often people look around when the hour is over.
const TEND_MS: u64 = 30_000;

/// How often a manager looks at the money that waits for a word.
const SETTLE_MS: u64 = 4 * 60_000;

/// From a kill to the next start, at most.
const RESTART_MS_MAX: u64 = 45_000;

/// What happens at a time.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    RingUp(usize),
    Customer(usize),
    Pay(usize, Value),
    OldPicture(usize),
    Refund(usize),
    Mishap(usize),
    Calm(Node, Node),
    Join(Node, Node),
    ClockRight(Node),
    Foreground(usize),
    Network(usize),
    DiskWell(Node),
    FilledUp(&'static str, i64),
    Settle,
    /// A manager answers what nobody has answered yet.
    AnswerAll,
    Truth(Node, Node),
    Restart(Node),
    Heal,
    Tend,
}

/// What one seed came to.
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Everything that happened, a line an event.
    pub lines: Vec<String>,
    /// The fingerprint of that.
    pub hash: String,
    /// What was wrong: nothing, if all is well.
    pub wrong: Vec<String>,
    /// Sales rung up.
    pub sales: usize,
    /// How many of them ended paid.
    pub paid: usize,
    /// What was done to the shop, by kind.
    pub mishaps: BTreeMap<&'static str, u64>,
    /// What became of messages, by kind.
    pub troubles: BTreeMap<&'static str, u64>,
    /// Milliseconds of simulated time.
    pub simulated_ms: u64,
    /// Messages and other events.
    pub tills: usize,
}

impl Outcome {
    /// How many times a part was killed.
    #[must_use]
    pub fn kills(&self) -> u64 {
        self.mishaps.iter().filter(|(kind, _)| kind.starts_with("kill")).map(|(_, times)| times).sum()
    }

    /// How many things went wrong.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.mishaps.values().sum()
    }
}

/// A shop and its people.
pub(crate) struct World {
    pub(crate) shop: Shop,
    pub(crate) sales: Vec<Sale>,
    pub(crate) dice: Dice,
    mishaps: Vec<(u64, Mishap)>,
    agenda: BTreeMap<(u64, u64), Event>,
    planned: u64,
    counts: BTreeMap<&'static str, u64>,
    deaths: mpsc::UnboundedReceiver<Node>,
    healed_ms: Option<i64>,
}

/// Runs one seed on a runtime of its own, whose time is virtual.
pub(crate) fn run(seed: u64, plan: Plan) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let outcome = runtime.as_ref().expect("a runtime can be made").block_on(live(seed, plan));
    drop(runtime);
    outcome
}

async fn live(seed: u64, plan: Plan) -> Outcome {
    let time = TrueTime::new();
    let history = Arc::new(History::new(time));
    let (net, deaths) = Net::new(seed, Arc::clone(&history));
    let shop = Shop::open(seed, Arc::clone(&net), Arc::clone(&history), time, &plan);
    let mut world = World {
        shop: shop.await,
        sales: plan.sales.iter().copied().map(Sale::new).collect(),
        dice: Dice::new(seed, "people"),
        mishaps: plan.mishaps,
        agenda: BTreeMap::new(),
        planned: 0,
        counts: BTreeMap::new(),
        deaths,
        healed_ms: None,
    };
    for (at, sale) in plan.sales.iter().enumerate() {
        world.at(sale.at_ms, Event::RingUp(at));
    }
    for at in 0..world.mishaps.len() {
        world.at(world.mishaps[at].0, Event::Mishap(at));
    }
    let hour_ms = if world.mishaps.is_empty() {
        plan.sales.iter().map(|sale| sale.at_ms).max().unwrap_or(0)
    } else {
        HOUR_MS
    };
    world.at(hour_ms, Event::Heal);
    let end_ms = hour_ms + SETTLED_WITHIN_MS;
    for at_ms in (hour_ms + TEND_MS..end_ms).step_by(usize::try_from(TEND_MS).unwrap_or(1)) {
        world.at(at_ms, Event::Tend);
    }
    for at_ms in (SETTLE_MS..end_ms).step_by(usize::try_from(SETTLE_MS).unwrap_or(1)) {
        world.at(at_ms, Event::Settle);
    }
    world.live_until(end_ms).await;
    let simulated_ms = time.ms();
    let sales = if world.is_wrong() {
        Sales::default()
    } else {
        world.sleep_over(&plan.bill).await;
        world.end(plan.bill.iter().any(double::spoils_bill)).await
    };
    let mut wrong = world.shop.floor.oracle().found().to_vec();
    let (mishaps, tills) = (std::mem::take(&mut world.counts), world.shop.phones.len());
    world.shop.close();
    // Whatever was under way hears that it is over.
    pause(1).await;
    wrong.dedup();
    let lines = history.told();
    Outcome {
        seed,
        hash: history::hash(&lines),
        lines,
        wrong,
        sales: sales.rung_up,
        paid: sales.paid,
        mishaps,
        troubles: net.troubles(),
        simulated_ms,
        tills,
    }
}

impl World {
    fn at(&mut self, at_ms: u64, event: Event) {
        self.planned += 1;
        self.agenda.insert((at_ms, self.planned), event);
    }

    pub(crate) fn later(&mut self, ms: u64, event: Event) {
        self.at(self.shop.time.ms() + ms, event);
    }

    pub(crate) async fn live_until(&mut self, end_ms: u64) {
        while let Some((&(at_ms, number), _)) = self.agenda.first_key_value() {
            if at_ms > end_ms {
                break;
            }
            tokio::select! {
                biased;
                dead = self.deaths.recv() => {
                    if let Some(node) = dead {
                        self.restart_later(node);
                    }
                }
                () = self.shop.time.sleep_until(at_ms) => {
                    if let Some(event) = self.agenda.remove(&(at_ms, number)) {
                        self.perform(event).await;
                    }
                }
            }
            self.judge().await;
            // What comes after it is no longer the hour that was meant.
            if self.is_wrong() {
                return;
            }
        }
    }

    fn is_wrong(&self) -> bool {
        !self.shop.floor.oracle().found().is_empty()
    }

    fn restart_later(&mut self, node: Node) {
        let wait_ms = self.dice.between(700, RESTART_MS_MAX);
        self.later(wait_ms, Event::Restart(node));
    }

    /// Holds what was shown against WeChat Pay's ledger.
    async fn judge(&mut self) {
        if self.shop.floor.oracle().is_curious() {
            let orders = self.shop.held("orders").await;
            let refunds = self.shop.held("refunds").await;
            self.shop.floor.oracle().judge(&orders, &refunds);
        }
    }

    async fn perform(&mut self, event: Event) {
        match event {
            Event::RingUp(at) => self.ring_up(at).await,
            Event::Customer(at) => self.customer(at).await,
            Event::Pay(at, by) => {
                self.pay(at, by, "success").await;
                self.later(2_000, Event::Customer(at));
            }
            Event::OldPicture(at) => self.pay_by_old_picture(at).await,
            Event::Refund(at) => self.refund(at).await,
            Event::Mishap(at) => self.go_wrong(at).await,
            Event::Calm(one, other) => self.shop.net.set_weather(one, other, crate::net::Weather::CALM),
            Event::Join(one, other) => {
                self.shop.net.join(one, other);
                self.shop.floor.history.note("fate", format!("{one} and {other} are joined again"));
            }
            Event::ClockRight(node) => {
                self.shop.clock(node).into_iter().for_each(|clock| clock.set_ahead(0));
                self.shop.floor.history.note("fate", format!("the clock of {node} is put right"));
            }
            Event::Foreground(at) => {
                let _ = self.shop.phones[at].ask(async |till| till.foreground(true).await).await;
            }
            Event::Network(at) => {
                let _ = self.shop.phones[at].ask(async |till| till.network(true).await).await;
            }
            Event::DiskWell(node) => {
                self.shop.net.disk_is_full(node, false);
                self.shop.floor.history.note("fate", format!("{node} has room on its disk again"));
            }
            Event::FilledUp(merchant, fen) => {
                let Some(mchid) = self.shop.mchid(merchant) else { return };
                self.shop.play(Method::POST, "balance", json!({ "mchid": mchid, "top_up": fen })).await;
                self.shop.floor.history.note("fate", format!("the account of {merchant} is filled up again"));
            }
            Event::Settle => self.settle_money().await,
            Event::AnswerAll => self.answer_all().await,
            Event::Truth(one, other) => self.shop.net.lies(one, other, None),
            Event::Restart(node) => self.restart(node).await,
            Event::Heal => self.heal().await,
            Event::Tend => self.tend().await,
        }
    }

    async fn restart(&mut self, node: Node) {
        if self.shop.is_up(node) {
            return;
        }
        match node {
            Node::Backend(_) => self.shop.start_backend(node).await,
            Node::Till(number) => {
                if !self.shop.start_till(usize::from(number) - 1).await {
                    self.later(1_000, Event::Restart(node));
                }
            }
            Node::WechatPay => {}
        }
    }

    pub(crate) fn count(&mut self, kind: &'static str) {
        *self.counts.entry(kind).or_default() += 1;
    }

    async fn go_wrong(&mut self, at: usize) {
        let mishap = self.mishaps[at].1.clone();
        self.count(mishap.kind());
        let told = match &mishap {
            Mishap::Weather(one, other, weather, for_ms) => {
                let latency = weather.latency_ms;
                let troubles: Vec<String> = weather
                    .troubles
                    .iter()
                    .filter(|(_, per_mille)| *per_mille > 0)
                    .map(|(trouble, per_mille)| format!("{trouble:?} {per_mille}"))
                    .collect();
                format!(
                    "bad network between {one} and {other} for {for_ms} ms: {latency:?} ms, {}",
                    troubles.join(", ")
                )
            }
            other => format!("{other:?}"),
        };
        self.shop.floor.history.note("fate", told);
        match mishap {
            Mishap::Weather(one, other, weather, for_ms) => {
                self.shop.net.set_weather(one, other, weather);
                self.later(for_ms, Event::Calm(one, other));
            }
            Mishap::Parted(one, other, parting, for_ms) => {
                self.shop.net.part(one, other, parting);
                self.later(for_ms, Event::Join(one, other));
            }
            Mishap::Killed(node) => {
                self.shop.kill(node);
                self.restart_later(node);
            }
            Mishap::Doomed(node, after) => self.shop.net.doom(node, after),
            Mishap::PowerFails(node, after) => self.shop.net.power_fails_after(node, after),
            Mishap::DiskFull(node, for_ms) => {
                self.shop.net.disk_is_full(node, true);
                self.later(for_ms, Event::DiskWell(node));
            }
            Mishap::ClockSet(node, ahead_ms, for_ms) => {
                self.shop.clock(node).into_iter().for_each(|clock| clock.set_ahead(ahead_ms));
                self.later(for_ms, Event::ClockRight(node));
            }
            Mishap::ClockStands(node, for_ms) => {
                self.shop.clock(node).into_iter().for_each(NodeClock::stand_still);
                self.later(for_ms, Event::ClockRight(node));
            }
            Mishap::Astray(notifications) => self.shop.net.go_astray(notifications),
            Mishap::AccountEmpty(merchant, for_ms) => {
                let Some(mchid) = self.shop.mchid(merchant) else { return };
                let held = self.shop.play(Method::POST, "balance", json!({ "mchid": mchid })).await;
                if let Some(fen @ 1..) = held["balance"].as_i64() {
                    let out = json!({ "mchid": mchid, "withdraw": fen });
                    self.shop.play(Method::POST, "balance", out).await;
                    self.later(for_ms, Event::FilledUp(merchant, fen));
                }
            }
            Mishap::KeysSwitched => {
                let home = self.shop.phones[0].home;
                self.shop.switch_to_public_key(home, self.shop.phones[0].merchant);
                self.shop.kill(home);
                self.restart_later(home);
            }
            Mishap::Double((_, rule)) => {
                self.shop.play(Method::POST, "faults", json!([rule])).await;
            }
            Mishap::Liar(one, other, for_ms) => {
                let dice = Dice::new(self.dice.below(u64::MAX), "liar");
                self.shop.net.lies(one, other, Some(dice));
                self.later(for_ms, Event::Truth(one, other));
            }
            Mishap::Background(at, for_ms) => {
                let _ = self.shop.phones[at].ask(async |till| till.foreground(false).await).await;
                self.later(for_ms, Event::Foreground(at));
            }
            Mishap::NoNetwork(at, for_ms) => {
                let node = self.node_of(at);
                let _ = self.shop.phones[at].ask(async |till| till.network(false).await).await;
                let home = self.shop.phones[at].home;
                self.shop.net.part(node, home, crate::net::Parting::Refusing);
                self.later(for_ms, Event::Join(node, home));
                self.later(for_ms, Event::Network(at));
            }
        }
    }

    /// All trouble ends: everybody is there, can be reached, and knows the time.
    async fn heal(&mut self) {
        self.shop.floor.history.note("fate", "all trouble ends");
        self.shop.net.calm();
        self.shop.play(Method::DELETE, "faults", Value::Null).await;
        for backend in self.shop.backends() {
            self.shop.clock(backend).into_iter().for_each(|clock| clock.set_ahead(0));
            self.restart(backend).await;
        }
        for at in 0..self.shop.phones.len() {
            self.shop.phones[at].clock.set_ahead(0);
            let node = self.node_of(at);
            self.restart(node).await;
            let _ = self.shop.phones[at].ask(async |till| till.foreground(true).await).await;
            let _ = self.shop.phones[at].ask(async |till| till.network(true).await).await;
        }
        self.healed_ms = Some(self.shop.time.unix_ms());
    }

    /// Adds everything up.
    async fn end(&mut self, is_spoilt: bool) -> Sales {
        let mut books: Vec<Books> = Vec::new();
        for at in 0..self.shop.phones.len() {
            let phone = &self.shop.phones[at];
            let merchant = phone.merchant;
            let mine = told(phone.ask(async |till| till.day(Some(DAY)).await).await);
            let diagnosis = told(phone.ask(async |till| till.diagnosis().await).await);
            self.shop.floor.oracle().examined(phone.number, &diagnosis);
            match books.iter_mut().find(|books| books.merchant == merchant) {
                Some(books) => books.tills.push(mine),
                None => {
                    let day = told(phone.ask(async |till| till.day_from_backend(Some(DAY)).await).await);
                    let mchid = self.shop.mchid(merchant).expect("it sells");
                    books.push(Books { merchant: merchant.to_owned(), mchid, day, tills: vec![mine] });
                }
            }
        }
        let held = Held {
            orders: self.shop.held("orders").await,
            refunds: self.shop.held("refunds").await,
            notifications: self.shop.held("notifications").await,
            billed: self.billed().await,
            is_spoilt,
            clock_was_wrong: self.counts.contains_key("clock set"),
        };
        self.shop.read_records();
        let healed = self.healed_ms.unwrap_or_else(|| self.shop.time.unix_ms());
        self.shop.floor.oracle().close(&held, healed, &books)
    }
}

/// What a till answered, as an outsider reads it; nothing if it did not.
pub(crate) fn told(answer: Result<impl serde::Serialize, saoma_engine::TillError>) -> Value {
    answer.ok().and_then(|answer| serde_json::to_value(answer).ok()).unwrap_or_default()
}
