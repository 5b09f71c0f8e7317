//! Rules that guard a merchant's money. Pure functions find hits; a hit is noted, asks for a manager, or refuses. Every hit
//! is a line of the audit log and an event of the backend's log.

mod device;
mod refunding;
mod selling;

use saoma_contract::{MerchantId, Problem, ProblemCode, Time};

pub use device::{device_moves, replayed, skewed};
pub use refunding::{Refunding, check_refund, refund_at_night, refund_day_share};
pub use selling::{
    Selling, check_charge, check_sale, count_failed_code, device_hour, failed_codes, open_codes,
    order_ceiling,
};

use crate::audit::Who;
use crate::ledger::{LedgerError, WriteRows};

/// What a hit leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Then {
    /// Nothing: the rule is off.
    Off,
    /// It is noted and goes on.
    Note,
    /// A manager must do it, or say yes.
    Ask,
    /// It is refused, whoever asks.
    Refuse,
}

impl Then {
    /// As settings write it.
    pub const ALL: [(&'static str, Self); 4] =
        [("off", Self::Off), ("note", Self::Note), ("ask", Self::Ask), ("refuse", Self::Refuse)];

    /// As settings write it.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, then)| *then == self).map_or("off", |(name, _)| name)
    }
}

/// A merchant's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// An order of more than `amount`.
    pub order_ceiling: Ceiling,
    /// More than `amount`, or more than `times` orders, rung up on one device within an hour.
    pub device_hour: Ceiling,
    /// More than `times` open orders of one device.
    pub open_codes: Ceiling,
    /// Refunds asked for since midnight above a share of what was paid since midnight.
    pub refund_day_share: DayShare,
    /// A refund at night, soon after the payment.
    pub refund_at_night: Night,
    /// More than `times` payment codes refused on one device within ten minutes.
    pub failed_codes: Ceiling,
    /// A device's key, or its orders, show up at another merchant.
    pub device_moves: Then,
    /// The very same signed request comes twice.
    pub replayed: Then,
    /// A device's requests are signed for another time, more than `times` within an hour.
    pub skewed: Ceiling,
}

/// Limits that are passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// What passing one leads to.
    pub then: Then,
    /// Minor units; a rule that is not about money does not look at it.
    pub amount: i64,
    /// How often.
    pub times: u32,
}

/// The most that may be given back of a day's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayShare {
    /// What passing it leads to.
    pub then: Then,
    /// Of what was paid since midnight, in percent.
    pub percent: u32,
    /// Minor units that may be given back on any day.
    pub free: i64,
}

/// The hours at which a quick refund is strange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Night {
    /// What a hit leads to.
    pub then: Then,
    /// The hour, at the merchant's place, at which the night begins.
    pub from_hour: u32,
    /// The hour at which it ends.
    pub until_hour: u32,
    /// How soon after the payment a refund is soon, in minutes.
    pub within_minutes: u32,
}

impl Default for Rules {
    fn default() -> Self {
        let ceiling = |then, amount, times| Ceiling { then, amount, times };
        Self {
            order_ceiling: ceiling(Then::Off, i64::MAX, 0),
            device_hour: ceiling(Then::Note, 5_000_000, 300),
            open_codes: ceiling(Then::Note, 0, 50),
            refund_day_share: DayShare { then: Then::Ask, percent: 30, free: 50_000 },
            refund_at_night: Night { then: Then::Ask, from_hour: 23, until_hour: 6, within_minutes: 60 },
            failed_codes: ceiling(Then::Refuse, 0, 10),
            device_moves: Then::Note,
            replayed: Then::Note,
            skewed: ceiling(Then::Note, 0, 20),
        }
    }
}

/// A rule that was hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its name, as in the settings.
    pub rule: &'static str,
    /// What it leads to.
    pub then: Then,
    /// What was found, for people.
    pub detail: String,
    /// Whether it was hit before of late: what is only noted is noted once.
    pub again: bool,
}

impl Hit {
    /// A hit, unless the rule is off.
    fn of(rule: &'static str, then: Then, detail: String) -> Option<Self> {
        (then != Then::Off).then_some(Self { rule, then, detail, again: false })
    }

    /// Only noted, and noted before.
    fn is_known(&self) -> bool {
        self.again && self.then == Then::Note
    }
}

/// Who does something that is guarded, and when.
#[derive(Clone, Debug)]
pub struct Doing<'a> {
    /// Whose rules.
    pub merchant: &'a MerchantId,
    /// Who.
    pub who: &'a Who,
    /// Whether who does it may say yes where a rule asks for a manager.
    pub may_decide: bool,
    /// What it is about: an order, a refund, a device.
    pub about: &'a str,
    /// When.
    pub now: Time,
}

/// Writes every hit to the audit log and the backend's own log, and gives the strongest as a problem if it stands in the
/// way. A problem is given as a value, not as an error, so that the lines are kept.
///
/// # Errors
/// When the ledger cannot be written.
pub fn enforce(
    rows: &mut dyn WriteRows,
    doing: &Doing<'_>,
    hits: Vec<Hit>,
) -> Result<Option<Box<Problem>>, LedgerError> {
    let mut strongest: Option<Hit> = None;
    for hit in hits {
        if !hit.is_known() {
            tracing::error!(
                merchant = %doing.merchant, rule = hit.rule, then = hit.then.as_str(), about = doing.about,
                detail = hit.detail, "ALARM: a rule that guards money was hit"
            );
            let line = doing.who.does(&format!("rule_{}", hit.rule), doing.now).to(&doing.about);
            rows.put_audit(doing.merchant, line.with(format!("{}: {}", hit.then.as_str(), hit.detail)))?;
        }
        if strongest.as_ref().is_none_or(|known| known.then < hit.then) {
            strongest = Some(hit);
        }
    }
    Ok(strongest.and_then(|hit| {
        let code = match hit.then {
            Then::Refuse => ProblemCode::Rule,
            Then::Ask if !doing.may_decide => ProblemCode::NeedsManager,
            Then::Off | Then::Note | Then::Ask => return None,
        };
        Some(Box::new(Problem::new(code, format!("{}: {}", hit.rule, hit.detail)).rule(hit.rule)))
    }))
}

#[cfg(test)]
mod tests;
