//! The shift of a till, from the drawer's opening to its close.

use std::time::SystemTime;

use saoma_engine::MovementKind;
use saoma_engine::contract::Amount;

use crate::error::SaomaError;
use crate::money::{Sums, Totals, share, totals};
use crate::sale::moment;
use crate::slip::Paper;
use crate::till::Till;

/// A shift: counted as it stands while it is open, a sealed summary once it is closed.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Shift {
    /// 1 for the till's first.
    pub no: u32,
    /// ISO 4217.
    pub currency: String,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// When it was opened.
    pub opened_at: SystemTime,
    /// Who opened it.
    pub opened_by: Option<String>,
    /// When it was closed; none while it is open.
    pub closed_at: Option<SystemTime>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// What moved while it was open.
    pub sums: Sums,
    /// The same by person; without a name what no one was signed in for.
    pub people: Vec<Sums>,
    /// The same by method.
    pub methods: Vec<Sums>,
    /// Sales that were not proven paid or closed: in none of the sums. What became of them is told in `later`.
    pub unproven: Totals,
    /// Cash in the drawer at its opening, in minor units.
    pub float_minor: i64,
    /// Cash that should be in the drawer, in minor units.
    pub expected_minor: i64,
    /// The same as people read it.
    pub expected: String,
    /// Cash that was counted, in minor units, if it was.
    pub counted_minor: Option<i64>,
    /// What was counted less what should be there, as people read it: `-0.50`.
    pub difference: Option<String>,
    /// What was learned after its close about sales that were rung up in it: appended, in none of its sums.
    pub later: Vec<ShiftLine>,
}

/// What moved for a sale of a closed shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Movement {
    /// Paid, proven.
    Paid,
    /// Cash, by the word of who took it.
    Cash,
    /// Given back, proven.
    Refunded,
    /// Cash given back, by the word of who gave it.
    CashRefunded,
    /// Nothing: it ended without money.
    Ended,
}

/// Something that was learned about a sale of a closed shift.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ShiftLine {
    /// When it was learned.
    pub at: SystemTime,
    /// The sale.
    pub order_no: String,
    /// Its last six characters.
    pub tail: String,
    /// What moved.
    pub movement: Movement,
    /// Minor units.
    pub minor: i64,
    /// As people read it.
    pub amount: String,
}

#[uniffi::export]
impl Till {
    /// Opens a shift with so many minor units of cash in the drawer; also without a network. Errors: `shift_open`, `bad_input`.
    pub async fn open_shift(&self, float_minor: i64) -> Result<Shift, SaomaError> {
        self.ask(|till| async move { till.open_shift(float_minor).await }, |shift, _| shift.into()).await
    }

    /// Closes the open shift: its summary goes into the journal and is sealed there; also without a network. `counted_minor` is the
    /// cash in the drawer, if it was counted. Errors: `no_shift`, `bad_input`.
    pub async fn close_shift(&self, counted_minor: Option<i64>) -> Result<Shift, SaomaError> {
        self.ask(|till| async move { till.close_shift(counted_minor).await }, |shift, _| shift.into()).await
    }

    /// The last shifts, newest first, the open one before all; `limit` is 1 to 100.
    pub async fn shifts(&self, limit: u32) -> Result<Vec<Shift>, SaomaError> {
        self.ask(
            |till| async move { till.shifts(limit).await },
            |shifts, _| shifts.into_iter().map(Into::into).collect(),
        )
        .await
    }

    /// A shift's paper slip in the till's language, as plain lines of the paper's width. Error: `no_shift`.
    pub async fn shift_slip(&self, no: u32, paper: Paper) -> Result<Vec<String>, SaomaError> {
        let language = self.wording();
        self.ask(
            move |till| async move { till.shift_slip(no, paper.into(), language).await },
            |lines, _| lines,
        )
        .await
    }
}

impl From<saoma_engine::Shift> for Shift {
    fn from(shift: saoma_engine::Shift) -> Self {
        let print = |minor| Amount::print_minor(minor, shift.currency);
        let line = |line: saoma_engine::ShiftLine| ShiftLine {
            at: moment(line.at),
            tail: line.order_no.tail().to_owned(),
            order_no: line.order_no.to_string(),
            movement: match line.kind {
                Some(MovementKind::Paid) => Movement::Paid,
                Some(MovementKind::Cash) => Movement::Cash,
                Some(MovementKind::Refunded) => Movement::Refunded,
                Some(MovementKind::CashRefunded) => Movement::CashRefunded,
                None => Movement::Ended,
            },
            minor: line.amount,
            amount: print(line.amount),
        };
        let shares = |of: &[saoma_engine::Share]| of.iter().map(|one| share(one, shift.currency)).collect();
        Self {
            no: shift.no,
            live: shift.live,
            opened_at: moment(shift.opened_at),
            opened_by: shift.opened_by.as_ref().map(ToString::to_string),
            closed_at: shift.closed_at.map(moment),
            closed_by: shift.closed_by.as_ref().map(ToString::to_string),
            sums: Sums::of(String::new(), &shift.totals, shift.currency),
            people: shares(&shift.people),
            methods: shares(&shift.methods),
            unproven: totals(shift.unproven.count, shift.unproven.amount, shift.currency),
            float_minor: shift.float,
            expected_minor: shift.cash_expected,
            expected: print(shift.cash_expected),
            counted_minor: shift.cash_counted,
            difference: shift.cash_counted.map(|counted| print(counted - shift.cash_expected)),
            currency: shift.currency.to_string(),
            later: shift.later.into_iter().map(line).collect(),
        }
    }
}
