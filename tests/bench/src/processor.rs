//! Time as the wall and as the processor count it: on a machine that others use too, only the second is ours.

use std::time::{Duration, Instant};

use crate::percentile;

/// What pieces of work took, done on the thread that calls.
#[derive(Debug, Default)]
pub struct Spent {
    wall: Vec<Duration>,
    processor: Vec<Duration>,
}

impl Spent {
    /// Does a piece of work.
    pub fn on<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (start, busy) = (Instant::now(), busy());
        let done = work();
        self.wall.push(start.elapsed());
        self.processor.push(self::busy().saturating_sub(busy));
        done
    }

    /// The medians by the wall and by the processor; the second is nothing where the system does not say.
    pub fn medians(&mut self) -> (Duration, Duration) {
        (percentile(&mut self.wall, 50), percentile(&mut self.processor, 50))
    }
}

/// How long this thread has been on a processor, as Linux counts it.
fn busy() -> Duration {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = counted.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn work_is_on_the_processor_and_no_longer_than_on_the_wall() {
        let mut spent = Spent::default();
        spent.on(|| {
            std::hint::black_box((0..20_000_000u64).fold(0, |sum, next| std::hint::black_box(sum ^ next)))
        });
        let (wall, processor) = spent.medians();
        assert!(!processor.is_zero() && processor <= wall, "{processor:?} of {wall:?}");
    }
}
