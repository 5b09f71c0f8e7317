//! Reading, matching and counting rules.
#![expect(clippy::needless_pass_by_value, reason = "a table's values read best in place")]

use serde_json::json;

use super::*;

const NATIVE: &str = "/v3/pay/transactions/native";
const CLOSE: &str = "/v3/pay/transactions/out-trade-no/A00001/close";

fn faults(rules: Value) -> Faults {
    let faults = Faults::resume(&[]);
    faults.add(rules.as_array().unwrap()).unwrap();
    faults
}

fn refused(rule: Value) -> String {
    Faults::resume(&[]).add(&[rule]).unwrap_err().to_string()
}

fn random() -> Random {
    Random::seeded(1, 1)
}

/// Whether a call's reply gets lost, which stands for any fault here.
fn happens(faults: &Faults, method: &str, path: &str) -> bool {
    faults.for_call(method, path, &random()).0.is_reply_lost
}

#[test]
fn patterns_match_paths_with_stars_and_methods() {
    for (on, method, path, is_match) in [
        (NATIVE, "POST", NATIVE, true),
        (NATIVE, "POST", CLOSE, false),
        ("*", "GET", CLOSE, true),
        ("/v3/*", "GET", CLOSE, true),
        ("*/close", "POST", CLOSE, true),
        ("/v3/pay/*/close", "POST", CLOSE, true),
        ("/v3/pay/*/close", "POST", NATIVE, false),
        ("/v3/*/out-trade-no/*/close", "POST", CLOSE, true),
        ("/v3/*/close/*/close", "POST", CLOSE, false),
        ("/v3/*close*close", "POST", CLOSE, false),
        ("**", "POST", CLOSE, true),
        ("POST /v3/*", "POST", NATIVE, true),
        ("POST /v3/*", "GET", NATIVE, false),
        ("/v3/pay/transactions", "POST", NATIVE, false),
        ("notify", "POST", NATIVE, false),
    ] {
        let faults = faults(json!([{ "on": on, "do": "drop_reply" }]));
        assert_eq!(happens(&faults, method, path), is_match, "{on} on {method} {path}");
    }
}

#[test]
fn after_lets_pass_and_times_ends() {
    let faults = faults(json!([{ "on": NATIVE, "do": "drop_reply", "after": 2, "times": 3 }]));
    let seen = (0..8).map(|_| happens(&faults, "POST", NATIVE)).collect::<Vec<_>>();
    assert_eq!(seen, [false, false, true, true, true, false, false, false]);
    assert!(faults.told().is_empty(), "a rule that is spent is gone");
}

#[test]
fn probability_is_a_share_of_matches() {
    let random = random();
    let faults = faults(json!([{ "on": "*", "do": "drop_reply", "probability": 0.25 }]));
    let count = (0..1000).filter(|_| faults.for_call("GET", "/", &random).0.is_reply_lost).count();
    assert!((180..320).contains(&count), "{count} of 1000 at one quarter");
}

#[test]
fn rules_go_on_counting_after_a_restart() {
    let before = faults(json!([{ "on": NATIVE, "do": "drop_reply", "times": 2 }]));
    assert!(happens(&before, "POST", NATIVE));
    let after = Faults::resume(&before.told());
    assert!(happens(&after, "POST", NATIVE));
    assert!(!happens(&after, "POST", NATIVE));
}

#[test]
fn several_faults_may_happen_at_once() {
    let rules = json!([
        { "on": NATIVE, "do": "delay", "ms": 20 },
        { "on": NATIVE, "do": "delay", "ms": 30 },
        { "on": NATIVE, "do": "drop_reply" },
    ]);
    let (plan, changed) = faults(rules).for_call("POST", NATIVE, &random());
    assert!(changed && plan.is_reply_lost && plan.delay.as_millis() == 50);
}

#[test]
fn notify_faults_are_found_by_every_sensible_name_and_never_by_calls() {
    let url = "http://127.0.0.1:9/notify/main";
    for on in ["notify", "*", "/notify/main", "/notify/*", NATIVE] {
        let faults = faults(json!([{ "on": on, "do": "notify_lost" }]));
        assert!(faults.for_notification(url, NATIVE, &random()).0.is_lost, "{on}");
        assert_eq!(faults.for_call("POST", NATIVE, &random()).0, CallPlan::default(), "{on}");
    }
    let elsewhere = faults(json!([{ "on": "/other", "do": "notify_lost" }]));
    assert!(!elsewhere.for_notification(url, NATIVE, &random()).0.is_lost);
}

#[test]
fn faults_of_calls_reach_notifications_only_by_name() {
    let url = "http://127.0.0.1:9/notify/main";
    for (on, is_lost) in [("notify", true), ("/notify/main", true), ("*", false), ("/v3/*", false)] {
        let faults = faults(json!([{ "on": on, "do": "drop_request" }]));
        assert_eq!(faults.for_notification(url, NATIVE, &random()).0.is_lost, is_lost, "{on}");
    }
}

#[test]
fn a_certificate_is_rotated_once_unless_said_otherwise() {
    let faults = faults(json!([{ "on": "*", "do": "rotate_certificate" }]));
    assert!(faults.for_call("GET", "/v3/certificates", &random()).0.rotates_certificate);
    assert!(!faults.for_call("GET", "/v3/certificates", &random()).0.rotates_certificate);
}

#[test]
fn a_wrong_rule_is_refused_by_the_name_of_what_is_wrong() {
    for (rule, says) in [
        (json!("drop_reply"), "/0: a rule is an object"),
        (json!({ "do": "drop_reply" }), "/0/on: is required"),
        (json!({ "on": "native", "do": "drop_reply" }), "/0/on: \"native\" is neither"),
        (
            json!({ "on": "/_sandbox/pay", "do": "drop_reply" }),
            "/0/on: faults happen to WeChat Pay's own calls",
        ),
        (json!({ "on": "*" }), "/0/do: is required"),
        (json!({ "on": "*", "do": "explode" }), "/0/do: unknown variant `explode`"),
        (json!({ "on": "*", "do": "bill_row_lost", "row": -1 }), "/0/do: invalid value"),
        (json!({ "on": "*", "do": "drop_reply", "ms": 5 }), "/0/do: unknown field `ms`"),
        (json!({ "on": "*", "do": "delay", "ms": "5" }), "/0/do: invalid type"),
        (json!({ "on": "*", "do": "delay", "ms": 999_999_999 }), "/0/do: ms is at most"),
        (json!({ "on": "*", "do": "status", "status": 99 }), "/0/do: status is from 200 to 599"),
        (json!({ "on": "*", "do": "status", "content_type": "a\nb" }), "/0/do: content_type"),
        (json!({ "on": "*", "do": "skew", "seconds": i64::MIN }), "/0/do: seconds is at most"),
        (json!({ "on": "notify", "do": "notify_late", "seconds": -1 }), "/0/do: seconds cannot be negative"),
        (json!({ "on": "*", "do": "refund_slow", "seconds": -1 }), "/0/do: seconds cannot be negative"),
        (json!({ "on": "*", "do": "refund_slow", "seconds": i64::MAX }), "/0/do: seconds is at most"),
        (json!({ "on": "notify", "do": "refund_slow" }), "/0/do: this fault is about answers"),
        (json!({ "on": "notify", "do": "html" }), "/0/do: this fault is about answers"),
        (json!({ "on": "*", "do": "delay", "times": -1 }), "/0/times: is a whole number"),
        (json!({ "on": "*", "do": "delay", "after": 1.5 }), "/0/after: is a whole number"),
        (json!({ "on": "*", "do": "delay", "probability": 1.5 }), "/0/probability: is a number from 0 to 1"),
    ] {
        let message = refused(rule.clone());
        assert!(message.starts_with(says), "{rule} says {message:?}");
    }
}

#[test]
fn one_wrong_rule_keeps_out_its_neighbours() {
    let faults = Faults::resume(&[]);
    let rules = [json!({ "on": "*", "do": "drop_reply" }), json!({ "on": "*", "do": "explode" })];
    assert!(faults.add(&rules).unwrap_err().to_string().starts_with("/1/do"));
    assert!(faults.told().is_empty());
}

#[test]
fn no_more_than_a_thousand_rules_stand() {
    let faults = Faults::resume(&[]);
    let rules = vec![json!({ "on": "*", "do": "drop_reply" }); RULES_MAX];
    faults.add(&rules).unwrap();
    assert!(faults.add(&rules[..1]).unwrap_err().to_string().contains("more than 1000"));
    faults.clear();
    faults.add(&rules[..1]).unwrap();
}

#[test]
fn the_readme_tells_every_fault_with_where_it_may_happen() {
    let (_, table) = include_str!("../../README.md").split_once("| fault | does |").unwrap();
    let told = table.lines().filter_map(|line| line.strip_prefix("| `")).map(|line| {
        let (name, rest) = line.split_once('`').unwrap();
        (name, rest.trim_end_matches(" |").rsplit_once("| ").unwrap().1)
    });
    let told = told.collect::<Vec<_>>();
    let unknown = refused(json!({ "on": "*", "do": "none" }));
    let names = unknown.split('`').skip(3).step_by(2).collect::<Vec<_>>();
    assert_eq!(told.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    for (name, where_to) in told {
        let rule = json!([{ "on": "notify", "do": name }]);
        let for_notifications = Faults::resume(&[]).add(rule.as_array().unwrap()).is_ok();
        assert_eq!(for_notifications, where_to != "calls", "{name}");
    }
}
