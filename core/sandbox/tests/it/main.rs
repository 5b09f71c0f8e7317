//! The sandbox from outside: real sockets, a client that signs, a receiver of notifications, the double's clock moved by
//! hand.
#![expect(clippy::unwrap_used, reason = "the whole crate is tests")]
#![expect(clippy::needless_pass_by_value, reason = "a table's values read best in place")]

mod bills;
mod codepay;
mod control;
mod faults;
mod inside;
mod judged;
mod keeping;
mod notifications;
mod orders;
mod partner;
mod play;
mod refunds;
mod road;
mod starting;
mod v2;
mod wallet;
mod wire;
