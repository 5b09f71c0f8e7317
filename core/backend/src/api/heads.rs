//! The journal heads that devices showed: whether one forked or fell back, as that of a cloned or restored phone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use saoma_contract::DeviceId;
use saoma_contract::request_signature::{CLOCK_WINDOW_S, JournalHead};

/// A journal head as the ledger keeps it: entries, hash, and when the device signed that, in seconds since 1970.
pub(super) type KnownHead = (u64, [u8; 32], i64);

/// How long after a head was heard every request that is still heard was signed later than it, in milliseconds of this
/// process: a device's clock may be ahead by the window, and a request may be on its way for the window. It is not told by
/// the world's clock, which may be wrong here too and be put right.
const SETTLED_MS: i64 = 2 * CLOCK_WINDOW_S * 1000;

/// So many heads of a device are kept, in 3 KiB.
const HEADS_MAX: usize = 64;

/// The latest journal heads of each device since this start.
#[derive(Default)]
pub(super) struct JournalHeads(Mutex<BTreeMap<DeviceId, Recent>>);

/// The heads of one device with when each was heard, each longer than the one before; of those that are settled, the longest.
/// That of the ledger counts as heard with the first after the start.
#[derive(Default)]
struct Recent(VecDeque<(JournalHead, i64)>);

/// What a device's journal head says against those known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// It may belong to the same journal: known, or of a request that was overtaken or held up on its way.
    Known,
    /// The journal goes on.
    Longer,
    /// A journal of that length had another end, or was longer before this request was made.
    Forked,
}

impl JournalHeads {
    /// Holds a head against those known of the device, of which the ledger has one, and keeps it if it is longer.
    pub(super) fn take(
        &self,
        device: &DeviceId,
        in_ledger: Option<KnownHead>,
        head: &JournalHead,
        monotonic_ms: i64,
    ) -> Head {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from_ledger = || {
            let known = in_ledger.map(|(entries, hash, _)| (JournalHead { entries, hash }, monotonic_ms));
            Recent(known.into_iter().collect())
        };
        heads.entry(device.clone()).or_insert_with(from_ledger).take(*head, monotonic_ms)
    }
}

impl Recent {
    fn take(&mut self, head: JournalHead, now_ms: i64) -> Head {
        let is_settled = |known: &(JournalHead, i64)| known.1 < now_ms - SETTLED_MS;
        while self.0.iter().skip(1).any(is_settled) {
            self.0.pop_front();
        }
        if self.0.back().is_none_or(|(longest, _)| longest.entries < head.entries) {
            // The latest gives way, so that the others come of age.
            if self.0.len() == HEADS_MAX {
                self.0.pop_back();
            }
            self.0.push_back((head, now_ms));
            return Head::Longer;
        }
        let was_longer = self.0.iter().any(|known| known.0.entries > head.entries && is_settled(known));
        let is_other =
            |(known, _): &(JournalHead, i64)| known.entries == head.entries && known.hash != head.hash;
        if was_longer || self.0.iter().any(is_other) { Head::Forked } else { Head::Known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a head of so many entries and such a hash that is heard at this second.
    fn take(recent: &mut Recent, (entries, hash): (u64, u8), heard_s: i64) -> Head {
        recent.take(JournalHead { entries, hash: [hash; 32] }, heard_s * 1000)
    }

    fn known(heads: &[(u64, u8, i64)]) -> Recent {
        let head = |&(entries, hash, heard_s): &(u64, u8, i64)| {
            (JournalHead { entries, hash: [hash; 32] }, heard_s * 1000)
        };
        Recent(heads.iter().map(head).collect())
    }

    #[test]
    fn a_journal_goes_on_and_late_requests_do_not_matter() {
        let mut recent = known(&[]);
        assert_eq!(take(&mut recent, (8, 8), 990), Head::Longer);
        assert_eq!(take(&mut recent, (10, 10), 1000), Head::Longer);
        assert_eq!(take(&mut recent, (10, 10), 1010), Head::Known);
        assert_eq!(take(&mut recent, (9, 7), 1010), Head::Known, "overtaken on its way");
        assert_eq!(take(&mut recent, (8, 8), 1290), Head::Known, "said twice, minutes apart");
        assert_eq!(take(&mut recent, (8, 8), 1600), Head::Known, "by a clock ahead, and minutes on its way");
    }

    #[test]
    fn a_head_in_the_ledger_is_heard_with_the_first_request_after_the_start() {
        // When it was signed is as wrong as the backend's clock was then.
        let (heads, device) = (JournalHeads::default(), "d-1".parse().unwrap());
        let take = |entries, monotonic_ms| {
            let head = JournalHead { entries, hash: [8; 32] };
            heads.take(&device, Some((9, [9; 32], -2_400)), &head, monotonic_ms)
        };
        assert_eq!(take(8, 5_000), Head::Known);
        assert_eq!(take(8, 605_000), Head::Known);
        assert_eq!(take(8, 605_001), Head::Forked);
        assert_eq!(take(9, 605_001), Head::Forked, "as long, with another end");
        assert_eq!(take(10, 605_001), Head::Longer);
    }

    #[test]
    fn a_copy_that_goes_another_way_is_noticed_at_once() {
        let mut recent = known(&[(8, 8, 980), (10, 10, 990), (12, 12, 1000)]);
        assert_eq!(take(&mut recent, (12, 2), 1001), Head::Forked, "as long, with another past");
        assert_eq!(take(&mut recent, (10, 2), 1001), Head::Forked, "as long as it was before");
    }

    #[test]
    fn a_restored_phone_is_noticed() {
        let mut recent = known(&[(8, 8, 10), (12, 12, 1000)]);
        assert_eq!(take(&mut recent, (8, 8), 1100), Head::Known, "it may have been on its way");
        assert_eq!(take(&mut recent, (7, 7), 1100), Head::Forked, "it was longer long ago");
        assert_eq!(take(&mut recent, (8, 8), 1601), Head::Forked, "and longer than this by now");
        assert_eq!(take(&mut recent, (11, 11), 1601), Head::Forked);
    }

    #[test]
    fn heads_come_of_age_however_many_there_are() {
        let mut recent = known(&[]);
        for second in 0..2_000 {
            let entries = u64::try_from(second).unwrap() + 1;
            assert_eq!(take(&mut recent, (entries, 1), second), Head::Longer);
            assert!(recent.0.len() <= HEADS_MAX);
        }
        assert_eq!(take(&mut recent, (100, 1), 2_000), Head::Forked);
        assert_eq!(take(&mut recent, (1_999, 1), 2_000), Head::Known);
    }
}
