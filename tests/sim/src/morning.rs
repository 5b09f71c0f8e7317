//! The next morning: WeChat Pay's bill of the day is there, and the backend has held its books against it.

use http::Method;
use serde_json::{Value, json};

use crate::double::Rule;
use crate::oracle::Billed;
use crate::world::{Event, World, told};

/// The day of the hour, in Beijing.
pub(crate) const DAY: &str = "2026-08-01";

/// When the backend asks for the bill first: ten o'clock, a day after the hour began.
const ASKED_MS: u64 = 24 * 3_600_000;
/// When the tills are switched on again: a bill that could not be had was asked for again three times by then.
const OPENS_MS: u64 = ASKED_MS + 50 * 60_000;
/// What the bill brought to light is seen to by then.
const ENDS_MS: u64 = OPENS_MS + 15 * 60_000;

impl World {
    /// Cuts every till's power, lets the night pass, and switches the tills on again, so that what is shown then is what was
    /// on their disks, and what the bill brought.
    pub(crate) async fn sleep_over(&mut self, spoilt_by: &[Rule]) {
        for at in 0..self.shop.phones.len() {
            self.shop.net.power_fails(self.node_of(at));
            self.shop.kill(self.node_of(at));
        }
        self.shop.time.sleep_until(ASKED_MS - 60_000).await;
        self.shop.floor.history.note("fate", format!("the bill is spoilt by {spoilt_by:?}"));
        let rules: Vec<&Value> = spoilt_by.iter().map(|(_, rule)| rule).collect();
        self.shop.play(Method::POST, "faults", json!(rules)).await;
        spoilt_by.iter().for_each(|(kind, _)| self.count(kind));
        self.shop.time.sleep_until(OPENS_MS).await;
        self.shop.play(Method::DELETE, "faults", Value::Null).await;
        for at in 0..self.shop.phones.len() {
            if !self.shop.start_till(at).await {
                let number = self.shop.phones[at].number;
                self.shop.floor.oracle().does_not_start(number);
            }
        }
        for later_ms in [60_000, 300_000, 540_000] {
            self.later(later_ms, Event::Settle);
        }
        self.later(600_000, Event::AnswerAll);
        self.live_until(ENDS_MS).await;
        self.shop.time.sleep_until(ENDS_MS).await;
    }

    /// Each merchant's bill, as its backend keeps it and as a manager is told of it.
    pub(crate) async fn billed(&self) -> Vec<Billed> {
        let mut all: Vec<Billed> = Vec::new();
        for phone in &self.shop.phones {
            let merchant = phone.merchant;
            if all.iter().any(|billed| billed.merchant == merchant) {
                continue;
            }
            let told = told(phone.ask(async |till| till.reconciliation(Some(DAY)).await).await);
            let file = self.shop.bill(phone.home, merchant, DAY);
            let mchid = self.shop.mchid(merchant).expect("it sells");
            all.push(Billed { merchant: merchant.to_owned(), mchid, file, told });
        }
        all
    }
}
