//! `saoma bill`: for people who have a bill and no backend.

use std::io::Write as _;
use std::path::Path;
use std::process::Output;

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
