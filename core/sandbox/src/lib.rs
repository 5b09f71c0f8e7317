#![doc = include_str!("../README.md")]
//!
//! ## How the code is laid out
//!
//! | here | what |
//! |---|---|
//! | [`Sandbox`], [`Inside`] | starting and stopping, with a door of its own or without |
//! | `serve` | WeChat Pay's door: any call, through whatever goes wrong with it |
//! | `v3`, `v2` | WeChat Pay's own calls: judge the request, do it, sign the answer |
//! | `double` | what both languages do, each in one transaction |
//! | `trade` | an order and its customer, as pure functions |
//! | `notify` | payment notifications and when they are tried again |
//! | `bills` | what was done on a day, as a file |
//! | `faults` | misfortune on demand |
//! | `control`, `wallet` | `/_sandbox/…` for tests, `/wallet` for a person |
//! | `parts` | what comes in from outside, real or simulated |
//! | `clock`, `random`, `identity`, `store` | time, chance, keys, and what is kept |

mod bills;
mod certificate;
mod clock;
mod control;
mod double;
mod faults;
mod identity;
mod loopback;
mod notify;
mod parts;
mod private_file;
mod random;
mod sandbox;
mod serve;
mod store;
mod trade;
mod v2;
mod v3;
mod wallet;
mod wire;

pub use clock::ClockMode;
pub use parts::{Clock, Executor, Parts, Post, SystemClock, Unanswered};
pub use sandbox::{Config, Inside, Sandbox, StartError};
