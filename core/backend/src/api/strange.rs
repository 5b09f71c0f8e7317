//! Requests that look strange: the very same one again, or many signed for another time. Counted in memory for an hour.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use saoma_contract::request_signature::{CLOCK_WINDOW_S, RequestSignature};
use saoma_contract::{DeviceId, Time};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Requests remembered at most; at the limits of a thousand devices, those of a few minutes.
const SEEN_MAX: usize = 200_000;

/// How often something happened on each device within an hour.
#[derive(Default)]
struct Hourly(BTreeMap<DeviceId, (Time, u32)>);

impl Hourly {
    fn count(&mut self, device: &DeviceId, now: Time) -> u32 {
        self.0.retain(|_, (since, _)| now.ms_since(*since) < HOUR_MS);
        let (_, times) = self.0.entry(device.clone()).or_insert((now, 0));
        *times = times.saturating_add(1);
        *times
    }
}

#[derive(Default)]
struct Inner {
    /// By when they were signed, so that the oldest are forgotten first.
    seen: BTreeSet<(i64, DeviceId, String)>,
    replays: Hourly,
    skews: Hourly,
}

/// What was seen lately.
#[derive(Default)]
pub(super) struct Strange(Mutex<Inner>);

impl Strange {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a verified request; gives how many of the device's requests were replays within the hour, this one
    /// counted, or 0 if it is none. Requests older than the clock's window are refused anyway and need no memory.
    pub(super) fn replays(&self, device: &DeviceId, signature: &RequestSignature, now: Time) -> u32 {
        let Some(nonce) = &signature.nonce else { return 0 };
        let mut inner = self.inner();
        let oldest = now.unix_s() - CLOCK_WINDOW_S;
        let is_kept = |(created_s, _, _): &(i64, DeviceId, String)| *created_s >= oldest;
        while inner.seen.first().is_some_and(|first| !is_kept(first)) || inner.seen.len() >= SEEN_MAX {
            inner.seen.pop_first();
        }
        let request = (signature.created_s, device.clone(), nonce.clone());
        if inner.seen.insert(request) { 0 } else { inner.replays.count(device, now) }
    }

    /// Counts a request that was signed for another time; gives how many of the device's were within the hour.
    pub(super) fn skews(&self, device: &DeviceId, now: Time) -> u32 {
        self.inner().skews.count(device, now)
    }
}
