//! Writing bills in today's form, as WeChat Pay's double hands them out.

use std::io::{self, Write};

use jiff::{Timestamp, tz::Offset};
use thiserror::Error;

use super::{FlowDirection, RefundState, TradeKind, TradeState, Yuan};

const BEIJING: Offset = Offset::constant(8);

const PAYMENT: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,\
    付款银行,货币种类,应结订单金额,代金券金额";
const REFUND_TIMES: &str = ",退款申请时间,退款成功时间";
const REFUND: &str = ",微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态";
const GOODS: &str = ",商品名称,商户数据包,手续费,费率,订单金额";
const REFUND_ASKED: &str = ",申请退款金额";
const REMARK: &str = ",费率备注";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const SUMMARY_SUCCESS: &str = "总交易单数,应结订单总金额,手续费总金额,订单总金额";

const FLOW: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),\
    资金变更提交申请人,备注,业务凭证号";
const FLOW_SUMMARY: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/// Why a line was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The text would read as two fields or two lines.
    #[error("{0} holds a line break, or a backtick after a comma, which no bill can hold")]
    Text(&'static str),
    /// The sums are beyond every number.
    #[error("the sums are beyond every number")]
    Sum,
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A row of a trade bill, to be written.
#[derive(Debug, Clone, Copy)]
pub struct TradeLine<'a> {
    /// When it was paid, or the refund taken on.
    pub time: Timestamp,
    /// The app of the order.
    pub appid: &'a str,
    /// The merchant number that ordered.
    pub mchid: &'a str,
    /// The sub-merchant's number; nothing for a direct merchant.
    pub sub_mchid: Option<&'a str>,
    /// The device, as the order named it.
    pub device: &'a str,
    /// WeChat Pay's order number.
    pub transaction_id: &'a str,
    /// The merchant's order number.
    pub out_trade_no: &'a str,
    /// The customer.
    pub openid: &'a str,
    /// `NATIVE`, `MICROPAY` and others.
    pub trade_type: &'a str,
    /// Payment, refund or reversal.
    pub state: TradeState,
    /// The bank that paid.
    pub bank: &'a str,
    /// What was asked for; nothing on a refund's row.
    pub amount: Yuan,
    /// What coupons paid of it.
    pub coupon: Yuan,
    /// The refund, on its row.
    pub refund: Option<RefundLine<'a>>,
    /// What the customer saw.
    pub goods: &'a str,
    /// What the merchant attached.
    pub attach: &'a str,
    /// The fee; negative where it is given back.
    pub fee: Yuan,
    /// The fee's rate, such as `0.60%`.
    pub rate: &'a str,
}

/// The refund of a row.
#[derive(Debug, Clone, Copy)]
pub struct RefundLine<'a> {
    /// WeChat Pay's refund number.
    pub refund_id: &'a str,
    /// The merchant's refund number.
    pub out_refund_no: &'a str,
    /// What was asked back.
    pub amount: Yuan,
    /// How it stands.
    pub state: RefundState,
    /// When it was done.
    pub refunded_at: Option<Timestamp>,
}

/// Writes a trade bill.
#[derive(Debug)]
pub struct TradeWriter<W> {
    out: W,
    kind: TradeKind,
    rows: u64,
    amount: Yuan,
    refund: Yuan,
    fee: Yuan,
}

impl<W: Write> TradeWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The writer's.
    pub fn new(mut out: W, kind: TradeKind) -> io::Result<Self> {
        let parts: &[&str] = match kind {
            TradeKind::All => &[PAYMENT, REFUND, GOODS, REFUND_ASKED, REMARK],
            TradeKind::Success => &[PAYMENT, GOODS, REMARK],
            TradeKind::Refund => &[PAYMENT, REFUND_TIMES, REFUND, GOODS, REFUND_ASKED, REMARK],
        };
        for part in parts {
            out.write_all(part.as_bytes())?;
        }
        out.write_all(b"\r\n")?;
        Ok(Self { out, kind, rows: 0, amount: Yuan::ZERO, refund: Yuan::ZERO, fee: Yuan::ZERO })
    }

    /// Writes a row, if it belongs into a bill of this kind.
    ///
    /// # Errors
    /// When a text cannot stand in a bill, or the writer's; nothing of the row is written then.
    pub fn line(&mut self, line: &TradeLine<'_>) -> Result<(), WriteError> {
        let is_wanted = match self.kind {
            TradeKind::All => true,
            TradeKind::Success => line.state == TradeState::Success,
            TradeKind::Refund => line.state != TradeState::Success,
        };
        if !is_wanted {
            return Ok(());
        }
        let refunded = line.refund.map_or(Yuan::ZERO, |refund| refund.amount);
        let sums = (self.amount.plus(line.amount), self.refund.plus(refunded), self.fee.plus(line.fee));
        let (Some(amount), Some(refund), Some(fee)) = sums else { return Err(WriteError::Sum) };
        let row = self.row(line)?;
        self.out.write_all(row.as_bytes())?;
        (self.rows, self.amount, self.refund, self.fee) = (self.rows + 1, amount, refund, fee);
        Ok(())
    }

    fn row(&self, line: &TradeLine<'_>) -> Result<String, WriteError> {
        let state = match line.state {
            TradeState::Success => "SUCCESS",
            TradeState::Refund => "REFUND",
            TradeState::Revoked => "REVOKED",
        };
        let mut row = Fields::default();
        row.time(Some(line.time));
        row.text("公众账号ID", line.appid)?;
        row.text("商户号", line.mchid)?;
        row.text("特约商户号", line.sub_mchid.unwrap_or("0"))?;
        row.text("设备号", line.device)?;
        row.text("微信订单号", line.transaction_id)?;
        row.text("商户订单号", line.out_trade_no)?;
        row.text("用户标识", line.openid)?;
        row.text("交易类型", line.trade_type)?;
        row.text("交易状态", state)?;
        row.text("付款银行", line.bank)?;
        row.text("货币种类", "CNY")?;
        row.yuan(line.amount);
        row.yuan(line.coupon);
        let refunded = line.refund.map_or(Yuan::ZERO, |refund| refund.amount);
        if self.kind == TradeKind::Refund {
            row.time(Some(line.time));
            row.time(line.refund.and_then(|refund| refund.refunded_at));
        }
        if self.kind != TradeKind::Success {
            row.text("微信退款单号", line.refund.map_or("0", |refund| refund.refund_id))?;
            row.text("商户退款单号", line.refund.map_or("0", |refund| refund.out_refund_no))?;
            row.yuan(refunded);
            row.yuan(Yuan::ZERO);
            row.text("退款类型", line.refund.map_or("", |_| "ORIGINAL"))?;
            row.text(
                "退款状态",
                line.refund.map_or("", |refund| match refund.state {
                    RefundState::Success => "SUCCESS",
                    RefundState::Fail => "FAIL",
                    RefundState::Processing | RefundState::Other => "PROCESSING",
                }),
            )?;
        }
        row.text("商品名称", line.goods)?;
        row.text("商户数据包", line.attach)?;
        row.fee(line.fee);
        row.text("费率", line.rate)?;
        row.yuan(line.amount);
        if self.kind != TradeKind::Success {
            row.yuan(refunded);
        }
        row.text("费率备注", "")?;
        Ok(row.end())
    }

    /// Writes the summary and gives the writer back.
    ///
    /// # Errors
    /// The writer's.
    pub fn finish(mut self) -> io::Result<W> {
        let is_success = self.kind == TradeKind::Success;
        let header = if is_success { SUMMARY_SUCCESS } else { SUMMARY };
        let mut row = Fields::default();
        row.count(self.rows);
        row.yuan(self.amount);
        if !is_success {
            row.yuan(self.refund);
            row.yuan(Yuan::ZERO);
        }
        row.fee(self.fee);
        row.yuan(self.amount);
        if !is_success {
            row.yuan(self.refund);
        }
        write!(self.out, "{header}\r\n{}", row.end())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A row of a fund flow bill, to be written.
#[derive(Debug, Clone, Copy)]
pub struct FundFlowLine<'a> {
    /// When it was booked.
    pub time: Timestamp,
    /// WeChat Pay's number of the business.
    pub business_no: &'a str,
    /// The movement's own number.
    pub flow_no: &'a str,
    /// What kind of business it was, such as `交易`.
    pub business_name: &'a str,
    /// What the money was, such as `扣除交易手续费`.
    pub business_type: &'a str,
    /// Which way.
    pub direction: FlowDirection,
    /// How much.
    pub amount: Yuan,
    /// What the account held afterwards.
    pub balance: Yuan,
    /// Who asked for it.
    pub applicant: &'a str,
    /// A remark.
    pub remark: &'a str,
    /// The merchant's number of the business.
    pub voucher: &'a str,
}

/// Writes a fund flow bill.
#[derive(Debug)]
pub struct FundFlowWriter<W> {
    out: W,
    rows: [u64; 2],
    sums: [Yuan; 2],
}

impl<W: Write> FundFlowWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The writer's.
    pub fn new(mut out: W) -> io::Result<Self> {
        write!(out, "{FLOW}\r\n")?;
        Ok(Self { out, rows: [0; 2], sums: [Yuan::ZERO; 2] })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When a text cannot stand in a bill, or the writer's; nothing of the row is written then.
    pub fn line(&mut self, line: &FundFlowLine<'_>) -> Result<(), WriteError> {
        let (way, word) = match line.direction {
            FlowDirection::In => (0, "收入"),
            FlowDirection::Out => (1, "支出"),
        };
        let sum = self.sums[way].plus(line.amount).ok_or(WriteError::Sum)?;
        let mut row = Fields::default();
        row.time(Some(line.time));
        row.text("微信支付业务单号", line.business_no)?;
        row.text("资金流水单号", line.flow_no)?;
        row.text("业务名称", line.business_name)?;
        row.text("业务类型", line.business_type)?;
        row.text("收支类型", word)?;
        row.yuan(line.amount);
        row.yuan(line.balance);
        row.text("资金变更提交申请人", line.applicant)?;
        row.text("备注", line.remark)?;
        row.text("业务凭证号", line.voucher)?;
        self.out.write_all(row.end().as_bytes())?;
        self.rows[way] += 1;
        self.sums[way] = sum;
        Ok(())
    }

    /// Writes the summary and gives the writer back.
    ///
    /// # Errors
    /// The writer's.
    pub fn finish(mut self) -> io::Result<W> {
        let mut row = Fields::default();
        row.count(self.rows[0] + self.rows[1]);
        for way in [0, 1] {
            row.count(self.rows[way]);
            row.yuan(self.sums[way]);
        }
        write!(self.out, "{FLOW_SUMMARY}\r\n{}", row.end())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A line in the making: a backtick before each field, commas between.
#[derive(Default)]
struct Fields(String);

impl Fields {
    fn push(&mut self, field: impl std::fmt::Display) {
        let comma = if self.0.is_empty() { "" } else { "," };
        self.0.push_str(&format!("{comma}`{field}"));
    }

    fn text(&mut self, column: &'static str, text: &str) -> Result<(), WriteError> {
        if text.contains(['\r', '\n']) || text.contains(",`") {
            return Err(WriteError::Text(column));
        }
        self.push(text);
        Ok(())
    }

    fn yuan(&mut self, yuan: Yuan) {
        self.push(yuan);
    }

    /// Fees have five decimals (WeChat Pay protocol B.10.3).
    fn fee(&mut self, yuan: Yuan) {
        let text = yuan.to_string();
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        self.push(format_args!("{whole}.{decimals:0<5}"));
    }

    /// Counts have a decimal in some bills (WeChat Pay protocol B.10.3).
    fn count(&mut self, count: u64) {
        self.push(format_args!("{count}.0"));
    }

    fn time(&mut self, time: Option<Timestamp>) {
        match time {
            Some(time) => self.push(BEIJING.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S")),
            None => self.push(""),
        }
    }

    fn end(mut self) -> String {
        self.0.push_str("\r\n");
        self.0
    }
}
