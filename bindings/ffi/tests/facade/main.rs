//! The facade as a shell uses it, over the real engine, against the real backend and the double of WeChat Pay.
#![allow(clippy::unwrap_used, reason = "tests only")]

mod cancelling;
mod counter;
mod key_stores;
mod logs;
mod opening;
mod road;
mod shop;
mod transports;
mod watching;
