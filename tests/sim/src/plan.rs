//! What the seed has in store for a shop: who sells what to whom, and everything that goes wrong.

use crate::chance::Dice;
use crate::double::{self, Rule};
use crate::net::{Node, Parting, Trouble, Weather};
use saoma_backend::config::SandboxProtocol;

/// How long people sell and things go wrong.
pub(crate) const HOUR_MS: u64 = 3_600_000;

/// When the last sale is rung up.
const LAST_SALE_MS: u64 = HOUR_MS - 420_000;

/// Who sells.
const MERCHANTS: [&str; 2] = ["shop-1", "shop-2"];

/// The most sales of a plan that nobody may want to pay.
const UNPAID_MAX: usize = 2;

/// How many of a thousand sales a second till rings up too.
const TWICE_PER_MILLE: u64 = 120;

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
    /// Another device ends the sale while this one shows its code and the customer pays.
    CancelledElsewhere,
    /// Another device asks for a fresh code while this one shows the old one.
    RefreshedElsewhere,
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
    /// What it is for, when another till may ring up the same.
    pub(crate) table: Option<u64>,
    /// From the code on the screen to the customer's answer.
    pub(crate) pays_after_ms: u64,
}

impl PlannedSale {
    /// Whether people want it although its order was closed: nobody closed it on purpose, and no other till sells the same.
    pub(crate) fn may_be_rung_up_again(&self, now_ms: u64) -> bool {
        let ends_it =
            matches!(self.habit, Habit::CancelledWhilePaying | Habit::CancelledElsewhere | Habit::Never);
        !ends_it && self.table.is_none() && now_ms < LAST_SALE_MS
    }
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
    Double(Rule),
    /// So many notifications are brought to another merchant's door too.
    Astray(u64),
    /// A merchant's account at WeChat Pay is emptied, and filled up again after a while: what is to be given back waits.
    AccountEmpty(&'static str, u64),
    /// The first merchant goes over from WeChat Pay's certificates to its public key; the backend is started anew for it.
    KeysSwitched,
    /// Somebody between two parts lies, for a while.
    Liar(Node, Node, u64),
    /// The app is in the background.
    Background(usize, u64),
    /// The phone says that it has no network.
    NoNetwork(usize, u64),
}

/// All that a seed has in store.
#[derive(Clone)]
pub(crate) struct Plan {
    /// Whose each till is.
    pub(crate) merchants: Vec<&'static str>,
    /// The till that is a cashier's, if one is; the others are managers'.
    pub(crate) cashier: Option<usize>,
    /// Whether the second merchant has a backend of its own.
    pub(crate) has_two_backends: bool,
    pub(crate) protocol: SandboxProtocol,
    /// What each merchant does with late money.
    pub(crate) late_money: [&'static str; 2],
    pub(crate) sales: Vec<PlannedSale>,
    pub(crate) mishaps: Vec<(u64, Mishap)>,
    /// What goes wrong with the bill of the day.
    pub(crate) bill: Vec<Rule>,
}

impl Plan {
    pub(crate) fn tills(&self) -> impl Iterator<Item = Node> + use<> {
        (1..=u8::try_from(self.merchants.len()).expect("a shop has a few tills")).map(Node::Till)
    }

    pub(crate) fn backends(&self) -> impl Iterator<Item = Node> + use<> {
        (1..=1 + u8::from(self.has_two_backends)).map(Node::Backend)
    }

    /// Which backend has a merchant's orders.
    pub(crate) fn home(&self, merchant: &str) -> Node {
        Node::Backend(1 + u8::from(self.has_two_backends && merchant == MERCHANTS[1]))
    }

    /// Each merchant's rule for late money.
    pub(crate) fn late_money_rules(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        MERCHANTS.into_iter().zip(self.late_money)
    }

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
            table: None,
            pays_after_ms: 8_000,
        };
        Self {
            merchants: vec!["shop-1"],
            cashier: None,
            has_two_backends: false,
            protocol: SandboxProtocol::V3,
            late_money: ["refund"; 2],
            sales: vec![sale],
            mishaps: Vec::new(),
            bill: Vec::new(),
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
        let has_two_backends = dice.happens(400);
        let late_money = [(); 2].map(|()| dice.pick(&["refund", "accept", "ask"]));
        let count = dice.between(34, 44);
        let mut sales: Vec<PlannedSale> = (0..count).map(|_| sale(&mut dice, merchants.len())).collect();
        let unpaid = sales.iter_mut().filter(|sale| {
            matches!(sale.habit, Habit::CancelledWhilePaying | Habit::CancelledElsewhere | Habit::Never)
        });
        unpaid.skip(UNPAID_MAX).for_each(|sale| sale.habit = Habit::AtOnce);
        rung_up_twice(&mut dice, &mut sales, &merchants);
        let protocol = if dice.happens(250) { SandboxProtocol::V2 } else { SandboxProtocol::V3 };
        let mut plan = Self {
            merchants,
            cashier: dice.happens(500).then_some(1),
            has_two_backends,
            protocol,
            late_money,
            sales,
            mishaps: Vec::new(),
            bill: double::of_bill(&mut Dice::new(seed, "bill"), protocol),
        };
        plan.mishaps = mishaps(&mut dice, &plan);
        plan
    }
}

/// Some sales are rung up by a second till of the same merchant too, for the same thing and at about the same time.
fn rung_up_twice(dice: &mut Dice, sales: &mut Vec<PlannedSale>, merchants: &[&str]) {
    for at in 0..sales.len() {
        let first = sales[at];
        let is_other = |till: &usize| *till != first.till && merchants[*till] == merchants[first.till];
        let other = (0..merchants.len()).find(is_other).filter(|_| first.kind == Kind::Qr);
        let Some(till) = other.filter(|_| dice.happens(TWICE_PER_MILLE)) else { continue };
        let table = u64::try_from(at).ok();
        sales[at].table = table;
        sales.push(PlannedSale {
            at_ms: first.at_ms + dice.below(20_000),
            till,
            amount: first.amount + i64::from(dice.happens(200)),
            habit: Habit::AtOnce,
            is_refunded: false,
            table,
            ..first
        });
    }
}

fn sale(dice: &mut Dice, tills: usize) -> PlannedSale {
    let kind = match dice.below(100) {
        0..78 => Kind::Qr,
        78..90 => Kind::Code,
        _ => Kind::Cash,
    };
    let habit = match dice.below(100) {
        0..54 => Habit::AtOnce,
        54..57 => Habit::RefreshedElsewhere,
        57..63 => Habit::LastSecond,
        63..70 => Habit::Password,
        70..75 => Habit::ShortOfMoney,
        75..80 => Habit::CancelsFirst,
        80..87 => Habit::OldPicture,
        87..93 => Habit::CashInstead,
        93..95 => Habit::CancelledWhilePaying,
        95..97 => Habit::CancelledElsewhere,
        97 => Habit::Never,
        _ => Habit::RefreshedElsewhere,
    };
    PlannedSale {
        at_ms: dice.between(10_000, LAST_SALE_MS),
        till: usize::try_from(dice.below(u64::try_from(tills).unwrap_or(1))).unwrap_or(0),
        amount: i64::try_from(dice.between(1, 30_000)).unwrap_or(1),
        kind,
        habit,
        is_tapped_twice: dice.happens(300),
        is_refunded: dice.happens(130),
        table: None,
        pays_after_ms: dice.between(1_500, 25_000),
    }
}

fn mishaps(dice: &mut Dice, plan: &Plan) -> Vec<(u64, Mishap)> {
    let (tills, protocol) = (plan.merchants.len(), plan.protocol);
    let backends: Vec<Node> = plan.backends().collect();
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
        let (backend, after) = (dice.pick(&backends), dice.below(300));
        add(dice, Mishap::Doomed(backend, after));
    }
    for backend in &backends {
        add(dice, Mishap::Killed(*backend));
    }
    let (_, node) = till(dice);
    for node in [node, dice.pick(&backends)] {
        let after = dice.below(80);
        add(dice, Mishap::PowerFails(node, after));
    }
    let count = dice.between(20, 32);
    for _ in 0..count {
        let (at, node) = till(dice);
        let for_ms = dice.between(5_000, 90_000);
        let backend = dice.pick(&backends);
        let link = if dice.happens(600) {
            (node, plan.home(plan.merchants[at]))
        } else {
            (backend, Node::WechatPay)
        };
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
            50..53 => Mishap::ClockSet(backend, ahead_ms(dice), for_ms / 2),
            53..55 => Mishap::ClockStands(backend, for_ms / 2),
            55..60 => Mishap::Background(at, for_ms),
            60..64 => Mishap::NoNetwork(at, for_ms),
            64..68 => Mishap::DiskFull(dice.pick(&[node, backend]), for_ms),
            68 => Mishap::Astray(dice.between(1, 6)),
            69 => Mishap::AccountEmpty(dice.pick(&["shop-1", "shop-2"]), for_ms * 4),
            70 if protocol == SandboxProtocol::V3 => Mishap::KeysSwitched,
            71..75 => Mishap::Liar(link.0, link.1, for_ms * 4),
            _ => Mishap::Double(double::rule(dice, protocol)),
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
            Self::Double((what, _)) => what,
            Self::Astray(_) => "notifications astray",
            Self::AccountEmpty(..) => "empty account",
            Self::KeysSwitched => "switch to the public key",
            Self::Liar(..) => "liar in the middle",
            Self::Background(..) => "background",
            Self::NoNetwork(..) => "no network",
        }
    }
}
