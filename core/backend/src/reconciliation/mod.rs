//! Every fen in the books against the channel's bill (WeChat Pay protocol B.10.5).
//!
//! [`Comparison`] decides, without ledger, file or clock; [`check`] runs a bill and the ledger's rows through it.

mod books;
mod check;
mod compare;
mod day;
mod days;
mod fee;
mod fetching;
mod finding;
mod number;

pub use check::{Against, BILL_OFFSET_MINUTES, CheckError, Checked, check, check_nothing};
pub use compare::{
    Attempted, BillDay, CompareError, Comparison, Elsewhere, OurPayment, OurRefund, OurRefundState, Outcome,
    Refunded,
};
pub use day::{NotSettled, day, day_start, settle};
pub use fee::Rate;
pub(crate) use fetching::{fetch_now, run};
pub use finding::Found;

#[cfg(test)]
mod tests;
