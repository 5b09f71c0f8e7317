//! The trade bill: payments of a day, and refunds that were asked for on it (WeChat Pay protocol B.10.3).

use std::io::Read;

use jiff::Timestamp;

use super::{
    BillError, Limits, RowError, RowProblem, Summary, Yuan,
    header::Places,
    row::{Row, Starts},
    summary::Counted,
    table::{Next, Table},
};

macro_rules! columns {
    ($($name:ident = $first:literal $(| $other:literal)*;)+) => {
        /// A known column.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        enum Column { $($name,)+ }

        /// Each column's spellings: today's first.
        const COLUMNS: &[(usize, &[&str])] = &[$((Column::$name as usize, &[$first $(, $other)*]),)+];

        impl Column {
            fn name(self) -> &'static str {
                match self { $(Self::$name => $first,)+ }
            }
        }
    };
}

columns! {
    Time = "交易时间";
    Appid = "公众账号ID";
    Mchid = "商户号";
    SubMchid = "特约商户号" | "子商户号";
    Device = "设备号";
    TransactionId = "微信订单号";
    OutTradeNo = "商户订单号";
    Openid = "用户标识";
    TradeType = "交易类型";
    State = "交易状态";
    Bank = "付款银行";
    Currency = "货币种类";
    Settled = "应结订单金额";
    Coupon = "代金券金额" | "代金券或立减优惠金额" | "企业红包金额";
    RequestedAt = "退款申请时间";
    RefundedAt = "退款成功时间";
    RefundId = "微信退款单号";
    OutRefundNo = "商户退款单号";
    RefundSettled = "退款金额";
    RefundCoupon = "充值券退款金额" | "代金券或立减优惠退款金额" | "企业红包退款金额";
    RefundType = "退款类型";
    RefundState = "退款状态";
    Goods = "商品名称";
    Attach = "商户数据包";
    Fee = "手续费" | "返还手续费";
    Rate = "费率";
    Amount = "订单金额" | "总金额";
    Refund = "申请退款金额";
    Remark = "费率备注";
}

const COUNT: usize = COLUMNS.len();

/// Which rows a bill holds, as its columns show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradeKind {
    /// Payments and refunds (`ALL`).
    All,
    /// Payments alone (`SUCCESS`).
    Success,
    /// Refunds alone, with the times at which they were asked for and done (`REFUND`).
    Refund,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TradeState {
    /// Money came in.
    Success,
    /// Money goes back.
    Refund,
    /// The trade was reversed.
    Revoked,
}

/// How a refund stood when the bill was made; a bill is never brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundState {
    /// Done.
    Success,
    /// Failed.
    Fail,
    /// Under way.
    Processing,
    /// Another word.
    Other,
}

/// A trade bill being read.
#[derive(Debug)]
pub struct TradeBill<R> {
    table: Table<R>,
    places: Places<COUNT>,
    sums: Sums,
    summary: Option<Summary>,
}

#[derive(Debug, Default)]
struct Sums {
    rows: u64,
    amount: Yuan,
    settled: Yuan,
    refund: Yuan,
    refund_settled: Yuan,
    refund_coupon: Yuan,
    fee: Yuan,
}

impl<R: Read> TradeBill<R> {
    /// Reads the header. For a file that may be gzip, `source` is an [`Uncompressed`](super::Uncompressed).
    ///
    /// # Errors
    /// When the source is no trade bill or lacks a column without which nothing can be said of a row.
    pub fn open(source: R, limits: Limits) -> Result<Self, BillError> {
        Self::over(Table::open(source, limits)?)
    }

    /// Reads on from a header.
    pub(super) fn over(table: Table<R>) -> Result<Self, BillError> {
        let places: Places<COUNT> = table.header.places(COLUMNS);
        for column in [Column::Time, Column::TransactionId, Column::OutTradeNo, Column::State, Column::Fee] {
            if places.of(column as usize).is_none() {
                return Err(table.header.lacks(column.name()));
            }
        }
        let is_there = |column| places.of(column as usize).is_some();
        if !is_there(Column::Amount) && !is_there(Column::Settled) {
            return Err(table.header.lacks(Column::Amount.name()));
        }
        if is_there(Column::RefundId) || is_there(Column::OutRefundNo) || is_there(Column::RefundState) {
            for column in [Column::RefundId, Column::OutRefundNo, Column::RefundSettled, Column::RefundState]
            {
                if !is_there(column) {
                    return Err(table.header.lacks(column.name()));
                }
            }
        }
        Ok(Self { table, places, sums: Sums::default(), summary: None })
    }

    /// Which rows it holds.
    #[must_use]
    pub fn kind(&self) -> TradeKind {
        let is_there = |column: Column| self.places.of(column as usize).is_some();
        match (is_there(Column::RefundId), is_there(Column::RequestedAt)) {
            (true, true) => TradeKind::Refund,
            (true, false) => TradeKind::All,
            (false, _) => TradeKind::Success,
        }
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
    pub fn next(&mut self) -> Result<Option<TradeRow<'_>>, BillError> {
        match self.table.next() {
            Ok(Next::Row(row)) => {
                self.sums.rows += 1;
                let row = TradeRow::read(row, &self.places)?;
                self.sums.add(&row)?;
                Ok(Some(row))
            }
            Ok(Next::Summary(header, row)) => {
                self.summary = Some(Summary::read(&header, row, &self.sums.counted(&self.places))?);
                Ok(None)
            }
            Ok(Next::End) => Ok(None),
            Err(error) => {
                self.sums.rows += u64::from(error.row().is_some());
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

/// How the rows of a trade bill are laid out: reads one again from a copy of its bytes, for readers that look at several
/// rows at once.
#[derive(Debug, Clone, Copy)]
pub struct TradeLayout {
    places: Places<COUNT>,
    columns: usize,
}

impl TradeLayout {
    /// Shows a row again, by its line and the bytes that [`TradeRow::bytes`] gave.
    ///
    /// # Errors
    /// When they are no row of this layout.
    pub fn again<T>(
        &self,
        line: u64,
        bytes: &[u8],
        look: impl FnOnce(&TradeRow<'_>) -> T,
    ) -> Result<T, RowError> {
        let mut starts = Starts::new();
        starts.split(bytes, self.columns).map_err(|problem| RowError { line, problem })?;
        let row = TradeRow::read(Row { line, bytes, starts: &starts }, &self.places)?;
        Ok(look(&row))
    }
}

impl Sums {
    fn add(&mut self, row: &TradeRow<'_>) -> Result<(), RowError> {
        let plus = |sum: &mut Yuan, amount: Yuan, column: Column| {
            *sum = sum.plus(amount).ok_or_else(|| row.refused(RowProblem::Sum(column.name())))?;
            Ok::<(), RowError>(())
        };
        plus(&mut self.amount, row.amount, Column::Amount)?;
        plus(&mut self.settled, row.settled, Column::Settled)?;
        plus(&mut self.refund, row.refund, Column::Refund)?;
        plus(&mut self.refund_settled, row.refund_settled, Column::RefundSettled)?;
        plus(&mut self.refund_coupon, row.refund_coupon, Column::RefundCoupon)?;
        plus(&mut self.fee, row.fee, Column::Fee)
    }

    /// The summary's columns in both generations. A summary may have columns that the rows have not (B.10.3, H.1).
    fn counted(&self, places: &Places<COUNT>) -> Vec<Counted> {
        use Counted::{Rows, Sum};
        let mut counted = vec![
            Rows(&["总交易单数"], self.rows),
            Sum(&["应结订单总金额"], self.settled),
            Sum(&["手续费总金额", "返还手续费总金额"], self.fee),
            Sum(&["订单总金额", "总交易额"], self.amount),
        ];
        if places.of(Column::RefundId as usize).is_some() {
            counted.extend([
                Sum(&["退款总金额", "总退款金额"], self.refund_settled),
                Sum(
                    &["充值券退款总金额", "总代金券或立减优惠退款金额", "总企业红包退款金额"],
                    self.refund_coupon,
                ),
                Sum(&["申请退款总金额"], self.refund),
            ]);
        }
        counted
    }
}

/// One row. Its money is read at once, since sums are kept of it; its texts and times when they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct TradeRow<'a> {
    row: Row<'a>,
    places: &'a Places<COUNT>,
    /// Payment, refund or reversal.
    pub state: TradeState,
    /// What was asked for; nothing on the row of a refund.
    pub amount: Yuan,
    /// What of it is settled to the merchant.
    pub settled: Yuan,
    /// What coupons paid of it.
    pub coupon: Yuan,
    /// What was asked back; in old bills, what was given back.
    pub refund: Yuan,
    /// What of it the merchant gives back.
    pub refund_settled: Yuan,
    /// What of it goes back to coupons.
    pub refund_coupon: Yuan,
    /// WeChat Pay's fee; negative where it is given back.
    pub fee: Yuan,
}

macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident = $column:ident;)+) => {
        impl<'a> TradeRow<'a> {$(
            $(#[$meta])*
            ///
            /// # Errors
            /// When the bill has no such column, or it is not UTF-8 here.
            pub fn $name(&self) -> Result<&'a str, RowError> {
                self.row.text(self.place(Column::$column)?, Column::$column.name())
            }
        )+}
    };
}

texts! {
    /// The merchant's order number.
    out_trade_no = OutTradeNo;
    /// WeChat Pay's order number.
    transaction_id = TransactionId;
    /// The merchant's refund number; `0` or nothing on the row of a payment.
    out_refund_no = OutRefundNo;
    /// WeChat Pay's refund number; `0` or nothing on the row of a payment.
    refund_id = RefundId;
    /// The app it was ordered for.
    appid = Appid;
    /// The merchant number that ordered.
    mchid = Mchid;
    /// The sub-merchant's number; `0` for a direct merchant.
    sub_mchid = SubMchid;
    /// The device as the order named it.
    device = Device;
    /// `NATIVE`, `MICROPAY` and others: an open list.
    trade_type = TradeType;
    /// The bank that paid.
    bank = Bank;
    /// The currency, `CNY`.
    currency = Currency;
    /// Where a refund goes: `ORIGINAL`, `BALANCE` and others.
    refund_type = RefundType;
    /// What the customer saw.
    goods = Goods;
    /// What the merchant attached to the order.
    attach = Attach;
    /// The rate of the fee, such as `0.60%`.
    rate = Rate;
    /// A remark on the rate.
    remark = Remark;
}

impl<'a> TradeRow<'a> {
    fn read(row: Row<'a>, places: &'a Places<COUNT>) -> Result<Self, RowError> {
        let yuan = |column: Column| match places.of(column as usize) {
            Some(at) => row.yuan(at, column.name()).map(Some),
            None => Ok(None),
        };
        let place = |column: Column| places.of(column as usize).expect("looked for when the bill was opened");
        let state = match row.field(place(Column::State)) {
            b"SUCCESS" => TradeState::Success,
            b"REFUND" => TradeState::Refund,
            b"REVOKED" => TradeState::Revoked,
            _ => return Err(row.refused(RowProblem::Word(Column::State.name()))),
        };
        let (amount, settled) = (yuan(Column::Amount)?, yuan(Column::Settled)?);
        let refund_settled = yuan(Column::RefundSettled)?.unwrap_or_default();
        Ok(Self {
            state,
            amount: amount.or(settled).unwrap_or_default(),
            settled: settled.or(amount).unwrap_or_default(),
            coupon: yuan(Column::Coupon)?.unwrap_or_default(),
            refund: yuan(Column::Refund)?.unwrap_or(refund_settled),
            refund_settled,
            refund_coupon: yuan(Column::RefundCoupon)?.unwrap_or_default(),
            fee: yuan(Column::Fee)?.unwrap_or_default(),
            row,
            places,
        })
    }

    fn place(&self, column: Column) -> Result<usize, RowError> {
        self.places.of(column as usize).ok_or_else(|| self.refused(RowProblem::NoColumn(column.name())))
    }

    fn refused(&self, problem: RowProblem) -> RowError {
        self.row.refused(problem)
    }

    /// Its line in the file, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.row.line
    }

    /// How it is laid out, as all rows of its bill are.
    #[must_use]
    pub fn layout(&self) -> TradeLayout {
        TradeLayout { places: *self.places, columns: self.row.starts.count() }
    }

    /// The whole line as it came, without its end.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.row.bytes
    }

    /// The merchant's order number and WeChat Pay's as they came, for who reads many rows and has no use for text.
    #[must_use]
    pub fn numbers(&self) -> (&'a [u8], &'a [u8]) {
        let field = |column| {
            let place = self.places.of(column as usize);
            self.row.field(place.expect("looked for when the bill was opened"))
        };
        (field(Column::OutTradeNo), field(Column::TransactionId))
    }

    /// The rate of the fee as it came; nothing where the bill has no such column.
    #[must_use]
    pub fn rate_bytes(&self) -> Option<&'a [u8]> {
        self.places.of(Column::Rate as usize).map(|place| self.row.field(place))
    }

    /// Every field as it came, in the header's order.
    pub fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        self.row.fields()
    }

    /// When it was paid, or the refund taken on.
    ///
    /// # Errors
    /// When it is no time.
    pub fn time(&self) -> Result<Timestamp, RowError> {
        self.row.time(self.place(Column::Time)?, Column::Time.name())
    }

    /// When a refund was done; nothing while it is not. Only in bills of refunds.
    ///
    /// # Errors
    /// When the bill has no such column, or it holds what is no time.
    pub fn refunded_at(&self) -> Result<Option<Timestamp>, RowError> {
        let at = self.place(Column::RefundedAt)?;
        if self.row.field(at).is_empty() {
            return Ok(None);
        }
        self.row.time(at, Column::RefundedAt.name()).map(Some)
    }

    /// How a refund stood; nothing on the row of a payment.
    ///
    /// # Errors
    /// When the bill has no such column.
    pub fn refund_state(&self) -> Result<Option<RefundState>, RowError> {
        Ok(match self.row.field(self.place(Column::RefundState)?) {
            b"" => None,
            b"SUCCESS" => Some(RefundState::Success),
            b"FAIL" => Some(RefundState::Fail),
            b"PROCESSING" => Some(RefundState::Processing),
            _ => Some(RefundState::Other),
        })
    }
}
