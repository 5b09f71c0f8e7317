//! The outbox: everything that waits is a due time in a ledger row; one loop does what has fallen due.

mod schedule;
mod worker;

pub use schedule::{Interest, Schedule, Subject, Task};
pub(crate) use worker::run;

#[cfg(test)]
mod tests;
