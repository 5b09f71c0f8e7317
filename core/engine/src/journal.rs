//! The journal: append-only, each entry chained to all before it by the hash of its body, so that a body can be erased
//! later and the chain still holds. A body has a salt, so that its hash tells nothing of it.
//!
//! Every call that changes something is written down before it is made. Questions are not: they change nothing anywhere,
//! and a full disk must not keep the till from hearing that money came.

use saoma_contract::request_signature::JournalHead;
use saoma_contract::{Jws, OrderNo, PublicKey, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::day::{Shift, ShiftLine};
use crate::entropy::{Entropy, random};
use crate::pairing::Pairing;
use crate::sale::Fact;

/// After so many entries the chain is sealed with a checkpoint, so that opening need not walk all of it.
pub const CHECKPOINT_EVERY: u64 = 256;

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 1 for the first.
    pub seq: u64,
    /// The sale it is about, if it is about one.
    pub order_no: Option<OrderNo>,
    /// JSON: when, and what happened. None once it was erased; the chain holds all the same.
    pub body: Option<String>,
    /// SHA-256 of the body.
    pub body_hash: [u8; 32],
    /// The chain up to here.
    pub hash: [u8; 32],
}

/// The chain up to an entry, signed by the device's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last entry it covers.
    pub seq: u64,
    /// That entry's hash.
    pub hash: [u8; 32],
    /// `r` and `s` of the device's key over [`checkpoint_text`].
    pub signature: [u8; 64],
}

impl Checkpoint {
    /// Whether this device's key made it.
    pub fn is_of(&self, device: &PublicKey) -> bool {
        let text = checkpoint_text(&JournalHead { entries: self.seq, hash: self.hash });
        device.verifies(text.as_bytes(), &self.signature)
    }
}

/// Something that happened to the till as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TillFact {
    /// The till is about to ask for pairing; the link's secret is not written down.
    Pairing {
        /// The backend's address.
        url: String,
    },
    /// The till was paired.
    Paired {
        /// With whom, and what it may do.
        pairing: Box<Pairing>,
        /// The device's key from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device_key: Option<PublicKey>,
    },
    /// The journal goes on under this device key: the first that is written down, or another because that one was lost.
    DeviceKey {
        /// The key.
        key: PublicKey,
        /// Another was lost; the till must be paired again with this one.
        replaces: bool,
    },
    /// The backend says anew what the device may do.
    Bundled {
        /// What it says.
        bundle: Box<saoma_contract::Bundle>,
    },
    /// The merchant's keys were replaced by a newer set.
    KeysReplaced {
        /// The `keys` statement.
        keys: Jws,
    },
    /// The backend's ledger has a new life.
    Epoch {
        /// Which.
        epoch: u64,
    },
    /// The backend refuses this device until it is paired again.
    Refused {
        /// `device_revoked`, `device_unknown` or `journal_forked`.
        code: String,
    },
    /// People were told of a result.
    Acknowledged {
        /// The result's key.
        key: String,
        /// They were shown it while the till was quiet; it was not said aloud.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        silent: bool,
    },
    /// A person signed in on this device; the PIN is written nowhere.
    SignedIn {
        /// Who, as what, until when.
        session: Box<saoma_contract::Session>,
    },
    /// The person signed out, or the backend ended the session.
    SignedOut {
        /// Who.
        person: saoma_contract::StaffId,
    },
    /// A shift began.
    ShiftOpened {
        /// 1 for the till's first.
        no: u32,
        /// Cash in the drawer, in minor units.
        float: i64,
        /// Who opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        staff: Option<saoma_contract::StaffId>,
        /// The last entry before it.
        after_entry: u64,
    },
    /// A shift ended, with its summary.
    ShiftClosed {
        /// The summary.
        shift: Box<Shift>,
    },
    /// Something was learned about a sale of a shift that had been closed.
    ShiftLine {
        /// Which shift.
        no: u32,
        /// What.
        line: ShiftLine,
    },
    /// A manager explains what does not agree with the bill; written before it goes to the backend.
    FindingSettled {
        /// The day in the bill's zone.
        date: String,
        /// The finding.
        finding: saoma_contract::FindingId,
        /// Why it is as it is.
        reason: saoma_contract::Note,
    },
    /// The database was damaged and is salvaged up to here.
    Salvaged {
        /// First and last number of each stretch of entries that could not be read.
        lost: Vec<(u64, u64)>,
    },
}

/// A body about a sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaleRecord {
    /// When, by the phone's reckoning of the server's time.
    pub at: Time,
    /// Which sale.
    pub order_no: OrderNo,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact<Jws>,
}

/// A body about the till.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TillRecord {
    /// When, by the phone's reckoning of the server's time.
    pub at: Time,
    /// What happened.
    #[serde(flatten)]
    pub fact: TillFact,
}

/// The text of an entry of this record. Beside a sealed or erased body its hash stays readable: with a salt nobody finds the
/// body by hashing guesses.
pub(crate) fn salted(record: &impl Serialize, entropy: &dyn Entropy) -> String {
    #[derive(Serialize)]
    struct Salted<'a, R> {
        #[serde(flatten)]
        record: &'a R,
        salt: String,
    }
    let salt = hex::encode(random::<16>(entropy));
    serde_json::to_string(&Salted { record, salt }).expect("plain fields are always JSON")
}

/// The head of an empty journal.
pub const EMPTY: JournalHead = JournalHead { entries: 0, hash: [0; 32] };

impl Entry {
    /// The entry that follows a head.
    pub fn following(head: &JournalHead, order_no: Option<OrderNo>, body: String) -> Self {
        let body_hash = body_hash(&body);
        let body = Some(body);
        Self { seq: head.entries + 1, order_no, body, body_hash, hash: chained(&head.hash, &body_hash) }
    }

    /// Whether the body is the one that was written, or was erased.
    pub fn is_whole(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body_hash(body) == self.body_hash)
    }

    /// The head after this entry.
    pub fn head(&self) -> JournalHead {
        JournalHead { entries: self.seq, hash: self.hash }
    }
}

/// The hash of an entry's body.
pub fn body_hash(body: &str) -> [u8; 32] {
    Sha256::digest(body.as_bytes()).into()
}

/// The chain's hash after an entry.
pub fn chained(previous: &[u8; 32], body_hash: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"saoma-journal-1")
        .chain_update(previous)
        .chain_update(body_hash)
        .finalize()
        .into()
}

/// What a checkpoint's signature is over.
pub fn checkpoint_text(head: &JournalHead) -> String {
    format!("saoma-checkpoint-1 {} {}", head.entries, hex::encode(head.hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_changes_the_chain_with_its_body_and_with_all_before_it() {
        let first = Entry::following(&EMPTY, None, "a".to_owned());
        let other = Entry::following(&EMPTY, None, "b".to_owned());
        assert_eq!(first.seq, 1);
        assert_ne!(first.hash, other.hash);
        let second = |head| Entry::following(&head, None, "c".to_owned()).hash;
        assert_ne!(second(first.head()), second(other.head()));
    }

    #[test]
    fn the_chain_holds_over_hashes_so_that_a_body_can_be_erased() {
        let first = Entry::following(&EMPTY, None, "a name".to_owned());
        assert_eq!(first.hash, chained(&EMPTY.hash, &first.body_hash));
    }

    #[test]
    fn bodies_keep_their_form_for_years() {
        let at: Time = "2026-08-01T02:00:00.000Z".parse().unwrap();
        let order_no = "01J00000000000000000000000".parse().unwrap();
        let fact = Fact::Told {
            answers: Some(crate::sale::Call::Create),
            hint: None,
            proofs: vec![Jws::from_text("a.b.c")],
        };
        let record = SaleRecord { at, order_no, fact };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(
            text,
            r#"{"at":"2026-08-01T02:00:00.000Z","order_no":"01J00000000000000000000000","what":"told","answers":"create","proofs":["a.b.c"]}"#
        );
        assert_eq!(serde_json::from_str::<SaleRecord>(&text).unwrap(), record);
        let entropy = crate::entropy::SystemEntropy;
        let body = salted(&record, &entropy);
        assert_eq!(serde_json::from_str::<SaleRecord>(&body).unwrap(), record);
        assert_ne!(body_hash(&body), body_hash(&salted(&record, &entropy)));
        let refresh =
            Fact::<Jws>::Wanted { call: crate::sale::Call::Refresh(saoma_contract::AttemptNo::FIRST) };
        assert_eq!(serde_json::to_string(&refresh).unwrap(), r#"{"what":"wanted","call":{"refresh":1}}"#);
    }
}
