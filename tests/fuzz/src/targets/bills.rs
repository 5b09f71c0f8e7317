//! Bills of both generations, plain and packed, of trade and of funds.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use saoma_wechatpay::bill::{
    Bill, BillError, FundFlowOverview, Limits, Received, RowError, TradeOverview, Uncompressed, Yuan,
};

use crate::{Target, told};

pub(super) const BILLS: Target = Target {
    name: "bills",
    seeds,
    words: &[
        "`",
        ",`",
        "\n`",
        "\r\n",
        "总交易单数",
        "资金流水总",
        "交易时间",
        "手续费",
        "SUCCESS",
        "REFUND",
        "REVOKED",
        "0.60%",
        "-0.01",
        "99999999999999999999.99",
        "2026-08-01 10:02:31",
    ],
    input_bytes_max: 200 * 1024,
    // One line, its starts, and at most a thousand refused rows.
    memory_bytes_max: 4 << 20,
    executions: 2_000,
    run,
};

const TRADE: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\n\
`2026-08-01 10:02:31,`wx1f2e3d4c5b6a7988,`1688001234,`0,`,`4200001234202608017654321098,`KB20260801-0007,`oKB1xYz9,`NATIVE,`SUCCESS,`OTHERS,`CNY,`12.80,`0.00,`0,`0,`0.00,`0.00,`,`,`绿豆咖啡,拿铁,`till-07,`0.08000,`0.60%,`12.80,`0.00,`\n\
`2026-08-01 10:09:00,`wx1f2e3d4c5b6a7988,`1688001234,`0,`,`4200001234202608017654321098,`KB20260801-0007,`oKB1xYz9,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50300012342026080112345678901,`RF20260801-0001,`2.80,`0.00,`ORIGINAL,`SUCCESS,`绿豆咖啡,拿铁,`till-07,`-0.02000,`0.60%,`0.00,`2.80,`\n\
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n\
`2.0,`12.80,`2.80,`0.00,`0.06,`12.80,`2.80\n";

const SHORT: &str = "交易时间,微信订单号,商户订单号,交易状态,商品名称,手续费,订单金额\n\
`2026-08-01 10:02:31,`4200001234202608017654321098,`KB20260801-0007,`SUCCESS,`绿豆咖啡,拿铁,`0.08000,`12.80\n\
总交易单数,手续费总金额,订单总金额\n`1.0,`0.08,`12.80\n";

const FUNDS: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\n\
`2026-08-01 10:02:31,`4200001234202608017654321098,`4200001234202608017654321098,`交易,`交易,`收入,`12.80,`112.80,`system,`结算总金额 12.80 元;含手续费 0.08 元,`KB20260801-0007\n\
`2026-08-01 10:02:31,`4200001234202608017654321098,`4200001234202608017654321099,`扣除交易手续费,`扣除交易手续费,`支出,`0.08,`112.72,`system,`,`KB20260801-0007\n\
资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`2.0,`1.0,`12.80,`1.0,`0.08\n";

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = super::texts([TRADE, SHORT, FUNDS, "{\"code\":\"NO_STATEMENT_EXIST\"}"]);
    seeds.extend([gzip(TRADE.as_bytes()), gzip(FUNDS.as_bytes()), gzip(&vec![b'a'; 1 << 20])]);
    seeds
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).and_then(|()| packed.finish()).expect("memory takes what is written")
}

fn run(input: &[u8]) {
    let mut received = Received::default();
    // In pieces, as it comes.
    let _ = input.chunks(97).try_for_each(|piece| received.write_all(piece));
    let _ = received.finish();
    if let Err(error) = read(input) {
        told(&error);
    }
}

fn read(input: &[u8]) -> Result<(), BillError> {
    let seen = |time: Result<_, RowError>| {
        if let Err(error) = time {
            told(&error);
        }
    };
    match Bill::open(Uncompressed::open(input)?, Limits::default())? {
        Bill::Trade(mut bill) => {
            let overview = TradeOverview::read(&mut bill, 3, |row| {
                for text in [row.out_trade_no(), row.transaction_id(), row.goods(), row.rate(), row.remark()]
                {
                    text.map_or_else(|error| told(&error), |text| assert!(text.len() <= input.len() * 1100));
                }
                seen(row.time().map(drop));
                seen(row.refunded_at().map(drop));
                seen(row.refund_state().map(drop));
                Yuan::parse(row.amount.to_string().as_bytes())
                    .filter(|again| *again == row.amount)
                    .expect("an amount that was printed can be read again");
                Ok::<_, BillError>(())
            })?;
            assert!(overview.biggest.len() <= 3 && overview.soundness.refused.len() <= 1000);
        }
        Bill::FundFlow(mut bill) => {
            let overview = FundFlowOverview::read(&mut bill, 3, |row| {
                seen(row.time().map(drop));
                Ok::<_, BillError>(())
            })?;
            assert!(overview.biggest.len() <= 3 && overview.soundness.refused.len() <= 1000);
        }
    }
    Ok(())
}
