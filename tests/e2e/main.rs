//! End to end, over the built binary: what a person types, what is killed, and what must still hold afterwards.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod bad_input;
mod bill;
mod hang_up;
mod kills;
mod mismatch;
mod process;
mod scenarios;
mod secrets;
mod tls;
