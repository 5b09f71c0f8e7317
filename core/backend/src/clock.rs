//! Time and chance, which come in from outside so that a whole shop can run on virtual time from one seed.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use saoma_contract::Time;

/// Tells the time and waits for it.
pub trait Clock: Send + Sync {
    /// Now, as the world counts it.
    fn now(&self) -> Time;

    /// Milliseconds since some beginning in this process. Nobody sets them.
    fn monotonic_ms(&self) -> i64;

    /// Ends once `now` has reached this time, or as much time has passed as was left until then: a clock that is set back
    /// meanwhile holds nobody up.
    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Where monotonic time begins.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

fn ms_since(began: Instant) -> i64 {
    i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// How long one sleep lasts at most: a machine's clock can be set while we wait.
const NAP_MS_MAX: i64 = 30_000;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        Time::from_unix_ms(jiff::Timestamp::now().as_millisecond())
    }

    fn monotonic_ms(&self) -> i64 {
        ms_since(*BEGINNING)
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        let (began, whole_ms) = (Instant::now(), at.ms_since(self.now()));
        Box::pin(async move {
            loop {
                let left_ms = at.ms_since(Self.now()).min(whole_ms.saturating_sub(ms_since(began)));
                let Ok(nap_ms @ 1..) = u64::try_from(left_ms.min(NAP_MS_MAX)) else { return };
                tokio::time::sleep(Duration::from_millis(nap_ms)).await;
            }
        })
    }
}

/// Gives random bytes fit for keys and secrets.
pub trait Random: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("every system we run on gives randomness once it has started");
    }
}

impl dyn Random + '_ {
    /// A number from 0 to 999, to spread repeated calls.
    pub fn permille(&self) -> u16 {
        let mut bytes = [0; 2];
        self.fill(&mut bytes);
        u16::from_be_bytes(bytes) % 1000
    }

    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
