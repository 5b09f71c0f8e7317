#![doc = include_str!("../README.md")]
//!
//! ## How the code is laid out
//!
//! | here | what |
//! |---|---|
//! | [`Sandbox`] | starting and stopping |
//! | `v3` | WeChat Pay's own calls: judge the request, do it, sign the answer |
//! | `trade` | an order and its customer, as pure functions |
//! | `notify` | payment notifications and when they are tried again |
//! | `bills` | what was done on a day, as a file |
//! | `faults` | misfortune on demand |
//! | `control`, `wallet` | `/_sandbox/…` for tests, `/wallet` for a person |
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
mod private_file;
mod random;
mod sandbox;
mod store;
mod trade;
mod v3;
mod wallet;
mod wire;

pub use clock::ClockMode;
pub use sandbox::{Config, Sandbox, StartError};
