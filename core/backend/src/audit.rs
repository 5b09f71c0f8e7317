//! The audit log: who did what, hash-chained, written with what it is about.

use saoma_contract::{AuditBy, AuditLine, DeviceId, MerchantId, StaffId, Time};

use crate::ledger::{Act, Ledger, LedgerError};

/// Lines read at once while a chain is verified.
const PAGE: u32 = 1000;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// What made it happen.
    pub by: AuditBy,
    /// The device whose request it is.
    pub device: Option<DeviceId>,
    /// The person who is signed in.
    pub person: Option<StaffId>,
}

impl Who {
    /// A device, and who is signed in on it.
    pub fn device(device: DeviceId, person: Option<StaffId>) -> Self {
        Self { by: AuditBy::Device, device: Some(device), person }
    }

    /// Whoever works on the backend's own machine.
    pub fn admin() -> Self {
        Self { by: AuditBy::Admin, device: None, person: None }
    }

    /// The backend by itself.
    pub fn backend() -> Self {
        Self { by: AuditBy::Backend, device: None, person: None }
    }

    /// Something that it does now; `what` in a word such as `person_added`.
    pub fn does(&self, what: &str, at: Time) -> Act {
        Act {
            at,
            by: self.by.clone(),
            device: self.device.clone(),
            person: self.person.clone(),
            what: what.to_owned(),
            about: None,
            detail: None,
        }
    }
}

impl Act {
    /// Names what it is done to.
    #[must_use]
    pub fn to(mut self, about: &impl ToString) -> Self {
        self.about = Some(about.to_string());
        self
    }

    /// Says more of it, for people; never a secret.
    #[must_use]
    pub fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// What became of verifying a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every line follows from the one before.
    Whole {
        /// How many lines there are.
        lines: u64,
        /// The last one's hash, in hexadecimal: note it elsewhere to notice a log that was cut short.
        head: String,
    },
    /// A line does not follow from the one before: it, or one before it, was changed, left out or put in.
    Broken {
        /// The first such line.
        seq: u64,
    },
}

/// The chain so far.
struct Chain {
    lines: u64,
    head: [u8; 32],
}

impl Chain {
    /// Goes on by a line; the number of the line at which it breaks.
    fn follow(&mut self, line: &AuditLine) -> Result<(), u64> {
        let hash = line.hash_after(&self.head);
        if line.seq != self.lines + 1 || hex::encode(hash) != line.hash {
            return Err(line.seq);
        }
        *self = Self { lines: line.seq, head: hash };
        Ok(())
    }
}

/// Walks a merchant's whole audit log.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn verify(ledger: &dyn Ledger, merchant: &MerchantId) -> Result<Verified, LedgerError> {
    let mut chain = Chain { lines: 0, head: [0; 32] };
    loop {
        let (merchant, after) = (merchant.clone(), chain.lines);
        let page = ledger.read(move |rows| rows.audit(&merchant, after, PAGE)).await?;
        if page.is_empty() {
            return Ok(Verified::Whole { lines: chain.lines, head: hex::encode(chain.head) });
        }
        for line in &page {
            if let Err(seq) = chain.follow(line) {
                return Ok(Verified::Broken { seq });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::sqlite::{Executor, SqliteLedger};

    fn at(ms: i64) -> Time {
        Time::from_unix_ms(1_785_549_600_000 + ms)
    }

    async fn log(folder: &std::path::Path, lines: i64) {
        let ledger = SqliteLedger::open(folder, Executor::Inline, at(0)).unwrap();
        let ledger: &dyn Ledger = &ledger;
        for number in 0..lines {
            for merchant in ["tea", "cakes"] {
                let merchant: MerchantId = merchant.parse().unwrap();
                let act = Who::admin().does("rule_hit", at(number)).to(&number).with("why");
                let done = ledger.write::<_, LedgerError, _>(move |rows| rows.put_audit(&merchant, act));
                done.await.unwrap();
            }
        }
        ledger.close();
    }

    async fn verified(folder: &std::path::Path, merchant: &str) -> Verified {
        let ledger = SqliteLedger::open(folder, Executor::Inline, at(0)).unwrap();
        verify(&ledger, &merchant.parse().unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_log_is_whole_until_a_line_is_changed_left_out_or_put_in() {
        for (change, broken_at) in [
            ("UPDATE audit SET detail = 'else' WHERE merchant = 'tea' AND seq = 2", 2),
            ("UPDATE audit SET at = at + 1 WHERE merchant = 'tea' AND seq = 1", 1),
            ("DELETE FROM audit WHERE merchant = 'tea' AND seq = 1", 2),
            ("UPDATE audit SET hash = zeroblob(32) WHERE merchant = 'tea' AND seq = 3", 3),
            (
                "INSERT INTO audit SELECT merchant, 4, at, by, device, person, what, about, detail, hash FROM audit WHERE merchant = 'tea' AND seq = 3",
                4,
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            log(folder.path(), 3).await;
            let Verified::Whole { lines: 3, head } = verified(folder.path(), "tea").await else {
                panic!("a log that nobody touched is whole")
            };
            assert_eq!(head.len(), 64);
            let database = rusqlite::Connection::open(folder.path().join("ledger.sqlite")).unwrap();
            assert_eq!(database.execute(change, []).unwrap(), 1, "{change}");
            drop(database);
            assert_eq!(verified(folder.path(), "tea").await, Verified::Broken { seq: broken_at }, "{change}");
            let others = verified(folder.path(), "cakes").await;
            assert!(matches!(others, Verified::Whole { lines: 3, .. }), "each merchant has its own");
        }
    }
}
