//! Which days' bills are wanted, and when they are asked for (WeChat Pay protocol B.10.1).

use saoma_contract::Time;

use super::bill_day::{BILL_OFFSET_MINUTES, DAY_MS};

/// How far back bills are fetched that were missed, in days. WeChat Pay keeps them for three months.
const DAYS_BACK_MAX: i64 = 30;

const TEN_O_CLOCK_MS: i64 = 10 * 60 * 60 * 1000;

/// A quarter of an hour, and after a day of them two hours.
const AGAIN_MS: i64 = 15 * 60 * 1000;
const AGAIN_SELDOM_MS: i64 = 2 * 60 * 60 * 1000;
const OFTEN_MAX: u32 = 96;

/// When the bill of a day is asked for first: at ten the next morning, at the merchant's place and in the bill's zone.
pub(super) fn first_ask(day: Time, utc_offset_minutes: i32) -> Time {
    let date = day.date(BILL_OFFSET_MINUTES);
    let there = Time::day_start(&date, utc_offset_minutes).unwrap_or(day);
    there.max(day).plus_ms(DAY_MS + TEN_O_CLOCK_MS)
}

/// The days whose bills are wanted by now, oldest first: from that of the first order on, as far as the limit.
pub(super) fn wanted(first_order_at: Time, now: Time, utc_offset_minutes: i32) -> Vec<Time> {
    let today = midnight(now);
    (1..=DAYS_BACK_MAX)
        .rev()
        .map(|back| today.plus_ms(-back * DAY_MS))
        .filter(|day| *day >= midnight(first_order_at) && first_ask(*day, utc_offset_minutes) <= now)
        .collect()
}

/// When the bill of a day is asked for first, that was not asked for yet; none if it never is: there was no order yet, or the
/// day is too long ago.
pub(super) fn asked_at(
    day: Time,
    first_order_at: Option<Time>,
    now: Time,
    utc_offset_minutes: i32,
) -> Option<Time> {
    let today = midnight(now);
    let begin = first_order_at.map_or(today, midnight).max(today.plus_ms(-DAYS_BACK_MAX * DAY_MS));
    (day >= begin).then(|| first_ask(day, utc_offset_minutes))
}

/// The next time at which another day's bill is wanted.
pub(super) fn next_wanted(now: Time, utc_offset_minutes: i32) -> Time {
    let today = midnight(now);
    (-3..2)
        .map(|day| first_ask(today.plus_ms(day * DAY_MS), utc_offset_minutes))
        .find(|at| *at > now)
        .unwrap_or_else(|| now.plus_ms(DAY_MS))
}

/// When a bill is asked for again that could not be had.
pub(super) fn again(now: Time, tries: u32) -> Time {
    now.plus_ms(if tries < OFTEN_MAX { AGAIN_MS } else { AGAIN_SELDOM_MS })
}

/// When a bill is asked for that waits for this time. One that lies further ahead than any pause was written down by a clock
/// that has been set back since: then it is asked for as if it never had been.
pub(super) fn asked_when(due_at: Time, day: Time, now: Time, utc_offset_minutes: i32) -> Time {
    if due_at.ms_since(now) > AGAIN_SELDOM_MS { first_ask(day, utc_offset_minutes) } else { due_at }
}

/// The midnight before a time, in the bill's zone.
fn midnight(time: Time) -> Time {
    Time::day_start(&time.date(BILL_OFFSET_MINUTES), BILL_OFFSET_MINUTES).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn dates(first: &str, now: &str, offset: i32) -> Vec<String> {
        wanted(at(first), at(now), offset).into_iter().map(|day| day.date(BILL_OFFSET_MINUTES)).collect()
    }

    #[test]
    fn a_bill_is_wanted_from_ten_the_next_morning_on() {
        let first = "2026-08-01T10:00:00+08:00";
        assert_eq!(dates(first, "2026-08-02T09:59:59+08:00", 480), [""; 0]);
        assert_eq!(dates(first, "2026-08-02T10:00:00+08:00", 480), ["2026-08-01"]);
        assert_eq!(dates(first, "2026-08-03T09:00:00+08:00", 480), ["2026-08-01"]);
        assert_eq!(dates(first, "2026-08-03T10:00:00+08:00", 480), ["2026-08-01", "2026-08-02"]);
        assert_eq!(next_wanted(at("2026-08-02T09:59:59+08:00"), 480), at("2026-08-02T10:00:00+08:00"));
        assert_eq!(next_wanted(at("2026-08-02T10:00:00+08:00"), 480), at("2026-08-03T10:00:00+08:00"));
    }

    #[test]
    fn a_merchant_elsewhere_waits_for_its_own_morning_and_never_asks_before_the_bill_can_be_there() {
        let first = "2026-08-01T10:00:00+08:00";
        let paris = 120;
        assert_eq!(dates(first, "2026-08-02T09:59:59+02:00", paris), [""; 0]);
        assert_eq!(dates(first, "2026-08-02T10:00:00+02:00", paris), ["2026-08-01"]);
        let tokyo = 540;
        assert_eq!(dates(first, "2026-08-02T10:00:00+09:00", tokyo), [""; 0], "it is nine in Beijing");
        assert_eq!(dates(first, "2026-08-02T10:00:00+08:00", tokyo), ["2026-08-01"]);
        for offset in [-720, paris, 480, tokyo, 840] {
            let mut now = at("2026-08-02T00:00:00+08:00");
            for _ in 0..5 {
                let next = next_wanted(now, offset);
                assert!(next > now && next.ms_since(now) <= 2 * DAY_MS, "{offset}: {next:?}");
                now = next;
            }
        }
    }

    #[test]
    fn a_time_that_a_clock_ahead_wrote_down_counts_for_nothing() {
        let (day, now) = (at("2026-08-01T00:00:00+08:00"), at("2026-08-02T10:20:00+08:00"));
        let soon = at("2026-08-02T10:30:00+08:00");
        assert_eq!(asked_when(soon, day, now, 480), soon);
        let two_days_ahead = at("2026-08-04T10:30:00+08:00");
        assert_eq!(asked_when(two_days_ahead, day, now, 480), at("2026-08-02T10:00:00+08:00"), "at once");
        let evening = at("2026-08-01T20:00:00+08:00");
        let tomorrow = at("2026-08-02T10:00:00+08:00");
        assert_eq!(asked_when(two_days_ahead, day, evening, 480), tomorrow, "not before it can be there");
    }

    #[test]
    fn days_before_the_first_order_and_long_ago_need_no_bill() {
        let now = at("2026-08-10T12:00:00+08:00");
        let asked = |day: &str, first: Option<&str>| {
            asked_at(at(&format!("{day}T00:00:00+08:00")), first.map(at), now, 480).map(|at| at.to_string())
        };
        let first = Some("2026-08-03T23:59:59+08:00");
        assert_eq!(asked("2026-08-02", first), None);
        assert_eq!(asked("2026-08-03", first).as_deref(), Some("2026-08-04T02:00:00.000Z"));
        assert_eq!(asked("2026-08-10", first).as_deref(), Some("2026-08-11T02:00:00.000Z"));
        assert_eq!((asked("2026-08-09", None), asked("2026-08-10", None).is_some()), (None, true));
        let years_ago = Some("2024-01-01T00:00:00+08:00");
        assert_eq!((asked("2026-07-10", years_ago), asked("2026-07-11", years_ago).is_some()), (None, true));
    }

    #[test]
    fn bills_missed_are_fetched_as_far_as_a_month_back() {
        let found = dates("2026-01-01T10:00:00+08:00", "2026-08-01T12:00:00+08:00", 480);
        assert_eq!((found.len(), found[0].as_str(), found[29].as_str()), (30, "2026-07-02", "2026-07-31"));
    }

    #[test]
    fn a_bill_still_being_made_is_asked_for_again_in_a_quarter_of_an_hour() {
        let now = at("2026-08-02T10:00:00+08:00");
        assert_eq!(again(now, 0), at("2026-08-02T10:15:00+08:00"));
        assert_eq!(again(now, 96), at("2026-08-02T12:00:00+08:00"));
    }
}
