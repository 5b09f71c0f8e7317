//! When a notification is tried again, decided from what became of the last try.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Notification;

const fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

const fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count * 60)
}

/// How long after each try the next one follows: 15 more tries over 24 h 4 min, then no more (WeChat Pay protocol B.6.4).
const PAUSES: [SignedDuration; 15] = [
    seconds(15),
    seconds(15),
    seconds(30),
    minutes(3),
    minutes(10),
    minutes(20),
    minutes(30),
    minutes(30),
    minutes(30),
    minutes(60),
    minutes(180),
    minutes(180),
    minutes(180),
    minutes(360),
    minutes(360),
];

/// One try to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Try {
    /// The double's time.
    pub(crate) at: Timestamp,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
    /// A fault: what it told was one fen too much.
    #[serde(default)]
    pub(crate) has_wrong_amount: bool,
    /// Asked for by hand, outside the schedule.
    pub(crate) redelivery: bool,
    /// When the next try by the schedule was due after this one.
    pub(crate) next_at: Option<Timestamp>,
}

/// What became of a try (B.6.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Answered with 200 or 204.
    Accepted { status: u16 },
    /// Answered with anything else.
    Refused { status: u16 },
    /// No answer within five seconds, or the connection broke.
    NoAnswer { reason: String },
    /// No connection.
    Unreachable { reason: String },
    /// A fault: it never arrived.
    Lost,
    /// A fault: it arrived, but the answer was lost.
    AnswerLost,
}

impl Outcome {
    /// What a receiver's status means (B.6.3).
    pub(crate) fn of_status(status: u16) -> Self {
        if status == 200 || status == 204 { Self::Accepted { status } } else { Self::Refused { status } }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { status } => write!(f, "accepted with {status}"),
            Self::Refused { status } => write!(f, "refused with {status}"),
            Self::NoAnswer { reason } => write!(f, "not answered: {reason}"),
            Self::Unreachable { reason } => write!(f, "undeliverable: {reason}"),
            Self::Lost => f.write_str("lost on its way"),
            Self::AnswerLost => f.write_str("delivered, but its answer was lost"),
        }
    }
}

impl Notification {
    /// What follows from a try. An accepted notification is done; else the schedule goes on. A redelivery by hand that is
    /// not accepted leaves the schedule as it was.
    pub(crate) fn after(mut self, outcome: Outcome, redelivery: bool, at: Timestamp) -> Self {
        if matches!(outcome, Outcome::Accepted { .. }) {
            self.next_at = None;
        } else if !redelivery {
            let made = self.tries.iter().filter(|one| !one.redelivery).count();
            // An earlier copy may have been accepted meanwhile: then there is no next try to move.
            self.next_at = self.next_at.and_then(|_| PAUSES.get(made)).map(|pause| at + *pause);
        }
        self.postponed = false;
        self.tries.push(Try { at, outcome, has_wrong_amount: false, redelivery, next_at: self.next_at });
        self
    }

    /// Puts the next try off, once (the fault `notify_late`).
    pub(crate) fn put_off(mut self, until: Timestamp) -> Self {
        self.next_at = Some(until);
        self.postponed = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{notify::message::Event, trade::Spoken};

    fn fresh(at: Timestamp) -> Notification {
        Notification {
            id: "n".into(),
            event: Event::Payment,
            spoken: Spoken::V3,
            out_refund_no: None,
            mchid: "1900000001".into(),
            out_trade_no: "A00001".into(),
            transaction_id: "42".into(),
            notify_url: "http://127.0.0.1:1/notify".into(),
            created_at: at,
            nonce: "123456789012".into(),
            content: "{}".into(),
            next_at: Some(at),
            postponed: false,
            tries: Vec::new(),
        }
    }

    #[test]
    fn fifteen_more_tries_follow_over_a_day_and_four_minutes_then_none() {
        let start = Timestamp::UNIX_EPOCH;
        let mut notification = fresh(start);
        let mut pauses = Vec::new();
        while let Some(at) = notification.next_at {
            notification = notification.after(Outcome::of_status(500), false, at);
            pauses.extend(notification.next_at.map(|next| next.duration_since(at).as_secs()));
        }
        let wanted =
            [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];
        assert_eq!(pauses, wanted);
        assert_eq!(notification.tries.len(), 16);
        assert_eq!(notification.tries[15].at.duration_since(start).as_secs(), 24 * 3600 + 4 * 60);
    }

    #[test]
    fn only_200_and_204_are_acceptance() {
        for status in [200, 204] {
            let done =
                fresh(Timestamp::UNIX_EPOCH).after(Outcome::of_status(status), false, Timestamp::UNIX_EPOCH);
            assert_eq!(done.next_at, None);
        }
        for status in [201, 202, 301, 302, 400, 401, 404, 429, 500, 503] {
            let again =
                fresh(Timestamp::UNIX_EPOCH).after(Outcome::of_status(status), false, Timestamp::UNIX_EPOCH);
            assert!(again.next_at.is_some(), "{status}");
        }
    }

    #[test]
    fn a_redelivery_ends_the_schedule_if_accepted_and_leaves_it_alone_if_not() {
        let start = Timestamp::UNIX_EPOCH;
        let once = fresh(start).after(Outcome::Lost, false, start);
        let due = once.next_at;
        let refused = once.clone().after(Outcome::of_status(500), true, start + seconds(5));
        assert_eq!(refused.next_at, due);
        let twice = refused.after(Outcome::Lost, false, start + seconds(15));
        assert_eq!(twice.next_at, Some(start + seconds(30)), "the redelivery is no try of the schedule");
        let done = once.after(Outcome::of_status(204), true, start + seconds(5));
        assert_eq!(done.next_at, None);
    }

    #[test]
    fn a_late_failure_does_not_revive_an_accepted_notification() {
        let start = Timestamp::UNIX_EPOCH;
        let accepted = fresh(start).after(Outcome::of_status(200), true, start);
        assert_eq!(accepted.after(Outcome::Lost, false, start).next_at, None);
    }
}
