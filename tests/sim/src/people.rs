//! The people of a shop: cashiers who ring up, customers who pay, and what they do when it does not go as they want.

use std::collections::BTreeMap;

use http::Method;
use saoma_contract::OrderNo;
use saoma_engine::{DraftChoice, NewSale, PhaseWord, SaleAction, SaleView, Till, TillError};
use serde_json::{Value, json};

use crate::money_back::Asked;
use crate::net::Node;
use crate::oracle::Confirmed;
use crate::plan::{Habit, Kind, PlannedSale};
use crate::shop::Phone;
use crate::together::Deed;
use crate::world::{Event, World};

/// How often people look at a screen that does not show what they wait for.
const LOOK_MS: u64 = 4_000;

/// How long a customer stays.
const PATIENCE_MS: u64 = 900_000;

/// How often a payment code is shown.
const SCANS_MAX: u32 = 4;

/// A sale, as the people at the counter know it.
pub(crate) struct Sale {
    pub(crate) plan: PlannedSale,
    pub(crate) order_no: Option<OrderNo>,
    gives_up_ms: u64,
    old_code: Option<String>,
    auth_code: Option<String>,
    scans: u32,
    has_erred: bool,
    /// What people asked back of it, by payment.
    pub(crate) asked_back: BTreeMap<String, Asked>,
    is_done: bool,
}

impl Sale {
    pub(crate) fn new(plan: PlannedSale) -> Self {
        let gives_up_ms = plan.at_ms + PATIENCE_MS;
        Self {
            plan,
            order_no: None,
            gives_up_ms,
            old_code: None,
            auth_code: None,
            scans: 0,
            has_erred: false,
            asked_back: BTreeMap::new(),
            is_done: false,
        }
    }
}

fn payer(at: usize) -> String {
    format!("oSimCustomer{at:08}")
}

pub(crate) fn said<T>(outcome: &Result<T, TillError>) -> String {
    match outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("no: {}", error.code()),
    }
}

impl World {
    pub(crate) fn note(&self, at: usize, what: impl AsRef<str>) {
        let tail = self.sales[at].order_no.as_ref().map_or("?", OrderNo::tail);
        self.shop.floor.history.note("people", format!("…{tail} {}", what.as_ref()));
    }

    pub(crate) fn phone_of(&self, at: usize) -> &Phone {
        &self.shop.phones[self.sales[at].plan.till]
    }

    pub(crate) fn screen_of(&self, at: usize) -> Option<SaleView> {
        let sale = &self.sales[at];
        let number = self.shop.phones[sale.plan.till].number;
        self.shop.floor.screen(number, sale.order_no.as_ref()?.as_str())
    }

    fn again(&mut self, at: usize) {
        self.later(LOOK_MS, Event::Customer(at));
    }

    /// A cashier rings up a sale; the same again if the till was killed meanwhile.
    pub(crate) async fn ring_up(&mut self, at: usize) {
        let plan = self.sales[at].plan;
        let Some(till) = self.phone_of(at).till() else { return self.later(3_000, Event::RingUp(at)) };
        let number = self.sales[at].order_no.get_or_insert_with(|| till.new_order_no()).clone();
        let sale = NewSale {
            amount: plan.amount,
            description: format!("sale {at}"),
            by_code: plan.kind == Kind::Code,
            in_cash: plan.kind == Kind::Cash,
            business_key: plan.table.map(|table| format!("table {table}")),
            ..NewSale::default()
        };
        self.note(at, format!("rung up on till {}: {} by {:?}", plan.till + 1, plan.amount, plan.kind));
        drop(till);
        let charging = async |till: Till| {
            if plan.is_tapped_twice {
                let (first, second) =
                    tokio::join!(till.charge(&number, sale.clone()), till.charge(&number, sale));
                first.or(second)
            } else {
                till.charge(&number, sale).await
            }
        };
        let outcome = self.phone_of(at).ask(charging).await;
        match outcome {
            Ok(_) => {
                let merchant = self.shop.phones[plan.till].merchant;
                let no = self.shop.phones[plan.till].number;
                self.shop.floor.oracle().rang_up(no, merchant, number.as_str(), plan.amount, plan.table);
                // Fails only if the till was killed just now.
                let _ = self.phone_of(at).ask(async |till| till.on_screen(Some(number)).await).await;
                self.later(plan.pays_after_ms, Event::Customer(at));
            }
            Err(TillError::Closed | TillError::Storage(_)) => self.later(3_000, Event::RingUp(at)),
            Err(error) => {
                self.note(at, format!("not rung up: {error}"));
                self.sales[at].is_done = true;
            }
        }
    }

    /// The sale came to nothing and the customer is still there: the cashier rings it up under a new number.
    fn ring_up_again(&mut self, at: usize) {
        self.note(at, "it is closed, and the customer still wants to pay");
        let former = &mut self.sales[at];
        former.is_done = true;
        let kind = if former.plan.kind == Kind::Code { Kind::Qr } else { former.plan.kind };
        let at_ms = self.shop.time.ms();
        let plan = PlannedSale { at_ms, kind, habit: Habit::AtOnce, ..former.plan };
        if let Some(order_no) = &former.order_no {
            self.shop.floor.oracle().came_to_nothing(order_no.as_str());
        }
        self.sales.push(Sale::new(plan));
        self.later(LOOK_MS, Event::RingUp(self.sales.len() - 1));
    }

    /// The customer looks at the screen and does what fits.
    pub(crate) async fn customer(&mut self, at: usize) {
        if self.sales[at].is_done {
            return;
        }
        let Some(view) = self.screen_of(at) else { return self.again(at) };
        let (plan, now) = (self.sales[at].plan, self.shop.time.ms());
        match view.phase {
            PhaseWord::Paid => {
                if plan.is_refunded {
                    self.later(1_000, Event::Refund(at));
                }
                self.sales[at].is_done = true;
            }
            PhaseWord::Closed if plan.may_be_rung_up_again(now) => self.ring_up_again(at),
            PhaseWord::Cash
            | PhaseWord::CashUnproven
            | PhaseWord::Closed
            | PhaseWord::Rejected
            | PhaseWord::Joined
            | PhaseWord::Dropped => self.sales[at].is_done = true,
            _ if now > self.sales[at].gives_up_ms => self.sales[at].is_done = true,
            PhaseWord::Awaiting if view.code.is_some() => self.pay_by_screen(at, &view).await,
            PhaseWord::Ready => self.show_code(at, &view).await,
            PhaseWord::Paying => {
                if let Some(auth_code) = self.sales[at].auth_code.take() {
                    self.pay(at, json!({ "auth_code": auth_code }), "success").await;
                }
                self.again(at);
            }
            PhaseWord::WaitingForPerson => {
                self.decide(at, DraftChoice::Send).await;
                self.again(at);
            }
            PhaseWord::Checking if view.actions.contains(&SaleAction::Refresh) => {
                self.refresh(at, &view).await;
                self.again(at);
            }
            _ => self.again(at),
        }
    }

    async fn pay_by_screen(&mut self, at: usize, view: &SaleView) {
        let Some(code) = &view.code else { return };
        let by_code = json!({ "code_url": code.code.text });
        let is_first = !std::mem::replace(&mut self.sales[at].has_erred, true);
        match self.sales[at].plan.habit {
            Habit::Never => self.sales[at].is_done = true,
            Habit::LastSecond if is_first => {
                let left_ms = code.code.expires_at.unix_ms() - self.shop.time.unix_ms();
                let early_ms = i64::try_from(self.dice.below(2_500)).unwrap_or(0);
                let wait_ms = u64::try_from(left_ms - early_ms).unwrap_or(0).min(PATIENCE_MS);
                self.note(at, "the customer waits for the last second");
                self.later(wait_ms, Event::Pay(at, by_code));
            }
            Habit::Password if is_first => {
                self.pay(at, by_code.clone(), "password_pending").await;
                let wait_ms = self.dice.between(3_000, 240_000);
                self.later(wait_ms, Event::Pay(at, by_code));
            }
            Habit::ShortOfMoney if is_first => {
                self.pay(at, by_code, "not_enough").await;
                self.again(at);
            }
            Habit::CancelsFirst if is_first => {
                self.pay(at, by_code, "cancel").await;
                self.again(at);
            }
            Habit::OldPicture if is_first => {
                self.note(at, "the customer takes a picture of the code, the cashier makes another");
                self.sales[at].old_code = Some(code.code.text.clone());
                self.refresh(at, view).await;
                let wait_ms = self.dice.between(10, 8_000);
                self.later(wait_ms, Event::OldPicture(at));
            }
            Habit::CashInstead if is_first => {
                let outcome = self.phone_of(at).ask(async |till| till.take_cash(&view.order_no).await).await;
                if outcome.is_ok() {
                    let (till, order_no) = (self.phone_of(at).number, view.order_no.to_string());
                    self.shop.floor.oracle().confirmed(till, Confirmed::Cash(order_no));
                }
                self.note(at, format!("cash is taken instead: {}", said(&outcome)));
                if self.dice.happens(300) {
                    // The customer's phone had scanned it already.
                    let wait_ms = self.dice.below(3_000);
                    self.later(wait_ms, Event::Pay(at, by_code));
                } else {
                    self.again(at);
                }
            }
            Habit::CancelledWhilePaying if is_first => {
                let wait_ms = self.dice.below(1_500);
                self.later(wait_ms, Event::Pay(at, by_code));
                let outcome =
                    self.phone_of(at).ask(async |till| till.cancel(&view.order_no, view.attempt).await).await;
                self.note(at, format!("the cashier cancels: {}", said(&outcome)));
            }
            Habit::CancelledElsewhere if is_first => {
                let wait_ms = self.dice.below(1_500);
                self.later(wait_ms, Event::Pay(at, by_code));
                self.act_elsewhere(at, Deed::Close).await;
            }
            Habit::RefreshedElsewhere if is_first => {
                let deed = if self.dice.happens(700) { Deed::Refresh } else { Deed::Check };
                self.act_elsewhere(at, deed).await;
                let wait_ms = self.dice.below(4_000);
                self.later(wait_ms, Event::Pay(at, by_code));
            }
            _ => {
                self.pay(at, by_code, "success").await;
                self.again(at);
            }
        }
    }

    /// The customer answers WeChat's question on the own phone, whose network is another.
    pub(crate) async fn pay(&mut self, at: usize, mut body: Value, outcome: &str) {
        body["payer"] = json!(payer(at));
        body["outcome"] = json!(outcome);
        if body.get("auth_code").is_some() {
            // The code says who pays.
            body.as_object_mut().expect("it is an object").remove("payer");
        }
        let told = self.shop.play(Method::POST, "pay", body).await;
        let saw = told["customer"]["saw"].as_str().or(told["code"].as_str()).unwrap_or("?");
        self.note(at, format!("the customer pays ({outcome}) and sees {saw}"));
    }

    /// The customer pays by a picture of an old code, and if that is dead by what the screen shows.
    pub(crate) async fn pay_by_old_picture(&mut self, at: usize) {
        if let Some(code) = self.sales[at].old_code.take() {
            self.pay(at, json!({ "code_url": code }), "success").await;
        }
        self.again(at);
    }

    async fn refresh(&mut self, at: usize, view: &SaleView) {
        let outcome =
            self.phone_of(at).ask(async |till| till.refresh(&view.order_no, view.attempt).await).await;
        self.note(at, format!("the cashier asks for a fresh code: {}", said(&outcome)));
    }

    async fn decide(&mut self, at: usize, choice: DraftChoice) {
        let Some(number) = self.sales[at].order_no.clone() else { return };
        let outcome = self.phone_of(at).ask(async |till| till.decide_draft(&number, choice).await).await;
        self.note(at, format!("the cashier decides about the old draft: {}", said(&outcome)));
    }

    /// The customer shows a payment code, the cashier scans it; its outcome is waited for aside.
    async fn show_code(&mut self, at: usize, view: &SaleView) {
        let phone = self.phone_of(at);
        let (Some(till), Some(life)) = (phone.till(), phone.life().cloned()) else { return self.again(at) };
        self.sales[at].scans += 1;
        if self.sales[at].scans > SCANS_MAX || self.sales[at].plan.habit == Habit::Never {
            drop(till);
            let cancelling = async |till: Till| till.cancel(&view.order_no, view.attempt).await;
            let outcome = self.phone_of(at).ask(cancelling).await;
            self.note(at, format!("no more codes, the cashier cancels: {}", said(&outcome)));
            return self.again(at);
        }
        let has_password = self.sales[at].plan.habit == Habit::Password;
        let shown = self.shop.play(Method::POST, "wallet-code", json!({ "password": has_password })).await;
        let auth_code = shown["auth_code"].as_str().unwrap_or_default().to_owned();
        self.sales[at].auth_code = has_password.then(|| auth_code.clone());
        self.note(at, "the customer's payment code is scanned");
        let (floor, number, attempt) =
            (std::sync::Arc::clone(&self.shop.floor), view.order_no.clone(), view.last_attempt);
        life.spawn(async move {
            let outcome = till.scan(&number, attempt, auth_code).await;
            floor.history.note("people", format!("…{} scanned: {}", number.tail(), said(&outcome)));
        });
        self.later(8_000, Event::Customer(at));
    }

    /// After the hour: whatever waits for a person is decided.
    pub(crate) async fn tend(&mut self) {
        for at in 0..self.sales.len() {
            let Some(view) = self.screen_of(at) else { continue };
            let tidying = async |till: Till| match view.phase {
                PhaseWord::WaitingForPerson => till.decide_draft(&view.order_no, DraftChoice::Send).await,
                _ => till.cancel(&view.order_no, view.attempt).await,
            };
            if !matches!(view.phase, PhaseWord::WaitingForPerson | PhaseWord::Ready) {
                continue;
            }
            let decided = self.phone_of(at).ask(tidying).await;
            self.note(at, format!("the cashier tidies up: {}", said(&decided)));
        }
    }

    /// Whose phone it is, to be told of in a story.
    pub(crate) fn node_of(&self, till: usize) -> Node {
        Node::Till(self.shop.phones[till].number)
    }
}
