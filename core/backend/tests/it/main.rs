//! The backend from outside: real sockets, tills that sign, and the double of WeChat Pay behind it.
#![expect(clippy::unwrap_used, reason = "the whole crate is tests")]

mod admin;
mod attacks;
mod bills;
mod channels;
mod codes;
mod counter;
mod days;
mod degraded;
mod double;
mod isolation;
mod limits;
mod misfortune;
mod people;
mod refunds;
mod reloading;
mod road;
mod rules;
mod together;
mod upgrade;
mod world;
