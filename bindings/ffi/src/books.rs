//! A day's books against the bank's bill.

use std::time::SystemTime;

use saoma_engine::contract::{self, Currency};
use saoma_engine::wording::Language as Wording;

use crate::diagnosis::Tone;
use crate::error::SaomaError;
use crate::money::{Totals, totals};
use crate::sale::moment;
use crate::till::Till;

/// How a day's books agree with the channel's bill, by the backend's account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Reconciliation {
    /// The day in the bill's zone, as `2026-08-01`.
    pub date: String,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// How loud it is to be shown.
    pub tone: Tone,
    /// What is known and what to do, in the till's language.
    pub sentence: String,
    /// Payments that books and bill tell alike.
    pub agreed: Totals,
    /// Refunds that books and bill tell alike.
    pub refunds_agreed: Totals,
    /// What does not agree, those first that nobody settled: at most 200.
    pub findings: Vec<Finding>,
    /// All that does not agree, those beyond the limit too.
    pub findings_total: u64,
    /// Findings that stand and nobody has settled.
    pub open: u64,
    /// When the bill is asked for next, if it is not there yet.
    pub next_at: Option<SystemTime>,
    /// When this was true.
    pub as_of: SystemTime,
}

/// One thing about which books and bill differ.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Finding {
    /// Its id: [`settle_finding`](Till::settle_finding) names it.
    pub id: String,
    /// How they differ and what each says, in the till's language.
    pub sentence: String,
    /// The number at the channel.
    pub out_trade_no: String,
    /// The refund's number at the channel, for a finding about a refund.
    pub out_refund_no: Option<String>,
    /// The order here, if it is known.
    pub order_no: Option<String>,
    /// Minor units in the books; none where they name none.
    pub ours_minor: Option<i64>,
    /// Minor units in the bill; none where it names none.
    pub theirs_minor: Option<i64>,
    /// Whether the last comparison no longer found it.
    pub gone: bool,
    /// Who settled it, and why.
    pub settled: Option<Settled>,
}

/// Who settled a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Settled {
    /// When.
    pub at: SystemTime,
    /// The person, if someone was signed in.
    pub staff: Option<String>,
    /// Why.
    pub reason: String,
}

#[uniffi::export]
impl Till {
    /// How a day's books agree with the bank's bill; yesterday if absent, which is the last day that may have one. Waits for the
    /// backend. Error: `forbidden` to whoever is no manager of all stores.
    pub async fn reconciliation(&self, date: Option<String>) -> Result<Reconciliation, SaomaError> {
        self.ask(|till| async move { till.reconciliation(date.as_deref()).await }, Reconciliation::worded)
            .await
    }

    /// A manager explains a finding of a day; waits for the backend's answer, the day as it is then. Nothing else is changed by it,
    /// and saying the same again does no harm. Errors: `bad_input`, `other_bytes` (it was settled with another reason).
    pub async fn settle_finding(
        &self,
        date: String,
        finding: String,
        reason: String,
    ) -> Result<Reconciliation, SaomaError> {
        self.ask(
            |till| async move { till.settle_finding(&date, &finding, &reason).await },
            Reconciliation::worded,
        )
        .await
    }
}

impl Reconciliation {
    fn worded(day: contract::Reconciliation, language: Wording) -> Self {
        let words = language.reconciliation(&day);
        let sum = |total: contract::Total| totals(total.count, total.amount, day.currency);
        let finding = |finding: contract::Finding| Finding::worded(finding, day.currency, language);
        Self {
            tone: words.tone.into(),
            sentence: words.text,
            live: day.live,
            agreed: sum(day.agreed),
            refunds_agreed: sum(day.refunds_agreed),
            findings: day.findings.into_iter().map(finding).collect(),
            findings_total: day.findings_total,
            open: day.open,
            next_at: day.next_at.map(moment),
            as_of: moment(day.as_of),
            date: day.date,
        }
    }
}

impl Finding {
    fn worded(finding: contract::Finding, currency: Currency, language: Wording) -> Self {
        let amount = |side: &Option<contract::FindingSide>| side.as_ref().and_then(|side| side.amount);
        Self {
            sentence: language.finding(&finding, currency),
            id: finding.id.to_string(),
            ours_minor: amount(&finding.ours),
            theirs_minor: amount(&finding.theirs),
            out_trade_no: finding.out_trade_no,
            out_refund_no: finding.out_refund_no,
            order_no: finding.order_no.map(|order_no| order_no.to_string()),
            gone: finding.gone,
            settled: finding.settled.map(|settled| Settled {
                at: moment(settled.at),
                staff: settled.staff.map(|staff| staff.to_string()),
                reason: settled.reason.to_string(),
            }),
        }
    }
}
