//! The till on the phone: sales, journal, outbox, ladder, stream and receipts.
//!
//! A [`Till`] is opened on its [`Parts`] and then works by itself: whatever is rung up is durable first, then sent, asked
//! about by the ladder, and told by the stream; what is shown as paid or closed always carries the merchant's signed
//! statement. Decisions are pure ([`sale::decide`] for one sale, the book for the till as a whole); one task performs them.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use saoma_engine::{
//!     NewSale, Parts, PhaseWord, ReqwestTransport, SealingKey, Settings, SqliteStorage, StorageOn, SystemClock,
//!     SystemEntropy, Till, open_key_file,
//! };
//!
//! # async fn sell(link: &str) -> Result<(), saoma_engine::TillError> {
//! let key = open_key_file("device-key.pem".as_ref(), &SystemEntropy)?;
//! let sealing = SealingKey::new(&key.sealing_secret());
//! let parts = Parts {
//!     clock: Arc::new(SystemClock::new()),
//!     entropy: Arc::new(SystemEntropy),
//!     transport: Arc::new(ReqwestTransport::new()),
//!     signer: Arc::new(key),
//!     storage: StorageOn::Thread(Box::new(SqliteStorage::open("till.db", &sealing)?)),
//! };
//! let till = Till::open(parts, Settings::default()).await?;
//! till.pair(link, "counter 2").await?;
//!
//! let order_no = till.new_order_no();
//! let sale = NewSale { amount: 1280, description: "Tea".to_owned(), ..NewSale::default() };
//! till.charge(&order_no, sale).await?;
//! let mut views = till.watch(&order_no).await?;
//! while views.changed().await.is_ok() {
//!     let view = views.borrow_and_update().clone();
//!     match view.phase {
//!         PhaseWord::Awaiting => println!("draw {:?}", view.code),
//!         PhaseWord::Paid => break,
//!         other => println!("{other}"),
//!     }
//! }
//! println!("{}", till.receipt(&order_no).await?.to_json());
//! # Ok(())
//! # }
//! ```
//!
//! The engine must never know WeChat Pay, merchant keys or UniFFI.

mod announcing;
mod answer;
mod book;
pub mod clock;
mod day;
mod diagnosis;
mod entropy;
mod errand;
mod error;
mod export;
pub mod journal;
mod key_file;
mod ladder;
mod new_sale;
mod pairing;
mod receipt;
mod restore;
mod result;
pub mod sale;
#[cfg(test)]
mod sample;
mod shell;
mod slip;
pub mod sse;
mod state;
pub mod store;
mod till;
mod transport;
mod watch;
pub mod wording;

#[cfg(feature = "reqwest")]
mod reqwest_transport;

/// The types of the API that the backend speaks too: numbers, money, time, keys, statements.
pub use saoma_contract as contract;

pub use announcing::{Announcement, Announcing, QuietHours};
pub use clock::{Clock, SystemClock};
pub use day::{LocalDay, MovementKind, Share, Shift, ShiftLine, Sum, Totals};
pub use diagnosis::Diagnosis;
pub use entropy::{Entropy, SystemEntropy};
pub use error::TillError;
pub use key_file::open_key_file;
pub use new_sale::{NewLine, NewRefundWish, NewSale};
pub use pairing::Pairing;
pub use receipt::{ReceiptError, ReceiptFile, VerifiedReceipt, verify_receipt};
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use result::{MoneyResult, ResultKind};
pub use sale::{
    OtherOrder, PhaseWord, RefundWord, Refused, SaleAction, SaleView, ShownCode, ShownPayment, ShownRefund,
};
pub use slip::Paper;
pub use store::{Filter, ListFilter, Salvage, SealingKey, SqliteStorage, StorageError, StorageOn};
pub use till::{DraftChoice, Limits, Page, PageQuery, Parts, SaleStory, Settings, Till};
pub use transport::{
    ANSWER_BYTES_MAX, Chunks, Left, Peer, REQUEST_DEADLINE_MS, STREAM_SILENCE_MS, Transport, TransportError,
};
pub use watch::AllSales;
