//! What is thrown at, one file a kind.

mod amounts;
mod api;
mod bills;
mod codes;
mod config;
mod events;
mod journal;
mod signatures;
mod statements;
mod v2;
mod v3;

use crate::Target;

/// All targets.
pub const TARGETS: [Target; 12] = [
    v3::ANSWERS,
    v3::NOTIFICATIONS,
    v2::XML,
    bills::BILLS,
    api::API,
    signatures::REQUEST_SIGNATURES,
    statements::STATEMENTS,
    codes::CODES,
    amounts::AMOUNTS,
    journal::JOURNAL,
    events::EVENTS,
    config::CONFIG,
];

/// Texts as input.
fn texts<const N: usize>(texts: [&str; N]) -> Vec<Vec<u8>> {
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}
