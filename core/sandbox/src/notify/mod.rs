//! Notifications of payments and refunds: what is sent, when it is tried again, and the pump that sends it.

mod delivery;
mod message;
mod pump;
mod schedule;

pub(crate) use delivery::HttpPost;
pub(crate) use message::Notification;
pub(crate) use pump::{Pump, move_clock, redeliver, run};
pub(crate) use schedule::{Outcome, Try};
