use std::path::PathBuf;
use std::sync::OnceLock;

use toml::{Table, Value};

use super::*;
use crate::rules::Then;

/// A sandbox's configuration and key files, made once for all tests of this file.
fn sandbox() -> &'static (tempfile::TempDir, String) {
    static SANDBOX: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sandbox = saoma_sandbox::Sandbox::start(saoma_sandbox::Config {
                listen: ([127, 0, 0, 1], 0).into(),
                state_dir: folder.path().join("sandbox"),
                clock: saoma_sandbox::ClockMode::Manual,
                seed: Some(1),
                allow_remote: false,
            });
            sandbox.await.unwrap().shutdown().await;
        });
        let described = std::fs::read_to_string(folder.path().join("sandbox/sandbox.json")).unwrap();
        let written =
            write_sandbox_config(&described, &folder.path().join("state"), ([127, 0, 0, 1], 0).into())
                .unwrap();
        let text = std::fs::read_to_string(written).unwrap();
        (folder, text)
    })
}

fn folder() -> PathBuf {
    sandbox().0.path().join("state")
}

/// Writes a file beside the configuration and gives its name.
fn file(name: &str, text: &str) -> Value {
    std::fs::write(folder().join(name), text).unwrap();
    Value::String(name.to_owned())
}

fn problems(text: &str) -> Vec<ConfigProblem> {
    let environment = |name: &str| (name == "SAOMA_SHORT_KEY").then(|| "short".to_owned());
    check(text, &folder(), &environment).err().unwrap_or_default()
}

/// The sandbox's configuration with one change: a path such as `merchants.1.name`, and its new value, or none.
fn changed(path: &str, value: Option<Value>) -> String {
    let mut table: Table = sandbox().1.parse().unwrap();
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = &mut table;
    let mut parts = parents.split('.').filter(|part| !part.is_empty());
    while let Some(part) = parts.next() {
        let found = place.get_mut(part).unwrap();
        place = match found {
            Value::Array(items) => {
                items[parts.next().unwrap().parse::<usize>().unwrap()].as_table_mut().unwrap()
            }
            found => found.as_table_mut().unwrap(),
        };
    }
    match value {
        Some(value) => place.insert(last.to_owned(), value),
        None => place.remove(last),
    };
    toml::to_string(&table).unwrap()
}

fn text(text: &str) -> Option<Value> {
    Some(Value::String(text.to_owned()))
}

#[test]
fn what_is_written_for_a_sandbox_can_be_used() {
    assert_eq!(problems(&sandbox().1), []);
    let config = check(&sandbox().1, &folder(), &|_| None).ok().unwrap();
    assert!(config.merchants.len() >= 2);
    assert!(config.merchants.iter().all(|merchant| !merchant.merchant.live && merchant.limits.life_s == 300));
}

#[test]
fn what_is_written_for_a_sandbox_over_v2_can_be_used() {
    let described = std::fs::read_to_string(sandbox().0.path().join("sandbox/sandbox.json")).unwrap();
    let state = sandbox().0.path().join("state-v2");
    let listen = ([127, 0, 0, 1], 0).into();
    let written = write_sandbox_config_over(SandboxProtocol::V2, &described, &state, listen).unwrap();
    let config = check(&std::fs::read_to_string(written).unwrap(), &state, &|_| None).ok().unwrap();
    assert!(config.merchants.len() >= 2);
    assert!(config.merchants.iter().all(|one| matches!(one.wechatpay.protocol, Protocol::V2(_))));
}

#[test]
fn one_address_holds_a_quarter_of_the_connections_unless_it_is_the_proxys() {
    let connections = |more: &str| {
        let text = format!("{more}\n{}", sandbox().1);
        let config = check(&text, &folder(), &|_| None).unwrap_or_else(|found| panic!("{found:?}"));
        (config.connections.all_max, config.connections.of_address_max)
    };
    assert_eq!(connections(""), (4_000, Some(1_000)));
    assert_eq!(connections("behind_proxy = true\npublic_url = \"https://pay.example.cn\""), (4_000, None));
}

#[test]
fn each_wrong_field_is_named_with_what_to_do() {
    let number = |number: i64| Some(Value::Integer(number));
    let limit = |name: &str, limit: i64| {
        Some(Value::Table([(name.to_owned(), Value::Integer(limit))].into_iter().collect()))
    };
    let pay = "merchants.0.wechatpay.";
    let table: Table = sandbox().1.parse().unwrap();
    let own = Some(table["merchants"][0]["wechatpay"]["mchid"].clone());
    let broken_pem =
        || Some(file("broken.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    for (path, value, field, hint) in [
        ("listen".to_owned(), None, "listen", "missing"),
        ("listen".to_owned(), number(8080), "listen", ""),
        ("listen".to_owned(), text("localhost"), "listen", ""),
        ("listen".to_owned(), text("0.0.0.0:8080"), "tls", "behind_proxy"),
        ("state_dir".to_owned(), text(""), "state_dir", "empty"),
        ("public_url".to_owned(), text("http://pay.example.cn"), "public_url", "https"),
        ("public_url".to_owned(), text("https://pay.example.cn/saoma"), "public_url", "path"),
        ("statement_key_days".to_owned(), number(0), "statement_key_days", ""),
        ("limits".to_owned(), limit("connections_max", 9), "limits.connections_max", "10 to 100000"),
        (
            "limits".to_owned(),
            limit("connections_of_address_max", -1),
            "limits.connections_of_address_max",
            "0 to 100000",
        ),
        ("mystery".to_owned(), number(1), "mystery", ""),
        ("merchants".to_owned(), None, "merchants", ""),
        ("merchants.0.id".to_owned(), text("Tea Shop"), "merchants[0].id", "a-z"),
        ("merchants.1.id".to_owned(), text("shop-1"), "merchants[1].id", "two merchants"),
        ("merchants.0.name".to_owned(), text("a\nb"), "merchants[0].name", "control"),
        ("merchants.0.account".to_owned(), text("demo"), "merchants[0].account", "live or test"),
        ("merchants.0.life_s".to_owned(), number(59), "merchants[0].life_s", "60"),
        ("merchants.0.life_s".to_owned(), number(6601), "merchants[0].life_s", "6600"),
        ("merchants.0.amount_max".to_owned(), number(0), "merchants[0].amount_max", "1"),
        ("merchants.0.utc_offset_minutes".to_owned(), number(900), "merchants[0].utc_offset_minutes", ""),
        (
            "merchants.0.late_money".to_owned(),
            text("keep"),
            "merchants[0].late_money",
            "ask, accept or refund",
        ),
        ("merchants.0.late_money".to_owned(), number(1), "merchants[0].late_money", "a text"),
        ("merchants.0.fee_rate".to_owned(), text("0.60"), "merchants[0].fee_rate", "a percentage"),
        ("merchants.0.fee_rate".to_owned(), text("100.01%"), "merchants[0].fee_rate", "a percentage"),
        ("merchants.0.fee_rate".to_owned(), text("-0.60%"), "merchants[0].fee_rate", "a percentage"),
        ("merchants.0.fee_rate".to_owned(), number(1), "merchants[0].fee_rate", "a text"),
        (format!("{pay}code_pay"), text("yes"), "merchants[0].wechatpay.code_pay", "true or false"),
        ("merchants.0.sign_in".to_owned(), text("never"), "merchants[0].sign_in", "optional or required"),
        ("merchants.0.session_hours".to_owned(), number(0), "merchants[0].session_hours", "720"),
        ("merchants.0.session_hours".to_owned(), number(721), "merchants[0].session_hours", "720"),
        ("merchants.0.stores".to_owned(), None, "merchants[0].stores", ""),
        ("merchants.0.stores.0.id".to_owned(), text(""), "merchants[0].stores[0].id", ""),
        (format!("{pay}mchid"), text("not a number"), "merchants[0].wechatpay.mchid", ""),
        (format!("{pay}appid"), None, "merchants[0].wechatpay.appid", "missing"),
        (format!("{pay}sub_mchid"), text("shop"), "merchants[0].wechatpay.sub_mchid", "digits"),
        (format!("{pay}sub_mchid"), own, "merchants[0].wechatpay.sub_mchid", "own number"),
        (
            format!("{pay}sub_appid"),
            text("wx00000000000000ab"),
            "merchants[0].wechatpay.sub_mchid",
            "missing",
        ),
        (format!("{pay}serial_no"), text("XYZ"), "merchants[0].wechatpay.serial_no", ""),
        (format!("{pay}serial_no"), None, "merchants[0].wechatpay.serial_no", "certificate_file"),
        (
            format!("{pay}private_key_file"),
            text("absent.pem"),
            "merchants[0].wechatpay.private_key_file",
            "absent.pem",
        ),
        (format!("{pay}private_key_file"), broken_pem(), "merchants[0].wechatpay.private_key_file", ""),
        (
            format!("{pay}private_key_file"),
            None,
            "merchants[0].wechatpay.private_key_file",
            "private_key_env",
        ),
        (format!("{pay}private_key_env"), text("X"), "merchants[0].wechatpay.private_key_file", "keep one"),
        (
            format!("{pay}api_v3_key_file"),
            Some(file("short", "0123456789")),
            "merchants[0].wechatpay.api_v3_key_file",
            "32",
        ),
        (format!("{pay}api_v3_key_env"), text("UNSET"), "merchants[0].wechatpay.api_v3_key_file", "keep one"),
        (
            format!("{pay}certificates"),
            Some(Value::Boolean(false)),
            "merchants[0].wechatpay.certificates",
            "public_key_id",
        ),
        (
            format!("{pay}public_key_id"),
            text("PUB_KEY_ID_1"),
            "merchants[0].wechatpay.public_key_file",
            "missing",
        ),
        (format!("{pay}base_url"), None, "merchants[0].wechatpay.base_url", "sandbox"),
        (
            format!("{pay}base_url"),
            text("http://sandbox.example.cn"),
            "merchants[0].wechatpay.base_url",
            "https",
        ),
        (format!("{pay}notify_base"), text("ftp://x"), "merchants[0].wechatpay.notify_base", "https"),
        (format!("{pay}colour"), text("red"), "merchants[0].wechatpay.colour", ""),
    ] {
        let found = problems(&changed(&path, value));
        let named = found.iter().find(|problem| problem.field == field);
        let named = named.unwrap_or_else(|| panic!("{path}: {field} is not named in {found:?}"));
        assert!(named.detail.contains(hint), "{path}: {named}");
    }
}

#[test]
fn each_wrong_rule_is_named_with_what_to_do() {
    for (rules, field, hint) in [
        ("order_ceiling = { then = \"stop\" }", "order_ceiling.then", "off, note, ask, refuse"),
        ("order_ceiling = { then = \"ask\" }", "order_ceiling.amount", "missing"),
        ("order_ceiling = { amount = 0 }", "order_ceiling.amount", "1 to"),
        ("order_ceiling = { times = 1 }", "order_ceiling.times", "no such field"),
        ("device_hour = { times = 0 }", "device_hour.times", "1 to"),
        ("open_codes = { amount = 5 }", "open_codes.amount", "no such field"),
        ("failed_codes = 3", "failed_codes", "a table"),
        ("refund_day_share = { percent = 101 }", "refund_day_share.percent", "0 to 100"),
        ("refund_day_share = { free = -1 }", "refund_day_share.free", "0 to"),
        ("refund_at_night = { from_hour = 24 }", "refund_at_night.from_hour", "0 to 23"),
        ("refund_at_night = { within_minutes = 0 }", "refund_at_night.within_minutes", "1 to 1440"),
        ("device_moves = { then = \"ask\" }", "device_moves.then", "off, note, refuse"),
        ("replayed = { then = \"ask\" }", "replayed.then", "off, note, refuse"),
        ("skewed = { then = \"refuse\" }", "skewed.then", "off, note"),
        ("mood = { then = \"note\" }", "mood", "no such field"),
    ] {
        let table: Table = rules.parse().unwrap();
        let found = problems(&changed("merchants.0.rules", Some(Value::Table(table))));
        let field = format!("merchants[0].rules.{field}");
        assert!(
            matches!(found.as_slice(), [only] if only.field == field && only.detail.contains(hint)),
            "{rules}: {found:?}"
        );
    }
    let rules = "order_ceiling = { then = \"ask\", amount = 500000 }\nopen_codes = { then = \"off\" }";
    let text = changed("merchants.0.rules", Some(Value::Table(rules.parse().unwrap())));
    let config = check(&text, &folder(), &|_| None).ok().unwrap();
    let rules = &config.merchants[0].rules;
    assert_eq!((rules.order_ceiling.then, rules.order_ceiling.amount), (Then::Ask, 500_000));
    assert_eq!((rules.open_codes.then, rules.open_codes.times), (Then::Off, 50));
}

#[test]
fn a_test_account_never_calls_wechat_pay_and_a_live_one_nobody_else() {
    for host in
        ["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com", "https://api.wechatpay.cn"]
    {
        let found = problems(&changed("merchants.0.wechatpay.base_url", text(host)));
        assert!(
            found.iter().any(|problem| problem.field == "merchants[0].wechatpay.base_url"),
            "{host}: {found:?}"
        );
    }
    let found = problems(&changed("merchants.0.account", text("live")));
    let named = found.iter().find(|problem| problem.field == "merchants[0].wechatpay.base_url").unwrap();
    assert!(named.detail.contains("WeChat Pay's own hosts"), "{named}");
}

#[test]
fn published_sample_keys_are_refused() {
    // The APIv3 key of a public library's test suite.
    let published = file("published", "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb");
    let found = problems(&changed("merchants.0.wechatpay.api_v3_key_file", Some(published)));
    let named =
        found.iter().find(|problem| problem.field == "merchants[0].wechatpay.api_v3_key_file").unwrap();
    assert!(named.detail.contains("published"), "{named}");
    assert!(!named.to_string().contains("a7cde1"), "a key is never repeated: {named}");
}

#[test]
fn a_secret_may_stand_in_the_environment_and_is_checked_there() {
    let mut table: Table = sandbox().1.parse().unwrap();
    let account = table["merchants"][0]["wechatpay"].as_table_mut().unwrap();
    account.remove("api_v3_key_file");
    account.insert("api_v3_key_env".to_owned(), Value::String("SAOMA_SHORT_KEY".to_owned()));
    let found = problems(&toml::to_string(&table).unwrap());
    assert_eq!(found[0].field, "merchants[0].wechatpay.api_v3_key_env");
    assert!(found[0].detail.contains("32"), "{}", found[0]);
    let unset = toml::to_string(&table).unwrap().replace("SAOMA_SHORT_KEY", "SAOMA_NO_KEY");
    assert!(problems(&unset)[0].detail.contains("SAOMA_NO_KEY is not set"));
}

#[test]
fn all_problems_are_told_at_once() {
    let found = problems("listen = 1\nmystery = 2\n[[merchants]]\nid = \"X\"\n");
    let fields: Vec<&str> = found.iter().map(|problem| problem.field.as_str()).collect();
    for field in
        ["listen", "state_dir", "mystery", "merchants[0].id", "merchants[0].name", "merchants[0].wechatpay"]
    {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
    let broken = problems("listen = \"127.0.0.1:0\"\nkey = \"0123456789secret\n");
    assert_eq!(broken[0].field, "config");
    assert!(
        broken[0].detail.starts_with("line 2: ") && !broken[0].detail.contains("secret"),
        "{}",
        broken[0]
    );
}

#[test]
fn a_wrong_field_is_told_once_and_makes_no_other_wrong() {
    let fields = |text: &str| problems(text).into_iter().map(|problem| problem.field).collect::<Vec<_>>();
    assert_eq!(fields(&changed("merchants.0.account", text("demo"))), ["merchants[0].account"]);
    assert_eq!(fields(&changed("public_url", Some(Value::Integer(1)))), ["public_url"]);
    let account = "merchants[0].wechatpay";
    assert_eq!(
        fields(&changed("merchants.0.wechatpay.certificate_file", text("absent.pem"))),
        [format!("{account}.certificate_file")]
    );
}

#[test]
fn a_live_account_must_be_reached_by_https() {
    let mut table: Table = sandbox().1.parse().unwrap();
    let merchant = table["merchants"][0].as_table_mut().unwrap();
    merchant.insert("account".to_owned(), Value::String("live".to_owned()));
    merchant["wechatpay"].as_table_mut().unwrap().remove("base_url");
    let live = toml::to_string(&table).unwrap();
    assert_eq!(problems(&live)[0].field, "merchants[0].wechatpay.notify_base");
    assert_eq!(problems(&format!("public_url = \"https://pay.example.cn\"\n{live}")), []);
}

#[test]
fn tls_files_are_read_and_checked() {
    let with = |tls: &str| problems(&format!("{}\n[tls]\n{tls}", sandbox().1));
    let found = with("certificate_file = \"absent.pem\"\nkey_file = \"absent.key\"\n");
    assert_eq!(
        found.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(),
        ["tls.certificate_file", "tls.key_file"]
    );
    file("no-certificate", "hello");
    let found = with("certificate_file = \"no-certificate\"\nkey_file = \"no-certificate\"\n");
    assert!(found.iter().any(|problem| problem.field == "tls.certificate_file"), "{found:?}");
    assert!(found.iter().any(|problem| problem.field == "tls.key_file"), "{found:?}");
    let described = std::fs::read_to_string(sandbox().0.path().join("sandbox/sandbox.json")).unwrap();
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    let of = |number: usize, name: &str| described["merchants"][number][name].as_str().unwrap().to_owned();
    file("cert.pem", &of(0, "certificate_pem"));
    file("its.key", &of(0, "private_key_pem"));
    file("other.key", &of(1, "private_key_pem"));
    assert_eq!(with("certificate_file = \"cert.pem\"\nkey_file = \"its.key\"\npin = true\n"), []);
    let found = with("certificate_file = \"cert.pem\"\nkey_file = \"other.key\"\n");
    assert_eq!(found[0].to_string(), "tls.key_file: is not the key of certificate_file");
}

#[test]
fn the_text_to_start_from_needs_only_its_capitals_filled_in() {
    let state = folder();
    let key = std::fs::read_to_string(state.join("shop-1-private-key.pem")).unwrap();
    file("apiclient_key.pem", &key);
    std::fs::copy(state.join("sandbox-public-key.pem"), state.join("pub_key.pem")).unwrap();
    let known: Table = sandbox().1.parse().unwrap();
    let account = known["merchants"][0]["wechatpay"].as_table().unwrap();
    let of = |name: &str| account[name].as_str().unwrap().to_owned();
    let filled = INIT_TEXT
        .replace("PAY.EXAMPLE.COM", "pay.example.com")
        .replace("SHOP NAME", "绿豆茶")
        .replace("STORE NAME", "West Lake")
        .replace("\"MCHID\"", &format!("{:?}", of("mchid")))
        .replace("\"APPID\"", &format!("{:?}", of("appid")))
        .replace("certificate_file = \"apiclient_cert.pem\"", &format!("serial_no = {:?}", of("serial_no")))
        .replace("PUB_KEY_ID_OF_WECHAT_PAY", "PUB_KEY_ID_0116880012342026080100000000001234");
    let environment =
        |name: &str| (name == "SAOMA_API_V3_KEY").then(|| "0123456789abcdef0123456789ABCDEF".to_owned());
    let found = check(&filled, &state, &environment).err().unwrap_or_default();
    assert_eq!(found, []);
}

/// The sandbox's configuration with its first merchant on API v2, and one field of it as given.
fn over_v2(field: &str, value: Option<Value>) -> String {
    let mut table: Table = sandbox().1.parse().unwrap();
    let account = table["merchants"][0]["wechatpay"].as_table_mut().unwrap();
    for field in ["api_v3_key_file", "serial_no", "private_key_file", "public_key_id", "public_key_file"] {
        account.remove(field);
    }
    account.insert("protocol".to_owned(), Value::String("v2".to_owned()));
    account.insert("api_v2_key_file".to_owned(), file("v2-key", "0123456789abcdefghijABCDEFGHIJKL\n"));
    match value {
        Some(value) => account.insert(field.to_owned(), value),
        None => account.remove(field),
    };
    toml::to_string(&table).unwrap()
}

#[test]
fn a_merchant_may_speak_v2() {
    use saoma_wechatpay::v2::SignType;

    let protocol = |text: &str| {
        let config = check(text, &folder(), &|_| None).ok().unwrap();
        let pay = config.merchants.into_iter().next().unwrap().wechatpay;
        match pay.protocol {
            Protocol::V2(keys) => (keys, pay.code_pay),
            Protocol::V3(_) => panic!("v3"),
        }
    };
    let (keys, code_pay) = protocol(&over_v2("base_url", text("http://127.0.0.1:9")));
    assert_eq!(
        (keys.signing.sign_type, keys.server_ip.to_string().as_str()),
        (SignType::HmacSha256, "127.0.0.1")
    );
    assert!(code_pay && keys.client_identity.is_none());
    assert_eq!(protocol(&over_v2("sign_type", text("MD5"))).0.signing.sign_type, SignType::Md5);
    assert!(!protocol(&over_v2("code_pay", Some(Value::Boolean(false)))).1);
}

#[test]
fn what_is_wrong_with_an_account_over_v2_is_named_by_its_field() {
    let published = file("v2-sample", "192006250b4c09247ec02edce69f6a2d");
    for (field, value, named, said) in [
        ("protocol", text("v4"), "protocol", "v3 or v2"),
        ("api_v2_key_file", None, "api_v2_key_file", "missing"),
        ("api_v2_key_file", Some(published), "api_v2_key_file", "published"),
        ("api_v2_key_file", Some(file("v2-short", "short")), "api_v2_key_file", "32 characters"),
        ("api_v2_key_env", text("UNSET"), "api_v2_key_file", "keep one"),
        ("sign_type", text("md5"), "sign_type", "HMAC-SHA256 or MD5"),
        ("server_ip", text("localhost"), "server_ip", ""),
        ("sub_mch_id", text("1600005678"), "sub_mch_id", "no such field"),
        ("base_url", text("https://sandbox.example"), "certificate_file", "missing"),
        ("certificate_file", text("absent.pem"), "certificate_file", "absent.pem"),
        ("api_v3_key_file", text("v2-key"), "api_v3_key_file", ""),
    ] {
        let found = problems(&over_v2(field, value));
        let place = format!("merchants[0].wechatpay.{named}");
        let is_named = |problem: &ConfigProblem| problem.field == place && problem.detail.contains(said);
        assert!(found.iter().any(is_named), "{field}: {found:?}");
    }
}
