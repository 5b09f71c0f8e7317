//! `saoma bill`: for people who have a bill and no backend, and against a backend's ledger.

use std::io::Write as _;
use std::path::Path;
use std::process::Output;

use saoma_backend::ledger::sqlite::{Executor, SqliteLedger};
use saoma_backend::ledger::{Ledger, LedgerError, MerchantRow};
use saoma_backend::orders::{AttemptRecord, Evidence, OrderRecord, PaymentRecord, Phase};
use saoma_contract::{AttemptNo, Currency, OrderNo, Time};
use serde_json::Value;

use crate::process::run;

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,\
应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const PAID: &str = "`2026-08-01 10:02:31,`wx1f2e3d4c5b6a7988,`1688001234,`0,`till07,`4200001234202608017654321098,\
`KB20260801-0007,`oKB1xYz9Abc_defGHIjklMNOpqr0,`NATIVE,`SUCCESS,`OTHERS,`CNY,`12.80,`0.00,`0,`0,`0.00,`0.00,`,`,\
`=绿豆咖啡,拿铁,`till-07,`0.08000,`0.60%,`12.80,`0.00,`";
const SUMMARY: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n\
`1.0,`12.80,`0.00,`0.00,`0.08000,`12.80,`0.00";

fn written(folder: &Path, lines: &[&str]) -> String {
    let path = folder.join("bill.csv");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(lines.join("\n").as_bytes()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn said(output: &Output) -> &str {
    text(&output.stderr)
}

#[test]
fn a_bill_is_shown_with_its_sums_and_biggest_rows() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), &[HEADER, PAID, SUMMARY]);
    let shown = run(&["bill", "show", &file]);
    assert!(shown.status.success(), "{}", said(&shown));
    let lines = text(&shown.stdout);
    for part in ["payments and refunds", "12.80", "0.08", "line 2", "KB20260801-0007", "SUCCESS"] {
        assert!(lines.contains(part), "{part}: {lines}");
    }
    let shown: Value = serde_json::from_slice(&run(&["--json", "bill", "show", &file]).stdout).unwrap();
    assert_eq!((&shown["paid"]["rows"], &shown["paid"]["amount"]), (&1.into(), &"12.80".into()));
    assert_eq!(shown["biggest"][0]["wechat_pay_number"], "4200001234202608017654321098");
    assert_eq!(shown["bill"]["sound"], true);
}

#[test]
fn a_bill_becomes_a_table_for_spreadsheets_without_formulas() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), &[HEADER, PAID, SUMMARY]);
    let csv = run(&["bill", "show", &file, "--csv"]);
    assert!(csv.status.success(), "{}", said(&csv));
    let lines: Vec<&str> = text(&csv.stdout).split("\r\n").collect();
    assert_eq!(lines.len(), 3, "a header, a row, and nothing after the last line's end");
    assert!(lines[0].starts_with("\u{feff}交易时间,"));
    assert!(lines[1].contains(",\"'=绿豆咖啡,拿铁\",till-07,0.08000,"), "{}", lines[1]);
}

#[test]
fn a_bill_that_is_not_whole_says_what_is_wrong_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let short = PAID.replace("`till-07,", "");
    let file = written(folder.path(), &[HEADER, PAID, &short, SUMMARY]);
    let shown = run(&["bill", "show", &file]);
    assert_eq!(shown.status.code(), Some(1));
    let lines = text(&shown.stdout);
    assert!(lines.contains("NOT WHOLE") && lines.contains("line 3: 26 fields instead of 27"), "{lines}");
    assert!(lines.contains("the summary says 总交易单数 1.0, the rows come to 2"), "{lines}");
    let csv = run(&["bill", "show", &file, "--csv"]);
    assert_eq!(csv.status.code(), Some(1));
    assert!(said(&csv).contains("line 3: 26 fields"), "{}", said(&csv));
    let shown: Value = serde_json::from_slice(&run(&["--json", "bill", "show", &file]).stdout).unwrap();
    assert_eq!((&shown["bill"]["sound"], &shown["bill"]["refused"][0]["line"]), (&false.into(), &3.into()));

    let file = written(folder.path(), &[HEADER, PAID]);
    let cut = run(&["bill", "show", &file]);
    assert!(said(&cut).contains("cut off") && said(&cut).contains("bill.csv"), "{}", said(&cut));
}

#[test]
fn what_is_no_bill_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.csv");
    assert!(said(&run(&["bill", "show", missing.to_str().unwrap()])).contains("none.csv"));
    for (lines, reason) in [("<html>", "XML"), ("{}", "JSON"), ("", "empty"), ("name,age\n1,2", "交易时间")]
    {
        let file = written(folder.path(), &[lines]);
        let refused = run(&["bill", "show", &file]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(reason) && said(&refused).contains("bill.csv"), "{}", said(&refused));
    }
    assert_eq!(run(&["bill", "show", "x", "--biggest", "1001"]).status.code(), Some(2));
    assert!(said(&run(&["--json", "bill", "show", "x", "--csv"])).contains("--csv and --json"));
}

/// The state of a backend whose merchant was paid these sums of fen, an hour apart from 10:00 on.
fn paid(folder: &Path, sums: &[i64]) -> Vec<OrderNo> {
    paid_from("2026-08-01T10:00:00+08:00", folder, sums)
}

fn paid_from(first: &str, folder: &Path, sums: &[i64]) -> Vec<OrderNo> {
    let ten: Time = first.parse().unwrap();
    let numbers: Vec<OrderNo> =
        (1..).map(|n| OrderNo::new(1_785_549_600_000, [n; 10])).take(sums.len()).collect();
    let ledger = SqliteLedger::open(folder, Executor::Inline, ten).unwrap();
    let row = MerchantRow { id: "tea".parse().unwrap(), live: false, currency: Currency::CNY };
    let ledger: &dyn Ledger = &ledger;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(ledger.write::<_, LedgerError, _>(move |rows| rows.put_merchant(&row))).unwrap();
    for (at, (number, fen)) in numbers.iter().zip(sums).enumerate() {
        let paid_at = ten.plus_ms(i64::try_from(at).unwrap() * 3_600_000);
        let mut order =
            OrderRecord::new(number.clone(), "tea".parse().unwrap(), "main".parse().unwrap(), false, paid_at);
        let mut attempt = AttemptRecord::new(number, AttemptNo::FIRST, paid_at);
        attempt.phase = Phase::Paid;
        order.attempts.push(attempt);
        order.payments.push(PaymentRecord {
            channel: "wechatpay".to_owned(),
            transaction_id: transaction_id(at),
            attempt: AttemptNo::FIRST,
            amount: *fen,
            currency: Currency::CNY,
            payer_amount: Some(*fen),
            payer_currency: Some(Currency::CNY),
            paid_at,
            late: false,
            accepted: None,
            attested_by: None,
            evidence: Some(Evidence {
                received_at: paid_at,
                serial: "PUB_KEY_ID_1".to_owned(),
                headers: String::new(),
                body: bytes::Bytes::from_static(b"{}"),
            }),
        });
        runtime
            .block_on(ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(order, Some(paid_at))))
            .unwrap();
    }
    ledger.close();
    numbers
}

fn transaction_id(at: usize) -> String {
    format!("42000012342026080176543210{at:02}")
}

/// A row of the bill about one of them.
fn row(at: usize, number: &OrderNo, yuan: &str) -> String {
    PAID.replace("10:02:31", &format!("{}:00:00", 10 + at))
        .replace("4200001234202608017654321098", &transaction_id(at))
        .replace("KB20260801-0007", &format!("{number}01"))
        .replace("12.80", yuan)
}

#[test]
fn a_bill_is_held_against_a_backends_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let numbers = paid(&state, &[1280, 1280, 500]);
    let summary = |rows: &str, sum: &str, fees: &str| {
        SUMMARY.replace("`1.0", &format!("`{rows}")).replace("12.80", sum).replace("0.08000", fees)
    };
    let rows = [row(0, &numbers[0], "12.80"), row(1, &numbers[1], "12.80")];
    let third = row(2, &numbers[2], "5.00").replace("0.08000", "0.03000");
    let whole =
        written(folder.path(), &[HEADER, &rows[0], &rows[1], &third, &summary("3.0", "30.60", "0.19000")]);
    let db = state.to_str().unwrap();
    let checked = run(&["bill", "check", &whole, "--db", db]);
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), said(&checked));
    let lines = text(&checked.stdout);
    assert!(lines.contains("bill of 2026-08-01 against the books of tea"), "{lines}");
    assert!(lines.contains("3 payments agree") && lines.contains("30.60 CNY"), "{lines}");

    // A row lost, an amount changed, a stranger.
    let file = written(
        folder.path(),
        &[HEADER, &row(0, &numbers[0], "12.81"), &rows[1], PAID, &summary("3.0", "38.41", "0.24000")],
    );
    let checked = run(&["--json", "bill", "check", &file, "--db", db]);
    assert_eq!(checked.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!((&found["agreed"]["count"], &found["findings_total"]), (&1.into(), &3.into()));
    let mut kinds: Vec<&str> =
        found["findings"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["amount_differs", "missing_in_bill", "unknown_here"]);
    let csv = run(&["bill", "check", &file, "--db", db, "--csv"]);
    assert_eq!(
        text(&csv.stdout).split("\r\n").count(),
        5,
        "a header, three findings, and the last line's end"
    );
    let rate = run(&["bill", "check", &file, "--db", db, "--rate", "0.38%", "--json"]);
    let found: Value = serde_json::from_slice(&rate.stdout).unwrap();
    let fees = found["findings"].as_array().unwrap().iter().filter(|one| one["kind"] == "fee_differs");
    assert_eq!(fees.count(), 1, "the one that else agrees");

    for (args, reason) in [
        (vec!["--rate", "60"], "--rate"),
        (vec!["--date", "2026-02-30"], "--date"),
        (vec!["--merchant", "coffee"], "--merchant"),
    ] {
        let refused = run(&[&["bill", "check", &file, "--db", db], args.as_slice()].concat());
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(reason), "{}", said(&refused));
    }
    let nowhere = run(&["bill", "check", &file, "--db", folder.path().to_str().unwrap()]);
    assert!(said(&nowhere).contains("--db"), "{}", said(&nowhere));
}

/// A movement of the account: the business type, in or out, how much, and what is held after it.
fn movement(kind: &str, direction: &str, yuan: &str, balance: &str) -> String {
    format!(
        "`2026-08-01 23:58:00,`4200001234,`1000049501,`交易,`{kind},`{direction},`{yuan},`{balance},`system,`,`K1"
    )
}

#[test]
fn what_lies_at_midnight_is_looked_for_in_the_bill_beside_and_the_account_is_held_against_the_bill() {
    let folder = tempfile::tempdir().unwrap();
    let (state, beside) = (folder.path().join("state"), folder.path().join("beside"));
    for folder in [&state, &beside] {
        std::fs::create_dir(folder).unwrap();
    }
    // One payment at 22:58 and one at 23:58, which WeChat Pay booked two minutes after midnight.
    let numbers = paid_from("2026-08-01T22:58:00+08:00", &state, &[1280, 500]);
    let first = row(0, &numbers[0], "12.80").replace("10:00:00", "22:58:00");
    let second = row(1, &numbers[1], "5.00").replace("2026-08-01 11:00:00", "2026-08-02 00:00:12");
    let summary = |sum: &str| SUMMARY.replace("12.80", sum);
    let file = written(folder.path(), &[HEADER, &first, SUMMARY]);
    let next_day = written(&beside, &[HEADER, &second, &summary("5.00")]);
    let db = state.to_str().unwrap();
    let found = |more: &[&str]| -> (Option<i32>, Value) {
        let output = run(&[&["--json", "bill", "check", &file, "--db", db], more].concat());
        let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
        (output.status.code(), value)
    };
    let only = |value: &Value| -> Value {
        assert_eq!(value["findings_total"], 1, "{value}");
        value["findings"][0].clone()
    };
    let alone = only(&found(&[]).1);
    assert_eq!((&alone["kind"], &alone["theirs"]), (&"other_day".into(), &Value::Null));
    let there = only(&found(&["--beside", &next_day]).1);
    assert_eq!((&there["kind"], &there["theirs"]["date"]), (&"other_day".into(), &"2026-08-02".into()));
    std::fs::rename(&next_day, folder.path().join("next.csv")).unwrap();
    let strangers = PAID.replace("2026-08-01", "2026-08-02");
    let without = written(&beside, &[HEADER, &strangers, SUMMARY]);
    assert_eq!(only(&found(&["--beside", &without]).1)["kind"], "missing_in_bill");

    let header = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
    let flow_summary =
        |sums: &str| format!("资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`2.0,{sums}");
    let funds = |fee: &str, balance: &str| {
        let rows =
            [movement("交易", "收入", "12.80", "112.80"), movement("扣除交易手续费", "支出", fee, balance)];
        let summary = flow_summary(&format!("`1.0,`12.80,`1.0,`{fee}"));
        written(&beside, &[header, &rows[0], &rows[1], &summary])
    };
    let (_, agrees) = found(&["--funds", &funds("0.08", "112.72")]);
    assert_eq!(only(&agrees)["kind"], "other_day", "the account moved what the bill comes to");
    assert_eq!(
        (&agrees["funds"]["income"]["amount"], &agrees["funds"]["balance"]),
        (&1280.into(), &11272.into())
    );
    let (_, differs) = found(&["--funds", &funds("0.09", "112.71")]);
    let kinds: Vec<&Value> = differs["findings"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["funds_differ", "other_day"]);
    let (code, cut) = found(&["--funds", &funds("0.08", "112.71")]);
    assert_eq!(
        (code, cut["funds"]["faults"].as_array().unwrap().len()),
        (Some(1), 1),
        "the balance is wrong"
    );

    let funds = funds("0.08", "112.72");
    let text = std::fs::read_to_string(&funds).unwrap().replace("2026-08-01", "2026-08-03");
    std::fs::write(&funds, text).unwrap();
    // A bill of payments alone could not tell that a refund is missing.
    let refunds: Vec<usize> = (0..27).filter(|at| (14..20).contains(at) || *at == 25).collect();
    let part = |line: &str| -> String {
        let fields = line.split(',').enumerate().filter(|(at, _)| !refunds.contains(at));
        fields.map(|(_, field)| field).collect::<Vec<_>>().join(",")
    };
    let strangers = strangers.replace("绿豆咖啡,拿铁", "绿豆咖啡");
    let payments = folder.path().join("payments.csv");
    std::fs::write(&payments, [part(HEADER), part(&strangers), SUMMARY.to_owned()].join("\n")).unwrap();
    for (option, other, reason) in [
        ("--funds", funds.as_str(), "it is of 2026-08-03, not of 2026-08-01"),
        ("--funds", file.as_str(), "--funds: "),
        ("--funds", "-", "--funds: must be a file"),
        ("--beside", file.as_str(), "is of 2026-08-01, not of the day before or after 2026-08-01"),
        ("--beside", payments.to_str().unwrap(), "only a part of the day"),
        ("--beside", "-", "--beside: must be a file"),
        ("--beside", "nowhere.csv", "nowhere.csv"),
    ] {
        let refused = run(&["bill", "check", &file, "--db", db, option, other]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(reason), "{reason}: {}", said(&refused));
    }
}
