//! The merchant backend's API v1: what a till and a backend say to each other.
//!
//! Both ends compile against this crate, and `openapi.json` beside it is generated from it. It knows the shapes, the
//! rules that hold on the wire, and how things are signed; it knows neither end's insides.
//!
//! Three kinds of signature meet here, all ECDSA P-256 with SHA-256:
//!
//! - a **request** is signed by the device that sends it ([`request_signature`], RFC 9421 and RFC 9530);
//! - an **order** is signed by the device that rang it up ([`SignedOrder`]), so it is valid whoever brings it;
//! - a **statement** is signed by the merchant ([`statement`]): the only thing a till acts on.
//!
//! ```
//! use saoma_contract::{Amount, Currency};
//!
//! let amount = Amount::parse("12.80", Currency::CNY)?;
//! assert_eq!(amount.minor(), 1280);
//! assert_eq!(amount.to_string(), "12.80");
//! # Ok::<(), saoma_contract::AmountError>(())
//! ```

mod call;
mod cash;
mod charge;
mod day;
mod ids;
mod jws;
mod key;
mod money;
mod open_enum;
mod order;
mod pairing;
mod people;
mod planted;
mod problem;
mod read;
mod reconciliation;
mod refund;
pub mod request_signature;
mod signed_order;
pub mod spreadsheet;
pub mod statement;
mod text;
mod time;
mod version;

#[cfg(feature = "openapi")]
pub mod openapi;

pub use call::{
    Changes, CheckOrder, CloseOrder, CreateOrder, Health, KeysAnswer, RefreshOrder, ServerLimits, ServerTime,
    StreamEnd, path,
};
pub use cash::{CASH_CHANNEL, CashTaken, TakeCash};
pub use charge::{AttemptKind, AuthCode, AuthCodeError, ChargeOrder};
pub use day::{DAYS_MAX, Day, DaySums, Days, MethodTotal, PersonSums, StoreSums, Total};
pub use ids::{
    AttemptNo, DeviceId, FindingId, IdError, Kid, MerchantId, OrderNo, OutTradeNo, RefundNo, StaffId, StoreId,
};
pub use jws::{Jws, JwsError};
pub use key::{
    DeviceSigner, Fingerprint, Jwk, KeyError, PublicKey, SignerError, SoftwareKey, signature_from_der,
};
pub use money::{AMOUNT_MINOR_MAX, Amount, AmountError, Currency, SUM_BYTES_MAX, SUM_TERMS_MAX};
pub use order::{Attempt, AttemptState, Code, CodeKind, Order, OrderState, Payment, PaymentProof, Refusal};
pub use pairing::{
    BUNDLE_VERSION, Bundle, DeviceLimits, DeviceRole, LinkError, Merchant, NewPairingCode, PairDevice,
    PairingCode, PairingLink, PairingSecret, Store,
};
pub use people::{
    Audit, AuditBy, AuditLine, ChangePerson, Devices, NewPerson, PairedDevice, People, Person, Pin, PinError,
    RevokeDevice, Role, Session, SignIn, SignInRule,
};
#[doc(hidden)]
pub use planted::planted;
pub use problem::{MEDIA_TYPE as PROBLEM_MEDIA_TYPE, Problem, ProblemCode};
pub use read::{FieldError, read_request};
pub use reconciliation::{
    BillSeen, FINDINGS_MAX, Finding, FindingKind, FindingSide, FundsSeen, KindCount, Reconciliation,
    ReconciliationState, SettleFinding, Settled,
};
pub use refund::{
    AcceptPayment, DecideRefund, LateMoney, Mismatch, NewRefund, REFUND_PARTS_MAX, Refund, RefundState,
    RefundToMerchant,
};
pub use signed_order::{
    ClockTrust, LIFE_S, LINES_MAX, Line, Method, OrderBody, OrderError, Origin, SignOrderError, SignedOrder,
};
pub use text::{BusinessKey, Description, DeviceName, Note, PersonName, Reference, RefundReason, TextError};
pub use time::{Time, TimeError};
pub use version::{Cursor, Version};
