//! What this till took and gave back: the day by the merchant's clock, and the shift from its opening to its close.
//!
//! A day counts money by when it was paid. A shift counts what was learned while it was open, so that its cash agrees with
//! the drawer; its summary is sealed in the journal, and whatever is learned later about its sales is a line appended to it.

use saoma_contract::{Currency, OrderBody, OrderNo, StaffId, StoreId, Time};
use serde::{Deserialize, Serialize};

use crate::sale::{PaymentReceipt, Sale};
use crate::slip::{Print, Slip};

/// How many payments, and minor units in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Payments.
    pub count: u32,
    /// Minor units.
    pub amount: i64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.amount = self.amount.saturating_add(other.amount);
    }
}

/// What a movement of money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Paid, proven by the channel.
    Paid,
    /// Cash, by the word of who took it.
    Cash,
    /// Given back, proven by the channel.
    Refunded,
    /// Cash given back, by the word of who gave it.
    CashRefunded,
}

impl Movement {
    /// Whether it is what the journal tells, whichever of the entries that were written together is named. The first version
    /// of the database knew only what was paid, by number, and no entry.
    pub(crate) fn is_as_told(&self, told: &Self) -> bool {
        if self.seq > 0 {
            return *self == Self { seq: self.seq, ..told.clone() };
        }
        let known = |one: &Self| (one.key.clone(), one.order_no.clone(), one.kind, one.amount);
        known(self) == known(told)
    }
}

impl MovementKind {
    /// The word as the database keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Cash => "cash",
            Self::Refunded => "refunded",
            Self::CashRefunded => "cash_refunded",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Paid, Self::Cash, Self::Refunded, Self::CashRefunded]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// Money that moved, as sums need it; taken from a sale's receipts and its cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// What it is counted by, once.
    pub key: String,
    /// The sale.
    pub order_no: OrderNo,
    /// What it is.
    pub kind: MovementKind,
    /// How the sale was to be paid, or `cash`.
    pub method: String,
    /// Where the sale was rung up; none in what the first version wrote, which did not say.
    pub store: Option<StoreId>,
    /// Who took the money, or asked for it to be given back.
    pub staff: Option<StaffId>,
    /// Minor units.
    pub amount: i64,
    /// Late money.
    pub late: bool,
    /// When, by the channel's time; for cash by the phone's.
    pub at: Time,
    /// The journal's entry that it was learned with.
    pub seq: u64,
}

/// Which movements are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovementSpan {
    /// Those of a time, from the first until before the second.
    Times(Time, Time),
    /// Those learned after one entry of the journal and up to another.
    Entries(u64, u64),
}

/// Movements of one kind, method, store and person, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementSum {
    /// What they are.
    pub kind: MovementKind,
    /// How the sales were to be paid.
    pub method: String,
    /// Where; empty for what an earlier version wrote, which did not say.
    pub store: String,
    /// Who; empty if no one was signed in.
    pub staff: String,
    /// All of them.
    pub sum: Sum,
    /// Late money in it.
    pub late: Sum,
}

/// Sums of money that moved. Cash stands apart from what is proven; nothing is taken from anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Paid with proof, late money too.
    pub paid: Sum,
    /// Late money in it.
    pub late: Sum,
    /// Cash.
    pub cash: Sum,
    /// Given back with proof.
    pub refunded: Sum,
    /// Cash given back.
    pub cash_refunded: Sum,
}

/// A part of the totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Of which method, store or person; empty if it was not said.
    pub name: String,
    /// Its totals.
    #[serde(flatten)]
    pub totals: Totals,
}

impl Totals {
    fn add(&mut self, one: &MovementSum) {
        self.late.add(one.late);
        match one.kind {
            MovementKind::Paid => self.paid.add(one.sum),
            MovementKind::Cash => self.cash.add(one.sum),
            MovementKind::Refunded => self.refunded.add(one.sum),
            MovementKind::CashRefunded => self.cash_refunded.add(one.sum),
        }
    }

    pub(crate) fn of(sums: &[MovementSum]) -> Self {
        let mut totals = Self::default();
        sums.iter().for_each(|one| totals.add(one));
        totals
    }

    /// The parts by a name, in the order of the names.
    pub(crate) fn by(sums: &[MovementSum], name: impl Fn(&MovementSum) -> &str) -> Vec<Share> {
        let mut shares = std::collections::BTreeMap::<String, Self>::new();
        for one in sums {
            shares.entry(name(one).to_owned()).or_default().add(one);
        }
        shares.into_iter().map(|(name, totals)| Share { name, totals }).collect()
    }
}

/// What this till itself took on a day, by its own receipts. The backend's totals are the merchant's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocalDay {
    /// The day in the merchant's zone, as `2026-08-01`.
    pub date: String,
    /// How many minutes the merchant's clock is ahead of UTC.
    pub utc_offset_minutes: i32,
    /// Real money, or play money.
    pub live: bool,
    /// Its currency.
    pub currency: Currency,
    /// Everything paid with proof, late money too; cash stands apart.
    pub paid: Sum,
    /// Late money in it.
    pub late: Sum,
    /// Cash, by the word of who took it.
    pub cash: Sum,
    /// Given back with proof that day, of payments of any day. Not taken from `paid`.
    pub refunded: Sum,
    /// Cash given back that day. Not taken from `cash`.
    pub cash_refunded: Sum,
    /// The same by method.
    pub methods: Vec<Share>,
    /// The same by store.
    pub stores: Vec<Share>,
    /// The same by person; without a name what no one was signed in for.
    pub people: Vec<Share>,
    /// Sales that are not proven paid or closed, now: in none of the sums.
    pub unproven: Sum,
}

/// A shift of this till: a sealed summary once it is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// 1 for the till's first.
    pub no: u32,
    /// Its currency.
    pub currency: Currency,
    /// Real money, or play money.
    pub live: bool,
    /// When it was opened.
    pub opened_at: Time,
    /// Who opened it.
    pub opened_by: Option<StaffId>,
    /// Cash in the drawer at its opening, in minor units.
    pub float: i64,
    /// When it was closed; none while it is open.
    pub closed_at: Option<Time>,
    /// Who closed it.
    pub closed_by: Option<StaffId>,
    /// The last entry of the journal before it.
    pub after_entry: u64,
    /// The last entry of the journal that it counts.
    pub up_to_entry: u64,
    /// What moved while it was open.
    pub totals: Totals,
    /// The same by method.
    pub methods: Vec<Share>,
    /// The same by person.
    pub people: Vec<Share>,
    /// Sales that were not proven paid or closed: in none of the sums. What becomes of them is told in `later`.
    pub unproven: Sum,
    /// Cash that should be in the drawer.
    pub cash_expected: i64,
    /// Cash that was counted, if it was.
    pub cash_counted: Option<i64>,
    /// What was learned after its close about sales that were rung up in it. Appended, never part of its sums.
    #[serde(default)]
    pub later: Vec<ShiftLine>,
}

/// Something that was learned about a sale of a closed shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftLine {
    /// When it was learned.
    pub at: Time,
    /// The sale.
    pub order_no: OrderNo,
    /// What moved; none if the sale turned out to have ended without money.
    pub kind: Option<MovementKind>,
    /// Minor units.
    pub amount: i64,
}

/// The money that moved for a sale; the entry it was learned with is set by who writes it down.
pub(crate) fn movements(sale: &Sale) -> Vec<Movement> {
    let body: &OrderBody = sale.order().body();
    let movement = |key: String, kind, amount, at| Movement {
        key,
        order_no: body.order_no.clone(),
        kind,
        method: body.method.as_str().to_owned(),
        store: Some(body.store.clone()),
        staff: body.staff.clone(),
        amount,
        late: false,
        at,
        seq: 0,
    };
    let mut moved = Vec::new();
    for receipt in sale.receipts() {
        let payment = receipt.payment();
        let late = sale.is_late(receipt);
        moved.push(Movement {
            late,
            ..movement(receipt.key(), MovementKind::Paid, payment.amount, payment.paid_at)
        });
    }
    let attested = sale.takings().find(|receipt| !receipt.is_proven());
    let taken_at = sale.cash().map(|cash| cash.taken_at);
    if let Some(at) = taken_at.or(attested.map(|receipt| receipt.payment().paid_at)) {
        let staff = sale.cash().and_then(|cash| cash.staff.clone()).or_else(|| body.staff.clone());
        let key = format!("cash:{}", body.order_no);
        let method = "cash".to_owned();
        moved.push(Movement { method, staff, ..movement(key, MovementKind::Cash, body.amount, at) });
    }
    for receipt in sale.takings() {
        moved.extend(given_back(sale, receipt, &movement));
    }
    moved
}

fn given_back<'a>(
    sale: &'a Sale,
    receipt: &'a PaymentReceipt,
    movement: &'a impl Fn(String, MovementKind, i64, Time) -> Movement,
) -> impl Iterator<Item = Movement> + 'a {
    receipt.parts().iter().map(move |part| {
        let shown = sale.shown_refunds().into_iter().find(|refund| refund.refund_no == part.refund_no);
        let kind = if receipt.is_proven() { MovementKind::Refunded } else { MovementKind::CashRefunded };
        let key = format!("refund:{}", part.refund_no);
        let moved = movement(key, kind, part.amount, part.done_at);
        let method = if receipt.is_proven() { moved.method.clone() } else { "cash".to_owned() };
        Movement { method, staff: shown.and_then(|refund| refund.staff).or(moved.staff.clone()), ..moved }
    })
}

/// The slip of a shift, for the drawer.
pub(crate) fn shift_slip(shift: &Shift, merchant: &str, store: &str, print: Print) -> Vec<String> {
    let mut slip = Slip::new(print);
    let words = slip.words();
    slip.head(merchant, store, words.shift, shift.live);
    slip.pair(words.shift_no, &shift.no.to_string());
    slip.pair(words.opened_at, &slip.clock(shift.opened_at));
    match shift.closed_at {
        Some(at) => slip.pair(words.closed_at, &slip.clock(at)),
        None => slip.pair(words.closed_at, words.not_closed),
    }
    slip.rule();
    let line = |slip: &mut Slip, name: &str, sum: Sum| {
        slip.pair(&format!("{name} ×{}", sum.count), &slip.money(sum.amount, shift.currency));
    };
    line(&mut slip, words.paid, shift.totals.paid);
    line(&mut slip, words.late, shift.totals.late);
    line(&mut slip, words.refunded, shift.totals.refunded);
    line(&mut slip, words.cash, shift.totals.cash);
    line(&mut slip, words.cash_refunded, shift.totals.cash_refunded);
    line(&mut slip, words.unproven, shift.unproven);
    slip.rule();
    for share in &shift.people {
        let name = if share.name.is_empty() { words.nobody } else { &share.name };
        let Totals { paid, cash, .. } = share.totals;
        let sum = Sum { count: paid.count + cash.count, amount: paid.amount + cash.amount };
        line(&mut slip, name, sum);
    }
    slip.rule();
    slip.pair(words.float, &slip.money(shift.float, shift.currency));
    slip.pair(words.expected, &slip.money(shift.cash_expected, shift.currency));
    if let Some(counted) = shift.cash_counted {
        slip.pair(words.counted, &slip.money(counted, shift.currency));
        slip.pair(words.difference, &slip.money(counted - shift.cash_expected, shift.currency));
    }
    if !shift.later.is_empty() {
        slip.rule();
        slip.text(words.later);
        for one in &shift.later {
            let what = one.kind.map_or(words.ended, |kind| words.movement(kind));
            let text = format!("{} …{} {what}", slip.clock(one.at), one.order_no.tail());
            slip.text(&text);
            slip.pair("", &slip.money(one.amount, shift.currency));
        }
    }
    slip.foot(shift.live);
    slip.into_lines()
}
