//! Money that does not match what was asked, given back from a terminal till.

use std::path::Path;

use saoma_backend::config::write_sandbox_config;
use serde_json::Value;

use crate::kills::Customer;
use crate::process::{Process, Said, next, run, run_json};

fn sale(said: &Said) -> Value {
    serde_json::from_str(said.line.as_deref().expect("the till goes on")).unwrap()
}

#[test]
fn money_for_another_app_is_an_alarm_and_goes_back_by_till_refund() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (sandbox, log) = (path("sandbox"), path("log"));
    let log = Path::new(&log);
    let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--state", &sandbox];
    let (_sandbox, _, first) = Process::start_and_listen("sandbox", &arguments, log);
    let customer = Customer::new(first.strip_prefix("sandbox listening on ").unwrap());
    let sandbox_json = std::fs::read_to_string(Path::new(&sandbox).join("sandbox.json")).unwrap();
    let config =
        write_sandbox_config(&sandbox_json, Path::new(&path("backend")), ([127, 0, 0, 1], 0).into()).unwrap();
    let arguments = ["serve", "--config", config.to_str().unwrap(), "--pairing", "shop-1/main"];
    let (mut backend, said, listening) = Process::start_and_listen("backend", &arguments, log);
    let link = sale(&next(&said))["pairing_link"].as_str().unwrap().to_owned();
    let till = path("till");
    assert_eq!(run_json(&["till", "--state", &till, "pair", &link]).len(), 1);
    let arguments = ["till", "--state", &till, "charge", "12.80"];
    let (mut charging, said, first) = Process::start_and_listen("till", &arguments, log);
    let mut shown: Value = serde_json::from_str(&first).unwrap();
    while shown["code"].is_null() {
        shown = sale(&next(&said));
    }

    // The merchant's app is another from now on.
    backend.terminate();
    assert!(backend.wait().success());
    let listening: Value = serde_json::from_str(&listening).unwrap();
    let address = listening["listening"].as_str().unwrap().strip_prefix("http://").unwrap();
    let line = |line: &str| match line.split_once(" = ") {
        Some(("listen", _)) => format!("listen = {address:?}"),
        Some(("appid", _)) => "appid = \"wx00000000000000ab\"".to_owned(),
        _ => line.to_owned(),
    };
    let text: Vec<String> = std::fs::read_to_string(&config).unwrap().lines().map(line).collect();
    std::fs::write(&config, text.join("\n")).unwrap();
    let arguments = ["serve", "--config", config.to_str().unwrap()];
    let (_backend, _, _) = Process::start_and_listen("backend", &arguments, log);
    customer.pay(shown["code"]["text"].as_str().unwrap(), "success");
    while shown["mismatches"].as_array().is_none_or(Vec::is_empty) {
        shown = sale(&next(&said));
    }
    charging.kill();
    assert_eq!((&shown["phase"], shown["payments"].as_array().unwrap().len()), (&"closing".into(), 0));
    assert!(shown["words"].as_str().unwrap().contains("12.80 left to give back"), "{shown}");

    let order_no = shown["order_no"].as_str().unwrap();
    let refund = ["till", "--state", &till, "refund", order_no, "--reason", "not for us"];
    let over = run(&[&refund[..], &["--amount", "12.81"]].concat());
    assert!(String::from_utf8_lossy(&over.stderr).contains("more than is left"), "{over:?}");
    let asked = run_json(&refund).remove(0);
    assert_eq!(asked["refunds"][0]["amount"], 1280, "{asked}");
    let arguments = ["till", "--state", &till, "watch", order_no];
    let (_watching, said, first) = Process::start_and_listen("till", &arguments, log);
    let mut done: Value = serde_json::from_str(&first).unwrap();
    while done["refunds"][0]["state"] != "done" {
        done = sale(&next(&said));
    }
    assert_eq!((&done["mismatches"][0]["left"], &done["has_receipt"]), (&0.into(), &false.into()), "{done}");
}
