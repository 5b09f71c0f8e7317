//! The books by the backend's account: a day's totals, and how the day agrees with the channel's bill.

use http::Method;
use saoma_contract::{Day, FindingId, Note, Reconciliation, SettleFinding, path};

use super::incoming::What;
use super::outgoing::NOTHING;
use super::{Reply, Shell};
use crate::error::TillError;
use crate::journal::TillFact;

/// The most findings that a phone asks for. All are counted, and those that nobody settled come first.
const FINDINGS_SHOWN: u32 = 200;

const DAY_MS: i64 = 24 * 3_600_000;

impl Shell {
    pub(super) fn ask_day(&self, date: Option<String>, reply: Reply<Day>) {
        let date = self.day_named(date).and_then(|(date, _)| {
            self.check_feature("days", "this backend gives no day totals").map(|()| date)
        });
        match date {
            Err(error) => drop(reply.send(Err(error))),
            Ok(date) => {
                let request = self.draft(Method::GET, &path::day(&date), NOTHING, self.person());
                self.send(What::Day { reply }, request);
            }
        }
    }

    pub(super) fn ask_reconciliation(&self, date: Option<String>, reply: Reply<Reconciliation>) {
        match self.bill_day(date) {
            Err(error) => drop(reply.send(Err(error))),
            Ok(date) => {
                let path = with_limit(&path::reconciliation(&date));
                let request = self.draft(Method::GET, &path, NOTHING, self.person());
                self.send(What::Reconciliation { reply }, request);
            }
        }
    }

    /// Writes a manager's word on a finding down, brings it to the backend and waits. It is idempotent: if the answer is lost,
    /// the finding still stands there, and the same is said again.
    pub(super) async fn settle_finding(
        &mut self,
        date: String,
        finding: FindingId,
        reason: Note,
        reply: Reply<Reconciliation>,
    ) {
        match self.write_settled(&date, &finding, &reason).await {
            Err(error) => drop(reply.send(Err(error))),
            Ok(()) => {
                let path = with_limit(&path::settle_finding(&date, &finding));
                let body = SettleFinding { reason };
                let request = self.draft(Method::POST, &path, Some(&body), self.person());
                self.send(What::Reconciliation { reply }, request);
            }
        }
    }

    async fn write_settled(
        &mut self,
        date: &str,
        finding: &FindingId,
        reason: &Note,
    ) -> Result<(), TillError> {
        let date = self.bill_day(Some(date.to_owned()))?;
        self.check_person()?;
        let mut staged = self.stage();
        let (finding, reason) = (finding.clone(), reason.clone());
        self.stage_till_fact(&mut staged, TillFact::FindingSettled { date, finding, reason });
        self.commit(staged).await?;
        Ok(())
    }

    /// The day that is meant; without a word yesterday, the last that may have a bill.
    fn bill_day(&self, date: Option<String>) -> Result<String, TillError> {
        let zone = self.pairing()?.bundle.merchant.utc_offset_minutes;
        let yesterday = || self.server_now().plus_ms(-DAY_MS).date(zone);
        let (date, _) = self.day_named(Some(date.unwrap_or_else(yesterday)))?;
        self.check_feature("reconciliation", "this backend holds no books against the channel's bill")?;
        Ok(date)
    }
}

fn with_limit(path: &str) -> String {
    format!("{path}?limit={FINDINGS_SHOWN}")
}
