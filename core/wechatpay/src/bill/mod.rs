//! Bills: what WeChat Pay says it moved on a day, read as a stream of any size and written by its double (WeChat Pay
//! protocol B.10.3, B.10.4, C.8).
//!
//! A bill is text in four parts: header, rows, summary header, one summary line. [`TradeBill`] and [`FundFlowBill`] read
//! it row by row out of one reused buffer: a row borrows, nothing is allocated for it. Columns are found by the text of
//! the header, so old bills, new ones and those with further columns are read alike.
//!
//! ```
//! use saoma_wechatpay::bill::{Limits, TradeBill};
//!
//! let text = "交易时间,微信订单号,商户订单号,交易状态,商品名称,手续费,订单金额\n\
//!     `2026-08-01 10:02:31,`4200001234202608017654321098,`KB20260801-0007,`SUCCESS,`绿豆咖啡,拿铁,`0.08000,`12.80\n\
//!     总交易单数,手续费总金额,订单总金额\n\
//!     `1.0,`0.08,`12.80\n";
//! let mut bill = TradeBill::open(text.as_bytes(), Limits::default())?;
//! while let Some(row) = bill.next()? {
//!     assert_eq!(row.out_trade_no()?, "KB20260801-0007");
//!     assert_eq!(row.goods()?, "绿豆咖啡,拿铁");
//!     assert_eq!(row.amount.fen(), Some(1280));
//! }
//! assert!(bill.summary().is_some_and(|summary| summary.differences().is_empty()));
//! # Ok::<(), saoma_wechatpay::bill::BillError>(())
//! ```

mod error;
mod file;
mod fund_flow;
mod header;
mod lines;
mod overview;
mod row;
mod summary;
mod table;
mod trade;
mod write;
mod yuan;

pub use error::{BillError, RowError, RowProblem};
pub use file::{Hashing, Received, Sha1Hash, Uncompressed};
pub use fund_flow::{FlowDirection, FundFlowBill, FundFlowRow};
pub use overview::{BigRow, Bill, FundFlowOverview, Soundness, Total, TradeOverview};
pub use summary::{Difference, Summary};
pub use table::Limits;
pub use trade::{RefundState, TradeBill, TradeKind, TradeLayout, TradeRow, TradeState};
pub use write::{FundFlowLine, FundFlowWriter, RefundLine, TradeLine, TradeWriter, WriteError};
pub use yuan::Yuan;
