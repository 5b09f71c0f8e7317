//! Keys and certificates that are changed on the disk and taken up while the backend runs.

use std::path::PathBuf;

use http::Method;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use saoma_backend::admin::{Command, ask};
use saoma_backend::clock::Clock as _;
use saoma_backend::orders::Answer;
use saoma_contract::{DeviceRole, Time, path};
use serde_json::{Value, json};

use crate::world::{Till, World, problem_of};

const DAY_MS: i64 = 86_400_000;

/// A certificate that holds for days from now (or held until days ago), and its key.
fn certified(now: Time, days: i64) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    (certificate(now, days, &key), key.serialize_pem())
}

fn certificate(now: Time, days: i64, key: &KeyPair) -> String {
    let date = |at: Time| {
        let date = at.date(0);
        let part = |range: std::ops::Range<usize>| date[range].parse::<u8>().unwrap();
        date_time_ymd(date[..4].parse().unwrap(), part(5..7), part(8..10))
    };
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_before = date(now.plus_ms(-400 * DAY_MS));
    params.not_after = date(now.plus_ms(days * DAY_MS));
    params.self_signed(key).unwrap().pem()
}

fn file(world: &World, name: &str) -> PathBuf {
    world.state_dir().join(name)
}

fn put_certificate(world: &World, (certificate, key): &(String, String)) {
    std::fs::write(file(world, "tls.pem"), certificate).unwrap();
    std::fs::write(file(world, "tls.key"), key).unwrap();
}

/// A shop that does TLS itself, with this certificate.
async fn over_tls(certificate: &(String, String)) -> World {
    let mut world = World::new().await;
    world.stop().await;
    put_certificate(&world, certificate);
    let config = file(&world, "saoma.toml");
    let tls = "\n[tls]\ncertificate_file = \"tls.pem\"\nkey_file = \"tls.key\"\n";
    let text = std::fs::read_to_string(&config).unwrap() + tls;
    std::fs::write(&config, text).unwrap();
    world.start().await;
    world
}

/// The certificate that a new connection is shown.
async fn shown(world: &World) -> Vec<u8> {
    let client = reqwest::Client::builder().no_proxy().danger_accept_invalid_certs(true).tls_info(true);
    let url = format!("{}{}", world.backend().url(), path::TIME);
    let answer = client.build().unwrap().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let info = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

fn der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject as _;
    rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

async fn states(world: &World) -> Vec<(String, String)> {
    let held = ask(&world.state_dir(), &Command::Certificates {}).await.unwrap();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    held.as_array().unwrap().iter().map(|one| (text(one, "of"), text(one, "state"))).collect()
}

#[tokio::test]
async fn a_new_tls_certificate_is_shown_to_new_connections_and_a_bad_one_is_refused_by_its_name() {
    let now = Time::from_unix_ms(jiff::Timestamp::now().as_millisecond());
    let (old, new) = (certified(now, 90), certified(now, 365));
    let world = over_tls(&old).await;
    assert_eq!(shown(&world).await, der(&old.0));
    put_certificate(&world, &new);
    let taken = world.backend().reload().await.unwrap();
    assert_eq!(taken[0], "tls");
    assert_eq!(shown(&world).await, der(&new.0));

    let gone = certified(now, -1);
    for (bad, named) in [
        ((new.0.clone(), old.1.clone()), "tls.key_file"),
        (("no certificate".to_owned(), new.1.clone()), "tls.certificate_file"),
        (gone, "certificate of tls"),
    ] {
        put_certificate(&world, &bad);
        let why = world.backend().reload().await.unwrap_err();
        assert!(why.contains(named), "{named}: {why}");
        assert_eq!(shown(&world).await, der(&new.0), "{named}: the old one stays");
    }
    std::fs::remove_file(file(&world, "tls.key")).unwrap();
    let why = world.backend().reload().await.unwrap_err();
    assert!(why.contains("tls.key_file") && why.contains("tls.key"), "{why}");
}

#[tokio::test]
async fn the_key_that_tills_are_paired_with_is_certified_anew_and_never_exchanged_under_them() {
    let now = Time::from_unix_ms(jiff::Timestamp::now().as_millisecond());
    let (key, other) = (KeyPair::generate().unwrap(), certified(now, 365));
    let of_key = |days| (certificate(now, days, &key), key.serialize_pem());
    let old = of_key(90);
    let mut world = over_tls(&old).await;
    world.stop().await;
    let config = file(&world, "saoma.toml");
    let text = std::fs::read_to_string(&config).unwrap() + "pin = true\n";
    std::fs::write(&config, text).unwrap();
    world.start().await;
    put_certificate(&world, &other);
    let why = world.backend().reload().await.unwrap_err();
    assert!(why.starts_with("tls: tills are paired"), "{why}");
    assert_eq!(shown(&world).await, der(&old.0));
    let new = of_key(365);
    put_certificate(&world, &new);
    world.backend().reload().await.unwrap();
    assert_eq!(shown(&world).await, der(&new.0));
}

#[tokio::test]
async fn a_certificate_that_ends_is_told_in_time_and_one_that_is_over_does_not_keep_the_backend_from_starting()
 {
    let now = Time::from_unix_ms(jiff::Timestamp::now().as_millisecond());
    let mut world = over_tls(&certified(now, 60)).await;
    let tls = |state: &str| vec![("tls".to_owned(), state.to_owned())];
    assert_eq!(states(&world).await, tls("good"));
    world.clock.advance_s(32 * 86_400);
    assert_eq!(states(&world).await, tls("soon"));
    world.clock.advance_s(30 * 86_400);
    assert_eq!(states(&world).await, tls("over"));
    world.stop().await;
    world.start().await;
    assert_eq!(states(&world).await, tls("over"));
    put_certificate(&world, &certified(world.clock.now(), 365));
    world.backend().reload().await.unwrap();
    assert_eq!(states(&world).await, tls("good"));
}

#[tokio::test]
async fn a_merchants_new_key_signs_the_next_call_to_wechat_pay() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Cashier).await;
    let order = world.ring_up(&till, 1280).await;
    let number = order.attempts[0].out_trade_no.clone();
    let asked = async || {
        let merchant = world.merchant.parse().unwrap();
        world.backend().shop().merchant(&merchant).unwrap().channel().query(&number).await
    };
    assert!(matches!(asked().await, Answer::NotPaid));
    let (own, others) = (file(&world, "shop-2-private-key.pem"), file(&world, "shop-1-private-key.pem"));
    let right = std::fs::read(&own).unwrap();
    std::fs::copy(others, &own).unwrap();
    assert!(matches!(asked().await, Answer::NotPaid), "not before it is told to");
    world.backend().reload().await.unwrap();
    assert!(matches!(asked().await, Answer::Unknown), "WeChat Pay knows another key of this merchant");
    std::fs::write(&own, right).unwrap();
    world.backend().reload().await.unwrap();
    assert!(matches!(asked().await, Answer::NotPaid));
}

#[tokio::test]
async fn whose_account_it_is_stays_as_it_is_while_the_backend_runs() {
    let world = World::new().await;
    let config = file(&world, "saoma.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let with =
        |line: &str| text.replace("[merchants.wechatpay]\n", &format!("[merchants.wechatpay]\n{line}\n"));
    for line in
        ["sub_mchid = \"1600005678\"", "sub_mchid = \"1600005678\"\nsub_appid = \"wx00000000000000ab\""]
    {
        assert_ne!(with(line), text);
        std::fs::write(&config, with(line)).unwrap();
        let why = world.backend().reload().await.unwrap_err();
        assert!(why.contains("sub_mchid stay as they are"), "{why}");
    }
    std::fs::write(&config, &text).unwrap();
    world.backend().reload().await.unwrap();
}

#[tokio::test]
async fn a_device_revoked_beside_the_running_backend_is_refused_and_the_audit_log_says_so() {
    let world = World::new().await;
    let boss = world.till(DeviceRole::Manager).await;
    let lost = world.till(DeviceRole::Cashier).await;
    let (device, now) = (lost.bundle.device.clone(), world.clock.now());
    for _ in 0..2 {
        assert!(saoma_backend::revoke_beside(&world.state_dir(), &device, now).unwrap());
    }
    assert!(!saoma_backend::revoke_beside(&world.state_dir(), &"d-none".parse().unwrap(), now).unwrap());
    let refused = lost.call(&world, Method::GET, path::KEYS, json!(null)).await;
    assert_eq!(problem_of(refused).await.code.as_str(), "device_revoked");
    let told = |audit: Value| {
        let lines = audit["lines"].as_array().unwrap().clone();
        lines.into_iter().filter(|line| line["what"] == "device_revoked").collect::<Vec<_>>()
    };
    let audit =
        async |till: &Till| till.call(&world, Method::GET, path::AUDIT, json!(null)).await.json().await;
    let lines = told(audit(&boss).await.unwrap());
    assert_eq!(lines.len(), 1, "revoking again changes nothing");
    assert_eq!((&lines[0]["by"], &lines[0]["about"]), (&json!("admin"), &json!(device)));
    let whole = Command::VerifyAudit { merchant: Some(world.merchant.parse().unwrap()) };
    ask(&world.state_dir(), &whole).await.unwrap();
}
