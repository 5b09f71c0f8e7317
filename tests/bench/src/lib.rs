//! Benchmarks, run by hand: ratios against a named peer or floor in one run.
//!
//! Absolute times move with the machine and its neighbours; so every binary measures its peer beside ours, in turns,
//! and what it reports is the ratio of the medians. Where a target is a time that people notice, or a count, it is
//! printed beside the figure; a binary exits 1 if it misses one.
//!
//! | binary | what it shows |
//! |---|---|
//! | `qr` | a payload to a picture, against the stock crates |
//! | `road` | payment confirmed at WeChat Pay → the till knows: by stream, by ladder, without notifications |
//! | `orders` | orders created per second, the share of RSA signing, what group commit saves |
//! | `flood` | a good till's order while 1,000 connections are idle and 200 abuse theirs, against a quiet backend |
//! | `quiet` | requests and wake-ups of a till while nobody pays |
//! | `bill` | a bill of a million rows read, against Python's csv module, and held against a million payments of a ledger, against reading the two alone |
//! | `opening` | opening a till with ten thousand sales, against an empty one |
//! | `v2_xml` | messages of WeChat Pay v2 read into fields, against bare events |
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

pub mod bill;
mod compare;
pub mod customer;
pub mod load;
mod memory;
pub mod observed;
pub mod process;
mod processor;
pub mod repeated;
pub mod sale;
pub mod scripted;
pub mod shop;
pub mod virtual_time;

pub use compare::{Verdict, medians, millis, percentile, quotient, report};
pub use memory::{MemoryPeak, held_bytes};
pub use processor::Spent;
