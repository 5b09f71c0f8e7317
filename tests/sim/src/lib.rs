#![doc = include_str!("../README.md")]
//!
//! ## How the code is laid out
//!
//! | here | what |
//! |---|---|
//! | `world` | one seed, from the opening of a shop to its proven end |
//! | `smaller` | a plan that goes wrong, made smaller |
//! | `plan`, `double` | what the seed has in store: sales and mishaps, and what WeChat Pay does wrong |
//! | `people`, `together`, `money_back` | cashiers and customers; two devices on one sale; managers and the money that goes back |
//! | `morning` | the next morning, with the bill of the day |
//! | `oracle` | what must be true, judged from outside |
//! | `shop` | tills, backend and WeChat Pay: started, killed, started again |
//! | `net`, `wires`, `liar` | the network between them, and who lies in it |
//! | `life`, `mortal` | one run of a part, and a disk that is the last thing it touched |
//! | `stage` | folders and keys |
//! | `time`, `chance`, `history` | virtual time, chance from the seed, what happened |

mod chance;
mod double;
mod history;
mod liar;
mod life;
mod money_back;
mod morning;
mod mortal;
mod net;
mod oracle;
mod people;
mod plan;
mod shop;
mod smaller;
mod stage;
mod time;
mod together;
mod wires;
mod world;

pub use world::Outcome;

/// The least that must happen in an hour for it to count.
pub const TILLS_MIN: usize = 3;
/// Sales rung up.
pub const SALES_MIN: usize = 30;
/// Things that went wrong.
pub const FAULTS_MIN: u64 = 20;
/// Kills among them.
pub const KILLS_MIN: u64 = 3;
/// Of the sales, in percent, that end paid.
pub const PAID_PERCENT_MIN: usize = 80;

/// An hour of a shop in which everything goes wrong. Too little of it counts as wrong, too.
#[must_use]
pub fn hour(seed: u64) -> Outcome {
    let mut outcome = world::run(seed, plan::Plan::of(seed));
    if !outcome.wrong.is_empty() {
        return outcome;
    }
    let mut least = |name: &str, is: u64, least: u64| {
        if is < least {
            outcome.wrong.push(format!("too little happened: {is} {name}, at least {least} are wanted"));
        }
    };
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    least("tills", count(outcome.tills), count(TILLS_MIN));
    least("sales", count(outcome.sales), count(SALES_MIN));
    least("faults", outcome.mishaps.values().sum(), FAULTS_MIN);
    let kills = outcome.mishaps.iter().filter(|(kind, _)| kind.starts_with("kill"));
    least("kills", kills.map(|(_, times)| times).sum(), KILLS_MIN);
    let percent = outcome.paid * 100 / outcome.sales.max(1);
    least("percent of sales paid", count(percent), count(PAID_PERCENT_MIN));
    outcome
}

/// Runs an hour again and again with less in it, while it still goes wrong in the same way: what is left, told in words, and how
/// that went. None if the hour goes well.
#[must_use]
pub fn smallest_hour(seed: u64) -> Option<(Vec<String>, Outcome)> {
    let whole = plan::Plan::of(seed);
    let least = smaller::smallest(whole, TRIES_MAX, |plan| world::run(seed, plan.clone()).wrong)?;
    let mut told = vec![format!("made smaller in {} tries: what is left of the plan", least.tries)];
    told.extend(least.plan.sales.iter().map(|sale| format!("{sale:?}")));
    told.extend(least.plan.mishaps.iter().map(|(at_ms, mishap)| format!("at {at_ms} ms: {mishap:?}")));
    told.extend(least.plan.bill.iter().map(|rule| format!("the bill: {rule:?}")));
    Some((told, world::run(seed, least.plan)))
}

/// How often a plan is run at most to make it smaller.
const TRIES_MAX: u32 = 150;

/// One till, one sale, and nothing that goes wrong.
#[must_use]
pub fn plain(seed: u64) -> Outcome {
    world::run(seed, plan::Plan::plain())
}
