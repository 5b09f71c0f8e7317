//! WeChat Pay's own side: the calls of API v3, from the raw request to the signed answer.

mod answer;
mod authorization;
pub(crate) mod bill;
mod calls;
mod certificates;
mod codepay;
mod json;
mod native;
mod received;
pub(crate) mod refund;
pub(crate) mod refusal;
pub(crate) mod signature;
pub(crate) mod transaction;
mod whose;

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use tokio::time;

use crate::{
    double::Double,
    faults::{Arrival, Twists},
    store::StoreError,
};
use answer::{Outcome, Way, answer, cut, foreign};
use received::Received;
use refusal::Refusal;

/// Answers any request that is not for the sandbox's own pages, through whatever goes wrong with it.
pub(crate) async fn serve(State(double): State<Arc<Double>>, request: Request<Body>) -> Response {
    let received = match Received::read(request).await {
        Ok(received) => received,
        Err(refusal) => return answer(refusal.into(), Way::default(), &double.random),
    };
    match through_faults(&double, &received).await {
        Ok(response) => response,
        Err(error) => answer(broken(&error).into(), Way::default(), &double.random),
    }
}

async fn through_faults(double: &Arc<Double>, received: &Received) -> Result<Response, StoreError> {
    let (plan, changed) = double.faults.for_call(received.method.as_str(), received.path(), &double.random);
    if changed {
        double.keep_faults().await?;
    }
    if plan.rotates_certificate {
        double.rotate_certificate().await?;
    }
    if let Some(at_most) = plan.waits_for_another {
        // Whether another call was done or the time is over, this one goes on.
        let _ = time::timeout(at_most, double.call_done.notified()).await;
    }
    let way = Way {
        signature: plan.signature,
        date_skew_seconds: plan.date_skew_seconds,
        is_truncated: plan.is_truncated,
    };
    let mut outcome = match plan.arrival {
        Arrival::Never => return Ok(cut(Bytes::new())),
        Arrival::Foreign { status, content_type, body } => {
            pause(plan.delay).await;
            return Ok(foreign(status, &content_type, body));
        }
        Arrival::Refused(trouble) => Refusal::of(trouble).into(),
        Arrival::Arrives => {
            let first = done(double, received, plan.twists).await;
            if plan.is_done_twice { done(double, received, plan.twists).await } else { first }
        }
    };
    double.call_done.notify_waiters();
    if let Some(trouble) = plan.answered_instead {
        outcome = Refusal::of(trouble).into();
    }
    pause(plan.delay).await;
    if plan.is_reply_lost {
        return Ok(cut(Bytes::new()));
    }
    Ok(answer(outcome, way, &double.random))
}

async fn pause(delay: Duration) {
    if !delay.is_zero() {
        time::sleep(delay).await;
    }
}

async fn done(double: &Arc<Double>, received: &Received, twists: Twists) -> Outcome {
    let outcome = calls::perform(double, received, twists).await.unwrap_or_else(Outcome::from);
    tracing::info!(
        method = %received.method,
        path = received.path(),
        status = outcome.status.as_u16(),
        number = outcome.number,
        "call"
    );
    outcome
}

fn broken(error: &StoreError) -> Refusal {
    tracing::error!(%error, "a call cannot be kept");
    Refusal::system_error()
}
