//! How much one device may ask, and how much strangers at one address: a bucket of tokens that fills up again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use saoma_contract::Time;

use super::Api;
use crate::door::network;

/// How long a stranger waits for each answer once its address has had its share.
const STRANGER_WAITS_MS: i64 = 1_000;

/// Full buckets are forgotten once there are so many.
const BUCKETS_SWEEP: usize = 10_000;

/// Buckets by name. Each holds a minute's requests and fills evenly.
pub(super) struct Buckets {
    per_minute: u32,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

struct Bucket {
    /// Thousandths of a request that are left.
    left_milli: i64,
    at: Time,
}

impl Buckets {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), buckets: Mutex::new(BTreeMap::new()) }
    }

    /// Takes a token; without one, gives how many seconds to wait.
    pub(super) fn take(&self, name: &str, now: Time) -> Result<(), u32> {
        let per_minute = i64::from(self.per_minute);
        let full_milli = per_minute * 1000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        // A minute fills any bucket.
        let refill = |bucket: &Bucket| {
            let passed_ms = now.ms_since(bucket.at).clamp(0, 60_000);
            (bucket.left_milli + passed_ms * per_minute / 60).min(full_milli)
        };
        if buckets.len() >= BUCKETS_SWEEP {
            buckets.retain(|_, bucket| refill(bucket) < full_milli);
        }
        let bucket = buckets.entry(name.to_owned()).or_insert(Bucket { left_milli: full_milli, at: now });
        bucket.left_milli = refill(bucket);
        bucket.at = now;
        if bucket.left_milli >= 1000 {
            bucket.left_milli -= 1000;
            return Ok(());
        }
        let missing_ms = (1000 - bucket.left_milli) * 60 / per_minute;
        Err(u32::try_from(missing_ms / 1000 + 1).unwrap_or(60))
    }
}

/// Holds back answers to strangers: to requests that no device signed, were refused for who sent them, or were too long, once
/// there were as many of them from one address as one device may ask. Whoever floods so waits for each answer, and whoever is
/// known never does, from the same address either.
pub(super) async fn strangers_wait(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| network(peer.0.ip()));
    let is_notice = request.uri().path().starts_with("/notify/");
    let is_signed = is_notice || request.headers().contains_key("signature");
    let response = next.run(request).await;
    let status = response.status();
    let is_known = is_signed && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::PAYLOAD_TOO_LARGE);
    let now = api.shop.clock.now();
    if let Some(from) = from.filter(|_| !is_known)
        && api.strangers.take(&from.to_string(), now).is_err()
    {
        api.shop.clock.sleep_until(now.plus_ms(STRANGER_WAITS_MS)).await;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_a_minutes_requests_and_fills_again() {
        let buckets = Buckets::new(60);
        let start = Time::from_unix_ms(1_000_000);
        for _ in 0..60 {
            assert_eq!(buckets.take("d_1", start), Ok(()));
        }
        assert_eq!(buckets.take("d_1", start), Err(2));
        assert_eq!(buckets.take("d_2", start), Ok(()), "another device has its own");
        assert_eq!(buckets.take("d_1", start.plus_ms(999)), Err(1));
        assert_eq!(buckets.take("d_1", start.plus_ms(1_000)), Ok(()));
        assert_eq!(buckets.take("d_1", start.plus_ms(1_001)), Err(1));
    }
}
