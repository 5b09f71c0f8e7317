//! The merchant's account: each movement of money with the balance after it (WeChat Pay protocol B.10.4), and the fee.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Order, Refund, State};

/// What WeChat Pay takes of a payment, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Rate(u32);

impl Default for Rate {
    fn default() -> Self {
        Self(60)
    }
}

impl Rate {
    /// The fee of an amount in fen, rounded to whole fen.
    pub(crate) fn fee(self, fen: i64) -> i64 {
        let ten_thousandths = i128::from(fen) * i128::from(self.0);
        i64::try_from((ten_thousandths + 5000) / 10_000).unwrap_or(i64::MAX)
    }

    /// As bills and `sandbox.json` write it: `0.60%`.
    pub(crate) fn told(self) -> String {
        format!("{}.{:02}%", self.0 / 100, self.0 % 100)
    }
}

/// A movement of money before it is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// WeChat Pay's number of what moved the money.
    pub(crate) business_no: String,
    /// 业务名称.
    pub(crate) name: String,
    /// 业务类型.
    pub(crate) kind: String,
    /// In fen; what goes out is negative.
    pub(crate) fen: i64,
    /// 业务凭证号: the merchant's own number.
    pub(crate) voucher: String,
}

/// A movement of money as it was booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) at: Timestamp,
    /// 资金流水单号.
    pub(crate) flow_no: String,
    #[serde(flatten)]
    pub(crate) entry: Entry,
    /// What the account holds afterwards, in fen.
    pub(crate) balance: i64,
}

impl Entry {
    fn new(business_no: &str, (name, kind): (&str, &str), fen: i64, voucher: &str) -> Self {
        Self {
            business_no: business_no.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            fen,
            voucher: voucher.to_owned(),
        }
    }

    /// Money in by a payment, and its fee out. Nothing if the order is not paid.
    pub(crate) fn of_payment(order: &Order) -> Vec<Self> {
        let State::Paid { transaction_id, .. } = &order.state else { return Vec::new() };
        let (total, number) = (order.terms.total, &order.terms.out_trade_no);
        Self::moved([
            Self::new(transaction_id, ("交易", "交易"), total, number),
            Self::new(transaction_id, ("交易", "扣除交易手续费"), -order.rate.fee(total), number),
        ])
    }

    /// Money out by a refund, and its share of the fee back in.
    pub(crate) fn of_refund(refund: &Refund) -> Vec<Self> {
        let (id, number) = (&refund.refund_id, &refund.terms.out_refund_no);
        Self::moved([
            Self::new(id, ("退款", "退款"), -refund.terms.refund, number),
            Self::new(id, ("退款", "退还交易手续费"), refund.fee_back, number),
        ])
    }

    /// Money out by a reversal, and the fee back in. Nothing if nothing was paid.
    pub(crate) fn of_reversal(order: &Order) -> Vec<Self> {
        let State::Reversed { returned: Some(returned), .. } = &order.state else { return Vec::new() };
        let (total, number) = (order.terms.total, &order.terms.out_trade_no);
        Self::moved([
            Self::new(&returned.refund_id, ("退款", "撤销退款"), -total, number),
            Self::new(&returned.refund_id, ("退款", "退还交易手续费"), order.rate.fee(total), number),
        ])
    }

    /// A refund undone: a closed one leaves the money with the merchant.
    pub(crate) fn of_closed_refund(refund: &Refund) -> Vec<Self> {
        let undone = Self::of_refund(refund).into_iter();
        undone
            .map(|entry| Self { fen: -entry.fen, kind: format!("{}（退款关闭）", entry.kind), ..entry })
            .collect()
    }

    /// Money the merchant puts in or takes out by itself.
    pub(crate) fn by_hand(number: &str, fen: i64) -> Self {
        let kind = if fen < 0 { "提现" } else { "充值" };
        Self::new(number, ("充值/提现", kind), fen, number)
    }

    fn moved(entries: [Self; 2]) -> Vec<Self> {
        entries.into_iter().filter(|entry| entry.fen != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_is_rounded_to_whole_fen() {
        for (fen, fee) in
            [(0, 0), (1, 0), (83, 0), (84, 1), (600, 4), (1280, 8), (280, 2), (99_999_999, 600_000)]
        {
            assert_eq!(Rate::default().fee(fen), fee, "{fen}");
        }
        assert_eq!(Rate::default().told(), "0.60%");
        assert_eq!(Rate(105).told(), "1.05%");
    }
}
