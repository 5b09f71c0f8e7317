//! `saoma admin`'s door to a running backend.

use std::os::unix::fs::PermissionsExt as _;

use saoma_backend::admin::{AdminError, Command, ask, socket_path};
use saoma_contract::{ChangePerson, DeviceRole, NewPerson, path};
use serde_json::{Value, json};

use crate::people::PIN;
use crate::world::{World, problem_of};

async fn done(world: &World, command: Value) -> Value {
    let command: Command = serde_json::from_value(command).unwrap();
    ask(&world.state_dir(), &command).await.unwrap()
}

async fn refused(world: &World, command: Value) -> String {
    let command: Command = serde_json::from_value(command).unwrap();
    match ask(&world.state_dir(), &command).await {
        Err(AdminError::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn add(id: &str, role: &str) -> Value {
    let new: NewPerson =
        serde_json::from_value(json!({ "person": id, "name": id, "role": role, "pin": PIN })).unwrap();
    json!({ "do": "add_person", "merchant": "shop-2", "new": new })
}

#[tokio::test]
async fn people_and_devices_of_a_running_backend_are_kept_and_audited() {
    let world = World::new().await;
    let mut till = world.till(DeviceRole::Manager).await;
    assert_eq!(done(&world, add("boss", "owner")).await["role"], "owner");
    done(&world, add("li", "cashier")).await;
    till.sign_in(&world, "li").await;
    let change = ChangePerson { name: Some("Li Lei".parse().unwrap()), ..ChangePerson::default() };
    let renamed = json!({ "do": "change_person", "merchant": "shop-2", "person": "li", "change": change });
    assert_eq!(done(&world, renamed).await["name"], "Li Lei");
    let people = done(&world, json!({ "do": "people", "merchant": "shop-2" })).await;
    assert_eq!(people["people"].as_array().unwrap().len(), 2);
    assert!(!people.to_string().contains("pin"));
    let sessions = done(&world, json!({ "do": "sessions", "merchant": "shop-2" })).await;
    assert_eq!(sessions["sessions"][0]["person"], "li");
    let out = json!({ "do": "sign_out", "merchant": "shop-2", "device": null, "person": "li" });
    assert_eq!(done(&world, out).await["ended"], 1);
    let device = till.bundle.device.as_str();
    let name = json!({ "do": "rename_device", "device": device, "name": "counter 9" });
    assert_eq!(done(&world, name).await["name"], "counter 9");
    let link = json!({ "do": "pairing_link", "merchant": "shop-2", "store": "main", "role": "courier", "life_s": 60 });
    assert!(done(&world, link).await["link"].as_str().unwrap().starts_with("saoma://pair?"));
    done(&world, json!({ "do": "revoke_device", "device": device, "reason": "lost" })).await;
    till.person = None;
    let answer = till.call(&world, http::Method::GET, path::KEYS, Value::Null).await;
    assert_eq!(problem_of(answer).await.code.as_str(), "device_revoked");
    let devices = done(&world, json!({ "do": "devices", "merchant": "shop-2" })).await;
    assert!(devices["devices"][0]["revoked_at"].is_string());
    let audit = done(&world, json!({ "do": "audit", "merchant": "shop-2", "after": 0, "limit": 100 })).await;
    let lines = audit["lines"].as_array().unwrap();
    let what: Vec<&str> = lines.iter().map(|line| line["what"].as_str().unwrap()).collect();
    for expected in [
        "person_added",
        "person_renamed",
        "signed_out",
        "device_renamed",
        "pairing_link_made",
        "device_revoked",
    ] {
        assert!(what.contains(&expected), "{expected} is not in {what:?}");
    }
    let whole = done(&world, json!({ "do": "verify_audit", "merchant": "shop-2" })).await;
    assert_eq!(whole["lines"], lines.len());
    let rules = done(&world, json!({ "do": "rules", "merchant": "shop-2" })).await;
    assert_eq!(rules["failed_codes"]["then"], "refuse");
    let merchants = done(&world, json!({ "do": "merchants" })).await;
    assert!(merchants["merchants"].as_array().unwrap().len() >= 2);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_field_and_nothing_is_done() {
    let world = World::new().await;
    for (command, hint) in [
        (json!({ "do": "people", "merchant": null }), "several"),
        (json!({ "do": "people", "merchant": "moon" }), "no moon"),
        (json!({ "do": "audit", "merchant": "shop-2", "after": 0, "limit": 0 }), "limit"),
        (json!({ "do": "revoke_device", "device": "d-none", "reason": null }), "d-none"),
        (
            json!({ "do": "pairing_link", "merchant": "shop-2", "store": "moon", "role": "cashier", "life_s": 60 }),
            "store",
        ),
        (add("li", "auditor"), "must be one of"),
    ] {
        let why = refused(&world, command.clone()).await;
        assert!(why.contains(hint), "{command}: {why}");
    }
    let people = done(&world, json!({ "do": "people", "merchant": "shop-2" })).await;
    assert_eq!(people["people"], json!([]));
}

#[tokio::test]
async fn only_the_owner_of_the_state_folder_has_a_door_and_only_while_the_backend_runs() {
    let mut world = World::new().await;
    let mode = std::fs::metadata(socket_path(&world.state_dir())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    world.stop().await;
    let nobody = ask(&world.state_dir(), &Command::Merchants {}).await.unwrap_err();
    assert!(nobody.to_string().contains("does the backend run"), "{nobody}");
    world.start().await;
    done(&world, json!({ "do": "merchants" })).await;
}

#[tokio::test]
async fn keys_are_read_anew_all_or_none_and_never_of_another_account() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Cashier).await;
    let taken = done(&world, json!({ "do": "reload" })).await;
    assert!(taken["reloaded"].as_array().unwrap().contains(&json!("shop-2")), "{taken}");
    world.ring_up(&till, 1280).await;
    let key = world.state_dir().join("shop-2-private-key.pem");
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, "not a key").unwrap();
    let why = refused(&world, json!({ "do": "reload" })).await;
    assert!(why.contains("private_key_file"), "{why}");
    world.ring_up(&till, 1280).await;
    std::fs::write(&key, right).unwrap();
    let file = world.state_dir().join("saoma.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let mchid = text.split("mchid = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    std::fs::write(&file, text.replace(mchid, "1900000001")).unwrap();
    let why = refused(&world, json!({ "do": "reload" })).await;
    assert!(why.contains("mchid"), "{why}");
    std::fs::write(&file, text).unwrap();
    done(&world, json!({ "do": "reload" })).await;
    world.ring_up(&till, 1280).await;
    let held = done(&world, json!({ "do": "certificates" })).await;
    assert!(held.is_array(), "{held}");
}
