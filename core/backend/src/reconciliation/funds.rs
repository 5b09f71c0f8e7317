//! The movements of the merchant's account: what they come to, and whether that is what the trade bill comes to (WeChat Pay
//! protocol B.10.4). Sums are compared, not rows: a trade moves money twice, the amount in and the fee out.

use std::io::Read;

use saoma_contract::{FindingKind, FindingSide, Total};
use saoma_wechatpay::bill::{BillError, FlowDirection, FundFlowBill, Limits, Yuan};
use serde::{Deserialize, Serialize};

use super::finding::Found;
use super::outcome::{Faults, TradeSums, add};

/// What the account's movements of a day come to; sums in 1/100 000 yuan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funds {
    /// What came in, in fen.
    pub income: Total,
    /// What went out, in fen.
    pub outgo: Total,
    /// What the account held after the last movement, in fen.
    pub balance: Option<i64>,
    /// What is wrong with the bill itself.
    pub faults: Vec<String>,
    /// In by payments.
    paid: i64,
    /// Out by refunds and reversals.
    given_back: i64,
    /// Out for fees, with what came back subtracted.
    fees: i64,
}

/// 1/100 000 yuan in a fen.
const UNITS_IN_A_FEN: i64 = 1000;

impl Funds {
    /// Reads a fund flow bill to its end.
    ///
    /// # Errors
    /// When it cannot be read to its end.
    pub fn read<R: Read>(bill: R) -> Result<Self, BillError> {
        let mut bill = FundFlowBill::open(bill, Limits::default())?;
        let (mut funds, mut faults) = (Self::default(), Faults::default());
        let (mut opening, mut closing, mut moved) = (None, None, 0i64);
        loop {
            match bill.next() {
                Ok(Some(row)) => {
                    let by = match row.direction {
                        FlowDirection::In => row.amount.hundred_thousandths(),
                        FlowDirection::Out => -row.amount.hundred_thousandths(),
                    };
                    moved = moved.saturating_add(by);
                    closing = row.balance.map(Yuan::hundred_thousandths);
                    opening = opening.or(closing.map(|after| after.saturating_sub(by)));
                    match row.business_type() {
                        Ok(kind) => funds.add(kind, by),
                        Err(refused) => faults.push(&refused),
                    }
                }
                Ok(None) => break,
                Err(BillError::Row(refused)) => faults.push(&refused),
                Err(error) => return Err(error),
            }
        }
        faults.summary(bill.summary());
        if let (Some(opening), Some(closing)) = (opening, closing)
            && opening.saturating_add(moved) != closing
        {
            let [opening, moved, closing] = [opening, moved, closing].map(Yuan::from_hundred_thousandths);
            faults.push(&format!(
                "the account held {opening} before, {moved} moved, and it holds {closing} after"
            ));
        }
        funds.balance = closing.map(|units| units / UNITS_IN_A_FEN);
        funds.faults = faults.told();
        Ok(funds)
    }

    /// Takes in a movement: out of the account is negative.
    fn add(&mut self, kind: &str, by: i64) {
        let total = if by < 0 { &mut self.outgo } else { &mut self.income };
        add(total, Some(by.abs() / UNITS_IN_A_FEN));
        // An open list (B.10.4): what is none of these is in the sums above alone.
        if kind.contains("手续费") {
            self.fees = self.fees.saturating_sub(by);
        } else if kind.contains("退款") {
            self.given_back = self.given_back.saturating_sub(by);
        } else if kind == "交易" {
            self.paid = self.paid.saturating_add(by);
        }
    }

    /// Whether the account's movements come to something else than the bill's trades.
    pub(super) fn difference(&self, date: &str, bill: &TradeSums) -> Option<Found> {
        let differing: Vec<String> = [
            ("payments", self.paid, (bill.paid, bill.paid)),
            ("refunds", self.given_back, (bill.given_back, bill.given_back.saturating_add(bill.giving_back))),
            ("fees", self.fees, (bill.fees.saturating_add(bill.fees_back), bill.fees)),
        ]
        .into_iter()
        .filter(|(_, moved, (least, most))| moved < least || moved > most)
        .map(|(what, moved, (least, most))| {
            let [moved, least, most] = [moved, least, most].map(Yuan::from_hundred_thousandths);
            let told = if least == most { most.to_string() } else { format!("{least} to {most}") };
            format!("{moved} for {what} where the bill comes to {told}")
        })
        .collect();
        if differing.is_empty() {
            return None;
        }
        let side = |amount: i64, fees: i64| FindingSide {
            amount: Some(amount / UNITS_IN_A_FEN),
            fee: Some(Yuan::from_hundred_thousandths(fees).to_string()),
            ..FindingSide::default()
        };
        let ours = side(bill.paid.saturating_sub(bill.given_back), bill.fees.saturating_add(bill.fees_back));
        let theirs = side(self.paid.saturating_sub(self.given_back), self.fees);
        let detail = format!(
            "the account moved {}; what lies within minutes of midnight may be booked on the neighbouring day",
            differing.join(", ")
        );
        let sides = (Some(ours), Some(theirs));
        Some(Found::new(date, FindingKind::FundsDiffer, "", None, None, sides, &detail))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use saoma_wechatpay::bill::{FundFlowLine, FundFlowWriter};

    use super::*;

    /// A bill of these movements: the business type, fen, fen held after it.
    fn bill(rows: &[(&str, i64, i64)]) -> Vec<u8> {
        let mut writer = FundFlowWriter::new(Vec::new()).unwrap();
        for (at, (kind, fen, balance)) in rows.iter().enumerate() {
            let yuan = |fen: i64| Yuan::from_fen(fen).unwrap();
            writer
                .line(&FundFlowLine {
                    time: Timestamp::from_second(1_785_513_600).unwrap(),
                    business_no: "4200001234",
                    flow_no: &format!("1000{at}"),
                    business_name: "交易",
                    business_type: kind,
                    direction: if *fen < 0 { FlowDirection::Out } else { FlowDirection::In },
                    amount: yuan(fen.abs()),
                    balance: yuan(*balance),
                    applicant: "system",
                    remark: "",
                    voucher: "",
                })
                .unwrap();
        }
        writer.finish().unwrap()
    }

    const DAY: [(&str, i64, i64); 5] = [
        ("交易", 1280, 11_280),
        ("扣除交易手续费", -8, 11_272),
        ("退款", -280, 10_992),
        ("退还交易手续费", 2, 10_994),
        ("提现", -5000, 5994),
    ];

    fn sums() -> TradeSums {
        TradeSums { paid: 1_280_000, given_back: 280_000, giving_back: 0, fees: 6_000, fees_back: 0 }
    }

    #[test]
    fn movements_are_summed_and_come_to_what_the_bill_comes_to() {
        let funds = Funds::read(bill(&DAY).as_slice()).unwrap();
        assert_eq!((funds.income.count, funds.income.amount), (2, 1282));
        assert_eq!((funds.outgo.count, funds.outgo.amount), (3, 5288));
        assert_eq!((funds.balance, funds.faults.as_slice()), (Some(5994), [].as_slice()));
        assert_eq!(funds.difference("2026-08-01", &sums()), None);
        let under_way =
            TradeSums { given_back: 0, giving_back: 280_000, fees: 8_000, fees_back: -2_000, ..sums() };
        assert_eq!(funds.difference("2026-08-01", &under_way), None, "a refund under way may have moved");
    }

    #[test]
    fn a_sum_that_differs_is_found_once_a_day_with_both_sides() {
        let funds = Funds::read(bill(&DAY).as_slice()).unwrap();
        for (other, word) in [
            (TradeSums { paid: 1_281_000, ..sums() }, "12.80 for payments where the bill comes to 12.81"),
            (TradeSums { given_back: 0, ..sums() }, "2.80 for refunds"),
            (TradeSums { fees: 8_000, ..sums() }, "0.06 for fees"),
        ] {
            let found = funds.difference("2026-08-01", &other).unwrap();
            assert_eq!(found.kind, FindingKind::FundsDiffer);
            assert!(found.detail.contains(word), "{}", found.detail);
            assert_eq!(found.theirs.as_ref().unwrap().amount, Some(1000));
            assert_eq!(found.id, funds.difference("2026-08-01", &TradeSums::default()).unwrap().id);
        }
    }

    #[test]
    fn a_balance_that_does_not_follow_is_a_fault_of_the_bill() {
        let mut rows = DAY;
        rows[4].2 += 1;
        let funds = Funds::read(bill(&rows).as_slice()).unwrap();
        assert_eq!(funds.faults.len(), 1);
        assert!(funds.faults[0].contains("100.00 before"), "{:?}", funds.faults);
    }

    #[test]
    fn what_is_no_fund_flow_bill_is_refused() {
        for text in ["", "<xml>", "交易时间,微信订单号\r\n"] {
            assert!(Funds::read(text.as_bytes()).is_err(), "{text}");
        }
        let whole = bill(&DAY);
        assert!(Funds::read(&whole[..whole.len() / 2]).is_err(), "cut off");
    }
}
