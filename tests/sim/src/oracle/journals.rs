//! What is written down for years, read from copies of the files as the documents say, with no code of the product: each till's
//! journal (`core/docs/decisions/0005-journal.md`, the header `Saoma-Journal`) and the backend's audit log (`hash` of a line in
//! API v1). The chains must hold, every call must have been in the journal before it left, every head that a till ever signed
//! must be in its chain, and whatever a till confirmed to a person must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request};
use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Oracle, about, text};
use crate::shop::SEALING_SECRET;

type Hash = [u8; 32];

/// What the tills sent, and what they confirmed.
#[derive(Default)]
pub(super) struct Promises {
    /// By till and length of its journal: the hash that it signed.
    heads: BTreeMap<(u8, u64), Hash>,
    calls: BTreeSet<Call>,
    confirmed: BTreeSet<(u8, Confirmed)>,
}

/// A call that changes something, as it left a till.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    till: u8,
    order_no: String,
    /// Any of these words names it in a journal.
    words: &'static [&'static str],
    /// How long the journal was then.
    entries: u64,
}

/// What a till told a person is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Confirmed {
    /// A sale is rung up.
    RungUp(String),
    /// Cash was taken for it.
    Cash(String),
    /// Money is to be given back for it.
    Refund(String),
    /// A result was told.
    Result(String),
}

/// A till's journal.
struct Journal {
    /// The hash after each entry.
    hashes: Vec<Hash>,
    bodies: Vec<Value>,
}

impl Oracle {
    /// A till sends something to its backend.
    pub(crate) fn sends(&mut self, till: u8, request: &Request<Bytes>) {
        let Some(head) = request.headers().get("saoma-journal") else { return };
        let Some((entries, hash)) = head.to_str().ok().and_then(head_of) else {
            return self.found.push(format!("till {till} signs no journal's head: {head:?}"));
        };
        let known = self.promises.heads.entry((till, entries)).or_insert(hash);
        if *known != hash {
            self.found.push(format!("till {till} signs two journals of {entries} entries"));
        }
        if let Some((order_no, words)) = call_of(request.method(), request.uri().path()) {
            self.promises.calls.insert(Call { till, order_no, words, entries });
        }
    }

    /// A till told a person that something is done.
    pub(crate) fn confirmed(&mut self, till: u8, what: Confirmed) {
        self.promises.confirmed.insert((till, what));
    }

    /// Reads a till's journal to its end, and holds it against all that the till sent and said.
    pub(crate) fn read_journal(&mut self, till: u8, database: &Path) {
        let journal = match Journal::read(database) {
            Ok(journal) => journal,
            Err(what) => return self.found.push(format!("till {till}: {what}")),
        };
        let mut wrong = Vec::new();
        let first = (till, 0);
        for ((_, entries), hash) in self.promises.heads.range(first..).take_while(|((of, _), _)| *of == till)
        {
            if journal.hash_after(*entries) != Some(*hash) {
                wrong.push(format!("till {till} signed a journal of {entries} entries that is not its own"));
            }
        }
        for call in self.promises.calls.iter().filter(|call| call.till == till) {
            if !journal.bodies_to(call.entries).any(|body| call.is_in(body)) {
                let what = format!("till {till} sent {} before it was written down", call.words[0]);
                wrong.push(about(&call.order_no, &what));
            }
        }
        for (_, what) in self.promises.confirmed.iter().filter(|(of, _)| *of == till) {
            if !journal.bodies.iter().any(|body| what.is_in(body)) {
                wrong.push(format!("till {till} confirmed {what:?}, and its journal does not know of it"));
            }
        }
        self.found.extend(wrong);
    }

    /// Reads the backend's audit log to its end.
    pub(crate) fn read_audit(&mut self, database: &Path) {
        if let Err(what) = audit(database) {
            self.found.push(format!("backend: {what}"));
        }
    }
}

fn head_of(text: &str) -> Option<(u64, Hash)> {
    let (entries, hash) = text.split_once(";hash=:")?;
    let hash = STANDARD.decode(hash.strip_suffix(':')?).ok()?;
    Some((entries.parse().ok()?, hash.try_into().ok()?))
}

/// The order and the journal's words for a call that changes something; none for a question.
fn call_of(method: &Method, path: &str) -> Option<(String, &'static [&'static str])> {
    let (order_no, rest) =
        path.strip_prefix("/v1/orders/").map(|path| path.split_once('/').unwrap_or((path, "")))?;
    let words: &[&str] = match (method.as_str(), rest) {
        ("PUT", "") => &["create", "offer"],
        ("POST", "refresh") => &["refresh"],
        ("POST", "close") => &["close"],
        ("POST", "cash") => &["cash"],
        ("POST", "charge") => &["charge"],
        ("PUT", refund) if refund.starts_with("refunds/") && refund.matches('/').count() == 1 => &["refund"],
        _ => return None,
    };
    Some((order_no.to_owned(), words))
}

impl Call {
    fn is_in(&self, body: &Value) -> bool {
        let call = &body["call"];
        text(body, "what") == "calling"
            && text(body, "order_no") == self.order_no
            && self.words.iter().any(|word| call.as_str() == Some(word) || call.get(word).is_some())
    }
}

impl Confirmed {
    fn is_in(&self, body: &Value) -> bool {
        let (what, name, is) = match self {
            Self::RungUp(order_no) => ("rung_up", "order_no", order_no),
            Self::Cash(order_no) => ("cash_taken", "order_no", order_no),
            Self::Refund(order_no) => ("refund_asked", "order_no", order_no),
            Self::Result(key) => ("acknowledged", "key", key),
        };
        text(body, "what") == what && text(body, name) == is
    }
}

impl Journal {
    fn read(database: &Path) -> Result<Self, String> {
        let mut journal = Self { hashes: Vec::new(), bodies: Vec::new() };
        let mut last = [0; 32];
        let entries = "SELECT seq, CASE typeof(body) WHEN 'blob' THEN opened('journal', seq, body) ELSE body END, body_hash, hash
                       FROM journal ORDER BY seq";
        rows(database, entries, |row| {
            let (seq, body): (u64, Option<String>) = (row.get(0)?, row.get(1)?);
            let (body_hash, hash): (Hash, Hash) = (row.get(2)?, row.get(3)?);
            let whole = body.as_ref().is_none_or(|body| Sha256::digest(body.as_bytes())[..] == body_hash);
            let chained: Hash = Sha256::new()
                .chain_update("saoma-journal-1")
                .chain_update(last)
                .chain_update(body_hash)
                .finalize()
                .into();
            let is_next = usize::try_from(seq).is_ok_and(|seq| seq == journal.hashes.len() + 1);
            last = hash;
            journal.hashes.push(hash);
            let body = body.and_then(|body| serde_json::from_str(&body).ok());
            journal.bodies.push(body.unwrap_or_default());
            Ok((!whole || !is_next || chained != hash).then(|| format!("its journal breaks at entry {seq}")))
        })?;
        Ok(journal)
    }

    fn hash_after(&self, entries: u64) -> Option<Hash> {
        match usize::try_from(entries).ok()? {
            0 => Some([0; 32]),
            entries => self.hashes.get(entries - 1).copied(),
        }
    }

    fn bodies_to(&self, entries: u64) -> impl Iterator<Item = &Value> {
        self.bodies.iter().take(usize::try_from(entries).unwrap_or(usize::MAX))
    }
}

/// Walks the chain of each merchant.
fn audit(database: &Path) -> Result<(), String> {
    let mut heads: BTreeMap<String, (u64, Hash)> = BTreeMap::new();
    let all = "SELECT merchant, seq, at, by, device, person, what, about, detail, hash FROM audit ORDER BY merchant, seq";
    rows(database, all, |row| {
        let merchant: String = row.get(0)?;
        let (seq, at): (u64, i64) = (row.get(1)?, row.get(2)?);
        let (last, former) = heads.get(&merchant).copied().unwrap_or((0, [0; 32]));
        let mut hash = Sha256::new();
        hash.update("saoma-audit-1");
        hash.update(former);
        let mut parts = vec![Some(seq.to_string()), Some(at.to_string())];
        for column in 3..9 {
            parts.push(row.get(column)?);
        }
        for part in parts {
            hash.update(part.as_ref().map_or(u64::MAX, |part| part.len() as u64).to_be_bytes());
            hash.update(part.unwrap_or_default());
        }
        let (chained, stored): (Hash, Hash) = (hash.finalize().into(), row.get(9)?);
        let what = (seq != last + 1 || chained != stored)
            .then(|| format!("the audit log of {merchant} breaks at line {seq}"));
        heads.insert(merchant, (seq, stored));
        Ok(what)
    })
}

/// Reads rows of a copy of a database that is in use, until one is wrong.
fn rows(
    database: &Path,
    select: &str,
    mut read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<Option<String>>,
) -> Result<(), String> {
    let copy = tempfile::tempdir().map_err(|error| error.to_string())?;
    let name = database.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    for end in ["", "-wal"] {
        let file = database.with_file_name(format!("{name}{end}"));
        if file.exists() {
            std::fs::copy(&file, copy.path().join(format!("copy{end}")))
                .map_err(|error| error.to_string())?;
        }
    }
    let mut walk = || -> rusqlite::Result<Option<String>> {
        let connection = Connection::open(copy.path().join("copy"))?;
        // What is sealed is opened with the one thing of the product that has no second form: its key.
        let taught = saoma_engine::SealingKey::new(&SEALING_SECRET).teach(&connection);
        taught.map_err(|_| rusqlite::Error::InvalidQuery)?;
        let mut statement = connection.prepare(select)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            if let Some(wrong) = read(row)? {
                return Ok(Some(wrong));
            }
        }
        Ok(None)
    };
    match walk() {
        Ok(None) => Ok(()),
        Ok(Some(wrong)) => Err(wrong),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NO: &str = "01K3ABCDEFGHJKMNPQRSTVWXYZ";

    /// A journal of these bodies, written by hand.
    fn written(folder: &Path, bodies: &[Value]) -> (std::path::PathBuf, Vec<Hash>) {
        let path = folder.join("till.db");
        let database = Connection::open(&path).unwrap();
        database
            .execute_batch("CREATE TABLE journal (seq INTEGER, body TEXT, body_hash BLOB, hash BLOB)")
            .unwrap();
        let (mut last, mut hashes) = ([0; 32], Vec::new());
        for (seq, body) in (1..).zip(bodies) {
            let body = body.to_string();
            let body_hash: Hash = Sha256::digest(&body).into();
            last = Sha256::digest([&b"saoma-journal-1"[..], &last[..], &body_hash[..]].concat()).into();
            hashes.push(last);
            let row = (seq, body, body_hash, last);
            database.execute("INSERT INTO journal VALUES (?1, ?2, ?3, ?4)", row).unwrap();
        }
        (path, hashes)
    }

    fn request(method: &str, path: &str, entries: usize, hash: Hash) -> Request<Bytes> {
        let head = format!("{entries};hash=:{}:", STANDARD.encode(hash));
        let request = Request::builder().method(method).uri(path).header("saoma-journal", head);
        request.body(Bytes::new()).unwrap()
    }

    #[test]
    fn a_call_that_is_sent_before_it_is_written_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let bodies = [
            json!({ "what": "rung_up", "order_no": NO }),
            json!({ "what": "calling", "order_no": NO, "call": "create" }),
            json!({ "what": "calling", "order_no": NO, "call": { "close": 1 } }),
        ];
        let (path, hashes) = written(folder.path(), &bodies);
        let judged = |method: &str, call: &str, entries: usize| {
            let mut oracle = Oracle::default();
            oracle
                .sends(1, &request(method, &format!("/v1/orders/{NO}{call}"), entries, hashes[entries - 1]));
            oracle.read_journal(1, &path);
            oracle.found.len()
        };
        assert_eq!((judged("PUT", "", 2), judged("POST", "/close", 3), judged("GET", "", 1)), (0, 0, 0));
        assert_eq!(
            (judged("PUT", "", 1), judged("POST", "/close", 2), judged("POST", "/refresh", 3)),
            (1, 1, 1)
        );
    }

    #[test]
    fn a_journal_that_was_changed_or_is_another_than_was_signed_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (path, hashes) = written(folder.path(), &[json!({ "what": "a" }), json!({ "what": "b" })]);
        let judged = |hash| {
            let mut oracle = Oracle::default();
            oracle.sends(1, &request("GET", "/v1/time", 2, hash));
            oracle.read_journal(1, &path);
            oracle.found.len()
        };
        assert_eq!((judged(hashes[1]), judged(hashes[0])), (0, 1));
        for change in ["UPDATE journal SET body = '{}' WHERE seq = 1", "DELETE FROM journal WHERE seq = 1"] {
            Connection::open(&path).unwrap().execute_batch(change).unwrap();
            assert_eq!(judged(hashes[1]), 1, "{change}");
        }
    }

    #[test]
    fn what_was_confirmed_must_be_in_the_journal() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = written(folder.path(), &[json!({ "what": "rung_up", "order_no": NO })]);
        let mut oracle = Oracle::default();
        oracle.confirmed(1, Confirmed::RungUp(NO.to_owned()));
        oracle.read_journal(1, &path);
        assert!(oracle.found.is_empty());
        oracle.confirmed(1, Confirmed::Cash(NO.to_owned()));
        oracle.confirmed(1, Confirmed::Result("wechatpay:42".to_owned()));
        oracle.read_journal(1, &path);
        assert_eq!(oracle.found.len(), 2);
    }
}
