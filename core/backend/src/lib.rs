//! The reference merchant backend: orders, attempts, payments, notifications, statements.
//!
//! A till brings a signed order; the backend writes it, opens it at WeChat Pay, signs what a till may believe, and keeps
//! asking until it is proven paid or closed. What happens to an order is decided by pure functions in [`orders`];
//! everything that waits is a row in the [`ledger`] with a due time; the [`outbox`] does what has fallen due; [`api`] is
//! the contract's HTTP. It never knows a phone's insides.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use saoma_backend::{Backend, Deps, config};
//!
//! let config = config::load("saoma.toml".as_ref()).map_err(|problems| format!("{problems:?}"))?;
//! let backend = Backend::start(config, Deps::real()?).await?;
//! println!("tills reach it at {}", backend.url());
//! backend.shutdown().await;
//! # Ok(())
//! # }
//! ```

pub mod admin;
pub mod api;
pub mod audit;
pub mod channel;
pub mod clock;
pub mod config;
pub mod devices;
pub mod door;
pub mod hub;
pub mod keys;
pub mod ledger;
pub mod orders;
pub mod outbox;
pub mod people;
pub mod reconciliation;
pub mod reload;
pub mod rights;
pub mod rules;
mod run;
pub mod shop;
pub mod view;

pub use api::{MintError, NewLink};
pub use devices::revoke_beside;
pub use run::{Backend, Deps, Inside, StartError, open_shop};
