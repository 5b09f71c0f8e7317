//! What happens to an order, decided by pure functions: state, event and time in, state or refusal out.

mod charge;
mod customer;
mod flow;
mod order;
mod refund;

pub(crate) use charge::{
    CODE_LIFE as PAYMENT_CODE_LIFE, ChargeRefused, Charged, PaymentCode, ReverseRefused,
};
#[cfg(test)]
use customer::Offer;
pub(crate) use customer::{Answer, DEFAULT_PAYER, Saw, Scan};
pub(crate) use flow::{Entry, Flow, Rate};
pub(crate) use order::{CloseRefused, Code, Order, PlaceRefused, Spoken, State, Sub, Terms};
pub(crate) use refund::{Channel, Ends, Refund, RefundRefused, RefundState, RefundTerms};

#[cfg(test)]
mod tests;
