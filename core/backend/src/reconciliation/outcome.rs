//! What came of a comparison: what agrees, what does not, and what is wrong with the bill itself.

use std::fmt::Display;

use saoma_contract::{FINDINGS_MAX, Total};
use saoma_wechatpay::bill::{RefundState, Summary, TradeRow, TradeState, Yuan};
use serde::{Deserialize, Serialize};

use super::finding::Found;

/// Most refused rows and sums that are told one by one.
const FAULTS_MAX: usize = 100;

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that were compared.
    pub rows: u64,
    /// Payments that both sides tell alike.
    pub agreed: Total,
    /// Refunds that both sides tell alike.
    pub refunds_agreed: Total,
    /// What the bill's rows come to.
    pub sums: TradeSums,
    /// What differs: the first ten thousand, by id.
    pub findings: Vec<Found>,
    /// Everything that differs, counted.
    pub findings_total: u64,
    /// What is wrong with the bill itself.
    pub(super) faults: Faults,
}

impl Outcome {
    pub(super) fn found(&mut self, found: Found) {
        self.findings_total += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(found);
        }
    }

    /// Forgets what turned out to be no difference.
    pub(super) fn drop_found(&mut self, is_none: impl Fn(&Found) -> bool) {
        let before = self.findings.len();
        self.findings.retain(|found| !is_none(found));
        self.findings_total -= (before - self.findings.len()) as u64;
    }

    /// Puts the findings in the order of their ids, each once.
    pub(super) fn sort(&mut self) {
        self.findings.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
        self.findings.dedup_by(|one, other| one.id == other.id);
    }
}

/// What is wrong with a bill itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    kept: Vec<String>,
    more: usize,
}

impl Faults {
    pub(super) fn push(&mut self, fault: &impl Display) {
        if self.kept.len() < FAULTS_MAX {
            self.kept.push(fault.to_string());
        } else {
            self.more += 1;
        }
    }

    /// Notes where a summary says otherwise than the rows.
    pub(super) fn summary(&mut self, summary: Option<&Summary>) {
        for d in summary.map(Summary::differences).unwrap_or_default() {
            self.push(&format!("the summary says {} {}, the rows come to {}", d.column, d.stated, d.counted));
        }
    }

    /// The first hundred, and how many more there are.
    pub(super) fn told(self) -> Vec<String> {
        let mut told = self.kept;
        if self.more > 0 {
            told.push(format!("and {} more", self.more));
        }
        told
    }
}

/// What the rows of a trade bill come to, in 1/100 000 yuan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TradeSums {
    /// What of payments is settled to the merchant.
    pub paid: i64,
    /// What the merchant gives back: refunds that are done, and reversals.
    pub given_back: i64,
    /// What it may have given back beside: refunds under way, or given up, when the bill was made.
    pub giving_back: i64,
    /// Fees, with what is given back for what was given back subtracted.
    pub fees: i64,
    /// Fees that may be given back beside.
    pub fees_back: i64,
}

impl TradeSums {
    pub(super) fn add(&mut self, row: &TradeRow<'_>) {
        let add = |sum: &mut i64, yuan: Yuan| *sum = sum.saturating_add(yuan.hundred_thousandths());
        match row.state {
            TradeState::Success => {
                add(&mut self.paid, row.settled);
                add(&mut self.fees, row.fee);
            }
            TradeState::Revoked => {
                add(&mut self.given_back, row.refund_settled);
                add(&mut self.fees, row.fee);
            }
            TradeState::Refund => match row.refund_state() {
                Ok(Some(RefundState::Success)) => {
                    add(&mut self.given_back, row.refund_settled);
                    add(&mut self.fees, row.fee);
                }
                _ => {
                    add(&mut self.giving_back, row.refund_settled);
                    add(&mut self.fees_back, row.fee);
                }
            },
        }
    }

    /// All fees of the bill, in fen.
    pub fn fees_fen(&self) -> i64 {
        self.fees.saturating_add(self.fees_back) / 1000
    }
}

/// Counts one more.
pub(super) fn add(total: &mut Total, amount: Option<i64>) {
    total.count = total.count.saturating_add(1);
    total.amount = total.amount.saturating_add(amount.unwrap_or(0));
}
