//! The till for phones: one small interface over `saoma-engine`, exported to Kotlin and Swift through UniFFI.
//!
//! Open a [`Till`] on a folder, pair it with a merchant's backend, ring up a sale, draw its code, and watch it until it is
//! paid. Every record carries the words for people in the till's language, so that every shell says the same; every error
//! carries both languages. This crate converts and decides nothing: what is paid, closed, sent or asked is the engine's.
//!
//! # Threads
//!
//! Calls may come from any thread. Those that touch the disk or the network are asynchronous and run on threads of the library;
//! the few synchronous ones only read memory. Callbacks come on threads of the library, one at a time for each
//! subscription, never while a lock is held: they may call back into the till, and may be slow without holding up payments.
//!
//! # Cancelling
//!
//! Whoever stops waiting for a call loses nothing but the answer: what was begun is the engine's, and ends by itself.

mod books;
mod diagnosis;
mod error;
mod events;
mod key_store;
mod log;
mod money;
mod open;
mod pairing;
mod people;
mod qr;
mod receipt;
mod refund;
mod results;
mod runtime;
mod sale;
mod shift;
mod slip;
mod till;
mod transport;

pub use books::{Finding, Reconciliation, Settled};
pub use diagnosis::{Bar, Diagnosis, Tone};
pub use error::{Fault, SaomaError, fault_text};
pub use events::{Event, EventListener, Subscription, Topic};
pub use key_store::{KeyStore, KeyStoreError};
pub use log::{LogLevel, LogSink, log_to};
pub use money::{Amount, DayTotals, MerchantDay, Sums, TillDay, Totals, read_amount};
pub use open::{SaleLimits, TillConfig};
pub use pairing::Pairing;
pub use people::{People, Person, SignedIn};
pub use qr::{QrModules, qr_modules, qr_png};
pub use receipt::{ReceiptSaid, verify_receipt};
pub use refund::{LateMoney, NewRefund, RefundPhase, SalePayment, SaleRefund};
pub use results::{Announcing, MoneyResult, QuietHours, ResultKind};
pub use sale::{
    DraftChoice, HistoryEntry, ListFilter, ListQuery, NewLine, NewSale, Notice, OtherSale, Phase, Sale,
    SaleAction, SaleCode, SaleLine, SalePage, SaleStory,
};
pub use shift::{Movement, Shift, ShiftLine};
pub use slip::Paper;
pub use till::{Language, Till, library_version, panic_on_purpose};
pub use transport::{
    BodySink, HttpHead, HttpHeader, HttpRequest, HttpResponse, HttpTransport, TransportFailure,
};

uniffi::setup_scaffolding!("saoma");
