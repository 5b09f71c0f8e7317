//! WeChat Pay's own side: the calls of API v3, from the raw request to the signed answer.

pub(crate) mod answer;
mod authorization;
pub(crate) mod bill;
mod calls;
mod certificates;
mod codepay;
mod json;
pub(crate) mod native;
pub(crate) mod received;
pub(crate) mod refund;
pub(crate) mod refusal;
pub(crate) mod signature;
pub(crate) mod transaction;
mod whose;

use std::sync::Arc;

use crate::{double::Double, faults::Twists, store::StoreError};
use answer::Outcome;
use received::Received;
use refusal::Refusal;

/// Judges a request, does what it asks, and says what came of it.
pub(crate) async fn done(double: &Arc<Double>, received: &Received, twists: Twists) -> Outcome {
    let outcome = calls::perform(double, received, twists).await.unwrap_or_else(Outcome::from);
    tracing::info!(
        method = %received.method,
        path = received.path(),
        status = outcome.status.as_u16(),
        request_id_number = outcome.number,
        "call"
    );
    outcome
}

pub(crate) fn broken(error: &StoreError) -> Refusal {
    tracing::error!(%error, "a call cannot be kept");
    Refusal::system_error()
}
