//! Every fen in the books against the channel's bill (WeChat Pay protocol B.10.5).
//!
//! [`Comparison`] decides, without ledger, file or clock; [`check`] runs a bill and the ledger's rows through it.

mod bill_day;
mod books;
mod check;
mod compare;
mod day;
mod days;
mod fee;
mod fetching;
mod finding;
mod funds;
mod holding;
mod neighbour;
mod number;
mod outcome;
mod proving;
mod sides;
mod waiting;

pub use bill_day::{BILL_OFFSET_MINUTES, BillDay};
pub use check::{Against, CheckError, Checked, check, check_nothing};
pub use compare::Comparison;
pub use day::{NotSettled, day, day_start, settle};
pub use fee::{NoRate, Rate};
pub(crate) use fetching::{fetch_now, run};
pub use finding::Found;
pub use funds::Funds;
pub use outcome::{Outcome, TradeSums};
pub use sides::{Attempted, Elsewhere, OurPayment, OurRefund, OurRefundState, Refunded};

#[cfg(test)]
mod tests;
