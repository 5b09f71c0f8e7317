//! What the till asks for itself rather than for one sale: the time, the keys, what changed, the stream.

use crate::clock::Now;
use crate::ladder;

/// Which errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// `GET /v1/time`: the clock, the ledger's life, features and limits.
    Time,
    /// `GET /v1/keys`: a statement was signed by a key that is not known yet.
    Keys,
    /// `GET /v1/bundle`: rights and limits, once after each start.
    Bundle,
    /// `GET /v1/changes`: what was missed.
    Changes,
    /// `GET /v1/stream`: what happens from now on.
    Stream,
}

/// All errands, in the order in which they go.
pub const ERRANDS: [Errand; 5] =
    [Errand::Time, Errand::Keys, Errand::Bundle, Errand::Changes, Errand::Stream];

/// When an errand goes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    wanted: bool,
    busy: bool,
    failures: u32,
    next_ms: u64,
}

/// When each errand goes next.
#[derive(Clone, Debug, Default)]
pub struct Errands([Turn; 5]);

impl Errands {
    fn at(errand: Errand) -> usize {
        ERRANDS.iter().position(|one| *one == errand).expect("the table has every errand")
    }

    fn turn(&mut self, errand: Errand) -> &mut Turn {
        &mut self.0[Self::at(errand)]
    }

    /// Asks for an errand to go, now or after the pause that its failures demand.
    pub fn want(&mut self, errand: Errand) {
        self.turn(errand).wanted = true;
    }

    /// No longer asks for it.
    pub fn unwant(&mut self, errand: Errand) {
        self.turn(errand).wanted = false;
    }

    /// Notes that it is under way.
    pub fn started(&mut self, errand: Errand) {
        let turn = self.turn(errand);
        (turn.wanted, turn.busy) = (false, true);
    }

    /// Notes that it was done.
    pub fn done(&mut self, errand: Errand) {
        let turn = self.turn(errand);
        (turn.busy, turn.failures) = (false, 0);
    }

    /// Notes that it failed and goes again after a growing pause, and not before `wait_ms`.
    pub fn failed(&mut self, errand: Errand, wait_ms: Option<u64>, now: Now, random: u8) {
        let turn = self.turn(errand);
        turn.failures = turn.failures.saturating_add(1);
        let wait = ladder::jittered_ms(ladder::backoff_ms(turn.failures), random).max(wait_ms.unwrap_or(0));
        (turn.busy, turn.wanted) = (false, true);
        turn.next_ms = ladder::aligned_ms(now.mono_ms.saturating_add(wait));
    }

    /// Forgets pauses: the road works again.
    pub fn hurry(&mut self) {
        for turn in &mut self.0 {
            turn.next_ms = 0;
        }
    }

    /// The errands whose turn has come. The stream waits for what was missed before.
    pub fn due(&self, now: Now) -> Vec<Errand> {
        let catching_up = ERRANDS
            .iter()
            .zip(&self.0)
            .any(|(errand, turn)| matches!(errand, Errand::Changes) && (turn.wanted || turn.busy));
        let due = |(errand, turn): (&Errand, &Turn)| {
            let goes = turn.wanted && !turn.busy && turn.next_ms <= now.mono_ms;
            (goes && !(*errand == Errand::Stream && catching_up)).then_some(*errand)
        };
        ERRANDS.iter().zip(&self.0).filter_map(due).collect()
    }

    /// When the next one goes.
    pub fn wake_at(&self, now: Now) -> Option<u64> {
        let soonest = ladder::aligned_ms(now.mono_ms + 1);
        self.0.iter().filter(|turn| turn.wanted && !turn.busy).map(|turn| turn.next_ms.max(soonest)).min()
    }
}
