//! Bills: read in every form that is known, refused by line and column, and read back as they were written.

use std::io::{Read, Write as _};

use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use proptest::prelude::*;
use saoma_wechatpay::bill::{
    Bill, BillError, Difference, FlowDirection, FundFlowBill, FundFlowLine, FundFlowOverview, FundFlowWriter,
    Hashing, Limits, Received, RefundLine, RefundState, RowProblem, Sha1Hash, TradeBill, TradeKind,
    TradeLine, TradeOverview, TradeState, TradeWriter, Uncompressed, WriteError, Yuan,
};

use crate::support::shared;

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,\
应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const PAID: &str = "`2026-08-01 10:02:31,`wx1f2e3d4c5b6a7988,`1688001234,`0,`till07,`4200001234202608017654321098,\
`KB20260801-0007,`oKB1xYz9Abc_defGHIjklMNOpqr0,`NATIVE,`SUCCESS,`OTHERS,`CNY,`12.80,`0.00,`0,`0,`0.00,`0.00,`,`,\
`绿豆咖啡,拿铁,`till-07,`0.08000,`0.60%,`12.80,`0.00,`";
const REFUNDED: &str = "`2026-08-01 11:20:05,`wx1f2e3d4c5b6a7988,`1688001234,`0,`till07,`4200001234202608017654321098,\
`KB20260801-0007,`oKB1xYz9Abc_defGHIjklMNOpqr0,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50300012342026080112345678901,\
`RF20260801-0001,`2.80,`0.00,`ORIGINAL,`SUCCESS,`绿豆咖啡,拿铁,`till-07,`-0.02000,`0.60%,`0.00,`2.80,`";
const SUMMARY_HEADER: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const SUMMARY: &str = "`2.0,`12.80,`2.80,`0.00,`0.06000,`12.80,`2.80";

fn bill(lines: &[&str]) -> String {
    lines.join("\n")
}

fn sample() -> String {
    bill(&[HEADER, PAID, REFUNDED, SUMMARY_HEADER, SUMMARY])
}

/// What a bill says in short: line, state, order number, amount and refund in fen, fee.
type Short = (u64, TradeState, String, Option<i64>, Option<i64>, Yuan);

fn read(source: impl Read) -> (Vec<Short>, Vec<BillError>, Vec<Difference>) {
    let mut bill = TradeBill::open(source, Limits::default()).unwrap();
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    loop {
        match bill.next() {
            Ok(Some(row)) => rows.push((
                row.line(),
                row.state,
                row.out_trade_no().unwrap().to_owned(),
                row.amount.fen(),
                row.refund.fen(),
                row.fee,
            )),
            Ok(None) => break,
            Err(error) if error.row().is_some() => refused.push(error),
            Err(error) => panic!("{error}"),
        }
    }
    let differences = bill.summary().unwrap().differences().to_vec();
    (rows, refused, differences)
}

fn error(text: &str) -> String {
    let mut bill = match TradeBill::open(text.as_bytes(), Limits::default()) {
        Ok(bill) => bill,
        Err(error) => return error.to_string(),
    };
    loop {
        match bill.next() {
            Ok(Some(_)) => {}
            Ok(None) => return "none".to_owned(),
            Err(error) => return error.to_string(),
        }
    }
}

fn yuan(text: &str) -> Yuan {
    Yuan::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_payment_and_its_refund_are_read_with_a_comma_in_the_goods() {
    let text = sample();
    let mut bill = TradeBill::open(text.as_bytes(), Limits::default()).unwrap();
    assert_eq!(bill.kind(), TradeKind::All);
    assert_eq!(bill.header().len(), 27);

    let paid = bill.next().unwrap().unwrap();
    assert_eq!(paid.line(), 2);
    assert_eq!(paid.time().unwrap(), "2026-08-01T02:02:31Z".parse::<Timestamp>().unwrap());
    assert_eq!(paid.out_trade_no().unwrap(), "KB20260801-0007");
    assert_eq!(paid.transaction_id().unwrap(), "4200001234202608017654321098");
    assert_eq!((paid.state, paid.refund_state().unwrap()), (TradeState::Success, None));
    assert_eq!(
        (paid.goods().unwrap(), paid.rate().unwrap(), paid.remark().unwrap()),
        ("绿豆咖啡,拿铁", "0.60%", "")
    );
    assert_eq!((paid.amount, paid.settled, paid.fee), (yuan("12.80"), yuan("12.80"), yuan("0.08")));
    assert_eq!(paid.fields().count(), 27);

    let refund = bill.next().unwrap().unwrap();
    assert_eq!(
        (refund.state, refund.refund_state().unwrap()),
        (TradeState::Refund, Some(RefundState::Success))
    );
    assert_eq!(refund.out_refund_no().unwrap(), "RF20260801-0001");
    assert_eq!(refund.refund_id().unwrap(), "50300012342026080112345678901");
    assert_eq!((refund.amount, refund.refund, refund.fee), (Yuan::ZERO, yuan("2.80"), yuan("-0.02")));

    assert!(bill.summary().is_none(), "the summary stands at the end");
    assert!(bill.next().unwrap().is_none());
    assert!(bill.next().unwrap().is_none());
    let summary = bill.summary().unwrap();
    assert_eq!(summary.differences(), []);
    assert_eq!(summary.columns()[0], ("总交易单数".to_owned(), "2.0".to_owned()));
}

#[test]
fn byte_order_mark_line_ends_and_gzip_change_nothing() {
    let plain = read(sample().as_bytes());
    let crlf = format!("\u{feff}{}\r\n", sample().replace('\n', "\r\n"));
    assert_eq!(format!("{:?}", read(crlf.as_bytes())), format!("{plain:?}"));
    let ended = format!("{}\n\n", sample());
    assert_eq!(format!("{:?}", read(ended.as_bytes())), format!("{plain:?}"));
    for text in [sample(), crlf] {
        let unpacked = Uncompressed::open(text.as_bytes()).unwrap();
        assert_eq!(format!("{:?}", read(unpacked)), format!("{plain:?}"));
        let packed = gzip(text.as_bytes());
        let mut hashing = Hashing::new(Uncompressed::open(packed.as_slice()).unwrap());
        assert_eq!(format!("{:?}", read(&mut hashing)), format!("{plain:?}"));
        assert_eq!(hashing.finish(), (Sha1Hash::of(text.as_bytes()), text.len() as u64));
    }
}

#[test]
fn a_cut_gzip_is_no_bill() {
    let packed = gzip(sample().as_bytes());
    let cut = &packed[..packed.len() - 9];
    let mut bill = match TradeBill::open(Uncompressed::open(cut).unwrap(), Limits::default()) {
        Ok(bill) => bill,
        Err(error) => return assert!(matches!(error, BillError::Io(_)), "{error}"),
    };
    let end = loop {
        match bill.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a bill that was cut off has no end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(end, BillError::Io(_)), "{end}");
}

#[test]
fn the_hash_is_that_of_the_uncompressed_bytes() {
    let text = "记账时间,收支类型\n`2026-08-01 09:00:00,`收入\n";
    assert_eq!(text.len(), 55);
    let expected: Sha1Hash = "38D28E41821055F2A5878C4FA3C1541B258DBC3D".parse().unwrap();
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
        let mut hashing = Hashing::new(Uncompressed::open(bytes.as_slice()).unwrap());
        std::io::copy(&mut hashing, &mut std::io::sink()).unwrap();
        assert_eq!(hashing.finish(), (expected, 55));
    }
    assert_eq!(expected.to_string(), "38d28e41821055f2a5878c4fa3c1541b258dbc3d");
    for wrong in [
        "",
        "38d28e41821055f2a5878c4fa3c1541b258dbc3",
        "38d28e41821055f2a5878c4fa3c1541b258dbc3g",
        "记38d28e41821055f2a5878c4fa3c1541b258dbc",
    ] {
        assert!(wrong.parse::<Sha1Hash>().is_err(), "{wrong}");
    }
}

#[test]
fn public_bills_of_both_generations_are_read() {
    let open =
        |name: &str| shared(&format!("vectors/bills/{name}")).map(|path| std::fs::File::open(path).unwrap());
    let Some(whole) = open("trade-ALL-bom-crlf.csv") else { return };
    let (rows, refused, differences) = read(whole);
    assert_eq!((rows.len(), refused.len(), differences), (45, 0, Vec::new()));
    let count = |state| rows.iter().filter(|row| row.1 == state).count();
    assert_eq!((count(TradeState::Success), count(TradeState::Refund)), (31, 14));

    let (rows, refused, differences) = read(open("trade-ALL-2014.csv").unwrap());
    assert_eq!((rows.len(), refused.len(), differences), (2, 0, Vec::new()));
    assert_eq!(rows[0], (2, TradeState::Success, "1415640626".to_owned(), Some(1), Some(0), Yuan::ZERO));

    // These were cut down to a row each; their summaries still say what they were.
    for (name, kind, stated) in [
        ("trade-ALL.csv", TradeKind::All, "48"),
        ("trade-SUCCESS.csv", TradeKind::Success, "31"),
        ("trade-REFUND.csv", TradeKind::Refund, "4"),
    ] {
        let bill = TradeBill::open(open(name).unwrap(), Limits::default()).unwrap();
        assert_eq!(bill.kind(), kind, "{name}");
        let (rows, refused, differences) = read(open(name).unwrap());
        assert_eq!((rows.len(), refused.len()), (1, 0), "{name}");
        assert_eq!(
            (differences[0].stated.as_str(), differences[0].counted.as_str()),
            (stated, "1"),
            "{name}"
        );
    }
    let mut bill = TradeBill::open(open("trade-REFUND.csv").unwrap(), Limits::default()).unwrap();
    let refunded_at = bill.next().unwrap().unwrap().refunded_at().unwrap();
    assert_eq!(refunded_at, Some("2019-07-23T12:53:40Z".parse().unwrap()));
}

#[test]
fn a_row_with_a_field_too_few_or_too_many_is_named_and_the_next_one_read() {
    let short = PAID.replace(",`绿豆咖啡,拿铁", "");
    let long = PAID.replace("绿豆咖啡,拿铁", "绿豆咖啡,`拿铁");
    let broken = PAID.replace("绿豆", "绿\n豆");
    let text = bill(&[HEADER, &short, &long, &broken, REFUNDED, SUMMARY_HEADER, SUMMARY]);
    let (rows, refused, differences) = read(text.as_bytes());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0, 6, "the line's number counts every line of the file");
    let refused: Vec<_> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        refused,
        [
            "line 2: 26 fields instead of 27",
            "line 3: 28 fields instead of 27",
            "line 4: 21 fields instead of 27",
            "line 5: neither a row nor a summary"
        ]
    );
    assert_eq!(differences[0].column, "总交易单数");
}

#[test]
fn what_is_no_number_no_time_or_no_text_is_named_by_its_column() {
    let refused = |from: &str, to: &str| {
        let text = bill(&[HEADER, &PAID.replacen(from, to, 1), SUMMARY_HEADER, SUMMARY]);
        error(&text)
    };
    assert_eq!(refused("`12.80", "`12,80"), "line 2: 应结订单金额 is not an amount");
    assert_eq!(refused("`0.08000", "`"), "line 2: 手续费 is not an amount");
    assert_eq!(refused("SUCCESS", "SUCCEEDED"), "line 2: 交易状态 is not a word that is known");
    assert_eq!(refused("`12.80,`0.00,`0,", "`12.80,`1e3,`0,"), "line 2: 代金券金额 is not an amount");

    let mut bytes = sample().into_bytes();
    let at = sample().find("KB20260801").unwrap();
    bytes[at] = 0xff;
    let mut bill = TradeBill::open(bytes.as_slice(), Limits::default()).unwrap();
    let row = bill.next().unwrap().unwrap();
    assert_eq!(row.out_trade_no().unwrap_err().problem, RowProblem::Text("商户订单号"));
    let text = sample().replacen("10:02:31", "10:62:31", 1);
    let mut bill = TradeBill::open(text.as_bytes(), Limits::default()).unwrap();
    assert_eq!(
        bill.next().unwrap().unwrap().time().unwrap_err().to_string(),
        "line 2: 交易时间 is not a time"
    );
}

#[test]
fn what_is_no_bill_is_refused_with_the_reason() {
    assert_eq!(error(""), "this is no bill of WeChat Pay's: it is empty");
    assert_eq!(error("\n"), "this is no bill of WeChat Pay's: its first line is empty");
    assert_eq!(
        error("<xml><return_code>FAIL"),
        "this is no bill of WeChat Pay's: it begins with < as XML and HTML do"
    );
    assert_eq!(error(r#"{"code":"X"}"#), "this is no bill of WeChat Pay's: it begins with { as JSON does");
    assert_eq!(error(PAID), "this is no bill of WeChat Pay's: it begins with a row instead of a header");
    assert_eq!(error("name,age\n"), "line 1: the column 交易时间 is missing");
    assert_eq!(error(&HEADER.replace("手续费,", "")), "line 1: the column 手续费 is missing");
    assert_eq!(error(&HEADER.replace("退款状态,", "")), "line 1: the column 退款状态 is missing");
    assert_eq!(error(&HEADER.replace("设备号", "商户号")), "line 1: the column 商户号 is there twice");
    assert_eq!(error(&format!("{HEADER},")), "line 1: the column without a name stands in a header");
    let wide: Vec<_> = (0..70).map(|number| format!("c{number}")).collect();
    assert_eq!(error(&wide.join(",")), "line 1: the column c64 is one too many");
    let bytes = [b'a', 0xff, b'\n'];
    let refused = TradeBill::open(bytes.as_slice(), Limits::default()).unwrap_err();
    assert_eq!(refused.to_string(), "this is no bill of WeChat Pay's: a header line must be text in UTF-8");
    assert_eq!(
        FundFlowBill::open(HEADER.as_bytes(), Limits::default()).unwrap_err().to_string(),
        "line 1: the column 记账时间 is missing"
    );
}

#[test]
fn a_bill_that_was_cut_off_is_never_taken_for_a_whole_one() {
    let cut = "the bill ends after line 2 without a summary: it was cut off";
    assert_eq!(error(&bill(&[HEADER, PAID])), cut);
    assert_eq!(error(&bill(&[HEADER, PAID, ""])), cut);
    assert_eq!(error(&bill(&[HEADER, SUMMARY_HEADER])), cut);
    assert_eq!(error(HEADER), "the bill ends after line 1 without a summary: it was cut off");
    assert_eq!(
        error(&bill(&[HEADER, SUMMARY_HEADER, "`0,`0.00"])),
        "the summary is refused: line 3: 2 fields instead of 7"
    );
    assert_eq!(
        error(&bill(&[HEADER, SUMMARY_HEADER, &SUMMARY.replace("2.0", "two")])),
        "the summary is refused: line 3: 总交易单数 is not a count"
    );
    assert_eq!(error(&bill(&[&sample(), PAID])), "line 6: something follows the summary");
    assert_eq!(error(&bill(&[HEADER, "", PAID])), "line 2: neither a row nor a summary");
}

#[test]
fn a_summary_that_does_not_come_to_its_rows_shows_both_sides() {
    let text = bill(&[HEADER, PAID, SUMMARY_HEADER, SUMMARY]);
    let (_, _, differences) = read(text.as_bytes());
    let shown: Vec<_> =
        differences.iter().map(|d| format!("{} {} {}", d.column, d.stated, d.counted)).collect();
    assert_eq!(
        shown,
        ["总交易单数 2.0 1", "退款总金额 2.80 0.00", "手续费总金额 0.06000 0.08", "申请退款总金额 2.80 0.00"]
    );
}

#[test]
fn a_day_without_trades_may_be_an_empty_bill() {
    let text = bill(&[HEADER, SUMMARY_HEADER, "`0.0,`0.00,`0.00,`0.00,`0.00,`0.00,`0.00"]);
    assert_eq!(read(text.as_bytes()).0, []);
}

#[test]
fn columns_are_found_by_their_names_in_any_order_beside_unknown_ones() {
    let text = "新列,订单金额,交易状态,商户订单号,手续费,微信订单号,交易时间\n`x,`1.00,`SUCCESS,`A-00001,`0.01,`42,`2026-08-01 00:00:00\n总交易单数,新总\n`1,`?\n";
    let (rows, _, differences) = read(text.as_bytes());
    assert_eq!(rows[0], (2, TradeState::Success, "A-00001".to_owned(), Some(100), Some(0), yuan("0.01")));
    assert_eq!(differences, []);
    let mut bill = TradeBill::open(text.as_bytes(), Limits::default()).unwrap();
    let row = bill.next().unwrap().unwrap();
    assert_eq!(row.goods().unwrap_err().problem, RowProblem::NoColumn("商品名称"));
}

#[test]
fn lines_and_rows_have_limits() {
    let limits = |line_bytes_max, rows_max| Limits { line_bytes_max, rows_max };
    let end = |text: &str, limits| {
        let mut bill = TradeBill::open(text.as_bytes(), limits)?;
        while bill.next()?.is_some() {}
        Ok::<(), BillError>(())
    };
    let text = sample();
    let longest = text.lines().map(str::len).max().unwrap();
    end(&text, limits(longest, 2)).unwrap();
    end(&text.replace('\n', "\r\n"), limits(longest, 2)).unwrap();
    let refused = end(&text, limits(longest - 1, 2)).unwrap_err().to_string();
    let line = text.lines().position(|line| line.len() == longest).unwrap() + 1;
    assert_eq!(refused, format!("line {line} is longer than {} bytes", longest - 1));
    assert_eq!(
        end(&text, limits(longest, 1)).unwrap_err().to_string(),
        "line 3: the bill has more than 1 rows"
    );
    // A file that is one line without an end is not read to its end.
    let endless = std::io::repeat(b'x');
    let refused = TradeBill::open(endless, Limits::default()).unwrap_err().to_string();
    assert_eq!(refused, "line 1 is longer than 65536 bytes");
}

#[test]
fn a_fund_flow_bill_is_read_and_its_balance_kept() {
    let text = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\n\
        `2026-08-01 10:02:31,`42000012,`F1,`交易,`交易,`收入,`12.80,`112.80,`system,`结算总金额 12.80 元;含手续费 0.08 元,`KB1\n\
        `2026-08-01 10:02:31,`42000012,`F2,`交易,`扣除交易手续费,`支出,`0.08,`112.72,`system,`,`KB1\n\
        资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`2.0,`1.0,`12.80,`1.0,`0.08";
    let mut bill = FundFlowBill::open(text.as_bytes(), Limits::default()).unwrap();
    let row = bill.next().unwrap().unwrap();
    assert_eq!(
        (row.direction, row.amount, row.balance),
        (FlowDirection::In, yuan("12.80"), Some(yuan("112.80")))
    );
    assert_eq!(
        (row.flow_no().unwrap(), row.business_type().unwrap(), row.voucher().unwrap()),
        ("F1", "交易", "KB1")
    );
    assert_eq!(bill.next().unwrap().unwrap().direction, FlowDirection::Out);
    assert!(bill.next().unwrap().is_none());
    assert_eq!(bill.summary().unwrap().differences(), []);

    let text = text.replace("`1.0,`0.08", "`2.0,`0.09").replace("支出,`0.08", "转出,`0.08");
    let mut bill = FundFlowBill::open(text.as_bytes(), Limits::default()).unwrap();
    bill.next().unwrap();
    assert_eq!(bill.next().unwrap_err().to_string(), "line 3: 收支类型 is not a word that is known");
    assert!(bill.next().unwrap().is_none());
    let columns: Vec<_> = bill.summary().unwrap().differences().iter().map(|d| d.column.as_str()).collect();
    assert_eq!(columns, ["支出笔数", "支出金额"]);
}

#[test]
fn an_overview_has_the_biggest_rows_and_all_that_is_wrong() {
    let row = |number: u32, amount: &str| {
        PAID.replace("KB20260801-0007", &format!("KB-{number:04}")).replace("12.80", amount)
    };
    let rows: Vec<String> =
        [(1, "5.00"), (2, "7.00"), (3, "7.00"), (4, "1.00")].map(|(n, a)| row(n, a)).into();
    let text = bill(&[
        HEADER,
        &rows[0],
        &rows[1],
        "`short",
        &rows[2],
        REFUNDED,
        &rows[3],
        SUMMARY_HEADER,
        "`6,`20.00,`2.80,`0.00,`0.30,`20.00,`2.80",
    ]);
    let Bill::Trade(mut found) = Bill::open(text.as_bytes(), Limits::default()).unwrap() else {
        panic!("a trade bill")
    };
    let mut seen = 0;
    let overview = TradeOverview::read::<_, BillError>(&mut found, 3, |_| {
        seen += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, 5);
    let biggest: Vec<_> = overview.biggest.iter().map(|row| (row.number.as_str(), row.line.0)).collect();
    assert_eq!(
        biggest,
        [("KB-0002", 3), ("KB-0003", 5), ("KB-0001", 2)],
        "of rows alike the first comes first"
    );
    assert_eq!((overview.paid.rows, overview.paid.amount), (4, yuan("20.00")));
    assert_eq!((overview.refunded.rows, overview.refunded.amount), (1, yuan("2.80")));
    assert_eq!(overview.fee, yuan("0.30"));
    assert!(overview.soundness.differences().is_empty());
    assert_eq!((overview.soundness.refused_rows, overview.soundness.is_sound()), (1, false));
    assert_eq!(overview.soundness.refused[0].to_string(), "line 4: 1 fields instead of 27");
}

#[test]
fn a_bill_is_known_by_its_header() {
    let flows = FundFlowWriter::new(Vec::new()).unwrap().finish().unwrap();
    let Bill::FundFlow(mut found) = Bill::open(flows.as_slice(), Limits::default()).unwrap() else {
        panic!("a fund flow bill")
    };
    let overview = FundFlowOverview::read::<_, BillError>(&mut found, 3, |_| Ok(())).unwrap();
    assert!(overview.soundness.is_sound() && overview.biggest.is_empty());
    assert_eq!(overview.income.rows + overview.outgo.rows, 0);
}

fn trade_line<'a>(goods: &'a str, refund: Option<RefundLine<'a>>) -> TradeLine<'a> {
    TradeLine {
        time: Timestamp::from_second(1_785_549_751).unwrap(),
        appid: "wx1f2e3d4c5b6a7988",
        mchid: "1688001234",
        sub_mchid: None,
        device: "till07",
        transaction_id: "4200001234202608017654321098",
        out_trade_no: "KB20260801-0007",
        openid: "oKB1xYz9Abc_defGHIjklMNOpqr0",
        trade_type: "NATIVE",
        state: if refund.is_some() { TradeState::Refund } else { TradeState::Success },
        bank: "OTHERS",
        amount: if refund.is_some() { Yuan::ZERO } else { yuan("12.80") },
        coupon: Yuan::ZERO,
        refund,
        goods,
        attach: "till-07",
        fee: yuan(if refund.is_some() { "-0.02" } else { "0.08" }),
        rate: "0.60%",
    }
}

#[test]
fn what_is_written_has_the_form_of_the_real_one() {
    let mut writer = TradeWriter::new(Vec::new(), TradeKind::All).unwrap();
    writer.line(&trade_line("绿豆咖啡,拿铁", None)).unwrap();
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    let summary = "`1.0,`12.80,`0.00,`0.00,`0.08000,`12.80,`0.00";
    let expected = [HEADER, PAID, SUMMARY_HEADER, summary, ""].join("\r\n");
    assert_eq!(text, expected);
}

#[test]
fn a_text_that_would_read_as_two_is_not_written() {
    let mut writer = TradeWriter::new(Vec::new(), TradeKind::Success).unwrap();
    for goods in ["a,`b", "a\nb", "a\rb"] {
        assert!(
            matches!(writer.line(&trade_line(goods, None)), Err(WriteError::Text("商品名称"))),
            "{goods:?}"
        );
    }
    let bytes = writer.finish().unwrap();
    assert_eq!(read(bytes.as_slice()).0, [], "nothing of a refused line is written or counted");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Gives its bytes in pieces of these lengths, as a network does.
struct Pieces<'a>(&'a [u8], std::iter::Cycle<std::vec::IntoIter<usize>>);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.next().unwrap_or(1).min(buffer.len()).min(self.0.len());
        let (given, rest) = self.0.split_at(length);
        buffer[..length].copy_from_slice(given);
        self.0 = rest;
        Ok(length)
    }
}

#[test]
fn a_file_that_comes_in_pieces_is_hashed_unpacked() {
    let text = sample();
    let hash = (Sha1Hash::of(text.as_bytes()), text.len() as u64);
    let received = |bytes: &[u8], piece: usize| {
        let mut received = Received::default();
        for part in bytes.chunks(piece) {
            received.write_all(part)?;
        }
        received.finish()
    };
    let packed = gzip(text.as_bytes());
    for piece in [1, 2, 3, 100, 100_000] {
        assert_eq!(received(text.as_bytes(), piece).unwrap(), hash);
        assert_eq!(received(&packed, piece).unwrap(), hash);
        assert!(received(&packed[..packed.len() - 9], piece).is_err(), "cut off");
    }
    for plain in [&b""[..], b"\x1f", b"\x1fx", b"x\x1f\x8b"] {
        assert_eq!(received(plain, 1).unwrap(), (Sha1Hash::of(plain), plain.len() as u64));
    }
}

fn goods() -> impl Strategy<Value = String> {
    "[ -~,`绿豆：]{0,40}".prop_filter("what a bill can hold", |text| !text.contains(",`"))
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec((goods(), 1i64..100_000_000, any::<bool>(), -9_999_999i64..9_999_999), 0..20),
        kind in prop::sample::select(vec![TradeKind::All, TradeKind::Success, TradeKind::Refund]),
        pieces in prop::collection::vec(1usize..50, 1..5),
    ) {
        let mut writer = TradeWriter::new(Vec::new(), kind).unwrap();
        let mut expected = Vec::new();
        for (goods, fen, is_refund, fee) in &rows {
            let amount = Yuan::from_fen(*fen).unwrap();
            let refund = RefundLine { refund_id: "5030", out_refund_no: "RF1", amount, state: RefundState::Processing, refunded_at: None };
            let mut line = trade_line(goods, is_refund.then_some(refund));
            line.fee = Yuan::from_hundred_thousandths(*fee);
            if !is_refund {
                line.amount = amount;
            }
            writer.line(&line).unwrap();
            if kind == TradeKind::All || (kind == TradeKind::Refund) == *is_refund {
                expected.push((goods.clone(), *fen, *is_refund, line.fee));
            }
        }
        let bytes = writer.finish().unwrap();
        let source = Pieces(&bytes, pieces.into_iter().cycle());
        let mut bill = TradeBill::open(source, Limits::default()).unwrap();
        let mut found = Vec::new();
        while let Some(row) = bill.next().unwrap() {
            let is_refund = row.state == TradeState::Refund;
            let money = if is_refund { row.refund } else { row.amount };
            found.push((row.goods().unwrap().to_owned(), money.fen().unwrap(), is_refund, row.fee));
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(bill.summary().unwrap().differences(), []);
    }

    #[test]
    fn fund_flows_are_read_back(rows in prop::collection::vec((goods(), 0i64..100_000_000, any::<bool>()), 0..20)) {
        let mut writer = FundFlowWriter::new(Vec::new()).unwrap();
        for (remark, fen, is_in) in &rows {
            writer.line(&FundFlowLine {
                time: Timestamp::UNIX_EPOCH,
                business_no: "42000012",
                flow_no: "F1",
                business_name: "交易",
                business_type: "交易",
                direction: if *is_in { FlowDirection::In } else { FlowDirection::Out },
                amount: Yuan::from_fen(*fen).unwrap(),
                balance: Yuan::ZERO,
                applicant: "system",
                remark,
                voucher: "KB1",
            }).unwrap();
        }
        let bytes = writer.finish().unwrap();
        let mut bill = FundFlowBill::open(bytes.as_slice(), Limits::default()).unwrap();
        let mut found = Vec::new();
        while let Some(row) = bill.next().unwrap() {
            found.push((row.remark().unwrap().to_owned(), row.amount.fen().unwrap(), row.direction == FlowDirection::In));
        }
        prop_assert_eq!(found, rows);
        prop_assert_eq!(bill.summary().unwrap().differences(), []);
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        if let Ok(source) = Uncompressed::open(bytes.as_slice()) {
            let _ = TradeBill::open(source, Limits::default());
        }
    }

    #[test]
    fn no_damage_panics(at in 0usize..1400, byte: u8, cut in 0usize..1400) {
        let mut bytes = sample().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(bytes.len().max(1) - cut % bytes.len() / 4);
        if let Ok(mut bill) = TradeBill::open(bytes.as_slice(), Limits::default()) {
            loop {
                match bill.next() {
                    Ok(Some(row)) => {
                        let _ = (row.time(), row.goods(), row.refund_state(), row.fields().count());
                    }
                    Ok(None) => break,
                    Err(error) if error.row().is_some() => {}
                    Err(_) => break,
                }
            }
        }
    }
}
