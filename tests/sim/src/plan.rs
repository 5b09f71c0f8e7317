//! What the seed has in store for a shop: who sells what to whom, and everything that goes wrong.

use saoma_backend::config::SandboxProtocol;
use serde_json::{Value, json};

use crate::chance::Dice;
use crate::net::{Node, Parting, Trouble, Weather};

/// How long people sell and things go wrong.
pub(crate) const HOUR_MS: u64 = 3_600_000;

/// The most sales of a plan that nobody may want to pay.
const UNPAID_MAX: usize = 3;

/// A day and more, for clocks that are wrong by days.
const TWO_DAYS_MS: i64 = 2 * 24 * 3_600_000;

/// How a sale is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The customer scans the till's code.
    Qr,
    /// The till scans the customer's.
    Code,
    Cash,
}

/// What the people at the counter do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    AtOnce,
    /// Only when the code is about to end.
    LastSecond,
    /// Types the password slowly.
    Password,
    /// Has too little money at first.
    ShortOfMoney,
    /// Thinks better of it, and better again.
    CancelsFirst,
    /// Keeps a picture of the first code, and pays by that after the cashier made another.
    OldPicture,
    /// Pays in cash after all, when a code is on the screen already.
    CashInstead,
    /// The cashier cancels while the customer pays.
    CancelledWhilePaying,
    /// Walks away.
    Never,
}

/// A sale that will be rung up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedSale {
    pub(crate) at_ms: u64,
    pub(crate) till: usize,
    pub(crate) amount: i64,
    pub(crate) kind: Kind,
    pub(crate) habit: Habit,
    pub(crate) is_tapped_twice: bool,
    pub(crate) is_refunded: bool,
    /// From the code on the screen to the customer's answer.
    pub(crate) pays_after_ms: u64,
}

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    Weather(Node, Node, Weather, u64),
    Parted(Node, Node, Parting, u64),
    Killed(Node),
    /// Killed at its so-manieth message or commit from now.
    Doomed(Node, u64),
    /// Its power fails when its disk has done so much more, in the middle of a commit or not.
    PowerFails(Node, u64),
    /// There is no room on its disk for a while.
    DiskFull(Node, u64),
    /// A clock is set, by so much from the true time; it is put right after a while.
    ClockSet(Node, i64, u64),
    ClockStands(Node, u64),
    /// WeChat Pay misbehaves.
    Double(Value),
    /// The app is in the background.
    Background(usize, u64),
    /// The phone says that it has no network.
    NoNetwork(usize, u64),
}

/// All that a seed has in store.
pub(crate) struct Plan {
    /// Whose each till is.
    pub(crate) merchants: Vec<&'static str>,
    pub(crate) protocol: SandboxProtocol,
    pub(crate) late_money: [&'static str; 2],
    pub(crate) sales: Vec<PlannedSale>,
    pub(crate) mishaps: Vec<(u64, Mishap)>,
}

impl Plan {
    /// One till, one customer who pays at once, and nothing that goes wrong.
    pub(crate) fn plain() -> Self {
        let sale = PlannedSale {
            at_ms: 5_000,
            till: 0,
            amount: 1280,
            kind: Kind::Qr,
            habit: Habit::AtOnce,
            is_tapped_twice: false,
            is_refunded: false,
            pays_after_ms: 8_000,
        };
        Self {
            merchants: vec!["shop-1"],
            protocol: SandboxProtocol::V3,
            late_money: ["refund"; 2],
            sales: vec![sale],
            mishaps: Vec::new(),
        }
    }

    /// An hour of a busy shop in which everything goes wrong.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "plan");
        let tills = dice.between(3, 4);
        let merchants: Vec<&'static str> = ["shop-1", "shop-1", "shop-2", "shop-1"]
            .into_iter()
            .take(usize::try_from(tills).unwrap_or(3))
            .collect();
        let late_money = [dice.pick(&["refund", "accept"]), dice.pick(&["refund", "accept"])];
        let count = dice.between(34, 44);
        let mut sales: Vec<PlannedSale> = (0..count).map(|_| sale(&mut dice, merchants.len())).collect();
        let unpaid =
            sales.iter_mut().filter(|sale| matches!(sale.habit, Habit::CancelledWhilePaying | Habit::Never));
        unpaid.skip(UNPAID_MAX).for_each(|sale| sale.habit = Habit::AtOnce);
        let protocol = if dice.happens(250) { SandboxProtocol::V2 } else { SandboxProtocol::V3 };
        Self {
            mishaps: mishaps(&mut dice, merchants.len(), protocol),
            merchants,
            protocol,
            late_money,
            sales,
        }
    }
}

fn sale(dice: &mut Dice, tills: usize) -> PlannedSale {
    let kind = match dice.below(100) {
        0..78 => Kind::Qr,
        78..90 => Kind::Code,
        _ => Kind::Cash,
    };
    let habit = match dice.below(100) {
        0..57 => Habit::AtOnce,
        57..63 => Habit::LastSecond,
        63..70 => Habit::Password,
        70..75 => Habit::ShortOfMoney,
        75..80 => Habit::CancelsFirst,
        80..87 => Habit::OldPicture,
        87..93 => Habit::CashInstead,
        93..97 => Habit::CancelledWhilePaying,
        _ => Habit::Never,
    };
    PlannedSale {
        at_ms: dice.between(10_000, HOUR_MS - 420_000),
        till: usize::try_from(dice.below(u64::try_from(tills).unwrap_or(1))).unwrap_or(0),
        amount: i64::try_from(dice.between(1, 30_000)).unwrap_or(1),
        kind,
        habit,
        is_tapped_twice: dice.happens(300),
        is_refunded: dice.happens(80),
        pays_after_ms: dice.between(1_500, 25_000),
    }
}

fn mishaps(dice: &mut Dice, tills: usize, protocol: SandboxProtocol) -> Vec<(u64, Mishap)> {
    let till = |dice: &mut Dice| {
        let at = dice.below(u64::try_from(tills).unwrap_or(1));
        (usize::try_from(at).unwrap_or(0), Node::Till(u8::try_from(at + 1).unwrap_or(1)))
    };
    let mut all = Vec::new();
    let mut add = |dice: &mut Dice, mishap: Mishap| {
        all.push((dice.between(30_000, HOUR_MS - 60_000), mishap));
    };
    // Whatever else the seed has, parts are killed: at any time, and in the middle of their work.
    for _ in 0..2 {
        let (_, node) = till(dice);
        add(dice, Mishap::Killed(node));
        let (_, node) = till(dice);
        let after = dice.below(40);
        add(dice, Mishap::Doomed(node, after));
        let after = dice.below(300);
        add(dice, Mishap::Doomed(Node::Backend, after));
    }
    add(dice, Mishap::Killed(Node::Backend));
    let (_, node) = till(dice);
    for node in [node, Node::Backend] {
        let after = dice.below(80);
        add(dice, Mishap::PowerFails(node, after));
    }
    let count = dice.between(20, 32);
    for _ in 0..count {
        let (at, node) = till(dice);
        let for_ms = dice.between(5_000, 90_000);
        let link = if dice.happens(600) { (node, Node::Backend) } else { (Node::Backend, Node::WechatPay) };
        let mishap = match dice.below(100) {
            0..14 => Mishap::Weather(link.0, link.1, Weather::of((20, 400), dice.between(5, 40)), for_ms * 3),
            14..24 => {
                let trouble = dice.pick(&[
                    Trouble::LostAnswer,
                    Trouble::LostRequest,
                    Trouble::Doubled,
                    Trouble::Half,
                    Trouble::Cut,
                    Trouble::Portal,
                    Trouble::Hanging,
                ]);
                Mishap::Weather(
                    link.0,
                    link.1,
                    Weather::only((5, 300), trouble, dice.between(100, 900)),
                    for_ms,
                )
            }
            24..30 => Mishap::Weather(link.0, link.1, Weather::of((1_000, 9_000), 0), for_ms),
            30..42 => {
                let parting = dice.pick(&[Parting::Refusing, Parting::Swallowing]);
                Mishap::Parted(link.0, link.1, parting, for_ms)
            }
            42..47 => Mishap::ClockSet(node, ahead_ms(dice), for_ms * 4),
            47..50 => Mishap::ClockStands(node, for_ms * 4),
            50..53 => Mishap::ClockSet(Node::Backend, ahead_ms(dice), for_ms / 2),
            53..55 => Mishap::ClockStands(Node::Backend, for_ms / 2),
            55..60 => Mishap::Background(at, for_ms),
            60..64 => Mishap::NoNetwork(at, for_ms),
            64..68 => Mishap::DiskFull(dice.pick(&[node, Node::Backend]), for_ms),
            _ => Mishap::Double(rule(dice, protocol)),
        };
        add(dice, mishap);
    }
    all.sort_by_key(|(at, _)| *at);
    all
}

fn ahead_ms(dice: &mut Dice) -> i64 {
    let some = i64::try_from(dice.between(1_000, 7_200_000)).unwrap_or(1_000);
    dice.pick(&[some, -some, TWO_DAYS_MS, -TWO_DAYS_MS, 240_000, -240_000, 400_000, -400_000])
}

/// Calls of WeChat Pay's that a rule can be about.
const CALLS_V3: [&str; 6] = [
    "/v3/pay/transactions/native",
    "GET /v3/pay/transactions/*",
    "*/close",
    "/v3/pay/transactions/codepay",
    "/v3/refund/*",
    "*",
];
const CALLS_V2: [&str; 6] =
    ["/pay/unifiedorder", "/pay/orderquery", "/pay/closeorder", "/pay/micropay", "/secapi/*", "*"];

/// A rule for the double's `/_sandbox/faults`.
fn rule(dice: &mut Dice, protocol: SandboxProtocol) -> Value {
    let times = dice.between(1, 4);
    if dice.happens(400) {
        let what = dice.pick(&[
            "notify_lost",
            "notify_twice",
            "notify_forged",
            "notify_late",
            "drop_reply",
            "delay",
            "reorder",
            "bad_signature",
            "no_signature",
            "wrong_serial",
            "stale_timestamp",
        ]);
        return json!({ "on": "notify", "do": what, "times": times });
    }
    let on = dice.pick(match protocol {
        SandboxProtocol::V3 => &CALLS_V3,
        SandboxProtocol::V2 => &CALLS_V2,
    });
    let what = dice.pick(&[
        "drop_request",
        "drop_reply",
        "delay",
        "status",
        "truncate",
        "html",
        "bad_signature",
        "wrong_serial",
        "no_signature",
        "stale_timestamp",
        "duplicate",
        "reorder",
        "system_error",
        "frequency_limited",
        "skew",
    ]);
    match what {
        "delay" => json!({ "on": on, "do": what, "ms": dice.between(500, 12_000), "times": times }),
        "system_error" => json!({ "on": on, "do": what, "done": dice.happens(500), "times": times }),
        _ => json!({ "on": on, "do": what, "times": times }),
    }
}

impl Mishap {
    /// The kind, to be counted by.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Weather(..) => "bad network",
            Self::Parted(..) => "partition",
            Self::Killed(_) => "kill",
            Self::Doomed(..) => "kill in the middle",
            Self::PowerFails(..) => "kill by power failure",
            Self::DiskFull(..) => "full disk",
            Self::ClockSet(..) => "clock set",
            Self::ClockStands(..) => "clock stands still",
            Self::Double(_) => "WeChat Pay",
            Self::Background(..) => "background",
            Self::NoNetwork(..) => "no network",
        }
    }
}
