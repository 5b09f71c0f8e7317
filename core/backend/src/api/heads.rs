//! The journal heads that devices showed: whether one forked or fell back, as that of a cloned or restored phone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use saoma_contract::request_signature::{CLOCK_WINDOW_S, JournalHead};
use saoma_contract::{DeviceId, Time};

/// A journal head as it is kept: entries, hash, and when the device signed that, in seconds since 1970.
pub(super) type KnownHead = (u64, [u8; 32], i64);

/// How long after a head was signed every request that is still heard was signed later than when that head came, in
/// seconds. A device's clock may be wrong by the window when it signs a head, and again when it signs a request, and a
/// request may be on its way for the window.
const SETTLED_S: i64 = 3 * CLOCK_WINDOW_S;

/// So many heads of a device are kept, in 3 KiB.
const HEADS_MAX: usize = 64;

/// The latest journal heads of each device since this start.
#[derive(Default)]
pub(super) struct JournalHeads(Mutex<BTreeMap<DeviceId, Recent>>);

/// The heads of one device, each longer than the one before; of those that are settled, the longest.
#[derive(Default)]
struct Recent(VecDeque<KnownHead>);

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
        created_s: i64,
        now: Time,
    ) -> Head {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = heads.entry(device.clone()).or_insert_with(|| Recent(in_ledger.into_iter().collect()));
        recent.take((head.entries, head.hash, created_s), now.unix_s())
    }
}

impl Recent {
    fn take(&mut self, head: KnownHead, now_s: i64) -> Head {
        let (entries, hash, _) = head;
        let is_settled = |known: &KnownHead| known.2 < now_s - SETTLED_S;
        while self.0.iter().skip(1).any(is_settled) {
            self.0.pop_front();
        }
        if self.0.back().is_none_or(|longest| longest.0 < entries) {
            // The latest gives way, so that the others come of age.
            if self.0.len() == HEADS_MAX {
                self.0.pop_back();
            }
            self.0.push_back(head);
            return Head::Longer;
        }
        let was_longer = self.0.iter().any(|known| known.0 > entries && is_settled(known));
        let ends_otherwise = self.0.iter().any(|known| known.0 == entries && known.1 != hash);
        if was_longer || ends_otherwise { Head::Forked } else { Head::Known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a head of so many entries and such a hash that is signed at one time and heard at another.
    fn take(recent: &mut Recent, (entries, hash): (u64, u8), created_s: i64, heard_s: i64) -> Head {
        recent.take((entries, [hash; 32], created_s), heard_s)
    }

    fn known(heads: &[(u64, u8, i64)]) -> Recent {
        Recent(heads.iter().map(|(entries, hash, created_s)| (*entries, [*hash; 32], *created_s)).collect())
    }

    #[test]
    fn a_journal_goes_on_and_late_requests_do_not_matter() {
        let mut recent = known(&[]);
        assert_eq!(take(&mut recent, (8, 8), 990, 990), Head::Longer);
        assert_eq!(take(&mut recent, (10, 10), 1000, 1000), Head::Longer);
        assert_eq!(take(&mut recent, (10, 10), 1010, 1010), Head::Known);
        assert_eq!(take(&mut recent, (9, 7), 995, 1010), Head::Known, "overtaken on its way");
        assert_eq!(take(&mut recent, (8, 8), 990, 1290), Head::Known, "said twice, minutes apart");
    }

    #[test]
    fn a_request_held_up_while_the_devices_clock_was_put_right_does_not_matter() {
        // Signed at 1000 by a clock five minutes ahead, which is then put right, and heard ten minutes later.
        let mut recent = known(&[(70, 70, 700)]);
        assert_eq!(take(&mut recent, (89, 89), 1010, 1010), Head::Longer);
        assert_eq!(take(&mut recent, (78, 78), 1300, 1600), Head::Known);
        // The same if the longer head's clock was five minutes behind.
        let mut recent = known(&[(70, 70, 700)]);
        assert_eq!(take(&mut recent, (89, 89), 701, 1001), Head::Longer);
        assert_eq!(take(&mut recent, (78, 78), 1300, 1600), Head::Known);
    }

    #[test]
    fn a_copy_that_goes_another_way_is_noticed_at_once() {
        let mut recent = known(&[(8, 8, 980), (10, 10, 990), (12, 12, 1000)]);
        assert_eq!(take(&mut recent, (12, 2), 1001, 1001), Head::Forked, "as long, with another past");
        assert_eq!(take(&mut recent, (10, 2), 1001, 1001), Head::Forked, "as long as it was before");
    }

    #[test]
    fn a_restored_phone_is_noticed() {
        let mut recent = known(&[(8, 8, 10), (12, 12, 1000)]);
        assert_eq!(take(&mut recent, (8, 8), 1100, 1100), Head::Known, "it may have been on its way");
        assert_eq!(take(&mut recent, (7, 7), 1100, 1100), Head::Forked, "it was longer long ago");
        assert_eq!(take(&mut recent, (8, 8), 1901, 1901), Head::Forked, "and longer than this by now");
        assert_eq!(take(&mut recent, (11, 11), 1901, 1901), Head::Forked);
    }

    #[test]
    fn heads_come_of_age_however_many_there_are() {
        let mut recent = known(&[]);
        for second in 0..2_000 {
            let entries = u64::try_from(second).unwrap() + 1;
            assert_eq!(take(&mut recent, (entries, 1), second, second), Head::Longer);
            assert!(recent.0.len() <= HEADS_MAX);
        }
        assert_eq!(take(&mut recent, (100, 1), 2_000, 2_000), Head::Forked);
        assert_eq!(take(&mut recent, (1_999, 1), 2_000, 2_000), Head::Known);
    }
}
