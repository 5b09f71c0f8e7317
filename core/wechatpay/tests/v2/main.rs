//! What API v2 promises, checked from outside: requests byte for byte, answers, refusals, public vectors, the vendor's
//! schemas, and properties.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests only")]

mod answers;
mod bills;
mod notifications;
mod properties;
mod refunds;
mod requests;
mod schemas;
#[path = "../shared/mod.rs"]
mod shared;
mod support;
mod vectors;
