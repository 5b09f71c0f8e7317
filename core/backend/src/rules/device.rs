//! Rules about devices that behave strangely.

use super::{Ceiling, Hit, Then};

/// A device's key, or an order that it signed, belongs to another merchant. That one is never named.
pub fn device_moves(then: Then, others: u32) -> Option<Hit> {
    if others == 0 {
        return None;
    }
    Hit::of("device_moves", then, "the device also works for another merchant".to_owned())
}

/// The very same signed request came `times` before.
pub fn replayed(then: Then, times: u32) -> Option<Hit> {
    if times == 0 {
        return None;
    }
    let hit = Hit::of("replayed", then, "the very same signed request came again".to_owned());
    hit.map(|hit| Hit { again: times > 1, ..hit })
}

/// Requests signed for another time, within an hour, this one counted.
pub fn skewed(rule: &Ceiling, times: u32) -> Option<Hit> {
    if times <= rule.times {
        return None;
    }
    let hit =
        Hit::of("skewed", rule.then, format!("{times} requests signed for another time within an hour"));
    hit.map(|hit| Hit { again: times > rule.times + 1, ..hit })
}
