//! Three tills, their backend and WeChat Pay's double as processes that are killed and started again on the same files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use saoma_backend::config::{SandboxProtocol, write_sandbox_config_over};
use saoma_chance::Chance;
use saoma_contract::Time;
use serde_json::Value;

use super::Tally;
use super::customer::Customer;
use super::oracle::{Books, Heard, refunds_of, text};
use super::places::{Places, TILLS};
use crate::process::{PATIENCE, Process, Said, next, run_json};

/// From one kill to the next, at most, in thousandths of the time that a backend takes to start on this machine.
const KILL_MAX: usize = 6_000;

/// From a kill to the next start, at most, in the same measure.
const RESTART_MAX: usize = 1_000;

/// After so many kills the oracle looks.
const KILLS_TO_LOOK: u64 = 100;

/// The bill's and the merchant's zone.
const BEIJING: i32 = 480;

/// What is to happen, and when.
#[derive(Debug)]
enum Action {
    KillSomebody,
    StartSandbox,
    StartBackend,
    StartTill(usize),
    Pay(String, &'static str),
    TypePassword(String),
    Cancel(usize),
}

/// What becomes of a sale, chosen when it is rung up.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Pays,
    IsCancelled,
    /// The customer is typing the password when the cashier cancels, and pays all the same.
    PaysIntoTheCancel,
    Leaves,
}

struct Counter {
    process: Option<Process>,
    chance: Chance,
    fate: Fate,
    /// The code whose fate is under way.
    code: Option<String>,
    /// Sales that were told paid, and of which nothing was asked back yet.
    paid: Vec<String>,
}

pub struct Shop {
    places: Places,
    /// Who is killed when.
    misfortune: Chance,
    /// How long a backend takes to start: by it the pace is set, so that sales go on between kills on a slow machine too.
    start_ms: usize,
    sandbox_url: String,
    sandbox: Option<Process>,
    backend: Option<Process>,
    counters: Vec<Counter>,
    lines: Receiver<Said>,
    say: Sender<Said>,
    plan: Vec<(Instant, Action)>,
    heard: Heard,
    charges: u64,
    charges_max: u64,
    killed: BTreeMap<&'static str, u64>,
    looks: u64,
    customer: Customer,
    opened_at: Time,
    tally: Option<Tally>,
}

impl Shop {
    /// Over v3 with an even seed, over v2 with an odd one.
    pub fn open(seed: u64, kills: u64) -> Self {
        let places = Places::new();
        let path = |name: &str| places.path(name);
        let state = path("sandbox");
        let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--state", &state];
        let (sandbox, _, first) =
            Process::start_and_listen("sandbox", &arguments, Path::new(&path("sandbox.log")));
        let sandbox_url = first.strip_prefix("sandbox listening on ").unwrap().to_owned();
        let sandbox_json = std::fs::read_to_string(Path::new(&state).join("sandbox.json")).unwrap();
        let protocol = if seed.is_multiple_of(2) { SandboxProtocol::V3 } else { SandboxProtocol::V2 };
        let config = |listen: &str| {
            let (backend, listen) = (path("backend"), listen.parse().unwrap());
            write_sandbox_config_over(protocol, &sandbox_json, Path::new(&backend), listen).unwrap();
        };
        config("127.0.0.1:0");
        let config_path = path("backend/saoma.toml");
        let arguments = ["serve", "--config", &config_path, "--pairing", "shop-1/main"];
        let log = PathBuf::from(path("backend.log"));
        let (mut backend, said, mut first) = Process::start_and_listen("backend", &arguments, &log);
        let url = serde_json::from_str::<Value>(&first).unwrap()["listening"].as_str().unwrap().to_owned();
        config(url.strip_prefix("http://").unwrap());
        let (mut said, mut start_ms) = (said, 0);
        for till in 0..TILLS {
            if till > 0 {
                backend.terminate();
                assert!(backend.wait().success());
                let started = Instant::now();
                (backend, said, first) = Process::start_and_listen("backend", &arguments, &log);
                start_ms = usize::try_from(started.elapsed().as_millis()).unwrap();
                assert!(first.contains(&url), "{first}");
            }
            let link: Value = serde_json::from_str(&next(&said).line.unwrap()).unwrap();
            let link = text(&link, "pairing_link");
            let paired = run_json(&["till", "--state", &path(&format!("till{till}")), "pair", &link]);
            assert_eq!(paired.len(), 1, "till {till} was not paired");
        }
        let (say, lines) = channel();
        let mut misfortune = Chance::new(seed);
        let counters = (0..TILLS).map(|_| Counter {
            process: None,
            chance: Chance::new(misfortune.number()),
            fate: Fate::Leaves,
            code: None,
            paid: Vec::new(),
        });
        let counters = counters.collect();
        Self {
            places,
            misfortune,
            start_ms: start_ms.clamp(40, 1_000),
            customer: Customer::new(&sandbox_url),
            sandbox_url,
            sandbox: Some(sandbox),
            backend: Some(backend),
            counters,
            lines,
            say,
            plan: Vec::new(),
            heard: Heard::default(),
            charges: 0,
            charges_max: 60 + kills / 4,
            killed: BTreeMap::new(),
            looks: 0,
            opened_at: now(),
            tally: None,
        }
    }

    fn in_ms(&mut self, ms: usize, action: Action) {
        self.plan.push((Instant::now() + Duration::from_millis(ms as u64), action));
    }

    pub fn trade_under_fire(&mut self, kills: u64) {
        (0..TILLS).for_each(|till| self.in_ms(10 * till, Action::StartTill(till)));
        self.in_ms(200, Action::KillSomebody);
        while self.kills() < kills {
            self.plan.sort_by_key(|(at, _)| *at);
            let wait = self.plan[0].0.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(wait) {
                Ok(said) => self.hear(&said),
                Err(RecvTimeoutError::Timeout) => {
                    let (_, action) = self.plan.remove(0);
                    self.act(action);
                }
                Err(RecvTimeoutError::Disconnected) => unreachable!("we hold a sender ourselves"),
            }
            if self.kills() >= (self.looks + 1) * KILLS_TO_LOOK {
                self.look();
            }
        }
    }

    fn kills(&self) -> u64 {
        self.killed.values().sum()
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::KillSomebody => {
                let who = self.misfortune.below(3 + TILLS);
                let (restart, pause) = (self.misfortune.below(RESTART_MAX), self.misfortune.below(KILL_MAX));
                let (restart, pause) = (restart * self.start_ms / 1000, pause * self.start_ms / 1000);
                match who {
                    0 => self.kill_sandbox(restart),
                    1 | 2 => self.kill_backend(restart),
                    till => self.kill_till(till - 3),
                }
                self.in_ms(pause, Action::KillSomebody);
            }
            Action::StartSandbox => self.start_sandbox(),
            Action::StartBackend => self.start_backend(),
            Action::StartTill(till) => self.start_till(till),
            Action::Pay(code, outcome) => self.customer.pay(&code, outcome),
            Action::TypePassword(code) => self.customer.types_password(&code),
            Action::Cancel(till) => {
                if let Some(process) = &mut self.counters[till].process {
                    process.write("cancel");
                }
            }
        }
    }

    fn kill_sandbox(&mut self, restart_ms: usize) {
        if self.sandbox.take().is_some() {
            *self.killed.entry("sandbox").or_default() += 1;
            self.in_ms(restart_ms, Action::StartSandbox);
        }
    }

    fn kill_backend(&mut self, restart_ms: usize) {
        if self.backend.take().is_some() {
            *self.killed.entry("backend").or_default() += 1;
            self.in_ms(restart_ms, Action::StartBackend);
        }
    }

    /// The end of its lines starts it again.
    fn kill_till(&mut self, till: usize) {
        if let Some(process) = &mut self.counters[till].process
            && process.runs()
        {
            process.kill();
            *self.killed.entry("till").or_default() += 1;
        }
    }

    fn start_sandbox(&mut self) {
        if self.sandbox.is_none() {
            let listen = self.sandbox_url.strip_prefix("http://").unwrap().to_owned();
            let (state, log) = (self.places.path("sandbox"), self.places.path("sandbox.log"));
            let arguments = ["sandbox", "--listen", &listen, "--state", &state];
            self.sandbox = Some(Process::start_and_listen("sandbox", &arguments, Path::new(&log)).0);
        }
    }

    fn start_backend(&mut self) {
        if self.backend.is_none() {
            let (config, log) = (self.places.path("backend/saoma.toml"), self.places.path("backend.log"));
            let arguments = ["serve", "--config", &config];
            self.backend = Some(Process::start_and_listen("backend", &arguments, Path::new(&log)).0);
        }
    }

    fn start_till(&mut self, till: usize) {
        let (state, log) =
            (self.places.path(&format!("till{till}")), self.places.path(&format!("till{till}.log")));
        let counter = &mut self.counters[till];
        let choice = counter.chance.below(20);
        let amount = format!("{}.{:02}", 1 + counter.chance.below(500), counter.chance.below(100));
        counter.fate = *counter.chance.one_of(&[
            Fate::Pays,
            Fate::Pays,
            Fate::Pays,
            Fate::IsCancelled,
            Fate::PaysIntoTheCancel,
            Fate::Leaves,
        ]);
        counter.code = None;
        let may_charge = self.charges < self.charges_max;
        let payment_code = match choice {
            14 | 15 if may_charge => self.customer.shows_payment_code(choice == 15),
            _ => None,
        };
        let charge = ["charge", amount.as_str(), "--description", "Under fire", "--life", "60"];
        let refunded = if choice == 16 { counter.paid.pop() } else { None };
        let mut arguments = vec!["till", "--state", &state];
        match (&payment_code, &refunded) {
            (Some(_), _) => arguments.extend(charge.iter().chain(&["--scan"])),
            (None, Some(order_no)) => {
                arguments.extend(["refund", order_no.as_str(), "--reason", "Under fire"]);
            }
            (None, None) if choice < 14 && may_charge => arguments.extend(charge),
            (None, None) => arguments.push("watch"),
        }
        self.charges += u64::from(arguments.contains(&"charge"));
        let mut process = Process::start(&format!("till{till}"), &arguments, Path::new(&log), &self.say);
        if let Some(code) = payment_code {
            process.write(&code);
            self.in_ms(300, Action::TypePassword(code));
        }
        self.counters[till].process = Some(process);
    }

    fn hear(&mut self, said: &Said) {
        let till: usize = said.by.strip_prefix("till").unwrap().parse().unwrap();
        let Some(line) = &said.line else {
            let pause = self.counters[till].chance.below(100);
            self.in_ms(pause, Action::StartTill(till));
            return;
        };
        let sale: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("till {till} said {line:?}"));
        let is_news = sale["phase"] == "paid" && !self.heard.paid.contains(&text(&sale, "order_no"));
        self.heard.hear(till, &sale);
        let counter = &mut self.counters[till];
        if is_news {
            counter.paid.push(text(&sale, "order_no"));
        }
        let Some(code) = sale["code"]["text"].as_str().map(str::to_owned) else { return };
        if counter.code.is_some() {
            return;
        }
        counter.code = Some(code.clone());
        let (soon, later) = (counter.chance.below(500), counter.chance.below(1_000));
        let (soon, later) = (soon * self.start_ms / 1000, later * self.start_ms / 1000);
        match counter.fate {
            Fate::Pays => self.in_ms(soon + later, Action::Pay(code, "success")),
            Fate::IsCancelled => self.in_ms(soon, Action::Cancel(till)),
            Fate::PaysIntoTheCancel => {
                self.in_ms(soon, Action::Pay(code.clone(), "password_pending"));
                self.in_ms(soon, Action::Cancel(till));
                self.in_ms(soon + later, Action::Pay(code, "success"));
            }
            Fate::Leaves => {}
        }
    }

    /// Kills all tills, lets the others live, and looks at all books.
    fn look(&mut self) {
        (0..TILLS).for_each(|till| self.kill_till(till));
        self.start_sandbox();
        self.start_backend();
        self.books().check(&self.heard);
        self.looks += 1;
    }

    /// Everybody lives again; what is still open is cancelled and followed until its end is proven, and refunds are waited for.
    pub fn settle(&mut self) {
        self.counters.iter_mut().for_each(|counter| counter.process = None);
        self.start_sandbox();
        self.start_backend();
        self.customer.leaves_every_password_page();
        // All are cancelled before any is followed: that a payment code was not charged takes its time to be sure.
        for is_enough in [is_on_its_way as fn(&Value) -> bool, |_| false] {
            self.places.at_each_till(|places, till| {
                for sale in places.list(till).iter().filter(|sale| !has_ended(sale)) {
                    let watch = ["watch", &text(sale, "order_no")];
                    places.follow(till, &watch, |sale| !is_on_its_way(sale), is_enough);
                }
            });
        }
        self.customer.waits_s(65);
        self.places.at_each_till(|places, till| {
            let started = Instant::now();
            let is_under_way =
                || places.list(till).iter().flat_map(refunds_of).any(|refund| refund["state"] != "done");
            while is_under_way() {
                assert!(started.elapsed() < PATIENCE, "refunds do not end: {:?}", places.list(till));
                // While a sale is open, the till hears of the others.
                places.follow(till, &["charge", "0.01"], |sale| !sale["code"].is_null(), |_| false);
            }
        });
        let books = self.books();
        books.check_end(&self.heard);
        let of_phase = |phase: &str| books.sales.values().filter(|sale| sale["phase"] == phase).count();
        self.tally = Some(Tally {
            killed: std::mem::take(&mut self.killed),
            sales: books.sales.len(),
            paid: of_phase("paid"),
            paid_sum: books.by_tills[0].1,
            given_back: books.refunds.len(),
            closed: of_phase("closed"),
            looks: self.looks + 1,
        });
    }

    /// What a settled run came to.
    pub fn tally(mut self) -> Tally {
        self.tally.take().expect("it was settled")
    }

    /// The days since the shop was opened; WeChat Pay may be a minute ahead.
    fn days(&self) -> Vec<String> {
        let mut days =
            vec![self.opened_at.date(BEIJING), now().date(BEIJING), now().plus_ms(70_000).date(BEIJING)];
        days.dedup();
        days
    }

    fn books(&self) -> Books {
        let mut sales = BTreeMap::new();
        let (mut by_tills, mut by_backend) = Default::default();
        for till in 0..TILLS {
            sales.extend(self.places.list(till).into_iter().map(|sale| (text(&sale, "order_no"), sale)));
        }
        for day in self.days() {
            for till in 0..TILLS {
                add(&mut by_tills, &self.places.till(till, &["day", &day])[0]);
            }
            add(&mut by_backend, &self.places.till(0, &["day", &day, "--backend"])[0]["day"]);
        }
        // WeChat Pay is asked last: what was paid while the others were asked is no fault of theirs.
        let (trades, refunds) = (self.customer.held("orders"), self.customer.held("refunds"));
        Books { sales, trades, refunds, by_tills, by_backend }
    }
}

fn has_ended(sale: &Value) -> bool {
    matches!(sale["phase"].as_str(), Some("paid" | "closed" | "dropped"))
}

fn is_on_its_way(sale: &Value) -> bool {
    sale["phase"] == "closing" || has_ended(sale)
}

fn add(sums: &mut [(i64, i64); 2], day: &Value) {
    for (sum, name) in sums.iter_mut().zip(["paid", "refunded"]) {
        let of_day =
            |what: &str| day[name][what].as_i64().unwrap_or_else(|| panic!("no {name}.{what} in {day}"));
        *sum = (sum.0 + of_day("count"), sum.1 + of_day("amount"));
    }
}

fn now() -> Time {
    let passed = std::time::UNIX_EPOCH.elapsed().unwrap();
    Time::from_unix_ms(i64::try_from(passed.as_millis()).unwrap())
}
