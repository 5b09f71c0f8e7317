//! Bills: made from what happened on a day, and spoilt on demand.

use std::io::Read;

use flate2::read::GzDecoder;
use saoma_wechatpay::bill::Sha1Hash;
use serde_json::{Value, json};

use super::play::{Merchant, Reply, Stage};

const TRADE: &str = "/v3/bill/tradebill";
const DAY: &str = "2027-08-01";

/// A day on which a coffee and a parcel were paid, 2.80 given back, and a charge of 5.00 taken back.
async fn a_day(stage: &Stage) -> Merchant {
    let merchant = stage.merchant();
    set(stage, "2027-08-01T10:02:31+08:00").await;
    let mut order = merchant.order("BILLS-01");
    order["attach"] = json!("till-07");
    order["description"] = json!("绿豆咖啡,拿铁,`大杯");
    order["scene_info"] = json!({ "payer_client_ip": "127.0.0.1", "device_id": "till07" });
    let code = merchant.code_of(stage, &order).await;
    stage.pay(&code).await;
    set(stage, "2027-08-01T11:20:05+08:00").await;
    let refunded = merchant.refund(stage, &merchant.refund_of("BILLS-01", "R-01", 280)).await;
    assert_eq!(refunded.status, 200, "{refunded:?}");
    set(stage, "2027-08-01T12:00:00+08:00").await;
    let (_, customer) = stage.post("/_sandbox/wallet-code", json!({})).await;
    let charge = json!({
        "appid": merchant.appid, "mchid": merchant.mchid, "description": "茶", "out_trade_no": "BILLS-02",
        "payer": { "auth_code": customer["auth_code"] }, "amount": { "total": 500 },
        "scene_info": { "store_info": { "out_id": "1001" } },
    });
    assert_eq!(merchant.post(stage, "/v3/pay/transactions/codepay", &charge).await.status, 200);
    set(stage, "2027-08-01T12:01:00+08:00").await;
    let whose = json!({ "appid": merchant.appid, "mchid": merchant.mchid });
    let reversed = merchant.post(stage, "/v3/pay/transactions/out-trade-no/BILLS-02/reverse", &whose).await;
    assert_eq!(reversed.status, 200, "{reversed:?}");
    merchant.code_of(stage, &merchant.order("BILLS-UNPAID")).await;
    set(stage, "2027-08-01T23:59:59+08:00").await;
    merchant.paid(stage, "BILLS-03").await;
    set(stage, "2027-08-02T00:00:00+08:00").await;
    merchant.paid(stage, "BILLS-04").await;
    merchant
}

async fn set(stage: &Stage, time: &str) {
    let (status, told) = stage.post("/_sandbox/clock", json!({ "set": time })).await;
    assert_eq!(status, 200, "{told}");
}

async fn settle(stage: &Stage) {
    assert_eq!(stage.post("/_sandbox/settle-day", json!({ "date": DAY })).await.0, 200);
}

/// Asks for a bill that must be there and downloads it. Gives the file and the hash that was told.
async fn downloaded(stage: &Stage, merchant: &Merchant, target: &str) -> (Reply, String) {
    let asked = merchant.get(stage, target).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let told = asked.json();
    assert_eq!(told["hash_type"], "SHA1");
    let url = told["download_url"].as_str().unwrap();
    let path = url.strip_prefix(stage.sandbox.base_url()).unwrap();
    let request = merchant.bent(http::Method::GET, path, Vec::new());
    let file = merchant.send_unverified(stage, request).await.unwrap();
    assert!(file.headers.get("Wechatpay-Signature").is_none(), "a file is not signed");
    assert!(file.headers.get("Content-Encoding").is_none(), "gzip is a file here");
    (file, told["hash_value"].as_str().unwrap().to_owned())
}

/// The rows of a bill as fields, the summary last.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.strip_prefix('\u{feff}').unwrap().split_terminator("\r\n");
    let rows = lines.filter_map(|line| line.strip_prefix('`'));
    rows.map(|line| line.split(",`").collect()).collect()
}

async fn trade_rows(stage: &Stage, merchant: &Merchant, query: &str) -> Vec<Vec<String>> {
    let (file, hash) = downloaded(stage, merchant, &format!("{TRADE}?bill_date={DAY}{query}")).await;
    assert_eq!(hash, Sha1Hash::of(&file.body).to_string());
    let text = std::str::from_utf8(&file.body).unwrap();
    rows(text).iter().map(|row| row.iter().map(|&field| field.to_owned()).collect()).collect()
}

#[tokio::test]
async fn a_trade_bill_tells_what_was_paid_given_back_and_reversed_on_its_day() {
    let stage = Stage::set().await;
    let merchant = a_day(&stage).await;
    settle(&stage).await;
    let told = trade_rows(&stage, &merchant, "").await;
    let seen = told[..5].iter().map(|row| {
        let column = |index: usize| row[index - 1].as_str();
        [
            column(1),
            column(7),
            column(9),
            column(10),
            column(13),
            column(17),
            column(23),
            column(25),
            column(26),
        ]
    });
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            [
                "2027-08-01 10:02:31",
                "BILLS-01",
                "NATIVE",
                "SUCCESS",
                "12.80",
                "0.00",
                "0.08000",
                "12.80",
                "0.00"
            ],
            [
                "2027-08-01 11:20:05",
                "BILLS-01",
                "NATIVE",
                "REFUND",
                "0.00",
                "2.80",
                "-0.02000",
                "0.00",
                "2.80"
            ],
            [
                "2027-08-01 12:00:00",
                "BILLS-02",
                "MICROPAY",
                "SUCCESS",
                "5.00",
                "0.00",
                "0.03000",
                "5.00",
                "0.00"
            ],
            [
                "2027-08-01 12:01:00",
                "BILLS-02",
                "MICROPAY",
                "REVOKED",
                "0.00",
                "5.00",
                "-0.03000",
                "0.00",
                "5.00"
            ],
            [
                "2027-08-01 23:59:59",
                "BILLS-03",
                "NATIVE",
                "SUCCESS",
                "12.80",
                "0.00",
                "0.08000",
                "12.80",
                "0.00"
            ],
        ]
    );
    assert!(told[..5].iter().all(|row| row.len() == 27));
    assert_eq!(told[5], ["5.0", "30.60", "7.80", "0.00", "0.14000", "30.60", "7.80"]);
    let paid = merchant.query(&stage, "BILLS-01").await.json();
    let refund = merchant.query_refund(&stage, "R-01").await.json();
    let column = |row: usize, index: usize| told[row][index - 1].as_str();
    assert_eq!([column(0, 2), column(0, 3), column(0, 4)], [&merchant.appid, &merchant.mchid, "0"]);
    assert_eq!([column(0, 5), column(0, 6)], ["till07", paid["transaction_id"].as_str().unwrap()]);
    assert_eq!([column(0, 15), column(0, 16), column(0, 20)], ["0", "0", ""]);
    assert_eq!([column(1, 15), column(1, 16)], [refund["refund_id"].as_str().unwrap(), "R-01"]);
    assert_eq!([column(1, 19), column(1, 20)], ["ORIGINAL", "SUCCESS"]);
    assert_eq!([column(0, 21), column(0, 22), column(0, 24)], ["绿豆咖啡,拿铁,'大杯", "till-07", "0.60%"]);

    let successes = trade_rows(&stage, &merchant, "&bill_type=SUCCESS").await;
    assert_eq!((successes.len(), successes[0].len()), (4, 20));
    let refunds = trade_rows(&stage, &merchant, "&bill_type=REFUND").await;
    assert_eq!((refunds.len(), refunds[0].len()), (3, 29));
    assert_eq!(refunds[0][15], "2027-08-01 11:20:10", "when the refund was done");
}

#[tokio::test]
async fn a_fund_flow_bill_tells_each_movement_and_the_balance_after_it() {
    let stage = Stage::set().await;
    let merchant = a_day(&stage).await;
    settle(&stage).await;
    let target = format!("/v3/bill/fundflowbill?bill_date={DAY}");
    let (file, hash) = downloaded(&stage, &merchant, &target).await;
    assert_eq!(hash, Sha1Hash::of(&file.body).to_string());
    let text = std::str::from_utf8(&file.body).unwrap();
    let told = rows(text);
    let seen = told.iter().filter(|row| row.len() == 11).map(|row| [row[4], row[5], row[6], row[7]]);
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            ["交易", "收入", "12.80", "12.80"],
            ["扣除交易手续费", "支出", "0.08", "12.72"],
            ["退款", "支出", "2.80", "9.92"],
            ["退还交易手续费", "收入", "0.02", "9.94"],
            ["交易", "收入", "5.00", "14.94"],
            ["扣除交易手续费", "支出", "0.03", "14.91"],
            ["撤销退款", "支出", "5.00", "9.91"],
            ["退还交易手续费", "收入", "0.03", "9.94"],
            ["交易", "收入", "12.80", "22.74"],
            ["扣除交易手续费", "支出", "0.08", "22.66"],
        ]
    );
    assert_eq!(*told.last().unwrap(), ["10.0", "5.0", "30.65", "5.0", "7.99"]);
    let other_account = merchant.get(&stage, &format!("{target}&account_type=FEES")).await;
    assert_eq!(other_account.json()["code"], "NO_STATEMENT_EXIST");
}

#[tokio::test]
async fn a_bill_comes_after_ten_the_next_day_or_when_the_day_is_settled() {
    let stage = Stage::set().await;
    let merchant = a_day(&stage).await;
    let target = format!("{TRADE}?bill_date={DAY}");
    let asked = async |target: &str| {
        let reply = merchant.get(&stage, target).await;
        (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(asked(&target).await, (400, "STATEMENT_CREATING".into()));
    let today = format!("{TRADE}?bill_date=2027-08-02");
    assert_eq!(asked(&today).await, (400, "INVALID_REQUEST".into()));
    set(&stage, "2027-08-02T09:59:59+08:00").await;
    assert_eq!(asked(&target).await, (400, "STATEMENT_CREATING".into()));
    stage.advance(1).await;
    assert_eq!(asked(&target).await, (200, String::new()));
    assert_eq!(asked(&format!("{TRADE}?bill_date=2027-07-31")).await, (400, "NO_STATEMENT_EXIST".into()));
    let other = stage.other_merchant().get(&stage, &target).await;
    assert_eq!(other.json()["code"], "NO_STATEMENT_EXIST", "of others nothing is told");

    let (status, told) = stage.post("/_sandbox/settle-day", json!({ "date": "2027-08-02" })).await;
    assert_eq!((status, told), (200, json!({ "date": "2027-08-02", "settled": true })));
    assert_eq!(asked(&today).await, (200, String::new()));
    let stage = stage.again().await;
    assert_eq!(merchant.get(&stage, &today).await.status, 200, "after a restart too");
    set(&stage, "2027-11-02T00:00:00+08:00").await;
    assert_eq!(merchant.get(&stage, &target).await.json()["code"], "INVALID_REQUEST", "after three months");
    for (body, says) in [
        (json!({ "date": "2027-11-03" }), "date: this day has not begun"),
        (json!({ "date": "20270801" }), "date: give yyyy-MM-dd"),
        (json!({ "date": "2027-02-30" }), "date: give yyyy-MM-dd"),
        (json!({}), "the body: missing field `date`"),
    ] {
        let (status, told) = stage.post("/_sandbox/settle-day", body).await;
        assert_eq!(status, 400);
        assert!(told["message"].as_str().unwrap().starts_with(says), "{told}");
    }
}

#[tokio::test]
async fn a_gzip_bill_is_a_file_and_a_link_lives_five_minutes_for_its_merchant() {
    let stage = Stage::set().await;
    let merchant = a_day(&stage).await;
    settle(&stage).await;
    let plain = downloaded(&stage, &merchant, &format!("{TRADE}?bill_date={DAY}")).await;
    let zipped = downloaded(&stage, &merchant, &format!("{TRADE}?bill_date={DAY}&tar_type=GZIP")).await;
    assert_eq!(zipped.0.body[..2], [0x1f, 0x8b]);
    let mut text = Vec::new();
    GzDecoder::new(&zipped.0.body[..]).read_to_end(&mut text).unwrap();
    assert_eq!((&text[..], &zipped.1), (&plain.0.body[..], &plain.1), "the hash is of what is in it");

    let told = merchant.get(&stage, &format!("{TRADE}?bill_date={DAY}")).await.json();
    let path =
        told["download_url"].as_str().unwrap().strip_prefix(stage.sandbox.base_url()).unwrap().to_owned();
    let theirs = stage.other_merchant().get(&stage, &path).await;
    assert_eq!((theirs.status, &theirs.json()["code"]), (400, &json!("INVALID_REQUEST")));
    let unsigned =
        super::play::client().get(stage.url(&path)).header("Accept", "*/*").header("User-Agent", "x");
    assert_eq!(unsigned.send().await.unwrap().status(), 401);
    stage.advance(300).await;
    assert_eq!(merchant.get(&stage, &path).await.json()["code"], "INVALID_REQUEST", "too late");
}

#[tokio::test]
async fn bills_are_spoilt_on_demand_and_agree_with_themselves() {
    let stage = Stage::set().await;
    let merchant = a_day(&stage).await;
    settle(&stage).await;
    let spoilt = async |rule: Value| {
        let mut whole = json!({ "on": TRADE, "times": 1 });
        whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        stage.fault(whole).await;
        trade_rows(&stage, &merchant, "").await
    };
    let good = trade_rows(&stage, &merchant, "").await;
    let lost = spoilt(json!({ "do": "bill_row_lost", "row": 4 })).await;
    assert_eq!((lost.len(), &lost[..4], lost[4][1].as_str()), (5, &good[..4], "17.80"));
    let wrong = spoilt(json!({ "do": "bill_wrong_amount" })).await;
    assert_eq!(
        (wrong[0][12].as_str(), wrong[0][24].as_str(), wrong[5][1].as_str()),
        ("12.81", "12.81", "30.61")
    );
    let refund = spoilt(json!({ "do": "bill_wrong_amount", "row": 1 })).await;
    assert_eq!((refund[1][16].as_str(), refund[5][2].as_str()), ("2.81", "7.81"));
    let stranger = spoilt(json!({ "do": "bill_stranger" })).await;
    assert_eq!((stranger.len(), stranger[6][0].as_str()), (7, "6.0"));
    assert!(stranger[5][6].starts_with("STRANGER"), "{:?}", stranger[5]);
    assert_eq!(spoilt(json!({ "do": "bill_row_lost", "row": 99 })).await, good, "there is no such row");

    stage.fault(json!({ "on": TRADE, "do": "bill_wrong_hash", "times": 1 })).await;
    let (file, hash) = downloaded(&stage, &merchant, &format!("{TRADE}?bill_date={DAY}")).await;
    assert_ne!(hash, Sha1Hash::of(&file.body).to_string());
    stage.fault(json!({ "on": "/v3/billdownload/*", "do": "truncate", "times": 1 })).await;
    let told = merchant.get(&stage, &format!("{TRADE}?bill_date={DAY}")).await.json();
    let path =
        told["download_url"].as_str().unwrap().strip_prefix(stage.sandbox.base_url()).unwrap().to_owned();
    let cut = merchant.send_unverified(&stage, merchant.bent(http::Method::GET, &path, Vec::new())).await;
    assert!(cut.is_err(), "the file breaks off");
}

#[tokio::test]
async fn each_parameter_of_a_bill_has_its_refusal() {
    let stage = Stage::set().await;
    let merchant = a_day(&stage).await;
    for target in [
        "/v3/bill/tradebill".to_owned(),
        "/v3/bill/tradebill?bill_date=20270801".to_owned(),
        "/v3/bill/tradebill?bill_date=2027-13-01".to_owned(),
        format!("/v3/bill/tradebill?bill_date={DAY}&bill_type=all"),
        format!("/v3/bill/tradebill?bill_date={DAY}&tar_type=gzip"),
        format!("/v3/bill/tradebill?bill_date={DAY}&account_type=BASIC"),
        format!("/v3/bill/fundflowbill?bill_date={DAY}&account_type=ALL"),
        format!("/v3/bill/fundflowbill?bill_date={DAY}&bill_type=ALL"),
    ] {
        let reply = merchant.get(&stage, &target).await;
        assert_eq!((reply.status, &reply.json()["code"]), (400, &json!("PARAM_ERROR")), "{target}");
    }
    let sub = merchant.get(&stage, &format!("{TRADE}?bill_date={DAY}&sub_mchid=1600000000")).await;
    assert_eq!((sub.status, &sub.json()["code"]), (403, &json!("NO_AUTH")));
}
