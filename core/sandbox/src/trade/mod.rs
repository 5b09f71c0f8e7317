//! What happens to an order, decided by pure functions: state, event and time in, state or refusal out.

mod customer;
mod order;

#[cfg(test)]
use customer::Offer;
pub(crate) use customer::{Answer, Saw, Scan};
pub(crate) use order::{CloseRefused, Code, Order, PlaceRefused, State, Terms};

#[cfg(test)]
mod tests;
