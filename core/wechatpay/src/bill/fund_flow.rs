//! The fund flow bill: every movement of an account's money (WeChat Pay protocol B.10.4). A trade gives two rows, the
//! amount and the fee, so it serves to check balances, not to match orders.

use std::io::Read;

use jiff::Timestamp;

use super::{
    BillError, Limits, RowError, RowProblem, Summary, Yuan,
    header::{Header, Places},
    row::Row,
    summary::Counted,
    table::{Next, Table},
};

const COUNT: usize = 11;

/// The columns, in the order of today's bills.
const NAMES: [&str; COUNT] = [
    "记账时间",
    "微信支付业务单号",
    "资金流水单号",
    "业务名称",
    "业务类型",
    "收支类型",
    "收支金额",
    "账户结余",
    "资金变更提交申请人",
    "备注",
    "业务凭证号",
];

const TIME: usize = 0;
const BUSINESS_NO: usize = 1;
const FLOW_NO: usize = 2;
const BUSINESS_NAME: usize = 3;
const BUSINESS_TYPE: usize = 4;
const DIRECTION: usize = 5;
const AMOUNT: usize = 6;
const BALANCE: usize = 7;
const APPLICANT: usize = 8;
const REMARK: usize = 9;
const VOUCHER: usize = 10;

const COLUMNS: &[(usize, &[&str])] = &[
    (TIME, &["记账时间"]),
    (BUSINESS_NO, &["微信支付业务单号"]),
    (FLOW_NO, &["资金流水单号"]),
    (BUSINESS_NAME, &["业务名称"]),
    (BUSINESS_TYPE, &["业务类型"]),
    (DIRECTION, &["收支类型"]),
    (AMOUNT, &["收支金额(元)", "收支金额（元）", "收支金额"]),
    (BALANCE, &["账户结余(元)", "账户结余（元）", "账户结余"]),
    (APPLICANT, &["资金变更提交申请人"]),
    (REMARK, &["备注"]),
    (VOUCHER, &["业务凭证号"]),
];

/// Which way money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowDirection {
    /// Into the account.
    In,
    /// Out of it.
    Out,
}

/// A fund flow bill being read.
#[derive(Debug)]
pub struct FundFlowBill<R> {
    table: Table<R>,
    places: Places<COUNT>,
    rows: u64,
    rows_in: u64,
    rows_out: u64,
    sum_in: Yuan,
    sum_out: Yuan,
    summary: Option<Summary>,
}

/// Whether this is the header of a fund flow bill.
pub(super) fn is_header(header: &Header) -> bool {
    header.texts.iter().any(|text| text == NAMES[FLOW_NO])
}

impl<R: Read> FundFlowBill<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the source is no fund flow bill.
    pub fn open(source: R, limits: Limits) -> Result<Self, BillError> {
        Self::over(Table::open(source, limits)?)
    }

    /// Reads on from a header.
    pub(super) fn over(table: Table<R>) -> Result<Self, BillError> {
        let places: Places<COUNT> = table.header.places(COLUMNS);
        for column in [TIME, FLOW_NO, DIRECTION, AMOUNT] {
            if places.of(column).is_none() {
                return Err(table.header.lacks(NAMES[column]));
            }
        }
        Ok(Self {
            table,
            places,
            rows: 0,
            rows_in: 0,
            rows_out: 0,
            sum_in: Yuan::ZERO,
            sum_out: Yuan::ZERO,
            summary: None,
        })
    }

    /// The texts of its header, in order.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.table.header.texts
    }

    /// The next row; `None` once the summary was read.
    ///
    /// # Errors
    /// [`BillError::Row`] refuses one row, and the next call gives the row after it. Any other error ends the bill.
    #[expect(
        clippy::should_implement_trait,
        reason = "a row borrows from the bill, which no iterator allows"
    )]
    pub fn next(&mut self) -> Result<Option<FundFlowRow<'_>>, BillError> {
        match self.table.next() {
            Ok(Next::Row(row)) => {
                self.rows += 1;
                let row = FundFlowRow::read(row, &self.places)?;
                let (rows, sum) = match row.direction {
                    FlowDirection::In => (&mut self.rows_in, &mut self.sum_in),
                    FlowDirection::Out => (&mut self.rows_out, &mut self.sum_out),
                };
                *rows += 1;
                *sum = sum.plus(row.amount).ok_or_else(|| row.row.refused(RowProblem::Sum(NAMES[AMOUNT])))?;
                Ok(Some(row))
            }
            Ok(Next::Summary(header, row)) => {
                let counted = [
                    Counted::Rows(&["资金流水总笔数"], self.rows),
                    Counted::Rows(&["收入笔数"], self.rows_in),
                    Counted::Sum(&["收入金额"], self.sum_in),
                    Counted::Rows(&["支出笔数"], self.rows_out),
                    Counted::Sum(&["支出金额"], self.sum_out),
                ];
                self.summary = Some(Summary::read(&header, row, &counted)?);
                Ok(None)
            }
            Ok(Next::End) => Ok(None),
            Err(error) => {
                self.rows += u64::from(error.row().is_some());
                Err(error)
            }
        }
    }

    /// The summary, once [`Self::next`] gave `None`.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }
}

/// One movement of money.
#[derive(Debug, Clone, Copy)]
pub struct FundFlowRow<'a> {
    row: Row<'a>,
    places: &'a Places<COUNT>,
    /// Which way.
    pub direction: FlowDirection,
    /// How much.
    pub amount: Yuan,
    /// What the account held afterwards, where the bill says it.
    pub balance: Option<Yuan>,
}

macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident = $column:ident;)+) => {
        impl<'a> FundFlowRow<'a> {$(
            $(#[$meta])*
            ///
            /// # Errors
            /// When the bill has no such column, or it is not UTF-8 here.
            pub fn $name(&self) -> Result<&'a str, RowError> {
                self.row.text(self.place($column)?, NAMES[$column])
            }
        )+}
    };
}

texts! {
    /// WeChat Pay's number of the business: of the trade, the refund, the transfer.
    business_no = BUSINESS_NO;
    /// The movement's own number.
    flow_no = FLOW_NO;
    /// What kind of business it was: an open list.
    business_name = BUSINESS_NAME;
    /// What the money was: an open list.
    business_type = BUSINESS_TYPE;
    /// Who asked for it.
    applicant = APPLICANT;
    /// A remark.
    remark = REMARK;
    /// The merchant's number of the business.
    voucher = VOUCHER;
}

impl<'a> FundFlowRow<'a> {
    fn read(row: Row<'a>, places: &'a Places<COUNT>) -> Result<Self, RowError> {
        let place = |column: usize| places.of(column).expect("looked for when the bill was opened");
        let direction = match std::str::from_utf8(row.field(place(DIRECTION))) {
            Ok("收入") => FlowDirection::In,
            Ok("支出") => FlowDirection::Out,
            _ => return Err(row.refused(RowProblem::Word(NAMES[DIRECTION]))),
        };
        let balance = places.of(BALANCE).map(|at| row.yuan(at, NAMES[BALANCE])).transpose()?;
        Ok(Self { row, places, direction, amount: row.yuan(place(AMOUNT), NAMES[AMOUNT])?, balance })
    }

    fn place(&self, column: usize) -> Result<usize, RowError> {
        self.places.of(column).ok_or_else(|| self.row.refused(RowProblem::NoColumn(NAMES[column])))
    }

    /// Its line in the file, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.row.line
    }

    /// Every field as it came, in the header's order.
    pub fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        self.row.fields()
    }

    /// When it was booked.
    ///
    /// # Errors
    /// When it is no time.
    pub fn time(&self) -> Result<Timestamp, RowError> {
        self.row.time(self.place(TIME)?, NAMES[TIME])
    }
}
