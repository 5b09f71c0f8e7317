//! Payments of the bill that wait to be looked up together: the books are far larger than the processor's caches, and
//! several looks wait for memory no longer than one.

use saoma_wechatpay::bill::{RowError, TradeLayout, TradeRow};

use super::books::TOGETHER;
use super::number::{Number, PaymentId};

/// What a row tells, and where a copy of it lies.
#[derive(Clone, Copy, Debug)]
struct Told {
    id: PaymentId,
    amount: i64,
    line: u64,
    until: usize,
}

/// Up to [`TOGETHER`] payments, each with a copy of its row.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    numbers: Vec<Number>,
    told: Vec<Told>,
    bytes: Vec<u8>,
    layout: Option<TradeLayout>,
}

impl Waiting {
    pub(super) fn push(&mut self, number: Number, id: PaymentId, amount: i64, row: &TradeRow<'_>) {
        self.bytes.extend_from_slice(row.bytes());
        self.numbers.push(number);
        self.told.push(Told { id, amount, line: row.line(), until: self.bytes.len() });
        if self.layout.is_none() {
            self.layout = Some(row.layout());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() == TOGETHER
    }

    pub(super) fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    /// What one of them tells: number, payment, amount.
    pub(super) fn told(&self, at: usize) -> (Number, PaymentId, i64) {
        (self.numbers[at], self.told[at].id, self.told[at].amount)
    }

    /// Shows the row of one of them again.
    pub(super) fn again<T>(&self, at: usize, look: impl FnOnce(&TradeRow<'_>) -> T) -> Result<T, RowError> {
        let from = at.checked_sub(1).map_or(0, |before| self.told[before].until);
        let Told { line, until, .. } = self.told[at];
        let layout = self.layout.expect("every row brought it");
        layout.again(line, &self.bytes[from..until], look)
    }

    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.told.clear();
        self.bytes.clear();
    }
}
