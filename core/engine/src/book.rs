//! The till as a whole, decided without doing: which sale is asked about or sent, in which order, and when to wake up.

use std::collections::BTreeMap;

use saoma_contract::{OrderNo, Time};

use crate::clock::Now;
use crate::ladder::{self, TICK_MS};
use crate::sale::{Call, PhaseWord, Sale};
use crate::transport::Left;

/// Requests under way at once, over all sales.
const IN_FLIGHT_MAX: usize = 6;

/// So many more may be under way for the sale on screen and for what a person wants done: those never wait for the rest.
const URGENT_MAX: usize = 2;

/// Without the server's word on it, so many requests a minute.
const REQUESTS_PER_MINUTE: u32 = 300;

/// What is done about a sale in its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make its pending call.
    Call(Call),
    /// Ask how it stands.
    Ask,
}

/// A sale with what is known of the talk about it; nothing of that needs to survive a restart.
#[derive(Clone, Debug)]
pub struct Line {
    /// The sale.
    pub sale: Sale,
    /// When the backend last spoke of it.
    pub heard_at: Option<Time>,
    /// Why it could not be reached about it last.
    pub trouble: Option<String>,
    /// What was last shown, to notice when time alone changes it.
    pub shown: Option<(PhaseWord, bool)>,
    last_ms: Option<u64>,
    due_ms: Option<u64>,
    not_before_ms: u64,
    failures: u32,
    calling: bool,
    asking: bool,
    ask_first: bool,
    in_doubt: bool,
    soon: bool,
}

impl Line {
    /// A sale that was just rung up (`fresh`), or one found again after a start, whose outcome is asked before anything.
    pub fn new(sale: Sale, fresh: bool, heard_at: Option<Time>) -> Self {
        let in_doubt = sale.pending().is_some_and(|pending| pending.tried) && !fresh;
        Self {
            sale,
            heard_at,
            trouble: None,
            shown: None,
            last_ms: None,
            due_ms: None,
            not_before_ms: 0,
            failures: 0,
            calling: false,
            asking: false,
            ask_first: !fresh,
            in_doubt,
            soon: false,
        }
    }

    /// Whether a request about it is under way.
    pub fn is_busy(&self) -> bool {
        self.calling || self.asking
    }

    /// Whether a call about it is under way.
    pub fn is_calling(&self) -> bool {
        self.calling
    }

    /// Whether an earlier try of its pending call may have left the phone.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Whether its next turn is a call that may have gone out before, and is therefore asked about first.
    fn action(&self) -> Option<Action> {
        match self.sale.pending() {
            Some(pending) if pending.call == Call::Create && pending.tried && self.ask_first => {
                Some(Action::Ask)
            }
            Some(pending) => Some(Action::Call(pending.call)),
            None if self.sale.is_open() => Some(Action::Ask),
            None => None,
        }
    }
}

/// Whether the backend can be reached, as far as the last tries tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    failures: u32,
    next_try_ms: u64,
}

impl Link {
    /// Whether the last try failed.
    pub fn is_down(self) -> bool {
        self.failures > 0
    }
}

/// All open sales of the till and the state of its road to the backend.
#[derive(Clone, Debug, Default)]
pub struct Book {
    lines: BTreeMap<OrderNo, Line>,
    /// The sale whose code people look at.
    pub on_screen: Option<OrderNo>,
    /// Whether the app is in front.
    pub foreground: bool,
    /// Whether the phone says that it has a network.
    pub network: bool,
    /// Whether a stream tells changes at once.
    pub stream_alive: bool,
    /// Whether anything may be sent at all: paired, and not refused.
    pub may_send: bool,
    /// Whether the device may only read; drafts made before still go out.
    pub requests_per_minute: Option<u32>,
    link: Link,
    pause_until_ms: u64,
    draft_gate_ms: u64,
    window: (u64, u32),
}

impl Book {
    /// A book with nothing in it.
    pub fn new() -> Self {
        Self { foreground: true, network: true, ..Self::default() }
    }

    /// A sale.
    pub fn line(&self, order_no: &OrderNo) -> Option<&Line> {
        self.lines.get(order_no)
    }

    /// A sale, to note something about the talk.
    pub fn line_mut(&mut self, order_no: &OrderNo) -> Option<&mut Line> {
        self.lines.get_mut(order_no)
    }

    /// Every sale in hand, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    /// The road.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Takes a sale in hand.
    pub fn take(&mut self, line: Line, now: Now, random: u8) {
        let order_no = line.sale.order_no().clone();
        self.lines.insert(order_no.clone(), line);
        self.plan(&order_no, now, random);
    }

    /// Puts a sale's new state in place; one that has ended, with nothing under way, leaves the book.
    pub fn put(&mut self, sale: Sale, now: Now, random: u8) {
        let order_no = sale.order_no().clone();
        let Some(line) = self.lines.get_mut(&order_no) else {
            self.take(Line::new(sale, true, None), now, random);
            return;
        };
        let call = |sale: &Sale| sale.pending().map(|pending| pending.call);
        let is_new_call = call(&sale).is_some() && call(&sale) != call(&line.sale);
        line.sale = sale;
        if is_new_call {
            // Another matter: earlier failures do not count against it.
            (line.failures, line.last_ms, line.in_doubt) = (0, None, false);
        }
        self.plan(&order_no, now, random);
    }

    /// Lets go of sales that have ended and have nothing under way.
    pub fn sweep(&mut self) {
        self.lines.retain(|_, line| line.sale.is_open() || line.is_busy());
    }

    /// What a defect that is planted does: nobody minds the drafts any more.
    pub(crate) fn drop_drafts(&mut self) {
        self.lines.retain(|_, line| !line.sale.is_draft());
    }

    /// The count and sum of what is not proven yet.
    pub fn unproven(&self) -> (u32, i64) {
        let unproven = self.lines.values().filter(|line| line.sale.is_unproven());
        unproven.fold((0, 0), |(count, sum): (u32, i64), line| {
            (count.saturating_add(1), sum.saturating_add(line.sale.amount().minor()))
        })
    }

    /// How many drafts are too old to go out by themselves.
    pub fn drafts_waiting(&self, now: Now) -> u32 {
        let waiting = self.lines.values().filter(|line| line.sale.waits_for_person(now.server));
        u32::try_from(waiting.count()).unwrap_or(u32::MAX)
    }

    fn is_slow(&self, order_no: &OrderNo) -> bool {
        self.stream_alive || !self.foreground || self.on_screen.as_ref() != Some(order_no)
    }

    /// Sets when a sale's next turn is.
    fn plan(&mut self, order_no: &OrderNo, now: Now, random: u8) {
        let slow = self.is_slow(order_no);
        let Some(line) = self.lines.get_mut(order_no) else { return };
        line.due_ms = line.action().and_then(|action| match action {
            _ if line.calling || line.sale.waits_for_person(now.server) => None,
            Action::Ask if line.asking => None,
            _ if line.failures > 0 => {
                let wait = ladder::jittered_ms(ladder::backoff_ms(line.failures), random);
                Some(ladder::aligned_ms(line.last_ms.unwrap_or(now.mono_ms).saturating_add(wait)))
            }
            // What was answered and is still to be made goes again, but not in a storm.
            Action::Call(_) => Some(
                line.last_ms.map_or(now.mono_ms, |last| ladder::aligned_ms(last + TICK_MS).max(now.mono_ms)),
            ),
            Action::Ask => Some(match (line.last_ms, line.sale.rung(now.server)) {
                (Some(last), Some(rung)) => {
                    let wait = ladder::jittered_ms(ladder::interval_ms(rung, slow), random);
                    ladder::aligned_ms(last.saturating_add(wait))
                }
                _ => now.mono_ms,
            }),
        });
        if line.soon && line.failures == 0 && !line.is_busy() && line.sale.pending().is_none() {
            let soon = ladder::aligned_ms(line.last_ms.map_or(0, |last| last + 2 * TICK_MS).max(now.mono_ms));
            line.due_ms = line.due_ms.map(|due| due.min(soon));
        }
        line.due_ms = line.due_ms.map(|due| due.max(line.not_before_ms));
    }

    /// Plans every sale anew, when the pace or the road has changed.
    pub fn plan_all(&mut self, now: Now, mut random: impl FnMut() -> u8) {
        let numbers: Vec<OrderNo> = self.lines.keys().cloned().collect();
        for order_no in numbers {
            self.plan(&order_no, now, random());
        }
    }

    /// A push pulls the next question forward; once in two seconds is enough.
    pub fn ask_soon(&mut self, order_no: &OrderNo, now: Now, random: u8) {
        if let Some(line) = self.lines.get_mut(order_no) {
            line.soon = true;
            self.plan(order_no, now, random);
        }
    }

    /// A person did something about a sale: it is tried at once, whatever failed before.
    pub fn hurry(&mut self, order_no: Option<&OrderNo>, now: Now) {
        self.link.next_try_ms = now.mono_ms;
        if let Some(line) = order_no.and_then(|order_no| self.lines.get_mut(order_no)) {
            (line.failures, line.not_before_ms) = (0, 0);
            let free = match line.action() {
                Some(Action::Call(_)) => !line.calling,
                Some(Action::Ask) => !line.is_busy(),
                None => false,
            };
            if free && !line.sale.waits_for_person(now.server) {
                line.due_ms = Some(now.mono_ms);
            }
        }
    }

    /// Which turns have come, the most urgent first. While the road is down only one is tried at a time.
    pub fn due(&mut self, now: Now) -> Vec<(OrderNo, Action)> {
        if !self.may_send || !self.network || !self.may_try(now) {
            return Vec::new();
        }
        if now.mono_ms >= self.window.0 {
            self.window = (now.mono_ms + 60_000, 0);
        }
        let down = self.link.is_down();
        let under_way = self.under_way();
        let mut turns: Vec<(Urgency, u64, &OrderNo, Action)> = self
            .lines
            .iter()
            .filter_map(|(order_no, line)| {
                // On a road that was down anything waiting may serve as the probe, due or not.
                let due_ms = line.due_ms.filter(|due| *due <= now.mono_ms || down)?;
                let action = line.action()?;
                let urgency = Urgency::of(line, action, self.on_screen.as_ref() == Some(order_no));
                Some((urgency, due_ms, order_no, action))
            })
            .collect();
        turns.sort_unstable_by_key(|(urgency, due_ms, order_no, _)| (*urgency, *due_ms, (*order_no).clone()));
        let budget = self.requests_per_minute.unwrap_or(REQUESTS_PER_MINUTE) / 4 * 3;
        let mut taken = Vec::new();
        for (urgency, _, order_no, action) in turns {
            let draft_waits = urgency == Urgency::Draft && now.mono_ms < self.draft_gate_ms;
            let over_budget = urgency == Urgency::Question && self.window.1 >= budget;
            if under_way + taken.len() >= self.room_for(urgency) {
                break;
            }
            if draft_waits || over_budget {
                continue;
            }
            if urgency == Urgency::Draft {
                self.draft_gate_ms = now.mono_ms + TICK_MS;
            }
            self.window.1 += 1;
            taken.push((order_no.clone(), action));
        }
        taken
    }

    /// Whether the road may be tried now: always while it works, after its pauses while it does not.
    pub fn may_try(&self, now: Now) -> bool {
        now.mono_ms >= self.next_try_ms()
    }

    /// When the road may be tried next.
    pub fn next_try_ms(&self) -> u64 {
        if self.link.is_down() { self.pause_until_ms.max(self.link.next_try_ms) } else { self.pause_until_ms }
    }

    /// Requests about sales that are under way.
    pub fn under_way(&self) -> usize {
        self.lines.values().map(|line| usize::from(line.calling) + usize::from(line.asking)).sum()
    }

    fn room_for(&self, urgency: Urgency) -> usize {
        match (self.link.is_down(), urgency) {
            (true, Urgency::OnScreen) => 2,
            (true, _) => 1,
            (false, Urgency::OnScreen | Urgency::Wish) => IN_FLIGHT_MAX + URGENT_MAX,
            (false, _) => IN_FLIGHT_MAX,
        }
    }

    /// Puts a turn off to the next tick: it could not be written down.
    pub fn postpone(&mut self, order_no: &OrderNo, now: Now) {
        if let Some(line) = self.lines.get_mut(order_no) {
            line.due_ms = line.due_ms.map(|_| ladder::aligned_ms(now.mono_ms + 1));
        }
    }

    /// Notes that a request about a sale is under way.
    pub fn started(&mut self, order_no: &OrderNo, action: Action, now: Now) {
        if let Some(line) = self.lines.get_mut(order_no) {
            match action {
                Action::Call(_) => line.calling = true,
                Action::Ask => line.asking = true,
            }
            (line.last_ms, line.due_ms, line.soon) = (Some(now.mono_ms), None, false);
        }
    }

    /// Notes that a request about a sale has ended, well or not, and plans the next.
    pub fn ended(&mut self, order_no: &OrderNo, action: Action, ending: Ending, now: Now, random: u8) {
        let Some(line) = self.lines.get_mut(order_no) else { return };
        match action {
            Action::Call(_) => line.calling = false,
            Action::Ask => line.asking = false,
        }
        match ending {
            Ending::Heard => {
                (line.failures, line.ask_first, line.trouble) = (0, false, None);
                line.in_doubt = false;
                line.heard_at = Some(now.server);
            }
            Ending::Failed { trouble, left, wait_ms } => {
                line.in_doubt |= left == Left::Maybe && matches!(action, Action::Call(_));
                line.failures = line.failures.saturating_add(1);
                line.trouble = Some(trouble);
                line.not_before_ms = now.mono_ms.saturating_add(wait_ms.unwrap_or(0));
            }
        }
        self.plan(order_no, now, random);
    }

    /// The road failed: one try at a time from now on, with growing pauses.
    pub fn road_failed(&mut self, now: Now, random: u8) {
        // Requests that were under way together fail together: that counts once.
        if self.link.is_down() && now.mono_ms < self.link.next_try_ms {
            return;
        }
        self.link.failures = self.link.failures.saturating_add(1);
        let wait = ladder::jittered_ms(ladder::backoff_ms(self.link.failures), random);
        self.link.next_try_ms = ladder::aligned_ms(now.mono_ms.saturating_add(wait));
    }

    /// The backend answered. True if the road was down before: what was sent meanwhile is then asked about first.
    pub fn road_works(&mut self, now: Now, random: impl FnMut() -> u8) -> bool {
        let was_down = std::mem::take(&mut self.link).is_down();
        if was_down {
            self.return_from_nowhere(now, random);
        }
        was_down
    }

    /// After a time without network everything is looked at again, and unknown outcomes are asked, not re-made.
    pub fn return_from_nowhere(&mut self, now: Now, random: impl FnMut() -> u8) {
        for line in self.lines.values_mut() {
            line.ask_first = true;
            line.failures = 0;
            if !line.is_busy() {
                line.last_ms = None;
            }
        }
        self.link.next_try_ms = now.mono_ms;
        self.plan_all(now, random);
    }

    /// The backend asked for a pause.
    pub fn pause(&mut self, wait_ms: u64, now: Now) {
        self.pause_until_ms = self.pause_until_ms.max(now.mono_ms.saturating_add(wait_ms));
    }

    /// When something is to be done or will look different, in monotonic milliseconds; none if nothing is.
    pub fn wake_at(&self, now: Now) -> Option<u64> {
        let sending = self.may_send && self.network;
        let gate = self.next_try_ms();
        let full = self.under_way() >= self.room_for(Urgency::OnScreen);
        let soonest = ladder::aligned_ms(now.mono_ms + 1);
        let turns = self
            .lines
            .values()
            .filter_map(|line| line.due_ms)
            .map(|due| if self.link.is_down() { gate } else { due.max(gate) })
            .map(|at| if at <= now.mono_ms { soonest } else { at })
            .filter(|_| sending && !full);
        let looks = self.lines.iter().filter_map(|(order_no, line)| {
            let wait = line.sale.changes_at(now.server)?.ms_since(now.server);
            let at = now.mono_ms.saturating_add(u64::try_from(wait).unwrap_or(0));
            // The code that people look at goes on time; the others with the next tick.
            Some(if self.on_screen.as_ref() == Some(order_no) { at } else { ladder::aligned_ms(at) })
        });
        turns.chain(looks).min()
    }
}

/// How a request about a sale ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The backend answered for it.
    Heard,
    /// No answer, or none that counts.
    Failed {
        /// Why, for people.
        trouble: String,
        /// Whether the request may have reached the backend.
        left: Left,
        /// How long the server asked us to wait.
        wait_ms: Option<u64>,
    },
}

/// In which order turns are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    OnScreen,
    Wish,
    UnknownOutcome,
    Draft,
    Question,
}

impl Urgency {
    fn of(line: &Line, action: Action, on_screen: bool) -> Self {
        match (action, line.sale.pending()) {
            _ if on_screen => Self::OnScreen,
            (Action::Call(Call::Close(_) | Call::Refresh(_) | Call::Charge(_) | Call::Refund(_)), _) => {
                Self::Wish
            }
            (Action::Call(Call::Create), Some(pending)) if !pending.tried => Self::Draft,
            (Action::Call(Call::Offer), _) => Self::Draft,
            (_, Some(_)) => Self::UnknownOutcome,
            (Action::Ask, None) | (Action::Call(_), None) => Self::Question,
        }
    }
}

#[cfg(test)]
mod tests;
