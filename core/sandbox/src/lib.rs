//! A faithful double of WeChat Pay, with a wallet page, a clock of its own and faults on demand.
//!
//! WeChat Pay offers no sandbox for its API v3, so this is one: a server whose outside is WeChat Pay's, down to paths,
//! headers, signatures, encryption, error codes, state rules and retry times. A client library that is pointed at it
//! must not notice the difference. It never knows anything of the merchant backend that calls it.
//!
//! ```no_run
//! # async fn example() -> Result<(), saoma_sandbox::StartError> {
//! use saoma_sandbox::{ClockMode, Config, Sandbox};
//!
//! let sandbox = Sandbox::start(Config {
//!     listen: ([127, 0, 0, 1], 0).into(),
//!     state_dir: "sandbox".into(),
//!     clock: ClockMode::Manual,
//!     seed: Some(7),
//!     allow_remote: false,
//! })
//! .await?;
//! println!("WeChat Pay's double is at {}", sandbox.base_url());
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! | here | what |
//! |---|---|
//! | [`Sandbox`] | starting and stopping |
//! | `v3` | WeChat Pay's own calls: judge the request, do it, sign the answer |
//! | `trade` | an order and its customer, as pure functions |
//! | `notify` | payment notifications and when they are tried again |
//! | `faults` | misfortune on demand |
//! | `control`, `wallet` | `/_sandbox/…` for tests, `/wallet` for a person |
//! | `clock`, `random`, `identity`, `store` | time, chance, keys, and what is kept |

mod certificate;
mod clock;
mod control;
mod double;
mod faults;
mod identity;
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
