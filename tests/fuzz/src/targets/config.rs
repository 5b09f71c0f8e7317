//! The configuration: TOML, and files that it names.

use std::sync::LazyLock;

use saoma_backend::config::{INIT_TEXT, check};
use tempfile::TempDir;

use crate::Target;

pub(super) const CONFIG: Target = Target {
    name: "config",
    seeds,
    words: &[
        "[[merchants]]\n",
        "[merchants.wechatpay]\n",
        "[limits]\n",
        "[tls]\n",
        "[merchants.rules.order_ceiling]\n",
        " = ",
        "\"\"\"",
        "'''",
        "[[",
        "]]",
        "{ a = 1 }",
        "1979-05-27T07:32:00Z",
        "inf",
        "0x7fffffffffffffff",
        "true",
        "\"/dev/zero\"",
        "\"/proc/self/environ\"",
        "\"cert.pem\"",
        "\"key\"",
        "\"0.0.0.0:80\"",
        "\"https://pay.example.com\"",
        "\"live\"",
        "\"v2\"",
        "\\u0000",
        "\\UFFFFFFFF",
    ],
    input_bytes_max: 64 * 1024,
    // A few of the largest file that it may name.
    memory_bytes_max: 16 << 20,
    executions: 800,
    run,
};

/// A certificate; nobody has its key.
pub(super) const CERTIFICATE: &str = include_str!("../../seeds/certificate.pem");

/// What stands in the file and in the variable that may be named.
const SECRET: &str = "ForTestsOnlyForTestsOnlyForTests";

const TEST_SHOP: &str = r#"listen = "127.0.0.1:0"
state_dir = "state"
[limits]
body_bytes_max = 70000
[[merchants]]
id = "shop-1"
name = "Shop 1"
account = "test"
fee_rate = "0.60%"
late_money = "refund"
[merchants.rules.order_ceiling]
then = "ask"
amount = 500000
[[merchants.stores]]
id = "main"
name = "Main street"
[merchants.wechatpay]
protocol = "v2"
mchid = "1688001234"
appid = "wx1f2e3d4c5b6a7988"
api_v2_key_file = "key"
sign_type = "MD5"
base_url = "http://127.0.0.1:9000"
"#;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in [("key", SECRET), ("cert.pem", CERTIFICATE)] {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    folder
});

fn seeds() -> Vec<Vec<u8>> {
    let keys = "certificate_file = \"cert.pem\"\nprivate_key_file = \"cert.pem\"";
    let over_v3 = TEST_SHOP
        .replace("protocol = \"v2\"", keys)
        .replace("api_v2_key_file = \"key\"", "api_v3_key_env = \"KEY\"")
        .replace("sign_type = \"MD5\"\n", "");
    let tls = format!("{TEST_SHOP}[tls]\ncertificate_file = \"cert.pem\"\nkey_file = \"key\"\npin = true\n");
    [TEST_SHOP.to_owned(), INIT_TEXT.to_owned(), over_v3, tls].map(String::into_bytes).to_vec()
}

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let environment = |name: &str| (name == "KEY").then(|| SECRET.to_owned());
    let Err(problems) = check(&text, FOLDER.path(), &environment) else { return };
    assert!(!problems.is_empty(), "refused without a reason");
    for problem in problems {
        assert!(!problem.field.is_empty());
        let detail = problem.to_string();
        assert!(!detail.contains(SECRET), "a secret is repeated: {detail}");
    }
}
