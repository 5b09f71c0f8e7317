//! A bill's text, written by the client library's own writer.

use saoma_wechatpay::bill::{
    FlowDirection, FundFlowLine, FundFlowWriter, RefundLine, TradeKind, TradeLine, TradeState, TradeWriter,
    WriteError, Yuan,
};

use super::{NoBill, rows::Line};
use crate::trade::Flow;

/// What real bills begin with, as official samples show (WeChat Pay protocol B.10.3).
const BOM: &str = "\u{feff}";

/// A trade bill.
pub(super) fn trade(lines: &[Line], kind: TradeKind) -> Result<String, NoBill> {
    let is_told = |line: &&Line| match kind {
        TradeKind::All => true,
        TradeKind::Success => line.state == TradeState::Success,
        TradeKind::Refund => line.state != TradeState::Success,
    };
    let lines = lines.iter().filter(is_told).collect::<Vec<_>>();
    if lines.is_empty() {
        return Err(NoBill::Empty);
    }
    let written = || -> Result<Vec<u8>, WriteError> {
        let mut writer = TradeWriter::new(Vec::from(BOM), kind)?;
        for line in lines {
            let (terms, rate) = (&line.order.terms, line.order.rate.told());
            let refund = line.refund.as_ref().map(|back| -> Result<_, WriteError> {
                Ok(RefundLine {
                    refund_id: &back.refund_id,
                    out_refund_no: &back.out_refund_no,
                    amount: yuan(back.fen)?,
                    state: back.state,
                    refunded_at: back.refunded_at,
                })
            });
            writer.line(&TradeLine {
                time: line.at,
                appid: &terms.appid,
                mchid: &terms.mchid,
                sub_mchid: terms.sub.as_ref().map(|sub| sub.mchid.as_str()),
                device: &plain(terms.device_id.as_deref().unwrap_or_default()),
                transaction_id: &line.transaction_id,
                out_trade_no: &terms.out_trade_no,
                openid: &line.payer,
                trade_type: line.order.trade_type(),
                state: line.state,
                bank: "OTHERS",
                amount: yuan(line.total)?,
                coupon: Yuan::ZERO,
                refund: refund.transpose()?,
                goods: &plain(&terms.description),
                attach: &plain(terms.attach.as_deref().unwrap_or_default()),
                fee: yuan(line.fee)?,
                rate: &rate,
            })?;
        }
        Ok(writer.finish()?)
    };
    text(written())
}

/// A fund flow bill.
pub(super) fn fund_flow(flows: &[Flow]) -> Result<String, NoBill> {
    if flows.is_empty() {
        return Err(NoBill::Empty);
    }
    let written = || -> Result<Vec<u8>, WriteError> {
        let mut writer = FundFlowWriter::new(Vec::from(BOM))?;
        for flow in flows {
            let entry = &flow.entry;
            writer.line(&FundFlowLine {
                time: flow.at,
                business_no: &entry.business_no,
                flow_no: &flow.flow_no,
                business_name: &entry.name,
                business_type: &entry.kind,
                direction: if entry.fen < 0 { FlowDirection::Out } else { FlowDirection::In },
                amount: yuan(entry.fen.saturating_abs())?,
                balance: yuan(flow.balance)?,
                applicant: "system",
                remark: "",
                voucher: &entry.voucher,
            })?;
        }
        Ok(writer.finish()?)
    };
    text(written())
}

fn yuan(fen: i64) -> Result<Yuan, WriteError> {
    Yuan::from_fen(fen).ok_or(WriteError::Sum)
}

/// A bill escapes nothing, so that a text which would read as two fields is told with another mark.
fn plain(text: &str) -> String {
    text.replace(",`", ",'")
}

fn text(written: Result<Vec<u8>, WriteError>) -> Result<String, NoBill> {
    let written = written.map_err(|error| {
        tracing::error!(%error, "a bill cannot be written");
        NoBill::TooLarge
    })?;
    String::from_utf8(written).map_err(|_| NoBill::TooLarge)
}
