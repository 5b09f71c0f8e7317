//! WeChat Pay: signed requests, verified answers and notifications, without sockets or clocks.

pub mod aead;
pub mod keys;
pub mod message;
