//! What a bill comes to: sums, the biggest rows, and everything that is wrong with it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Read;

use super::{
    BillError, Difference, FlowDirection, FundFlowBill, FundFlowRow, Limits, RowError, Summary, TradeBill,
    TradeKind, TradeRow, TradeState, Yuan, fund_flow, table::Table,
};

/// Most refused rows that are kept; all are counted.
const REFUSED_MAX: usize = 1000;

/// A bill of either kind.
#[derive(Debug)]
pub enum Bill<R> {
    /// Payments and refunds.
    Trade(TradeBill<R>),
    /// Movements of an account.
    FundFlow(FundFlowBill<R>),
}

impl<R: Read> Bill<R> {
    /// Reads the header and tells the kind by it.
    ///
    /// # Errors
    /// When the source is no bill of either kind.
    pub fn open(source: R, limits: Limits) -> Result<Self, BillError> {
        let table = Table::open(source, limits)?;
        if fund_flow::is_header(&table.header) {
            FundFlowBill::over(table).map(Self::FundFlow)
        } else {
            TradeBill::over(table).map(Self::Trade)
        }
    }
}

/// Rows of one sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub rows: u64,
    /// What they come to.
    pub amount: Yuan,
}

impl Total {
    fn add(&mut self, amount: Yuan) {
        self.rows += 1;
        // The bill itself refuses a row with which its own sums overflow.
        self.amount = self.amount.plus(amount).unwrap_or(self.amount);
    }
}

/// One of the biggest rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BigRow {
    /// What was paid, given back or moved.
    pub amount: Yuan,
    /// Its line in the file, from 1; of rows alike the first is the bigger.
    pub line: Reverse<u64>,
    /// The merchant's number of it, as it came.
    pub number: String,
    /// WeChat Pay's number of it, as it came.
    pub wechat_pay_number: String,
    /// What it is, by the bill's own word.
    pub word: String,
}

/// What is wrong with a bill, and what its summary says.
#[derive(Debug, Clone, Default)]
pub struct Soundness {
    /// Rows that were refused: the first thousand.
    pub refused: Vec<RowError>,
    /// How many rows were refused.
    pub refused_rows: u64,
    /// The summary.
    pub summary: Option<Summary>,
}

impl Soundness {
    /// Keeps a row's refusal; gives any other error back.
    fn refuse(&mut self, error: BillError) -> Result<(), BillError> {
        match error {
            BillError::Row(row) => {
                self.refused_rows += 1;
                if self.refused.len() < REFUSED_MAX {
                    self.refused.push(row);
                }
                Ok(())
            }
            error => Err(error),
        }
    }

    /// Where the rows do not come to what the summary says.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        self.summary.as_ref().map_or(&[], Summary::differences)
    }

    /// Whether every row was read and the summary agrees.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.refused_rows == 0 && self.summary.is_some() && self.differences().is_empty()
    }
}

/// What a trade bill comes to.
#[derive(Debug, Clone)]
pub struct TradeOverview {
    /// Which rows it holds.
    pub kind: TradeKind,
    /// Payments.
    pub paid: Total,
    /// Refunds, by what was asked back.
    pub refunded: Total,
    /// Reversals.
    pub revoked: Total,
    /// Fees, those given back subtracted.
    pub fee: Yuan,
    /// The biggest rows, biggest first.
    pub biggest: Vec<BigRow>,
    /// What is wrong with it.
    pub soundness: Soundness,
}

impl TradeOverview {
    /// Reads a bill to its end, and shows each row on the way.
    ///
    /// # Errors
    /// When the bill cannot be read to its end, or whoever looks at the rows gives up.
    pub fn read<R: Read, E: From<BillError>>(
        bill: &mut TradeBill<R>,
        biggest_max: usize,
        mut look: impl FnMut(&TradeRow<'_>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut overview = Self {
            kind: bill.kind(),
            paid: Total::default(),
            refunded: Total::default(),
            revoked: Total::default(),
            fee: Yuan::ZERO,
            biggest: Vec::new(),
            soundness: Soundness::default(),
        };
        let mut biggest = Biggest::new(biggest_max);
        loop {
            match bill.next() {
                Ok(Some(row)) => {
                    let (total, amount) = match row.state {
                        TradeState::Success => (&mut overview.paid, row.amount),
                        TradeState::Refund => (&mut overview.refunded, row.refund),
                        TradeState::Revoked => (&mut overview.revoked, row.amount),
                    };
                    total.add(amount);
                    overview.fee = overview.fee.plus(row.fee).unwrap_or(overview.fee);
                    biggest.see(amount, row.line(), || {
                        let number = match row.state {
                            TradeState::Refund => row.out_refund_no(),
                            _ => row.out_trade_no(),
                        };
                        let word = match row.state {
                            TradeState::Success => "SUCCESS",
                            TradeState::Refund => "REFUND",
                            TradeState::Revoked => "REVOKED",
                        };
                        [number.unwrap_or_default(), row.transaction_id().unwrap_or_default(), word]
                            .map(ToOwned::to_owned)
                    });
                    look(&row)?;
                }
                Ok(None) => break,
                Err(error) => overview.soundness.refuse(error)?,
            }
        }
        overview.soundness.summary = bill.summary().cloned();
        overview.biggest = biggest.sorted();
        Ok(overview)
    }
}

/// What a fund flow bill comes to.
#[derive(Debug, Clone)]
pub struct FundFlowOverview {
    /// What came in.
    pub income: Total,
    /// What went out.
    pub outgo: Total,
    /// The biggest rows, biggest first.
    pub biggest: Vec<BigRow>,
    /// What is wrong with it.
    pub soundness: Soundness,
}

impl FundFlowOverview {
    /// Reads a bill to its end, and shows each row on the way.
    ///
    /// # Errors
    /// When the bill cannot be read to its end, or whoever looks at the rows gives up.
    pub fn read<R: Read, E: From<BillError>>(
        bill: &mut FundFlowBill<R>,
        biggest_max: usize,
        mut look: impl FnMut(&FundFlowRow<'_>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut overview = Self {
            income: Total::default(),
            outgo: Total::default(),
            biggest: Vec::new(),
            soundness: Soundness::default(),
        };
        let mut biggest = Biggest::new(biggest_max);
        loop {
            match bill.next() {
                Ok(Some(row)) => {
                    match row.direction {
                        FlowDirection::In => overview.income.add(row.amount),
                        FlowDirection::Out => overview.outgo.add(row.amount),
                    }
                    biggest.see(row.amount, row.line(), || {
                        [row.voucher(), row.flow_no(), row.business_type()]
                            .map(|text| text.unwrap_or_default().to_owned())
                    });
                    look(&row)?;
                }
                Ok(None) => break,
                Err(error) => overview.soundness.refuse(error)?,
            }
        }
        overview.soundness.summary = bill.summary().cloned();
        overview.biggest = biggest.sorted();
        Ok(overview)
    }
}

/// The biggest rows so far; the smallest of them on top.
struct Biggest {
    rows: BinaryHeap<Reverse<BigRow>>,
    max: usize,
}

impl Biggest {
    fn new(max: usize) -> Self {
        Self { rows: BinaryHeap::new(), max }
    }

    fn see(&mut self, amount: Yuan, line: u64, texts: impl FnOnce() -> [String; 3]) {
        if self.rows.len() >= self.max && self.rows.peek().is_none_or(|Reverse(least)| amount <= least.amount)
        {
            return;
        }
        let [number, wechat_pay_number, word] = texts();
        self.rows.push(Reverse(BigRow { amount, line: Reverse(line), number, wechat_pay_number, word }));
        if self.rows.len() > self.max {
            self.rows.pop();
        }
    }

    fn sorted(self) -> Vec<BigRow> {
        // Ascending in `Reverse` is descending in size.
        self.rows.into_sorted_vec().into_iter().map(|Reverse(row)| row).collect()
    }
}
