//! People: who signs in where, what that allows, and what the audit log says of it.

use http::Method;
use saoma_backend::audit::{self, Verified, Who};
use saoma_backend::clock::Clock as _;
use saoma_backend::ledger::Scope;
use saoma_backend::people::{self, Keeper};
use saoma_contract::{Audit, DeviceRole, Devices, NewPerson, People, Person, Role, Session, path};
use serde_json::{Value, json};

use crate::world::{PATIENCE, Till, World, order_of, problem_of};

pub const PIN: &str = "2580";

impl World {
    /// Adds a person to a merchant, as whoever works on the backend's machine does.
    pub async fn person_at(&self, merchant: &str, id: &str, role: Role, store: Option<&str>) {
        let shop = self.backend().shop();
        let account = shop.merchant(&merchant.parse().unwrap()).unwrap();
        let keeper = Keeper {
            who: Who::admin(),
            role: Role::Owner,
            scope: Scope { merchant: account.merchant.id.clone(), store: None },
        };
        let new = NewPerson {
            person: id.parse().unwrap(),
            name: format!("name of {id}").parse().unwrap(),
            role,
            store: store.map(|store| store.parse().unwrap()),
            pin: PIN.parse().unwrap(),
        };
        people::add(shop, account, keeper, new).await.unwrap();
    }

    pub async fn person(&self, id: &str, role: Role) {
        self.person_at(self.merchant, id, role, None).await;
    }

    /// The backend goes on with a line more in each merchant's settings.
    pub async fn set(&mut self, line: &str) {
        self.stop().await;
        let file = self.state_dir().join("saoma.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("[[merchants]]\n", &format!("[[merchants]]\n{line}\n"))).unwrap();
        self.start().await;
    }
}

impl Till {
    pub async fn try_sign_in(&self, world: &World, person: &str, pin: &str) -> reqwest::Response {
        self.call(world, Method::POST, path::SESSIONS, json!({ "person": person, "pin": pin })).await
    }

    /// Signs a person in; from then on the till's requests name it.
    pub async fn sign_in(&mut self, world: &World, person: &'static str) -> Session {
        self.person = None;
        let answer = self.try_sign_in(world, person, PIN).await;
        assert_eq!(answer.status(), 201);
        self.person = Some(person);
        answer.json().await.unwrap()
    }

    async fn get(&self, world: &World, path: &str) -> reqwest::Response {
        self.call(world, Method::GET, path, json!(null)).await
    }
}

async fn code_of(answer: reqwest::Response) -> String {
    problem_of(answer).await.code.to_string()
}

async fn audit_of(world: &World, till: &Till) -> Vec<(String, Option<String>, Option<String>)> {
    let audit: Audit = till.get(world, path::AUDIT).await.json().await.unwrap();
    let person = |line: &saoma_contract::AuditLine| line.person.as_ref().map(ToString::to_string);
    audit.lines.iter().map(|line| (line.what.clone(), person(line), line.about.clone())).collect()
}

#[tokio::test]
async fn what_is_allowed_is_the_smaller_of_person_and_device() {
    let world = World::new().await;
    world.person("boss", Role::Owner).await;
    world.person("li", Role::Cashier).await;
    world.person("rider", Role::Courier).await;
    let (mut counter, mut office) =
        (world.till(DeviceRole::Cashier).await, world.till(DeviceRole::Manager).await);
    let day = path::day("2026-08-01");
    for (person, counter_may, office_may) in [
        (None, [200, 403, 403], [200, 200, 200]),
        (Some("boss"), [200, 403, 403], [200, 200, 200]),
        (Some("li"), [200, 403, 403], [200, 403, 403]),
        (Some("rider"), [403, 403, 403], [403, 403, 403]),
    ] {
        for (till, may) in [(&mut counter, counter_may), (&mut office, office_may)] {
            till.person = None;
            if let Some(person) = person {
                till.sign_in(&world, person).await;
            }
            let mut got = Vec::new();
            for path in [day.as_str(), path::DEVICES, path::AUDIT] {
                got.push(till.get(&world, path).await.status().as_u16());
            }
            assert_eq!(got, may, "{person:?} on a device of a {}", till.bundle.role);
        }
    }
}

#[tokio::test]
async fn wrong_pins_are_counted_across_devices_and_restarts_and_the_wait_grows() {
    let mut world = World::new().await;
    world.person("li", Role::Cashier).await;
    let (one, other) = (world.till(DeviceRole::Cashier).await, world.till(DeviceRole::Cashier).await);
    for left in [4, 3] {
        let problem = problem_of(one.try_sign_in(&world, "li", "0007").await).await;
        assert_eq!((problem.code.as_str(), problem.tries_left), ("pin_wrong", Some(left)));
    }
    world.stop().await;
    world.start().await;
    for left in [2, 1, 0] {
        let problem = problem_of(other.try_sign_in(&world, "li", "0007").await).await;
        assert_eq!((problem.status, problem.tries_left), (403, Some(left)));
    }
    let locked = problem_of(one.try_sign_in(&world, "li", PIN).await).await;
    assert_eq!((locked.code.as_str(), locked.retryable), ("pin_locked", true), "even the right one waits");
    let wait_s = i64::from(locked.retry_after_s.unwrap());
    assert!((50..=61).contains(&wait_s), "{wait_s}");
    world.clock.advance_s(wait_s);
    assert_eq!(code_of(one.try_sign_in(&world, "li", "0007").await).await, "pin_wrong");
    let longer = problem_of(one.try_sign_in(&world, "li", PIN).await).await.retry_after_s.unwrap();
    assert!(i64::from(longer) > wait_s + 50, "{longer}");
    world.clock.advance_s(i64::from(longer));
    assert_eq!(other.try_sign_in(&world, "li", PIN).await.status(), 201);
    let fresh = problem_of(one.try_sign_in(&world, "li", "0007").await).await;
    assert_eq!(fresh.tries_left, Some(4), "a right one forgets the wrong ones");
}

#[tokio::test]
async fn many_at_once_get_no_more_tries_than_one_after_the_other() {
    let world = World::new().await;
    world.person("li", Role::Cashier).await;
    let till = world.till(DeviceRole::Cashier).await;
    let tries = (0..12).map(|_| till.try_sign_in(&world, "li", "0007"));
    let answers = futures_util::future::join_all(tries).await;
    let wrong = answers.iter().filter(|answer| answer.status() == 403).count();
    assert_eq!((wrong, answers.len() - wrong), (5, 7));
}

#[tokio::test]
async fn one_device_cannot_try_many_people() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Cashier).await;
    let mut codes = Vec::new();
    for number in 0..11 {
        let id = format!("nobody-{number}");
        codes.push(code_of(till.try_sign_in(&world, &id, "0007").await).await);
    }
    assert!(codes[..10].iter().all(|code| code == "pin_wrong") && codes[10] == "pin_locked", "{codes:?}");
}

#[tokio::test]
async fn where_people_must_sign_in_a_device_alone_reads_and_brings_what_people_made() {
    let mut world = World::new().await;
    world.set("sign_in = \"required\"").await;
    world.person("li", Role::Cashier).await;
    let mut till = world.till(DeviceRole::Manager).await;
    let people: Value = till.get(&world, path::PEOPLE).await.json().await.unwrap();
    assert_eq!(people["sign_in"], "required");
    assert_eq!(till.get(&world, path::CHANGES).await.status(), 200);
    assert_eq!(code_of(till.get(&world, path::AUDIT).await).await, "sign_in_required");
    let nobodys = till.sign(till.body(50, world.clock.now()));
    let refused = world.put(&till, nobodys.jws(), &nobodys.body().order_no).await;
    assert_eq!(code_of(refused).await, "sign_in_required");
    for (staff, status) in [("stranger", 400), ("li", 201)] {
        let mut body = till.body(50, world.clock.now());
        body.staff = Some(staff.parse().unwrap());
        let signed = till.sign(body);
        let brought = world.put(&till, signed.jws(), &signed.body().order_no).await;
        assert_eq!(brought.status().as_u16(), status, "{staff}");
    }
    till.sign_in(&world, "li").await;
    let order = world.ring_up(&till, 1280).await;
    till.person = None;
    let close = till.call(&world, Method::POST, &path::close(&order.order_no), json!({ "attempt": 1 })).await;
    assert_eq!(code_of(close).await, "sign_in_required");
}

#[tokio::test]
async fn a_session_ends_in_time_by_signing_out_and_with_the_person() {
    let world = World::new().await;
    for id in ["li", "wang", "zhao"] {
        world.person(id, Role::Cashier).await;
    }
    let mut till = world.till(DeviceRole::Manager).await;
    for person in ["li", "wang", "zhao"] {
        till.sign_in(&world, person).await;
    }
    let out = till.call(&world, Method::DELETE, path::SESSIONS, json!(null)).await;
    assert_eq!(out.status(), 204);
    assert_eq!(code_of(till.get(&world, path::CHANGES).await).await, "session_ended");
    let again = till.call(&world, Method::DELETE, path::SESSIONS, json!(null)).await;
    assert_eq!(again.status(), 204, "signed out already");
    till.person = None;
    let leave = json!({ "remove": true });
    let removed = till.call(&world, Method::POST, &path::person(&"wang".parse().unwrap()), leave).await;
    assert_eq!(removed.status(), 200);
    till.person = Some("wang");
    assert_eq!(code_of(till.get(&world, path::CHANGES).await).await, "session_ended");
    till.person = Some("li");
    assert_eq!(till.get(&world, path::CHANGES).await.status(), 200);
    world.clock.advance_s(12 * 60 * 60);
    assert_eq!(code_of(till.get(&world, path::CHANGES).await).await, "session_ended");
}

#[tokio::test]
async fn people_are_kept_by_those_above_them_once_for_each_id() {
    let world = World::new().await;
    world.person("boss", Role::Owner).await;
    world.person("anna", Role::Manager).await;
    let mut till = world.till(DeviceRole::Owner).await;
    till.sign_in(&world, "anna").await;
    let new =
        |id: &str, role: &str, pin: &str| json!({ "person": id, "name": "小李", "role": role, "pin": pin });
    let post = async |till: &Till, body: Value| till.call(&world, Method::POST, path::PEOPLE, body).await;
    let change = async |till: &Till, id: &str, body: Value| {
        till.call(&world, Method::POST, &path::person(&id.parse().unwrap()), body).await
    };
    assert_eq!(post(&till, new("li", "cashier", PIN)).await.status(), 201);
    assert_eq!(post(&till, new("li", "cashier", PIN)).await.status(), 200, "the same again");
    for (body, code, field) in [
        (new("li", "courier", PIN), "person_exists", "person"),
        (new("li", "cashier", "1357"), "person_exists", "person"),
        (new("m", "manager", PIN), "forbidden", "role"),
        (new("m", "auditor", PIN), "bad_request", "role"),
        (new("m", "cashier", "1234"), "bad_request", "pin"),
        (new("m", "cashier", "12"), "bad_request", "pin"),
        (new("M", "cashier", PIN), "bad_request", "person"),
        (
            json!({ "person": "m", "name": "m", "role": "cashier", "pin": PIN, "store": "moon" }),
            "bad_request",
            "store",
        ),
        (
            json!({ "person": "m", "name": "m", "role": "cashier", "pin": PIN, "age": 3 }),
            "bad_request",
            "age",
        ),
    ] {
        let problem = problem_of(post(&till, body.clone()).await).await;
        assert_eq!((problem.code.as_str(), problem.field.as_deref()), (code, Some(field)), "{body}");
    }
    for (id, body, code) in [
        ("li", json!({}), "bad_request"),
        ("li", json!({ "role": "manager" }), "forbidden"),
        ("boss", json!({ "name": "x" }), "forbidden"),
        ("nobody", json!({ "name": "x" }), "not_found"),
        ("li", json!({ "store": "moon" }), "bad_request"),
        ("li", json!({ "pin": "9999" }), "bad_request"),
    ] {
        assert_eq!(code_of(change(&till, id, body.clone()).await).await, code, "{id} {body}");
    }
    assert_eq!(change(&till, "anna", json!({ "pin": "1379" })).await.status(), 200, "her own");
    till.sign_in(&world, "boss").await;
    assert_eq!(
        code_of(change(&till, "boss", json!({ "remove": true })).await).await,
        "bad_request",
        "the last owner"
    );
    let moved = change(&till, "li", json!({ "role": "manager", "store": "main" })).await;
    let moved: Person = moved.json().await.unwrap();
    assert_eq!((moved.role, moved.store), (Role::Manager, Some("main".parse().unwrap())));
    let all: People = till.get(&world, path::PEOPLE).await.json().await.unwrap();
    assert_eq!(
        all.people.iter().map(|person| person.person.as_str()).collect::<Vec<_>>(),
        ["anna", "boss", "li"]
    );
}

#[tokio::test]
async fn a_stream_ends_within_a_second_of_a_change_of_role_a_removal_and_a_revocation() {
    let world = World::new().await;
    world.person("li", Role::Cashier).await;
    let boss = world.till(DeviceRole::Owner).await;
    let mut till = world.till(DeviceRole::Manager).await;
    let li = path::person(&"li".parse().unwrap());
    let revoke = path::revoke(&till.bundle.device);
    for (path, body) in [
        (&li, json!({ "role": "courier" })),
        (&li, json!({ "pin": "2580" })),
        (&revoke, json!({ "reason": "lost on the bus" })),
    ] {
        till.sign_in(&world, "li").await;
        let mut stream = till.get(&world, path::STREAM).await;
        assert_eq!(stream.status(), 200);
        let changed = boss.call(&world, Method::POST, path, body).await;
        assert_eq!(changed.status(), 200);
        let mut said = String::new();
        let ended = tokio::time::timeout(PATIENCE, async {
            world.clock.advance_s(1);
            while let Some(chunk) = stream.chunk().await.unwrap() {
                said.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        });
        ended.await.unwrap();
        assert!(said.contains("event: end") && said.contains("rights"), "{said}");
    }
    assert_eq!(code_of(till.get(&world, path::KEYS).await).await, "device_revoked");
    let devices: Devices = boss.get(&world, path::DEVICES).await.json().await.unwrap();
    let lost = devices.devices.iter().find(|one| one.device == till.bundle.device).unwrap();
    assert!(lost.revoked_at.is_some() && lost.sessions.is_empty());
}

#[tokio::test]
async fn a_manager_of_one_store_keeps_and_sees_that_store_alone() {
    let mut world = World::new().await;
    world.stop().await;
    let file = world.state_dir().join("saoma.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let store = "[[merchants.stores]]\nid = \"main\"";
    std::fs::write(
        &file,
        text.replace(store, &format!("[[merchants.stores]]\nid = \"east\"\nname = \"E\"\n\n{store}")),
    )
    .unwrap();
    world.start().await;
    world.person_at(world.merchant, "anna", Role::Manager, Some("main")).await;
    world.person_at(world.merchant, "east-li", Role::Cashier, Some("east")).await;
    let mut till = world.till(DeviceRole::Owner).await;
    let east = world.till_at(world.merchant, "east", DeviceRole::Cashier).await;
    let order = world.ring_up(&east, 1280).await;
    assert_eq!(
        order_of(till.get(&world, &path::order(&order.order_no)).await, 200).await.order_no,
        order.order_no
    );
    till.sign_in(&world, "anna").await;
    assert_eq!(till.get(&world, &path::order(&order.order_no)).await.status(), 404);
    let devices: Devices = till.get(&world, path::DEVICES).await.json().await.unwrap();
    assert_eq!(devices.devices.len(), 1, "the own store's");
    let revoke = till.call(&world, Method::POST, &path::revoke(&east.bundle.device), json!({})).await;
    assert_eq!(revoke.status(), 404);
    let change = path::person(&"east-li".parse().unwrap());
    assert_eq!(till.call(&world, Method::POST, &change, json!({ "name": "x" })).await.status(), 404);
    assert_eq!(code_of(till.get(&world, path::AUDIT).await).await, "forbidden");
    assert_eq!(code_of(east.try_sign_in(&world, "anna", PIN).await).await, "pin_wrong", "not of that store");
}

#[tokio::test]
async fn the_audit_log_says_who_did_what_and_is_whole() {
    let world = World::new().await;
    world.person("boss", Role::Owner).await;
    let mut till = world.till(DeviceRole::Owner).await;
    let lost = world.till(DeviceRole::Cashier).await;
    till.try_sign_in(&world, "boss", "0007").await;
    till.sign_in(&world, "boss").await;
    till.call(&world, Method::POST, &path::revoke(&lost.bundle.device), json!({})).await;
    till.call(&world, Method::POST, &path::revoke(&lost.bundle.device), json!({})).await;
    let said = audit_of(&world, &till).await;
    let what: Vec<&str> = said.iter().map(|(what, _, _)| what.as_str()).collect();
    assert_eq!(
        what,
        [
            "person_added",
            "pairing_link_made",
            "device_paired",
            "pairing_link_made",
            "device_paired",
            "sign_in_failed",
            "signed_in",
            "device_revoked"
        ]
    );
    let boss = || Some("boss".to_owned());
    assert_eq!(said[7], ("device_revoked".to_owned(), boss(), Some(lost.bundle.device.to_string())));
    let page: Audit = till.get(&world, "/v1/audit?after=6&limit=1").await.json().await.unwrap();
    assert_eq!((page.lines[0].seq, page.more), (7, true));
    for query in ["after=x", "limit=0", "page=1"] {
        assert_eq!(till.get(&world, &format!("/v1/audit?{query}")).await.status(), 400, "{query}");
    }
    let shop = world.backend().shop();
    let verified = audit::verify(shop.ledger.as_ref(), &world.merchant.parse().unwrap()).await.unwrap();
    let Verified::Whole { lines: 8, head } = verified else { panic!("{verified:?}") };
    let all: Audit = till.get(&world, path::AUDIT).await.json().await.unwrap();
    assert_eq!(all.lines.last().unwrap().hash, head);
}

#[tokio::test]
async fn an_order_of_a_person_who_was_removed_is_closed_by_another() {
    let world = World::new().await;
    world.person("li", Role::Cashier).await;
    world.person("zhao", Role::Cashier).await;
    let mut till = world.till(DeviceRole::Manager).await;
    till.sign_in(&world, "li").await;
    let order = world.ring_up(&till, 1280).await;
    till.person = None;
    let leave = json!({ "remove": true });
    let removed = till.call(&world, Method::POST, &path::person(&"li".parse().unwrap()), leave).await;
    assert_eq!(removed.status(), 200);
    till.sign_in(&world, "zhao").await;
    assert_eq!(world.close(&till, &order).await.state.as_str(), "closing");
}
