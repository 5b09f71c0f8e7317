//! What must be true, judged from outside. The oracle knows nothing of the code under test: it reads WeChat Pay's own ledger
//! and bills of money, what each screen showed and each till said aloud, and what passed over the wire, all as plain JSON.

mod bill;
mod journals;
mod money_back;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::morning::DAY;

pub(crate) use bill::Billed;
pub(crate) use journals::Confirmed;

/// Where a sale may stand when all is over.
const ENDS: [&str; 6] = ["paid", "closed", "cash", "rejected", "joined", "dropped"];

/// Longest from money (or, if that was later, from the end of all trouble) to the till that shows it: the last rung of the
/// ladder after a close, with its jitter.
const SHOWN_WITHIN_MS: i64 = 12 * 60_000;

/// Watches a shop and keeps what was wrong.
#[derive(Default)]
pub(crate) struct Oracle {
    rung_up: BTreeMap<String, RungUp>,
    /// Orders that were closed unpaid and rung up again under another number.
    nothing: BTreeSet<String>,
    screens: BTreeMap<(u8, String), Screen>,
    /// Every code that was on a screen.
    codes: BTreeSet<String>,
    told: BTreeMap<(u8, String), Told>,
    /// Orders about which a till raised the alarm that money does not match.
    alarms: BTreeSet<String>,
    /// Refunds that people asked for: of which order, and under which number.
    asked_back: BTreeSet<(String, String)>,
    /// Refunds that wait for a manager's yes, as a cashier asked for them.
    need_yes: BTreeSet<String>,
    /// Refunds that a manager said yes to.
    approved: BTreeSet<String>,
    /// What each merchant does with late money.
    late_money: BTreeMap<String, String>,
    /// What was told of each order, whenever it was newer than before.
    wire: BTreeMap<String, Vec<OnWire>>,
    unjudged: Vec<(i64, u8, Value)>,
    promises: journals::Promises,
    found: Vec<String>,
}

/// What a cashier rang up, and was told is durable.
struct RungUp {
    till: u8,
    merchant: String,
    amount: i64,
    /// What may be sold only once at a time.
    table: Option<u64>,
}

/// A sale as a screen showed it last.
struct Screen {
    phase: String,
    attempt: i64,
    /// When each payment was first shown.
    payments: BTreeMap<String, i64>,
    /// What becomes of each payment that came when the sale was settled, closing or closed. One that is shown as late
    /// without that settled it, after the till had stopped waiting.
    late: BTreeMap<String, String>,
    /// Where each refund stands.
    refunds: BTreeMap<String, String>,
    /// Money came that does not match: it is frozen.
    has_mismatch: bool,
    /// How many payments there are about which nothing is to be decided.
    in_time: usize,
}

#[derive(Default)]
struct Told {
    times: u32,
    /// In which of the till's lives it was said last.
    life: u32,
    is_acknowledged: bool,
}

/// An order as the backend told it to some till for the first time.
struct OnWire {
    at_ms: u64,
    version: (u64, u64),
    /// How far each attempt is.
    attempts: BTreeMap<u64, usize>,
}

/// A trade as WeChat Pay keeps it.
struct Trade {
    order_no: String,
    out_trade_no: String,
    mchid: String,
    state: String,
    transaction_id: String,
    total: i64,
    code_url: String,
    /// In whole seconds, as milliseconds.
    paid_ms: i64,
}

impl Trade {
    fn is_paid(&self) -> bool {
        matches!(self.state.as_str(), "SUCCESS" | "REFUND")
    }

    fn is_payable(&self) -> bool {
        matches!(self.state.as_str(), "NOTPAY" | "USERPAYING")
    }
}

/// What WeChat Pay holds, as it tells.
pub(crate) struct Held {
    pub(crate) orders: Value,
    pub(crate) refunds: Value,
    pub(crate) notifications: Value,
    /// Each merchant's bill of the day.
    pub(crate) billed: Vec<Billed>,
    /// Whether the seed spoilt one.
    pub(crate) is_spoilt: bool,
    /// Whether a clock was wrong for a while.
    pub(crate) clock_was_wrong: bool,
}

/// A shop: its name at the backend, its number at WeChat Pay, and the sums of its day.
pub(crate) struct Books {
    pub(crate) merchant: String,
    pub(crate) mchid: String,
    /// The backend's day.
    pub(crate) day: Value,
    /// Each till's own day.
    pub(crate) tills: Vec<Value>,
}

/// What a simulation came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sales {
    pub(crate) rung_up: usize,
    pub(crate) paid: usize,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn unix_ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond)
}

/// The order of an attempt: the attempt's number has two digits more.
fn order_of(out_trade_no: &str) -> String {
    out_trade_no[..out_trade_no.len().saturating_sub(2)].to_owned()
}

/// What is wrong with an order, which is named by its last characters as everywhere in the story.
fn about(order_no: &str, what: &str) -> String {
    format!("…{}: {what}", order_no.get(20..).unwrap_or(order_no))
}

fn trades(orders: &Value) -> Vec<Trade> {
    let trade = |order: &Value| {
        let number = text(order, "out_trade_no");
        Trade {
            order_no: order_of(number),
            out_trade_no: number.to_owned(),
            mchid: text(order, "mchid").to_owned(),
            state: text(order, "trade_state").to_owned(),
            transaction_id: text(order, "transaction_id").to_owned(),
            total: order["amount"]["total"].as_i64().unwrap_or_default(),
            code_url: text(order, "code_url").to_owned(),
            paid_ms: unix_ms(text(order, "success_time")),
        }
    };
    rows(orders).iter().map(trade).collect()
}

fn wechat_payments(view: &Value) -> impl Iterator<Item = &Value> {
    rows(&view["payments"]).iter().filter(|payment| text(payment, "channel") == "wechatpay")
}

impl Oracle {
    fn wrong(&mut self, order_no: &str, what: &str) {
        let line = about(order_no, what);
        if !self.found.contains(&line) {
            self.found.push(line);
        }
    }

    /// What was wrong so far.
    pub(crate) fn found(&self) -> &[String] {
        &self.found
    }

    /// A cashier rang up a sale, and the till said that it is durable.
    pub(crate) fn rang_up(
        &mut self,
        till: u8,
        merchant: &str,
        order_no: &str,
        amount: i64,
        table: Option<u64>,
    ) {
        let rung_up = RungUp { till, merchant: merchant.to_owned(), amount, table };
        self.rung_up.insert(order_no.to_owned(), rung_up);
        self.confirmed(till, Confirmed::RungUp(order_no.to_owned()));
    }

    /// A sale was closed unpaid, and people ring it up under another number: of the two, the other is the sale.
    pub(crate) fn came_to_nothing(&mut self, order_no: &str) {
        self.nothing.insert(order_no.to_owned());
    }

    /// A person asks money back, under this number; a cashier needs a manager's yes.
    pub(crate) fn asked_back(&mut self, order_no: &str, refund_no: &str, needs_yes: bool) {
        self.asked_back.insert((order_no.to_owned(), refund_no.to_owned()));
        if needs_yes {
            self.need_yes.insert(refund_no.to_owned());
        }
    }

    /// A manager says yes to a refund.
    pub(crate) fn approved(&mut self, refund_no: &str) {
        self.approved.insert(refund_no.to_owned());
    }

    /// What a merchant does with late money: `ask`, `accept` or `refund`.
    pub(crate) fn late_money(&mut self, merchant: &str, rule: &str) {
        self.late_money.insert(merchant.to_owned(), rule.to_owned());
    }

    /// A screen shows a sale.
    pub(crate) fn saw(&mut self, at: i64, till: u8, view: &Value) {
        let order_no = text(view, "order_no").to_owned();
        let (phase, attempt) = (text(view, "phase").to_owned(), view["attempt"].as_i64().unwrap_or_default());
        let mut shown = BTreeMap::new();
        for payment in wechat_payments(view) {
            shown.insert(text(payment, "transaction_id").to_owned(), at);
        }
        let now = Screen {
            phase: phase.clone(),
            attempt,
            payments: BTreeMap::new(),
            late: rows(&view["payments"])
                .iter()
                .filter(|payment| payment["late_money"].is_string())
                .map(|payment| {
                    (text(payment, "transaction_id").to_owned(), text(payment, "late_money").to_owned())
                })
                .collect(),
            refunds: rows(&view["refunds"])
                .iter()
                .map(|refund| (text(refund, "refund_no").to_owned(), text(refund, "state").to_owned()))
                .collect(),
            has_mismatch: view["mismatch"] == Value::Bool(true),
            in_time: rows(&view["payments"])
                .iter()
                .filter(|payment| !payment["late_money"].is_string())
                .count(),
        };
        let is_new_code =
            view["code"]["text"].as_str().is_some_and(|code| self.codes.insert(code.to_owned()));
        if let Some(before) = self.screens.get(&(till, order_no.clone())) {
            let mut wrong = Vec::new();
            if before.phase == "paid" && phase != "paid" {
                wrong.push(format!("till {till} showed it paid, and then {phase}"));
            }
            if attempt < before.attempt {
                wrong.push(format!("till {till} went back from attempt {} to {attempt}", before.attempt));
            }
            if before.has_mismatch && !now.has_mismatch {
                wrong.push(format!("till {till} no longer shows that money does not match"));
            }
            for (refund, state) in &before.refunds {
                let state_now = now.refunds.get(refund);
                if state_now.is_none_or(|after| state == "done" && after != "done") {
                    wrong.push(format!("till {till} showed refund {refund} {state}, and then {state_now:?}"));
                }
            }
            for (payment, first) in &before.payments {
                if shown.insert(payment.clone(), *first).is_none() {
                    wrong.push(format!("till {till} no longer shows payment {payment}"));
                }
            }
            wrong.into_iter().for_each(|what| self.wrong(&order_no, &what));
        }
        if let Some(rung_up) = self.rung_up.get(&order_no)
            && view["amount"].as_i64() != Some(rung_up.amount)
        {
            let what = format!("till {till} shows {} where {} was rung up", view["amount"], rung_up.amount);
            self.wrong(&order_no, &what);
        }
        let merchant = self.rung_up.get(&order_no).map(|rung_up| &rung_up.merchant);
        let rule = merchant.and_then(|merchant| self.late_money.get(merchant)).map_or("ask", String::as_str);
        let waits = wechat_payments(view).any(|payment| text(payment, "late_money") == "ask");
        if waits && (rule == "accept" || rule == "refund" && now.refunds.is_empty()) {
            let what = format!("till {till} shows late money that waits for a word, and the rule is {rule}");
            self.wrong(&order_no, &what);
        }
        if now.in_time > 1 {
            let what = format!("till {till} shows {} payments that settled it", now.in_time);
            self.wrong(&order_no, &what);
        }
        let is_back = now.refunds.values().any(|state| state == "done");
        let has_table = self.rung_up.get(&order_no).is_some_and(|rung_up| rung_up.table.is_some());
        let offers_table = has_table && view["code"]["text"].is_string();
        let is_news = is_back || offers_table || is_new_code;
        if matches!(phase.as_str(), "paid" | "closed") || !shown.is_empty() || is_news {
            self.unjudged.push((at, till, view.clone()));
        }
        self.screens.insert((till, order_no), Screen { payments: shown, ..now });
    }

    /// A till says a result aloud.
    pub(crate) fn told(&mut self, till: u8, life: u32, result: &Value) {
        let (key, order_no) = (text(result, "key").to_owned(), text(result, "order_no").to_owned());
        let told = self.told.entry((till, key.clone())).or_default();
        let again = told.times > 0;
        let mut wrong = Vec::new();
        if told.is_acknowledged {
            wrong.push(format!("till {till} tells {key} again after it was acknowledged"));
        } else if again && told.life == life {
            wrong.push(format!("till {till} tells {key} twice in one life"));
        }
        told.times += 1;
        told.life = life;
        if text(result, "kind") == "mismatch" {
            self.alarms.insert(order_no.clone());
        }
        wrong.into_iter().for_each(|what| self.wrong(&order_no, &what));
    }

    /// A person was told a result, and the till has written that down.
    pub(crate) fn acknowledged(&mut self, till: u8, key: &str) {
        self.told.entry((till, key.to_owned())).or_default().is_acknowledged = true;
        self.confirmed(till, Confirmed::Result(key.to_owned()));
    }

    /// Bytes that the backend sends to a till: an order, a page of them, or events of them; as an answer to what was asked at
    /// that time, or on a stream.
    pub(crate) fn heard(&mut self, merchant: &str, bytes: &[u8], now_ms: u64, asked_ms: Option<u64>) {
        let mut order_on_wire = |order: &Value| self.order_on_wire(merchant, order, now_ms, asked_ms);
        let Ok(said) = std::str::from_utf8(bytes) else { return };
        if said.starts_with('{') {
            let Ok(value) = serde_json::from_str::<Value>(said) else { return };
            order_on_wire(&value);
            rows(&value["orders"]).iter().for_each(&mut order_on_wire);
            order_on_wire(&value["order"]);
            return;
        }
        for line in said.lines().filter_map(|line| line.strip_prefix("data: ")) {
            if let Ok(value) = serde_json::from_str::<Value>(line) {
                order_on_wire(&value);
            }
        }
    }

    /// An answer is no older than what was told before it was asked for, and a stream says nothing older than what was told:
    /// what is asked and told at once may overtake each other.
    fn order_on_wire(&mut self, merchant: &str, order: &Value, now_ms: u64, asked_ms: Option<u64>) {
        let order_no = text(order, "order_no").to_owned();
        if order_no.is_empty() || !order["version"].is_object() {
            return;
        }
        let mut wrong = Vec::new();
        if text(order, "merchant") != merchant {
            wrong.push(format!("{merchant}'s till is told of an order of {}", text(order, "merchant")));
        }
        let number = |name: &str| order["version"][name].as_u64().unwrap_or_default();
        let version = (number("epoch"), number("counter"));
        let told = self.wire.entry(order_no.clone()).or_default();
        let known = match asked_ms {
            Some(asked_ms) => told.iter().rev().find(|known| known.at_ms < asked_ms),
            None => told.last(),
        };
        if let Some(known) = known.filter(|known| version < known.version) {
            wrong.push(format!("the backend goes back from version {:?} to {version:?}", known.version));
        }
        let mut attempts = BTreeMap::new();
        for attempt in rows(&order["attempts"]) {
            let no = attempt["attempt"].as_u64().unwrap_or_default();
            let state = text(attempt, "state");
            let order = ["opening", "open", "paying", "closing", "closed", "paid"];
            let rank = order.iter().position(|known| *known == state).unwrap_or_default();
            let before = known.and_then(|known| known.attempts.get(&no)).copied().unwrap_or_default();
            if rank < before {
                wrong.push(format!("attempt {no} goes back from {} to {state}", order[before]));
            }
            attempts.insert(no, rank);
        }
        if told.last().is_none_or(|last| last.version < version) {
            told.push(OnWire { at_ms: now_ms, version, attempts });
        }
        wrong.into_iter().for_each(|what| self.wrong(&order_no, &what));
    }

    /// A till that was killed does not start any more.
    pub(crate) fn does_not_start(&mut self, till: u8) {
        self.found.push(format!("till {till} does not start again"));
    }

    /// What a till says of itself in the end: its records must be whole.
    pub(crate) fn examined(&mut self, till: u8, diagnosis: &Value) {
        for (name, expected) in [
            ("storage_checked", Value::Bool(true)),
            ("storage_fault", Value::Null),
            ("read_only", Value::Null),
        ] {
            if diagnosis[name] != expected {
                self.found.push(format!("till {till}: {name} is {}", diagnosis[name]));
            }
        }
    }

    /// Whether something waits to be held against the ledger.
    pub(crate) fn is_curious(&self) -> bool {
        !self.unjudged.is_empty()
    }

    /// Holds what was shown since the last time against WeChat Pay's ledger.
    pub(crate) fn judge(&mut self, orders: &Value, refunds: &Value) {
        let trades = trades(orders);
        let mut live: BTreeMap<&str, u32> = BTreeMap::new();
        for trade in trades.iter().filter(|trade| trade.is_paid() || trade.is_payable()) {
            *live.entry(&trade.order_no).or_default() += 1;
        }
        for (order_no, attempts) in live.into_iter().filter(|(_, attempts)| *attempts > 1) {
            self.wrong(order_no, &format!("{attempts} of its attempts are paid or can be"));
        }
        for (at, till, view) in std::mem::take(&mut self.unjudged) {
            let order_no = text(&view, "order_no").to_owned();
            let of_order: Vec<&Trade> = trades.iter().filter(|trade| trade.order_no == order_no).collect();
            let mut wrong = Vec::new();
            if let Some(code) = view["code"]["text"].as_str()
                && trades.iter().any(|trade| trade.code_url == code && trade.order_no != order_no)
            {
                wrong.push(format!("till {till} shows another order's code"));
            }
            let mut is_paid = false;
            for payment in wechat_payments(&view) {
                let id = text(payment, "transaction_id");
                let moved = of_order.iter().any(|trade| {
                    trade.is_paid()
                        && trade.transaction_id == id
                        && Some(trade.total) == payment["amount"].as_i64()
                        && trade.paid_ms <= at
                });
                if !moved {
                    wrong.push(format!("till {till} shows payment {id}, and no such money moved"));
                }
                is_paid = true;
            }
            if view["code"]["text"].is_string() {
                wrong.extend(self.offered_twice(&order_no, &trades));
            }
            for shown in rows(&view["refunds"]).iter().filter(|refund| text(refund, "state") == "done") {
                let number = text(shown, "refund_no");
                let is_back = rows(refunds).iter().any(|refund| {
                    text(refund, "out_refund_no") == number
                        && text(refund, "status") == "SUCCESS"
                        && refund["amount"]["refund"] == shown["amount"]
                });
                if !is_back {
                    wrong
                        .push(format!("till {till} shows refund {number} done, and no such money went back"));
                }
            }
            match text(&view, "phase") {
                "paid" if !is_paid => wrong.push(format!("till {till} shows it paid without a payment")),
                "closed" => {
                    for trade in &of_order {
                        if trade.is_paid() && trade.paid_ms + 999 < at {
                            wrong.push(format!("till {till} shows it closed, and it is paid"));
                        }
                        if self.offers(trade) {
                            wrong.push(format!("till {till} shows it closed, and its code can be paid"));
                        }
                    }
                }
                _ => {}
            }
            wrong.into_iter().for_each(|what| self.wrong(&order_no, &what));
        }
    }

    /// Whether this can be paid by a code that a customer has seen.
    fn offers(&self, trade: &Trade) -> bool {
        trade.is_payable() && self.codes.contains(&trade.code_url)
    }

    /// Whether a thing that one code is shown for can be paid under another number too.
    fn offered_twice(&self, order_no: &str, trades: &[Trade]) -> Option<String> {
        let this = self.rung_up.get(order_no)?;
        let table = this.table?;
        let is_same = |number: &str| {
            number != order_no
                && self
                    .rung_up
                    .get(number)
                    .is_some_and(|other| other.table == Some(table) && other.merchant == this.merchant)
        };
        let offered = || trades.iter().filter(|trade| self.offers(trade));
        // Cash settles a table for the next guests; money that its hidden code still brings is late.
        let is_in_cash = |number: &str| {
            let mut screens = self.screens.iter().filter(|((_, of), _)| of == number);
            screens.any(|(_, screen)| matches!(screen.phase.as_str(), "cash" | "cash_unproven"))
        };
        // A till that starts shows what it knew; a code that was paid meanwhile is paid by nobody again.
        offered().find(|trade| trade.order_no == order_no)?;
        let other = offered().find(|trade| is_same(&trade.order_no) && !is_in_cash(&trade.order_no))?;
        Some(format!("table {table} can be paid by this code and by that of …{}", other.order_no.get(20..)?))
    }

    /// All is over: every sale must have come to its end, all money been shown, told, and counted.
    pub(crate) fn close(&mut self, held: &Held, healed: i64, books: &[Books]) -> Sales {
        self.judge(&held.orders, &held.refunds);
        let trades = trades(&held.orders);
        let wrongly_told = money_back::wrongly_told(held);
        let mut wrong: Vec<(String, String)> = Vec::new();
        let mut frozen: BTreeSet<String> = BTreeSet::new();
        let mut sales = Sales { rung_up: self.rung_up.len() - self.nothing.len(), paid: 0 };
        for (order_no, rung_up) in &self.rung_up {
            let mut say = |what: String| wrong.push((order_no.clone(), what));
            let till = rung_up.till;
            let Some(screen) = self.screens.get(&(till, order_no.clone())) else {
                say(format!("till {till} lost a sale that it had said is durable"));
                continue;
            };
            let is_alarmed = self.alarms.contains(order_no);
            if (screen.has_mismatch || is_alarmed) && !wrongly_told.contains(order_no) {
                say(format!("till {till} says that its money does not match, and it does"));
            }
            if screen.has_mismatch && !is_alarmed {
                say(format!("till {till} never told that its money does not match"));
            }
            // Frozen until a person has looked: no word of a wrong amount ever pays it.
            let is_frozen = screen.has_mismatch && screen.payments.is_empty();
            if !is_frozen && !ENDS.contains(&screen.phase.as_str()) {
                say(format!("till {till} has no end for it: {}", screen.phase));
            }
            let paid: Vec<&Trade> =
                trades.iter().filter(|trade| trade.order_no == *order_no && trade.is_paid()).collect();
            if paid.len() > 1 {
                say(format!("charged {} times", paid.len()));
            }
            if !paid.is_empty() || matches!(screen.phase.as_str(), "cash" | "joined") {
                sales.paid += 1;
            }
            if screen.phase == "joined" && trades.iter().any(|trade| trade.order_no == *order_no) {
                say("it ended as joined, and WeChat Pay knows its number".to_owned());
            }
            if is_frozen {
                if ENDS.contains(&screen.phase.as_str()) && screen.phase != "cash" {
                    say(format!("its money does not match, and till {till} shows {}", screen.phase));
                }
                frozen.extend(paid.iter().map(|trade| trade.out_trade_no.clone()));
                continue;
            }
            if !paid.is_empty() && !matches!(screen.phase.as_str(), "paid" | "cash") {
                say(format!("paid, and till {till} shows {}", screen.phase));
            }
            for trade in paid {
                if trade.total != rung_up.amount {
                    say(format!("{} was rung up, and {} taken", rung_up.amount, trade.total));
                }
                match screen.payments.get(&trade.transaction_id) {
                    None => say(format!("till {till} never showed payment {}", trade.transaction_id)),
                    // What a wrong word froze, the bill brings to light the next day.
                    Some(_) if screen.has_mismatch => {}
                    Some(at) if at - trade.paid_ms.max(healed) > SHOWN_WITHIN_MS => {
                        say(format!("till {till} showed payment {} too late", trade.transaction_id));
                    }
                    Some(_) => {}
                }
                let is_told = self.told.iter().any(|((by, key), told)| {
                    *by == till && key.ends_with(&trade.transaction_id) && told.times > 0
                });
                if !is_told {
                    say(format!("till {till} never told payment {}", trade.transaction_id));
                }
            }
        }
        for trade in
            trades.iter().filter(|trade| trade.is_paid() && !self.rung_up.contains_key(&trade.order_no))
        {
            wrong.push((trade.order_no.clone(), "money for a sale that nobody rang up".to_owned()));
        }
        for shop in books {
            let counted = trades.iter().filter(|trade| !frozen.contains(&trade.out_trade_no));
            wrong.extend(
                sums(shop, counted, &held.refunds).into_iter().map(|what| (shop.merchant.clone(), what)),
            );
            for (order_no, rung_up) in &self.rung_up {
                let foreign =
                    trades.iter().any(|trade| trade.order_no == *order_no && trade.mchid == shop.mchid);
                if foreign && rung_up.merchant != shop.merchant {
                    wrong.push((order_no.clone(), format!("taken for {}", shop.merchant)));
                }
            }
        }
        wrong.extend(self.money_back(held));
        for billed in &held.billed {
            let found = bill::judge(billed, held, &frozen);
            wrong.extend(found.into_iter().map(|what| (billed.merchant.clone(), what)));
        }
        wrong.into_iter().for_each(|(order_no, what)| self.wrong(&order_no, &what));
        sales
    }
}

/// The sums of a shop: its tills', its backend's and WeChat Pay's must be one.
fn sums<'a>(shop: &Books, trades: impl Iterator<Item = &'a Trade>, refunds: &Value) -> Vec<String> {
    let paid: i64 =
        trades.filter(|trade| trade.mchid == shop.mchid && trade.is_paid()).map(|trade| trade.total).sum();
    let is_back =
        // What the bill brought to light is given back the next morning, and counts there.
        |refund: &&Value| {
            text(refund, "mchid") == shop.mchid
                && text(refund, "status") == "SUCCESS"
                && text(refund, "ended_at").starts_with(DAY)
        };
    let back: i64 = rows(refunds)
        .iter()
        .filter(is_back)
        .map(|refund| refund["amount"]["refund"].as_i64().unwrap_or_default())
        .sum();
    let of_tills = |name: &str| -> i64 {
        shop.tills.iter().map(|day| day[name]["amount"].as_i64().unwrap_or_default()).sum()
    };
    let mut wrong = Vec::new();
    for (name, moved) in [("paid", paid), ("refunded", back)] {
        let (backend, tills) = (shop.day[name]["amount"].as_i64().unwrap_or_default(), of_tills(name));
        if backend != moved || tills != moved {
            wrong.push(format!("{name}: WeChat Pay {moved}, backend {backend}, tills {tills}"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NO: &str = "01K3ABCDEFGHJKMNPQRSTVWXYZ";
    /// 2026-08-01T10:00:10+08:00.
    const AT: i64 = 1_785_549_610_000;

    fn view(phase: &str, payments: &Value) -> Value {
        json!({ "order_no": NO, "phase": phase, "amount": 100, "attempt": 1, "payments": payments })
    }

    fn payment() -> Value {
        json!([{ "channel": "wechatpay", "transaction_id": "42", "amount": 100 }])
    }

    fn ledger(state: &str, total: i64) -> Value {
        json!([{
            "out_trade_no": format!("{NO}01"), "mchid": "m", "trade_state": state, "transaction_id": "42",
            "success_time": "2026-08-01T10:00:05+08:00", "amount": { "total": total }, "code_url": "code",
        }])
    }

    fn judged(views: &[Value], orders: &Value) -> Vec<String> {
        let mut oracle = Oracle::default();
        oracle.rang_up(1, "tea", NO, 100, None);
        for view in views {
            oracle.saw(AT, 1, view);
        }
        oracle.judge(orders, &json!([]));
        oracle.found().to_vec()
    }

    #[test]
    fn paid_with_money_is_right_and_without_is_found() {
        let paid = [view("paid", &payment())];
        assert!(judged(&paid, &ledger("SUCCESS", 100)).is_empty());
        assert_eq!(judged(&paid, &ledger("NOTPAY", 100)).len(), 1);
        assert_eq!(judged(&paid, &ledger("SUCCESS", 99)).len(), 1);
        assert_eq!(judged(&[view("paid", &json!([]))], &ledger("SUCCESS", 100)).len(), 1);
    }

    #[test]
    fn closed_while_its_code_can_be_paid_is_found() {
        let mut shown = view("awaiting", &json!([]));
        shown["code"] = json!({ "text": "code" });
        let views = [shown, view("closed", &json!([]))];
        assert!(judged(&views, &ledger("CLOSED", 100)).is_empty());
        assert_eq!(judged(&views, &ledger("NOTPAY", 100)).len(), 1);
        assert_eq!(judged(&views, &ledger("SUCCESS", 100)).len(), 1);
    }

    #[test]
    fn two_attempts_that_can_be_paid_are_found() {
        let both = |first: &str, second: &str| {
            let (mut orders, other) = (ledger(first, 100), ledger(second, 100));
            orders.as_array_mut().unwrap().extend(other.as_array().unwrap().iter().cloned());
            judged(&[], &orders).len()
        };
        assert_eq!(
            (both("CLOSED", "NOTPAY"), both("CLOSED", "SUCCESS"), both("REVOKED", "USERPAYING")),
            (0, 0, 0)
        );
        assert_eq!(
            (both("NOTPAY", "NOTPAY"), both("USERPAYING", "SUCCESS"), both("SUCCESS", "REFUND")),
            (1, 1, 1)
        );
    }

    #[test]
    fn another_orders_code_on_a_screen_is_found() {
        let mut shown = view("awaiting", &json!([]));
        shown["code"] = json!({ "text": "code" });
        assert!(judged(std::slice::from_ref(&shown), &ledger("NOTPAY", 100)).is_empty());
        shown["order_no"] = json!("01K3ABCDEFGHJKMNPQRSTVWXY0");
        assert_eq!(judged(&[shown], &ledger("NOTPAY", 100)).len(), 1);
    }

    #[test]
    fn paid_that_is_taken_back_is_found() {
        let views = [view("paid", &payment()), view("awaiting", &json!([]))];
        assert_eq!(judged(&views, &ledger("SUCCESS", 100)).len(), 2);
    }

    #[test]
    fn a_result_is_told_once_and_never_after_it_was_acknowledged() {
        let result = json!({ "key": "wechatpay:42", "order_no": NO, "kind": "paid" });
        let mut oracle = Oracle::default();
        oracle.told(1, 1, &result);
        oracle.told(1, 2, &result);
        assert!(oracle.found().is_empty(), "it was killed in between");
        oracle.told(1, 2, &result);
        assert_eq!(oracle.found().len(), 1);
        oracle.acknowledged(1, "wechatpay:42");
        oracle.told(1, 3, &result);
        assert_eq!(oracle.found().len(), 2);
    }

    #[test]
    fn an_order_that_goes_back_or_is_told_to_a_stranger_is_found() {
        let order = |counter: u64, state: &str| {
            json!({
                "order_no": NO, "merchant": "tea", "version": { "epoch": 1, "counter": counter },
                "attempts": [{ "attempt": 1, "state": state }],
            })
            .to_string()
        };
        let mut oracle = Oracle::default();
        let event = |order: String| format!("event: order\ndata: {order}\n\n");
        oracle.heard("tea", order(4, "closing").as_bytes(), 100, Some(90));
        oracle.heard("tea", event(order(5, "closed")).as_bytes(), 120, None);
        oracle.heard("tea", order(4, "closing").as_bytes(), 130, Some(110));
        assert!(oracle.found().is_empty(), "it was asked before the fifth was told");
        oracle.heard("tea", order(4, "open").as_bytes(), 140, Some(110));
        assert_eq!(oracle.found().len(), 1);
        oracle.heard("tea", order(4, "closing").as_bytes(), 140, Some(130));
        assert_eq!(oracle.found().len(), 3);
        oracle.heard("tea", event(order(3, "open")).as_bytes(), 140, None);
        assert_eq!(oracle.found().len(), 5);
        oracle.heard("cake", order(6, "closed").as_bytes(), 150, Some(140));
        assert_eq!(oracle.found().len(), 6);
    }

    #[test]
    fn in_the_end_everything_has_ended_been_told_and_adds_up() {
        let books = |paid: i64| Books {
            merchant: "tea".to_owned(),
            mchid: "m".to_owned(),
            day: json!({ "paid": { "amount": paid }, "refunded": { "amount": 0 } }),
            tills: vec![json!({ "paid": { "amount": 100 }, "refunded": { "amount": 0 } })],
        };
        let mut oracle = Oracle::default();
        oracle.rang_up(1, "tea", NO, 100, None);
        oracle.saw(AT, 1, &view("paid", &payment()));
        oracle.told(1, 1, &json!({ "key": "wechatpay:42", "order_no": NO, "kind": "paid" }));
        let held = |orders: Value| Held {
            orders,
            refunds: json!([]),
            notifications: json!([]),
            billed: Vec::new(),
            is_spoilt: false,
            clock_was_wrong: false,
        };
        let sales = oracle.close(&held(ledger("SUCCESS", 100)), AT, &[books(100)]);
        assert_eq!((oracle.found(), sales), (&[][..], Sales { rung_up: 1, paid: 1 }));
        oracle.close(&held(ledger("SUCCESS", 100)), AT, &[books(200)]);
        assert_eq!(oracle.found().len(), 1);

        let mut oracle = Oracle::default();
        oracle.rang_up(1, "tea", NO, 100, None);
        oracle.saw(AT, 1, &view("checking", &json!([])));
        oracle.close(&held(ledger("SUCCESS", 100)), AT, &[]);
        let found = oracle.found().join("\n");
        for what in ["no end", "shows checking", "never showed", "never told"] {
            assert!(found.contains(what), "{what}: {found}");
        }
    }
}
