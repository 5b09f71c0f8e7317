//! What this crate promises, checked from outside: against public vectors, the vendor's schemas, and properties.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests only")]

mod answers;
#[cfg(feature = "aws-lc")]
mod aws_lc;
mod bills;
mod certificates;
mod codepay;
mod keys;
mod notifications;
mod partner;
mod properties;
mod refunds;
mod requests;
mod schemas;
#[path = "../shared/mod.rs"]
mod shared;
mod support;
mod vectors;
