//! Each scenario of the demo, unattended, as a newcomer types it.

use crate::process::{run, run_json, saoma};

fn play(name: &str) {
    play_over("v3", name);
}

fn play_over(protocol: &str, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("code.png");
    let output = run(&[
        "demo",
        "--pay",
        "--protocol",
        protocol,
        "--scenario",
        name,
        "--amount",
        "35.50",
        "--png",
        picture.to_str().unwrap(),
    ]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} ended with {}\n{told}\n{errors}", output.status);
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"), "{name} wrote no picture");
    if matches!(name, "cancel" | "cash") {
        assert!(told.contains("nobody can pay it any more"), "{told}");
    } else {
        assert!(told.contains("the receipt verifies") && told.contains("35.50"), "{told}");
    }
}

#[test]
fn an_amount_is_rung_up_shown_and_paid() {
    play("plain");
}

#[test]
fn a_lost_answer_of_wechat_pay_costs_nothing() {
    play("lost-reply");
}

#[test]
fn a_payment_without_notification_is_found_by_asking() {
    play("no-notify");
}

#[test]
fn a_killed_till_goes_on_where_it_was() {
    play("killed");
}

#[test]
fn money_that_comes_while_closing_is_late_and_not_lost() {
    play("late");
}

#[test]
fn a_cancelled_sale_is_proven_closed() {
    play("cancel");
}

#[test]
fn a_sale_rung_up_offline_goes_out_later() {
    play("offline");
}

#[test]
fn a_part_that_is_given_back_is_done_once_it_is_proven() {
    play("refund");
}

#[test]
fn a_payment_code_is_charged_once_the_shown_code_is_proven_closed() {
    play("payment-code");
}

#[test]
fn cash_ends_with_the_proof_that_the_code_is_dead() {
    play("cash");
}

#[test]
fn two_devices_that_ring_the_same_table_up_end_at_one_order() {
    play("two-devices");
}

#[test]
fn a_strangers_payment_in_the_banks_bill_is_found() {
    play("bill");
}

#[test]
fn the_list_names_every_scenario() {
    let listed = run_json(&["demo", "--list"]);
    let names: Vec<_> =
        listed[0].as_array().unwrap().iter().map(|scenario| scenario["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "plain",
            "lost-reply",
            "no-notify",
            "killed",
            "late",
            "cancel",
            "offline",
            "refund",
            "payment-code",
            "cash",
            "two-devices",
            "bill"
        ]
    );
}

#[test]
fn an_interrupted_demo_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut demo = saoma()
        .args(["--json", "demo", "--serve", "--state", state.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(demo.stdout.take().unwrap()));
    let mut urls = Vec::new();
    for line in lines.map_while(Result::ok) {
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        if told["pairing_link"].is_string() {
            break;
        }
        if let Some((_, url)) = told["text"].as_str().unwrap().split_once(" listens on http://") {
            urls.push(url.to_owned());
        }
    }
    assert_eq!(urls.len(), 2, "the sandbox and the backend listen: {urls:?}");
    assert!(urls.iter().all(|url| std::net::TcpStream::connect(url).is_ok()));
    let id = demo.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert!(!demo.wait().unwrap().success());
    // The children may take a moment to be gone: their ports refuse once they are.
    let patience = std::time::Instant::now();
    while urls.iter().any(|url| std::net::TcpStream::connect(url).is_ok()) {
        assert!(patience.elapsed() < crate::process::PATIENCE, "something still listens on {urls:?}");
        std::thread::yield_now();
    }
}

#[test]
fn over_v2_the_road_is_the_same() {
    play_over("v2", "plain");
}

#[test]
fn over_v2_a_part_that_is_given_back_is_done_once_it_is_proven() {
    play_over("v2", "refund");
}

#[test]
fn over_v2_a_payment_code_is_charged_once_the_shown_code_is_proven_closed() {
    play_over("v2", "payment-code");
}

#[test]
fn over_v2_cash_ends_with_the_proof_that_the_code_is_dead() {
    play_over("v2", "cash");
}
