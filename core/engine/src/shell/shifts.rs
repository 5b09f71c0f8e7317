//! The day and the shift, added up from what moved.

use saoma_contract::{Amount, OrderNo};

use super::Shell;
use super::writing::Staged;
use crate::day::{LocalDay, MovementSpan, MovementSum, Shift, ShiftLine, Sum, Totals, movements};
use crate::error::TillError;
use crate::journal::TillFact;
use crate::sale::Sale;
use crate::slip::{Paper, Print};
use crate::wording::Language;

/// The most minor units of cash in a drawer.
const DRAWER_MAX: i64 = saoma_contract::AMOUNT_MINOR_MAX;

/// The most shifts of one answer.
const SHIFTS_MAX: u32 = 100;

impl Shell {
    pub(super) async fn day(&mut self, date: Option<String>) -> Result<LocalDay, TillError> {
        let (date, utc_offset_minutes) = self.day_named(date)?;
        let (from, until) = self.day_span(&date)?;
        let merchant = &self.pairing()?.bundle.merchant;
        let (live, currency) = (merchant.live, merchant.currency);
        let sums = self.added_up(MovementSpan::Times(from, until)).await?;
        let Totals { paid, late, cash, refunded, cash_refunded } = Totals::of(&sums);
        Ok(LocalDay {
            date,
            utc_offset_minutes,
            live,
            currency,
            paid,
            late,
            cash,
            refunded,
            cash_refunded,
            methods: Totals::by(&sums, |one| &one.method),
            stores: Totals::by(&sums, |one| &one.store),
            people: Totals::by(&sums, |one| &one.staff),
            unproven: self.unproven_sum(),
        })
    }

    async fn added_up(&mut self, span: MovementSpan) -> Result<Vec<MovementSum>, TillError> {
        Ok(self.desk.run(move |storage| storage.movements(span)).await?)
    }

    fn unproven_sum(&self) -> Sum {
        let (count, amount) = self.book.unproven();
        Sum { count, amount }
    }

    pub(super) async fn open_shift(&mut self, float: i64) -> Result<Shift, TillError> {
        in_drawer("float", float)?;
        self.pairing()?;
        if self.till.shift.is_some() {
            return Err(TillError::state("shift_open", "a shift is open already; close it first"));
        }
        let (no, staff) = (self.till.shifts_made + 1, self.person());
        let mut staged = self.stage();
        let after_entry = self.head.entries;
        self.stage_till_fact(&mut staged, TillFact::ShiftOpened { no, float, staff, after_entry });
        self.commit(staged).await?;
        self.shift_now().await
    }

    /// The open shift as it stands.
    pub(super) async fn shift_now(&mut self) -> Result<Shift, TillError> {
        let open = self.till.shift.clone().ok_or_else(no_shift)?;
        let merchant = &self.pairing()?.bundle.merchant;
        let (live, currency) = (merchant.live, merchant.currency);
        let up_to_entry = self.head.entries;
        let sums = self.added_up(MovementSpan::Entries(open.after_entry, up_to_entry)).await?;
        let totals = Totals::of(&sums);
        let cash_moved = totals.cash.amount.saturating_sub(totals.cash_refunded.amount);
        Ok(Shift {
            no: open.no,
            currency,
            live,
            opened_at: open.opened_at,
            opened_by: open.opened_by,
            float: open.float,
            closed_at: None,
            closed_by: None,
            after_entry: open.after_entry,
            up_to_entry,
            methods: Totals::by(&sums, |one| &one.method),
            people: Totals::by(&sums, |one| &one.staff),
            unproven: self.unproven_sum(),
            cash_expected: open.float.saturating_add(cash_moved),
            cash_counted: None,
            later: Vec::new(),
            totals,
        })
    }

    /// Closes the shift: its summary goes into the journal, which is sealed there.
    pub(super) async fn close_shift(&mut self, counted: Option<i64>) -> Result<Shift, TillError> {
        counted.map(|counted| in_drawer("counted", counted)).transpose()?;
        let open = self.shift_now().await?;
        let (closed_at, closed_by) = (Some(self.server_now()), self.person());
        let shift = Shift { closed_at, closed_by, cash_counted: counted, ..open };
        let mut staged = self.stage();
        self.stage_till_fact(&mut staged, TillFact::ShiftClosed { shift: Box::new(shift.clone()) });
        staged.is_sealed = true;
        self.commit(staged).await?;
        Ok(shift)
    }

    /// The last shifts, newest first, the open one before all.
    pub(super) async fn shifts(&mut self, limit: u32) -> Result<Vec<Shift>, TillError> {
        if !(1..=SHIFTS_MAX).contains(&limit) {
            return Err(TillError::field("limit", format!("must be 1 to {SHIFTS_MAX}")));
        }
        let mut shifts = Vec::new();
        if self.till.shift.is_some() {
            shifts.push(self.shift_now().await?);
        }
        let left = limit.saturating_sub(u32::try_from(shifts.len()).unwrap_or(0));
        shifts.extend(self.desk.run(move |storage| storage.shifts(None, left)).await?);
        Ok(shifts)
    }

    pub(super) async fn shift_slip(
        &mut self,
        no: u32,
        paper: Paper,
        language: Language,
    ) -> Result<Vec<String>, TillError> {
        let is_open = self.till.shift.as_ref().is_some_and(|open| open.no == no);
        let shift = if is_open {
            self.shift_now().await?
        } else {
            self.desk.run(move |storage| storage.shifts(Some(no), 1)).await?.pop().ok_or_else(no_shift)?
        };
        let bundle = &self.pairing()?.bundle;
        let print = Print { paper, language, utc_offset_minutes: bundle.merchant.utc_offset_minutes };
        Ok(crate::day::shift_slip(&shift, &bundle.merchant.name, &bundle.store.name, print))
    }

    /// Stages what moved when a sale became another, and what that is to a shift that was closed before.
    pub(super) fn stage_movements(&self, staged: &mut Staged, before: &Sale, after: &Sale) {
        let (was, mut is) = (movements(before), movements(after));
        if was == is && before.is_unproven() == after.is_unproven() {
            return;
        }
        // The entry that was staged last is the one they are learned with; lines about them come after it.
        let seq = staged.entries();
        let closed = self.till.closed_shift_of(after.order().body().made_at);
        let new = is.iter().filter(|one| !was.iter().any(|known| known.key == one.key));
        let mut lines: Vec<ShiftLine> =
            new.map(|one| line(staged, after.order_no(), Some(one.kind), one.amount)).collect();
        if lines.is_empty() && before.is_unproven() && !after.is_unproven() {
            lines.push(line(staged, after.order_no(), None, after.amount().minor()));
        }
        if let Some(no) = closed {
            for line in lines {
                self.stage_till_fact(staged, TillFact::ShiftLine { no, line });
            }
        }
        if saoma_contract::planted("money-uncounted")
            && self.book.on_screen.as_ref() != Some(after.order_no())
        {
            return;
        }
        is.iter_mut().for_each(|one| one.seq = seq);
        staged.movements(is);
    }
}

fn line(
    staged: &Staged,
    order_no: &OrderNo,
    kind: Option<crate::day::MovementKind>,
    amount: i64,
) -> ShiftLine {
    ShiftLine { at: staged.at(), order_no: order_no.clone(), kind, amount }
}

fn in_drawer(field: &str, amount: i64) -> Result<(), TillError> {
    if (0..=DRAWER_MAX).contains(&amount) {
        return Ok(());
    }
    let most = Amount::print_minor(DRAWER_MAX, saoma_contract::Currency::CNY);
    Err(TillError::field(field, format!("must be 0 to {most}")))
}

fn no_shift() -> TillError {
    TillError::state("no_shift", "no shift is open, or there is none of that number")
}
