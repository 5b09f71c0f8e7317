use saoma_contract::{Amount, Currency, DeviceId, MerchantId, Time};

use super::*;
use crate::ledger::sqlite::{Executor, SqliteLedger};
use crate::ledger::{Count, Ledger};

const CNY: Currency = Currency::CNY;

fn yuan(text: &str) -> Amount {
    Amount::parse(text, CNY).unwrap()
}

fn ceiling(then: Then, amount: i64, times: u32) -> Ceiling {
    Ceiling { then, amount, times }
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn a_rule_that_is_off_is_never_hit() {
    let off = ceiling(Then::Off, 0, 0);
    assert_eq!(order_ceiling(&off, yuan("99.00")), None);
    assert_eq!(device_hour(&off, Count { times: 9, amount: 9 }, yuan("99.00")), None);
    assert_eq!((open_codes(&off, 9), failed_codes(&off, 9), skewed(&off, 9)), (None, None, None));
    assert_eq!((device_moves(Then::Off, 1), replayed(Then::Off, 1)), (None, None));
}

#[test]
fn an_order_above_the_ceiling_is_a_hit_and_one_at_it_is_not() {
    let rule = ceiling(Then::Ask, 50_000, 0);
    assert_eq!(order_ceiling(&rule, yuan("500.00")), None);
    let hit = order_ceiling(&rule, yuan("500.01")).unwrap();
    assert_eq!((hit.rule, hit.then), ("order_ceiling", Then::Ask));
    assert!(hit.detail.contains("500.01") && hit.detail.contains("500.00"), "{}", hit.detail);
}

#[test]
fn too_much_or_too_often_on_one_device_within_an_hour_is_a_hit_first_and_again() {
    let rule = ceiling(Then::Note, 10_000, 3);
    assert_eq!(device_hour(&rule, Count { times: 2, amount: 0 }, yuan("100.00")), None);
    let much = device_hour(&rule, Count { times: 0, amount: 1 }, yuan("100.00")).unwrap();
    let often = device_hour(&rule, Count { times: 3, amount: 3 }, yuan("0.01")).unwrap();
    assert!(!much.again && !often.again);
    assert!(device_hour(&rule, Count { times: 4, amount: 4 }, yuan("0.01")).unwrap().again);
}

#[test]
fn too_many_open_codes_and_too_many_refused_payment_codes_are_hits() {
    let rule = ceiling(Then::Refuse, 0, 3);
    assert_eq!((open_codes(&rule, 2), failed_codes(&rule, 2)), (None, None));
    assert_eq!(open_codes(&rule, 3).unwrap().rule, "open_codes");
    assert_eq!(failed_codes(&rule, 3).unwrap().rule, "failed_codes");
}

#[test]
fn refunds_above_the_days_share_are_a_hit_once_they_are_more_than_what_is_free() {
    let rule = DayShare { then: Then::Ask, percent: 20, free: 5_000 };
    let hit = |paid, refunded, amount| refund_day_share(&rule, paid, refunded, amount, CNY).is_some();
    assert!(!hit(0, 0, 5_000), "free on any day");
    assert!(hit(0, 0, 5_001) && hit(0, 5_000, 1));
    assert!(!hit(100_000, 0, 20_000) && hit(100_000, 0, 20_001) && hit(100_000, 20_000, 1));
    assert!(!hit(i64::MAX, 0, i64::MAX / 5), "no sum is too large to compare");
}

#[test]
fn a_refund_at_night_soon_after_the_payment_is_a_hit() {
    let rule = Night { then: Then::Ask, from_hour: 23, until_hour: 6, within_minutes: 30 };
    // 480 minutes ahead of UTC: 15:00Z is 23:00 there.
    let hit = |now: &str, paid_at: &str| refund_at_night(&rule, at(paid_at), at(now), 480).is_some();
    assert!(hit("2026-08-01T15:00:00Z", "2026-08-01T14:59:00Z"));
    assert!(!hit("2026-08-01T14:59:59Z", "2026-08-01T14:59:00Z"), "not night yet");
    assert!(hit("2026-08-01T21:59:59Z", "2026-08-01T21:30:00Z"));
    assert!(!hit("2026-08-01T22:00:00Z", "2026-08-01T21:59:00Z"), "no longer night");
    assert!(!hit("2026-08-01T16:00:00Z", "2026-08-01T15:29:59Z"), "not soon");
    let day = Night { from_hour: 9, until_hour: 17, ..rule };
    assert!(refund_at_night(&day, at("2026-08-01T02:00:00Z"), at("2026-08-01T02:10:00Z"), 480).is_some());
    assert!(refund_at_night(&day, at("2026-08-01T12:00:00Z"), at("2026-08-01T12:10:00Z"), 480).is_none());
}

#[test]
fn a_device_at_another_merchant_a_replay_and_many_wrong_times_are_hits() {
    assert_eq!((device_moves(Then::Note, 0), replayed(Then::Note, 0)), (None, None));
    assert_eq!(device_moves(Then::Refuse, 1).unwrap().rule, "device_moves");
    assert!(!replayed(Then::Note, 1).unwrap().again && replayed(Then::Note, 2).unwrap().again);
    let rule = ceiling(Then::Note, 0, 3);
    assert_eq!(skewed(&rule, 3), None);
    assert!(!skewed(&rule, 4).unwrap().again && skewed(&rule, 5).unwrap().again);
}

/// What became of hits, and the lines they left.
async fn enforced(hits: Vec<Hit>, may_decide: bool) -> (Option<(String, Option<String>)>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(folder.path(), Executor::Inline, at("2026-08-01T02:00:00Z")).unwrap();
    let ledger: &dyn Ledger = &ledger;
    let merchant: MerchantId = "tea".parse().unwrap();
    let of = merchant.clone();
    let problem = ledger
        .write::<_, LedgerError, _>(move |rows| {
            let who = Who::device("d-1".parse::<DeviceId>().unwrap(), None);
            let now = at("2026-08-01T02:00:00Z");
            let doing = Doing { merchant: &of, who: &who, may_decide, about: "01J", now };
            enforce(rows, &doing, hits)
        })
        .await
        .unwrap();
    let lines = ledger.read(move |rows| rows.audit(&merchant, 0, 10)).await.unwrap();
    let told = problem.map(|problem| (problem.code.to_string(), problem.rule));
    (told, lines.into_iter().map(|line| line.what).collect())
}

#[tokio::test]
async fn every_hit_is_a_line_and_the_strongest_decides() {
    let hit = |rule, then| Hit::of(rule, then, "why".to_owned()).unwrap();
    let rule = |code: &str, name: &str| Some((code.to_owned(), Some(name.to_owned())));
    let noted = hit("open_codes", Then::Note);
    let asks = hit("order_ceiling", Then::Ask);
    let refuses = hit("failed_codes", Then::Refuse);
    assert_eq!(enforced(vec![], false).await, (None, vec![]));
    let (told, lines) = enforced(vec![noted.clone(), asks.clone()], false).await;
    assert_eq!(told, rule("needs_manager", "order_ceiling"));
    assert_eq!(lines, ["rule_open_codes", "rule_order_ceiling"]);
    assert_eq!(enforced(vec![asks.clone()], true).await.0, None, "a manager does it");
    let (told, lines) = enforced(vec![refuses, asks], true).await;
    assert_eq!((told, lines.len()), (rule("rule", "failed_codes"), 2));
    let again = Hit { again: true, ..noted };
    assert_eq!(enforced(vec![again], false).await, (None, vec![]), "noted before");
}
