//! The till on the phone: sales, journal, outbox, ladder, stream and receipts.
//!
//! A [`Till`] is opened on its [`Parts`] and then works by itself: whatever was rung up is durable first, then sent, asked
//! about by the ladder, and told by the stream; what is shown as paid or closed always carries the merchant's signed
//! statement. Decisions are pure ([`sale::decide`], [`book::Book`]); one task performs them.
//!
//! The engine must never know WeChat Pay, merchant keys or UniFFI.

pub mod answer;
pub mod book;
pub mod clock;
mod diagnosis;
mod entropy;
pub mod errand;
mod error;
pub mod journal;
mod key_file;
pub mod ladder;
mod new_sale;
mod pairing;
mod receipt;
mod restore;
mod result;
pub mod sale;
#[cfg(test)]
mod sample;
mod shell;
pub mod sse;
mod state;
pub mod store;
mod till;
mod transport;
mod watch;

#[cfg(feature = "reqwest")]
mod reqwest_transport;

pub use clock::{Clock, SystemClock};
pub use diagnosis::Diagnosis;
pub use entropy::{Entropy, SystemEntropy};
pub use error::TillError;
pub use key_file::open_key_file;
pub use new_sale::{NewLine, NewSale};
pub use pairing::Pairing;
pub use receipt::{ReceiptError, ReceiptFile, VerifiedReceipt, verify_receipt};
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use result::{MoneyResult, ResultKind};
pub use sale::{OtherOrder, PhaseWord, Refused, SaleView, ShownCode};
pub use store::{Filter, Salvage, SqliteStorage, StorageError, StorageOn, Sum};
pub use till::{DraftChoice, Limits, LocalDay, Page, PageQuery, Parts, SaleStory, Settings, Till};
pub use transport::{ANSWER_BYTES_MAX, Chunks, Left, Peer, Transport, TransportError};
pub use watch::AllSales;
