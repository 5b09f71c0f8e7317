//! WeChat Pay's door: any request that is not for the sandbox's own pages, in either language, through whatever goes wrong
//! with it.

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
    faults::{Arrival, Trouble, Twists},
    store::StoreError,
    v2,
    v3::{
        self,
        answer::{Outcome, Way, cut, foreign},
        received::Received,
        refusal::Refusal,
    },
};

/// What a call says, in its language.
enum Said {
    V2(v2::Said),
    V3(Outcome),
}

/// Answers a request.
pub(crate) async fn serve(State(double): State<Arc<Double>>, request: Request<Body>) -> Response {
    let received = match Received::read(request).await {
        Ok(received) => received,
        Err(refusal) => return v3::answer::answer(refusal.into(), Way::default(), &double),
    };
    match through_faults(&double, &received).await {
        Ok(response) => response,
        Err(error) => v3::answer::answer(v3::broken(&error).into(), Way::default(), &double),
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
    let mut said = match plan.arrival {
        Arrival::Never => return Ok(cut(Bytes::new())),
        Arrival::Foreign { status, content_type, body } => {
            pause(plan.delay).await;
            return Ok(foreign(status, &content_type, body));
        }
        Arrival::Refused(trouble) => troubled(double, received, trouble),
        Arrival::Arrives => {
            let first = done(double, received, plan.twists).await;
            if plan.is_done_twice { done(double, received, plan.twists).await } else { first }
        }
    };
    double.call_done.notify_waiters();
    if let Some(trouble) = plan.answered_instead {
        said = troubled(double, received, trouble);
    }
    pause(plan.delay).await;
    if plan.is_reply_lost {
        return Ok(cut(Bytes::new()));
    }
    Ok(match said {
        Said::V2(said) => v2::answer(said, way, double),
        Said::V3(outcome) => v3::answer::answer(outcome, way, double),
    })
}

async fn pause(delay: Duration) {
    if !delay.is_zero() {
        time::sleep(delay).await;
    }
}

async fn done(double: &Arc<Double>, received: &Received, twists: Twists) -> Said {
    match v2::Call::of(received.path()) {
        Some(call) => Said::V2(v2::done(double, received, call, twists).await),
        None => Said::V3(v3::done(double, received, twists).await),
    }
}

fn troubled(double: &Double, received: &Received, trouble: Trouble) -> Said {
    match v2::Call::of(received.path()) {
        Some(call) => Said::V2(v2::troubled(double, received, call, trouble)),
        None => Said::V3(Refusal::of(trouble).into()),
    }
}
